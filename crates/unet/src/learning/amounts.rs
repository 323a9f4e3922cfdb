//! Minerals that look alike are told apart by chance, and the rarer of two is called too seldom: where
//! voxels are more often one than the other, all of them are called that. Weights of the minerals make
//! as much of each decided as the probabilities sum to, as threshold selection does for the F measure of
//! rare classes (Lipton, Elkan and Naryanaswamy 2014).
//!
//! Labels are too few to count by: of a mineral of 5 % of the solid, held-out blocks hold a hundred voxels,
//! of which one particle may have the half.

use crate::network::decision::decide;

/// Rounds over the minerals.
const ROUNDS: usize = 5;

/// Halvings of the range of a weight.
const HALVINGS: usize = 10;

/// The largest weight against that of the most frequent mineral, and the inverse of the least.
const LARGEST: f32 = 4.0;

/// The weights by which as much of each mineral is decided as the probabilities of those voxels sum to
/// that are decided to be particle; 1 for resin and for the most frequent mineral.
///
/// `found`: probabilities of all `classes`, voxel by voxel, of voxels from all over a scan.
pub(crate) fn decision_weights(background: usize, classes: usize, found: &[f32]) -> Vec<f32> {
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
        let particle: f32 = minerals().map(|class| found[class]).sum();
        for class in minerals() {
            expected[class] += found[class] / particle.max(f32::MIN_POSITIVE);
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
        let weights = decision_weights(0, 3, &found);
        let expected = 20_000.0 * 0.25 / 0.95;
        assert_eq!(rare(&[1.0; 3]), 0.0);
        assert!(
            (rare(&weights) / expected - 1.0).abs() < 0.05,
            "{weights:?}"
        );
        assert!(weights[0] == 1.0 && weights[1] == 1.0, "{weights:?}");
    }

    #[test]
    fn what_is_nowhere_keeps_its_weight() {
        let found = [[0.1, 0.6, 0.3, 0.0], [0.9, 0.1, 0.0, 0.0]].concat();
        assert_eq!(decision_weights(0, 4, &found), [1.0; 4]);
        assert_eq!(decision_weights(0, 3, &[]), [1.0; 3]);
    }
}
