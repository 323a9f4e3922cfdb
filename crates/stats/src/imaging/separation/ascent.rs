use corelith_core::Volume;
use rayon::prelude::*;

use crate::imaging::zeroed::zeroed;

/// Slices that a thread takes at a time: the slice before and the one after are looked at twice.
const SLICES: usize = 16;

/// Neighbours of a voxel along an axis, itself included.
const SIDE: u8 = 3;

/// Way from a voxel to itself: it is the highest of its neighbourhood.
const HERE: u8 = 13;

/// Stands for the way up from a voxel that belongs to no basin.
const NONE: u8 = 27;

/// The way from each voxel with a height above 0 to the highest of its 26 neighbours and itself, in
/// a byte: `(9 (dz + 1) + 3 (dy + 1) + dx + 1)`. Of equal heights the first in memory is the highest.
pub(super) struct Ascents {
    ways: Volume<u8>,
    /// How far each way leads in memory.
    steps: [isize; NONE as usize],
}

impl Ascents {
    pub(super) fn of(height: &Volume<f32>) -> Self {
        let [nz, ny, nx] = height.shape();
        let mut ways = zeroed(height.shape(), height.spacing());
        if !height.is_empty() {
            ways.data_mut()
                .par_chunks_mut(SLICES * ny * nx)
                .enumerate()
                .for_each_init(
                    || Window::new(height),
                    |window, (slab, ways)| {
                        let first = slab * SLICES;
                        let slices = first..(first + SLICES).min(nz);
                        window.start(first);
                        for (z, ways) in slices.zip(ways.chunks_exact_mut(ny * nx)) {
                            window.ways(z, ways);
                        }
                    },
                );
        }
        let side = isize::from(SIDE as i8);
        let steps = std::array::from_fn(|way| {
            let way = way as isize;
            let (dz, dy, dx) = (way / 9 - 1, way / side % side - 1, way % side - 1);
            (dz * ny as isize + dy) * nx as isize + dx
        });
        Self { ways, steps }
    }

    pub(super) fn shape(&self) -> [usize; 3] {
        self.ways.shape()
    }

    /// Whether a voxel is the highest of its neighbourhood.
    pub(super) fn is_maximum(&self, at: usize) -> bool {
        self.ways.data()[at] == HERE
    }

    /// The next voxel on the way up: itself at a maximum, none outside of basins.
    #[inline]
    pub(super) fn next(&self, at: usize) -> Option<usize> {
        let step = self.steps.get(usize::from(self.ways.data()[at]))?;
        Some(at.wrapping_add_signed(*step))
    }
}

/// The highest neighbour of every voxel within its slice, of three consecutive slices.
struct Window<'a> {
    height: &'a Volume<f32>,
    /// Those of the slices before, at and after the next one.
    highest: [Highest; 3],
    row: Highest,
}

impl<'a> Window<'a> {
    fn new(height: &'a Volume<f32>) -> Self {
        let [_, ny, nx] = height.shape();
        Self {
            height,
            highest: [(); 3].map(|()| Highest::new(ny * nx)),
            row: Highest::new(ny * nx),
        }
    }

    /// Makes it the turn of slice `first`.
    fn start(&mut self, first: usize) {
        self.fill(0, first.checked_sub(1));
        self.fill(1, Some(first));
    }

    fn fill(&mut self, place: usize, z: Option<usize>) {
        let [nz, _, nx] = self.height.shape();
        match z.filter(|&z| z < nz) {
            Some(z) => self.highest[place].fill(self.height.slice(z), nx, &mut self.row),
            None => self.highest[place].height.fill(f32::NEG_INFINITY),
        }
    }

    /// Ways up from the voxels of slice `z`, of which it is the turn.
    fn ways(&mut self, z: usize, ways: &mut [u8]) {
        self.fill(2, Some(z + 1));
        let [before, here, after] = &self.highest;
        let own = self.height.slice(z);
        let heights = before.height.iter().zip(&here.height).zip(&after.height);
        let found = before.way.iter().zip(&here.way).zip(&after.way);
        for (((way, &own), ((&h0, &h1), &h2)), ((&w0, &w1), &w2)) in
            ways.iter_mut().zip(own).zip(heights).zip(found)
        {
            let (mut height, mut best) = (h0, w0);
            for (other, w) in [(h1, w1 + 9), (h2, w2 + 18)] {
                best = if other > height { w } else { best };
                height = if other > height { other } else { height };
            }
            *way = if own > 0.0 { best as u8 } else { NONE };
        }
        self.highest.rotate_left(1);
    }
}

/// Greatest heights among some neighbours of each voxel of a slice, and the ways there.
struct Highest {
    height: Vec<f32>,
    /// As wide as a height, so that both are compared and chosen by the same lanes.
    way: Vec<u32>,
}

impl Highest {
    fn new(area: usize) -> Self {
        Self {
            height: vec![f32::NEG_INFINITY; area],
            way: vec![0; area],
        }
    }

    /// Of the 8 neighbours and the voxel itself; `along_x` is overwritten.
    fn fill(&mut self, slice: &[f32], nx: usize, along_x: &mut Self) {
        for (row, heights) in slice.chunks_exact(nx).enumerate() {
            let row = row * nx..(row + 1) * nx;
            let (height, way) = (
                &mut along_x.height[row.clone()],
                &mut along_x.way[row.clone()],
            );
            height[0] = f32::NEG_INFINITY;
            height[1..].copy_from_slice(&heights[..nx - 1]);
            way.fill(0);
            raise((height, way), heights, |_| 1);
            raise((height, way), &heights[1..], |_| 2);
        }
        let ny = slice.len() / nx;
        for y in 0..ny {
            let row = y * nx..(y + 1) * nx;
            let (height, way) = (&mut self.height[row.clone()], &mut self.way[row]);
            height.fill(f32::NEG_INFINITY);
            for dy in 0..usize::from(SIDE) {
                let Some(other) = (y + dy).checked_sub(1).filter(|&other| other < ny) else {
                    continue;
                };
                let other = other * nx..(other + 1) * nx;
                let ways = &along_x.way[other.clone()];
                raise((height, way), &along_x.height[other], |x| {
                    ways[x] + u32::from(SIDE) * dy as u32
                });
            }
        }
    }
}

/// Takes those of `others` that are higher; as many as there are.
#[inline]
fn raise(
    (height, way): (&mut [f32], &mut [u32]),
    others: &[f32],
    other_way: impl Fn(usize) -> u32,
) {
    let (height, way) = (&mut height[..others.len()], &mut way[..others.len()]);
    for (x, &other) in others.iter().enumerate() {
        let is_higher = other > height[x];
        way[x] = if is_higher { other_way(x) } else { way[x] };
        height[x] = if is_higher { other } else { height[x] };
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    /// The highest of the neighbourhood, looked for voxel by voxel.
    fn highest(height: &Volume<f32>, [x, y, z]: [usize; 3]) -> Option<usize> {
        let [nz, ny, nx] = height.shape();
        let mut best = height.index(x, y, z);
        if height.data()[best] <= 0.0 {
            return None;
        }
        for z in z.saturating_sub(1)..(z + 2).min(nz) {
            for y in y.saturating_sub(1)..(y + 2).min(ny) {
                for x in x.saturating_sub(1)..(x + 2).min(nx) {
                    let at = height.index(x, y, z);
                    let (there, known) = (height.data()[at], height.data()[best]);
                    if there > known || (there == known && at < best) {
                        best = at;
                    }
                }
            }
        }
        Some(best)
    }

    #[test]
    fn like_a_search_among_all_neighbours() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(4);
        for shape in [[37, 5, 9], [16, 1, 70], [1, 30, 1], [3, 2, 3], [0, 4, 4]] {
            // Few heights, so that many are equal.
            let height = Volume::from_fn(shape, Spacing::isotropic(1.0), |_, _, _| {
                random.random_range(0..6u8) as f32
            });
            let ascents = Ascents::of(&height);
            let [nz, ny, nx] = shape;
            for at in 0..nz * ny * nx {
                let point = [at % nx, at / nx % ny, at / nx / ny];
                let expected = highest(&height, point);
                assert_eq!(ascents.next(at), expected, "{point:?} of {shape:?}");
                assert_eq!(ascents.is_maximum(at), expected == Some(at));
            }
        }
    }
}
