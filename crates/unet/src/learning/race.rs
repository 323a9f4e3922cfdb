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
    /// Whether the best of each kind of start go on, or the best of all: random weights catch up
    /// late, so what helps them must not be judged against others' head start.
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

    /// Ends a round: candidates that others of theirs beat are given up.
    pub fn end(&mut self, round: Round) {
        let figures: Vec<(Beginning, f64)> = self
            .runners
            .iter()
            .map(|runner| {
                let figure = runner.reached.figure.unwrap_or(f64::NEG_INFINITY);
                (runner.reached.recipe.beginning, figure)
            })
            .collect();
        let kept = survivors(&figures, round.within_start);
        for ((runner, (_, figure)), kept) in self.runners.iter().zip(figures).zip(&kept) {
            self.standings.push(Standing {
                recipe: runner.reached.recipe,
                steps: runner.reached.step,
                figure,
                kept: *kept,
            });
        }
        let mut kept = kept.into_iter();
        self.runners.retain(|_| kept.next().unwrap_or(false));
        self.over += 1;
    }
}

/// The best of all, or of each kind of start; of equal ones the first.
fn survivors(figures: &[(Beginning, f64)], within_start: bool) -> Vec<bool> {
    let beats = |i: usize, j: usize| {
        let (a, b) = (figures[i].1, figures[j].1);
        a > b || (a == b && i < j)
    };
    (0..figures.len())
        .map(|i| {
            !(0..figures.len()).any(|j| {
                let rivals = !within_start || figures[i].0 == figures[j].0;
                rivals && i != j && beats(j, i)
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_each_start_then_the_best_of_all_go_on() {
        let (known, random) = (Beginning::Phases, Beginning::Random);
        let figures = [(known, 0.8), (known, 0.7), (random, 0.4), (random, 0.4)];
        assert_eq!(survivors(&figures, true), [true, false, true, false]);
        assert_eq!(survivors(&figures, false), [true, false, false, false]);
        let nothing = [(known, f64::NEG_INFINITY); 2];
        assert_eq!(survivors(&nothing, false), [true, false]);
    }
}
