use corelith_core::{Cancelled, Progress, Volume};
use rayon::prelude::*;

use crate::imaging::paging::{STRIP_BYTES, in_strips, strip_ahead};
use crate::imaging::zeroed::zeroed;

/// Squared Euclidean distance of every voxel that is not zero to the nearest zero voxel centre,
/// in units of the x spacing squared; 0 at zero voxels, infinite where there is no zero voxel.
///
/// What lies outside the volume is unknown, not background. Exact, in three passes, one an axis:
/// a scan along x, then along y and z the least of parabolas, found by a search outwards where
/// distances are short and by their lower envelope (Felzenszwalb and Huttenlocher, Distance
/// Transforms of Sampled Functions, 2012) where they are long.
///
/// # Errors
/// When the user asked to stop.
pub fn squared_distance(
    mask: &Volume<u8>,
    progress: &dyn Progress,
) -> Result<Volume<f32>, Cancelled> {
    let [nz, ny, nx] = mask.shape();
    let spacing = mask.spacing();
    let mut distance = zeroed(mask.shape(), spacing);
    if mask.is_empty() {
        return Ok(distance);
    }
    let y_step = (spacing.y_um / spacing.x_um).powi(2);
    let z_step = (spacing.z_um / spacing.x_um).powi(2);

    progress.start("measuring distances", (nz + ny) as u64);
    distance
        .data_mut()
        .par_chunks_mut(ny * nx)
        .zip(mask.data().par_chunks(ny * nx))
        .try_for_each(|(distance, mask)| {
            progress.check()?;
            let mut scratch = vec![0; nx];
            for (distance, mask) in distance.chunks_mut(nx).zip(mask.chunks(nx)) {
                scan_row(mask, &mut scratch, distance);
            }
            let mut rows: Vec<&mut [f32]> = distance.chunks_mut(nx).collect();
            Parabolas::new(ny, y_step).least(&mut rows);
            progress.advance(1);
            Ok(())
        })?;

    in_strips(distance.data_mut(), |distance| {
        let rows = (STRIP_BYTES / size_of::<f32>() / nx).max(rayon::current_num_threads());
        for first in (0..ny).step_by(rows) {
            progress.check()?;
            let rows = rows.min(ny - first);
            let mut planes: Vec<Vec<&mut [f32]>> =
                (0..rows).map(|_| Vec::with_capacity(nz)).collect();
            for slice in distance.chunks_mut(ny * nx) {
                let strip = &mut slice[first * nx..][..rows * nx];
                strip_ahead(strip);
                for (plane, row) in planes.iter_mut().zip(strip.chunks_mut(nx)) {
                    plane.push(row);
                }
            }
            planes
                .into_par_iter()
                .for_each(|mut rows| Parabolas::new(nz, z_step).least(&mut rows));
            progress.advance(rows as u64);
        }
        Ok(())
    })?;
    progress.finish();
    Ok(distance)
}

/// Squared distance along a row to its nearest zero. `scratch` is as long as the row.
fn scan_row(mask: &[u8], scratch: &mut [u32], distance: &mut [f32]) {
    // More than any row is long.
    const NONE: u32 = 1 << 31;
    let mut to_zero = NONE;
    for (voxel, d) in mask.iter().zip(scratch.iter_mut()) {
        to_zero = if *voxel == 0 { 0 } else { to_zero + 1 };
        *d = to_zero;
    }
    to_zero = NONE;
    for (d, distance) in scratch.iter().zip(distance).rev() {
        to_zero = if *d == 0 { 0 } else { to_zero + 1 };
        let nearest = to_zero.min(*d);
        *distance = if nearest >= NONE {
            f32::INFINITY
        } else {
            let nearest = nearest as f32;
            nearest * nearest
        };
    }
}

/// Columns that are worked on together, so that rows are read in whole cache lines.
const COLUMNS: usize = 16;

/// Voxels of a column up to which distances are searched for outwards.
const REACH: usize = 64;

/// Steps of a search between looks whether it may end.
const STRIDE: usize = 2;

/// Rows of infinity on both sides of the columns, so that no search leaves them.
const MARGIN: usize = REACH + STRIDE;

/// Parabolas over columns of voxels: each value is the height of one.
struct Parabolas {
    /// Square of the distance of neighbours in a column.
    step: f32,
    /// Some columns, with [`MARGIN`] rows on both sides.
    columns: Vec<[f32; COLUMNS]>,
    envelope: Envelope,
}

impl Parabolas {
    /// For columns of `rows` voxels.
    fn new(rows: usize, step: f64) -> Self {
        Self {
            step: step as f32,
            columns: vec![[f32::INFINITY; COLUMNS]; rows + 2 * MARGIN],
            envelope: Envelope::new(step),
        }
    }

    /// Replaces each value by the least of `value(k) + step * (k - here)^2` over all rows `k`.
    fn least(&mut self, rows: &mut [&mut [f32]]) {
        let nx = rows[0].len();
        for left in (0..nx).step_by(COLUMNS) {
            let width = COLUMNS.min(nx - left);
            let mut highest = 0.0;
            for (values, row) in self.columns[MARGIN..].iter_mut().zip(rows.iter()) {
                *values = [0.0; COLUMNS];
                values[..width].copy_from_slice(&row[left..left + width]);
                highest = largest(values).max(highest);
            }
            if highest == 0.0 {
                continue;
            }
            if highest <= self.step * (REACH * REACH) as f32 {
                for (y, row) in rows.iter_mut().enumerate() {
                    row[left..left + width].copy_from_slice(&self.search(y)[..width]);
                }
                continue;
            }
            let columns = &mut self.columns[MARGIN..][..rows.len()];
            for column in 0..width {
                self.envelope.column(columns, column);
            }
            for (row, values) in rows.iter_mut().zip(columns) {
                row[left..left + width].copy_from_slice(&values[..width]);
            }
        }
    }

    /// The least values of row `y`, by a search that ends where the way alone is longer.
    #[inline]
    fn search(&self, y: usize) -> [f32; COLUMNS] {
        let here = MARGIN + y;
        let mut least = self.columns[here];
        let mut way = 1;
        while self.step * ((way * way) as f32) < largest(&least) {
            for way in way..way + STRIDE {
                let squared = self.step * (way * way) as f32;
                let (up, down) = (&self.columns[here - way], &self.columns[here + way]);
                for i in 0..COLUMNS {
                    least[i] = smaller(least[i], smaller(up[i], down[i]) + squared);
                }
            }
            way += STRIDE;
        }
        least
    }
}

/// One instruction, which `f32::min` with its rule for what is no number is not.
#[inline]
fn smaller(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

#[inline]
fn largest(values: &[f32; COLUMNS]) -> f32 {
    let mut lanes = [0f32; 4];
    for four in values.as_chunks::<4>().0 {
        for i in 0..4 {
            lanes[i] = if four[i] > lanes[i] {
                four[i]
            } else {
                lanes[i]
            };
        }
    }
    lanes[0].max(lanes[1]).max(lanes[2].max(lanes[3]))
}

/// Lower envelope of parabolas.
struct Envelope {
    step: f64,
    /// Positions of the parabolas that are lowest somewhere, and their heights.
    sites: Vec<(f64, f64)>,
    /// Where each of them starts to be the lowest.
    starts: Vec<f64>,
}

impl Envelope {
    fn new(step: f64) -> Self {
        Self {
            step,
            sites: Vec::new(),
            starts: Vec::new(),
        }
    }

    fn column(&mut self, values: &mut [[f32; COLUMNS]], column: usize) {
        let step = self.step;
        if values.iter().all(|v| v[column] == 0.0) {
            return;
        }
        self.sites.clear();
        self.starts.clear();
        for (k, value) in values.iter().enumerate() {
            if value[column] == f32::INFINITY {
                continue;
            }
            let (at, height) = (k as f64, f64::from(value[column]) / step);
            let mut start = f64::NEG_INFINITY;
            while let Some(&(site, low)) = self.sites.last() {
                start = 0.5 * ((height - low) / (at - site) + at + site);
                if start > *self.starts.last().unwrap_or(&f64::NEG_INFINITY) {
                    break;
                }
                self.sites.pop();
                self.starts.pop();
                start = f64::NEG_INFINITY;
            }
            self.sites.push((at, height));
            self.starts.push(start);
        }
        if self.sites.is_empty() {
            return;
        }
        let mut current = 0;
        for (k, value) in values.iter_mut().enumerate() {
            let here = k as f64;
            while self.starts.get(current + 1).is_some_and(|&s| s <= here) {
                current += 1;
            }
            let (site, height) = self.sites[current];
            value[column] = (step * ((here - site).powi(2) + height)) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::{Silent, Spacing};
    use rand::{RngExt, SeedableRng};

    use super::*;

    #[test]
    fn like_a_search_over_all_voxels() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        for (shape, z_um) in [([9, 11, 21], 1.0), ([6, 1, 40], 2.5), ([14, 9, 1], 0.5)] {
            let spacing = Spacing {
                x_um: 1.0,
                y_um: 1.5,
                z_um,
            };
            let mask = Volume::from_fn(shape, spacing, |_, _, _| u8::from(random.random_bool(0.9)));
            let found = squared_distance(&mask, &Silent).unwrap();
            let [nz, ny, nx] = shape;
            let points = || {
                (0..nz)
                    .flat_map(move |z| (0..ny).flat_map(move |y| (0..nx).map(move |x| (x, y, z))))
            };
            for (x, y, z) in points() {
                let nearest = points()
                    .filter(|&(i, j, k)| mask.at(i, j, k) == 0)
                    .map(|(i, j, k)| {
                        let d = |a: usize, b: usize, h: f64| ((a as f64 - b as f64) * h).powi(2);
                        d(x, i, 1.0) + d(y, j, 1.5) + d(z, k, z_um)
                    })
                    .fold(f64::INFINITY, f64::min);
                assert!((f64::from(found.at(x, y, z)) - nearest).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn long_and_short_distances_of_one_column() {
        // Background at the ends of some columns, so that others reach across the whole volume.
        let mask = Volume::from_fn([3, 200, 40], Spacing::isotropic(1.0), |x, y, z| {
            let is_background = match x {
                3 => y == 0,
                20 => y == 199 && z == 1,
                35 => y % 90 == 5,
                _ => false,
            };
            u8::from(!is_background)
        });
        let point = |at: usize| [at % 40, at / 40 % 200, at / 8000];
        let zeros: Vec<[usize; 3]> = (0..mask.len())
            .filter(|&at| mask.data()[at] == 0)
            .map(point)
            .collect();
        let found = squared_distance(&mask, &Silent).unwrap();
        for (at, &found) in found.data().iter().enumerate() {
            let squared = |to: &[usize; 3]| {
                (0..3)
                    .map(|i| point(at)[i].abs_diff(to[i]).pow(2))
                    .sum::<usize>()
            };
            assert_eq!(found, zeros.iter().map(squared).min().unwrap() as f32);
        }
    }

    #[test]
    fn without_background_it_is_infinite() {
        let mask = Volume::filled([3, 4, 5], Spacing::isotropic(1.0), 1);
        let found = squared_distance(&mask, &Silent).unwrap();
        assert!(found.data().iter().all(|&d| d == f32::INFINITY));
    }
}
