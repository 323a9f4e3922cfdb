use super::chance::{BlockLoss, first_unbeaten, mean_loss};
use super::plan::CURVE_POINTS;
use super::runner::Runner;
use crate::model::{Beginning, Standing};

/// A comparison of candidates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Round {
    /// Points of the curve that every candidate reaches.
    pub points: usize,
    /// Share of the time that a candidate may spend until then, where time is limited.
    pub share: f64,
    /// Whether one of each kind of start goes on, or one of all: random weights catch up late, so
    /// what helps them must not be judged against others' head start.
    within_start: bool,
}

/// Rounds of successive halving.
const ROUNDS: [Round; 2] = [
    Round {
        points: 1,
        share: 0.03,
        within_start: true,
    },
    Round {
        points: 4,
        share: 0.11,
        within_start: false,
    },
];

const _: () = assert!(ROUNDS[1].points < CURVE_POINTS);

/// Candidates that are still in the race.
pub(crate) struct Race {
    pub runners: Vec<Runner>,
    pub standings: Vec<Standing>,
    /// Rounds that are over.
    pub over: usize,
}

impl Race {
    /// The round that is on; none when one candidate is left.
    pub fn round(&self) -> Option<Round> {
        (self.runners.len() > 1).then(|| ROUNDS[self.over.min(ROUNDS.len() - 1)])
    }

    /// Ends a round: one candidate goes on, or one of each start, and the others are given up.
    pub fn end(&mut self, round: Round) {
        let reached: Vec<(Beginning, &[BlockLoss])> = self
            .runners
            .iter()
            .map(|runner| (runner.reached.recipe.beginning, &*runner.reached.losses))
            .collect();
        let kept = survivors(&reached, round.within_start);
        for (runner, kept) in self.runners.iter().zip(&kept) {
            self.standings.push(Standing {
                recipe: runner.reached.recipe,
                steps: runner.reached.step,
                loss: mean_loss(&runner.reached.losses),
                kept: *kept,
            });
        }
        let mut kept = kept.into_iter();
        self.runners.retain(|_| kept.next().unwrap_or(false));
        self.over += 1;
    }
}

/// Which candidates go on: of all, or of each kind of start, the first that none of them clearly beats.
fn survivors(reached: &[(Beginning, &[BlockLoss])], within_start: bool) -> Vec<bool> {
    let survives = |i: usize| {
        let is_rival = |j: &usize| !within_start || reached[*j].0 == reached[i].0;
        let rivals = (0..reached.len()).filter(is_rival);
        let first = first_unbeaten(rivals.clone().map(|j| reached[j].1));
        rivals.clone().nth(first) == Some(i)
    };
    (0..reached.len()).map(survives).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_each_start_then_one_of_all_goes_on() {
        let (known, random) = (Beginning::Phases, Beginning::Random);
        let losses = |mean: f64| {
            let of = |i: u8| BlockLoss {
                loss: 10.0 * mean + f64::from(i),
                weight: 10.0,
            };
            (0..6).map(of).collect::<Vec<BlockLoss>>()
        };
        let all = [0.3, 0.2, 0.6, 0.6].map(losses);
        let reached = [
            (known, &*all[0]),
            (known, &*all[1]),
            (random, &*all[2]),
            (random, &*all[3]),
        ];
        assert_eq!(survivors(&reached, true), [false, true, true, false]);
        assert_eq!(survivors(&reached, false), [false, true, false, false]);
        let nothing = [(known, &[][..]); 2];
        assert_eq!(survivors(&nothing, false), [true, false]);
    }
}
