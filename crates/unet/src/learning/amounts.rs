//! Minerals that look alike are told apart by chance, and the rarer of two is called too seldom: where
//! voxels are more often one than the other, all of them are called that. Weights of the minerals make
//! as much of each decided as the labels say, as threshold selection does for the F measure of rare
//! classes (Lipton, Elkan and Naryanaswamy 2014).

use super::held_out::LabelledVoxel;
use crate::network::decision::decide;

/// Rounds over the minerals.
const ROUNDS: usize = 5;

/// Halvings of the range of a weight.
const HALVINGS: usize = 10;

/// The largest weight against that of the most frequent mineral, and the inverse of the least.
const LARGEST: f32 = 4.0;

/// Labelled voxels of a mineral with which its weight is half known; as a power, the rest is 1.
const HALF_KNOWN: f32 = 100.0;

/// The weights by which as much of each mineral is decided as the labels of those voxels say that are
/// decided to be particle; 1 for resin and for the most frequent mineral.
pub(crate) fn decision_weights<'a>(
    background: usize,
    classes: usize,
    voxels: impl Iterator<Item = LabelledVoxel<'a>>,
) -> Vec<f32> {
    let mut weights = vec![1.0; classes];
    let class_of =
        |weights: &[f32], found: &[f32]| decide(background, weights, |class| found[class]).class;
    let solid: Vec<LabelledVoxel<'_>> = voxels
        .filter(|voxel| class_of(&weights, voxel.found) != background)
        .collect();
    let mut labelled = vec![0.0; classes];
    for voxel in &solid {
        for (sum, share) in labelled.iter_mut().zip(&voxel.shares) {
            *sum += voxel.trust * share;
        }
    }
    // Voxels at rims are labelled resin in part.
    let minerals = || (0..classes).filter(|class| *class != background);
    let all: f32 = solid.iter().map(|voxel| voxel.trust).sum();
    let of_minerals: f32 = minerals().map(|class| labelled[class]).sum();
    let scale = all / of_minerals.max(f32::MIN_POSITIVE);
    labelled.iter_mut().for_each(|sum| *sum *= scale);
    let Some(most) = minerals().max_by(|&a, &b| labelled[a].total_cmp(&labelled[b])) else {
        return weights;
    };
    let decided = |weights: &[f32], class: usize| -> f32 {
        let of = |voxel: &&LabelledVoxel<'_>| class_of(weights, voxel.found) == class;
        solid.iter().filter(of).map(|voxel| voxel.trust).sum()
    };
    for _ in 0..ROUNDS {
        // The more a mineral weighs, the more of it is decided.
        for class in minerals().filter(|class| *class != most) {
            let (mut low, mut high) = (1.0 / LARGEST, LARGEST);
            for _ in 0..HALVINGS {
                weights[class] = f32::sqrt(low * high);
                if decided(&weights, class) < labelled[class] {
                    low = weights[class];
                } else {
                    high = weights[class];
                }
            }
        }
    }
    for class in minerals() {
        let known = labelled[class] / (labelled[class] + HALF_KNOWN);
        weights[class] = weights[class].powf(known);
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarer_of_two_that_look_alike_is_called_as_often_as_it_is_there() {
        // One in five is the third class; a voxel's probability of it says little.
        let found: Vec<[f32; 3]> = (0..20_000)
            .map(|i| {
                let rare = 0.1 + 0.3 * ((i * 37) % 101) as f32 / 101.0;
                [0.05, 0.95 - rare, rare]
            })
            .collect();
        let labelled = |i: usize| -> Vec<f32> {
            match i % 5 {
                0 => vec![0.2, 0.0, 0.8],
                _ => vec![0.2, 0.8, 0.0],
            }
        };
        let voxels = found.iter().enumerate().map(|(i, found)| LabelledVoxel {
            trust: 1.0,
            shares: labelled(i),
            found,
        });
        let weights = decision_weights(0, 3, voxels);
        let rare = |weights: &[f32]| {
            let of = |found: &&[f32; 3]| decide(0, weights, |class| found[class]).class == 2;
            found.iter().filter(of).count()
        };
        assert_eq!(rare(&[1.0; 3]), 0);
        assert!((3500..=4300).contains(&rare(&weights)), "{weights:?}");
        assert_eq!(weights[0], 1.0);
        assert!(weights[1] == 1.0 && weights[2] < 2.5, "{weights:?}");
    }

    #[test]
    fn a_handful_of_voxels_changes_little() {
        let found = [0.1, 0.5, 0.4];
        let voxels = (0..4).map(|_| LabelledVoxel {
            trust: 1.0,
            shares: vec![0.0, 0.0, 1.0],
            found: &found,
        });
        let weights = decision_weights(0, 3, voxels);
        assert!(weights[2] == 1.0 && weights[1] > 0.95, "{weights:?}");
    }
}
