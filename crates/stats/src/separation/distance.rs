use corelith_core::{Cancelled, Progress, Volume};
use rayon::prelude::*;

/// Squared Euclidean distance of every voxel that is not zero to the nearest zero voxel centre,
/// in units of the x spacing squared; 0 at zero voxels, infinite where there is no zero voxel.
///
/// What lies outside the volume is unknown, not background. Exact, in three passes, one an axis:
/// a scan along x, then lower envelopes of parabolas along y and z (Felzenszwalb and
/// Huttenlocher, Distance Transforms of Sampled Functions, 2012).
///
/// # Errors
/// When the user asked to stop.
pub fn squared_distance(
    mask: &Volume<u8>,
    progress: &dyn Progress,
) -> Result<Volume<f32>, Cancelled> {
    let [nz, ny, nx] = mask.shape();
    let spacing = mask.spacing();
    let mut distance = Volume::filled(mask.shape(), spacing, 0f32);
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
            for (distance, mask) in distance.chunks_mut(nx).zip(mask.chunks(nx)) {
                scan_row(mask, distance);
            }
            let mut rows: Vec<&mut [f32]> = distance.chunks_mut(nx).collect();
            Envelope::default().along(&mut rows, y_step);
            progress.advance(1);
            Ok(())
        })?;

    let mut planes: Vec<Vec<&mut [f32]>> = (0..ny).map(|_| Vec::with_capacity(nz)).collect();
    for (index, row) in distance.data_mut().chunks_mut(nx).enumerate() {
        planes[index % ny].push(row);
    }
    planes.into_par_iter().try_for_each(|mut rows| {
        progress.check()?;
        Envelope::default().along(&mut rows, z_step);
        progress.advance(1);
        Ok(())
    })?;
    progress.finish();
    Ok(distance)
}

/// Squared distance along a row to its nearest zero.
fn scan_row(mask: &[u8], distance: &mut [f32]) {
    let mut to_zero = f32::INFINITY;
    for (voxel, d) in mask.iter().zip(distance.iter_mut()) {
        to_zero = if *voxel == 0 { 0.0 } else { to_zero + 1.0 };
        *d = to_zero;
    }
    to_zero = f32::INFINITY;
    for d in distance.iter_mut().rev() {
        to_zero = if *d == 0.0 { 0.0 } else { to_zero + 1.0 };
        let nearest = d.min(to_zero);
        *d = nearest * nearest;
    }
}

/// Columns that are worked on together, so that rows are read in whole cache lines.
const COLUMNS: usize = 16;

/// Lower envelope of parabolas.
#[derive(Default)]
struct Envelope {
    /// Positions of the parabolas that are lowest somewhere, and their heights.
    sites: Vec<(f64, f64)>,
    /// Where each of them starts to be the lowest.
    starts: Vec<f64>,
    columns: Vec<[f32; COLUMNS]>,
}

impl Envelope {
    /// Replaces each value by the least of `value(k) + step * (k - here)^2` over all rows `k`.
    fn along(&mut self, rows: &mut [&mut [f32]], step: f64) {
        let nx = rows[0].len();
        for left in (0..nx).step_by(COLUMNS) {
            let width = COLUMNS.min(nx - left);
            let mut columns = std::mem::take(&mut self.columns);
            columns.clear();
            columns.extend(rows.iter().map(|row| {
                let mut values = [0f32; COLUMNS];
                values[..width].copy_from_slice(&row[left..left + width]);
                values
            }));
            for column in 0..width {
                self.column(&mut columns, column, step);
            }
            for (row, values) in rows.iter_mut().zip(&columns) {
                row[left..left + width].copy_from_slice(&values[..width]);
            }
            self.columns = columns;
        }
    }

    fn column(&mut self, values: &mut [[f32; COLUMNS]], column: usize, step: f64) {
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
    fn without_background_it_is_infinite() {
        let mask = Volume::filled([3, 4, 5], Spacing::isotropic(1.0), 1);
        let found = squared_distance(&mask, &Silent).unwrap();
        assert!(found.data().iter().all(|&d| d == f32::INFINITY));
    }
}
