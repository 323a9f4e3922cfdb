//! Frames of a mosaic that lie out of place, differ in brightness or are missing.

use corelith_core::UNMEASURED;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::DamageSettings;
use crate::PhantomMap;

/// First pixels of `count` frames of nearly equal size.
fn starts(pixels: usize, count: usize) -> Vec<usize> {
    (0..count).map(|k| k * pixels / count).collect()
}

/// Shifts the content of the frames; gives where they begin and by how many pixels each moved.
pub(super) fn shift_frames(
    map: &mut PhantomMap,
    settings: &DamageSettings,
    rng: &mut ChaCha8Rng,
) -> ([Vec<usize>; 2], Vec<[f64; 2]>) {
    let (rows, cols) = (map.classes.rows(), map.classes.cols());
    let [across, down] = settings.frames.map(|n| n.max(1));
    let frame_starts = [starts(cols, across), starts(rows, down)];
    let most = settings.frame_shift_px;
    let mut draw = |most: f64| {
        if most > 0.0 {
            rng.random_range(-most..=most)
        } else {
            0.0
        }
    };
    let shifts: Vec<[f64; 2]> = (0..across * down)
        .map(|_| [draw(most), draw(most)])
        .collect();
    let gains: Vec<f64> = (0..across * down)
        .map(|_| 1.0 + draw(settings.frame_brightness))
        .collect();
    let mut missing = vec![false; across * down];
    for _ in 0..settings.missing_frames.min(across * down) {
        let frame = rng.random_range(0..missing.len());
        missing[frame] = true;
    }
    let frame_of = |col: usize, row: usize| {
        let index = |starts: &[usize], at: usize| starts.partition_point(|&s| s <= at) - 1;
        index(&frame_starts[1], row) * across + index(&frame_starts[0], col)
    };
    let source = map.clone();
    for row in 0..rows {
        for col in 0..cols {
            let frame = frame_of(col, row);
            let [from_col, from_row] = [
                (col as f64 - shifts[frame][0]).round(),
                (row as f64 - shifts[frame][1]).round(),
            ];
            let i = row * cols + col;
            let there = (0.0..cols as f64).contains(&from_col)
                && (0.0..rows as f64).contains(&from_row)
                && !missing[frame];
            if !there {
                map.classes.data_mut()[i] = UNMEASURED;
                map.bse.data_mut()[i] = 0;
                continue;
            }
            let from = from_row as usize * cols + from_col as usize;
            map.classes.data_mut()[i] = source.classes.data()[from];
            map.phases_truth.data_mut()[i] = source.phases_truth.data()[from];
            map.particles_truth.data_mut()[i] = source.particles_truth.data()[from];
            for (to, from_raster) in map.coords_vox.iter_mut().zip(&source.coords_vox) {
                to.data_mut()[i] = from_raster.data()[from];
            }
            let grey = f64::from(source.bse.data()[from]) * gains[frame];
            map.bse.data_mut()[i] = grey.round().min(255.0) as u8;
        }
    }
    (frame_starts, shifts)
}
