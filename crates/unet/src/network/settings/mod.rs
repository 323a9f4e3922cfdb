mod augmentation;
mod start;

use serde::{Deserialize, Serialize};

pub use augmentation::Augmentation;
pub use start::Start;

use crate::UnetError;

/// How a network is built and trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Weights to begin with.
    pub start: Start,
    /// Share of these weights in the weights that are kept, where they are of a model: the planes
    /// teach what this scan looks like, the model keeps what is rare on planes (Wortsman et al.
    /// 2022, robust fine-tuning); 0 to 1. Without it several are tried in the end on the blocks
    /// that are held out.
    pub start_share: Option<f64>,
    /// Channels of the finest level, doubled at each coarser one; 4 to 128.
    pub width: usize,
    /// Resolution levels, each half as fine as the one before; 1 to 6.
    pub levels: usize,
    /// Size of a training patch in voxels, `[z, y, x]`, each a multiple of `2^(levels - 1)`; 0 is
    /// planned from the volume: thin across the planes, wide along them, because labels lie on
    /// the planes alone.
    pub patch_vox: [usize; 3],
    /// Training steps, those of candidates that are given up left out; 0 is planned so that every
    /// run costs about the same arithmetic.
    pub steps: usize,
    /// Most minutes of the whole stage, from the making of phantoms to the judging of the result; 0
    /// is no limit. A run that is cut short by the clock anneals its learning rate in time, but
    /// its weights depend on the speed of the machine.
    pub minutes: f64,
    /// Largest learning rate of AdamW from random weights, half of it from those of a model; above
    /// 0.
    pub learning_rate: f64,
    /// Decay of the convolution weights a step, times the learning rate; 0 to 1.
    pub weight_decay: f64,
    /// Share of the steps over which the learning rate rises to its largest value; 0 to 1.
    pub warm_up: f64,
    /// Largest norm of the gradient of all weights together; above 0.
    pub gradient_norm: f64,
    /// Decay a step of the running mean of the weights, which is what is kept in the end; 0 to 1.
    pub mean_decay: f64,
    /// Share of the labelled blocks of the planes that are kept out of the training and watched;
    /// 0 to 0.5.
    pub held_out: f64,
    /// Points of the curve, which has 20, without a lower held-out loss after which the training
    /// stops and the best weights so far are kept; 0 never.
    pub patience: usize,
    /// Phantoms that are made to look like the scan, for patches of them beside those of the planes;
    /// 0 to 1000.
    pub phantoms: usize,
    /// Share of the training patches that show these phantoms; 0 to 1. Without it none and a
    /// quarter are tried on the blocks that are held out.
    pub rehearsal: Option<f64>,
    /// Share of each label that is spread over all classes, against mislabelled rims; 0 to 0.5.
    pub label_smoothing: f64,
    /// Weight of a class in the cross-entropy: its share of the labels to the power of minus this;
    /// 0 (all voxels alike) to 1 (all classes alike).
    pub rarity: f64,
    /// Weight of the Dice loss beside the cross-entropy; 0 or more.
    pub dice_weight: f64,
    /// Random changes of the patches.
    pub augmentation: Augmentation,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            start: Start::default(),
            start_share: None,
            width: 16,
            levels: 3,
            patch_vox: [0; 3],
            steps: 0,
            minutes: 0.0,
            learning_rate: 2e-3,
            weight_decay: 0.02,
            warm_up: 0.05,
            gradient_norm: 1.0,
            mean_decay: 0.99,
            held_out: 0.15,
            patience: 10,
            phantoms: 8,
            rehearsal: None,
            label_smoothing: 0.02,
            rarity: 0.3,
            dice_weight: 1.0,
            augmentation: Augmentation::default(),
        }
    }
}

impl Settings {
    /// Multiple that every side of a patch or tile must be of.
    pub fn multiple(&self) -> usize {
        1 << (self.levels - 1)
    }

    /// Fails on the first value out of range.
    ///
    /// # Errors
    /// [`UnetError::Setting`].
    pub fn check(&self) -> Result<(), UnetError> {
        require(
            "width",
            self.width,
            (4..=128).contains(&self.width),
            "4 to 128",
        )?;
        require(
            "levels",
            self.levels,
            (1..=6).contains(&self.levels),
            "1 to 6",
        )?;
        require(
            "phantoms",
            self.phantoms,
            self.phantoms <= 1000,
            "0 to 1000",
        )?;
        for side in self.patch_vox {
            require(
                "patch_vox",
                format!("{:?}", self.patch_vox),
                side.is_multiple_of(self.multiple()),
                &format!(
                    "multiples of {}, 2 to the power of `levels` less one",
                    self.multiple()
                ),
            )?;
        }
        let unit = |x: f64| (0.0..=1.0).contains(&x);
        let half = |x: f64| (0.0..=0.5).contains(&x);
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let not_negative = |x: f64| x >= 0.0 && x.is_finite();
        for (name, value, good, range) in [
            (
                "minutes",
                self.minutes,
                not_negative(self.minutes),
                "0 or more",
            ),
            (
                "learning_rate",
                self.learning_rate,
                positive(self.learning_rate),
                "above 0",
            ),
            (
                "weight_decay",
                self.weight_decay,
                unit(self.weight_decay),
                "0 to 1",
            ),
            (
                "start_share",
                self.start_share.unwrap_or(0.0),
                self.start_share.is_none_or(unit),
                "0 to 1",
            ),
            (
                "rehearsal",
                self.rehearsal.unwrap_or(0.0),
                self.rehearsal.is_none_or(unit),
                "0 to 1",
            ),
            ("warm_up", self.warm_up, unit(self.warm_up), "0 to 1"),
            (
                "gradient_norm",
                self.gradient_norm,
                positive(self.gradient_norm),
                "above 0",
            ),
            (
                "mean_decay",
                self.mean_decay,
                unit(self.mean_decay),
                "0 to 1",
            ),
            ("held_out", self.held_out, half(self.held_out), "0 to 0.5"),
            (
                "label_smoothing",
                self.label_smoothing,
                half(self.label_smoothing),
                "0 to 0.5",
            ),
            ("rarity", self.rarity, unit(self.rarity), "0 to 1"),
            (
                "dice_weight",
                self.dice_weight,
                not_negative(self.dice_weight),
                "0 or more",
            ),
        ] {
            require(name, value, good, range)?;
        }
        self.augmentation.check()
    }
}

/// Fails unless the value is good.
pub(crate) fn require(
    name: &'static str,
    found: impl ToString,
    good: bool,
    expected: &str,
) -> Result<(), UnetError> {
    if good {
        return Ok(());
    }
    Err(UnetError::Setting {
        name,
        found: found.to_string(),
        expected: expected.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_in_range_and_errors_name_the_setting() {
        Settings::default().check().unwrap();
        let bad = Settings {
            learning_rate: 0.0,
            ..Settings::default()
        };
        let text = bad.check().unwrap_err().to_string();
        assert!(
            text.contains("setting `learning_rate` is 0, expected above 0"),
            "{text}"
        );
        let bad = Settings {
            patch_vox: [24, 30, 96],
            ..Settings::default()
        };
        assert!(
            bad.check()
                .unwrap_err()
                .to_string()
                .contains("[24, 30, 96]")
        );
    }
}
