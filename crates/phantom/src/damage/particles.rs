//! Particles that polishing tears out of a section or presses into its resin.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::PhantomMap;

/// Ids of the particles that the map shows, ascending.
pub(super) fn particles(map: &PhantomMap) -> Vec<u32> {
    let mut ids: Vec<u32> = map.particles_truth.data().to_vec();
    ids.sort_unstable();
    ids.dedup();
    ids.retain(|&id| id > 0);
    ids
}

/// Turns a share of the particle sections into resin of the BSE grey `resin`, and names them.
pub(super) fn tear_out(
    map: &mut PhantomMap,
    share: f64,
    resin: u8,
    rng: &mut ChaCha8Rng,
) -> Vec<u32> {
    let mut torn = particles(map);
    torn.retain(|_| rng.random_bool(share));
    // Rough rims show a particle one pixel beyond its true section.
    let (rows, cols) = (map.classes.rows(), map.classes.cols());
    let near = |col: usize, row: usize, id: &dyn Fn(u32) -> bool| {
        (row.saturating_sub(2)..(row + 3).min(rows)).any(|r| {
            (col.saturating_sub(2)..(col + 3).min(cols)).any(|c| id(map.particles_truth.at(c, r)))
        })
    };
    let is_torn = |id: u32| torn.binary_search(&id).is_ok();
    let gone: Vec<usize> = (0..if torn.is_empty() { 0 } else { rows * cols })
        .filter(|&i| {
            let own = map.particles_truth.data()[i];
            is_torn(own) || (own == 0 && near(i % cols, i / cols, &is_torn))
        })
        .collect();
    for i in gone {
        map.classes.data_mut()[i] = 0;
        let noise: u8 = rng.random_range(0..12);
        map.bse.data_mut()[i] = resin.saturating_sub(6).saturating_add(noise);
    }
    torn
}

/// Copies sections of the same map, turned by a half, to places that show resin only.
pub(super) fn press_in(map: &mut PhantomMap, share: f64, rng: &mut ChaCha8Rng) -> usize {
    const TRIES: usize = 200;
    let ids = particles(map);
    let wanted = (share * ids.len() as f64).round() as usize;
    let (rows, cols) = (map.classes.rows() as i64, map.classes.cols() as i64);
    let (classes, bse) = (map.classes.clone(), map.bse.clone());
    let mut added = 0;
    for _ in 0..TRIES {
        if added == wanted || ids.is_empty() {
            break;
        }
        let id = ids[rng.random_range(0..ids.len())];
        let pixels: Vec<i64> = (0..rows * cols)
            .filter(|&i| map.particles_truth.data()[i as usize] == id)
            .filter(|&i| classes.data()[i as usize] > 0)
            .collect();
        let Some(&first) = pixels.first() else {
            continue;
        };
        let (to_col, to_row) = (rng.random_range(0..cols), rng.random_range(0..rows));
        let target = |i: i64| {
            let col = to_col - (i % cols - first % cols);
            let row = to_row - (i / cols - first / cols);
            ((0..cols).contains(&col) && (0..rows).contains(&row))
                .then_some((row * cols + col) as usize)
        };
        let inside: Vec<(usize, usize)> = pixels
            .iter()
            .filter_map(|&i| Some((i as usize, target(i)?)))
            .collect();
        let covered = inside.iter().filter(|(_, to)| map.classes.data()[*to] > 0);
        if 2 * inside.len() < pixels.len() || 10 * covered.count() > inside.len() {
            continue;
        }
        for (from, to) in inside {
            map.classes.data_mut()[to] = classes.data()[from];
            map.bse.data_mut()[to] = bse.data()[from];
        }
        added += 1;
    }
    added
}
