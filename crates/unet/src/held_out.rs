use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use corelith_core::Volume;

use crate::decision::decide;
use crate::labels::SparseLabels;
use crate::network::Network;
use crate::patch::{Patch, corner};
use crate::weights::values;
use crate::{Classes, GreyStatistics, Settings};

/// Largest side of a watched box across and along the planes, in voxels.
const BOX_VOX: [usize; 3] = [24, 48, 48];

/// How a network does on the voxels that it has not learned from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Score {
    /// Cross-entropy, nats.
    pub loss: f64,
    /// Dice of every class; none for a class that the voxels lack.
    pub dice: Vec<Option<f64>>,
    background: usize,
}

impl Score {
    /// Mean Dice over the solid classes that are there.
    pub fn mean_dice(&self) -> Option<f64> {
        let there: Vec<f64> = self
            .dice
            .iter()
            .enumerate()
            .filter(|&(class, _)| class != self.background)
            .filter_map(|(_, dice)| *dice)
            .collect();
        (!there.is_empty()).then(|| there.iter().sum::<f64>() / there.len() as f64)
    }
}

/// The held-out voxels, cut into boxes.
pub(crate) struct HeldOut {
    boxes: Vec<Patch>,
    classes: usize,
    background: usize,
}

impl HeldOut {
    /// Covers the held-out voxels with boxes that give each its surroundings.
    pub fn new(
        ct: &Volume<u16>,
        grey: &GreyStatistics,
        labels: &SparseLabels,
        settings: &Settings,
        classes: &Classes,
    ) -> Self {
        let shape = std::array::from_fn(|a| {
            BOX_VOX[a]
                .min(ct.shape()[a])
                .next_multiple_of(settings.multiple())
        });
        let mut rest = labels.clone();
        let mut boxes = Vec::new();
        while let Some(&first) = rest.voxels.first() {
            let corner = corner(first.map(i64::from), shape, ct.shape());
            // The middle half counts; voxels nearer the rim wait for a box of their own.
            let inside = |voxel: &[u32; 3]| {
                (0..3).all(|a| {
                    let at = i64::from(voxel[a]) - corner[a];
                    let margin = (shape[a] / 4) as i64;
                    let low = if corner[a] <= 0 { 0 } else { margin };
                    let end = shape[a] as i64;
                    let high = if corner[a] + end >= ct.shape()[a] as i64 {
                        end
                    } else {
                        end - margin
                    };
                    (low..high).contains(&at)
                })
            };
            let (taken, left) = rest.partition(inside);
            boxes.push(Patch::cut(ct, grey, &taken, corner, shape));
            rest = left;
        }
        Self::of_boxes(boxes, classes)
    }

    /// Boxes whose labelled voxels are all held out.
    pub fn of_boxes(boxes: Vec<Patch>, classes: &Classes) -> Self {
        Self {
            boxes,
            classes: classes.count(),
            background: usize::from(classes.background),
        }
    }

    /// Applies a network; none when nothing is held out.
    pub fn score(&self, network: &Network, device: &Device) -> Option<Score> {
        let (mut loss, mut weight) = (0.0, 0.0);
        // Overlap, predicted and labelled voxels of every class.
        let mut counts = vec![[0.0f64; 3]; self.classes];
        for patch in &self.boxes {
            let [z, y, x] = patch.shape;
            let input = TensorData::new(patch.grey.clone(), [1, 1, z, y, x]);
            let scores = network.forward(Tensor::from_data(input, device));
            let logs = values(log_softmax(scores, 1));
            let voxels = patch.weights.len();
            for (i, &w) in patch.weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
                let at = |channels: &[f32], class: usize| f64::from(channels[class * voxels + i]);
                let w = f64::from(w);
                weight += w;
                for class in 0..self.classes {
                    loss -= w * at(&patch.shares, class) * at(&logs, class);
                }
                let of = |share: &dyn Fn(usize) -> f64| {
                    decide(self.classes, self.background, |class| share(class) as f32)
                };
                let predicted = of(&|class| at(&logs, class).exp());
                let labelled = of(&|class| at(&patch.shares, class));
                counts[predicted][1] += w;
                counts[labelled][2] += w;
                if predicted == labelled {
                    counts[predicted][0] += w;
                }
            }
        }
        (weight > 0.0).then(|| Score {
            loss: loss / weight,
            dice: counts
                .iter()
                .map(|[both, predicted, labelled]| {
                    (*labelled > 0.0).then(|| 2.0 * both / (predicted + labelled))
                })
                .collect(),
            background: self.background,
        })
    }
}
