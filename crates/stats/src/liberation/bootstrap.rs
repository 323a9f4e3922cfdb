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

/// Pearson correlation over pairs that are both finite; 0 where one side does not vary.
pub(super) fn correlation(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let pairs = pairs.filter(|(a, b)| a.is_finite() && b.is_finite());
    let n = pairs.clone().count() as f64;
    let (sa, sb) = pairs
        .clone()
        .fold((0.0, 0.0), |(x, y), (a, b)| (x + a, y + b));
    let (ma, mb) = (sa / n, sb / n);
    let (mut vab, mut va, mut vb) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        vab += (a - ma) * (b - mb);
        va += (a - ma).powi(2);
        vb += (b - mb).powi(2);
    }
    if va > 0.0 && vb > 0.0 {
        (vab / (va * vb).sqrt()).clamp(-1.0, 1.0)
    } else {
        0.0
    }
}
