//! A random forest on the labelled voxels (Breiman 2001): the yardstick that a network must beat.
//!
//! It sees of each voxel what Ilastik and Weka's trainable segmentation show theirs: Gaussian
//! means, gradient, Laplacian, eigenvalues of the Hessian and the local deviation at some scales.

mod bins;
mod features;
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

/// A forest that tells the classes of voxels.
#[derive(Debug, Clone)]
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
            for (i, voxel) in labels.voxels.iter().enumerate() {
                all.push(*voxel, labels.weights[i], labels.shares_of(i));
            }
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
        let shape = scan.ct.shape();
        let blocks = shape.map(|n| n.div_ceil(BLOCK_VOX));
        let corners: Vec<[usize; 3]> = (0..blocks.iter().product())
            .map(|i| {
                let at = [
                    i / (blocks[1] * blocks[2]),
                    i / blocks[2] % blocks[1],
                    i % blocks[2],
                ];
                at.map(|b| b * BLOCK_VOX)
            })
            .collect();
        let mut phases = Volume::filled(shape, scan.ct.spacing(), self.classes.background);
        progress.start("forest", corners.len() as u64);
        // A few blocks at a time, so that memory does not grow with the volume.
        for some in corners.chunks(4 * rayon::current_num_threads()) {
            progress.check()?;
            let found: Vec<Vec<u8>> = some
                .par_iter()
                .map(|&corner| {
                    let features = features_of_block(scan, corner);
                    features
                        .chunks_exact(FEATURES)
                        .map(|f| self.class_of(f))
                        .collect()
                })
                .collect();
            for (corner, found) in some.iter().zip(found) {
                for (i, class) in found.into_iter().enumerate() {
                    let side = BLOCK_VOX;
                    let [z, y, x] = [
                        corner[0] + i / (side * side),
                        corner[1] + i / side % side,
                        corner[2] + i % side,
                    ];
                    if z < shape[0] && y < shape[1] && x < shape[2] {
                        let index = phases.index(x, y, z);
                        phases.data_mut()[index] = class;
                    }
                }
            }
            progress.advance(some.len() as u64);
        }
        progress.finish();
        Ok(phases)
    }

    /// Probability of every class at voxels `[z, y, x]`, voxel by voxel.
    pub(crate) fn probabilities_at(&self, scan: &Scan<'_>, voxels: &[[u32; 3]]) -> Vec<f32> {
        let features = features_at(scan, voxels);
        features
            .par_chunks_exact(FEATURES)
            .flat_map_iter(|features| self.probabilities(features))
            .collect()
    }

    fn class_of(&self, features: &[f32]) -> u8 {
        let probabilities = self.probabilities(features);
        let background = usize::from(self.classes.background);
        decide(probabilities.len(), background, |class| {
            probabilities[class]
        })
        .class as u8
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

    #[test]
    fn texture_tells_minerals_of_equal_grey_apart() {
        let ct = ct();
        let scan = Scan::measure(&ct).unwrap();
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
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| {
                let maps = std::slice::from_ref(&map);
                let forest = Forest::train(&scan, maps, &classes, 5, &Silent).unwrap();
                forest.segment(&scan, &Silent).unwrap()
            })
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
