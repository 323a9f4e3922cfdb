use corelith_core::{Raster, Volume};

/// Axis along which one looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Along z: a CT slice, x to the right and y down.
    Z,
    /// Along y: x to the right and z down.
    Y,
    /// Along x: y to the right and z down.
    X,
}

impl Direction {
    /// The slices of the scan first.
    pub const ALL: [Self; 3] = [Self::Z, Self::Y, Self::X];
}

/// One slice through CT and result.
#[derive(Debug, Clone)]
pub struct SliceView {
    /// Axis along which one looks.
    pub direction: Direction,
    /// Slice number along that axis.
    pub index: usize,
    /// CT grey values.
    pub grey: Raster<u16>,
    /// Rows of the mineral list.
    pub phases: Raster<u8>,
    /// Particle ids, 0 for none.
    pub particles: Raster<u32>,
    /// Distance between columns, micrometres.
    pub col_um: f64,
    /// Distance between rows, micrometres.
    pub row_um: f64,
}

impl SliceView {
    /// The slice in the middle of the volume, of whose CT this is the [`central_slice`]. Both volumes have one
    /// shape; nothing for an empty one, or a CT of another.
    pub fn central(
        direction: Direction,
        grey: Raster<u16>,
        phases: &Volume<u8>,
        particles: &Volume<u32>,
    ) -> Option<Self> {
        if phases.is_empty() || phases.shape() != particles.shape() {
            return None;
        }
        let (index, classes) = central_slice(phases, direction);
        if [grey.rows(), grey.cols()] != [classes.rows(), classes.cols()] {
            return None;
        }
        let spacing = phases.spacing();
        let (col_um, row_um) = match direction {
            Direction::Z => (spacing.x_um, spacing.y_um),
            Direction::Y => (spacing.x_um, spacing.z_um),
            Direction::X => (spacing.y_um, spacing.z_um),
        };
        Some(Self {
            direction,
            index,
            grey,
            phases: classes,
            particles: central_slice(particles, direction).1,
            col_um,
            row_um,
        })
    }
}

/// The slice in the middle of a volume along an axis, and its number.
pub fn central_slice<T: Copy>(volume: &Volume<T>, direction: Direction) -> (usize, Raster<T>) {
    let [nz, ny, nx] = volume.shape();
    let (index, rows, cols) = match direction {
        Direction::Z => (nz / 2, ny, nx),
        Direction::Y => (ny / 2, nz, nx),
        Direction::X => (nx / 2, nz, ny),
    };
    (index, cut(volume, direction, index, rows, cols))
}

fn cut<T: Copy>(
    volume: &Volume<T>,
    direction: Direction,
    index: usize,
    rows: usize,
    cols: usize,
) -> Raster<T> {
    Raster::from_fn(rows, cols, |col, row| match direction {
        Direction::Z => volume.at(col, row, index),
        Direction::Y => volume.at(col, index, row),
        Direction::X => volume.at(index, col, row),
    })
}
