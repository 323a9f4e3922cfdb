use corelith_core::{Cancelled, Progress, Volume};
use rayon::prelude::*;

use super::saddles::{Contacts, Saddle};
use super::shapes::{Outlines, Shape};
use super::watershed::{Maximum, Scratch, Watershed};

/// Slices that a thread takes at a time. Ways up that leave them are followed anew, and a copy of the
/// heights of each first slice is kept: fewer would cost time and, in all, memory too.
const SLICES: usize = 32;

/// The basins of a volume of heights, and what tells whether two of them are one particle.
pub(super) struct Graph {
    /// That of basin 1 first.
    pub(super) maxima: Vec<Maximum>,
    /// Shapes of the basins, that of basin 1 first.
    pub(super) shapes: Vec<Shape>,
    /// Highest first.
    pub(super) saddles: Vec<Saddle>,
}

impl Graph {
    /// Finds the basins of some heights; they take the place of the heights, from 1, 0 outside.
    ///
    /// Memory: a byte a voxel beside the heights, and some slices a thread.
    pub(super) fn of(
        height: Volume<f32>,
        progress: &dyn Progress,
    ) -> Result<(Self, Volume<u32>), Cancelled> {
        Self::by_slabs(height, SLICES, progress)
    }

    fn by_slabs(
        mut height: Volume<f32>,
        slices: usize,
        progress: &dyn Progress,
    ) -> Result<(Self, Volume<u32>), Cancelled> {
        let watershed = Watershed::of(&height);
        progress.check()?;
        let [nz, ny, nx] = height.shape();
        let area = ny * nx;
        // A slab needs the first slice of the next one, whose heights may have given way to basins.
        let first_slices: Vec<Vec<f32>> = (0..nz)
            .step_by(slices)
            .filter(|_| area > 0)
            .map(|z| height.slice(z).to_vec())
            .collect();
        let slabs = height
            .data_mut()
            .par_chunks_mut((slices * area).max(1))
            .enumerate()
            .map_init(Scratch::default, |scratch, (slab, heights)| {
                progress.check()?;
                let first = slab * slices;
                let next = first_slices.get(slab + 1);
                let next = next.map_or(&[][..], Vec::as_slice);
                let end = (first + slices + 1).min(nz);
                let basins = watershed.basins(first..end, scratch);
                let contacts = Contacts::of(basins, [heights, next], [ny, nx]);
                let own = &basins[..heights.len()];
                let outlines = Outlines::of(own, first, [ny, nx]);
                bytemuck::cast_slice_mut(heights).copy_from_slice(own);
                Ok((contacts, outlines))
            })
            .collect::<Result<Vec<(Contacts, Outlines)>, Cancelled>>()?;
        let (contacts, outlines): (Vec<_>, Vec<_>) = slabs.into_iter().unzip();
        let maxima = watershed.into_maxima();
        let graph = Self {
            shapes: Outlines::shapes(outlines, maxima.len()),
            saddles: Contacts::saddles(contacts),
            maxima,
        };
        Ok((graph, as_basins(height)))
    }
}

/// The numbers that took the place of heights.
fn as_basins(height: Volume<f32>) -> Volume<u32> {
    let (shape, spacing) = (height.shape(), height.spacing());
    let basins = bytemuck::cast_vec(height.into_data());
    Volume::new(basins, shape, spacing).expect("as many as there were heights")
}

#[cfg(test)]
mod tests {
    use corelith_core::{Silent, Spacing};
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    /// Basins by the way up of every voxel, and their saddles by all pairs of neighbours.
    fn by_voxels(height: &Volume<f32>) -> (Vec<u32>, Vec<Maximum>, Vec<Saddle>) {
        let [nz, ny, nx] = height.shape();
        let data = height.data();
        let around = |at: usize| -> Vec<usize> {
            let (x, y, z) = (at % nx, at / nx % ny, at / nx / ny);
            let range = |v: usize, n: usize| v.saturating_sub(1)..(v + 2).min(n);
            range(z, nz)
                .flat_map(|z| range(y, ny).map(move |y| (y, z)))
                .flat_map(|(y, z)| range(x, nx).map(move |x| (z * ny + y) * nx + x))
                .collect()
        };
        let up = |at: usize| -> usize {
            let higher = |&a: &usize, &b: &usize| data[a].total_cmp(&data[b]).then(b.cmp(&a));
            around(at).into_iter().max_by(higher).unwrap()
        };
        let inside: Vec<usize> = (0..data.len()).filter(|&at| data[at] > 0.0).collect();
        let maxima: Vec<Maximum> = inside
            .iter()
            .filter(|&&at| up(at) == at)
            .map(|&at| Maximum {
                voxel: at as u32,
                height: data[at],
            })
            .collect();
        let mut basins = vec![0; data.len()];
        for &at in &inside {
            let mut top = at;
            while up(top) != top {
                top = up(top);
            }
            let number = maxima.iter().position(|m| m.voxel as usize == top);
            basins[at] = number.unwrap() as u32 + 1;
        }
        let mut saddles: Vec<Saddle> = Vec::new();
        for &at in &inside {
            for to in around(at) {
                let (a, b) = (basins[at], basins[to]);
                if a >= b || a == 0 {
                    continue;
                }
                let height = data[at].min(data[to]);
                match saddles.iter_mut().find(|known| known.basins == (a, b)) {
                    Some(known) => known.height = known.height.max(height),
                    None => saddles.push(Saddle {
                        basins: (a, b),
                        height,
                    }),
                }
            }
        }
        saddles.sort_by(|a, b| b.height.total_cmp(&a.height).then(a.basins.cmp(&b.basins)));
        (basins, maxima, saddles)
    }

    #[test]
    fn every_slab_size_and_number_of_threads_gives_the_same() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(9);
        for shape in [[21, 12, 70], [9, 1, 30], [1, 8, 8]] {
            let height = Volume::from_fn(shape, Spacing::isotropic(1.0), |x, y, z| {
                // Hills of some voxels, many heights alike, background between them.
                let hill = (x as f32 * 0.4).sin() + (y as f32 * 0.5).cos() + (z as f32 * 0.4).sin();
                ((hill + random.random_range(0.0..0.8)) * 8.0)
                    .round()
                    .max(0.0)
                    / 4.0
            });
            let (basins, maxima, saddles) = by_voxels(&height);
            assert!(maxima.len() > 3 && saddles.len() > 3, "too little to tell");
            let shapes = |graph: &Graph| -> Vec<(u64, f32)> {
                let shapes = graph.shapes.iter();
                shapes.map(|s| (s.voxels(), s.solidity())).collect()
            };
            let alone = Graph::by_slabs(height.clone(), shape[0], &Silent)
                .unwrap()
                .0;
            for threads in [1, 2, 8] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
                let pool = pool.build().unwrap();
                for slices in [1, 3, 7, 64] {
                    let (graph, found) = pool
                        .install(|| Graph::by_slabs(height.clone(), slices, &Silent))
                        .unwrap();
                    let what = format!("{shape:?}, {threads} threads, {slices} slices");
                    assert!(found.data() == basins, "{what}");
                    assert_eq!(graph.maxima, maxima, "{what}");
                    assert_eq!(graph.saddles, saddles, "{what}");
                    assert_eq!(shapes(&graph), shapes(&alone), "{what}");
                }
            }
            let mut voxels = vec![0; maxima.len()];
            for &basin in basins.iter().filter(|&&basin| basin != 0) {
                voxels[basin as usize - 1] += 1;
            }
            assert!(alone.shapes.iter().map(Shape::voxels).eq(voxels));
        }
    }
}
