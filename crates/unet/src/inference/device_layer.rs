use burn::backend::Dispatch;
use burn::tensor::{Device, Tensor, TensorData};

use super::Wanted;
use super::layer::FinishedSlice;
use super::segmentation::Segmentation;

use crate::kernels::{DecisionRule, LayerBackend, TilePlace};
use crate::network::weights::values;

/// The [`Layer`](super::layer::Layer) of a GPU: tiles are blended where they were made, and what is
/// decided comes back, two bytes a voxel.
pub(super) struct DeviceLayer {
    classes: usize,
    rule: DecisionRule,
    /// What the probability of each class is weighed by where minerals are decided.
    decision_weights: Tensor<1>,
    /// Slices of the layer, a ring.
    depth: usize,
    height: usize,
    width: usize,
    /// Where the first slice lies.
    first: usize,
    /// Slices of each part but the last.
    slices_of_part: usize,
    /// As many slices as a binding holds each, `[slices, classes + 1, voxels]`.
    parts: Vec<Tensor<3>>,
    axes: Tensor<1>,
}

impl DeviceLayer {
    /// Zeros, for the class that is resin and the weights of all where minerals are decided; `axes`
    /// are the weights of a tile along z, y and x. None where a binding does not hold a slice.
    pub fn new(
        (background, decision_weights): (u8, Vec<f32>),
        axes: &[Vec<f32>; 3],
        [height, width]: [usize; 2],
        binding_bytes: u64,
        device: &Device,
    ) -> Option<Self> {
        let rule = DecisionRule {
            background: usize::from(background),
            step_nats: Segmentation::EVIDENCE_STEP_NATS,
        };
        let classes = decision_weights.len();
        let depth = axes[0].len();
        let slice = (classes + 1) * height * width;
        // Voxels are numbered in 32 bits.
        let words = (binding_bytes / 4).min(u64::from(u32::MAX)) as usize;
        let slices_of_part = (words / slice).min(depth);
        if slices_of_part == 0 {
            return None;
        }
        let part = |begin: usize| {
            let slices = slices_of_part.min(depth - begin);
            Tensor::zeros([slices, classes + 1, height * width], device)
        };
        Some(Self {
            classes,
            rule,
            decision_weights: vector(decision_weights, device),
            depth,
            height,
            width,
            first: 0,
            slices_of_part,
            parts: (0..depth).step_by(slices_of_part).map(part).collect(),
            axes: vector(axes.concat(), device),
        })
    }

    /// Adds a tile, `[1, classes, z, y, x]`, whose rows and columns begin at `corner`.
    pub fn add(&mut self, tile: &Tensor<5>, corner: [usize; 2]) {
        for (i, part) in self.parts.iter_mut().enumerate() {
            let place = TilePlace {
                height: self.height,
                width: self.width,
                corner,
                begin: i * self.slices_of_part,
                first: self.first,
            };
            *part = Tensor::from_dispatch(<Dispatch as LayerBackend>::layer_add(
                part.clone().into_dispatch(),
                tile.clone().into_dispatch(),
                self.axes.clone().into_dispatch(),
                place,
            ));
        }
    }

    /// Slice `z`, counted from the first of the layer, to which no further tile is added; it is
    /// cleared.
    pub fn finish(&mut self, z: usize, wanted: Wanted) -> FinishedSlice<'static> {
        let place = (self.first + z) % self.depth;
        let (part, slice) = (place / self.slices_of_part, place % self.slices_of_part);
        let part = &mut self.parts[part];
        let shares = wanted.probabilities.then(|| {
            let layer = part.clone().into_dispatch();
            let words: Tensor<2> =
                Tensor::from_dispatch(<Dispatch as LayerBackend>::layer_shares(layer, slice));
            values(words)
        });
        let layer = part.clone().into_dispatch();
        let weights = self.decision_weights.clone().into_dispatch();
        let (layer, words) =
            <Dispatch as LayerBackend>::layer_decide(layer, weights, slice, self.rule);
        *part = Tensor::from_dispatch(layer);
        let words: Tensor<1> = Tensor::from_dispatch(words);
        FinishedSlice::Packed {
            decisions: wanted.decisions.then(|| values(words)),
            shares,
            classes: self.classes,
        }
    }

    /// Moves the layer down by `slices`, which are finished.
    pub fn shift(&mut self, slices: usize) {
        self.first = (self.first + slices) % self.depth;
    }
}

fn vector(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}

#[cfg(test)]
mod tests {
    use corelith_gpu::{Compute, GpuContext, assert_launched, test_context};
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::super::layer::Layer;
    use super::super::segmentation::SegmentedSlice;
    use super::*;
    use crate::kernels::burn_device;

    const CLASSES: usize = 4;
    const AREA: [usize; 2] = [7, 9];
    const SHAPE: [usize; 3] = [5, 4, 6];

    /// What all slices come to, class, evidence and probabilities, on the processor and on the GPU,
    /// whose bindings hold so many slices.
    fn found(context: &GpuContext, slices_of_part: usize) -> [Vec<u8>; 2] {
        let device = burn_device(&Compute::Gpu(context.clone())).unwrap();
        let weights = vec![0.8, 1.0, 1.3, 1.0];
        let axes = SHAPE.map(|n| (1..=n).map(|i| i as f32 * 0.1).collect::<Vec<f32>>());
        let binding = (4 * slices_of_part * (CLASSES + 1) * AREA[0] * AREA[1]) as u64;
        let mut on_device =
            DeviceLayer::new((1, weights.clone()), &axes, AREA, binding, &device).unwrap();
        let mut on_host = Layer::new(1, weights, SHAPE[0], AREA);
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let (mut expected, mut found) = (Vec::new(), Vec::new());
        let pixels = AREA[0] * AREA[1];
        let wanted = Wanted {
            decisions: true,
            probabilities: true,
        };
        let write = |out: &mut Vec<u8>, slice: FinishedSlice<'_>| {
            let mut room = SegmentedSlice::room(wanted, CLASSES, pixels);
            slice.write_to(&mut room);
            out.extend([room.phases, room.evidence, room.probabilities].concat());
        };
        for shift in [2, 5, 1, 5] {
            // Tiles that lie within, and that reach over the edges.
            for corner in [[0, 0], [3, 0], [0, 3], [3, 5], [2, 2]] {
                let voxels = SHAPE.iter().product::<usize>();
                // Also none at all of a class.
                let tile: Vec<f32> = (0..CLASSES * voxels)
                    .map(|_| rng.random_range(-0.2_f32..0.8).max(0.0))
                    .collect();
                on_host.add(&tile, corner, SHAPE, &axes);
                let [z, y, x] = SHAPE;
                let data = TensorData::new(tile, [1, CLASSES, z, y, x]);
                on_device.add(&Tensor::from_data(data, &device), corner);
            }
            for z in 0..shift {
                write(&mut expected, FinishedSlice::OnHost(on_host.slice(z)));
                write(&mut found, on_device.finish(z, wanted));
            }
            on_host.shift(shift);
            on_device.shift(shift);
        }
        [expected, found]
    }

    #[test]
    fn layers_are_the_same_on_both() {
        let Some(context) = test_context() else {
            return;
        };
        for slices_of_part in [1, 2, 5] {
            let [expected, found] = found(&context, slices_of_part);
            assert_eq!(expected.len(), found.len());
            // Logarithms, quotients and sums that are rounded the other way.
            let differ = expected.iter().zip(&found).filter(|(a, b)| a != b).count();
            assert!(differ * 500 < found.len(), "{differ} of {}", found.len());
        }
        assert_launched(&context, &["layer_add", "layer_decide", "layer_shares"]);
    }

    #[test]
    fn a_binding_that_holds_no_slice_is_refused() {
        let Some(context) = test_context() else {
            return;
        };
        let device = burn_device(&Compute::Gpu(context)).unwrap();
        let axes = SHAPE.map(|n| vec![1.0; n]);
        let new =
            |bytes| DeviceLayer::new((0, vec![1.0; 2]), &axes, AREA, bytes, &device).is_some();
        let slice = 4 * 3 * AREA[0] * AREA[1];
        assert_eq!([new(slice as u64 - 1), new(slice as u64)], [false, true]);
    }
}
