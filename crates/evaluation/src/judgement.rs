//! How far a result lies from an exact truth, where there is one.

use std::path::Path;

use corelith_phantom::truth::SegmentationScores;
use corelith_report::TruthCheck;
use corelith_stats::liberation::Deviation;
use serde::{Deserialize, Serialize};

/// A result held against the truth of its phantom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Mean distance between found and true pixel positions of each map, voxels.
    pub registration_error_vox: Vec<(String, f64)>,
    /// Phases and particles.
    #[serde(flatten)]
    pub segmentation: SegmentationScores,
    /// Mineral that the run is about.
    pub target: String,
    /// Liberation of the target mineral.
    pub liberation: LiberationJudgement,
    /// Liberation of every mineral, in the order of the list.
    pub minerals: Vec<MineralJudgement>,
}

/// How far the liberation of a mineral lies from the truth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MineralJudgement {
    /// Its name.
    pub mineral: String,
    /// Its true share of the solid volume, percent.
    pub share_pct: f64,
    /// Largest distance of the 3D liberation curves, percentage points; none where either has none.
    pub curve_points: Option<f64>,
}

/// Distances between result and truth, percentage points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiberationJudgement {
    /// Largest distance of the 3D liberation curves.
    pub curve_points: f64,
    /// Distance of the shares of the solid volume.
    pub modal_points: f64,
    /// Largest distance of the 2D-3D bias curves.
    pub bias_points: f64,
    /// Mean liberation on random planes minus that in 3D, in the result.
    pub mean_bias_found: f64,
    /// The same in the truth.
    pub mean_bias_true: f64,
}

impl From<&Deviation> for LiberationJudgement {
    fn from(d: &Deviation) -> Self {
        Self {
            curve_points: d.largest_curve_points(),
            modal_points: d.modal_points,
            bias_points: d.largest_bias_points(),
            mean_bias_found: d.mean_bias_found,
            mean_bias_true: d.mean_bias_true,
        }
    }
}

/// Largest registration error that a short demo should have, voxels.
const ERROR_GOAL_VOX: f64 = 1.5;
const FOREGROUND_GOAL: f64 = 0.96;
const TARGET_GOAL: f64 = 0.88;
const F1_GOAL: f64 = 0.90;
const CURVE_GOAL_POINTS: f64 = 4.0;
const MODAL_GOAL_POINTS: f64 = 1.5;
const BIAS_GOAL_POINTS: f64 = 3.0;

fn at_least(what: String, found: f64, goal: f64) -> TruthCheck {
    TruthCheck {
        what,
        found: format!("{found:.3}"),
        goal: format!("at least {goal:.2}"),
        passed: found >= goal,
    }
}

fn within(what: String, points: f64, goal: f64) -> TruthCheck {
    TruthCheck {
        what,
        found: format!("{points:.1} points"),
        goal: format!("at most {goal} points"),
        passed: points.abs() <= goal,
    }
}

/// The judgement with its checks, which the page shows.
#[derive(Serialize)]
struct Judged<'a> {
    #[serde(flatten)]
    judgement: &'a Judgement,
    checks: Vec<TruthCheck>,
}

impl Judgement {
    /// Writes the judgement beside the results, for the report to show.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), corelith_io::Error> {
        corelith_io::write_json(
            path,
            &Judged {
                judgement: self,
                checks: self.checks(),
            },
        )
    }

    /// Every figure, those with a goal first.
    pub fn checks(&self) -> Vec<TruthCheck> {
        let mut checks: Vec<TruthCheck> = self
            .registration_error_vox
            .iter()
            .map(|(map, error)| TruthCheck {
                what: format!("{map} off by"),
                found: format!("{error:.2} voxels"),
                goal: format!("below {ERROR_GOAL_VOX}"),
                passed: *error < ERROR_GOAL_VOX,
            })
            .collect();
        checks.push(at_least(
            "Dice of particles against resin".to_owned(),
            self.segmentation.foreground_dice,
            FOREGROUND_GOAL,
        ));
        checks.extend(
            self.segmentation
                .dice
                .iter()
                .filter(|(mineral, _)| *mineral == self.target)
                .map(|(mineral, dice)| at_least(format!("Dice of {mineral}"), *dice, TARGET_GOAL)),
        );
        checks.push(at_least(
            format!(
                "F1 of {} particles found, {} true",
                self.segmentation.particles_found, self.segmentation.particles_true
            ),
            self.segmentation.particle_f1,
            F1_GOAL,
        ));
        let (target, found) = (&self.target, &self.liberation);
        checks.push(within(
            format!("share of {target} in the solid volume off by"),
            found.modal_points,
            MODAL_GOAL_POINTS,
        ));
        checks.push(within(
            format!("3D liberation curve of {target} off by at most"),
            found.curve_points,
            CURVE_GOAL_POINTS,
        ));
        checks.push(within(
            format!("2D-3D bias of {target} off by at most"),
            found.bias_points,
            BIAS_GOAL_POINTS,
        ));
        checks.push(TruthCheck {
            what: format!("2D changes the mean liberation of {target} by"),
            found: format!("{:+.1} points", found.mean_bias_found),
            goal: format!("the sign of the true {:+.1}", found.mean_bias_true),
            passed: found.mean_bias_found * found.mean_bias_true > 0.0,
        });
        checks
    }

    /// The judgement for the terminal.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec!["against the exact truth:".to_owned()];
        lines.extend(self.checks().iter().map(|c| {
            let mark = if c.passed { "ok    " } else { "MISSED" };
            format!("  {mark} {}: {} ({})", c.what, c.found, c.goal)
        }));
        let others: Vec<String> = self
            .segmentation
            .dice
            .iter()
            .filter(|(mineral, _)| *mineral != self.target)
            .map(|(mineral, dice)| format!("{mineral} {dice:.2}"))
            .collect();
        lines.push(format!(
            "  Dice of the other minerals: {}; mean F1 of particles over IoU 0.5 to 0.95: {:.3}",
            others.join(", "),
            self.segmentation.particle_f1_mean
        ));
        lines
    }
}
