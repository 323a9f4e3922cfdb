use corelith_core::Volume;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::basins::NONE;

/// Where two basins meet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pass {
    /// Height of the highest way from one summit to the other across this contact.
    pub(super) height: f32,
    /// Pairs of neighbouring voxels, one of each basin, that share a face.
    pub(super) faces: u32,
}

impl Pass {
    fn join(&mut self, other: &Self) {
        self.height = self.height.max(other.height);
        self.faces += other.faces;
    }
}

/// The contacts of basins, by their numbers `(low, high)`, in that order.
pub(super) fn passes(basin: &Volume<u32>, height: &Volume<f32>) -> Vec<((u32, u32), Pass)> {
    let [nz, ny, nx] = basin.shape();
    let (basin, height) = (basin.data(), height.data());
    let found = (0..nz)
        .into_par_iter()
        .fold(FxHashMap::<(u32, u32), Pass>::default, |mut found, z| {
            for y in 0..ny {
                let here = (z * ny + y) * nx;
                for (dy, dz) in [(0isize, 0usize), (1, 0), (-1, 1), (0, 1), (1, 1)] {
                    let Some(to) = y.checked_add_signed(dy).filter(|&to| to < ny && z + dz < nz)
                    else {
                        continue;
                    };
                    let there = ((z + dz) * ny + to) * nx;
                    let shifts = if (dy, dz) == (0, 0) { 1..=1isize } else { -1..=1 };
                    for dx in shifts {
                        let is_face = dx.unsigned_abs() + dy.unsigned_abs() + dz == 1;
                        for x in 0..nx {
                            let Some(other) = x.checked_add_signed(dx).filter(|&o| o < nx) else {
                                continue;
                            };
                            let (a, b) = (here + x, there + other);
                            if basin[a] == basin[b] || basin[a] == NONE || basin[b] == NONE {
                                continue;
                            }
                            let key = (basin[a].min(basin[b]), basin[a].max(basin[b]));
                            let pass = Pass {
                                height: height[a].min(height[b]),
                                faces: u32::from(is_face),
                            };
                            found
                                .entry(key)
                                .and_modify(|known| known.join(&pass))
                                .or_insert(pass);
                        }
                    }
                }
            }
            found
        })
        .reduce(FxHashMap::default, |mut a, b| {
            for (key, pass) in b {
                a.entry(key)
                    .and_modify(|known| known.join(&pass))
                    .or_insert(pass);
            }
            a
        });
    let mut passes: Vec<_> = found.into_iter().collect();
    passes.sort_unstable_by_key(|&(key, _)| key);
    passes
}
