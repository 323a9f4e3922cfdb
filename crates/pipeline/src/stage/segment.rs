//! A phase and a particle for every voxel: the network tells phases, touching particles come
//! apart, and weak regions of a mineral join their neighbours.

use std::path::PathBuf;

use corelith_core::{Minerals, Spacing};
use corelith_stats::imaging::separation::{self, DepthNetwork};
use corelith_stats::imaging::weak_regions::{self, reassign_weak_regions};
use corelith_unet::{Model, SegmentSettings};
use serde::Serialize;

use super::networks::{Networks, Trust, log_odds};
use super::train::classes_of;
use crate::results::{StoredModel, StoredVolume};
use crate::resume::{Stage, StageFiles};
use crate::{Context, Error};

/// Phase labels, relative to the results.
pub const PHASES: &str = "segmentation/phases.tif";

/// Particle labels, relative to the results.
pub const PARTICLES: &str = "segmentation/particles.tif";

/// How far the separation of particles can be trusted ([`Trust`]), relative to the results.
pub const TRUST: &str = "segmentation/separation.json";

/// Doubt from which on a warning is due: on phantoms a tenth or more of the particles were wrong
/// there.
const DOUBTFUL: f64 = 0.1;

/// Probability of a class, 0 to 255, relative to the results; written on request. Classes are rows
/// of the mineral list, counted from 0, as in the phase labels.
fn probability_file(class: usize) -> String {
    format!("segmentation/probability_{class}.tif")
}

/// The network that tells touching particles apart.
#[derive(Serialize)]
pub enum ParticleNetwork {
    /// The one that comes with the program, by its checksum.
    Pretrained(String),
    /// The mask alone tells.
    None,
    /// That of a model.
    Model(StoredModel),
}

/// Applies a trained model, then separates the particles.
#[derive(Serialize)]
pub struct Segment<'a> {
    /// The CT volume.
    pub ct: &'a StoredVolume<u16>,
    /// The model that tells phases apart.
    pub model: &'a StoredModel,
    /// What tells touching particles apart.
    pub particle_network: &'a ParticleNetwork,
    /// The mineral list, without densities.
    pub minerals: &'a Minerals,
    /// How the network is applied.
    pub segmentation: &'a SegmentSettings,
    /// How touching particles come apart.
    #[serde(serialize_with = "without_path")]
    pub separation: &'a separation::Settings,
    /// Which regions of a mineral are borne out.
    pub regions: &'a weak_regions::Settings,
}

/// The path of a network says nothing: [`Segment::particle_network`] has what it holds.
fn without_path<S: serde::Serializer>(
    settings: &separation::Settings,
    to: S,
) -> Result<S::Ok, S::Error> {
    let network = match &settings.network {
        DepthNetwork::Folder(_) => DepthNetwork::Pretrained,
        named => named.clone(),
    };
    separation::Settings {
        network,
        ..settings.clone()
    }
    .serialize(to)
}

/// The two label volumes.
#[derive(Debug, Clone)]
pub struct Segmented {
    /// Row of the mineral list of every voxel.
    pub phases: StoredVolume<u8>,
    /// Particle of every voxel, 1 to N; 0 is none.
    pub particles: StoredVolume<u32>,
}

impl Segmented {
    /// From the files of the stage.
    fn new(files: &StageFiles, spacing: Spacing) -> Result<Self, Error> {
        Ok(Self {
            phases: StoredVolume::new(files.get(PHASES)?, spacing),
            particles: StoredVolume::new(files.get(PARTICLES)?, spacing),
        })
    }
}

impl Stage for Segment<'_> {
    const VERSION: u32 = 6;
    type Outputs = Segmented;

    fn name(&self) -> String {
        "segment".to_owned()
    }

    fn run(&self, context: &Context<'_>) -> Result<Vec<PathBuf>, Error> {
        let progress = context.progress;
        let ct = self.ct.read(progress)?;
        let model = self.model.read()?;
        let (knows, wanted) = (&model.card().classes, classes_of(self.minerals));
        if *knows != wanted {
            return Err(Error::OtherMinerals {
                folder: self.model.folder().to_owned(),
                knows: knows.names.clone(),
                wanted: wanted.names,
            });
        }
        let depth = self.depth_network()?;
        let networks = Networks {
            phases: &model,
            depth: depth.as_ref(),
        };
        networks.check()?;
        for mismatch in networks.mismatches(&ct)? {
            context.warn(&format!("{mismatch}: look at the result with care"));
        }
        let seen = networks.see(&ct, self.segmentation, context.compute, progress)?;
        let particles = seen.particles(self.separation, context.compute, progress)?;
        let (mut particles, trust) = (particles.labels, particles.trust);
        self.tell(&trust, context);
        let mut segmentation = seen.segmentation;
        reassign_weak_regions(
            &mut segmentation.phases,
            &mut particles,
            self.minerals.background(),
            log_odds(&segmentation.evidence),
            self.regions,
            progress,
        )?;
        corelith_io::write_volume(&context.result(PHASES), &segmentation.phases, progress)?;
        corelith_io::write_volume(&context.result(PARTICLES), &particles, progress)?;
        let count = particles.data().iter().max().copied().unwrap_or(0);
        context.say(&format!("  {count} particles"));
        corelith_io::write_json(&context.result(TRUST), &trust)?;
        let mut files = vec![PathBuf::from(PHASES), PARTICLES.into(), TRUST.into()];
        for (class, volume) in segmentation.probabilities.iter().flatten().enumerate() {
            let file = probability_file(class);
            corelith_io::write_volume(&context.result(&file), volume, progress)?;
            files.push(file.into());
        }
        Ok(files)
    }

    fn outputs(&self, files: &StageFiles) -> Result<Self::Outputs, Error> {
        Segmented::new(files, self.ct.spacing())
    }
}

impl Segment<'_> {
    /// Says by what particles come apart, and warns where much of that is doubtful.
    fn tell(&self, trust: &Trust, context: &Context<'_>) {
        if let Some(choice) = &trust.choice {
            context.say(&format!("  {choice}"));
        }
        if trust.doubt >= DOUBTFUL {
            context.warn(&format!(
                "whether parts that touch are one particle is doubtful ({:.1} % a contact, {:.0} % \
                 or more is much): look at the particles before trusting their number and sizes",
                100.0 * trust.doubt,
                100.0 * DOUBTFUL
            ));
        }
    }

    fn depth_network(&self) -> Result<Option<Model>, Error> {
        Ok(match self.particle_network {
            ParticleNetwork::Pretrained(_) => Some(corelith_unet::pretrained_particles()?),
            ParticleNetwork::None => None,
            ParticleNetwork::Model(model) => Some(model.read()?),
        })
    }
}
