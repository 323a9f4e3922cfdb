use crate::network::Settings;

/// Voxels that a planned run shows the network, all steps together: about eight minutes on two
/// cores.
const PLANNED_VOXELS: usize = 120_000_000;

/// The same for a run that starts from the weights of a model.
const FINE_TUNING_VOXELS: usize = 66_000_000;

/// Learning rate of such a run, as a share of the one from random weights: what the model knows
/// is to be kept.
const FINE_TUNING_RATE: f64 = 0.5;

/// Points of the training curve.
const CURVE_POINTS: usize = 20;

/// What of the settings is planned from the data.
pub(crate) struct Plan {
    pub patch: [usize; 3],
    pub steps: usize,
    /// Steps between points of the training curve.
    pub every: usize,
    learning_rate: f64,
    warm_up: f64,
    minutes: f64,
}

impl Plan {
    /// Plans a run on patches of the `wanted` size, cut down to the volume; `fine_tuning` starts
    /// from the weights of a model.
    pub fn new(
        settings: &Settings,
        wanted: [usize; 3],
        volume: [usize; 3],
        fine_tuning: bool,
    ) -> Self {
        let (voxels, rate) = if fine_tuning {
            (FINE_TUNING_VOXELS, FINE_TUNING_RATE)
        } else {
            (PLANNED_VOXELS, 1.0)
        };
        let multiple = settings.multiple();
        let patch = std::array::from_fn(|axis| match settings.patch_vox[axis] {
            0 => wanted[axis].min(volume[axis]).next_multiple_of(multiple),
            given => given,
        });
        let steps = match settings.steps {
            0 => voxels / patch.iter().product::<usize>(),
            given => given,
        };
        Self {
            patch,
            steps,
            every: steps.div_ceil(CURVE_POINTS),
            learning_rate: rate * settings.learning_rate,
            warm_up: settings.warm_up,
            minutes: settings.minutes,
        }
    }

    /// Share of the run that is done, by steps or by the clock, whichever is further.
    pub fn done(&self, step: usize, seconds: f64) -> f64 {
        let by_steps = step as f64 / self.steps as f64;
        if self.minutes > 0.0 {
            by_steps.max(seconds / (60.0 * self.minutes))
        } else {
            by_steps
        }
    }

    /// Learning rate at a share of the run: linear rise, then half a cosine (Loshchilov and
    /// Hutter 2017).
    pub fn rate(&self, done: f64) -> f64 {
        let rest = (done - self.warm_up) / (1.0 - self.warm_up).max(1e-9);
        let share = if done < self.warm_up {
            (done + 1e-3) / (self.warm_up + 1e-3)
        } else {
            0.5 * (1.0 + (std::f64::consts::PI * rest).cos())
        };
        self.learning_rate * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_and_falls() {
        let plan = Plan::new(&Settings::default(), [24, 96, 96], [128, 208, 208], false);
        assert_eq!(plan.patch, [24, 96, 96]);
        let largest = Settings::default().learning_rate;
        assert!(plan.rate(0.0) < 0.1 * largest);
        assert!(plan.rate(0.05) > 0.99 * largest);
        assert!(plan.rate(1.0) < 1e-6);
        assert_eq!(plan.done(plan.steps, 0.0), 1.0);
    }

    #[test]
    fn the_clock_ends_a_run() {
        let settings = Settings {
            minutes: 1.0,
            ..Settings::default()
        };
        let plan = Plan::new(&settings, [24, 96, 96], [128, 208, 208], false);
        assert_eq!(plan.done(0, 60.0), 1.0);
    }
}
