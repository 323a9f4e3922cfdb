//! The first search: a disc of the map, at all in-plane rotations and both ways round, against
//! every position in every slice (or those that a region leaves), by Fourier transform.
//!
//! The disc is small enough for the tilt not to matter. Its shape does not depend on the rotation,
//! so the local mean and variance of the CT below it are computed once. Two regressors, foreground
//! and main mineral, go through one complex transform; the score is the share of the CT's variance
//! below the disc that they explain, so particles may be brighter or darker than the resin.

use std::ops::Range;

use corelith_core::{CtFromMap, Progress, Region};
use nalgebra::Vector3;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use rustfft::num_complex::Complex32;

use crate::RegistrationError;
use crate::classes::Categories;
use crate::fourier::Fourier;
use crate::pose::MapPoint;
use crate::pyramid::CoarseVolume;
use crate::search_window::{Scope, Window};
use crate::settings::Settings;

/// Local maxima kept of one slice at one rotation.
const PEAKS_PER_SLICE: usize = 4;
/// Places that a start pose is compared with.
const RANDOM_PLACES: usize = 200;
/// Places kept of a region, however small it is.
const LEAST_IN_REGION: usize = 64;
/// Places from outside of a region that those inside are compared with.
const PLACES_ELSEWHERE: usize = 100;
/// Discs over less than this share of the volume's variance are flat: noise decides there.
const LEAST_VARIANCE: f32 = 0.05;

/// The disc of the map that is searched for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patch {
    pub centre: MapPoint,
    pub radius_vox: f64,
}

/// A place of the first search.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub pose: CtFromMap,
}

/// One rotation and way round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    pub index: usize,
    pub mirrored: bool,
    pub angle: f64,
}

/// What the first search needs to know of the map and the volume.
pub(crate) struct PatchSearch<'a> {
    pub volume: &'a CoarseVolume,
    pub categories: &'a Categories,
    pub pixel_vox: f64,
    pub settings: &'a Settings,
    pub progress: &'a dyn Progress,
}

impl PatchSearch<'_> {
    /// The best places of the volume, far apart from each other.
    pub fn everywhere(&self, patch: Patch) -> Result<Vec<Place>, RegistrationError> {
        let step = "searching the volume";
        let peaks = self.peaks(step, self.volume, [0; 3], patch, Scope::Everywhere)?;
        Ok(self.best(peaks, patch, self.settings.candidates))
    }

    /// The best places from which the middle of the map can come to lie in a region, in
    /// proportion to how much of the volume that is, and the best of a sparse search through the
    /// rest of the volume, to compare them with.
    pub fn within(&self, region: &Region, patch: Patch) -> Result<Vec<Place>, RegistrationError> {
        let (volume, turns) = (self.volume, self.turns());
        let window = Window::new(
            region,
            self.categories.middle(),
            patch,
            volume,
            self.pixel_vox,
            self.settings,
        );
        let reach = self.radius(patch).floor() as usize;
        let windows: Vec<[Range<usize>; 3]> = turns.iter().map(|turn| window.at(turn)).collect();
        let positions: usize = windows
            .iter()
            .map(|window| window.iter().map(Range::len).product::<usize>())
            .sum();
        let share = positions as f64 / (turns.len() * volume.data.len()) as f64;
        let keep = (share * self.settings.candidates as f64).ceil() as usize;

        let inside = match hull(&windows, reach, volume.shape) {
            Some(hull) => {
                let origin = hull.clone().map(|range| range.start);
                let piece = volume.cropped(hull);
                let step = "searching the region";
                self.peaks(step, &piece, origin, patch, Scope::Into(&window))?
            }
            None => Vec::new(),
        };
        let step = "searching elsewhere to compare";
        let elsewhere = self.peaks(step, volume, [0; 3], patch, Scope::Elsewhere(&window))?;
        let mut places = self.best(inside, patch, keep.max(LEAST_IN_REGION));
        places.extend(self.best(elsewhere, patch, PLACES_ELSEWHERE));
        Ok(places)
    }

    /// All rotations, both ways round.
    fn turns(&self) -> Vec<Turn> {
        let angles = (360.0 / self.settings.angle_step_deg).round() as usize;
        (0..2 * angles)
            .map(|index| Turn {
                index,
                mirrored: index >= angles,
                angle: (index % angles) as f64 * std::f64::consts::TAU / angles as f64,
            })
            .collect()
    }

    /// Radius of the disc in coarse voxels.
    fn radius(&self, patch: Patch) -> f64 {
        patch.radius_vox / self.volume.factor as f64
    }

    fn best(&self, peaks: Vec<Peak>, patch: Patch, keep: usize) -> Vec<Place> {
        far_apart(
            peaks,
            self.radius(patch),
            self.settings.angle_step_deg,
            keep,
        )
        .iter()
        .map(|peak| Place {
            pose: pose_of(peak, self.volume, patch.centre, self.pixel_vox),
        })
        .collect()
    }

    /// Peaks in a part of the volume, `piece`, whose first voxel is `origin` (x, y, z): one step of
    /// the progress, named `step`.
    fn peaks(
        &self,
        step: &str,
        piece: &CoarseVolume,
        origin: [usize; 3],
        patch: Patch,
        scope: Scope<'_>,
    ) -> Result<Vec<Peak>, RegistrationError> {
        let [nz, ny, nx] = piece.shape;
        let radius = self.radius(patch);
        let offsets = disc_offsets(radius);
        let reach = radius.floor() as usize;
        if nx <= 2 * reach || ny <= 2 * reach || offsets.len() < 9 {
            return Ok(Vec::new());
        }
        let turns = self.turns();
        self.progress.start(step, turns.len() as u64);
        let map_per_coarse = piece.factor as f64 / self.pixel_vox;
        let fourier = Fourier::new(nx, ny);
        let slices = slice_spectra(piece, &fourier);
        let inverse_variance = local_variance(piece, Spread::of(self.volume), &fourier, &offsets);
        let fields = regressor_fields(self.categories, map_per_coarse);
        let peaks: Vec<Vec<Peak>> = turns
            .par_iter()
            .map_init(
                || {
                    (
                        fourier.workspace(),
                        vec![Complex32::default(); fourier.len()],
                    )
                },
                |(space, product), turn| {
                    if self.progress.is_cancelled() {
                        return Vec::new();
                    }
                    let looked_at = scope.at(turn);
                    let step = steps_of(turn.angle, turn.mirrored, map_per_coarse);
                    let template = template(&fourier, &offsets, &fields, patch.centre, step, space);
                    let mut peaks = Vec::new();
                    for z in (0..nz).filter(|z| looked_at.slice(z + origin[2])) {
                        let slice = &slices[z * fourier.len()..][..fourier.len()];
                        for ((out, s), t) in product.iter_mut().zip(slice).zip(&template) {
                            *out = s * t;
                        }
                        fourier.inverse(product, space);
                        let inverse_variance = &inverse_variance[z * nx * ny..][..nx * ny];
                        let place =
                            |x: usize, y: usize| [x + origin[0], y + origin[1], z + origin[2]];
                        let mut score = |x: usize, y: usize| {
                            if looked_at.position(place(x, y)) {
                                let explained = product[y * fourier.width + x].norm_sqr();
                                explained * inverse_variance[y * nx + x]
                            } else {
                                0.0
                            }
                        };
                        slice_peaks([nx, ny], reach, &mut score, |x, y, score| {
                            let [x, y, z] = place(x, y);
                            peaks.push(Peak {
                                x,
                                y,
                                z,
                                mirrored: turn.mirrored,
                                angle: turn.angle,
                                score,
                            });
                        });
                    }
                    self.progress.advance(1);
                    peaks
                },
            )
            .collect();
        self.progress.finish();
        self.progress.check()?;
        Ok(peaks.concat())
    }
}

/// The smallest box, as ranges along x, y and z, that holds all windows and the discs about them.
fn hull(
    windows: &[[Range<usize>; 3]],
    reach: usize,
    [nz, ny, nx]: [usize; 3],
) -> Option<[Range<usize>; 3]> {
    let reached = windows
        .iter()
        .filter(|window| window.iter().all(|range| !range.is_empty()))
        .cloned()
        .reduce(|a, b| {
            std::array::from_fn(|axis| {
                a[axis].start.min(b[axis].start)..a[axis].end.max(b[axis].end)
            })
        })?;
    let [x, y, z] = reached;
    let grown = |range: Range<usize>, n: usize| {
        range.start.saturating_sub(reach)..(range.end + reach).min(n)
    };
    Some([grown(x, nx), grown(y, ny), z.start..z.end.min(nz)])
}

/// A known start pose, and random places of the volume to compare it with.
pub(crate) fn around(
    start: &CtFromMap,
    volume: &CoarseVolume,
    centre: MapPoint,
    pixel_vox: f64,
    seed: u64,
) -> Vec<Place> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let [nz, ny, nx] = volume.shape;
    let random = (0..RANDOM_PLACES).map(|_| {
        let peak = Peak {
            x: rng.random_range(0..nx),
            y: rng.random_range(0..ny),
            z: rng.random_range(0..nz),
            mirrored: rng.random(),
            angle: rng.random_range(0.0..std::f64::consts::TAU),
            score: 0.0,
        };
        Place {
            pose: pose_of(&peak, volume, centre, pixel_vox),
        }
    });
    std::iter::once(Place { pose: *start })
        .chain(random)
        .collect()
}

#[derive(Debug, Clone, Copy)]
struct Peak {
    x: usize,
    y: usize,
    z: usize,
    mirrored: bool,
    angle: f64,
    score: f32,
}

/// Coarse voxels `(x, y)` of a disc about the origin.
fn disc_offsets(radius: f64) -> Vec<(i32, i32)> {
    let reach = radius.floor() as i32;
    (-reach..=reach)
        .flat_map(|y| (-reach..=reach).map(move |x| (x, y)))
        .filter(|&(x, y)| f64::from(x * x + y * y) <= radius * radius)
        .collect()
}

fn slice_spectra(volume: &CoarseVolume, fourier: &Fourier) -> Vec<Complex32> {
    let [nz, ny, nx] = volume.shape;
    let mut spectra = vec![Complex32::default(); nz * fourier.len()];
    spectra
        .par_chunks_mut(fourier.len())
        .enumerate()
        .for_each_init(
            || fourier.workspace(),
            |space, (z, spectrum)| {
                let slice = &volume.data[z * nx * ny..][..nx * ny];
                for (row, from) in spectrum.chunks_mut(fourier.width).zip(slice.chunks(nx)) {
                    for (out, &grey) in row.iter_mut().zip(from) {
                        *out = Complex32::new(grey - 0.5, 0.0);
                    }
                }
                fourier.forward(spectrum, space);
            },
        );
    spectra
}

/// Mean and variance of a volume's grey values.
#[derive(Clone, Copy)]
struct Spread {
    mean: f64,
    variance: f64,
}

impl Spread {
    fn of(volume: &CoarseVolume) -> Self {
        let voxels = volume.data.len() as f64;
        let mean = volume.data.iter().map(|&g| f64::from(g)).sum::<f64>() / voxels;
        let squares = volume.data.iter().map(|&g| (f64::from(g) - mean).powi(2));
        Self {
            mean,
            variance: squares.sum::<f64>() / voxels,
        }
    }
}

/// One over the sum of squared deviations below the disc, 0 where the disc is flat against the
/// spread of the whole volume.
fn local_variance(
    volume: &CoarseVolume,
    spread: Spread,
    fourier: &Fourier,
    offsets: &[(i32, i32)],
) -> Vec<f32> {
    let [nz, ny, nx] = volume.shape;
    let count = offsets.len() as f64;
    let mean = spread.mean;
    let least = f64::from(LEAST_VARIANCE) * spread.variance * count;
    let mut space = fourier.workspace();
    let mut disc = vec![Complex32::default(); fourier.len()];
    for &(x, y) in offsets {
        disc[wrapped(x, y, fourier)] = Complex32::new(1.0, 0.0);
    }
    fourier.forward(&mut disc, &mut space);
    let mut out = vec![0.0; nz * ny * nx];
    out.par_chunks_mut(nx * ny).enumerate().for_each_init(
        || {
            (
                fourier.workspace(),
                vec![Complex32::default(); fourier.len()],
            )
        },
        |(space, sums), (z, out)| {
            let slice = &volume.data[z * nx * ny..][..nx * ny];
            sums.fill(Complex32::default());
            for (row, from) in sums.chunks_mut(fourier.width).zip(slice.chunks(nx)) {
                for (sum, &grey) in row.iter_mut().zip(from) {
                    let centred = grey - mean as f32;
                    *sum = Complex32::new(centred, centred * centred);
                }
            }
            fourier.forward(sums, space);
            for (s, d) in sums.iter_mut().zip(&disc) {
                *s *= d.conj();
            }
            fourier.inverse(sums, space);
            let norm = fourier.len() as f64;
            for y in 0..ny {
                for x in 0..nx {
                    let sum = sums[y * fourier.width + x];
                    let (first, second) = (f64::from(sum.re) / norm, f64::from(sum.im) / norm);
                    let spread = second - first * first / count;
                    if spread > least {
                        out[y * nx + x] = (1.0 / spread) as f32;
                    }
                }
            }
        },
    );
    out
}

fn wrapped(x: i32, y: i32, fourier: &Fourier) -> usize {
    let x = x.rem_euclid(fourier.width as i32) as usize;
    let y = y.rem_euclid(fourier.height as i32) as usize;
    y * fourier.width + x
}

/// Foreground and main mineral, each averaged over a coarse voxel.
struct Fields {
    rows: usize,
    cols: usize,
    values: Vec<[f32; 2]>,
}

fn regressor_fields(categories: &Categories, width_px: f64) -> Fields {
    let raster = &categories.raster;
    let (rows, cols) = (raster.rows(), raster.cols());
    let main = categories.main_solid();
    let mut values: Vec<[f32; 2]> = raster
        .data()
        .iter()
        .map(|&category| {
            [
                f32::from(u8::from(Some(category) != categories.background)),
                f32::from(u8::from(Some(category) == main)),
            ]
        })
        .collect();
    let reach = ((width_px - 1.0) / 2.0).round().max(0.0) as usize;
    if reach > 0 {
        values = box_mean(&values, cols, rows, reach);
        values = box_mean(&values, rows, cols, reach);
    }
    Fields { rows, cols, values }
}

/// Running mean over `2 * reach + 1` values along the fast axis, clipped at the ends; the result
/// is transposed.
fn box_mean(values: &[[f32; 2]], cols: usize, rows: usize, reach: usize) -> Vec<[f32; 2]> {
    let mut out = vec![[0.0; 2]; values.len()];
    let mut running = vec![[0.0f64; 2]; cols + 1];
    for (row, line) in values.chunks(cols).enumerate() {
        for (col, value) in line.iter().enumerate() {
            for channel in 0..2 {
                running[col + 1][channel] = running[col][channel] + f64::from(value[channel]);
            }
        }
        for col in 0..cols {
            let (from, to) = (col.saturating_sub(reach), (col + reach + 1).min(cols));
            for channel in 0..2 {
                let sum = running[to][channel] - running[from][channel];
                out[col * rows + row][channel] = (sum / (to - from) as f64) as f32;
            }
        }
    }
    out
}

/// Map pixels (column, row) of one coarse voxel along x and along y.
fn steps_of(angle: f64, mirrored: bool, scale: f64) -> [(f64, f64); 2] {
    let (s, c) = angle.sin_cos();
    let flip = if mirrored { -1.0 } else { 1.0 };
    [
        (scale * c, -scale * s * flip),
        (scale * s, scale * c * flip),
    ]
}

/// Spectrum of the disc's two regressors, made orthonormal, as real and imaginary part.
fn template(
    fourier: &Fourier,
    offsets: &[(i32, i32)],
    fields: &Fields,
    centre: MapPoint,
    [along_x, along_y]: [(f64, f64); 2],
    space: &mut crate::fourier::Workspace,
) -> Vec<Complex32> {
    let clamp = |position: f64, n: usize| position.round().clamp(0.0, n as f64 - 1.0) as usize;
    let mut channels: Vec<[f64; 2]> = offsets
        .iter()
        .map(|&(x, y)| {
            let (x, y) = (f64::from(x), f64::from(y));
            let col = clamp(centre.col + x * along_x.0 + y * along_y.0, fields.cols);
            let row = clamp(centre.row + x * along_x.1 + y * along_y.1, fields.rows);
            fields.values[row * fields.cols + col].map(f64::from)
        })
        .collect();
    orthonormalise(&mut channels);
    let mut image = vec![Complex32::default(); fourier.len()];
    for (&(x, y), value) in offsets.iter().zip(&channels) {
        image[wrapped(x, y, fourier)] = Complex32::new(value[0] as f32, value[1] as f32);
    }
    fourier.forward(&mut image, space);
    let norm = 1.0 / fourier.len() as f32;
    image.iter().map(|t| t.conj() * norm).collect()
}

/// Zero mean, unit length, second channel orthogonal to the first; channels that say nothing
/// become zero.
fn orthonormalise(channels: &mut [[f64; 2]]) {
    let n = channels.len() as f64;
    for k in 0..2 {
        let mean = channels.iter().map(|c| c[k]).sum::<f64>() / n;
        channels.iter_mut().for_each(|c| c[k] -= mean);
        if k == 1 {
            let along = channels.iter().map(|c| c[0] * c[1]).sum::<f64>();
            channels.iter_mut().for_each(|c| c[1] -= along * c[0]);
        }
        let length = channels.iter().map(|c| c[k] * c[k]).sum::<f64>().sqrt();
        let scale = if length > 1e-3 * n.sqrt() {
            1.0 / length
        } else {
            0.0
        };
        channels.iter_mut().for_each(|c| c[k] *= scale);
    }
}

/// The highest local maxima of one slice, discs fully inside.
fn slice_peaks(
    [nx, ny]: [usize; 2],
    reach: usize,
    score: &mut impl FnMut(usize, usize) -> f32,
    mut found: impl FnMut(usize, usize, f32),
) {
    let (width, height) = (nx - 2 * reach, ny - 2 * reach);
    let mut scores = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            scores.push(score(x + reach, y + reach));
        }
    }
    let mut best: Vec<(f32, usize)> = Vec::with_capacity(PEAKS_PER_SLICE + 1);
    for y in 0..height {
        for x in 0..width {
            let i = y * width + x;
            let value = scores[i];
            let floor = if best.len() < PEAKS_PER_SLICE {
                0.0
            } else {
                best[best.len() - 1].0
            };
            if value <= floor {
                continue;
            }
            let higher_beside = (y.saturating_sub(1)..(y + 2).min(height)).any(|v| {
                (x.saturating_sub(1)..(x + 2).min(width)).any(|u| scores[v * width + u] > value)
            });
            if !higher_beside {
                let place = best.partition_point(|&(other, _)| other >= value);
                best.insert(place, (value, i));
                best.truncate(PEAKS_PER_SLICE);
            }
        }
    }
    for (value, i) in best {
        found(i % width + reach, i / width + reach, value);
    }
}

/// The best peaks such that no two nearly agree in place and direction.
fn far_apart(mut peaks: Vec<Peak>, radius: f64, angle_step_deg: f64, keep: usize) -> Vec<Peak> {
    peaks.sort_by(|a, b| b.score.total_cmp(&a.score));
    let (apart, turned) = (radius * 0.25, 1.5 * angle_step_deg.to_radians());
    let mut kept: Vec<Peak> = Vec::with_capacity(keep);
    for peak in peaks {
        let known = kept.iter().any(|other| {
            let square = |a: usize, b: usize| (a as f64 - b as f64).powi(2);
            let distance =
                square(peak.x, other.x) + square(peak.y, other.y) + square(peak.z, other.z);
            let angle = (peak.angle - other.angle).rem_euclid(std::f64::consts::TAU);
            peak.mirrored == other.mirrored
                && distance < apart * apart
                && angle.min(std::f64::consts::TAU - angle) < turned
        });
        if !known {
            kept.push(peak);
            if kept.len() == keep {
                break;
            }
        }
    }
    kept
}

fn pose_of(peak: &Peak, volume: &CoarseVolume, centre: MapPoint, pixel_vox: f64) -> CtFromMap {
    let (s, c) = peak.angle.sin_cos();
    let flip = if peak.mirrored { -1.0 } else { 1.0 };
    let du = Vector3::new(c, s, 0.0) * pixel_vox;
    let dv = Vector3::new(-s, c, 0.0) * (pixel_vox * flip);
    let [x, y, z] = [peak.x, peak.y, peak.z].map(|i| volume.full_from_coarse(i as f64));
    CtFromMap::new(
        du,
        dv,
        Vector3::new(x, y, z) - du * centre.col - dv * centre.row,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn template_steps_invert_the_pose() {
        for mirrored in [false, true] {
            let peak = Peak {
                x: 0,
                y: 0,
                z: 0,
                mirrored,
                angle: 0.7,
                score: 0.0,
            };
            let volume = CoarseVolume {
                data: Vec::new(),
                shape: [0; 3],
                factor: 3,
            };
            let pose = pose_of(&peak, &volume, MapPoint { col: 5.0, row: 6.0 }, 0.5);
            let [along_x, along_y] = steps_of(0.7, mirrored, 3.0 / 0.5);
            let start = pose.apply(5.0, 6.0);
            let x = pose.apply(5.0 + along_x.0, 6.0 + along_x.1) - start;
            let y = pose.apply(5.0 + along_y.0, 6.0 + along_y.1) - start;
            assert!((x - Vector3::new(3.0, 0.0, 0.0)).norm() < 1e-9);
            assert!((y - Vector3::new(0.0, 3.0, 0.0)).norm() < 1e-9);
        }
    }

    #[test]
    fn regressors_become_orthonormal() {
        let mut channels: Vec<[f64; 2]> = (0..100)
            .map(|i| [f64::from(i % 3), f64::from(i % 3 + i % 7)])
            .collect();
        orthonormalise(&mut channels);
        let dot = |a: usize, b: usize| channels.iter().map(|c| c[a] * c[b]).sum::<f64>();
        assert!((dot(0, 0) - 1.0).abs() < 1e-9);
        assert!((dot(1, 1) - 1.0).abs() < 1e-9);
        assert!(dot(0, 1).abs() < 1e-9);
    }
}
