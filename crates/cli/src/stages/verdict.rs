//! How far a result lies from an exact truth, where there is one: the demo.

use serde::{Deserialize, Serialize};

/// The verdict, relative to the results.
pub const VERDICT: &str = "truth.json";

/// A result held against the truth of its phantom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TruthVerdict {
    /// Mean distance between found and true pixel positions of each map, voxels.
    pub registration_error_vox: Vec<(String, f64)>,
    /// Dice of all solid minerals together.
    pub foreground_dice: f64,
    /// Mineral that the run is about.
    pub target: String,
    /// Dice of each solid mineral.
    pub dice: Vec<(String, f64)>,
    /// Particles of the result.
    pub particles_found: usize,
    /// Particles of the truth.
    pub particles_true: usize,
    /// F1 of the particles, matched at IoU 0.5.
    pub particle_f1: f64,
}

/// One figure against its goal.
pub struct Check {
    /// What is judged.
    pub what: String,
    /// The figure, with its unit.
    pub found: String,
    /// What was hoped for.
    pub goal: String,
    /// Whether the figure reaches it.
    pub passed: bool,
}

/// Largest registration error that a short demo should have, voxels.
const ERROR_GOAL_VOX: f64 = 1.5;
const FOREGROUND_GOAL: f64 = 0.96;
const TARGET_GOAL: f64 = 0.88;
const F1_GOAL: f64 = 0.90;

fn at_least(what: String, found: f64, goal: f64) -> Check {
    Check {
        what,
        found: format!("{found:.3}"),
        goal: format!("at least {goal:.2}"),
        passed: found >= goal,
    }
}

impl TruthVerdict {
    /// Every figure, those with a goal first.
    pub fn checks(&self) -> Vec<Check> {
        let mut checks: Vec<Check> = self
            .registration_error_vox
            .iter()
            .map(|(map, error)| Check {
                what: format!("{map} off by"),
                found: format!("{error:.2} voxels"),
                goal: format!("below {ERROR_GOAL_VOX}"),
                passed: *error < ERROR_GOAL_VOX,
            })
            .collect();
        checks.push(at_least(
            "Dice of particles against resin".to_owned(),
            self.foreground_dice,
            FOREGROUND_GOAL,
        ));
        checks.extend(
            self.dice
                .iter()
                .filter(|(mineral, _)| *mineral == self.target)
                .map(|(mineral, dice)| at_least(format!("Dice of {mineral}"), *dice, TARGET_GOAL)),
        );
        checks.push(at_least(
            format!(
                "F1 of {} particles found, {} true",
                self.particles_found, self.particles_true
            ),
            self.particle_f1,
            F1_GOAL,
        ));
        checks
    }

    /// The verdict for the terminal.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec!["against the exact truth:".to_owned()];
        lines.extend(self.checks().iter().map(|c| {
            let mark = if c.passed { "ok    " } else { "MISSED" };
            format!("  {mark} {}: {} ({})", c.what, c.found, c.goal)
        }));
        let others: Vec<String> = self
            .dice
            .iter()
            .filter(|(mineral, _)| *mineral != self.target)
            .map(|(mineral, dice)| format!("{mineral} {dice:.2}"))
            .collect();
        lines.push(format!(
            "  Dice of the other minerals: {}",
            others.join(", ")
        ));
        lines
    }
}
