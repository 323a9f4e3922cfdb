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
        if let Some(bin) = histogram_bin(value(particle), [low, high], bins) {
            sums[bin] += weight * particle.volume_um3;
        }
    }
    let total: f64 = sums.iter().sum();
    sums.iter().map(|sum| 100.0 * sum / total).collect()
}

/// Bin of a value in such a histogram; none where there is no value.
pub fn histogram_bin(value: f64, [low, high]: [f64; 2], bins: usize) -> Option<usize> {
    let share = (value - low) / (high - low);
    let bin = (share.max(0.0) * bins as f64) as usize;
    share.is_finite().then(|| bin.min(bins - 1))
}
