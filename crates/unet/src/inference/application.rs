use std::ops::{Range, RangeInclusive};

use corelith_core::{Cancelled, Progress, Volume};
use corelith_gpu::{Compute, GpuContext};
use rayon::prelude::*;

use super::SegmentSettings;
use super::applied::{Applied, Tile};
use super::device_layer::DeviceLayer;
use super::empty::empty_below;
use super::layer::{FinishedSlice, Layer};
use super::segmentation::SegmentedSlice;
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
pub struct Wanted {
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

/// A model that is applied to a volume, tile by tile.
///
/// Grey values are scaled by the statistics of this volume, not those of the model's. Memory holds the
/// class probabilities of one layer of tiles: that of the GPU where one computes and has as much.
pub struct Application<'a> {
    /// The volume.
    pub scan: &'a Scan<'a>,
    /// The model.
    pub model: &'a Model,
    /// How it is applied.
    pub settings: &'a SegmentSettings,
    /// Where it is computed.
    pub compute: &'a Compute,
    /// Slices that are asked for: those of the whole volume to the last voxel. Only the tiles that reach
    /// into them are computed.
    pub slices: Range<usize>,
}

/// Where the layer of tiles is: in bricks of [`Compute::on_gpu`], those of one lie on the host and
/// those of two on the device.
const LAYERS: RangeInclusive<u64> = 1..=2;
const ON_DEVICE: u64 = 2;

/// Threads of the processor that a tile keeps busy; with twice as many there are two tiles at once, which
/// takes some 200 MB more.
const THREADS_OF_A_TILE: usize = 4;

/// The layer of tiles, wherever it is.
enum AnyLayer {
    Host(Layer),
    Device(Box<DeviceLayer>),
}

impl Application<'_> {
    /// Calls `take` with each slice that is asked for and its number among them, in order. Where the memory
    /// of the GPU does not do for a layer of tiles, that of the host does; where it does not do for a tile,
    /// the processor begins anew, and `take` gets slices again that it has had.
    ///
    /// # Errors
    /// When a setting is out of range, the device fails, or the user stops it; those of `take`, after which
    /// no slice follows.
    ///
    /// # Panics
    /// When the volume does not have the slices.
    pub fn for_each_slice<E: From<UnetError>>(
        &self,
        wanted: Wanted,
        progress: &dyn Progress,
        mut take: impl FnMut(&SegmentedSlice, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        assert!(
            self.slices.end <= self.scan.ct.shape()[0],
            "slices of the volume"
        );
        let mut failed = None;
        let mut take = |slice: &SegmentedSlice, z: usize| {
            take(slice, z).map_err(|error| {
                failed = Some(error);
                Cancelled
            })
        };
        // A smaller tile would be another result.
        let done = self.compute.on_gpu(TASK, LAYERS, |gpu, layer| {
            let layer_gpu = (layer == ON_DEVICE).then_some(gpu);
            self.apply(self.compute, layer_gpu, wanted, progress, &mut take)
        });
        let done = match done {
            Ok(None) => self.apply(&Compute::Cpu, None, wanted, progress, &mut take),
            done => done.map(drop),
        };
        failed.map_or(done.map_err(E::from), Err)
    }

    /// Room for the slices.
    pub(super) fn empty(&self) -> Volume<u8> {
        let ct = self.scan.ct;
        let [_, height, width] = ct.shape();
        Volume::filled([self.slices.len(), height, width], ct.spacing(), 0)
    }

    /// Applies the model, with the layer of tiles on `layer_gpu` where there is one.
    fn apply(
        &self,
        compute: &Compute,
        layer_gpu: Option<&GpuContext>,
        wanted: Wanted,
        progress: &dyn Progress,
        take: &mut dyn FnMut(&SegmentedSlice, usize) -> Result<(), Cancelled>,
    ) -> Result<(), UnetError> {
        let Self {
            scan,
            model,
            settings,
            ref slices,
            ..
        } = *self;
        let multiple = model.card().settings.multiple();
        settings.check(multiple)?;
        let empty_below = empty_below(scan.ct, &scan.grey);
        let tiles_at_once = match compute.gpu() {
            Some(_) => 1,
            None => (rayon::current_num_threads() / THREADS_OF_A_TILE).max(1),
        };
        let mut applied = (0..tiles_at_once)
            .map(|_| Applied::new(scan, model, settings, compute, empty_below))
            .collect::<Result<Vec<_>, _>>()?;
        let shape = scan.ct.shape();
        let tile: [usize; 3] = std::array::from_fn(|axis| {
            settings.tile_vox[axis].min(shape[axis].next_multiple_of(multiple))
        });
        let mut starts: [Vec<usize>; 3] =
            std::array::from_fn(|axis| starts(shape[axis], tile[axis], settings.overlap_vox));
        starts[0].retain(|&z| z < slices.end && z + tile[0] > slices.start);
        let weights = tile.map(weights);
        let (told, classes) = (model.card().told(), model.card().classes_told());

        progress.start("segment", starts.iter().map(|s| s.len() as u64).product());
        let area = [shape[1], shape[2]];
        // A forest has its say on the host.
        let on_device = match layer_gpu {
            Some(gpu) if model.forest().is_none() => guarded(compute, TASK, || {
                let binding = gpu.max_binding_bytes();
                let decision = (classes.background, model.decision_weights());
                DeviceLayer::new(decision, &weights, area, binding, applied[0].device())
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
            .map(|(forest, share)| Ok::<_, UnetError>((Sweep::new(forest, scan, compute)?, share)))
            .transpose()?;
        let knows = model
            .forest()
            .map_or(Vec::new(), |(forest, _)| forest.knows());
        // A forest that decides alone leaves the network nothing to do.
        let of_none = model
            .forest()
            .filter(|(_, share)| *share == 1.0 && !knows.contains(&false))
            .map(|_| vec![0.0; classes.count() * tile.iter().product::<usize>()]);
        let pixels = area[0] * area[1];
        let mut found = SegmentedSlice::room(wanted, classes.count(), pixels);
        let mut numbered = SegmentedSlice::room(wanted, model.card().classes.count(), pixels);
        for (i, &z) in starts[0].iter().enumerate() {
            for &y in &starts[1] {
                let corners: Vec<[usize; 2]> = starts[2].iter().map(|&x| [y, x]).collect();
                match (&mut layer, &of_none) {
                    (AnyLayer::Host(layer), Some(nothing)) => {
                        for corner in corners {
                            layer.add(nothing, corner, tile, &weights);
                        }
                    }
                    (AnyLayer::Host(layer), None) if compute.gpu().is_none() => {
                        for some in corners.chunks(applied.len()) {
                            progress.check()?;
                            let found: Vec<Vec<f32>> = applied
                                .par_iter_mut()
                                .zip(some)
                                .map(|(applied, &[y, x])| {
                                    applied.on_host(applied.tile([z, y, x], tile))
                                })
                                .collect();
                            for (found, &corner) in found.iter().zip(some) {
                                layer.add(found, corner, tile, &weights);
                            }
                        }
                    }
                    (AnyLayer::Host(layer), None) => {
                        let applied = &applied[0];
                        // While one tile is on its way back, the device has the next.
                        let mut former: Option<([usize; 2], Tile)> = None;
                        for corner in corners.into_iter().map(Some).chain([None]) {
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
                        let applied = &applied[0];
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
                        FinishedSlice::OnHost(layer.slice(finished - z))
                    }
                    AnyLayer::Device(layer) => {
                        guarded(compute, TASK, || layer.finish(finished - z, wanted))?
                    }
                };
                slice.write_to(&mut found);
                found.numbered_as(&told, &mut numbered);
                take(&numbered, finished - slices.start)?;
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
    use crate::inference::segment;
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
            let whole = segment(&scan, &model, &settings, &compute, &Silent).unwrap();
            let area = 20 * 24;
            let both = Wanted {
                decisions: true,
                probabilities: true,
            };
            for slices in [0..30, 30..71, 71..100, 99..100] {
                let application = Application {
                    scan: &scan,
                    model: &model,
                    settings: &settings,
                    compute: &compute,
                    slices: slices.clone(),
                };
                let mut expected = slices.clone();
                let take = |slice: &SegmentedSlice, z: usize| {
                    assert_eq!(Some(slices.start + z), expected.next());
                    let same = |part: &[u8], whole: &Volume<u8>| {
                        assert!(part == whole.slice(slices.start + z), "{z} of {slices:?}");
                    };
                    same(&slice.phases, &whole.phases);
                    same(&slice.evidence, &whole.evidence);
                    let classes = slice.probabilities.chunks(area);
                    for (part, whole) in classes.zip(whole.probabilities.iter().flatten()) {
                        same(part, whole);
                    }
                    Ok::<_, UnetError>(())
                };
                application.for_each_slice(both, &Silent, take).unwrap();
                assert_eq!(expected.next(), None, "all slices");
            }
        }
    }

    #[test]
    fn no_slice_follows_one_that_is_not_taken() {
        let (ct, model) = (ct(), pretrained_phases().unwrap());
        let application = Application {
            scan: &Scan::measure(&ct).unwrap(),
            model: &model,
            settings: &SegmentSettings::default(),
            compute: &Compute::Cpu,
            slices: 0..100,
        };
        let mut had = Vec::new();
        let found = application.for_each_slice(Wanted::NOTHING, &Silent, |_, z| {
            had.push(z);
            match z {
                0..7 => Ok(()),
                _ => Err(UnetError::NoContrast { low: 7, high: 7 }),
            }
        });
        assert!(
            matches!(found, Err(UnetError::NoContrast { .. })),
            "{found:?}"
        );
        assert_eq!(had, (0..=7).collect::<Vec<_>>());
    }
}
