use std::ops::RangeInclusive;

use corelith_core::{Progress, Volume};
use corelith_gpu::{Compute, GpuContext};

use super::SegmentSettings;
use super::applied::{Applied, Tile};
use super::device_layer::DeviceLayer;
use super::layer::Layer;
use super::slices::FinishedSlice;
use super::tiles::{starts, weights};
use crate::UnetError;
use crate::forest::Forest;
use crate::kernels::guarded;
use crate::model::Model;
use crate::network::Scan;

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

/// What is asked of a slice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Class and evidence.
    pub decisions: bool,
    /// Probability of every class.
    pub probabilities: bool,
}

/// What is applied, to what, and where.
struct Application<'a> {
    scan: &'a Scan<'a>,
    model: &'a Model,
    settings: &'a SegmentSettings,
    compute: &'a Compute,
    wanted: Wanted,
}

/// Applies a model to a volume, tile by tile.
///
/// Grey values are scaled by the statistics of this volume, not those of the model's. Beside the
/// result, memory holds the class probabilities of one layer of tiles: that of the GPU where one
/// computes and has as much.
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
    let application = Application {
        scan,
        model,
        settings,
        compute,
        wanted: Wanted {
            decisions: true,
            probabilities: settings.probabilities,
        },
    };
    application.for_finished_slices(progress, |slice, z| {
        let area = ct.slice(z).len();
        let phases = &mut out.phases.data_mut()[z * area..][..area];
        let evidence = &mut out.evidence.data_mut()[z * area..][..area];
        slice.write_decisions(phases, evidence);
        for (class, volume) in out.probabilities.iter_mut().flatten().enumerate() {
            slice.write_probabilities(class, &mut volume.data_mut()[z * area..][..area]);
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
    let application = Application {
        scan,
        model,
        settings,
        compute,
        wanted: Wanted {
            decisions: false,
            probabilities: true,
        },
    };
    application.for_finished_slices(progress, |slice, z| {
        let area = ct.slice(z).len();
        for (class, volume) in out.iter_mut().enumerate() {
            slice.write_probabilities(class, &mut volume.data_mut()[z * area..][..area]);
        }
    })?;
    Ok(out)
}

fn empty_probabilities(ct: &Volume<u16>, model: &Model) -> Vec<Volume<u8>> {
    vec![Volume::filled(ct.shape(), ct.spacing(), 0); model.card().classes.count()]
}

/// Where the layer of tiles is: in bricks of [`Compute::on_gpu`], those of one lie on the host and
/// those of two on the device.
const LAYERS: RangeInclusive<u64> = 1..=2;
const ON_DEVICE: u64 = 2;

/// The layer of tiles, wherever it is.
enum AnyLayer {
    Host(Layer),
    Device(Box<DeviceLayer>),
}

impl Application<'_> {
    /// Calls `write` with each slice and its number, in order. Where the memory of the GPU does not
    /// do for a layer of tiles, that of the host does; where it does not do for a tile, the processor
    /// begins anew.
    fn for_finished_slices(
        &self,
        progress: &dyn Progress,
        mut write: impl FnMut(FinishedSlice<'_>, usize),
    ) -> Result<(), UnetError> {
        // A smaller tile would be another result.
        let done = self.compute.on_gpu(TASK, LAYERS, |gpu, layer| {
            let layer_gpu = (layer == ON_DEVICE).then_some(gpu);
            self.apply(self.compute, layer_gpu, progress, &mut write)
        })?;
        match done {
            Some(()) => Ok(()),
            None => self.apply(&Compute::Cpu, None, progress, &mut write),
        }
    }

    /// Applies the model, with the layer of tiles on `layer_gpu` where there is one.
    fn apply(
        &self,
        compute: &Compute,
        layer_gpu: Option<&GpuContext>,
        progress: &dyn Progress,
        write: &mut dyn FnMut(FinishedSlice<'_>, usize),
    ) -> Result<(), UnetError> {
        let Self {
            scan,
            model,
            settings,
            wanted,
            ..
        } = *self;
        let multiple = model.card().settings.multiple();
        settings.check(multiple)?;
        let applied = Applied::new(scan, model, settings, compute)?;
        let shape = scan.ct.shape();
        let tile: [usize; 3] = std::array::from_fn(|axis| {
            settings.tile_vox[axis].min(shape[axis].next_multiple_of(multiple))
        });
        let starts: [Vec<usize>; 3] =
            std::array::from_fn(|axis| starts(shape[axis], tile[axis], settings.overlap_vox));
        let weights = tile.map(weights);
        let classes = &model.card().classes;

        progress.start("segment", starts.iter().map(|s| s.len() as u64).product());
        let area = [shape[1], shape[2]];
        // A forest has its say on the host.
        let on_device = match layer_gpu {
            Some(gpu) if model.forest().is_none() => guarded(compute, TASK, || {
                let binding = gpu.max_binding_bytes();
                DeviceLayer::new(classes, &weights, area, binding, applied.device())
            })?,
            _ => None,
        };
        let mut layer = match on_device {
            Some(layer) => AnyLayer::Device(Box::new(layer)),
            None => AnyLayer::Host(Layer::new(classes, tile[0], area)),
        };
        let mut of_forest = Vec::new();
        let knows = model
            .forest()
            .map_or(Vec::new(), |(forest, _)| forest.knows());
        // A forest that decides alone leaves the network nothing to do.
        let of_none = model
            .forest()
            .filter(|(_, share)| *share == 1.0 && !knows.contains(&false))
            .map(|_| vec![0.0; classes.count() * tile.iter().product::<usize>()]);
        for (i, &z) in starts[0].iter().enumerate() {
            for &y in &starts[1] {
                let corners = starts[2].iter().map(|&x| [y, x]);
                match (&mut layer, &of_none) {
                    (AnyLayer::Host(layer), Some(nothing)) => {
                        for corner in corners {
                            layer.add(nothing, corner, tile, &weights);
                        }
                    }
                    (AnyLayer::Host(layer), None) => {
                        // While one tile is on its way back, the device has the next.
                        let mut former: Option<([usize; 2], Tile)> = None;
                        for corner in corners.map(Some).chain([None]) {
                            progress.check()?;
                            let step = || {
                                let next =
                                    corner.map(|[y, x]| ([y, x], applied.tile([z, y, x], tile)));
                                let (corner, tile) = std::mem::replace(&mut former, next)?;
                                Some((corner, applied.on_host(tile)))
                            };
                            if let Some((corner, found)) = guarded(compute, TASK, step)? {
                                layer.add(&found, corner, tile, &weights);
                            }
                        }
                    }
                    (AnyLayer::Device(layer), _) => guarded(compute, TASK, || {
                        for [y, x] in corners {
                            let found = applied.on_device(applied.tile([z, y, x], tile));
                            layer.add(&found, [y, x]);
                        }
                        // Not too far ahead of the device.
                        applied.wait();
                    })?,
                }
                progress.check()?;
                progress.advance(starts[2].len() as u64);
            }
            // No further tile touches the slices before the next layer.
            let next = starts[0].get(i + 1).copied().unwrap_or(shape[0]);
            for finished in z..next {
                let slice = match &mut layer {
                    AnyLayer::Host(layer) => {
                        if let Some((forest, share)) = model.forest() {
                            let within = finished % Forest::SLAB_VOX;
                            if within == 0 || of_forest.is_empty() {
                                of_forest = forest.slab(scan, finished - within, progress)?;
                            }
                            let slice = layer.slice_len();
                            let others = &of_forest[within * slice..][..slice];
                            layer.mix(finished - z, others, share, &knows);
                        }
                        FinishedSlice::Probabilities(layer.slice(finished - z))
                    }
                    AnyLayer::Device(layer) => {
                        guarded(compute, TASK, || layer.finish(finished - z, wanted))?
                    }
                };
                write(slice, finished);
            }
            match &mut layer {
                AnyLayer::Host(layer) => layer.shift(next - z),
                AnyLayer::Device(layer) => layer.shift(next - z),
            }
        }
        progress.finish();
        Ok(())
    }
}
