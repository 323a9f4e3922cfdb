//! How deep a voxel lies in its own particle, as classes that a network learns and tells.
//!
//! Particles that touch leave no gap in the mask, but the depth falls to nothing at their contact
//! as it does at resin (the learned distance transform of Bai and Urtasun 2017, Deep Watershed
//! Transform). Blocks of 2 x 2 x 2 voxels are enough for that: they hold an eighth of the work and
//! a third of the noise.

use corelith_core::{Cancelled, Progress, Spacing, Volume};
use rayon::prelude::*;

use crate::imaging::distance::squared_distance;

/// Voxels of a block along each axis.
const BLOCK: usize = 2;

/// Depth in voxels from which each class on begins; class 0 lies outside of particles. Depths from
/// the last one on are alike: what lies there is far from every border.
const BEGINS: [f32; 5] = [0.0, 1.5, 2.5, 4.0, 6.5];

/// Depth that each class stands for, in voxels: about the mean of its range.
const STANDS_FOR: [f32; 6] = [0.0, 0.9, 2.0, 3.2, 5.2, DEEPEST];

/// Depth that the last class stands for, in voxels.
pub(super) const DEEPEST: f32 = 8.5;

/// Names of the classes of depth, in the order of their numbers.
pub fn depth_names() -> Vec<String> {
    let ends = BEGINS[1..].iter().map(|end| format!("-{end}"));
    let inside = BEGINS
        .iter()
        .zip(ends.chain([" on".to_owned()]))
        .map(|(begin, end)| format!("depth {begin}{end}"));
    std::iter::once("outside".to_owned())
        .chain(inside)
        .collect()
}

/// Mean grey value of every block: half the shape, rounded up, and twice the spacing.
pub fn block_means(ct: &Volume<u16>) -> Volume<u16> {
    blocks(ct, |values| {
        let sum: u32 = values.iter().map(|&v| u32::from(v)).sum();
        ((sum + values.len() as u32 / 2) / values.len() as u32) as u16
    })
}

/// Class of depth of every block of a label volume (0 = none), by the mean depth of its voxels: 0
/// where less than half of it lies in particles. Half the shape, rounded up.
///
/// # Errors
/// When the user asked to stop.
pub fn depth_classes(
    particles: &Volume<u32>,
    progress: &dyn Progress,
) -> Result<Volume<u8>, Cancelled> {
    let depth = depths(particles, progress)?;
    Ok(blocks(&depth, |values| {
        let inside = values.iter().filter(|v| **v > 0.0).count();
        if 2 * inside < values.len() {
            return 0;
        }
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        BEGINS.iter().filter(|begin| mean >= **begin).count() as u8
    }))
}

/// Depth of every voxel in its own particle: distance of its centre to the nearest face of another
/// particle or of resin, in voxels along x; 0 outside.
fn depths(particles: &Volume<u32>, progress: &dyn Progress) -> Result<Volume<f32>, Cancelled> {
    let [nz, ny, nx] = particles.shape();
    let labels = particles.data();
    // Voxels with a face of their own kind on every side: from the others the distance is taken,
    // half a voxel short. The nearest of the others is always one of the own particle.
    let mut inner = Volume::filled(particles.shape(), particles.spacing(), 0u8);
    inner
        .data_mut()
        .par_chunks_mut(nx.max(1))
        .enumerate()
        .for_each(|(row, inner)| {
            let (y, z) = (row % ny, row / ny);
            for (x, inner) in inner.iter_mut().enumerate() {
                let at = row * nx + x;
                let alike = |is_inside: bool, to: usize| !is_inside || labels[to] == labels[at];
                *inner = u8::from(
                    labels[at] != 0
                        && alike(x > 0, at.wrapping_sub(1))
                        && alike(x + 1 < nx, at + 1)
                        && alike(y > 0, at.wrapping_sub(nx))
                        && alike(y + 1 < ny, at + nx)
                        && alike(z > 0, at.wrapping_sub(nx * ny))
                        && alike(z + 1 < nz, at + nx * ny),
                );
            }
        });
    let mut depth = squared_distance(&inner, progress)?;
    depth
        .data_mut()
        .par_iter_mut()
        .zip(labels)
        .for_each(|(depth, &label)| {
            *depth = if label == 0 { 0.0 } else { depth.sqrt() + 0.5 };
        });
    Ok(depth)
}

/// Writes the depth, in voxels, that probabilities of the classes lead to expect: for each value of `depth`
/// one of each class, 0 to 255, class by class.
///
/// # Panics
/// When there are other than [`depth_names`] many probabilities for each.
pub fn expect_depth(probabilities: &[u8], depth: &mut [f32]) {
    let all = STANDS_FOR.len() * depth.len();
    assert_eq!(probabilities.len(), all, "one of each class");
    depth.fill(0.0);
    let classes = probabilities.chunks_exact(depth.len().max(1));
    for (class, stands_for) in classes.zip(STANDS_FOR) {
        for (depth, &p) in depth.iter_mut().zip(class) {
            *depth += stands_for * f32::from(p) / 255.0;
        }
    }
}

/// Shape of the blocks of a volume.
pub fn blocks_of(shape: [usize; 3]) -> [usize; 3] {
    shape.map(|n| n.div_ceil(BLOCK))
}

/// Distance between the blocks of a volume.
pub fn block_spacing(Spacing { x_um, y_um, z_um }: Spacing) -> Spacing {
    let step = BLOCK as f64;
    Spacing {
        x_um: step * x_um,
        y_um: step * y_um,
        z_um: step * z_um,
    }
}

/// One value a block.
fn blocks<T: Copy + Sync, U: Clone + Default + Send>(
    volume: &Volume<T>,
    value: impl Fn(&[T]) -> U + Sync,
) -> Volume<U> {
    let spacing = block_spacing(volume.spacing());
    let [nz, ny, nx] = volume.shape();
    let shape = blocks_of(volume.shape());
    let mut out = Volume::filled(shape, spacing, U::default());
    out.data_mut()
        .par_chunks_mut(shape[2].max(1))
        .enumerate()
        .for_each(|(row, out)| {
            let range = |i: usize, n: usize| BLOCK * i..(BLOCK * (i + 1)).min(n);
            let (rows, slices) = (range(row % shape[1], ny), range(row / shape[1], nz));
            let mut values = Vec::with_capacity(BLOCK * BLOCK * BLOCK);
            for (x, out) in out.iter_mut().enumerate() {
                values.clear();
                for z in slices.clone() {
                    for y in rows.clone() {
                        values.extend(range(x, nx).map(|x| volume.at(x, y, z)));
                    }
                }
                *out = value(&values);
            }
        });
    out
}

/// Depth of the voxels of a volume from that of its blocks: trilinear between their middles, and as
/// in the outermost beyond them.
pub(super) struct BetweenBlocks<'a> {
    depth: &'a Volume<f32>,
    /// Rows of a slice of voxels.
    rows: usize,
}

impl<'a> BetweenBlocks<'a> {
    /// For a volume of `shape`.
    pub(super) fn new(depth: &'a Volume<f32>, [_, rows, _]: [usize; 3]) -> Self {
        Self { depth, rows }
    }

    /// Depth of the voxels of a row, counted over all slices.
    pub(super) fn row(&self, row: usize, out: &mut [f32]) {
        let (y0, y1, y) = self.place(1, row % self.rows);
        let (z0, z1, z) = self.place(0, row / self.rows);
        let blocks = self.depth.shape()[2];
        let along = |by: usize, bz: usize| &self.depth.slice(bz)[by * blocks..(by + 1) * blocks];
        let rows = [along(y0, z0), along(y1, z0), along(y0, z1), along(y1, z1)];
        let mix = |a: f32, b: f32, share: f32| a + share * (b - a);
        let at = |x: usize| {
            mix(
                mix(rows[0][x], rows[1][x], y),
                mix(rows[2][x], rows[3][x], y),
                z,
            )
        };
        for (i, out) in out.iter_mut().enumerate() {
            let (x0, x1, x) = self.place(2, i);
            *out = mix(at(x0), at(x1), x);
        }
    }

    /// Block, next block and share of the next one for a voxel along an axis.
    fn place(&self, axis: usize, at: usize) -> (usize, usize, f32) {
        let last = self.depth.shape()[axis] - 1;
        let position = ((at as f32 + 0.5) / BLOCK as f32 - 0.5).clamp(0.0, last as f32);
        let low = position as usize;
        (low, (low + 1).min(last), position - low as f32)
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::Silent;

    use super::*;

    fn two_slabs() -> Volume<u32> {
        Volume::from_fn([40, 40, 64], Spacing::isotropic(1.0), |x, _, _| match x {
            0..4 => 0,
            4..34 => 1,
            _ => 2,
        })
    }

    #[test]
    fn depth_falls_at_resin_and_at_contacts() {
        let depth = depths(&two_slabs(), &Silent).unwrap();
        let at = |x| depth.at(x, 20, 20);
        assert_eq!(
            [3, 4, 5, 33, 34, 40].map(at),
            [0.0, 0.5, 1.5, 0.5, 0.5, 6.5]
        );
        let classes = depth_classes(&two_slabs(), &Silent).unwrap();
        assert_eq!(classes.shape(), [20, 20, 32]);
        let of_block = |x| classes.at(x, 10, 10);
        assert_eq!(
            [1, 2, 3, 4, 9, 16, 17, 22].map(of_block),
            [0, 1, 3, 4, 5, 1, 1, 5]
        );
    }

    #[test]
    fn certain_classes_give_their_depth_back() {
        let classes = depth_classes(&two_slabs(), &Silent).unwrap();
        let is = |class: u8| classes.map(|&c| if c == class { 255 } else { 0 });
        let probabilities: Vec<u8> = (0..depth_names().len() as u8)
            .flat_map(|class| is(class).into_data())
            .collect();
        let mut depth = Volume::filled(classes.shape(), classes.spacing(), f32::NAN);
        expect_depth(&probabilities, depth.data_mut());
        let mut row = [0.0; 64];
        BetweenBlocks::new(&depth, [40, 40, 64]).row(20 * 40 + 20, &mut row);
        assert_eq!(row[0], 0.0);
        assert_eq!(row[19], DEEPEST);
        let lowest = (20..50).min_by(|&a, &b| row[a].total_cmp(&row[b]));
        assert!((32..=35).contains(&lowest.unwrap()), "{lowest:?}");
    }

    #[test]
    fn blocks_of_odd_shapes_are_means_of_what_is_there() {
        let ct = Volume::from_fn([1, 3, 3], Spacing::isotropic(1.0), |x, y, _| {
            (10 * x + y) as u16
        });
        let means = block_means(&ct);
        assert_eq!(means.shape(), [1, 2, 2]);
        assert_eq!(means.data(), [6, 21, 7, 22]);
        assert_eq!(means.spacing().x_um, 2.0);
    }
}
