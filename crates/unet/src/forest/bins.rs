use std::ops::Range;

/// Most bins of a feature.
const BINS: usize = 128;

/// Largest bound that a scan leaves: features are grey values whose contrast is 1, and what follows from them.
const LARGEST_BOUND: f32 = 1e9;

/// Upper bounds of the bins of every feature, about as many values in each: trees compare bins,
/// which is fast and loses nothing that few labels could show.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bins {
    bounds: Vec<Vec<f32>>,
}

impl Bins {
    /// Bins of `features`, `width` of them a sample.
    pub fn new(features: &[f32], width: usize) -> Self {
        let samples = features.len() / width;
        // Quantiles of some ten thousand values are as good as those of all.
        let step = (samples / 20_000).max(1);
        let bounds = (0..width)
            .map(|feature| {
                let mut values: Vec<f32> = features
                    .chunks_exact(width)
                    .step_by(step)
                    .map(|sample| sample[feature])
                    .collect();
                values.sort_by(f32::total_cmp);
                let mut bounds: Vec<f32> = (1..BINS)
                    .filter_map(|i| values.get(i * values.len() / BINS).copied())
                    .collect();
                bounds.dedup();
                bounds
            })
            .collect();
        Self { bounds }
    }

    /// Upper bounds of the bins of every feature, rising.
    pub fn bounds(&self) -> &[Vec<f32>] {
        &self.bounds
    }

    /// From what [`Self::bounds`] gave; none where a number is not finite, bounds do not rise or
    /// are too many.
    pub fn from_bounds(bounds: Vec<Vec<f32>>) -> Option<Self> {
        let rise = |bounds: &Vec<f32>| {
            bounds.len() < BINS
                && bounds.iter().all(|bound| bound.abs() <= LARGEST_BOUND)
                && bounds.is_sorted()
        };
        // Of a scan that shows something, most features differ from voxel to voxel.
        let differ = |bounds: &Vec<f32>| bounds.first() < bounds.last();
        (bounds.iter().all(rise) && bounds.iter().any(differ)).then_some(Self { bounds })
    }

    /// Features of a sample.
    pub fn width(&self) -> usize {
        self.bounds.len()
    }

    /// Bins of samples, one sample after the other.
    pub fn of(&self, features: &[f32]) -> Vec<u8> {
        self.of_some(0..self.width(), features)
    }

    /// Bins of samples, one after the other, of which only those features are given.
    pub fn of_some(&self, some: Range<usize>, features: &[f32]) -> Vec<u8> {
        let rows: Vec<[f32; BINS]> = self.bounds[some].iter().map(|bounds| row(bounds)).collect();
        let mut bins = Vec::with_capacity(features.len());
        for sample in features.chunks_exact(rows.len()) {
            bins.extend(
                sample
                    .iter()
                    .zip(&rows)
                    .map(|(value, row)| bin(row, *value)),
            );
        }
        bins
    }
}

/// Bounds of a feature, and beyond them what no value reaches.
fn row(bounds: &[f32]) -> [f32; BINS] {
    let mut row = [f32::NAN; BINS];
    row[..bounds.len()].copy_from_slice(bounds);
    row
}

/// How many bounds a value reaches: always in as many steps, none of which is guessed.
#[inline]
fn bin(row: &[f32; BINS], value: f32) -> u8 {
    let (mut bin, mut step) = (0, BINS / 2);
    while step > 0 {
        bin += step * usize::from(row[(bin + step - 1) % BINS] <= value);
        step /= 2;
    }
    bin as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_is_the_number_of_bounds_that_a_value_reaches() {
        for count in [0, 1, 2, 63, 64, 100, BINS - 1] {
            let bounds: Vec<f32> = (0..count).map(|i| i as f32).collect();
            let row = row(&bounds);
            for value in -2..130 {
                let expected = bounds.partition_point(|bound| *bound <= value as f32);
                assert_eq!(usize::from(bin(&row, value as f32)), expected);
            }
            assert_eq!(usize::from(bin(&row, f32::INFINITY)), count);
            assert_eq!(bin(&row, f32::NAN), 0);
        }
    }
}
