//! When runs are killed.

use std::time::Duration;

use corelith_core::seed_of;

use crate::run::Stage;

/// Seed of the moments.
const SEED: u64 = 200;

/// One kill in so many is a request to end, as a cluster makes before it kills.
const REQUESTS: u64 = 4;

/// The stage that keeps its state while it is at work: it is killed several times in a row.
const RESUMES: &str = "train";
const KILLS_THERE: usize = 3;

/// How a program is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGKILL.
    Kill,
    /// SIGTERM.
    Terminate,
}

/// When a run is killed, and how.
#[derive(Debug, Clone)]
pub struct Moment {
    pub stage: String,
    /// Time since the beginning of the stage.
    pub after: Duration,
    pub signal: Signal,
}

/// Moments at which a run is killed one after the other, each time after it went on by the same
/// command: some in each stage, spread over its own duration, so that short ones have their share.
pub fn moments(stages: &[Stage], chain: usize) -> Vec<Moment> {
    let repeated = stages.iter().flat_map(|stage| {
        let kills = if stage.name == RESUMES {
            KILLS_THERE
        } else {
            1
        };
        (0..kills).map(move |kill| (stage, kill))
    });
    repeated
        .map(|(stage, kill)| {
            let drawn = |what: &str| {
                let purpose = format!("{what} of kill {kill} in {}, {chain}", stage.name);
                seed_of(SEED, &purpose)
            };
            let share = drawn("moment") as f64 / u64::MAX as f64;
            Moment {
                stage: stage.name.clone(),
                after: stage.duration.mul_f64(share),
                signal: match drawn("signal").is_multiple_of(REQUESTS) {
                    true => Signal::Terminate,
                    false => Signal::Kill,
                },
            }
        })
        .collect()
}
