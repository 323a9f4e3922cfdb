use rayon::prelude::*;

use super::segmentation::{Segmentation, SegmentedSlice};
use crate::forest::Pool;
use crate::network::decision::decide;

/// Pixels whose probabilities are mixed at a time.
const MIXED_PIXELS: usize = 1 << 13;

/// Weighted probabilities of the slices under the current layer of tiles.
pub(crate) struct Layer {
    background: usize,
    /// What the probability of each class is weighed by where minerals are decided.
    decision_weights: Vec<f32>,
    depth: usize,
    height: usize,
    width: usize,
    /// Where the first slice lies; after the last place comes the first, so that no slice moves.
    first: usize,
    /// `[depth, classes, height, width]`.
    sums: Vec<f32>,
    /// `[depth, height, width]`.
    weights: Vec<f32>,
}

impl Layer {
    /// Zeros; `decision_weights` has one a class.
    pub(crate) fn new(
        background: u8,
        decision_weights: Vec<f32>,
        depth: usize,
        [height, width]: [usize; 2],
    ) -> Self {
        let classes = decision_weights.len();
        Self {
            background: usize::from(background),
            decision_weights,
            depth,
            height,
            width,
            first: 0,
            sums: vec![0.0; depth * classes * height * width],
            weights: vec![0.0; depth * height * width],
        }
    }

    /// Adds a tile whose rows and columns begin at `[y, x]`.
    pub(crate) fn add(
        &mut self,
        tile: &[f32],
        [y, x]: [usize; 2],
        shape: [usize; 3],
        axes: &[Vec<f32>; 3],
    ) {
        let (height, width, classes) = (self.height, self.width, self.classes());
        let (first, depth) = (self.first, self.depth);
        let rows = shape[1].min(height - y);
        let columns = shape[2].min(width - x);
        let (area, voxels) = (height * width, shape.iter().product::<usize>());
        self.sums
            .par_chunks_exact_mut(classes * area)
            .zip(self.weights.par_chunks_exact_mut(area))
            .enumerate()
            .for_each(|(place, (sums, weights))| {
                let z = (place + depth - first) % depth;
                for row in 0..rows {
                    let across = axes[0][z] * axes[1][row];
                    let target = (y + row) * width + x;
                    for (weight, along) in weights[target..][..columns].iter_mut().zip(&axes[2]) {
                        *weight += across * along;
                    }
                    for class in 0..classes {
                        let source = class * voxels + (z * shape[1] + row) * shape[2];
                        let sums = &mut sums[class * area + target..][..columns];
                        let found = &tile[source..][..columns];
                        for ((sum, &p), along) in sums.iter_mut().zip(found).zip(&axes[2]) {
                            *sum += across * along * p;
                        }
                    }
                }
            });
    }

    fn classes(&self) -> usize {
        self.decision_weights.len()
    }

    /// Where slice `z` lies, counted from the first of the layer.
    fn place(&self, z: usize) -> usize {
        (self.first + z) % self.depth
    }

    /// Probabilities of a slice: those of every class at every voxel.
    fn slice_len(&self) -> usize {
        self.classes() * self.height * self.width
    }

    /// Gives others a share in the probabilities of a slice to which no further tile is added:
    /// `others` are theirs, 0 to 255, `[classes, height, width]`
    /// ([`crate::forest::pooled_voxel`]).
    pub(crate) fn mix(&mut self, z: usize, others: &[u8], share: f32, knows: &[bool]) {
        let area = self.height * self.width;
        let place = self.place(z);
        let slice = self.slice_len();
        let sums = &mut self.sums[place * slice..][..slice];
        let weights = &self.weights[place * area..][..area];
        let pool = Pool::new(share);
        let mut parts: Vec<Vec<&mut [f32]>> = Vec::new();
        parts.resize_with(area.div_ceil(MIXED_PIXELS), Vec::new);
        for of_class in sums.chunks_exact_mut(area) {
            for (part, sums) in parts.iter_mut().zip(of_class.chunks_mut(MIXED_PIXELS)) {
                part.push(sums);
            }
        }
        parts
            .into_par_iter()
            .zip(weights.par_chunks(MIXED_PIXELS))
            .enumerate()
            .for_each(|(i, (mut sums, weights))| {
                let others = others
                    .chunks_exact(area)
                    .map(|of_class| &of_class[i * MIXED_PIXELS..][..weights.len()]);
                mix_pixels(&mut sums, weights, others, &pool, knows);
            });
    }

    /// A slice, counted from the first of the layer, to which no further tile is added.
    pub(super) fn slice(&self, z: usize) -> SliceProbabilities<'_> {
        let area = self.height * self.width;
        let sums = self.slice_len();
        SliceProbabilities {
            background: self.background,
            decision_weights: &self.decision_weights,
            sums: &self.sums[self.place(z) * sums..][..sums],
            weights: &self.weights[self.place(z) * area..][..area],
        }
    }

    /// Moves the layer down by `slices`.
    pub(crate) fn shift(&mut self, slices: usize) {
        let area = self.height * self.width;
        let sums = self.slice_len();
        for z in 0..slices.min(self.depth) {
            let place = self.place(z);
            for (values, slice) in [(&mut self.sums, sums), (&mut self.weights, area)] {
                let left = &mut values[place * slice..][..slice];
                left.par_iter_mut().for_each(|value| *value = 0.0);
            }
        }
        self.first = self.place(slices);
    }
}

/// Gives `others` a share in the `sums` of every class at some pixels: those of classes that they know
/// come to the same sum as before.
fn mix_pixels<'a>(
    sums: &mut [&mut [f32]],
    weights: &[f32],
    others: impl Iterator<Item = &'a [u8]>,
    pool: &Pool,
    knows: &[bool],
) {
    let mut rest = weights.to_vec();
    for (sums, _) in sums.iter().zip(knows).filter(|(_, knows)| !**knows) {
        for (rest, sum) in rest.iter_mut().zip(&**sums) {
            *rest -= sum;
        }
    }
    let mut total = vec![f32::MIN_POSITIVE; weights.len()];
    for ((sums, others), _) in sums
        .iter_mut()
        .zip(others)
        .zip(knows)
        .filter(|(_, knows)| **knows)
    {
        for (sum, weight) in sums.iter_mut().zip(weights) {
            *sum /= weight;
        }
        pool.pool(sums, others);
        for (total, sum) in total.iter_mut().zip(&**sums) {
            *total += sum;
        }
    }
    for (sums, _) in sums.iter_mut().zip(knows).filter(|(_, knows)| **knows) {
        for ((sum, rest), total) in sums.iter_mut().zip(&rest).zip(&total) {
            *sum *= rest / total;
        }
    }
}

/// A slice to which no further tile is added.
pub(super) enum FinishedSlice<'a> {
    OnHost(SliceProbabilities<'a>),
    /// What a GPU has made of it, in the bits of floats.
    Packed {
        /// Class and evidence of every voxel, a byte each.
        decisions: Option<Vec<f32>>,
        /// Probability of every class, a byte each; a class begins with a word.
        shares: Option<Vec<f32>>,
        classes: usize,
    },
}

/// Weighted probabilities of one slice.
pub(super) struct SliceProbabilities<'a> {
    background: usize,
    decision_weights: &'a [f32],
    /// `[classes, height, width]`.
    sums: &'a [f32],
    /// `[height, width]`.
    weights: &'a [f32],
}

impl SliceProbabilities<'_> {
    /// Probability of every class, 0 to 255, `[classes, height, width]`, where there is room for it.
    fn write_probabilities(&self, out: &mut [u8]) {
        let area = self.weights.len();
        let of_classes = out.par_chunks_mut(area);
        of_classes
            .zip(self.sums.par_chunks(area))
            .for_each(|(out, sums)| {
                for ((p, sum), weight) in out.iter_mut().zip(sums).zip(self.weights) {
                    *p = (255.0 * sum / weight).round() as u8;
                }
            });
    }
}

impl FinishedSlice<'_> {
    /// Writes what there is room for: the class of every voxel by its probabilities, what speaks for its
    /// mineral, and the probabilities.
    pub fn write_to(&self, out: &mut SegmentedSlice) {
        let voxels = out.phases.par_iter_mut().zip(&mut out.evidence);
        match self {
            Self::OnHost(slice) => {
                let area = slice.weights.len();
                voxels.enumerate().for_each(|(i, (phase, evidence))| {
                    let probability = |class: usize| slice.sums[class * area + i];
                    let decision = decide(slice.background, slice.decision_weights, probability);
                    let steps = decision.mineral_log_odds / Segmentation::EVIDENCE_STEP_NATS;
                    // The cast ends at 255.
                    (*phase, *evidence) = (decision.class as u8, steps.round() as u8);
                });
                slice.write_probabilities(&mut out.probabilities);
            }
            Self::Packed {
                decisions,
                shares,
                classes,
            } => {
                let bytes: &[u8] = bytemuck::cast_slice(decisions.as_deref().unwrap_or_default());
                let pairs = bytes.par_chunks_exact(2);
                voxels.zip(pairs).for_each(|((phase, evidence), pair)| {
                    (*phase, *evidence) = (pair[0], pair[1]);
                });
                let bytes: &[u8] = bytemuck::cast_slice(shares.as_deref().unwrap_or_default());
                let (area, pitch) = (out.probabilities.len() / classes, bytes.len() / classes);
                let of_classes = out.probabilities.chunks_mut(area.max(1));
                for (out, found) in of_classes.zip(bytes.chunks(pitch.max(1))) {
                    out.copy_from_slice(&found[..area]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forest::pooled_voxel;

    /// Tiles of a height that no shift divides, one after the other; all sums are exact.
    #[test]
    fn layers_that_move_down_sum_like_a_whole_volume() {
        let (depth, area) = (5, [4, 6]);
        let mut layer = Layer::new(0, vec![1.0; 2], depth, area);
        let pixels = area[0] * area[1];
        let axes = [depth, area[0], area[1]].map(|n| (1..=n).map(|i| i as f32).collect());
        let tile: Vec<f32> = (0..2 * depth * pixels).map(|i| (i % 13) as f32).collect();
        let mut whole = vec![0f32; 2 * 14 * pixels];
        let mut z = 0;
        for shift in [3, 1, 5] {
            layer.add(&tile, [0, 0], [depth, area[0], area[1]], &axes);
            for class in 0..2 {
                for i in 0..depth * pixels {
                    let weight =
                        axes[0][i / pixels] * axes[1][i % pixels / area[1]] * axes[2][i % area[1]];
                    whole[class * 14 * pixels + z * pixels + i] +=
                        weight * tile[class * depth * pixels + i];
                }
            }
            for finished in 0..shift {
                let slice = layer.slice(finished);
                for class in 0..2 {
                    let expected = &whole[(class * 14 + z + finished) * pixels..][..pixels];
                    assert_eq!(&slice.sums[class * pixels..][..pixels], expected);
                }
                assert!(slice.weights.iter().all(|&weight| weight > 0.0));
            }
            layer.shift(shift);
            z += shift;
        }
    }

    #[test]
    fn a_slice_is_mixed_voxel_by_voxel() {
        let area = [97, 173];
        let pixels = area[0] * area[1];
        let axes = [1, area[0], area[1]].map(|n| (1..=n).map(|i| i as f32).collect());
        let p = |class: usize, i: usize| ((i * 7 + class * 31) % 50) as f32 / 100.0;
        let network = |i: usize| [p(0, i), p(1, i), 1.0 - p(0, i) - p(1, i)];
        let tile: Vec<f32> = (0..3 * pixels)
            .map(|i| network(i % pixels)[i / pixels])
            .collect();
        let others: Vec<u8> = (0..3 * pixels).map(|i| (i * 13 % 256) as u8).collect();
        for share in [0.0, 0.3, 0.75, 1.0] {
            for knows in [[true; 3], [true, false, true]] {
                let mut layer = Layer::new(0, vec![1.0; 3], 1, area);
                layer.add(&tile, [0, 0], [1, area[0], area[1]], &axes);
                layer.mix(0, &others, share, &knows);
                let slice = layer.slice(0);
                for i in (0..pixels).step_by(11) {
                    let forest = [0, 1, 2].map(|c| f32::from(others[c * pixels + i]) / 255.0);
                    let expected = pooled_voxel(&network(i), &forest, share, &knows);
                    for (class, expected) in expected.into_iter().enumerate() {
                        let found = slice.sums[class * pixels + i] / slice.weights[i];
                        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
                    }
                }
            }
        }
    }
}
