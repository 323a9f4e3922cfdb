//! Loss over the labelled voxels alone: cross-entropy and soft Dice (Milletari, Navab and Ahmadi
//! 2016).

use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;

/// Added to the score of a class that is left out of a softmax.
const LEFT_OUT: f32 = -1e4;

/// What the loss needs of a patch, on the device.
pub(crate) struct Targets {
    /// Share of every class, `[1, classes, z, y, x]`.
    pub shares: Tensor<5>,
    /// Trust in the label of every voxel, `[1, 1, z, y, x]`; 0 where there is none.
    pub weights: Tensor<5>,
    /// Weight of every mineral, `[1, classes, 1, 1, 1]`; 0 for the background.
    pub mineral_weights: Tensor<5>,
    /// 1 for minerals, 0 for the background, `[1, classes, 1, 1, 1]`.
    pub minerals: Tensor<5>,
}

/// Cross-entropy over the labelled voxels, plus `dice_weight` times one less the mean soft Dice of
/// the minerals that the patch holds and of all of them together.
///
/// `smoothing` of every label is spread over all classes.
///
/// The cross-entropy falls into that of resin against particle and, inside particles, that of the
/// minerals. Weights of rare classes are in the latter alone: they would else move the rims of
/// particles outwards.
pub(crate) fn loss(
    scores: Tensor<5>,
    targets: &Targets,
    smoothing: f64,
    dice_weight: f64,
) -> Tensor<1> {
    let classes = scores.dims()[1];
    let Targets {
        shares,
        weights,
        mineral_weights,
        minerals,
    } = targets;
    let resin = -minerals.clone() + 1.0;
    let logs = log_softmax(scores.clone(), 1);
    let probabilities = logs.clone().exp();
    let solid = (probabilities.clone() * minerals.clone()).sum_dim(1);
    let log_solid = (solid.clone() + 1e-12).log();
    let log_resin = (logs * resin.clone()).sum_dim(1);
    let log_mineral = log_softmax(scores + resin * LEFT_OUT, 1);

    let shares = shares.clone() * minerals.clone();
    let solid_share = shares.clone().sum_dim(1);
    let smooth_solid = solid_share.clone() * (1.0 - smoothing) + 0.5 * smoothing;
    let rim = smooth_solid.clone() * log_solid + (-smooth_solid + 1.0) * log_resin;
    let others =
        minerals.clone() * solid_share.clone() * (smoothing / (classes as f64 - 1.0).max(1.0));
    let smooth = shares.clone() * (1.0 - smoothing) + others;
    let mineral = (smooth * mineral_weights.clone() * log_mineral).sum_dim(1);
    let entropy = -((rim + mineral) * weights.clone()).sum() / (weights.clone().sum() + 1e-6);

    // All minerals together stand in the place of the background.
    let with_solid = |each: Tensor<5>, together: Tensor<5>| {
        let all = Tensor::cat(vec![each, together], 1) * weights.clone();
        all.reshape([classes as i64 + 1, -1])
    };
    let truth = with_solid(shares, solid_share);
    let found = with_solid(probabilities * minerals.clone(), solid);
    let overlap = (found.clone() * truth.clone()).sum_dim(1);
    let labelled = truth.sum_dim(1);
    let present = labelled.clone().clamp(0.0, 1.0);
    let dice = (overlap * 2.0 + 1e-3) / (found.sum_dim(1) + labelled + 1e-3);
    let mean = (dice * present.clone()).sum() / (present.sum() + 1e-6);
    entropy + (-mean + 1.0) * dice_weight
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    /// Two voxels, one of resin and one of the second mineral.
    fn of(scores: [f32; 6], mineral_weights: [f32; 3]) -> f32 {
        let device = Device::flex();
        let tensor = |values: &[f32], shape: [usize; 5]| {
            Tensor::<5>::from_data(TensorData::new(values.to_vec(), shape), &device)
        };
        let targets = Targets {
            shares: tensor(&[1.0, 0.0, 0.0, 0.0, 0.0, 1.0], [1, 3, 1, 1, 2]),
            weights: tensor(&[1.0, 1.0], [1, 1, 1, 1, 2]),
            mineral_weights: tensor(&mineral_weights, [1, 3, 1, 1, 1]),
            minerals: tensor(&[0.0, 1.0, 1.0], [1, 3, 1, 1, 1]),
        };
        loss(tensor(&scores, [1, 3, 1, 1, 2]), &targets, 0.0, 0.0).into_scalar::<f32>()
    }

    #[test]
    fn equal_weights_give_the_cross_entropy_and_others_weigh_minerals_alone() {
        let scores = [0.3, -0.2, 0.1, 0.4, -0.5, 0.9];
        let log = |column: usize, class: usize| {
            let at = |c: usize| f64::from(scores[2 * c + column]);
            at(class) - (0..3).map(|c| at(c).exp()).sum::<f64>().ln()
        };
        let plain = -0.5 * (log(0, 0) + log(1, 2));
        assert!((f64::from(of(scores, [0.0, 1.0, 1.0])) - plain).abs() < 1e-5);

        let rim = -0.5 * (log(0, 0) + (1.0 - log(1, 0).exp()).ln());
        assert!((f64::from(of(scores, [0.0, 1.0, 0.0])) - rim).abs() < 1e-5);
    }

    #[test]
    fn hopeless_scores_keep_the_loss_finite() {
        assert!(of([-60.0, 60.0, 60.0, -60.0, 60.0, -60.0], [0.0, 1.0, 1.0]).is_finite());
    }
}
