/// Most bins of a feature.
const BINS: usize = 128;

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
                && bounds.iter().all(|bound| bound.is_finite())
                && bounds.is_sorted()
        };
        bounds.iter().all(rise).then_some(Self { bounds })
    }

    /// Features of a sample.
    pub fn width(&self) -> usize {
        self.bounds.len()
    }

    /// Bins of samples, one sample after the other.
    pub fn of(&self, features: &[f32]) -> Vec<u8> {
        let bin = |(value, bounds): (&f32, &Vec<f32>)| {
            bounds.partition_point(|bound| bound <= value) as u8
        };
        features
            .chunks_exact(self.width())
            .flat_map(|sample| sample.iter().zip(&self.bounds).map(bin))
            .collect()
    }
}
