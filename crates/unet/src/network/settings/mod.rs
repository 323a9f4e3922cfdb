mod augmentation;
mod start;

use corelith_core::{OutOfRange, RangedSettings as _, settings};

pub use augmentation::Augmentation;
pub use start::Start;

/// Most voxels of a training patch: a step on more needs tens of gigabytes.
const MOST_PATCH_VOXELS: usize = 1 << 23;

settings! {
    /// How a network is built and trained.
    pub struct Settings {
        /// Weights to begin with.
        pub start: Start = Start::default();
        /// Share of these weights in the weights that are kept, where they are of a model: the
        /// planes teach what this scan looks like, the model keeps what is rare on planes (Wortsman
        /// et al. 2022, robust fine-tuning). Without it several are tried in the end on the blocks
        /// that are held out.
        pub start_share: Option<f64> = None, in [0 to 1];
        /// Share of a random forest in what it and the network say together. Without it the one
        /// that does best on the blocks that are held out. 0 leaves the forest out: a scan takes
        /// about half the time then, on a GPU far less.
        pub forest_share: Option<f64> = None, in [0 to 1];
        /// Channels of the finest level, doubled at each coarser one.
        pub width: usize = 16, in [4 to 128];
        /// Resolution levels, each half as fine as the one before.
        pub levels: usize = 3, in [1 to 6];
        /// Size of a training patch in voxels, `[z, y, x]`, each a multiple of `2^(levels - 1)`; 0
        /// is planned from the volume: thin across the planes, wide along them, because labels lie
        /// on the planes alone.
        pub patch_vox: [usize; 3] = [0; 3], in [0 to 4096];
        /// Training steps, those of candidates that are given up left out; 0 is planned so that
        /// every run costs about the same arithmetic.
        pub steps: usize = 0;
        /// Most minutes of the whole stage, from the making of phantoms to the judging of the
        /// result; 0 is no limit. On a GPU, the compilation of its kernels does not count. A run that
        /// is cut short by the clock anneals its learning rate in time, but its weights depend on the
        /// speed of the machine.
        pub minutes: f64 = 0.0, in [0 or more];
        /// Largest learning rate of AdamW from random weights, half of it from those of a model.
        pub learning_rate: f64 = 2e-3, in [above 0];
        /// Decay of the convolution weights a step, times the learning rate.
        pub weight_decay: f64 = 0.02, in [0 to 1];
        /// Share of the steps over which the learning rate rises to its largest value.
        pub warm_up: f64 = 0.05, in [0 to 1];
        /// Largest norm of the gradient of all weights together.
        pub gradient_norm: f64 = 1.0, in [above 0];
        /// Decay a step of the running mean of the weights, which is what is kept in the end.
        pub mean_decay: f64 = 0.99, in [0 to 1];
        /// Share of the labelled blocks of the planes that are kept out of the training and watched.
        pub held_out: f64 = 0.15, in [0 to 0.5];
        /// Points of the curve, which has 20, without a lower held-out loss after which the training
        /// stops and the best weights so far are kept; 0 never.
        pub patience: usize = 10;
        /// Phantoms that are made to look like the scan, for patches of them beside those of the
        /// planes.
        pub phantoms: usize = 8, in [0 to 1000];
        /// Share of the training patches that show these phantoms. Without it none and a quarter are
        /// tried on the blocks that are held out.
        pub rehearsal: Option<f64> = None, in [0 to 1];
        /// Share of each label that is spread over all classes, against mislabelled rims.
        pub label_smoothing: f64 = 0.02, in [0 to 0.5];
        /// Weight of a class in the cross-entropy: its share of the labels to the power of minus
        /// this; 0 takes all voxels alike, 1 all classes alike.
        pub rarity: f64 = 0.3, in [0 to 1];
        /// Weight of the Dice loss beside the cross-entropy.
        pub dice_weight: f64 = 1.0, in [0 or more];
        /// Random changes of the patches.
        pub augmentation: Augmentation = Augmentation::default(), each;
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
    /// [`OutOfRange`].
    pub fn check(&self) -> Result<(), OutOfRange> {
        self.check_ranges()?;
        let multiple = self.multiple();
        let out_of_range = |range: String| OutOfRange {
            name: "patch_vox".to_owned(),
            found: format!("{:?}", self.patch_vox),
            range,
        };
        if self.patch_vox.iter().product::<usize>() > MOST_PATCH_VOXELS {
            return Err(out_of_range(format!("{MOST_PATCH_VOXELS} voxels at most")));
        }
        if self
            .patch_vox
            .iter()
            .all(|side| side.is_multiple_of(multiple))
        {
            return Ok(());
        }
        Err(out_of_range(format!(
            "multiples of {multiple}, 2 to the power of `levels` less one"
        )))
    }
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
        // Before memory is asked for.
        let large = Settings {
            patch_vox: [4096; 3],
            ..Settings::default()
        };
        let text = large.check().unwrap_err().to_string();
        assert!(text.contains("8388608 voxels at most"), "{text}");
    }
}
