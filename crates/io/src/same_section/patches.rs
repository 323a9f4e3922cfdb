//! Small parts of one map that are looked for in the others.

use std::collections::{BTreeMap, HashMap, VecDeque};

use corelith_core::{Raster, UNMEASURED};
use rayon::prelude::*;

use super::place::Place;
use crate::turns::{TURNS, Turn};

/// Pixels along each side of a patch.
const SIDE: usize = 12;

/// Patches of a map that are looked for, those with the most borders of minerals.
const PATCHES_MAX: usize = 48;

/// Pixels of the finer map a pixel of the coarser one.
const STRIDES: [usize; 4] = [1, 2, 3, 4];

/// Places of a pair that are looked at closer, those that most patches name.
const PLACES_MAX: usize = 3;

/// Factors of the sum that stands for a patch: odd, their bits scattered.
const ACROSS: u64 = 0x9e37_79b9_7f4a_7c15;
const DOWN: u64 = 0xc2b2_ae3d_27d4_eb4f;

/// A patch of a map, turned in one way.
struct Patch {
    map: usize,
    /// First column and row in its map.
    at: [usize; 2],
    turn: Turn,
}

fn powers(factor: u64) -> [u64; SIDE] {
    let mut power = 1_u64;
    [(); SIDE].map(|()| {
        power = power.wrapping_mul(factor);
        power
    })
}

fn all_turns() -> impl Iterator<Item = Turn> {
    std::iter::once(Turn::NONE).chain(TURNS)
}

/// First columns and rows of the patches with the most borders of minerals, from all over the map.
fn varied_patches(map: &Raster<u8>) -> Vec<[usize; 2]> {
    let step = (map.len() / 4096).isqrt().clamp(SIDE / 2, 4 * SIDE);
    let mut scored = Vec::new();
    for top in (0..(map.rows() + 1).saturating_sub(SIDE)).step_by(step) {
        for left in (0..(map.cols() + 1).saturating_sub(SIDE)).step_by(step) {
            let mut borders = 0;
            for row in top..top + SIDE {
                for col in left..left + SIDE {
                    let class = map.at(col, row);
                    let right = col + 1 < left + SIDE && map.at(col + 1, row) != class;
                    let below = row + 1 < top + SIDE && map.at(col, row + 1) != class;
                    borders += usize::from(right) + usize::from(below);
                }
            }
            let measured = (top..top + SIDE)
                .all(|row| (left..left + SIDE).all(|col| map.at(col, row) != UNMEASURED));
            if measured && borders >= SIDE / 2 {
                scored.push((borders, [left, top]));
            }
        }
    }
    scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    scored.truncate(PATCHES_MAX);
    scored.into_iter().map(|(_, at)| at).collect()
}

/// The patches of some maps in all ways to turn them, by the sums that stand for them.
fn table(maps: &[&Raster<u8>]) -> HashMap<u64, Vec<Patch>> {
    let (across, down) = (powers(ACROSS), powers(DOWN));
    let last = [SIDE as i64 - 1; 2];
    let mut table: HashMap<u64, Vec<Patch>> = HashMap::new();
    for (map, raster) in maps.iter().enumerate() {
        for at in varied_patches(raster) {
            for turn in all_turns() {
                let mut sum = 0_u64;
                for j in 0..SIDE {
                    for i in 0..SIDE {
                        let class = u64::from(raster.at(at[0] + i, at[1] + j)) + 1;
                        let [u, v] = turn.place([i as i64, j as i64], last);
                        let weight = across[u as usize].wrapping_mul(down[v as usize]);
                        sum = sum.wrapping_add(class.wrapping_mul(weight));
                    }
                }
                table.entry(sum).or_default().push(Patch { map, at, turn });
            }
        }
    }
    table
}

/// Calls `found` with the sum of every window of `SIDE` x `SIDE` pixels that are `stride` apart, and
/// with its first column and row.
fn windows(map: &Raster<u8>, stride: usize, mut found: impl FnMut(u64, [usize; 2])) {
    let reach = (SIDE - 1) * stride;
    if map.cols() <= reach || map.rows() <= reach {
        return;
    }
    let (across, down) = (powers(ACROSS), powers(DOWN));
    let windows = map.cols() - reach;
    let mut rows: VecDeque<Vec<u64>> = VecDeque::with_capacity(reach + 1);
    for row in 0..map.rows() {
        let line = &map.data()[row * map.cols()..(row + 1) * map.cols()];
        if rows.len() > reach {
            rows.pop_front();
        }
        let sum = |col: usize| {
            (0..SIDE).fold(0_u64, |sum, u| {
                let class = u64::from(line[col + u * stride]) + 1;
                sum.wrapping_add(class.wrapping_mul(across[u]))
            })
        };
        rows.push_back((0..windows).map(sum).collect());
        if rows.len() <= reach {
            continue;
        }
        for col in 0..windows {
            let sum = (0..SIDE).fold(0_u64, |sum, v| {
                sum.wrapping_add(rows[v * stride][col].wrapping_mul(down[v]))
            });
            found(sum, [col, row - reach]);
        }
    }
}

/// Where maps may lie in others: by patches that they share, and as wholes. Each comes with the
/// positions of the finer and the coarser map.
pub(super) fn likely_places(maps: &[&Raster<u8>]) -> Vec<((usize, usize), Place)> {
    let table = table(maps);
    let last = [SIDE as i64 - 1; 2];
    let of_map = |(fine, raster): (usize, &&Raster<u8>)| {
        let mut places = Vec::new();
        for stride in STRIDES {
            // Places by the map, the way it is turned and the origin; how many patches name each.
            let mut votes: BTreeMap<(usize, usize, [i64; 2]), usize> = BTreeMap::new();
            windows(raster, stride, |sum, [x, y]| {
                for patch in table.get(&sum).into_iter().flatten() {
                    // Of maps with one pixel size each pair is looked at once.
                    if patch.map == fine || stride == 1 && patch.map < fine {
                        continue;
                    }
                    let back = [-(patch.at[0] as i64), -(patch.at[1] as i64)];
                    let corner = patch.turn.place(back, last);
                    let stride = stride as i64;
                    let origin = [x as i64 + stride * corner[0], y as i64 + stride * corner[1]];
                    let turn = all_turns().position(|t| t == patch.turn).unwrap_or(0);
                    *votes.entry((patch.map, turn, origin)).or_insert(0) += 1;
                }
            });
            for coarse in 0..maps.len() {
                let of_map = votes.iter().filter(|((map, ..), _)| *map == coarse);
                let mut of_map: Vec<_> = of_map.collect();
                of_map.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
                for ((_, turn, origin), _) in of_map.into_iter().take(PLACES_MAX) {
                    let place = Place {
                        maps: [fine, coarse],
                        turn: all_turns().nth(*turn).unwrap_or(Turn::NONE),
                        scale: stride as f64,
                        origin: origin.map(|at| at as f64),
                    };
                    places.push(((fine, coarse), place));
                }
            }
        }
        for (coarse, other) in maps
            .iter()
            .enumerate()
            .filter(|(coarse, _)| *coarse != fine)
        {
            for turn in all_turns() {
                let place = Place::of_wholes([fine, coarse], raster, other, turn);
                places.extend(place.map(|place| ((fine, coarse), place)));
            }
        }
        places
    };
    let places: Vec<Vec<_>> = maps.par_iter().enumerate().map(of_map).collect();
    places.into_iter().flatten().collect()
}
