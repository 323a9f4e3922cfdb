//! A phase and a particle for every voxel.

use std::path::{Path, PathBuf};

use corelith_core::Volume;
use corelith_stats::imaging::separation::DepthNetwork;
use corelith_stats::imaging::weak_regions::reassign_weak_regions;
use corelith_unet::Model;

use super::networks::{Networks, log_odds};
use super::{Fingerprint, Stage, model_folder, train};
use crate::session::Session;

/// Phase labels, relative to the results.
pub const PHASES: &str = "segmentation/phases.tif";

/// Particle labels, relative to the results.
pub const PARTICLES: &str = "segmentation/particles.tif";

/// Probability of a class, 0 to 255, relative to the results; written on request. Classes are rows
/// of the mineral list, counted from 0, as in the phase labels.
fn probability_file(class: usize) -> String {
    format!("segmentation/probability_{class}.tif")
}

/// Applies a trained model, then separates the particles.
pub struct Segment<'a> {
    /// A model of another result; by default the one trained on this project.
    pub model: Option<&'a Path>,
}

impl Segment<'_> {
    fn model_folder(&self, session: &Session) -> PathBuf {
        self.model
            .map_or_else(|| session.result(train::MODEL), Path::to_owned)
    }
}

impl Stage for Segment<'_> {
    fn name(&self) -> String {
        "segment".to_owned()
    }

    fn fingerprint(&self, session: &Session) -> anyhow::Result<Fingerprint> {
        let weights = self.model_folder(session).join(model_folder::WEIGHTS);
        let mut fingerprint = Fingerprint::new("segment", 4)
            .settings(&session.project.segmentation)?
            .settings(&session.project.separation)?
            .settings(&session.project.regions)?
            .settings(&session.compute.name())?
            .after(&session.out, "import")?
            .checksum(&corelith_io::record_file(&weights)?.sha256);
        if let DepthNetwork::Folder(folder) = &session.project.separation.network {
            let weights = session
                .project
                .folder
                .join(folder)
                .join(model_folder::WEIGHTS);
            fingerprint = fingerprint.checksum(&corelith_io::record_file(&weights)?.sha256);
        }
        Ok(fingerprint)
    }

    fn run(&self, session: &Session) -> anyhow::Result<Vec<PathBuf>> {
        let ct = session.ct()?;
        let folder = self.model_folder(session);
        let model = model_folder::read_model(&folder)?;
        let (knows, wanted) = (&model.card().classes, train::classes_of(&session.minerals));
        anyhow::ensure!(
            *knows == wanted,
            "the model {} tells apart {}, the mineral list has {}\n\
             help: give the mineral list the same rows in the same order, or train a model for \
             this list (`corelith train --from {}` starts from these weights)",
            folder.display(),
            knows.names.join(", "),
            wanted.names.join(", "),
            folder.display()
        );
        let depth = depth_network(session)?;
        let networks = Networks {
            phases: &model,
            depth: depth.as_ref(),
        };
        for mismatch in networks.mismatches(&ct)? {
            session.say(&format!(
                "warning: {mismatch}: look at the result with care"
            ));
        }
        let project = &session.project;
        let (compute, terminal) = (&session.compute, &session.terminal);
        let seen = networks.see(&ct, &project.segmentation, compute, terminal)?;
        let mut particles = seen.particles(&project.separation, compute, terminal)?;
        let mut segmentation = seen.segmentation;
        reassign_weak_regions(
            &mut segmentation.phases,
            &mut particles,
            session.minerals.background(),
            log_odds(&segmentation.evidence),
            &project.regions,
            terminal,
        )?;
        corelith_io::write_volume(
            &session.result(PHASES),
            &segmentation.phases,
            &session.terminal,
        )?;
        corelith_io::write_volume(&session.result(PARTICLES), &particles, &session.terminal)?;
        let count = particles.data().iter().max().copied().unwrap_or(0);
        session.say(&format!("  {count} particles"));
        let mut files = vec![PathBuf::from(PHASES), PARTICLES.into()];
        for (class, volume) in segmentation.probabilities.iter().flatten().enumerate() {
            let file = probability_file(class);
            corelith_io::write_volume(&session.result(&file), volume, &session.terminal)?;
            files.push(file.into());
        }
        Ok(files)
    }
}

/// The network that tells touching particles apart, unless the project wants none.
fn depth_network(session: &Session) -> anyhow::Result<Option<Model>> {
    Ok(match &session.project.separation.network {
        DepthNetwork::Pretrained => Some(corelith_unet::pretrained_particles()?),
        DepthNetwork::None => None,
        DepthNetwork::Folder(folder) => Some(model_folder::read_model(
            &session.project.folder.join(folder),
        )?),
    })
}

/// The phase labels of this result.
pub fn read_phases(session: &Session) -> anyhow::Result<Volume<u8>> {
    let spacing = session.project.ct.voxel_size_um.0;
    Ok(corelith_io::read_volume(
        &session.result(PHASES),
        spacing,
        &session.terminal,
    )?)
}

/// The particle labels of this result.
pub fn read_particles(session: &Session) -> anyhow::Result<Volume<u32>> {
    let spacing = session.project.ct.voxel_size_um.0;
    Ok(corelith_io::read_volume(
        &session.result(PARTICLES),
        spacing,
        &session.terminal,
    )?)
}
