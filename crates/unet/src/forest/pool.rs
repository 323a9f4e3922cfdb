/// Least probability that a network or a forest is believed to mean: a quarter of a step of those of a forest,
/// of which there are 255. Without it, what no tree of 60 thinks of would be ruled out.
pub(crate) const LEAST: f32 = 1.0 / 1020.0;

/// What a network and a forest, of which the latter has a `share`, say of a class: their probabilities
/// multiplied, as powers (the logarithmic opinion pool, Genest and Zidek 1986). Over all classes they are
/// still to be scaled to a sum of 1.
///
/// A mean would keep half of what either makes up where it is at a loss; what both must hold possible
/// is most of the time what the surer one says.
#[inline]
pub(crate) fn pooled(network: f32, forest: f32, share: f32) -> f32 {
    network.max(LEAST).powf(1.0 - share) * forest.max(LEAST).powf(share)
}

/// Probabilities of one voxel that both say. Classes that the forest does not know keep those of the
/// network.
pub(crate) fn pooled_voxel(
    network: &[f32],
    forest: &[f32],
    share: f32,
    knows: &[bool],
) -> Vec<f32> {
    let each = network.iter().zip(forest).zip(knows);
    let known = each.clone().filter(|(_, knows)| **knows);
    let (mut rest, mut sum) = (0.0, f32::MIN_POSITIVE);
    for ((&network, &forest), _) in known {
        rest += network;
        sum += pooled(network, forest, share);
    }
    let scale = rest / sum;
    each.map(|((&network, &forest), knows)| match knows {
        true => scale * pooled(network, forest, share),
        false => network,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forest_divides_what_it_knows_among_its_classes() {
        let network = [0.2, 0.3, 0.5];
        let forest = [0.6, 0.4, 0.0];
        let near = |share: f32, knows: [bool; 3], expected: [f32; 3]| {
            let found = pooled_voxel(&network, &forest, share, &knows);
            assert!((found.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            let apart = found.iter().zip(expected).map(|(f, e)| (f - e).abs());
            assert!(apart.fold(0.0, f32::max) < 2e-3, "{found:?}");
        };
        near(0.0, [true; 3], network);
        near(1.0, [true; 3], forest);
        near(1.0, [true, true, false], [0.3, 0.2, 0.5]);
        // The roots of 0.12, 0.12 and 0.5 / 1020.
        near(0.5, [true; 3], [0.4846, 0.4846, 0.0310]);
        near(0.5, [true, true, false], [0.25, 0.25, 0.5]);
    }

    #[test]
    fn the_surer_one_prevails() {
        let both = |network: [f32; 2], forest: [f32; 2]| {
            pooled_voxel(&network, &forest, 0.5, &[true; 2])[0]
        };
        let (sure, doubting) = ([0.98, 0.02], [0.4, 0.6]);
        assert!(both(sure, doubting) > 0.69 + 0.15, "their mean is 0.69");
        assert_eq!(both(sure, doubting), both(doubting, sure));
    }
}
