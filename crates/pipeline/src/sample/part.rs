use std::fs;
use std::path::Path;

use corelith_core::Progress;

use super::{Options, Sample};
use crate::resume::{FolderLock, Hold, StageRecord, standing, up_to_date};
use crate::stage::part::Part;
use crate::stage::see_part::{PartSeen, SeePart};
use crate::stage::suitability::{Suit, Suitability};
use crate::{Context, Error};

/// A sample of which this run sees one part, beside others that see theirs. What was trained is only
/// read; [`Sample::segment`] joins the parts.
pub struct SamplePart {
    sample: Sample,
    part: Part,
    _lock: FolderLock,
}

impl SamplePart {
    /// As [`Sample::open`], for a part.
    ///
    /// # Errors
    /// Those of [`Sample::open`], and when another run is at work on the same part.
    pub fn open(
        project_file: &Path,
        options: &Options,
        part: Part,
        progress: &dyn Progress,
    ) -> Result<Self, Error> {
        let sample = Sample::open_holding(project_file, options, Hold::Beside, progress)?;
        let lock = FolderLock::take(&sample.out.join(part.folder()), Hold::Alone)?;
        Ok(Self {
            sample,
            part,
            _lock: lock,
        })
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
}

impl Sample {
    /// Removes parts that have been joined.
    pub(super) fn sweep_parts(&self) -> Result<(), Error> {
        for kind in [SeePart::KIND, Suit::KIND] {
            StageRecord::sweep(&self.out, kind, &[])?;
        }
        let folder = self.out.join(Part::FOLDER);
        match fs::remove_dir_all(&folder) {
            Err(reason) if reason.kind() != std::io::ErrorKind::NotFound => {
                let path = folder;
                Err(corelith_io::Error::Write { path, reason }.into())
            }
            _ => Ok(()),
        }
    }
}
