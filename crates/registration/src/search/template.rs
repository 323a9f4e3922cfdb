//! The disc of the map that is searched for, as regressors on coarse voxels.

use corelith_core::UNMEASURED;
use rustfft::num_complex::Complex32;

use crate::map::categories::Categories;
use crate::placement::pose::MapPoint;
use crate::search::fourier::{Fourier, Workspace};

/// Coarse voxels `(x, y)` of a disc about the origin.
pub(crate) fn disc_offsets(radius: f64) -> Vec<(i32, i32)> {
    let reach = radius.floor() as i32;
    (-reach..=reach)
        .flat_map(|y| (-reach..=reach).map(move |x| (x, y)))
        .filter(|&(x, y)| f64::from(x * x + y * y) <= radius * radius)
        .collect()
}

/// Share of a coarse voxel that must be measured for it to count.
const LEAST_MEASURED: f64 = 0.5;

/// Foreground and main mineral, each averaged over the measured pixels of a coarse voxel, and the
/// share of pixels that are measured.
pub(crate) struct Fields {
    rows: usize,
    cols: usize,
    values: Vec<[f32; 3]>,
}

pub(crate) fn regressor_fields(categories: &Categories, width_px: f64) -> Fields {
    let raster = &categories.raster;
    let (rows, cols) = (raster.rows(), raster.cols());
    let main = categories.main_solid();
    let mut values: Vec<[f32; 3]> = raster
        .data()
        .iter()
        .enumerate()
        .map(|(index, &category)| {
            [
                categories.is_solid(index),
                Some(category) == main,
                category != UNMEASURED,
            ]
            .map(|shown| f32::from(u8::from(shown)))
        })
        .collect();
    let reach = ((width_px - 1.0) / 2.0).round().max(0.0) as usize;
    if reach > 0 {
        values = box_mean(&values, cols, rows, reach);
        values = box_mean(&values, rows, cols, reach);
    }
    for [solid, main, measured] in &mut values {
        if *measured > 0.0 {
            *solid /= *measured;
            *main /= *measured;
        }
    }
    Fields { rows, cols, values }
}

/// Running mean over `2 * reach + 1` values along the fast axis, clipped at the ends; the result
/// is transposed.
fn box_mean(values: &[[f32; 3]], cols: usize, rows: usize, reach: usize) -> Vec<[f32; 3]> {
    let mut out = vec![[0.0; 3]; values.len()];
    let mut running = vec![[0.0f64; 3]; cols + 1];
    for (row, line) in values.chunks(cols).enumerate() {
        for (col, value) in line.iter().enumerate() {
            for channel in 0..3 {
                running[col + 1][channel] = running[col][channel] + f64::from(value[channel]);
            }
        }
        for col in 0..cols {
            let (from, to) = (col.saturating_sub(reach), (col + reach + 1).min(cols));
            for channel in 0..3 {
                let sum = running[to][channel] - running[from][channel];
                out[col * rows + row][channel] = (sum / (to - from) as f64) as f32;
            }
        }
    }
    out
}

/// Map pixels (column, row) of one coarse voxel along x and along y.
pub(crate) fn steps_of(angle: f64, mirrored: bool, scale: f64) -> [(f64, f64); 2] {
    let (s, c) = angle.sin_cos();
    let flip = if mirrored { -1.0 } else { 1.0 };
    [
        (scale * c, -scale * s * flip),
        (scale * s, scale * c * flip),
    ]
}

/// Spectrum of the disc's two regressors, made orthonormal, as real and imaginary part; 0 where most
/// of a coarse voxel was not measured.
pub(crate) fn template(
    fourier: &Fourier,
    offsets: &[(i32, i32)],
    fields: &Fields,
    centre: MapPoint,
    [along_x, along_y]: [(f64, f64); 2],
    space: &mut Workspace,
) -> Vec<Complex32> {
    let clamp = |position: f64, n: usize| position.round().clamp(0.0, n as f64 - 1.0) as usize;
    let (measured, mut channels): (Vec<(i32, i32)>, Vec<[f64; 2]>) = offsets
        .iter()
        .filter_map(|&offset| {
            let (x, y) = (f64::from(offset.0), f64::from(offset.1));
            let col = clamp(centre.col + x * along_x.0 + y * along_y.0, fields.cols);
            let row = clamp(centre.row + x * along_x.1 + y * along_y.1, fields.rows);
            let [solid, main, measured] = fields.values[row * fields.cols + col].map(f64::from);
            (measured > LEAST_MEASURED).then_some((offset, [solid, main]))
        })
        .unzip();
    orthonormalise(&mut channels);
    let mut image = vec![Complex32::default(); fourier.len()];
    for (&(x, y), value) in measured.iter().zip(&channels) {
        image[fourier.wrapped(x, y)] = Complex32::new(value[0] as f32, value[1] as f32);
    }
    fourier.forward(&mut image, space);
    let norm = 1.0 / fourier.len() as f32;
    image.iter().map(|t| t.conj() * norm).collect()
}

/// Zero mean, unit length, second channel orthogonal to the first; channels that say nothing
/// become zero.
fn orthonormalise(channels: &mut [[f64; 2]]) {
    let n = channels.len().max(1) as f64;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ct::coarse_volume::CoarseVolume;
    use crate::search::peaks::{Peak, pose_of};
    use nalgebra::Vector3;

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
