//! Where all frames lie, from where their pairs do.

use nalgebra::{DMatrix, DVector};

/// One value at each of two nodes differs by `difference`, with a weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Difference {
    pub nodes: [usize; 2],
    pub difference: f64,
    pub weight: f64,
}

/// Weight of what a node is thought to have: enough to tie nodes that nothing else does.
const PRIOR_WEIGHT: f64 = 1e-7;

/// The values at nodes whose differences come closest to those given, by weighted least squares;
/// what these leave open comes closest to `prior`.
pub(super) fn least_squares(prior: &[f64], differences: &[Difference]) -> Vec<f64> {
    let n = prior.len();
    let mut normal = DMatrix::<f64>::from_diagonal_element(n, n, PRIOR_WEIGHT);
    let mut right = DVector::from_iterator(n, prior.iter().map(|v| v * PRIOR_WEIGHT));
    for d in differences {
        let [a, b] = d.nodes;
        normal[(a, a)] += d.weight;
        normal[(b, b)] += d.weight;
        normal[(a, b)] -= d.weight;
        normal[(b, a)] -= d.weight;
        right[a] -= d.weight * d.difference;
        right[b] += d.weight * d.difference;
    }
    match normal.cholesky() {
        Some(factor) => factor.solve(&right).iter().copied().collect(),
        // Weights are above 0, so this is rounding of the very worst kind.
        None => prior.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_around_a_loop_are_evened() {
        let d = |a, b, difference| Difference {
            nodes: [a, b],
            difference,
            weight: 1.0,
        };
        let found = least_squares(
            &[0.0; 4],
            &[d(0, 1, 10.0), d(1, 2, 10.0), d(2, 3, -10.0), d(3, 0, -6.0)],
        );
        // The sum around is 4, so each is off by 1.
        assert!((found[1] - found[0] - 9.0).abs() < 1e-4, "{found:?}");
        assert!((found[0] - found[3] + 7.0).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn what_nothing_ties_stays_where_it_is_thought_to_be() {
        let tie = Difference {
            nodes: [0, 1],
            difference: 5.0,
            weight: 1.0,
        };
        let found = least_squares(&[0.0, 5.0, 30.0], &[tie]);
        for (found, expected) in found.iter().zip([0.0, 5.0, 30.0]) {
            assert!((found - expected).abs() < 1e-4);
        }
    }
}
