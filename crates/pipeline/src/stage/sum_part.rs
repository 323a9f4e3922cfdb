//! What the voxels of every particle add up to in a part of the volume, for a measurement that joins
//! the parts.

use std::path::PathBuf;

use corelith_stats::liberation::AnalysisError;
use corelith_stats::measure::{MeasureError, Slices, Sums};
use serde::Serialize;

use super::part::{Part, Parted, of_all_parts};
use crate::results::StoredVolume;
use crate::resume::{Content, Stage, StageFiles};
use crate::{Context, Error};

/// Adds up the particles in a part of the volume, of which it reads no more than that and what
/// borders on it.
#[derive(Clone, Copy, Serialize)]
pub struct SumPart<'a> {
    /// Row of the mineral list of every voxel.
    pub phases: &'a StoredVolume<u8>,
    /// Particle of every voxel.
    pub particles: &'a StoredVolume<u32>,
    /// Length of the mineral list.
    pub minerals: usize,
    /// The part.
    pub part: Part,
}

/// The sums of a part.
#[derive(Debug)]
pub struct PartSums {
    sums: Content,
}

impl PartSums {
    /// The file that holds them.
    pub fn content(&self) -> &Content {
        &self.sums
    }
}

impl SumPart<'_> {
    /// Kind of the stage, before the part in its name.
    pub const KIND: &'static str = "sums";

    fn file(&self) -> PathBuf {
        self.part.folder(Parted::Measurement).join("sums.cbor")
    }

    /// The sums of the whole volume, where parts of it were added up before: the missing ones are
    /// added up now. None where no part stands.
    ///
    /// # Errors
    /// Those of the stage.
    pub fn joined(self, context: &Context<'_>) -> Result<Option<Sums>, Error> {
        let parts = of_all_parts(Self::KIND, |part| Self { part, ..self }, context)?;
        let mut whole: Option<Sums> = None;
        for part in parts.iter().flatten() {
            let next: Sums = corelith_io::read_cbor(part.sums.path())?;
            match &mut whole {
                None => whole = Some(next),
                Some(whole) => whole.append(next),
            }
        }
        Ok(whole)
    }
}

impl Stage for SumPart<'_> {
    const VERSION: u32 = 1;
    type Outputs = PartSums;

    fn name(&self) -> String {
        self.part.stage_name(Self::KIND)
    }

    fn run(&self, context: &Context<'_>) -> Result<Vec<PathBuf>, Error> {
        let progress = context.progress;
        let (particles, phases) = (self.particles.shape()?, self.phases.shape()?);
        if particles != phases {
            let shapes = MeasureError::Shape { particles, phases };
            return Err(AnalysisError::from(shapes).into());
        }
        let slices = particles[0];
        self.part.check(slices, slices)?;
        let wanted = self.part.slices(slices);
        let needed = Slices::needed(wanted.clone(), slices);
        let here = Slices {
            particles: &self.particles.read_slices(needed.clone(), progress)?,
            phases: &self.phases.read_slices(needed.clone(), progress)?,
            first: needed.start,
            of: slices,
        };
        let sums = Sums::of(here, wanted, self.minerals, progress).map_err(AnalysisError::from)?;
        corelith_io::write_cbor(&context.result(self.file()), &sums)?;
        Ok(vec![self.file()])
    }

    fn outputs(&self, files: &StageFiles) -> Result<Self::Outputs, Error> {
        Ok(PartSums {
            sums: files.get(self.file())?,
        })
    }
}
