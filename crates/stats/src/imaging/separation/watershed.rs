use std::ops::Range;

use corelith_core::Volume;
use rayon::prelude::*;

use super::ascent::Ascents;

/// Voxels of a volume at most: their positions are kept in 32 bits.
pub(super) const MOST_VOXELS: usize = u32::MAX as usize;

/// Stands for a basin that is not known yet; there are fewer than [`MOST_VOXELS`].
const UNKNOWN: u32 = u32::MAX;

/// The highest voxel of a basin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Maximum {
    /// Its position in memory.
    pub(super) voxel: u32,
    pub(super) height: f32,
}

/// The voxels with a height above 0 in basins: each voxel belongs to the maximum that steepest
/// ascent over its 26 neighbours leads to (the watershed of topographic distance, Meyer 1994, with
/// the sign turned).
///
/// Equal heights are ordered by position, so a plateau needs no care of its own; the maxima
/// that this leaves on one plateau have a saddle as high as themselves and are merged later.
///
/// A basin is known by the ways up alone, a byte a voxel, and is looked up for some slices at a time.
pub(super) struct Watershed {
    ascents: Ascents,
    /// That of basin 1 first; they ascend by position.
    maxima: Vec<Maximum>,
    /// Number of maxima before each slice, and of all.
    before: Vec<usize>,
}

impl Watershed {
    pub(super) fn of(height: &Volume<f32>) -> Self {
        let ascents = Ascents::of(height);
        let area = height.shape()[1] * height.shape()[2];
        let of_slices: Vec<Vec<Maximum>> = (0..height.shape()[0])
            .into_par_iter()
            .map(|z| {
                (z * area..(z + 1) * area)
                    .filter(|&at| ascents.is_maximum(at))
                    .map(|at| Maximum {
                        voxel: at as u32,
                        height: height.data()[at],
                    })
                    .collect()
            })
            .collect();
        let mut before = vec![0];
        before.extend(of_slices.iter().scan(0, |sum, maxima| {
            *sum += maxima.len();
            Some(*sum)
        }));
        Self {
            ascents,
            maxima: of_slices.concat(),
            before,
        }
    }

    /// The maxima of the basins, that of basin 1 first.
    pub(super) fn into_maxima(self) -> Vec<Maximum> {
        self.maxima
    }

    /// The basin of each voxel of some slices: from 1 in the order of their maxima, 0 outside.
    /// `scratch` keeps its memory from one call to the next.
    pub(super) fn basins<'a>(&self, slices: Range<usize>, scratch: &'a mut Scratch) -> &'a [u32] {
        let [_, ny, nx] = self.ascents.shape();
        let area = ny * nx;
        // Ways that leave the slices mostly do so for a few voxels only: what is found out in the
        // slices next to them is kept for the ways that follow.
        let begin = slices.start.saturating_sub(1) * area;
        let own = slices.start * area..slices.end * area;
        let end = (own.end + area).min(self.ascents.shape()[0] * area);
        let Scratch { known, path } = scratch;
        known.clear();
        known.resize(end - begin, UNKNOWN);
        for at in own.clone() {
            if known[at - begin] != UNKNOWN {
                continue;
            }
            let mut here = at;
            let basin = loop {
                match known.get(here.wrapping_sub(begin)) {
                    Some(&UNKNOWN) => path.push(here - begin),
                    Some(&basin) => break basin,
                    None => {}
                }
                match self.ascents.next(here) {
                    None => break 0,
                    Some(next) if next == here => break self.basin_of_maximum(here),
                    Some(next) => here = next,
                }
            };
            for at in path.drain(..) {
                known[at] = basin;
            }
        }
        &known[own.start - begin..own.end - begin]
    }

    fn basin_of_maximum(&self, at: usize) -> u32 {
        let [_, ny, nx] = self.ascents.shape();
        let z = at / (ny * nx);
        let of_slice = &self.maxima[self.before[z]..self.before[z + 1]];
        let within = of_slice.partition_point(|maximum| (maximum.voxel as usize) < at);
        (self.before[z] + within + 1) as u32
    }
}

/// Memory of [`Watershed::basins`].
#[derive(Default)]
pub(super) struct Scratch {
    known: Vec<u32>,
    path: Vec<usize>,
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    fn basins(watershed: &Watershed, slices: usize) -> Vec<u32> {
        let nz = watershed.ascents.shape()[0];
        let mut scratch = Scratch::default();
        let of_slab = |z: usize| {
            let slices = z..(z + slices).min(nz);
            watershed.basins(slices, &mut scratch).to_vec()
        };
        (0..nz).step_by(slices).flat_map(of_slab).collect()
    }

    #[test]
    fn two_maxima_and_a_plateau() {
        let heights = vec![1.0, 2.0, 1.0, 3.0, 3.0, 0.0, 0.5];
        let height = Volume::new(heights, [1, 1, 7], Spacing::isotropic(1.0)).unwrap();
        let watershed = Watershed::of(&height);
        assert_eq!(basins(&watershed, 1), [1, 1, 2, 2, 2, 0, 3]);
        let found: Vec<(u32, f32)> = watershed
            .maxima
            .iter()
            .map(|m| (m.voxel, m.height))
            .collect();
        assert_eq!(found, [(1, 2.0), (3, 3.0), (6, 0.5)]);
    }

    #[test]
    fn slices_by_themselves_know_the_same_basins() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(5);
        let height = Volume::from_fn([23, 9, 14], Spacing::isotropic(1.0), |x, _, z| {
            // Ways along z that pass through many slices.
            let rises = (x + z) as f32 * 0.3;
            if random.random_bool(0.2) {
                0.0
            } else {
                rises + random.random_range(0..4u8) as f32
            }
        });
        let watershed = Watershed::of(&height);
        // Every voxel by its own way up.
        let alone: Vec<u32> = (0..height.len())
            .map(|mut at| {
                while let Some(next) = watershed.ascents.next(at).filter(|&next| next != at) {
                    at = next;
                }
                let number = watershed.maxima.iter().position(|m| m.voxel as usize == at);
                number.map_or(0, |number| number as u32 + 1)
            })
            .collect();
        assert!(alone.iter().any(|&basin| basin > 1));
        for slices in [1, 2, 5, 22, 23, 40] {
            assert_eq!(basins(&watershed, slices), alone, "{slices} slices");
        }
    }
}
