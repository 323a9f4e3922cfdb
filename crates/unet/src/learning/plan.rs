use crate::model::{Beginning, Recipe};
use crate::network::Settings;

/// Voxels that a planned run shows the network, all steps together, those of candidates that are
/// given up left out: about eight minutes on two cores.
const PLANNED_VOXELS: usize = 110_000_000;

/// Largest learning rate from the weights of a model, as a share of the one from random weights:
/// what the model knows is to be kept.
const FINE_TUNING_RATE: f64 = 0.5;

/// Points of the training curve.
pub(crate) const CURVE_POINTS: usize = 20;

/// What of the settings is planned from the data.
pub(crate) struct Plan {
    pub patch: [usize; 3],
    pub steps: usize,
    /// Steps between points of the training curve.
    pub every: usize,
    learning_rate: f64,
    warm_up: f64,
}

impl Plan {
    /// Plans a run on patches of the `wanted` size, cut down to the volume.
    pub fn new(settings: &Settings, wanted: [usize; 3], volume: [usize; 3]) -> Self {
        let multiple = settings.multiple();
        let patch = std::array::from_fn(|axis| match settings.patch_vox[axis] {
            0 => wanted[axis].min(volume[axis]).next_multiple_of(multiple),
            given => given,
        });
        let steps = match settings.steps {
            0 => (PLANNED_VOXELS / patch.iter().product::<usize>()).max(1),
            given => given,
        };
        Self {
            patch,
            steps,
            every: steps.div_ceil(CURVE_POINTS),
            learning_rate: settings.learning_rate,
            warm_up: settings.warm_up,
        }
    }

    /// Learning rate of a recipe at a share of the run: linear rise, then half a cosine
    /// (Loshchilov and Hutter 2017).
    pub fn rate(&self, recipe: &Recipe, done: f64) -> f64 {
        let largest = match recipe.beginning {
            Beginning::Random => self.learning_rate,
            _ => FINE_TUNING_RATE * self.learning_rate,
        };
        let rest = (done - self.warm_up) / (1.0 - self.warm_up).max(1e-9);
        let share = if done < self.warm_up {
            (done + 1e-3) / (self.warm_up + 1e-3)
        } else {
            0.5 * (1.0 + (std::f64::consts::PI * rest).cos())
        };
        largest * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_and_falls() {
        let plan = Plan::new(&Settings::default(), [24, 96, 96], [128, 208, 208]);
        assert_eq!(plan.patch, [24, 96, 96]);
        let rate = |beginning: Beginning, done: f64| {
            let recipe = Recipe {
                beginning,
                ..Recipe::PLAIN
            };
            plan.rate(&recipe, done) / Settings::default().learning_rate
        };
        assert!(rate(Beginning::Random, 0.0) < 0.1);
        assert!(rate(Beginning::Random, 0.05) > 0.99);
        assert!(rate(Beginning::Random, 1.0) < 1e-6);
        assert!(
            (rate(Beginning::Phases, 0.3) / rate(Beginning::Random, 0.3) - FINE_TUNING_RATE).abs()
                < 1e-9
        );
    }
}
