//! Whether one way to tell labels is better than another, or only seems so on the few that are held out.

/// Cross-entropy of labelled voxels that lie together, and what these weigh.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
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

/// Mean loss a voxel, nats; infinite without a voxel.
pub(crate) fn mean_loss(blocks: &[BlockLoss]) -> f64 {
    let weight: f64 = blocks.iter().map(|block| block.weight).sum();
    let loss: f64 = blocks.iter().map(|block| block.loss).sum();
    if weight > 0.0 {
        loss / weight
    } else {
        f64::INFINITY
    }
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
        assert_eq!(mean_loss(&[]), f64::INFINITY);
    }
}
