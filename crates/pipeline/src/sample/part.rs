use std::fs;
use std::path::Path;

use corelith_core::Progress;

use super::{Options, Sample};
use crate::resume::{FolderLock, Hold, StageRecord, standing, up_to_date};
use crate::stage::part::{Part, Parted};
use crate::stage::see_part::{PartSeen, SeePart};
use crate::stage::suitability::{Suit, Suitability};
use crate::stage::sum_part::{PartSums, SumPart};
use crate::{Context, Error};

/// A sample of which this run sees or measures one part, beside others that are at work on theirs.
/// What the stages before left is only read; [`Sample::segment`] and [`Sample::measure`] join the
/// parts.
pub struct SamplePart {
    sample: Sample,
    part: Part,
    _lock: FolderLock,
}

impl SamplePart {
    /// As [`Sample::open`], for a part of what is done in parts.
    ///
    /// # Errors
    /// Those of [`Sample::open`], and when another run is at work on the same part.
    pub fn open(
        project_file: &Path,
        options: &Options,
        (parted, part): (Parted, Part),
        progress: &dyn Progress,
    ) -> Result<Self, Error> {
        let sample = Sample::open_holding(project_file, options, Hold::Beside, progress)?;
        let lock = FolderLock::take(&sample.out.join(part.folder(parted)), Hold::Alone)?;
        Ok(Self {
            sample,
            part,
            _lock: lock,
        })
    }

    /// Folder of the results.
    pub fn out(&self) -> &Path {
        self.sample.out()
    }

    /// What the networks see of the part, and how they suit the scan; none where the whole
    /// segmentation still stands.
    ///
    /// # Errors
    /// When a stage before it is not up to date, and those of the stage; [`Error::Unsuitable`] where
    /// that is asked for.
    pub fn see(&self, progress: &dyn Progress) -> Result<Option<(PartSeen, Suitability)>, Error> {
        let sample = &self.sample;
        let (ct, model, maps) = sample.through_model(progress)?;
        let context = Context {
            beside_others: false,
            ..sample.context(progress)
        };
        sample.with_segment(&ct, &model, &maps, |segment| {
            if standing(segment, &context).is_some() {
                context.say("segment: unchanged, so no part of it is needed");
                return Ok(None);
            }
            let suitability = sample.suitability(&segment.suit(self.part), &context)?;
            let seen = up_to_date(&segment.part(self.part), &context)?;
            Ok(Some((seen, suitability)))
        })
    }

    /// What the particles of the part add up to; none where the whole measurement still stands.
    ///
    /// # Errors
    /// When a stage before it is not up to date, and those of the stage.
    pub fn add_up(&self, progress: &dyn Progress) -> Result<Option<PartSums>, Error> {
        let sample = &self.sample;
        let before = sample.through_segment(progress)?;
        let context = Context {
            beside_others: false,
            ..sample.context(progress)
        };
        sample.with_measure(&before, |measure| {
            if standing(measure, &context).is_some() {
                context.say("measure: unchanged, so no part of it is needed");
                return Ok(None);
            }
            up_to_date(&measure.part(self.part), &context).map(Some)
        })
    }
}

impl Sample {
    /// Removes parts that have been joined; others may be about to be, where this run is one of them.
    pub(super) fn sweep_parts(&self, parted: Parted) -> Result<(), Error> {
        if self.beside_others {
            return Ok(());
        }
        let kinds = match parted {
            Parted::Segmentation => &[SeePart::KIND, Suit::KIND][..],
            Parted::Measurement => &[SumPart::KIND],
        };
        for kind in kinds {
            StageRecord::sweep(&self.out, kind, &[])?;
        }
        let folder = self.out.join(parted.folder());
        match fs::remove_dir_all(&folder) {
            Err(reason) if reason.kind() != std::io::ErrorKind::NotFound => {
                let path = folder;
                Err(corelith_io::Error::Write { path, reason }.into())
            }
            _ => Ok(()),
        }
    }
}
