//! Phantoms as the pretrained networks see them.

use corelith_core::{Progress, Within, seed_of};
use corelith_gpu::Compute;
use corelith_phantom::{Phantom, PhantomSettings, phantom};
use corelith_pipeline::Context;
use corelith_pipeline::stage::networks::{Networks, Seen};
use corelith_pipeline::stage::part::Part;
use corelith_unet::{Model, Scan, SegmentSettings};

use crate::Error;

/// Phantoms of several kinds, and the networks that see them.
pub struct SeenPhantoms<'a> {
    /// What they are for, in the progress.
    pub title: &'a str,
    /// What the seed of each is drawn for: two studies have phantoms of their own.
    pub seed_of_each: &'a str,
    /// Phantoms of each kind.
    pub each: u64,
    /// Their width in voxels; their height is two thirds of it.
    pub width_vox: usize,
    /// The network that tells how deep a voxel lies in its particle.
    pub depth: Model,
    /// Where the networks run.
    pub compute: &'a Compute,
}

impl SeenPhantoms<'_> {
    /// Adds up what `judge` finds on each phantom, kind by kind.
    ///
    /// # Errors
    /// Those of the phantoms, of the networks and of `judge`.
    pub fn judge<T>(
        &self,
        kinds: Vec<(&'static str, PhantomSettings, T)>,
        seed: u64,
        progress: &dyn Progress,
        judge: impl Fn(&Phantom, &Seen, &mut T) -> Result<(), Error>,
    ) -> Result<Vec<(&'static str, T)>, Error> {
        let phases = corelith_unet::pretrained_phases()?;
        let networks = Networks {
            phases: &phases,
            depth: Some(&self.depth),
        };
        progress.start(self.title, kinds.len() as u64 * self.each);
        let mut found = Vec::new();
        for (kind, mut settings, mut so_far) in kinds {
            settings.shape_vox = [2 * self.width_vox / 3, self.width_vox, self.width_vox];
            settings.maps.training = 0;
            settings.maps.validation = 0;
            for index in 0..self.each {
                let within = Within(progress);
                let seed = seed_of(seed, &format!("{} {kind} {index}", self.seed_of_each));
                let made = phantom(&settings, seed, &within)?;
                let scan = Scan::measure(&made.ct)?;
                let settings = SegmentSettings::default();
                let context = Context::in_memory(self.compute, &within);
                let seen = networks.see(&scan, Part::WHOLE, &settings, &context)?;
                judge(&made, &seen, &mut so_far)?;
                progress.advance(1);
            }
            found.push((kind, so_far));
        }
        progress.finish();
        Ok(found)
    }
}
