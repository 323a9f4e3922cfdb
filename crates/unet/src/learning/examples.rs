//! Where training patches come from.

use corelith_core::Volume;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::patch::{Patch, corner};
use crate::labelling::{LabelCells, SparseLabels};
use crate::model::Recipe;
use crate::network::{GreyStatistics, Scan};

/// Draws of a voxel before its class is let go.
const DRAWS: usize = 500;

/// A supply of training patches.
pub(crate) trait Examples: Sync {
    /// A random patch of `shape`, by a recipe.
    fn patch(&self, recipe: &Recipe, shape: [usize; 3], rng: &mut ChaCha8Rng) -> Patch;

    /// Weighted number of labelled voxels of every class.
    fn totals(&self) -> Vec<f64>;
}

/// Sides of the cells by which the labels of a patch are found, voxels.
const CELL_VOX: [usize; 3] = [32; 3];

/// Patches around the labelled voxels of planes, rare classes as often as common ones.
pub(crate) struct OnPlanes<'a> {
    scan: Scan<'a>,
    labels: &'a SparseLabels,
    cells: LabelCells,
    /// Labelled voxels by class, for classes that have any.
    by_class: Vec<Vec<usize>>,
}

impl<'a> OnPlanes<'a> {
    pub fn new(scan: Scan<'a>, labels: &'a SparseLabels) -> Self {
        let mut by_class = vec![Vec::new(); labels.classes];
        for i in 0..labels.voxels.len() {
            by_class[labels.class_of(i)].push(i);
        }
        by_class.retain(|voxels| !voxels.is_empty());
        Self {
            scan,
            labels,
            cells: LabelCells::new(labels, CELL_VOX),
            by_class,
        }
    }
}

impl Examples for OnPlanes<'_> {
    fn patch(&self, _recipe: &Recipe, shape: [usize; 3], rng: &mut ChaCha8Rng) -> Patch {
        let voxels = &self.by_class[rng.random_range(0..self.by_class.len())];
        let voxel = self.labels.voxels[voxels[rng.random_range(0..voxels.len())]];
        let centre = near(voxel.map(i64::from), shape, rng);
        let corner = corner(centre, shape, self.scan.ct.shape());
        let numbers = self.cells.near(corner, shape);
        Patch::cut(&self.scan, (self.labels, numbers), corner, shape)
    }

    fn totals(&self) -> Vec<f64> {
        self.labels.totals()
    }
}

/// A volume whose every voxel has a known class.
#[derive(Debug, Clone)]
pub struct LabelledVolume {
    /// Grey values, `[z, y, x]`.
    pub ct: Volume<u16>,
    /// Class of every voxel, of the same shape.
    pub classes: Volume<u8>,
}

/// Patches of volumes that are labelled throughout.
pub(crate) struct InVolumes<'a> {
    volumes: &'a [LabelledVolume],
    greys: Vec<GreyStatistics>,
    classes: usize,
}

impl<'a> InVolumes<'a> {
    /// `greys` are the statistics of each volume; labels are below `classes`.
    pub fn new(volumes: &'a [LabelledVolume], greys: Vec<GreyStatistics>, classes: usize) -> Self {
        Self {
            volumes,
            greys,
            classes,
        }
    }

    /// The middle of every volume.
    pub fn middles(&self, shape: [usize; 3]) -> Vec<Patch> {
        (0..self.volumes.len())
            .map(|i| {
                let middle = self.volumes[i].ct.shape().map(|n| n as i64 / 2);
                self.cut(i, middle, shape)
            })
            .collect()
    }

    fn cut(&self, i: usize, centre: [i64; 3], shape: [usize; 3]) -> Patch {
        let LabelledVolume { ct, classes } = &self.volumes[i];
        let corner = corner(centre, shape, ct.shape());
        let scan = Scan {
            ct,
            grey: self.greys[i],
        };
        Patch::cut_labelled(&scan, classes, self.classes, corner, shape)
    }
}

impl Examples for InVolumes<'_> {
    fn patch(&self, _recipe: &Recipe, shape: [usize; 3], rng: &mut ChaCha8Rng) -> Patch {
        let i = rng.random_range(0..self.volumes.len());
        let classes = &self.volumes[i].classes;
        let wanted = rng.random_range(0..self.classes) as u8;
        let [nz, ny, nx] = classes.shape();
        let mut voxel = [0; 3];
        for _ in 0..DRAWS {
            voxel = [nz, ny, nx].map(|n| rng.random_range(0..n));
            if classes.at(voxel[2], voxel[1], voxel[0]) == wanted {
                break;
            }
        }
        self.cut(i, near(voxel.map(|v| v as i64), shape, rng), shape)
    }

    fn totals(&self) -> Vec<f64> {
        let mut totals = vec![0.0; self.classes];
        for volume in self.volumes {
            for &class in volume.classes.data() {
                totals[usize::from(class)] += 1.0;
            }
        }
        totals
    }
}

/// Patches of planes and, now and then, of phantoms: what is rare on planes, and what lies off
/// them, stays known (rehearsal, Robins 1995).
pub(crate) struct Rehearsed<'a> {
    pub planes: OnPlanes<'a>,
    pub phantoms: InVolumes<'a>,
    /// `[z, y, x]` of patches that show phantoms.
    pub phantom_patch: [usize; 3],
}

impl Examples for Rehearsed<'_> {
    fn patch(&self, recipe: &Recipe, shape: [usize; 3], rng: &mut ChaCha8Rng) -> Patch {
        if rng.random_bool(recipe.rehearsal) {
            self.phantoms.patch(recipe, self.phantom_patch, rng)
        } else {
            self.planes.patch(recipe, shape, rng)
        }
    }

    fn totals(&self) -> Vec<f64> {
        self.planes.totals()
    }
}

/// A point near a voxel, so that it need not lie in the middle of its patch.
fn near(voxel: [i64; 3], shape: [usize; 3], rng: &mut ChaCha8Rng) -> [i64; 3] {
    std::array::from_fn(|axis| {
        let reach = shape[axis] as i64 / 3;
        voxel[axis] + rng.random_range(-reach..=reach)
    })
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;
    use crate::random::rng;

    #[test]
    fn a_rare_class_is_in_most_patches_of_volumes() {
        let shape = [16, 48, 48];
        let spacing = Spacing::isotropic(1.0);
        let ct = Volume::from_fn(shape, spacing, |x, _, _| 10 * x as u16);
        let classes = Volume::from_fn(shape, spacing, |x, y, _| u8::from(x < 4 && y < 4));
        let volumes = [LabelledVolume { ct, classes }];
        let grey = GreyStatistics::measure(&volumes[0].ct).unwrap();
        let examples = InVolumes::new(&volumes, vec![grey], 2);
        let mut rng = rng(1, "test");
        let with = (0..100)
            .filter(|_| {
                let patch = examples.patch(&Recipe::PLAIN, [8, 16, 16], &mut rng);
                assert!(patch.weights.iter().all(|&w| w == 1.0));
                let voxels = patch.weights.len();
                patch.shares[voxels..].iter().any(|&s| s > 0.0)
            })
            .count();
        assert!(with > 40, "{with}");
        assert_eq!(examples.totals()[1], 256.0);
    }
}
