use serde::{Deserialize, Serialize};

use super::LiberationError;

/// What is done with particles cut by the faces of the volume, and with profiles cut by the
/// edge of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// Corrected from 100 whole ones on, else counted: below that the noise of the few whole
    /// ones outweighs what counting shifts. For balls with 3 of 4 cut by the faces, counting
    /// raised the curve by at most 5 points.
    Auto,
    /// Left out, and the whole ones weighted by 1 over their chance to be whole (Miles 1974,
    /// Lantuejoul 1980): unbiased, but fewer particles. When nothing is cut, all weights are 1.
    Corrected,
    /// Counted like whole ones: all material is used, though what remains of a cut particle
    /// shows fewer minerals than the whole.
    Counted,
}

/// Settings of the liberation analysis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Bootstrap replicates, 100 to 100,000.
    pub replicates: u32,
    /// Particles cut by the faces of the volume, and all their sections.
    pub cut_particles: Cut,
    /// Profiles cut by the edge of a measured map, and of the virtual section of that map.
    pub cut_profiles: Cut,
    /// Share of a particle from which a mineral counts as present in it, for locking classes;
    /// 0 to 50 %.
    pub present_from_pct: f64,
    /// Half-width of the interval, in percentage points, for which the needed number of
    /// particles and sections is stated; above 0.
    pub half_width_goal_points: f64,
}

/// Whole particles from which [`Cut::Auto`] corrects.
const ENOUGH_WHOLE: usize = 100;

impl Cut {
    /// The rule that is meant, for so many whole particles: never [`Cut::Auto`].
    pub(super) fn resolved(self, whole: usize) -> Self {
        match self {
            Self::Auto if whole >= ENOUGH_WHOLE => Self::Corrected,
            Self::Auto => Self::Counted,
            rule => rule,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            replicates: 1000,
            cut_particles: Cut::Auto,
            cut_profiles: Cut::Auto,
            present_from_pct: 1.0,
            half_width_goal_points: 5.0,
        }
    }
}

impl Settings {
    /// Fails on the first value out of its range.
    ///
    /// # Errors
    /// [`LiberationError::Setting`].
    pub fn check(&self) -> Result<(), LiberationError> {
        let wrong = |setting, found: String, expected| {
            Err(LiberationError::Setting {
                setting,
                found,
                expected,
            })
        };
        if !(100..=100_000).contains(&self.replicates) {
            return wrong("replicates", self.replicates.to_string(), "100 to 100000");
        }
        if !(0.0..=50.0).contains(&self.present_from_pct) {
            let found = self.present_from_pct.to_string();
            return wrong("present_from_pct", found, "0 to 50");
        }
        if !(self.half_width_goal_points > 0.0 && self.half_width_goal_points <= 100.0) {
            let found = self.half_width_goal_points.to_string();
            return wrong("half_width_goal_points", found, "above 0, at most 100");
        }
        Ok(())
    }
}
