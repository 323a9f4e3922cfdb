use std::cmp::Ordering;

use corelith_stats::imaging::separation::{FEATURES, TERMS, terms};
use nalgebra::{Cholesky, DMatrix, DVector};

/// Keeps weights small that the answers say little about.
const RIDGE: f64 = 2.0;

/// Newton steps: far more than convergence takes.
const STEPS: usize = 12;

/// Whether two regions are one particle in truth.
pub struct Answer {
    pub features: [f32; FEATURES],
    pub is_one: bool,
    pub weight: f64,
}

impl Answer {
    pub fn compare(&self, other: &Self) -> Ordering {
        let key = |answer: &Self| {
            let features = answer.features.map(f32::to_bits);
            (features, answer.is_one, answer.weight.to_bits())
        };
        key(self).cmp(&key(other))
    }
}

/// How likely both regions are one particle.
pub fn likelihood(weights: &[f64], features: &[f32; FEATURES]) -> f64 {
    let terms = terms(features);
    let score: f64 = terms
        .iter()
        .zip(weights)
        .map(|(t, w)| f64::from(*t) * w)
        .sum();
    1.0 / (1.0 + (-score).exp())
}

/// Weights of the logistic regression with a ridge, by Newton's method.
pub fn fit(answers: &[Answer]) -> Result<Vec<f64>, String> {
    let mut weights = DVector::zeros(TERMS);
    for _ in 0..STEPS {
        let mut slope: DVector<f64> = -RIDGE * &weights;
        let mut curvature = DMatrix::from_diagonal_element(TERMS, TERMS, RIDGE);
        for answer in answers {
            let p = likelihood(weights.as_slice(), &answer.features);
            let terms = terms(&answer.features).map(f64::from);
            let terms = DVector::from_column_slice(&terms);
            let miss = f64::from(u8::from(answer.is_one)) - p;
            slope.axpy(answer.weight * miss, &terms, 1.0);
            let spread = (p * (1.0 - p)).max(1e-4);
            curvature.ger(answer.weight * spread, &terms, &terms, 1.0);
        }
        let solver = Cholesky::new(curvature).ok_or("the answers do not determine the weights")?;
        weights += solver.solve(&slope);
    }
    Ok(weights.as_slice().to_vec())
}
