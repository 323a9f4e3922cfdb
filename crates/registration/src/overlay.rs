use corelith_core::{Minerals, Raster, UNMEASURED, Volume};

use crate::RegistrationError;
use crate::placement::frames::Frames;
use crate::resample::resample_plane;

/// Colour of the particles' outlines.
const OUTLINE: [u8; 3] = [0, 229, 255];
/// Colour of the borders of frames, and the length of their dots and gaps, in pixels of the picture.
const FRAME: [u8; 3] = [255, 64, 200];
const DOT: usize = 3;
/// Where the plane lies outside the volume.
const OUTSIDE: [u8; 3] = [70, 30, 70];
/// Shortest side of the picture in pixels: smaller maps are enlarged by a whole factor.
const LEAST_SIDE: usize = 700;
/// Solid spots of fewer pixels get no outline: a map has single wrong pixels.
const LEAST_SPOT: usize = 12;

/// A picture to judge a registration by: the CT resampled on the map's pixels, in the map's own
/// orientation and with its contrast stretched; the particles of the map as bright outlines, and
/// its borders between minerals as thin lines in the minerals' colours. Dotted lines part the frames
/// that lie out of place, which are back in theirs.
///
/// What was not measured has no lines. Where the registration is right, outlines run along the rims
/// of the grey particles. Returns rows, columns and RGB bytes; small maps are enlarged.
///
/// # Errors
/// [`RegistrationError::CoordsShape`] when `coords` has another shape than `classes`.
pub fn overlay(
    ct: &Volume<u16>,
    coords: &[Raster<f32>; 3],
    classes: &Raster<u8>,
    minerals: &Minerals,
    frames: Option<&Frames>,
) -> Result<(usize, usize, Vec<u8>), RegistrationError> {
    let (rows, cols) = (classes.rows(), classes.cols());
    for raster in coords {
        if raster.rows() != rows || raster.cols() != cols {
            return Err(RegistrationError::CoordsShape {
                coords_rows: raster.rows(),
                coords_cols: raster.cols(),
                rows,
                cols,
            });
        }
    }
    let enlarge = LEAST_SIDE.div_ceil(rows.min(cols).max(1)).clamp(1, 8);
    let fine = coords.each_ref().map(|raster| enlarged(raster, enlarge));
    let grey = resample_plane(ct, &fine);
    let (low, high) = stretch(&grey);
    let solid = without_spots(classes, minerals.background());
    let (height, width) = (rows * enlarge, cols * enlarge);
    let mut rgb = Vec::with_capacity(height * width * 3);
    for y in 0..height {
        for x in 0..width {
            let value = grey.at(x, y);
            let base = if value.is_nan() {
                OUTSIDE
            } else {
                [(255.0 * ((value - low) / (high - low)).clamp(0.0, 1.0)) as u8; 3]
            };
            let line = line_at(classes, &solid, minerals, enlarge, x, y);
            let border = || {
                frames
                    .filter(|f| is_border(f, enlarge, [x, y]))
                    .map(|_| FRAME)
            };
            rgb.extend(line.or_else(border).unwrap_or(base));
        }
    }
    Ok((height, width, rgb))
}

/// Whether a dot of the border of two frames lies at picture pixel `(x, y)`.
fn is_border(frames: &Frames, enlarge: usize, [x, y]: [usize; 2]) -> bool {
    let starts = |starts: &[usize], at: usize| {
        at > 0 && at.is_multiple_of(enlarge) && starts.binary_search(&(at / enlarge)).is_ok()
    };
    let dot = |along: usize| (along / DOT).is_multiple_of(2);
    (starts(&frames.col_starts, x) && dot(y)) || (starts(&frames.row_starts, y) && dot(x))
}

/// Linear interpolation of `factor` values for each one, the outer ones repeated.
fn enlarged(raster: &Raster<f32>, factor: usize) -> Raster<f32> {
    let locate = |i: usize, n: usize| {
        let at = ((i as f32 + 0.5) / factor as f32 - 0.5).clamp(0.0, n as f32 - 1.0);
        let first = (at as usize).min(n.saturating_sub(2));
        (first, (first + 1).min(n - 1), at - first as f32)
    };
    Raster::from_fn(raster.rows() * factor, raster.cols() * factor, |x, y| {
        let (left, right, fx) = locate(x, raster.cols());
        let (top, bottom, fy) = locate(y, raster.rows());
        let along = |row: usize| {
            let (a, b) = (raster.at(left, row), raster.at(right, row));
            a + fx * (b - a)
        };
        let (a, b) = (along(top), along(bottom));
        a + fy * (b - a)
    })
}

/// Grey values at 1 % and 99 % of the picture.
fn stretch(grey: &Raster<f32>) -> (f32, f32) {
    let mut sorted: Vec<f32> = grey
        .data()
        .iter()
        .copied()
        .filter(|v| !v.is_nan())
        .collect();
    if sorted.is_empty() {
        return (0.0, 1.0);
    }
    sorted.sort_by(f32::total_cmp);
    let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share) as usize];
    let (low, high) = (at(0.01), at(0.99));
    (low, high.max(low + 1.0))
}

/// Solid pixels, connected by sides, in groups of at least [`LEAST_SPOT`]; small holes filled by
/// the same rule.
fn without_spots(classes: &Raster<u8>, background: u8) -> Raster<bool> {
    let mut mask = classes.map(|&class| class != background && class != UNMEASURED);
    for wanted in [true, false] {
        let (rows, cols) = (mask.rows(), mask.cols());
        let mut seen = vec![false; mask.len()];
        for start in 0..mask.len() {
            if seen[start] || mask.data()[start] != wanted {
                continue;
            }
            let mut group = vec![start];
            seen[start] = true;
            let mut next = 0;
            while next < group.len() {
                let (row, col) = (group[next] / cols, group[next] % cols);
                next += 1;
                let mut visit = |i: usize| {
                    if !seen[i] && mask.data()[i] == wanted {
                        seen[i] = true;
                        group.push(i);
                    }
                };
                if row > 0 {
                    visit((row - 1) * cols + col);
                }
                if row + 1 < rows {
                    visit((row + 1) * cols + col);
                }
                if col > 0 {
                    visit(row * cols + col - 1);
                }
                if col + 1 < cols {
                    visit(row * cols + col + 1);
                }
            }
            if group.len() < LEAST_SPOT {
                for i in group {
                    mask.data_mut()[i] = !wanted;
                }
            }
        }
    }
    mask
}

/// The line through picture pixel `(x, y)`, if any: lines run along the sides of map pixels.
fn line_at(
    classes: &Raster<u8>,
    solid: &Raster<bool>,
    minerals: &Minerals,
    enlarge: usize,
    x: usize,
    y: usize,
) -> Option<[u8; 3]> {
    let (col, row) = (x / enlarge, y / enlarge);
    let (dx, dy) = (x % enlarge, y % enlarge);
    let here = solid.at(col, row);
    let class = classes.at(col, row);
    if class == UNMEASURED {
        return None;
    }
    let mut neighbours = [None; 4];
    if col > 0 {
        neighbours[0] = Some((col - 1, row, dx));
    }
    if col + 1 < classes.cols() {
        neighbours[1] = Some((col + 1, row, enlarge - 1 - dx));
    }
    if row > 0 {
        neighbours[2] = Some((col, row - 1, dy));
    }
    if row + 1 < classes.rows() {
        neighbours[3] = Some((col, row + 1, enlarge - 1 - dy));
    }
    let mut line = None;
    for (col, row, distance) in neighbours.into_iter().flatten() {
        // Lines lie on the last picture pixels before a border.
        let other = classes.at(col, row);
        if distance > 0 || other == UNMEASURED {
            continue;
        }
        if solid.at(col, row) != here {
            return Some(OUTLINE);
        }
        let background = minerals.background();
        if here && class != background && other != background && other < class {
            line = Some(minerals.rows()[usize::from(class)].rgb);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use corelith_core::{Mineral, Spacing};

    fn minerals() -> Minerals {
        let row = |name: &str, rgb| Mineral {
            name: name.to_owned(),
            rgb,
            density_g_cm3: None,
        };
        Minerals::new(
            vec![
                row("resin", [0; 3]),
                row("a", [255, 0, 0]),
                row("b", [0, 255, 0]),
            ],
            "resin",
        )
        .unwrap()
    }

    #[test]
    fn particles_are_outlined_and_minerals_parted() {
        let ct = Volume::filled([3, 40, 40], Spacing::isotropic(1.0), 100u16);
        let coords = [
            Raster::from_fn(40, 40, |x, _| x as f32),
            Raster::from_fn(40, 40, |_, y| y as f32),
            Raster::filled(40, 40, 1.0),
        ];
        let classes = Raster::from_fn(40, 40, |x, y| {
            let inside = (10..30).contains(&x) && (10..30).contains(&y);
            if !inside {
                0
            } else if x < 20 {
                1
            } else {
                2
            }
        });
        let frames = Frames::in_place(vec![0, 5], vec![0]);
        let drawn = |frames| overlay(&ct, &coords, &classes, &minerals(), frames).unwrap();
        let (rows, cols, rgb) = drawn(None);
        assert_eq!(rgb.len(), rows * cols * 3);
        let colours: Vec<[u8; 3]> = rgb.as_chunks::<3>().0.to_vec();
        assert!(colours.contains(&OUTLINE));
        assert!(colours.contains(&[0, 255, 0]));
        assert!(!colours.contains(&FRAME));
        let (_, _, parted) = drawn(Some(&frames));
        let enlarge = cols / 40;
        for (i, colour) in parted.as_chunks::<3>().0.iter().enumerate() {
            assert_eq!(
                *colour == FRAME,
                i % cols == 5 * enlarge && (i / cols / DOT).is_multiple_of(2)
            );
        }
    }

    #[test]
    fn other_shapes_are_refused() {
        let ct = Volume::filled([3, 40, 40], Spacing::isotropic(1.0), 100u16);
        let coords = [(); 3].map(|()| Raster::filled(4, 4, 0.0));
        let classes = Raster::filled(5, 4, 0);
        assert!(overlay(&ct, &coords, &classes, &minerals(), None).is_err());
    }
}
