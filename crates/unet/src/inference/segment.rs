use std::ops::{Range, RangeInclusive};

use corelith_core::{Progress, Volume};
use corelith_gpu::{Compute, GpuContext};

use super::SegmentSettings;
use super::applied::{Applied, Tile};
use super::device_layer::DeviceLayer;
use super::layer::Layer;
use super::segmentation::Segmentation;
use super::slices::FinishedSlice;
use super::tiles::{starts, weights};
use crate::UnetError;
use crate::forest::Sweep;
use crate::kernels::guarded;
use crate::model::Model;
use crate::network::Scan;

/// What errors of the device say was done.
const TASK: &str = "segmentation";

/// What is asked of a slice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Class and evidence.
    pub decisions: bool,
    /// Probability of every class.
    pub probabilities: bool,
}

impl Wanted {
    const NOTHING: Self = Self {
        decisions: false,
        probabilities: false,
    };
}

/// What is applied, to what, and where.
struct Application<'a> {
    scan: &'a Scan<'a>,
    model: &'a Model,
    settings: &'a SegmentSettings,
    compute: &'a Compute,
    wanted: Wanted,
    /// Slices that are asked for.
    slices: Range<usize>,
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
    let slices = 0..scan.ct.shape()[0];
    segment_slices(scan, model, settings, slices, compute, progress)
}

/// As [`segment`], of some slices of the volume alone: those of [`segment`] to the last voxel. Only
/// the tiles that reach into them are computed.
///
/// # Errors
/// Those of [`segment`].
///
/// # Panics
/// When the volume does not have the slices.
pub fn segment_slices(
    scan: &Scan<'_>,
    model: &Model,
    settings: &SegmentSettings,
    slices: Range<usize>,
    compute: &Compute,
    progress: &dyn Progress,
) -> Result<Segmentation, UnetError> {
    let ct = scan.ct;
    let mut out = Segmentation {
        phases: empty(ct, &slices),
        evidence: empty(ct, &slices),
        probabilities: settings
            .probabilities
            .then(|| empty_probabilities(ct, model, &slices)),
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
        slices,
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

/// Probability of every class alone in some slices of the volume, one volume a class, 0 to 255: what
/// [`segment_slices`] gives beside the phases when asked to.
///
/// # Errors
/// Those of [`segment`].
///
/// # Panics
/// When the volume does not have the slices.
pub fn probabilities_of_slices(
    scan: &Scan<'_>,
    model: &Model,
    settings: &SegmentSettings,
    slices: Range<usize>,
    compute: &Compute,
    progress: &dyn Progress,
) -> Result<Vec<Volume<u8>>, UnetError> {
    let ct = scan.ct;
    let mut out = empty_probabilities(ct, model, &slices);
    let application = Application {
        scan,
        model,
        settings,
        compute,
        wanted: Wanted {
            decisions: false,
            probabilities: true,
        },
        slices,
    };
    application.for_finished_slices(progress, |slice, z| {
        let area = ct.slice(z).len();
        for (class, volume) in out.iter_mut().enumerate() {
            slice.write_probabilities(class, &mut volume.data_mut()[z * area..][..area]);
        }
    })?;
    Ok(out)
}

/// Room for some slices of a volume.
fn empty(ct: &Volume<u16>, slices: &Range<usize>) -> Volume<u8> {
    let [depth, height, width] = ct.shape();
    assert!(slices.end <= depth, "slices of the volume");
    Volume::filled([slices.len(), height, width], ct.spacing(), 0)
}

fn empty_probabilities(ct: &Volume<u16>, model: &Model, slices: &Range<usize>) -> Vec<Volume<u8>> {
    vec![empty(ct, slices); model.card().classes.count()]
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
    /// Calls `write` with each slice that is asked for and its number among them, in order. Where the memory of the GPU does not
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
            ref slices,
            ..
        } = *self;
        let multiple = model.card().settings.multiple();
        settings.check(multiple)?;
        let applied = Applied::new(scan, model, settings, compute)?;
        let shape = scan.ct.shape();
        let tile: [usize; 3] = std::array::from_fn(|axis| {
            settings.tile_vox[axis].min(shape[axis].next_multiple_of(multiple))
        });
        let mut starts: [Vec<usize>; 3] =
            std::array::from_fn(|axis| starts(shape[axis], tile[axis], settings.overlap_vox));
        starts[0].retain(|&z| z < slices.end && z + tile[0] > slices.start);
        let weights = tile.map(weights);
        let classes = &model.card().classes;

        progress.start("segment", starts.iter().map(|s| s.len() as u64).product());
        let area = [shape[1], shape[2]];
        // A forest has its say on the host.
        let on_device = match layer_gpu {
            Some(gpu) if model.forest().is_none() => guarded(compute, TASK, || {
                let binding = gpu.max_binding_bytes();
                let decision = (classes.background, model.decision_weights());
                DeviceLayer::new(decision, &weights, area, binding, applied.device())
            })?,
            _ => None,
        };
        let mut layer = match on_device {
            Some(layer) => AnyLayer::Device(Box::new(layer)),
            None => {
                let decision = model.decision_weights();
                AnyLayer::Host(Layer::new(classes.background, decision, tile[0], area))
            }
        };
        let mut sweep = model
            .forest()
            .map(|(forest, share)| (Sweep::new(forest, scan), share));
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
            let next = starts[0].get(i + 1).copied().unwrap_or(slices.end);
            for finished in z..next {
                if finished < slices.start {
                    // Of another part; others come in its place.
                    if let AnyLayer::Device(layer) = &mut layer {
                        guarded(compute, TASK, || {
                            layer.finish(finished - z, Wanted::NOTHING)
                        })?;
                    }
                    continue;
                }
                let slice = match &mut layer {
                    AnyLayer::Host(layer) => {
                        if let Some((sweep, share)) = &mut sweep {
                            let others = sweep.slice(finished, progress)?;
                            layer.mix(finished - z, others, *share, &knows);
                        }
                        FinishedSlice::Probabilities(layer.slice(finished - z))
                    }
                    AnyLayer::Device(layer) => {
                        guarded(compute, TASK, || layer.finish(finished - z, wanted))?
                    }
                };
                write(slice, finished - slices.start);
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

#[cfg(test)]
mod tests {
    use corelith_core::{Silent, Spacing};
    use corelith_gpu::test_context;

    use super::*;
    use crate::model::pretrained_phases;

    /// Resin with some bodies in it, as tall as several layers of tiles.
    fn ct() -> Volume<u16> {
        Volume::from_fn([100, 20, 24], Spacing::isotropic(2.296), |x, y, z| {
            let inside = (x / 9 + y / 7 + z / 11).is_multiple_of(2);
            let noise = ((z * 41 + y) * 43 + x).wrapping_mul(2_654_435_761) >> 9 & 2047;
            (10_000 + 7_000 * usize::from(inside) + noise) as u16
        })
    }

    #[test]
    fn parts_are_the_whole() {
        let (ct, model) = (ct(), pretrained_phases().unwrap());
        let scan = Scan::measure(&ct).unwrap();
        let settings = SegmentSettings {
            tile_vox: [32; 3],
            overlap_vox: 8,
            probabilities: true,
            ..SegmentSettings::default()
        };
        let gpu = test_context().map(Compute::Gpu);
        for compute in [Compute::Cpu].into_iter().chain(gpu) {
            let of = |slices| {
                segment_slices(&scan, &model, &settings, slices, &compute, &Silent).unwrap()
            };
            let whole = segment(&scan, &model, &settings, &compute, &Silent).unwrap();
            let area = 20 * 24;
            for slices in [0..30, 30..71, 71..100, 99..100] {
                let part = of(slices.clone());
                let voxels = slices.start * area..slices.end * area;
                let same = |part: &Volume<u8>, whole: &Volume<u8>| {
                    assert!(part.data() == &whole.data()[voxels.clone()], "{slices:?}");
                };
                same(&part.phases, &whole.phases);
                same(&part.evidence, &whole.evidence);
                let classes = part.probabilities.iter().flatten();
                for (part, whole) in classes.zip(whole.probabilities.iter().flatten()) {
                    same(part, whole);
                }
            }
        }
    }
}
