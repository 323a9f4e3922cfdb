//! What networks see in a CT volume, and the particles that this leads to.

use corelith_core::{Progress, Volume};
use corelith_gpu::Compute;
use corelith_stats::regions::Evidence;
use corelith_stats::separation::{self, block_means, depth_names, expected_depth};
use corelith_unet::{Model, SegmentSettings, Segmentation};

/// The networks that a volume is segmented with.
#[derive(Clone, Copy)]
pub struct Networks<'a> {
    /// Tells phases apart.
    pub phases: &'a Model,
    /// Tells touching particles apart; without it the mask alone does.
    pub depth: Option<&'a Model>,
}

/// What the networks see in a volume.
pub struct Seen {
    /// Phases, with what speaks for them.
    pub segmentation: Segmentation,
    /// How deep every block of voxels lies in its own particle, where a network tells.
    pub depth: Option<Volume<f32>>,
    background: u8,
}

impl Networks<'_> {
    /// Applies the networks to a volume.
    ///
    /// # Errors
    /// When a model tells apart something else than it is wanted for, or cannot be applied.
    pub fn see(
        &self,
        ct: &Volume<u16>,
        settings: &SegmentSettings,
        compute: &Compute,
        progress: &dyn Progress,
    ) -> anyhow::Result<Seen> {
        Ok(Seen {
            segmentation: corelith_unet::segment(ct, self.phases, settings, compute, progress)?,
            depth: self
                .depth
                .map(|model| depth_of(ct, model, compute, progress))
                .transpose()?,
            background: self.phases.card().classes.background,
        })
    }
}

impl Seen {
    /// 1 where there is a mineral.
    pub fn mask(&self) -> Volume<u8> {
        let background = self.background;
        self.segmentation
            .phases
            .map(|&class| u8::from(class != background))
    }

    /// Touching particles apart.
    ///
    /// # Errors
    /// Those of [`separation::separate_on`].
    pub fn particles(
        &self,
        settings: &separation::Settings,
        compute: &Compute,
        progress: &dyn Progress,
    ) -> anyhow::Result<Volume<u32>> {
        Ok(separation::separate_on(
            compute,
            &self.mask(),
            self.depth.as_ref(),
            settings,
            progress,
        )?)
    }
}

/// The evidence of a segmentation, to settle regions by.
pub fn evidence(steps: &Volume<u8>) -> Evidence<'_> {
    Evidence {
        steps,
        step_nats: f64::from(Segmentation::EVIDENCE_STEP_NATS),
    }
}

/// How deep every block of voxels lies in its own particle, by a network.
fn depth_of(
    ct: &Volume<u16>,
    model: &Model,
    compute: &Compute,
    progress: &dyn Progress,
) -> anyhow::Result<Volume<f32>> {
    anyhow::ensure!(
        model.card().classes.names == depth_names(),
        "the model tells apart {}, not the depths of particles\n\
         help: `corelith pretrain --task particles` makes one that does",
        model.card().classes.names.join(", ")
    );
    let settings = SegmentSettings {
        probabilities: true,
        ..SegmentSettings::default()
    };
    let found = corelith_unet::segment(&block_means(ct), model, &settings, compute, progress)?;
    Ok(expected_depth(&found.probabilities.unwrap_or_default()))
}
