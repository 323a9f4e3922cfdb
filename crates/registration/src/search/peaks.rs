//! Where the first search scores highest.

use corelith_core::CtFromMap;
use nalgebra::Vector3;

use crate::ct::coarse_volume::CoarseVolume;
use crate::placement::pose::MapPoint;

/// Local maxima kept of one slice at one rotation.
const PEAKS_PER_SLICE: usize = 4;

/// A place at which the disc resembles the CT, in coarse voxels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peak {
    pub x: usize,
    pub y: usize,
    pub z: usize,
    pub mirrored: bool,
    pub angle: f64,
    pub score: f32,
}

/// The highest local maxima of one slice, discs fully inside.
pub(crate) fn slice_peaks(
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
pub(crate) fn far_apart(
    mut peaks: Vec<Peak>,
    radius: f64,
    angle_step_deg: f64,
    keep: usize,
) -> Vec<Peak> {
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

/// The pose that puts the point `centre` of the map at a peak.
pub(crate) fn pose_of(
    peak: &Peak,
    volume: &CoarseVolume,
    centre: MapPoint,
    pixel_vox: f64,
) -> CtFromMap {
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
