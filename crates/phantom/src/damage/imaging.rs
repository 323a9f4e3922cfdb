//! What polishing scratches and the microscope misses: scratches, charging, unmeasured spots.

use corelith_core::UNMEASURED;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::particles::particles;
use crate::PhantomMap;

/// Brightens BSE in streaks along rows and in a seventh of the sections.
pub(super) fn charge(map: &mut PhantomMap, strength: f64, rng: &mut ChaCha8Rng) {
    if strength == 0.0 {
        return;
    }
    let cols = map.bse.cols();
    let ids = particles(map);
    let bright: Vec<u32> = ids.into_iter().filter(|_| rng.random_bool(0.15)).collect();
    let gain_of_particles = 1.0 + strength * rng.random_range(0.5..1.0);
    let mut streak = 1.0;
    let classes = map.particles_truth.data();
    for (row, line) in map.bse.data_mut().chunks_mut(cols).enumerate() {
        if rng.random_bool(0.1) {
            streak = 1.0 + strength * rng.random_range(0.0..0.5);
        }
        for (col, grey) in line.iter_mut().enumerate() {
            let own = if bright.binary_search(&classes[row * cols + col]).is_ok() {
                gain_of_particles
            } else {
                1.0
            };
            *grey = (f64::from(*grey) * own * streak).round().min(255.0) as u8;
        }
    }
}

/// One scratch through the map.
pub(super) fn scratch(map: &mut PhantomMap, resin: u8, rng: &mut ChaCha8Rng) {
    let (rows, cols) = (map.classes.rows(), map.classes.cols());
    let angle: f64 = rng.random_range(0.0..std::f64::consts::PI);
    let half_width: f64 = rng.random_range(0.5..1.5);
    let through = [
        rng.random_range(0.0..cols as f64),
        rng.random_range(0.0..rows as f64),
    ];
    let (sin, cos) = angle.sin_cos();
    for row in 0..rows {
        for col in 0..cols {
            let away = (col as f64 - through[0]) * sin - (row as f64 - through[1]) * cos;
            if away.abs() <= half_width {
                let i = row * cols + col;
                map.classes.data_mut()[i] = 0;
                map.bse.data_mut()[i] = resin / 2;
            }
        }
    }
}

/// Round spots without a class until they cover `share` of the map.
pub(super) fn spot(map: &mut PhantomMap, share: f64, rng: &mut ChaCha8Rng) {
    let (rows, cols) = (map.classes.rows(), map.classes.cols());
    let wanted = (share * (rows * cols) as f64) as usize;
    let mut gone = 0;
    while gone < wanted {
        let radius = rows.min(cols) as f64 * rng.random_range(0.03..0.12);
        let centre = [
            rng.random_range(0.0..cols as f64),
            rng.random_range(0.0..rows as f64),
        ];
        for row in 0..rows {
            for col in 0..cols {
                let i = row * cols + col;
                let away = (col as f64 - centre[0]).hypot(row as f64 - centre[1]);
                if away <= radius && map.classes.data()[i] != UNMEASURED {
                    map.classes.data_mut()[i] = UNMEASURED;
                    map.bse.data_mut()[i] = 0;
                    gone += 1;
                }
            }
        }
    }
}
