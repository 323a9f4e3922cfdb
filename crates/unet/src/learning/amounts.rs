//! Minerals that look alike are told apart by chance, and the rarer of two is called too seldom: where
//! voxels are more often one than the other, all of them are called that. Weights of the minerals make
//! as much of each decided as the probabilities sum to, as threshold selection does for the F measure of
//! rare classes (Lipton, Elkan and Naryanaswamy 2014).
//!
//! Labels are too few to count by: of a mineral of 5 % of the solid, held-out blocks hold a hundred voxels,
//! of which one particle may have the half. But they tell whether a class is held too probable, as rare ones
//! are that weigh more in the loss.

use super::held_out::LabelledVoxel;
use crate::network::decision::decide;

/// Rounds over the minerals.
const ROUNDS: usize = 5;

/// Halvings of the range of a weight.
const HALVINGS: usize = 10;

/// The largest weight against that of the most frequent mineral, and the inverse of the least.
const LARGEST: f32 = 4.0;

/// Rounds over the biases.
const BIAS_ROUNDS: usize = 20;

/// Labelled voxels that biases of 0 count as much as: the curvature of what they are drawn to 0 by.
const BIAS_PRIOR: f64 = 200.0;

/// What to multiply the probability of each mineral by, so that over labelled voxels they sum to the labelled
/// shares (the biases of Platt's scaling, 1999, one a class), as far as these are many; 1 for resin.
pub(crate) fn calibration<'a>(
    background: usize,
    classes: usize,
    voxels: impl Iterator<Item = LabelledVoxel<'a>>,
) -> Vec<f32> {
    let solid: Vec<LabelledVoxel<'_>> = voxels
        .filter(|voxel| voxel.shares[background] < 1.0)
        .collect();
    let mut factors = vec![1.0f32; classes];
    for _ in 0..BIAS_ROUNDS {
        for class in (0..classes).filter(|class| *class != background) {
            let bias = f64::from(factors[class]).ln();
            let (mut slope, mut curvature) = (BIAS_PRIOR * bias, BIAS_PRIOR);
            for voxel in &solid {
                let of_minerals: f32 = (0..classes)
                    .filter(|class| *class != background)
                    .map(|class| factors[class] * voxel.found[class])
                    .sum();
                let p = factors[class] * voxel.found[class] / of_minerals.max(f32::MIN_POSITIVE);
                let solid = 1.0 - voxel.shares[background];
                slope += f64::from(voxel.trust * (solid * p - voxel.shares[class]));
                curvature += f64::from(voxel.trust * solid * p * (1.0 - p));
            }
            // Where hardly a voxel is in doubt, a step of Newton's goes too far.
            let step = (slope / curvature).clamp(-1.0, 1.0);
            factors[class] = (bias - step).exp() as f32;
        }
    }
    factors
}

/// The weights by which as much of each mineral is decided as the probabilities of those voxels, times
/// their [`calibration`], sum to that are decided to be particle; 1 for resin and for the most frequent
/// mineral.
///
/// `found`: probabilities of every class, voxel by voxel, of voxels from all over a scan.
pub(crate) fn decision_weights(background: usize, calibration: &[f32], found: &[f32]) -> Vec<f32> {
    let classes = calibration.len();
    let mut weights = vec![1.0; classes];
    let class_of =
        |weights: &[f32], found: &[f32]| decide(background, weights, |class| found[class]).class;
    let solid: Vec<&[f32]> = found
        .chunks_exact(classes)
        .filter(|found| class_of(&weights, found) != background)
        .collect();
    let minerals = || (0..classes).filter(|class| *class != background);
    let mut expected = vec![0.0; classes];
    for found in &solid {
        let calibrated = |class: usize| calibration[class] * found[class];
        let particle: f32 = minerals().map(calibrated).sum();
        for class in minerals() {
            expected[class] += calibrated(class) / particle.max(f32::MIN_POSITIVE);
        }
    }
    let Some(most) = minerals().max_by(|&a, &b| expected[a].total_cmp(&expected[b])) else {
        return weights;
    };
    let decided = |weights: &[f32], class: usize| {
        let of = |found: &&&[f32]| class_of(weights, found) == class;
        solid.iter().filter(of).count() as f32
    };
    for _ in 0..ROUNDS {
        // The more a mineral weighs, the more of it is decided.
        for class in minerals().filter(|class| *class != most && expected[*class] >= 1.0) {
            let (mut low, mut high) = (1.0 / LARGEST, LARGEST);
            for _ in 0..HALVINGS {
                weights[class] = f32::sqrt(low * high);
                if decided(&weights, class) < expected[class] {
                    low = weights[class];
                } else {
                    high = weights[class];
                }
            }
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarer_of_two_that_look_alike_is_called_as_often_as_it_is_there() {
        // A quarter is the third class; a voxel's probability of it says little.
        let found: Vec<f32> = (0..20_000)
            .flat_map(|i| {
                let rare = 0.1 + 0.3 * ((i * 37) % 101) as f32 / 101.0;
                [0.05, 0.95 - rare, rare]
            })
            .collect();
        let rare = |weights: &[f32]| {
            let of = |found: &&[f32]| decide(0, weights, |class| found[class]).class == 2;
            found.chunks_exact(3).filter(of).count() as f32
        };
        let weights = decision_weights(0, &[1.0; 3], &found);
        let expected = 20_000.0 * 0.25 / 0.95;
        assert_eq!(rare(&[1.0; 3]), 0.0);
        assert!(
            (rare(&weights) / expected - 1.0).abs() < 0.05,
            "{weights:?}"
        );
        assert!(weights[0] == 1.0 && weights[1] == 1.0, "{weights:?}");

        let halved = decision_weights(0, &[1.0, 1.0, 0.5], &found);
        let of_half = |found: &[f32]| 0.5 * found[2] / (found[1] + 0.5 * found[2]);
        let expected: f32 = found.chunks_exact(3).map(of_half).sum();
        assert!((rare(&halved) / expected - 1.0).abs() < 0.05, "{halved:?}");
    }

    #[test]
    fn what_is_held_too_probable_is_calibrated_as_far_as_labels_tell() {
        // One in ten is the third class, which is told as three in ten.
        let found = [0.1, 0.63, 0.27];
        let factor = |count: usize| {
            let voxels = (0..count).map(|i| LabelledVoxel {
                trust: 1.0,
                shares: match i % 10 {
                    0 => vec![0.0, 0.0, 1.0],
                    _ => vec![0.0, 1.0, 0.0],
                },
                found: &found,
            });
            let factors = calibration(0, 3, voxels);
            assert_eq!(factors[0], 1.0);
            factors[2] / factors[1]
        };
        let right = (0.1 / 0.9) / (0.27 / 0.63);
        assert!((factor(100_000) / right - 1.0).abs() < 0.05);
        assert!(factor(10) > 0.9, "ten voxels tell little");
    }

    #[test]
    fn what_is_nowhere_keeps_its_weight() {
        let found = [[0.1, 0.6, 0.3, 0.0], [0.9, 0.1, 0.0, 0.0]].concat();
        assert_eq!(decision_weights(0, &[1.0; 4], &found), [1.0; 4]);
        assert_eq!(decision_weights(0, &[1.0; 3], &[]), [1.0; 3]);
    }
}
