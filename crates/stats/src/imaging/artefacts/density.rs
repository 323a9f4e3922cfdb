//! How many cubes have which grey, and where they gather.

/// Bins of a histogram.
const BINS: usize = 2048;

/// How far a histogram reaches beyond the greys, as a share of their range.
const BEYOND: f64 = 0.2;

/// Steps towards the densest grey around; after so many hardly any grey moves further.
const STEPS: usize = 40;

/// A density of greys, smoothed by a Gaussian.
pub(super) struct Density {
    first: f64,
    bin: f64,
    bandwidth: f64,
    /// A bin; they sum to 1 over the width of a bin.
    values: Vec<f64>,
}

impl Density {
    /// Of greys and their weights; `range` holds nearly all of them.
    pub fn of(
        greys: impl Iterator<Item = (f64, f64)>,
        [low, high]: [f64; 2],
        bandwidth: f64,
    ) -> Self {
        let first = low - BEYOND * (high - low);
        let bin = (1.0 + 2.0 * BEYOND) * (high - low) / BINS as f64;
        let mut counts = vec![0.0; BINS];
        for (grey, weight) in greys {
            counts[((grey - first) / bin).clamp(0.0, BINS as f64 - 1.0) as usize] += weight;
        }
        let total: f64 = counts.iter().sum();
        let scale = 1.0 / (total * bin);
        let values = smoothed(&counts, bandwidth / bin);
        Self {
            first,
            bin,
            bandwidth,
            values: values.iter().map(|value| value * scale).collect(),
        }
    }

    /// At a grey.
    pub fn at(&self, grey: f64) -> f64 {
        self.between(&self.values, grey)
    }

    /// The largest.
    pub fn highest(&self) -> f64 {
        self.values.iter().copied().fold(0.0, f64::max)
    }

    /// For every bin, the grey at which those around gather: uphill by the mean shift of a Gaussian
    /// (Comaniciu and Meer 2002).
    pub fn modes(&self) -> Modes<'_> {
        let floor = 1e-3 * self.highest();
        let logs: Vec<f64> = self.values.iter().map(|v| (v + floor).ln()).collect();
        let slopes: Vec<f64> = (0..BINS)
            .map(|i| {
                let [from, to] = [i.saturating_sub(1), (i + 1).min(BINS - 1)];
                (logs[to] - logs[from]) / ((to - from) as f64 * self.bin)
            })
            .collect();
        let h = self.bandwidth;
        let modes = (0..BINS).map(|i| {
            let mut at = self.first + (i as f64 + 0.5) * self.bin;
            for _ in 0..STEPS {
                at += (h * h * self.between(&slopes, at)).clamp(-h, h);
            }
            at
        });
        Modes {
            density: self,
            modes: modes.collect(),
        }
    }

    /// A value a bin, linear between their middles.
    fn between(&self, values: &[f64], grey: f64) -> f64 {
        let at = ((grey - self.first) / self.bin - 0.5).clamp(0.0, (BINS - 1) as f64);
        let below = (at as usize).min(BINS - 2);
        let share = at - below as f64;
        (1.0 - share) * values[below] + share * values[below + 1]
    }
}

/// Where greys gather.
pub(super) struct Modes<'a> {
    density: &'a Density,
    modes: Vec<f64>,
}

impl Modes<'_> {
    /// The grey at which those around one gather.
    pub fn of(&self, grey: f64) -> f64 {
        self.density.between(&self.modes, grey)
    }
}

/// Counts by a Gaussian of so many bins, cut at four of its deviations.
fn smoothed(counts: &[f64], deviation: f64) -> Vec<f64> {
    let reach = (4.0 * deviation).ceil() as usize;
    let taps: Vec<f64> = (0..=reach)
        .map(|i| (-0.5 * (i as f64 / deviation).powi(2)).exp())
        .collect();
    let sum = taps[0] + 2.0 * taps[1..].iter().sum::<f64>();
    let mut out = vec![0.0; counts.len()];
    for (i, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
        let low = i.saturating_sub(reach);
        let high = (i + reach).min(counts.len() - 1);
        for (j, out) in out.iter_mut().enumerate().take(high + 1).skip(low) {
            *out += count * taps[i.abs_diff(j)] / sum;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greys_gather_at_the_middle_of_their_level() {
        let levels = [(100.0, 1.0), (104.0, 1.0), (96.0, 1.0), (300.0, 2.0)];
        let density = Density::of(levels.into_iter(), [90.0, 310.0], 5.0);
        let modes = density.modes();
        for (grey, level) in [(94.0, 100.0), (103.0, 100.0), (296.0, 300.0)] {
            assert!((modes.of(grey) - level).abs() < 0.5, "{}", modes.of(grey));
        }
        // A Gaussian of two fifths of the weight at its middle.
        let peak = 0.4 / (5.0 * (2.0 * std::f64::consts::PI).sqrt());
        assert!((density.at(300.0) / peak - 1.0).abs() < 0.01);
        assert_eq!(density.highest().max(density.at(100.0)), density.highest());
    }
}
