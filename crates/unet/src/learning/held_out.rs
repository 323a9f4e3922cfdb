use burn::tensor::activation::{log_softmax, softmax};
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::chance::BlockLoss;
use super::patch::{Patch, corner};
use super::score::{Score, Tally, cross_entropy};
use crate::forest::{Forest, LEAST};
use crate::kernels::device::context_of;
use crate::labelling::{Remaining, SparseLabels};
use crate::network::Network;
use crate::network::weights::values;
use crate::network::{Classes, Scan, Settings};

/// Largest side of a watched box across and along the planes, in voxels.
const BOX_VOX: [usize; 3] = [24, 48, 48];

/// Boxes that go through a GPU together.
const BATCH: usize = 8;

/// Largest change of the log odds of resin against particle: a rim is moved, not undone.
const LARGEST_OFFSET: f64 = 2.0;

/// Share of a class from which on the pixels of a voxel agree.
const PURE: f32 = 0.99;

/// A labelled voxel.
pub(crate) struct LabelledVoxel<'a> {
    /// What the label counts.
    pub trust: f32,
    /// Labelled share of every class.
    pub shares: Vec<f32>,
    /// Probability of every class.
    pub found: &'a [f32],
}

/// Labelled voxels to judge a network by, cut into boxes.
pub(crate) struct HeldOut {
    boxes: Vec<Patch>,
    /// The labelled voxels of all boxes, in their order, where they are of a scan.
    labels: SparseLabels,
    classes: usize,
    background: usize,
}

impl HeldOut {
    /// Covers the labelled voxels with boxes that give each its surroundings; where these are more
    /// than `most`, about as many of them, evenly spread.
    pub fn new(
        scan: &Scan<'_>,
        labels: &SparseLabels,
        settings: &Settings,
        classes: &Classes,
        most: usize,
    ) -> Self {
        let shape = std::array::from_fn(|a| {
            BOX_VOX[a]
                .min(scan.ct.shape()[a])
                .next_multiple_of(settings.multiple())
        });
        let mut rest = Remaining::new(labels, shape);
        let mut boxes = Vec::new();
        while let Some(first) = rest.first() {
            let corner = corner(first.map(i64::from), shape, scan.ct.shape());
            // The middle half counts; voxels nearer the rim wait for a box of their own.
            let inside = |voxel: &[u32; 3]| {
                (0..3).all(|a| {
                    let at = i64::from(voxel[a]) - corner[a];
                    let margin = (shape[a] / 4) as i64;
                    let low = if corner[a] <= 0 { 0 } else { margin };
                    let end = shape[a] as i64;
                    let high = if corner[a] + end >= scan.ct.shape()[a] as i64 {
                        end
                    } else {
                        end - margin
                    };
                    (low..high).contains(&at)
                })
            };
            boxes.push((corner, rest.take(corner, shape, inside)));
        }
        let step = boxes.len().div_ceil(most.max(1)).max(1);
        let mut judged = SparseLabels::none(labels.classes);
        let mut cut = Vec::new();
        for (corner, taken) in boxes.iter().step_by(step) {
            let patch = Patch::cut(scan, (taken, 0..taken.voxels.len()), *corner, shape);
            for i in patch.labelled() {
                let at = [
                    i / (shape[1] * shape[2]),
                    i / shape[2] % shape[1],
                    i % shape[2],
                ];
                let voxel = std::array::from_fn(|a| (corner[a] + at[a] as i64) as u32);
                judged.push(voxel, patch.weights[i], &patch.shares_at(i));
            }
            cut.push(patch);
        }
        Self {
            labels: judged,
            ..Self::of_boxes(cut, classes)
        }
    }

    /// How many boxes there are: what judging costs.
    pub fn count(&self) -> usize {
        self.boxes.len()
    }

    /// Boxes whose labelled voxels are all held out.
    pub fn of_boxes(boxes: Vec<Patch>, classes: &Classes) -> Self {
        Self {
            boxes,
            labels: SparseLabels::none(classes.count()),
            classes: classes.count(),
            background: usize::from(classes.background),
        }
    }

    /// What to add to the score of resin so that as much is particle as the labels say (the bias of
    /// Platt's scaling, 1999); none without labels.
    pub fn resin_offset(&self, network: &Network, device: &Device) -> Option<f64> {
        let logs = self.found_by(network, device, log_softmax);
        // Log odds of resin, labelled share of resin, trust.
        let mut voxels: Vec<[f64; 3]> = Vec::new();
        let mut found = logs.chunks_exact(self.classes);
        for patch in &self.boxes {
            for (i, logs) in patch.labelled().zip(&mut found) {
                let solid: f64 = (0..self.classes)
                    .filter(|&class| class != self.background)
                    .map(|class| f64::from(logs[class]).exp())
                    .sum();
                let odds = f64::from(logs[self.background]) - solid.max(1e-12).ln();
                let share = patch.shares[self.background * patch.weights.len() + i];
                voxels.push([odds, f64::from(share), f64::from(patch.weights[i])]);
            }
        }
        if voxels.is_empty() {
            return None;
        }
        let excess = |offset: f64| -> f64 {
            voxels
                .iter()
                .map(|[odds, share, w]| w * (1.0 / (1.0 + (-odds - offset).exp()) - share))
                .sum()
        };
        let (mut low, mut high) = (-LARGEST_OFFSET, LARGEST_OFFSET);
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            if excess(middle) < 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(0.5 * (low + high))
    }

    /// Probability of every class at the labelled voxels, voxel by voxel, by a network.
    pub fn by_network(&self, network: &Network, device: &Device) -> Vec<f32> {
        self.found_by(network, device, softmax)
    }

    /// What `activation` makes of the scores of all classes at the labelled voxels, voxel by voxel.
    /// A GPU goes from box to box without waiting; only these voxels come back.
    fn found_by(
        &self,
        network: &Network,
        device: &Device,
        activation: impl Fn(Tensor<2>, usize) -> Tensor<2>,
    ) -> Vec<f32> {
        // Boxes that a GPU is given at a time: one alone does not fill it.
        let at_once = if context_of(device).is_some() {
            BATCH
        } else {
            1
        };
        let labelled = self.boxes.iter().filter(|p| p.labelled().next().is_some());
        let labelled: Vec<&Patch> = labelled.collect();
        let of_batch = |boxes: &[&Patch]| {
            let (shape @ [z, y, x], count) = (boxes[0].shape, boxes.len());
            let voxels: usize = shape.iter().product();
            let grey: Vec<f32> = boxes.iter().flat_map(|p| p.grey.iter().copied()).collect();
            let input = TensorData::new(grey, [count, 1, z, y, x]);
            let scores = network.forward(Tensor::from_data(input, device));
            let of_box = |(i, patch): (usize, &&Patch)| {
                let first = (i * voxels) as i32;
                let at = patch.labelled().map(move |at| first + at as i32);
                at.collect::<Vec<i32>>()
            };
            let at: Vec<i32> = boxes.iter().enumerate().flat_map(of_box).collect();
            let at = Tensor::<1, Int>::from_data(TensorData::new(at.clone(), [at.len()]), device);
            let scores = scores
                .reshape([count, self.classes, voxels])
                .swap_dims(0, 1);
            let scores = scores.reshape([self.classes, count * voxels]).select(1, at);
            activation(scores, 0).transpose()
        };
        let found: Vec<Tensor<2>> = labelled
            .chunk_by(|a, b| a.shape == b.shape)
            .flat_map(|boxes| boxes.chunks(at_once))
            .map(of_batch)
            .collect();
        if found.is_empty() {
            return Vec::new();
        }
        values(Tensor::cat(found, 0))
    }

    /// The same by a forest, where the boxes are of a scan.
    pub fn by_forest(&self, scan: &Scan<'_>, forest: &Forest) -> Vec<f32> {
        forest.probabilities_at(scan, &self.labels.voxels)
    }

    /// Judges probabilities of every class at the labelled voxels; none when nothing is held out.
    pub fn score_of(&self, probabilities: &[f32]) -> Option<Score> {
        self.score_weighted(probabilities, &vec![1.0; self.classes])
    }

    /// The same where decisions are by the weights of all classes.
    pub fn score_weighted(&self, probabilities: &[f32], weights: &[f32]) -> Option<Score> {
        let mut tally = Tally::new(self.background, weights);
        for voxel in self.labelled_with(probabilities) {
            tally.add(
                f64::from(voxel.trust),
                |class| voxel.shares[class],
                |class| voxel.found[class],
            );
        }
        tally.score()
    }

    /// Cross-entropy of the voxels of every box whose pixels agree. Those of a border lie beside their
    /// place as often as not, or are mixtures: who learned from exact labels is surer there than they
    /// allow, and would seem worse. Where no pixels agree, all voxels count. No probability is taken for less
    /// than [`LEAST`].
    pub fn losses(&self, probabilities: &[f32]) -> Vec<BlockLoss> {
        let agree = |voxel: &LabelledVoxel<'_>| voxel.shares.iter().any(|share| *share >= PURE);
        let some_agree = self.labelled_with(probabilities).any(|voxel| agree(&voxel));
        let mut voxels = self.labelled_with(probabilities);
        let of_box = |patch: &Patch| {
            let voxels = voxels.by_ref().take(patch.labelled().count());
            let mut block = BlockLoss::default();
            for voxel in voxels.filter(|voxel| agree(voxel) || !some_agree) {
                let found = |class: usize| voxel.found[class].max(LEAST);
                let loss = cross_entropy(self.classes, |class| voxel.shares[class], found);
                let trust = f64::from(voxel.trust);
                block.loss += trust * loss;
                block.weight += trust;
            }
            block
        };
        self.boxes.iter().map(of_box).collect()
    }

    /// The labelled voxels with their probabilities, in their order.
    pub fn labelled_with<'a>(
        &'a self,
        probabilities: &'a [f32],
    ) -> impl Iterator<Item = LabelledVoxel<'a>> {
        let places = self
            .boxes
            .iter()
            .flat_map(|patch| patch.labelled().map(move |i| (patch, i)));
        let found = probabilities.chunks_exact(self.classes);
        places.zip(found).map(|((patch, i), found)| LabelledVoxel {
            trust: patch.weights[i],
            shares: patch.shares_at(i),
            found,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::rng;

    #[test]
    fn the_offset_makes_as_much_particle_as_the_labels_say() {
        let device = Device::flex();
        let classes = Classes {
            names: ["one", "resin", "two"].map(str::to_owned).to_vec(),
            background: 1,
        };
        let shape = [4, 8, 8];
        let voxels: usize = shape.iter().product();
        let is_resin = |i: usize| i % 8 < 5;
        let patch = Patch {
            shape,
            grey: (0..voxels).map(|i| ((i * 37) % 11) as f32 / 11.0).collect(),
            shares: (0..3 * voxels)
                .map(|i| match i / voxels {
                    0 => 0.0,
                    1 => f32::from(u8::from(is_resin(i))),
                    _ => f32::from(u8::from(!is_resin(i))),
                })
                .collect(),
            weights: vec![1.0; voxels],
        };
        let labels = HeldOut::of_boxes(vec![patch], &classes);
        let network = Network::new(4, 1, 3, &mut rng(3, "test"), &device);
        let offset = labels.resin_offset(&network, &device).unwrap();
        assert!(offset.abs() > 0.05, "{offset}");
        let moved = network.with_offset(1, offset);
        let rest = labels.resin_offset(&moved, &device).unwrap();
        assert!(rest.abs() < 1e-3, "{rest}");
        let none = HeldOut::of_boxes(Vec::new(), &classes);
        assert!(none.resin_offset(&moved, &device).is_none());
    }
}
