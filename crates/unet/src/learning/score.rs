use crate::network::decision::decide;

/// Share of the labelled solid from which a mineral counts in [`Score::figure`]: the Dice of rarer
/// ones hangs on a few voxels.
const COMMON: f64 = 0.01;

/// How well labelled voxels are told that were not learned from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Score {
    /// Dice of every class; none for a class that the voxels lack.
    pub dice: Vec<Option<f64>>,
    /// Dice of all minerals together.
    pub foreground: f64,
    /// Labelled share of every mineral in the solid.
    shares: Vec<f64>,
    background: usize,
}

impl Score {
    /// Mean Dice over the minerals that are there.
    pub fn mean_dice(&self) -> Option<f64> {
        self.mean_from(0.0)
    }

    /// The mean Dice over the minerals of at least a hundredth of the solid and all minerals together.
    pub fn figure(&self) -> f64 {
        let minerals = self.mean_from(COMMON).or_else(|| self.mean_dice());
        minerals.map_or(self.foreground, |mean| {
            let count = self.common(COMMON).count().max(1) as f64;
            (mean * count + self.foreground) / (count + 1.0)
        })
    }

    fn common(&self, least: f64) -> impl Iterator<Item = f64> + '_ {
        self.dice
            .iter()
            .zip(&self.shares)
            .enumerate()
            .filter(move |&(class, (_, &share))| class != self.background && share >= least)
            .filter_map(|(_, (dice, _))| *dice)
    }

    fn mean_from(&self, least: f64) -> Option<f64> {
        let count = self.common(least).count();
        (count > 0).then(|| self.common(least).sum::<f64>() / count as f64)
    }
}

/// Cross-entropy of a voxel, nats, by the labelled share and the probability of every class.
pub(crate) fn cross_entropy(
    classes: usize,
    share: impl Fn(usize) -> f32,
    probability: impl Fn(usize) -> f32,
) -> f64 {
    let log = |class: usize| f64::from(probability(class).max(1e-9)).ln();
    -(0..classes)
        .map(|class| f64::from(share(class)) * log(class))
        .sum::<f64>()
}

/// Sums over voxels that a [`Score`] is made of.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    background: usize,
    /// What probabilities are weighed by, and what labels are.
    weights: Vec<f32>,
    even: Vec<f32>,
    weight: f64,
    /// Overlap, predicted and labelled voxels of every class.
    counts: Vec<[f64; 3]>,
    foreground: [f64; 3],
}

impl Tally {
    /// Decisions are by the weights of all classes ([`decide`]).
    pub fn new(background: usize, weights: &[f32]) -> Self {
        let classes = weights.len();
        Self {
            background,
            weights: weights.to_vec(),
            even: vec![1.0; classes],
            weight: 0.0,
            counts: vec![[0.0; 3]; classes],
            foreground: [0.0; 3],
        }
    }

    /// Adds a voxel of that weight, by the labelled share and the probability of every class.
    pub fn add(
        &mut self,
        weight: f64,
        share: impl Fn(usize) -> f32,
        probability: impl Fn(usize) -> f32,
    ) {
        self.weight += weight;
        let background = self.background;
        let predicted = decide(background, &self.weights, probability).class;
        let labelled = decide(background, &self.even, share).class;
        let enter = |counts: &mut [f64; 3], found: bool, there: bool| {
            for (count, yes) in counts.iter_mut().zip([found && there, found, there]) {
                *count += if yes { weight } else { 0.0 };
            }
        };
        for (class, counts) in self.counts.iter_mut().enumerate() {
            enter(counts, predicted == class, labelled == class);
        }
        enter(
            &mut self.foreground,
            predicted != background,
            labelled != background,
        );
    }

    /// The score; none without a voxel.
    pub fn score(&self) -> Option<Score> {
        let dice = |[both, predicted, labelled]: &[f64; 3]| {
            (*labelled > 0.0).then(|| 2.0 * both / (predicted + labelled))
        };
        let solid = self.foreground[2].max(1e-12);
        (self.weight > 0.0).then(|| Score {
            dice: self.counts.iter().map(dice).collect(),
            foreground: dice(&self.foreground).unwrap_or(0.0),
            shares: self.counts.iter().map(|counts| counts[2] / solid).collect(),
            background: self.background,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_minerals_are_counted_in_the_mean_and_not_in_the_figure() {
        let mut tally = Tally::new(0, &[1.0; 4]);
        assert!(tally.score().is_none());
        let is = |wanted: usize| move |class: usize| f32::from(u8::from(class == wanted));
        for (count, labelled, found) in [
            (1000, 0, 0),
            (900, 1, 1),
            (100, 1, 2),
            (500, 2, 2),
            (2, 3, 2),
        ] {
            (0..count).for_each(|_| tally.add(1.0, is(labelled), is(found)));
        }
        let score = tally.score().unwrap();
        let (one, two) = (1800.0 / 1900.0, 1000.0 / 1102.0);
        assert_eq!(score.dice, [Some(1.0), Some(one), Some(two), Some(0.0)]);
        assert_eq!(score.foreground, 1.0);
        assert!((score.mean_dice().unwrap() - (one + two) / 3.0).abs() < 1e-12);
        assert!((score.figure() - (one + two + 1.0) / 3.0).abs() < 1e-12);
    }
}
