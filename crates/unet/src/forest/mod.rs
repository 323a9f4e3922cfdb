//! A random forest on the labelled voxels (Breiman 2001): the yardstick that a network must beat, and
//! what stands by it where few labels do not teach a network enough.
//!
//! It sees of each voxel what Ilastik and Weka's trainable segmentation show theirs: Gaussian
//! means, gradient, Laplacian, eigenvalues of the Hessian and the local deviation at some scales; and
//! means that do not cross borders, without which minerals of grains a few voxels wide look like
//! mixtures with their neighbours.

mod bins;
mod features;
mod file;
mod tree;

use corelith_core::{Cancelled, PlacedMap, Progress, Volume};
use rayon::prelude::*;

use crate::UnetError;
use crate::labelling::{SparseLabels, gather_all};
use crate::network::decision::decide;
use crate::network::{Classes, Scan};
use crate::random::rng;
use bins::Bins;
use features::{BLOCK_VOX, FEATURES, features_at, features_of_block};
use tree::{Samples, Tree};

/// Trees of a forest.
const TREES: usize = 60;

/// Most blocks of labelled voxels that are learned from: each takes some tens of milliseconds.
const MOST_BLOCKS: usize = 512;

/// Probability of a class that a forest knows, of which it has a `share`: what it does not know keeps
/// its probability, and it divides the `rest` among its classes.
#[inline]
pub(crate) fn with_share(network: f32, rest: f32, forest: f32, share: f32) -> f32 {
    network + share * (rest * forest - network)
}

/// A forest that tells the classes of voxels.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    classes: Classes,
    bins: Bins,
    trees: Vec<Tree>,
}

impl Forest {
    /// Learns from the voxels that the maps pass through. Same input and seed: same forest,
    /// whatever the number of threads.
    ///
    /// # Errors
    /// When no label lies in the volume, when a map holds a class that does not exist, or
    /// coordinates of another size, or when the user stops it.
    pub fn train(
        scan: &Scan<'_>,
        maps: &[PlacedMap],
        classes: &Classes,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Self, UnetError> {
        let maps = gather_all(maps, scan.ct.shape(), classes.count())?;
        let mut all = SparseLabels::none(classes.count());
        for labels in &maps {
            all.append(labels);
        }
        Ok(Self::fit(scan, &all, classes, seed, progress)?)
    }

    /// Learns from labels, of which there is at least one.
    pub(crate) fn fit(
        scan: &Scan<'_>,
        labels: &SparseLabels,
        classes: &Classes,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let labels = features::thinned(labels, MOST_BLOCKS);
        progress.start("forest", TREES as u64);
        let features = features_at(scan, &labels.voxels);
        progress.check()?;
        let bins = Bins::new(&features);
        let samples = Samples {
            features: bins.of_all(&features),
            labels: &labels,
        };
        let trees = (0..TREES)
            .into_par_iter()
            .map(|i| {
                progress.check()?;
                let tree = Tree::grow(&samples, &mut rng(seed, &format!("tree {i}")));
                progress.advance(1);
                Ok(tree)
            })
            .collect::<Result<_, Cancelled>>()?;
        progress.finish();
        Ok(Self {
            classes: classes.clone(),
            bins,
            trees,
        })
    }

    /// Class of every voxel: resin where it is as probable as all minerals together, else the most
    /// probable mineral, as [`crate::segment`] decides.
    ///
    /// # Errors
    /// When the user stops it.
    pub fn segment(
        &self,
        scan: &Scan<'_>,
        progress: &dyn Progress,
    ) -> Result<Volume<u8>, Cancelled> {
        let [nz, ny, nx] = scan.ct.shape();
        let area = ny * nx;
        let mut phases = Volume::filled([nz, ny, nx], scan.ct.spacing(), self.classes.background);
        progress.start("forest", nz as u64);
        for z in (0..nz).step_by(Self::SLAB_VOX) {
            let slab = self.slab(scan, z, progress)?;
            let slices = Self::SLAB_VOX.min(nz - z);
            let phases = &mut phases.data_mut()[z * area..][..slices * area];
            phases.par_iter_mut().enumerate().for_each(|(i, phase)| {
                let slice = &slab[i / area * self.classes.count() * area..];
                *phase = decide(
                    self.classes.count(),
                    usize::from(self.classes.background),
                    |class| f32::from(slice[class * area + i % area]),
                )
                .class as u8;
            });
            progress.advance(slices as u64);
        }
        progress.finish();
        Ok(phases)
    }

    /// Which classes it has learned of: of the others it cannot speak.
    pub(crate) fn knows(&self) -> Vec<bool> {
        let classes = self.classes.count();
        let mut knows = vec![false; classes];
        for tree in &self.trees {
            for leaf in tree.leaves() {
                for (knows, share) in knows.iter_mut().zip(leaf) {
                    *knows |= *share > 0.0;
                }
            }
        }
        knows
    }

    /// Slices of a slab.
    pub(crate) const SLAB_VOX: usize = BLOCK_VOX;

    /// Probability of every class in the slices from `z` on, 0 to 255, `[z, classes, y, x]`:
    /// [`Self::SLAB_VOX`] slices, fewer at the end of the volume.
    pub(crate) fn slab(
        &self,
        scan: &Scan<'_>,
        z: usize,
        progress: &dyn Progress,
    ) -> Result<Vec<u8>, Cancelled> {
        let [nz, ny, nx] = scan.ct.shape();
        let (area, classes) = (ny * nx, self.classes.count());
        let slices = Self::SLAB_VOX.min(nz - z);
        let mut slab = vec![0; slices * classes * area];
        let across = nx.div_ceil(BLOCK_VOX);
        let corners: Vec<[usize; 3]> = (0..ny.div_ceil(BLOCK_VOX) * across)
            .map(|i| [z, i / across * BLOCK_VOX, i % across * BLOCK_VOX])
            .collect();
        // A few blocks at a time, so that features do not fill the memory.
        for some in corners.chunks(4 * rayon::current_num_threads()) {
            progress.check()?;
            let found: Vec<Vec<u8>> = some
                .par_iter()
                .map(|&corner| self.block(scan, corner))
                .collect();
            for (corner, found) in some.iter().zip(found) {
                let columns = BLOCK_VOX.min(nx - corner[2]);
                for (i, row) in found.chunks_exact(BLOCK_VOX * classes).enumerate() {
                    let (dz, y) = (i / BLOCK_VOX, corner[1] + i % BLOCK_VOX);
                    if dz >= slices || y >= ny {
                        continue;
                    }
                    for (column, found) in row.chunks_exact(classes).take(columns).enumerate() {
                        let at = dz * classes * area + y * nx + corner[2] + column;
                        for (class, &p) in found.iter().enumerate() {
                            slab[at + class * area] = p;
                        }
                    }
                }
            }
        }
        Ok(slab)
    }

    /// Probability of every class in the block that begins at `corner`, 0 to 255, voxel by voxel.
    fn block(&self, scan: &Scan<'_>, corner: [usize; 3]) -> Vec<u8> {
        features_of_block(scan, corner)
            .chunks_exact(FEATURES)
            .flat_map(|features| self.probabilities(features))
            .map(|p| (255.0 * p).round() as u8)
            .collect()
    }

    /// Probability of every class at voxels `[z, y, x]`, voxel by voxel.
    pub(crate) fn probabilities_at(&self, scan: &Scan<'_>, voxels: &[[u32; 3]]) -> Vec<f32> {
        let features = features_at(scan, voxels);
        features
            .par_chunks_exact(FEATURES)
            .flat_map_iter(|features| self.probabilities(features))
            .collect()
    }

    fn probabilities(&self, features: &[f32]) -> Vec<f32> {
        let bins = self.bins.of(features);
        let mut sums = vec![0.0; self.classes.count()];
        for tree in &self.trees {
            for (sum, share) in sums.iter_mut().zip(tree.leaf(&bins)) {
                *sum += share / self.trees.len() as f32;
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::{Raster, Silent, Spacing};

    use super::*;

    /// Balls, bright or of the same grey but striped, in noisy resin.
    fn class_at(x: usize, y: usize, z: usize) -> u8 {
        let ball = [x, y, z]
            .map(|p| (p % 16).abs_diff(8).pow(2))
            .iter()
            .sum::<usize>()
            < 40;
        if ball {
            1 + u8::from((x / 16 + y / 16 + z / 16).is_multiple_of(2))
        } else {
            0
        }
    }

    fn ct() -> Volume<u16> {
        Volume::from_fn([48, 48, 48], Spacing::isotropic(1.0), |x, y, z| {
            let noise = ((z * 41 + y) * 43 + x).wrapping_mul(2_654_435_761) >> 9 & 511;
            let stripe = 1500 * (x % 2);
            (match class_at(x, y, z) {
                0 => 3000,
                1 => 8000,
                _ => 7250 + stripe,
            } + noise) as u16
        })
    }

    /// A forest that learned from one plane of the balls.
    pub(super) fn striped_forest() -> Forest {
        let ct = ct();
        forest_of(&Scan::measure(&ct).unwrap())
    }

    fn forest_of(scan: &Scan<'_>) -> Forest {
        let map = PlacedMap {
            name: "map".to_owned(),
            coords_vox: [
                Raster::from_fn(48, 48, |col, _| col as f32),
                Raster::from_fn(48, 48, |_, row| row as f32),
                Raster::filled(48, 48, 24.0),
            ],
            classes: Raster::from_fn(48, 48, |col, row| class_at(col, row, 24)),
            pixel_um: 1.0,
        };
        let classes = Classes {
            names: ["resin", "plain", "striped"].map(str::to_owned).to_vec(),
            background: 0,
        };
        Forest::train(scan, &[map], &classes, 5, &Silent).unwrap()
    }

    #[test]
    fn texture_tells_minerals_of_equal_grey_apart() {
        let ct = ct();
        let scan = Scan::measure(&ct).unwrap();
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| forest_of(&scan).segment(&scan, &Silent).unwrap())
        };
        let found = on(2);
        for class in 0..3 {
            let (mut both, mut sum) = (0, 0);
            for z in 0..48 {
                for y in 0..48 {
                    for x in 0..48 {
                        let (f, t) = (found.at(x, y, z) == class, class_at(x, y, z) == class);
                        both += 2 * usize::from(f && t);
                        sum += usize::from(f) + usize::from(t);
                    }
                }
            }
            let dice = both as f64 / sum as f64;
            assert!(dice > 0.9, "class {class}: {dice}");
        }
        assert!(on(1) == found, "threads do not change it");
    }
}
