//! A random forest on the labelled voxels (Breiman 2001): the yardstick that a network must beat, and
//! what stands by it where few labels do not teach a network enough.
//!
//! It sees of each voxel what Ilastik and Weka's trainable segmentation show theirs: Gaussian
//! means, gradient, Laplacian, eigenvalues of the Hessian and the local deviation at some scales; and
//! means that do not cross borders, without which minerals of grains a few voxels wide look like
//! mixtures with their neighbours. It sees the same of grey values without the blur of the scanner,
//! and what lies on either side of a border, without which rims look like minerals of a grey between
//! the two sides. With phantoms to learn from, second trees see what the first ones
//! find around the voxel, too.

mod bins;
mod context;
mod cuboid;
mod deblurring;
mod dense;
mod device_trees;
mod features;
mod file;
mod gaussian;
mod plain;
mod pool;
mod sweep;
mod tree;
mod trees;
mod voters;
mod votes;

use corelith_core::{Cancelled, PlacedMap, Progress, Volume};
use corelith_gpu::Compute;
use rayon::prelude::*;

use crate::UnetError;
use crate::labelling::{SparseLabels, gather_all};
use crate::learning::LabelledVolume;
use crate::network::decision::decide;
use crate::network::{Classes, Scan};
use cuboid::{Cuboid, WIDE_VOX, at_voxels, thinned};
use deblurring::Deblurring;
use dense::Dense;
use features::{FEATURES, features_of};
use plain::PlainProbabilities;
pub(crate) use pool::{LEAST, Pool, pooled_voxel};
pub(crate) use sweep::Sweep;
use trees::{TREES, Trees};

/// Most blocks of labelled voxels that are learned from: each takes some tens of milliseconds.
const MOST_BLOCKS: usize = 512;

/// What a forest learns from.
#[derive(Clone, Copy)]
pub(crate) struct Lessons<'a> {
    /// At least one label.
    pub labels: &'a SparseLabels,
    /// Volumes that look like the scan, whose voxels weigh as much as the labels; may be none.
    pub phantoms: &'a [LabelledVolume],
    /// Whether half of the phantoms teach second trees what the first ones find around a voxel; on
    /// what those have learned from, that would be too good. Not with less than two phantoms.
    pub context: bool,
}

/// A forest that tells the classes of voxels.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    classes: Classes,
    deblurring: Deblurring,
    plain: Trees,
    /// What sees the probabilities that the plain trees give around a voxel, too.
    context: Option<Trees>,
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
        let maps = gather_all(maps, scan.ct.shape(), classes.count(), &classes.numbers())?;
        let mut all = SparseLabels::none(classes.count());
        for labels in &maps {
            all.append(labels);
        }
        let lessons = Lessons {
            labels: &all,
            phantoms: &[],
            context: false,
        };
        Ok(Self::fit(scan, lessons, classes, seed, progress)?)
    }

    pub(crate) fn fit(
        scan: &Scan<'_>,
        lessons: Lessons<'_>,
        classes: &Classes,
        seed: u64,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let in_context = lessons.context && lessons.phantoms.len() > 1;
        let (first, second) = match in_context {
            true => lessons.phantoms.split_at(lessons.phantoms.len() / 2),
            false => (lessons.phantoms, &[][..]),
        };
        progress.start("forest", (1 + u64::from(in_context)) * TREES as u64);
        let wanted = lessons.labels.totals();
        let deblurring = Deblurring::measured(scan);
        let look = (scan.grey, deblurring);
        let own = thinned(lessons.labels, MOST_BLOCKS);
        let mut labels = own.clone();
        let mut features = at_voxels(&labels.voxels, FEATURES, |cuboid| {
            features_of(scan, deblurring, cuboid)
        });
        progress.check()?;
        if let Some(dense) = Dense::drawn(first, look, None, seed, progress)? {
            dense.add_to(&wanted, &mut labels, &mut features);
        }
        let mut forest = Self {
            classes: classes.clone(),
            deblurring,
            plain: Trees::grow(&features, FEATURES, &labels, seed, progress)?,
            context: None,
        };
        progress.check()?;
        if let Some(dense) = Dense::drawn(second, look, Some(&forest), seed, progress)? {
            let mut labels = own;
            let width = FEATURES + context::width(classes.count());
            let mut features = at_voxels(&labels.voxels, width, |cuboid| {
                forest.features_in_context(scan, cuboid, None)
            });
            dense.add_to(&wanted, &mut labels, &mut features);
            let trees = Trees::grow(&features, width, &labels, seed, progress)?;
            forest.context = Some(trees);
        }
        progress.finish();
        Ok(forest)
    }

    /// Class of every voxel: resin where it is as probable as all minerals together, else the most
    /// probable mineral, as [`crate::segment`] decides.
    ///
    /// # Errors
    /// When the device fails, or the user stops it.
    pub fn segment(
        &self,
        scan: &Scan<'_>,
        compute: &Compute,
        progress: &dyn Progress,
    ) -> Result<Volume<u8>, UnetError> {
        let [nz, ny, nx] = scan.ct.shape();
        let area = ny * nx;
        let even = vec![1.0; self.classes.count()];
        let mut phases = Volume::filled([nz, ny, nx], scan.ct.spacing(), self.classes.background);
        progress.start("forest", nz as u64);
        let mut sweep = Sweep::new(self, scan, compute)?;
        for (z, phases) in phases.data_mut().chunks_exact_mut(area).enumerate() {
            let found = sweep.slice(z, progress)?;
            phases.par_iter_mut().enumerate().for_each(|(i, phase)| {
                let decision = decide(usize::from(self.classes.background), &even, |class| {
                    f32::from(found[class * area + i])
                });
                *phase = decision.class as u8;
            });
            progress.advance(1);
        }
        progress.finish();
        Ok(phases)
    }

    /// Which classes it has learned of: of the others it cannot speak.
    pub(crate) fn knows(&self) -> Vec<bool> {
        let mut knows = vec![false; self.classes.count()];
        let last = self.context.as_ref().unwrap_or(&self.plain);
        last.mark_known(&mut knows);
        knows
    }

    /// Probability of every class at voxels `[z, y, x]`, voxel by voxel.
    pub(crate) fn probabilities_at(&self, scan: &Scan<'_>, voxels: &[[u32; 3]]) -> Vec<f32> {
        at_voxels(voxels, self.classes.count(), |cuboid| {
            self.probabilities_of(scan, cuboid)
        })
    }

    /// Bins that the plain trees see in a block in the middle.
    fn bins_in_the_middle(&self, scan: &Scan<'_>) -> Vec<u8> {
        let volume = scan.ct.shape();
        let shape: [usize; 3] = std::array::from_fn(|axis| WIDE_VOX[axis].min(volume[axis]));
        let block = Cuboid {
            corner: std::array::from_fn(|axis| (volume[axis] - shape[axis]) / 2),
            shape,
        };
        self.plain
            .bins
            .of(&features_of(scan, self.deblurring, &block))
    }

    /// Probability of every class in a box, voxel by voxel.
    fn probabilities_of(&self, scan: &Scan<'_>, cuboid: &Cuboid) -> Vec<f32> {
        match &self.context {
            Some(trees) => {
                let features = self.features_in_context(scan, cuboid, None);
                trees.vote(&features, self.classes.count())
            }
            None => self.vote_plain(scan, cuboid),
        }
    }

    /// Probability of every class in a box by the plain trees, voxel by voxel.
    fn vote_plain(&self, scan: &Scan<'_>, cuboid: &Cuboid) -> Vec<f32> {
        let features = features_of(scan, self.deblurring, cuboid);
        self.plain.vote(&features, self.classes.count())
    }

    /// Features of a box with what the plain trees find around each voxel.
    fn features_in_context(
        &self,
        scan: &Scan<'_>,
        cuboid: &Cuboid,
        plain: Option<&PlainProbabilities>,
    ) -> Vec<f32> {
        let around = cuboid.grown(context::HALO_VOX, scan.ct.shape());
        let probabilities = match plain {
            Some(plain) => plain.cut(&around),
            None => PlainProbabilities::within(self, scan, around).cut(&around),
        };
        let classes = self.classes.count();
        let of_context = context::context_of(&probabilities, &around, cuboid, classes);
        let own = features_of(scan, self.deblurring, cuboid);
        own.chunks_exact(FEATURES)
            .zip(of_context.chunks_exact(context::width(classes)))
            .flat_map(|(own, context)| own.iter().chain(context).copied())
            .collect()
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

    pub(super) fn ct() -> Volume<u16> {
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

    fn classes() -> Classes {
        Classes {
            names: ["resin", "plain", "striped"].map(str::to_owned).to_vec(),
            background: 0,
        }
    }

    fn map() -> PlacedMap {
        PlacedMap {
            name: "map".to_owned(),
            coords_vox: [
                Raster::from_fn(48, 48, |col, _| col as f32),
                Raster::from_fn(48, 48, |_, row| row as f32),
                Raster::filled(48, 48, 24.0),
            ],
            classes: Raster::from_fn(48, 48, |col, row| class_at(col, row, 24)),
            pixel_um: 1.0,
        }
    }

    fn forest_of(scan: &Scan<'_>) -> Forest {
        Forest::train(scan, &[map()], &classes(), 5, &Silent).unwrap()
    }

    /// One that learned from the plane and from the balls themselves, and sees their context.
    pub(super) fn forest_in_context(scan: &Scan<'_>) -> Forest {
        let shape = scan.ct.shape();
        let phantom = || LabelledVolume {
            ct: scan.ct.clone(),
            classes: Volume::from_fn(shape, scan.ct.spacing(), class_at),
        };
        let lessons = Lessons {
            labels: &gather_all(&[map()], shape, 3, &[0, 1, 2]).unwrap()[0],
            phantoms: &[phantom(), phantom()],
            context: true,
        };
        Forest::fit(scan, lessons, &classes(), 5, &Silent).unwrap()
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
            pool.install(|| {
                forest_of(&scan)
                    .segment(&scan, &Compute::Cpu, &Silent)
                    .unwrap()
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
