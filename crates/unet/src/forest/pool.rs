use crate::kernels::simd::vectorize;

/// Least probability that a network or a forest is believed to mean: a quarter of a step of those of a forest,
/// of which there are 255. Without it, what no tree of 60 thinks of would be ruled out.
pub(crate) const LEAST: f32 = 1.0 / 1020.0;

/// What a network and a forest, of which the latter has a `share`, say of a class: their probabilities
/// multiplied, as powers (the logarithmic opinion pool, Genest and Zidek 1986). Over all classes they are
/// still to be scaled to a sum of 1.
///
/// A mean would keep half of what either makes up where it is at a loss; what both must hold possible
/// is most of the time what the surer one says.
fn pooled(network: f32, forest: f32, share: f32) -> f32 {
    Power::new(1.0 - share).of(network.max(LEAST)) * Power::new(share).of(forest.max(LEAST))
}

/// Raises positive numbers to a power from 0 to 1.
#[derive(Clone, Copy)]
enum Power {
    /// So many eighths, as shares that are chosen are: roots of roots, which vectors compute.
    Eighths(u8),
    Any(f32),
}

impl Power {
    fn new(exponent: f32) -> Self {
        let eighths = 8.0 * exponent;
        match eighths.fract() == 0.0 {
            true => Self::Eighths(eighths as u8),
            false => Self::Any(exponent),
        }
    }

    fn of(self, value: f32) -> f32 {
        match self {
            Self::Eighths(eighths) => root(value, eighths),
            Self::Any(exponent) => value.powf(exponent),
        }
    }

    fn raise(self, values: &mut [f32]) {
        match self {
            Self::Eighths(eighths) => vectorize(|| {
                for value in values {
                    *value = root(*value, eighths);
                }
            }),
            Self::Any(exponent) => values.iter_mut().for_each(|v| *v = v.powf(exponent)),
        }
    }
}

/// `value` to the power of so many eighths, at most eight.
#[inline(always)]
fn root(value: f32, eighths: u8) -> f32 {
    let half = value.sqrt();
    let fourth = half.sqrt();
    let factor = |bit: u8, root: f32| if eighths & bit == bit { root } else { 1.0 };
    factor(8, value) * factor(4, half) * factor(2, fourth) * factor(1, fourth.sqrt())
}

/// What a forest adds to the probabilities that a network has of classes of which the forest has a share.
pub(crate) struct Pool {
    of_network: Power,
    /// The factor of each probability of the forest, 0 to 255.
    of_forest: [f32; 256],
}

impl Pool {
    /// For a forest that has so much of a share.
    pub fn new(share: f32) -> Self {
        let power = Power::new(share);
        Self {
            of_network: Power::new(1.0 - share),
            of_forest: std::array::from_fn(|p| power.of((p as f32 / 255.0).max(LEAST))),
        }
    }

    /// What [`pooled`] makes of the probabilities of one class.
    pub fn pool(&self, network: &mut [f32], forest: &[u8]) {
        for network in &mut *network {
            *network = network.max(LEAST);
        }
        self.of_network.raise(network);
        for (network, &forest) in network.iter_mut().zip(forest) {
            *network *= self.of_forest[usize::from(forest)];
        }
    }
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
    fn powers_in_eighths_are_powers() {
        for eighths in 0..=8 {
            let (exponent, expected) = (eighths as f32 / 8.0, eighths as f64 / 8.0);
            let mut all = [0.001, 0.2, 0.7, 1.0];
            Power::new(exponent).raise(&mut all);
            for (found, value) in all.into_iter().zip([0.001_f64, 0.2, 0.7, 1.0]) {
                let expected = value.powf(expected);
                assert!(
                    (f64::from(found) / expected - 1.0).abs() < 1e-6,
                    "{found} {expected}"
                );
            }
        }
        assert!((Power::new(0.3).of(0.5) - 0.5_f32.powf(0.3)).abs() < 1e-6);
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
