//! What networks see in a CT volume.

use corelith_core::{Spacing, Volume};
use corelith_stats::imaging::separation::{block_means, depth_names, expect_depth};
use corelith_unet::{Application, Model, Scan, SegmentSettings, Wanted};

use super::part::Part;
use crate::results::Parked;
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
    /// Class of every voxel ([`corelith_unet::Segmentation::phases`]).
    pub phases: Parked,
    /// What speaks for it ([`corelith_unet::Segmentation::evidence`]).
    pub evidence: Parked,
    /// Probability of every class, where they are asked for ([`corelith_unet::Segmentation::probabilities`]).
    pub probabilities: Vec<Parked>,
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
        let [depth, height, width] = scan.ct.shape();
        let application = Application {
            scan,
            model: self.phases,
            settings,
            compute: context.compute,
            slices: part.slices(depth),
        };
        let classes = &self.phases.card().classes;
        let mut seen = Seen::nothing(
            [application.slices.len(), height, width],
            scan.ct.spacing(),
            if settings.probabilities {
                classes.count()
            } else {
                0
            },
            classes.background,
            context,
        )?;
        let wanted = Wanted {
            decisions: true,
            probabilities: settings.probabilities,
        };
        application.for_each_slice(wanted, context.progress, |slice, z| {
            seen.phases.put(z, &slice.phases)?;
            seen.evidence.put(z, &slice.evidence)?;
            let of_classes = slice.probabilities.chunks(height * width);
            for (parked, found) in seen.probabilities.iter_mut().zip(of_classes) {
                parked.put(z, found)?;
            }
            Ok::<_, Error>(())
        })?;
        seen.depth = self
            .depth
            .map(|model| depth_of(scan.ct, part, model, context))
            .transpose()?;
        Ok(seen)
    }
}

impl Seen {
    /// Room for what is seen in `[nz, ny, nx]` voxels, with the probabilities of so many classes.
    ///
    /// # Errors
    /// Those of [`Parked::zeros`].
    pub(super) fn nothing(
        shape: [usize; 3],
        spacing: Spacing,
        classes: usize,
        background: u8,
        context: &Context<'_>,
    ) -> Result<Self, Error> {
        let zeros = || Parked::zeros(shape, spacing, context);
        Ok(Self {
            phases: zeros()?,
            evidence: zeros()?,
            probabilities: (0..classes).map(|_| zeros()).collect::<Result<_, _>>()?,
            depth: None,
            background,
        })
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
    let application = Application {
        scan: &scan,
        model,
        settings: &settings,
        compute,
        slices,
    };
    let [_, height, width] = blocks.shape();
    let shape = [application.slices.len(), height, width];
    let mut depth = Volume::filled(shape, blocks.spacing(), 0.0);
    let wanted = Wanted {
        decisions: false,
        probabilities: true,
    };
    let area = height * width;
    application.for_each_slice(wanted, progress, |slice, z| {
        expect_depth(
            &slice.probabilities,
            &mut depth.data_mut()[z * area..][..area],
        );
        Ok::<_, Error>(())
    })?;
    Ok(depth)
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
