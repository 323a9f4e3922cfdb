//! Whether one way to tell labels is better than another, or only seems so on the few that are held out.

use serde::{Deserialize, Serialize};

/// Cross-entropy of labelled voxels that lie together, and what these weigh.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct BlockLoss {
    /// Sum over the voxels, nats.
    pub loss: f64,
    /// Trust in their labels, summed.
    pub weight: f64,
}

/// Whether the mean loss over the same blocks is lower by more than its standard error (Breiman et al. 1984,
/// section 3.4.3). Voxels of a block are not independent, blocks nearly so.
pub(crate) fn is_clearly_lower(of: &[BlockLoss], than: &[BlockLoss]) -> bool {
    let weight: f64 = of.iter().map(|block| block.weight).sum();
    let blocks = of.len() as f64;
    if blocks < 2.0 || weight <= 0.0 {
        return false;
    }
    let apart = || of.iter().zip(than).map(|(a, b)| a.loss - b.loss);
    let mean = apart().sum::<f64>() / weight;
    let squares: f64 = apart()
        .zip(of)
        .map(|(apart, block)| (apart - mean * block.weight).powi(2))
        .sum();
    let error = (squares * blocks / (blocks - 1.0)).sqrt() / weight;
    mean < -error
}

/// The first of candidates, in order of preference, that none of the others clearly beats.
pub(crate) fn first_unbeaten<'a>(
    candidates: impl Iterator<Item = &'a [BlockLoss]> + Clone,
) -> usize {
    let beaten = |losses: &[BlockLoss]| {
        let mut others = candidates.clone();
        others.any(|other| is_clearly_lower(other, losses))
    };
    // Of what is lower by more than an error there is a lowest, which none beats.
    candidates
        .clone()
        .position(|losses| !beaten(losses))
        .unwrap_or(0)
}

/// Mean loss a voxel, nats; none without a voxel.
pub(crate) fn mean_loss(blocks: &[BlockLoss]) -> Option<f64> {
    let weight: f64 = blocks.iter().map(|block| block.weight).sum();
    let loss: f64 = blocks.iter().map(|block| block.loss).sum();
    (weight > 0.0).then(|| loss / weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(losses: &[f64]) -> Vec<BlockLoss> {
        let of = |&loss: &f64| BlockLoss { loss, weight: 10.0 };
        losses.iter().map(of).collect()
    }

    #[test]
    fn what_most_blocks_say_is_clear_and_what_one_says_is_not() {
        let usual = blocks(&[5.0, 2.0, 4.0, 3.0, 6.0, 1.0]);
        let better = blocks(&[4.0, 1.5, 3.2, 2.1, 5.0, 0.8]);
        assert!(is_clearly_lower(&better, &usual));
        assert!(!is_clearly_lower(&usual, &better));
        let one = blocks(&[5.5, 2.3, 4.2, 3.3, 2.0, 1.2]);
        assert!(mean_loss(&one) < mean_loss(&usual));
        assert!(!is_clearly_lower(&one, &usual));
        assert!(!is_clearly_lower(&better[..1], &usual[..1]));
        assert_eq!(mean_loss(&[]), None);
    }

    #[test]
    fn the_preferred_one_stays_unless_another_is_clearly_better() {
        let usual = blocks(&[5.0, 2.0, 4.0, 3.0, 6.0, 1.0]);
        let better = blocks(&[4.0, 1.5, 3.2, 2.1, 5.0, 0.8]);
        let by_luck = blocks(&[5.5, 2.3, 4.2, 3.3, 2.0, 1.2]);
        let first = |all: [&Vec<BlockLoss>; 3]| first_unbeaten(all.into_iter().map(Vec::as_slice));
        assert_eq!(first([&usual, &by_luck, &usual]), 0);
        assert_eq!(first([&usual, &better, &by_luck]), 1);
        assert_eq!(first([&better, &better, &usual]), 0);
    }
}
