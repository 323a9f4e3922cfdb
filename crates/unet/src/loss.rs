//! Loss over the labelled voxels alone: cross-entropy and soft Dice (Milletari, Navab and Ahmadi
//! 2016).

use burn::tensor::Tensor;
use burn::tensor::activation::log_softmax;

/// What the loss needs of a patch, on the device.
pub(crate) struct Targets {
    /// Share of every class, `[1, classes, z, y, x]`.
    pub shares: Tensor<5>,
    /// Trust in the label of every voxel, `[1, 1, z, y, x]`; 0 where there is none.
    pub weights: Tensor<5>,
    /// Weight of every class in the cross-entropy, `[1, classes, 1, 1, 1]`.
    pub class_weights: Tensor<5>,
}

/// Cross-entropy over the labelled voxels, plus `dice_weight` times one less the mean soft Dice
/// over the classes that the patch holds.
///
/// `smoothing` of every label is spread over all classes.
pub(crate) fn loss(
    scores: Tensor<5>,
    targets: &Targets,
    smoothing: f64,
    dice_weight: f64,
) -> Tensor<1> {
    let classes = scores.dims()[1];
    let log_probabilities = log_softmax(scores, 1);
    let probabilities = log_probabilities.clone().exp();
    let smooth = targets.shares.clone() * (1.0 - smoothing) + smoothing / classes as f64;
    let weighted = smooth * targets.class_weights.clone() * targets.weights.clone();
    let entropy = -(log_probabilities * weighted.clone()).sum() / (weighted.sum() + 1e-6);

    let per_class = |x: Tensor<5>| x.reshape([classes as i64, -1]).sum_dim(1);
    let truth = targets.shares.clone() * targets.weights.clone();
    let overlap = per_class(probabilities.clone() * truth.clone());
    let predicted = per_class(probabilities * targets.weights.clone());
    let labelled = per_class(truth);
    let present = labelled.clone().clamp(0.0, 1.0);
    let dice = (overlap * 2.0 + 1e-3) / (predicted + labelled + 1e-3);
    let mean = (dice * present.clone()).sum() / (present.sum() + 1e-6);
    entropy + (-mean + 1.0) * dice_weight
}
