//! What networks see in a CT volume, and the particles that this leads to.

use corelith_core::Volume;
use corelith_stats::imaging::separation::{block_means, depth_names, expected_depth};
use corelith_stats::imaging::weak_regions::{ByteSlices, LogOdds};
use corelith_unet::{Model, Scan, SegmentSettings, Segmentation};
use rayon::prelude::*;

use super::part::Part;
use crate::{Context, Error};

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
    /// Row of the mineral list that is no mineral.
    pub background: u8,
}

impl Networks<'_> {
    /// Fails when a model tells apart something else than it is wanted for.
    ///
    /// # Errors
    /// [`Error::NoPhaseNetwork`] and [`Error::NoParticleNetwork`].
    pub fn check(&self) -> Result<(), Error> {
        if tells_depth(self.phases).is_ok() {
            return Err(Error::NoPhaseNetwork);
        }
        self.depth.map_or(Ok(()), tells_depth)
    }

    /// Applies the networks to a part of a volume.
    ///
    /// # Errors
    /// When a model tells apart something else than it is wanted for, or cannot be applied.
    pub fn see(
        &self,
        scan: &Scan<'_>,
        part: Part,
        settings: &SegmentSettings,
        context: &Context<'_>,
    ) -> Result<Seen, Error> {
        self.check()?;
        let slices = part.slices(scan.ct.shape()[0]);
        let (model, compute, progress) = (self.phases, context.compute, context.progress);
        Ok(Seen {
            segmentation: corelith_unet::segment_slices(
                scan, model, settings, slices, compute, progress,
            )?,
            depth: self
                .depth
                .map(|model| depth_of(scan.ct, part, model, context))
                .transpose()?,
            background: self.phases.card().classes.background,
        })
    }
}

impl Seen {
    /// Adds what was seen of the next part of the volume.
    ///
    /// # Errors
    /// When it is no part of the same volume.
    pub fn append(&mut self, next: Self) -> Result<(), Error> {
        let (all, part) = (&mut self.segmentation, next.segmentation);
        all.phases.append(part.phases)?;
        all.evidence.append(part.evidence)?;
        let added = part.probabilities.into_iter().flatten();
        for (all, part) in all.probabilities.iter_mut().flatten().zip(added) {
            all.append(part)?;
        }
        if let (Some(all), Some(part)) = (&mut self.depth, next.depth) {
            all.append(part)?;
        }
        Ok(())
    }

    /// What of it is solid.
    pub fn solid(&self) -> Solid<'_> {
        let phases = &self.segmentation.phases;
        Solid::of(phases, self.depth.as_ref(), self.background)
    }
}

/// What is taken apart into particles.
pub struct Solid<'a> {
    /// 1 where there is a mineral.
    pub mask: Volume<u8>,
    /// How deep every block of voxels lies in its own particle, where a network tells.
    pub depth: Option<&'a Volume<f32>>,
    /// Row of the mineral list that is no mineral.
    pub background: u8,
}

impl<'a> Solid<'a> {
    /// That of a volume of phases.
    pub fn of(phases: &Volume<u8>, depth: Option<&'a Volume<f32>>, background: u8) -> Self {
        let mut mask = Volume::filled(phases.shape(), phases.spacing(), 0);
        mask.data_mut()
            .par_iter_mut()
            .zip(phases.data())
            .for_each(|(inside, &class)| *inside = u8::from(class != background));
        Self {
            mask,
            depth,
            background,
        }
    }
}

/// The log odds of a segmentation, to reassign weak regions by.
pub fn log_odds(steps: &dyn ByteSlices) -> LogOdds<'_> {
    LogOdds {
        steps,
        step_nats: f64::from(Segmentation::EVIDENCE_STEP_NATS),
    }
}

/// Fails unless the model tells how deep a voxel lies in its own particle.
pub(crate) fn tells_depth(model: &Model) -> Result<(), Error> {
    let names = &model.card().classes.names;
    if *names != depth_names() {
        return Err(Error::NoParticleNetwork {
            knows: names.clone(),
        });
    }
    Ok(())
}

/// How deep every block of voxels in a part of a volume lies in its own particle, by a network.
fn depth_of(
    ct: &Volume<u16>,
    part: Part,
    model: &Model,
    context: &Context<'_>,
) -> Result<Volume<f32>, Error> {
    let settings = SegmentSettings::default();
    let blocks = block_means(ct);
    let slices = part.slices(blocks.shape()[0]);
    let (scan, compute, progress) = (Scan::measure(&blocks)?, context.compute, context.progress);
    let classes =
        corelith_unet::probabilities_of_slices(&scan, model, &settings, slices, compute, progress)?;
    Ok(expected_depth(&classes))
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn a_model_of_phases_is_no_particle_network() {
        let phases = corelith_unet::pretrained_phases().unwrap();
        let networks = Networks {
            phases: &phases,
            depth: Some(&phases),
        };
        let ct = Volume::from_fn([4; 3], Spacing::isotropic(2.0), |x, _, _| x as u16);
        let seen = networks.see(
            &Scan::measure(&ct).unwrap(),
            Part::WHOLE,
            &SegmentSettings::default(),
            &Context::in_memory(&corelith_gpu::Compute::Cpu, &corelith_core::Silent),
        );
        let error = seen.err().unwrap().to_string();
        assert!(error.contains("not the depths of particles"), "{error}");
        let depth = corelith_unet::pretrained_particles().unwrap();
        let other_way_round = Networks {
            phases: &depth,
            depth: Some(&depth),
        };
        assert!(matches!(
            other_way_round.check(),
            Err(Error::NoPhaseNetwork)
        ));
    }
}
