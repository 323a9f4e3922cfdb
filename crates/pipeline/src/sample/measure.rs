use corelith_core::{Progress, Role};

use super::{Imported, Sample};
use crate::Error;
use crate::results::{StoredArtefacts, StoredEvening, StoredModel, StoredPlacement, StoredVolume};
use crate::resume::up_to_date;
use crate::stage::measure::{Measure, Measured};
use crate::stage::part::Parted;
use crate::stage::report::InputFile;
use crate::stage::segment::Segmented;

/// The results of every stage before the measurement.
pub(super) struct ToMeasure {
    pub inputs: Vec<InputFile>,
    pub ct: StoredVolume<u16>,
    pub artefacts: Option<StoredArtefacts>,
    pub evening: Option<StoredEvening>,
    pub maps: Vec<StoredPlacement>,
    pub model: StoredModel,
    pub segmented: Segmented,
}

impl Sample {
    /// Particles and liberation.
    ///
    /// # Errors
    /// Those of the stages.
    pub fn measure(&self, progress: &dyn Progress) -> Result<Measured, Error> {
        Ok(self.through_measure(progress)?.1)
    }

    pub(super) fn through_measure(
        &self,
        progress: &dyn Progress,
    ) -> Result<(ToMeasure, Measured), Error> {
        let before = self.through_segment(progress)?;
        let context = self.context(progress);
        let measured = self.with_measure(&before, |stage| up_to_date(stage, &context))?;
        self.sweep_parts(Parted::Measurement)?;
        Ok((before, measured))
    }

    pub(super) fn through_segment(&self, progress: &dyn Progress) -> Result<ToMeasure, Error> {
        let imported = self.import(progress)?;
        let maps = self.place(&imported, None, progress)?;
        let Imported {
            ct,
            corrected,
            artefacts,
            evening,
            inputs,
            ..
        } = imported;
        let (model, learned) = match &self.asked.model {
            Some(folder) => (StoredModel::in_folder(folder)?, &[][..]),
            None => (self.train_on(&corrected, &maps, progress)?, &maps[..]),
        };
        let (segmented, _) = self.segment_by(&corrected, &model, learned, progress)?;
        Ok(ToMeasure {
            inputs,
            ct,
            artefacts,
            evening,
            maps,
            model,
            segmented,
        })
    }

    /// Calls `work` with the stage that measures.
    pub(super) fn with_measure<T>(
        &self,
        before: &ToMeasure,
        work: impl FnOnce(&Measure<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let placed: Vec<(Role, &StoredPlacement)> = self.with_roles(&before.maps).collect();
        work(&Measure {
            segmented: &before.segmented,
            maps: &placed,
            minerals: self.minerals(),
            measurement: &self.project.measurement,
            stereology: &self.project.stereology,
            liberation: &self.project.liberation,
            seed: self.project.seed,
        })
    }
}
