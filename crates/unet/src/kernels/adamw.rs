//! A step of AdamW on the CPU, and what it is made with.

/// Decay of the first and the second moments.
pub(crate) const BETA1: f64 = 0.9;
pub(crate) const BETA2: f64 = 0.99;

const EPSILON: f32 = 1e-8;

/// Parts that the sum of the squares of a gradient is in.
pub(crate) const SQUARE_PARTS: usize = corelith_gpu::shaders::square_sum::PARTS as usize;

/// A step of AdamW (Loshchilov and Hutter 2019, algorithm 2) for one parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamWStep {
    /// Largest norm of all gradients together.
    pub gradient_norm: f32,
    /// Learning rate.
    pub learning_rate: f32,
    /// What the decay of weights leaves of the parameter.
    pub kept: f32,
    /// One less the power of the decay of the first moments by the steps so far.
    pub first_share: f32,
    /// The same of the second moments.
    pub second_share: f32,
    /// Decay of the running mean.
    pub mean_decay: f32,
}

/// Sum of the squares.
pub(super) fn squares(gradient: &[f32]) -> f32 {
    gradient.iter().map(|&g| f64::from(g).powi(2)).sum::<f64>() as f32
}

/// Steps `parameter` down its `gradient`. `moments` are the first and second moments and the running
/// mean, one after the other; `squares` the parts of the sum of the squares of all gradients.
pub(super) fn step(
    parameter: &mut [f32],
    gradient: &[f32],
    moments: &mut [f32],
    squares: &[f32],
    step: AdamWStep,
) {
    let (beta1, beta2) = (BETA1 as f32, BETA2 as f32);
    let norm = squares.iter().sum::<f32>().sqrt();
    let scale = (step.gradient_norm / (norm + 1e-6)).min(1.0);
    let (first, rest) = moments.split_at_mut(parameter.len());
    let (second, mean) = rest.split_at_mut(parameter.len());
    let moments = first.iter_mut().zip(second).zip(mean);
    for ((parameter, gradient), ((first, second), mean)) in
        parameter.iter_mut().zip(gradient).zip(moments)
    {
        let gradient = gradient * scale;
        *first = *first * beta1 + gradient * (1.0 - beta1);
        *second = *second * beta2 + gradient * gradient * (1.0 - beta2);
        let direction =
            (*first / step.first_share) / ((*second / step.second_share).sqrt() + EPSILON);
        *parameter = *parameter * step.kept - direction * step.learning_rate;
        *mean = *mean * step.mean_decay + *parameter * (1.0 - step.mean_decay);
    }
}
