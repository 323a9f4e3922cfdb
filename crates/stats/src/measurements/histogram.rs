use super::Measurements;
use crate::measure::Particle;

/// Shares of the particles' volume in bins of equal width from `low` to `high`, in percent, by a
/// value of each particle; values beyond an end count in the outermost bin. NaN without particles.
pub fn volume_histogram_pct(
    measurements: &Measurements,
    [low, high]: [f64; 2],
    bins: usize,
    value: impl Fn(&Particle) -> f64,
) -> Vec<f64> {
    let mut sums = vec![0.0; bins];
    for (particle, weight) in measurements.counted() {
        let share = (value(particle) - low) / (high - low);
        if share.is_finite() {
            let bin = (share.max(0.0) * bins as f64) as usize;
            sums[bin.min(bins - 1)] += weight * particle.volume_um3;
        }
    }
    let total: f64 = sums.iter().sum();
    sums.iter().map(|sum| 100.0 * sum / total).collect()
}
