//! The networks on a part of the volume, for a segmentation that joins the parts.

use std::ops::Range;
use std::path::PathBuf;

use corelith_core::{Minerals, Spacing};
use corelith_stats::imaging::separation::{block_spacing, blocks_of};
use corelith_unet::{Scan, SegmentSettings};
use serde::Serialize;

use super::networks::{Networks, Seen};
use super::part::{Part, Parted, of_all_parts};
use super::segment::{ParticleNetwork, check_minerals};
use crate::results::{CorrectedCt, StoredModel, StoredVolume};
use crate::resume::{Stage, StageFiles};
use crate::{Context, Error};

/// Applies the networks to a part of the volume.
#[derive(Clone, Copy, Serialize)]
pub struct SeePart<'a> {
    /// The CT volume.
    pub ct: &'a CorrectedCt,
    /// The model that tells phases apart.
    pub model: &'a StoredModel,
    /// What tells touching particles apart.
    pub particle_network: &'a ParticleNetwork,
    /// The mineral list, without densities.
    pub minerals: &'a Minerals,
    /// How the network is applied.
    pub segmentation: &'a SegmentSettings,
    /// The part.
    pub part: Part,
}

/// What the networks have seen of a part.
#[derive(Debug)]
pub struct PartSeen {
    /// Row of the mineral list of every voxel.
    pub phases: StoredVolume<u8>,
    /// What speaks for it ([`corelith_unet::Segmentation::evidence`]).
    pub evidence: StoredVolume<u8>,
    /// Probability of every class, where they are asked for.
    pub probabilities: Vec<StoredVolume<u8>>,
    /// How deep every block of voxels lies in its own particle, where a network tells.
    pub depth: Option<StoredVolume<f32>>,
}

impl SeePart<'_> {
    /// Kind of the stage, before the part in its name.
    pub const KIND: &'static str = "part";

    fn file(&self, name: &str) -> PathBuf {
        self.part
            .folder(Parted::Segmentation)
            .join(format!("{name}.tif"))
    }

    fn probability_file(&self, class: usize) -> PathBuf {
        self.file(&format!("probability_{class}"))
    }

    /// Classes whose probabilities are asked for.
    fn classes(&self) -> usize {
        match self.segmentation.probabilities {
            true => self.minerals.rows().len(),
            false => 0,
        }
    }

    /// Whether a network tells depths.
    fn tells_depth(&self) -> bool {
        !matches!(self.particle_network, ParticleNetwork::None)
    }

    /// What the networks see of the whole volume, where parts of it were seen before: the missing
    /// ones are seen now. None where no part stands.
    ///
    /// # Errors
    /// Those of the stage.
    pub fn joined(self, context: &Context<'_>) -> Result<Option<Seen>, Error> {
        let Some(parts) = of_all_parts(Self::KIND, |part| Self { part, ..self }, context)? else {
            return Ok(None);
        };
        let mut whole = Seen::nothing(
            self.ct.shape()?,
            self.ct.spacing(),
            self.classes(),
            self.minerals.background(),
            context,
        )?;
        let mut first = 0;
        for part in &parts {
            let slices = part.phases.shape()?[0];
            part.copy_to(&mut whole, first..first + slices, context)?;
            first += slices;
        }
        Ok(Some(whole))
    }
}

impl Stage for SeePart<'_> {
    const VERSION: u32 = 3;
    type Outputs = PartSeen;

    fn name(&self) -> String {
        self.part.stage_name(Self::KIND)
    }

    fn run(&self, context: &Context<'_>) -> Result<Vec<PathBuf>, Error> {
        let progress = context.progress;
        let model = self.model.read()?;
        check_minerals(&model, self.model, self.minerals)?;
        let depth = self.particle_network.read()?;
        let ct = self.ct.read(progress)?;
        self.part.check(ct.shape()[0], blocks_of(ct.shape())[0])?;
        let networks = Networks {
            phases: &model,
            depth: depth.as_ref(),
        };
        let scan = Scan::measure(&ct)?;
        let seen = networks.see(&scan, self.part, self.segmentation, context)?;
        let mut files = Vec::new();
        let mut add = |file: PathBuf| {
            files.push(file.clone());
            context.result(file)
        };
        seen.phases.write(&add(self.file("phases")), progress)?;
        seen.evidence.write(&add(self.file("evidence")), progress)?;
        for (class, volume) in seen.probabilities.into_iter().enumerate() {
            let file = add(self.probability_file(class));
            volume.write(&file, progress)?;
        }
        if let Some(depth) = &seen.depth {
            corelith_io::write_volume(&add(self.file("depth")), depth, progress)?;
        }
        Ok(files)
    }

    fn outputs(&self, files: &StageFiles) -> Result<Self::Outputs, Error> {
        let spacing = self.ct.spacing();
        let stored = |file: PathBuf| Ok::<_, Error>(StoredVolume::new(files.get(file)?, spacing));
        let depth = |file: PathBuf| {
            let spacing: Spacing = block_spacing(spacing);
            Ok::<_, Error>(StoredVolume::new(files.get(file)?, spacing))
        };
        Ok(PartSeen {
            phases: stored(self.file("phases"))?,
            evidence: stored(self.file("evidence"))?,
            probabilities: (0..self.classes())
                .map(|class| stored(self.probability_file(class)))
                .collect::<Result<_, _>>()?,
            depth: self
                .tells_depth()
                .then(|| depth(self.file("depth")))
                .transpose()?,
        })
    }
}

impl PartSeen {
    /// Puts what was seen into those slices of the whole.
    fn copy_to(
        &self,
        whole: &mut Seen,
        slices: Range<usize>,
        context: &Context<'_>,
    ) -> Result<(), Error> {
        let progress = context.progress;
        let volumes = [&self.phases, &self.evidence]
            .into_iter()
            .chain(&self.probabilities);
        let places = [&mut whole.phases, &mut whole.evidence].into_iter();
        for (volume, place) in volumes.zip(places.chain(&mut whole.probabilities)) {
            place.put(slices.start, volume.read_alone(progress)?.data())?;
        }
        if let Some(depth) = &self.depth {
            let depth = depth.read_alone(progress)?;
            match &mut whole.depth {
                None => whole.depth = Some(depth),
                Some(whole) => whole.append(depth)?,
            }
        }
        Ok(())
    }
}
