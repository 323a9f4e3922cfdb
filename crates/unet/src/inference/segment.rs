use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};
use corelith_core::{Progress, Volume};
use corelith_gpu::Compute;
use rayon::prelude::*;

use super::SegmentSettings;
use super::empty::{empty_below, is_empty};
use super::layer::{Layer, SliceProbabilities};
use super::tiles::{starts, weights};
use crate::UnetError;
use crate::forest::Forest;
use crate::kernels::{burn_device, guarded};
use crate::model::Model;
use crate::network::Network;
use crate::network::Scan;
use crate::network::weights::values;

/// What errors of the device say was done.
const TASK: &str = "segmentation";

/// What a network found in a volume.
#[derive(Debug, Clone)]
pub struct Segmentation {
    /// Class of every voxel: resin where it is as probable as all minerals together, else the most
    /// probable mineral.
    pub phases: Volume<u8>,
    /// How much speaks for the most probable mineral of every voxel against the second most
    /// probable one: the logarithm of their odds in steps of [`Self::EVIDENCE_STEP_NATS`], 0 to 255,
    /// whether the voxel is a mineral or resin.
    pub evidence: Volume<u8>,
    /// Probability of every class, one volume a class, 0 to 255, when asked for.
    pub probabilities: Option<Vec<Volume<u8>>>,
}

impl Segmentation {
    /// Size of a step of [`Self::evidence`], in nats: the scale ends at odds of 2900.
    pub const EVIDENCE_STEP_NATS: f32 = 1.0 / 32.0;
}

/// Applies a model to a volume, tile by tile.
///
/// Grey values are scaled by the statistics of this volume, not those of the model's. Beside the
/// result, memory holds the class probabilities of one layer of tiles.
///
/// # Errors
/// When a setting is out of range, when the device fails, or when the user stops it.
pub fn segment(
    scan: &Scan<'_>,
    model: &Model,
    settings: &SegmentSettings,
    compute: &Compute,
    progress: &dyn Progress,
) -> Result<Segmentation, UnetError> {
    let ct = scan.ct;
    let mut out = Segmentation {
        phases: Volume::filled(ct.shape(), ct.spacing(), 0),
        evidence: Volume::filled(ct.shape(), ct.spacing(), 0),
        probabilities: settings
            .probabilities
            .then(|| empty_probabilities(ct, model)),
    };
    for_finished_slices(scan, model, settings, compute, progress, |slices, z| {
        let area = ct.slice(z).len();
        let phases = &mut out.phases.data_mut()[z * area..][..area];
        let evidence = &mut out.evidence.data_mut()[z * area..][..area];
        phases
            .par_iter_mut()
            .zip(evidence)
            .enumerate()
            .for_each(|(i, (phase, evidence))| {
                let decision = slices.decide(i);
                *phase = decision.class as u8;
                // The cast ends at 255.
                *evidence =
                    (decision.mineral_log_odds / Segmentation::EVIDENCE_STEP_NATS).round() as u8;
            });
        for (class, volume) in out.probabilities.iter_mut().flatten().enumerate() {
            slices.write_probabilities(class, &mut volume.data_mut()[z * area..][..area]);
        }
    })?;
    Ok(out)
}

/// Probability of every class alone, one volume a class, 0 to 255: what [`segment`] gives beside
/// the phases when asked to.
///
/// # Errors
/// Those of [`segment`].
pub fn probabilities(
    scan: &Scan<'_>,
    model: &Model,
    settings: &SegmentSettings,
    compute: &Compute,
    progress: &dyn Progress,
) -> Result<Vec<Volume<u8>>, UnetError> {
    let ct = scan.ct;
    let mut out = empty_probabilities(ct, model);
    for_finished_slices(scan, model, settings, compute, progress, |slices, z| {
        let area = ct.slice(z).len();
        for (class, volume) in out.iter_mut().enumerate() {
            slices.write_probabilities(class, &mut volume.data_mut()[z * area..][..area]);
        }
    })?;
    Ok(out)
}

fn empty_probabilities(ct: &Volume<u16>, model: &Model) -> Vec<Volume<u8>> {
    vec![Volume::filled(ct.shape(), ct.spacing(), 0); model.card().classes.count()]
}

/// Calls `write` with the probabilities of each slice and its number, in order. Where the memory of
/// the GPU does not do for a tile, the processor begins anew.
fn for_finished_slices(
    scan: &Scan<'_>,
    model: &Model,
    settings: &SegmentSettings,
    compute: &Compute,
    progress: &dyn Progress,
    mut write: impl FnMut(SliceProbabilities<'_>, usize),
) -> Result<(), UnetError> {
    // A smaller tile would be another result.
    let done = compute.on_gpu(TASK, 1..=1, |_, _| {
        apply(scan, model, settings, compute, progress, &mut write)
    })?;
    match done {
        Some(()) => Ok(()),
        None => apply(scan, model, settings, &Compute::Cpu, progress, &mut write),
    }
}

fn apply(
    scan: &Scan<'_>,
    model: &Model,
    settings: &SegmentSettings,
    compute: &Compute,
    progress: &dyn Progress,
    write: &mut dyn FnMut(SliceProbabilities<'_>, usize),
) -> Result<(), UnetError> {
    let multiple = model.card().settings.multiple();
    settings.check(multiple)?;
    let device = burn_device(compute)?;
    let applied = Applied {
        network: model.network(&device)?,
        device,
        scan: *scan,
        classes: model.card().classes.count(),
        background: usize::from(model.card().classes.background),
        mirrors: settings.mirrors,
        empty_below: empty_below(scan.ct, &scan.grey),
    };
    let shape = scan.ct.shape();
    let tile: [usize; 3] = std::array::from_fn(|axis| {
        settings.tile_vox[axis].min(shape[axis].next_multiple_of(multiple))
    });
    let starts: [Vec<usize>; 3] =
        std::array::from_fn(|axis| starts(shape[axis], tile[axis], settings.overlap_vox));
    let weights = tile.map(weights);

    progress.start("segment", starts.iter().map(|s| s.len() as u64).product());
    let mut layer = Layer::new(&model.card().classes, tile[0], [shape[1], shape[2]]);
    let mut of_forest = Vec::new();
    let knows = model
        .forest()
        .map_or(Vec::new(), |(forest, _)| forest.knows());
    // A forest that decides alone leaves the network nothing to do.
    let of_none = model
        .forest()
        .filter(|(_, share)| *share == 1.0 && !knows.contains(&false))
        .map(|_| vec![0.0; applied.classes * tile.iter().product::<usize>()]);
    for (i, &z) in starts[0].iter().enumerate() {
        // While one tile is on its way back, the device has the next.
        let mut under_way: Option<([usize; 2], Tile)> = None;
        let corners = starts[1]
            .iter()
            .flat_map(|&y| starts[2].iter().map(move |&x| [y, x]));
        for corner in corners.map(Some).chain([None]) {
            progress.check()?;
            if let (Some(nothing), Some(corner)) = (&of_none, corner) {
                layer.add(nothing, corner, tile, &weights);
                progress.advance(1);
                continue;
            }
            let step = || -> Option<([usize; 2], Vec<f32>)> {
                let next = corner.map(|[y, x]| ([y, x], applied.tile([z, y, x], tile)));
                let former = std::mem::replace(&mut under_way, next)?;
                Some((former.0, former.1.probabilities()))
            };
            if let Some((corner, found)) = guarded(compute, TASK, step)? {
                layer.add(&found, corner, tile, &weights);
                progress.advance(1);
            }
        }
        // No further tile touches the slices before the next layer.
        let next = starts[0].get(i + 1).copied().unwrap_or(shape[0]);
        for finished in z..next {
            if let Some((forest, share)) = model.forest() {
                let within = finished % Forest::SLAB_VOX;
                if within == 0 || of_forest.is_empty() {
                    of_forest = forest.slab(scan, finished - within, progress)?;
                }
                let slice = layer.slice_len();
                let others = &of_forest[within * slice..][..slice];
                layer.mix(finished - z, others, share, &knows);
            }
            write(layer.slice(finished - z), finished);
        }
        layer.shift(next - z);
    }
    progress.finish();
    Ok(())
}

/// A network on its device.
struct Applied<'a> {
    network: Network,
    device: Device,
    scan: Scan<'a>,
    classes: usize,
    background: usize,
    mirrors: bool,
    /// What a tile of resin alone lies below.
    empty_below: f32,
}

/// Probabilities of one tile, `[classes, z, y, x]`, which a device may still be at.
enum Tile {
    Certain(Vec<f32>),
    Computed(Tensor<5>),
}

impl Tile {
    fn probabilities(self) -> Vec<f32> {
        match self {
            Self::Certain(values) => values,
            Self::Computed(tensor) => values(tensor),
        }
    }
}

impl Applied<'_> {
    fn tile(&self, corner: [usize; 3], tile: [usize; 3]) -> Tile {
        let grey = self.scan.cut(corner.map(|c| c as i64), tile);
        let voxels = grey.len();
        if is_empty(&grey, tile, self.empty_below) {
            let mut certain = vec![0.0; self.classes * voxels];
            certain[self.background * voxels..][..voxels].fill(1.0);
            return Tile::Certain(certain);
        }
        let [z, y, x] = tile;
        let input: Tensor<5> =
            Tensor::from_data(TensorData::new(grey, [1, 1, z, y, x]), &self.device);
        if !self.mirrors {
            return Tile::Computed(softmax(self.network.forward(input), 1));
        }
        let images = (0..8u32).map(|image| {
            let mirror = |x: Tensor<5>| {
                (0..3)
                    .filter(|axis| image >> axis & 1 == 1)
                    .fold(x, |x, axis| x.flip([axis + 2]))
            };
            mirror(softmax(self.network.forward(mirror(input.clone())), 1))
        });
        let sum = images.reduce(|sum, found| sum + found);
        Tile::Computed(sum.unwrap_or(input) / 8.0)
    }
}
