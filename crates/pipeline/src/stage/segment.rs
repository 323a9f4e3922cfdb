//! A phase and a particle for every voxel: the network tells phases, touching particles come
//! apart, and weak regions of a mineral join their neighbours.

use std::path::{Path, PathBuf};

use corelith_core::{Minerals, PlacedMap, SliceSource, Spacing, Table, Values};
use corelith_stats::imaging::separation::{self, DepthNetwork};
use corelith_stats::imaging::weak_regions::{self, LogOdds, reassign_weak_regions};
use corelith_unet::{Model, Scan, SegmentSettings, Segmentation};
use serde::Serialize;

use super::networks::{Networks, Seen};
use super::part::Part;
use super::particles::{Particles, Solid, particles};
use super::see_part::SeePart;
use super::suitability::Suit;
use super::train::classes_of;
use crate::results::{
    Before, CorrectedCt, Parked, StoredModel, StoredPlacement, StoredVolume, check_room,
};
use crate::resume::{Content, Stage, StageFiles};
use crate::{Context, Error};

/// Phase labels, relative to the results.
pub const PHASES: &str = "segmentation/phases.tif";

/// What the phase labels stand for, and their colours, relative to the results.
pub const LEGEND: &str = "segmentation/phases.csv";

/// Particle labels, relative to the results.
pub const PARTICLES: &str = "segmentation/particles.tif";

/// How well the particles agree with the maps ([`corelith_stats::agreement::SeparationCheck`]), relative to the results.
pub const CHECK: &str = "segmentation/separation.json";

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
    pub ct: &'a CorrectedCt,
    /// The model that tells phases apart.
    pub model: &'a StoredModel,
    /// The maps to hold particles against; none where another model was asked for.
    pub maps: &'a [&'a StoredPlacement],
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
#[derive(Debug, Clone, Serialize)]
pub struct Segmented {
    /// Row of the mineral list of every voxel.
    pub phases: StoredVolume<u8>,
    /// Particle of every voxel, 1 to N; 0 is none.
    pub particles: StoredVolume<u32>,
    /// How well the particles agree with the maps.
    pub check: Content,
}

impl Segmented {
    /// From the files of the stage.
    fn new(files: &StageFiles, spacing: Spacing) -> Result<Self, Error> {
        Ok(Self {
            phases: StoredVolume::new(files.get(PHASES)?, spacing),
            particles: StoredVolume::new(files.get(PARTICLES)?, spacing),
            check: files.get(CHECK)?,
        })
    }
}

impl Stage for Segment<'_> {
    const VERSION: u32 = 10;
    type Outputs = Segmented;

    fn name(&self) -> String {
        "segment".to_owned()
    }

    fn run(&self, context: &Context<'_>) -> Result<Vec<PathBuf>, Error> {
        let progress = context.progress;
        check_room(Before::Segmentation, self.ct.shape()?, context)?;
        let model = self.model.read()?;
        check_minerals(&model, self.model, self.minerals)?;
        let depth = self.particle_network.read()?;
        let seen = match self.part(Part::WHOLE).joined(context)? {
            Some(seen) => seen,
            None => {
                let networks = Networks {
                    phases: &model,
                    depth: depth.as_ref(),
                };
                let ct = self.ct.read(progress)?;
                networks.see(
                    &Scan::measure(&ct)?,
                    Part::WHOLE,
                    self.segmentation,
                    context,
                )?
            }
        };
        let maps = self.maps.iter().map(|map| map.read());
        let division = Division {
            maps: &maps.collect::<Result<Vec<&PlacedMap>, _>>()?,
            separation: self.separation,
            regions: self.regions,
        };
        let Divided {
            phases,
            probabilities,
            particles,
        } = division.of(seen, context)?;
        corelith_io::write_json(&context.result(CHECK), &particles.check())?;
        phases.write(&context.result(PHASES), progress)?;
        corelith_io::write_volume(&context.result(PARTICLES), &particles.labels, progress)?;
        corelith_io::write_csv(&context.result(LEGEND), &legend(self.minerals))?;
        let mut files = [PHASES, LEGEND, PARTICLES, CHECK]
            .map(PathBuf::from)
            .to_vec();
        for (class, volume) in probabilities.into_iter().enumerate() {
            let file = probability_file(class);
            volume.write(&context.result(&file), progress)?;
            files.push(file.into());
        }
        Ok(files)
    }

    fn outputs(&self, files: &StageFiles) -> Result<Self::Outputs, Error> {
        Segmented::new(files, self.ct.spacing())
    }
}

impl<'a> Segment<'a> {
    /// Whether the networks suit the scan, of which a part is to be seen.
    pub fn suit(&self, part: Part) -> Suit<'a> {
        Suit {
            ct: self.ct,
            model: self.model,
            particle_network: self.particle_network,
            minerals: self.minerals,
            part,
        }
    }

    /// What the networks see of a part, which [`Stage::run`] joins with the others.
    pub fn part(&self, part: Part) -> SeePart<'a> {
        SeePart {
            ct: self.ct,
            model: self.model,
            particle_network: self.particle_network,
            minerals: self.minerals,
            segmentation: self.segmentation,
            part,
        }
    }
}

/// Fails unless a model tells the minerals of a list apart.
pub(super) fn check_minerals(
    model: &Model,
    stored: &StoredModel,
    minerals: &Minerals,
) -> Result<(), Error> {
    let (knows, wanted) = (&model.card().classes, classes_of(minerals));
    if *knows != wanted {
        return Err(Error::OtherMinerals {
            folder: stored.folder().to_owned(),
            knows: knows.names.clone(),
            wanted: wanted.names,
        });
    }
    Ok(())
}

/// What the phase labels stand for, a row a label: a folder of results tells it by itself.
fn legend(minerals: &Minerals) -> Table {
    let rows = minerals.rows();
    let channel = |i: usize| Values::U64(rows.iter().map(|row| row.rgb[i].into()).collect());
    let labels = 0..rows.len() as u64;
    let background = u64::from(minerals.background());
    let mut table = Table::new();
    table.push("label", Values::U64(labels.clone().collect()));
    table.push(
        "mineral",
        Values::Text(rows.iter().map(|row| row.name.clone()).collect()),
    );
    table.push("red", channel(0));
    table.push("green", channel(1));
    table.push("blue", channel(2));
    table.push(
        "background",
        Values::Bool(labels.map(|label| label == background).collect()),
    );
    table
}

impl ParticleNetwork {
    /// That which settings ask for; `path` tells where a folder lies that they name.
    ///
    /// # Errors
    /// When there is no model in the folder.
    pub fn of(network: &DepthNetwork, path: impl Fn(&Path) -> PathBuf) -> Result<Self, Error> {
        Ok(match network {
            DepthNetwork::None => Self::None,
            DepthNetwork::Auto | DepthNetwork::Pretrained => {
                Self::Pretrained(corelith_unet::pretrained_particles_sha256())
            }
            DepthNetwork::Folder(folder) => Self::Model(StoredModel::in_folder(&path(folder))?),
        })
    }

    /// The network, where there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self) -> Result<Option<Model>, Error> {
        Ok(match self {
            Self::Pretrained(_) => Some(corelith_unet::pretrained_particles()?),
            Self::None => None,
            Self::Model(model) => Some(model.read()?),
        })
    }
}

/// A volume, divided.
pub struct Divided {
    /// Row of the mineral list of every voxel.
    pub phases: Parked,
    /// Probability of every class, 0 to 255; none where they were not asked for.
    pub probabilities: Vec<Parked>,
    /// Particles, and what is known of them.
    pub particles: Particles,
}

/// How what the networks have seen is divided.
pub struct Division<'a> {
    /// Placed maps to hold particles against; may be none.
    pub maps: &'a [&'a PlacedMap],
    /// How touching particles come apart.
    pub separation: &'a separation::Settings,
    /// Which regions of a mineral are borne out.
    pub regions: &'a weak_regions::Settings,
}

impl Division<'_> {
    /// The particles, weak regions of minerals reassigned.
    ///
    /// # Errors
    /// When a setting is out of range, what waits on the disk cannot be read, or the user asks to stop.
    pub fn of(&self, seen: Seen, context: &Context<'_>) -> Result<Divided, Error> {
        let progress = context.progress;
        let solid = Solid::of(&seen)?;
        let mut found = particles(solid, self.maps, self.separation, context.compute, progress)?;
        let Seen {
            mut phases,
            evidence,
            probabilities,
            depth,
            background,
        } = seen;
        drop(depth);
        reassign_weak_regions(
            &mut phases,
            &mut found.labels,
            background,
            log_odds(&evidence),
            self.regions,
            progress,
        )?;
        let check = found.check();
        context.say(&format!("  {check}"));
        let count = found.labels.data().iter().max().copied().unwrap_or(0);
        let in_doubt = check.doubtful.len();
        context.say(&format!("  {count} particles, {in_doubt} of them doubtful"));
        Ok(Divided {
            phases,
            probabilities,
            particles: found,
        })
    }
}

/// The log odds of a segmentation, to reassign weak regions by.
pub fn log_odds(steps: &dyn SliceSource<u8>) -> LogOdds<'_> {
    LogOdds {
        steps,
        step_nats: f64::from(Segmentation::EVIDENCE_STEP_NATS),
    }
}
