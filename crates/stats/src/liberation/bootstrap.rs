use corelith_core::{Cancelled, Progress};
use rand::{RngExt as _, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::series::{Series, Shares};

/// Shares of every series in every replicate: `[series][replicate]`.
///
/// A replicate draws `units` units with replacement (Efron 1979), the same ones for every
/// series, so that series may be compared replicate by replicate.
pub(super) fn replicates(
    series: &[Series],
    units: usize,
    replicates: u32,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Vec<Vec<Shares>>, Cancelled> {
    progress.start("bootstrap", u64::from(replicates));
    let rows: Vec<Vec<Shares>> = (0..replicates)
        .into_par_iter()
        .map(|replicate| {
            progress.check()?;
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(u64::from(replicate));
            let mut times = vec![0u32; units];
            for _ in 0..units {
                times[random.random_range(0..units as u32) as usize] += 1;
            }
            let shares = series
                .iter()
                .map(|s| s.shares(|unit| f64::from(times[unit as usize])))
                .collect();
            progress.advance(1);
            Ok(shares)
        })
        .collect::<Result<_, Cancelled>>()?;
    progress.finish();
    Ok((0..series.len())
        .map(|i| rows.iter().map(|row| row[i]).collect())
        .collect())
}

/// Variance of the finite values; 0 for fewer than two.
pub(super) fn variance(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let values = values.filter(|v| v.is_finite());
    let n = values.clone().count() as f64;
    if n < 2.0 {
        return 0.0;
    }
    let mean = values.clone().sum::<f64>() / n;
    values.map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)
}

/// Degrees of freedom of a variance that is estimated from the influence values of `units` units:
/// those of the chi-square distribution of the same scatter (Satterthwaite 1946), from the fourth
/// moment of the values. For normal ones it is the number of units; where few units carry most of
/// the variance it is small. Infinite when nothing varies.
pub(super) fn degrees_of_freedom(values: impl Iterator<Item = f64>, units: usize) -> f64 {
    let (squares, fourths) = values.fold((0.0, 0.0), |(s, f), v| (s + v * v, f + v.powi(4)));
    let scatter = fourths - squares * squares / units as f64;
    if scatter > 0.0 {
        2.0 * squares * squares / scatter
    } else {
        f64::INFINITY
    }
}
