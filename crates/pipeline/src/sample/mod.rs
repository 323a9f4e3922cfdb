mod import;
mod measure;
mod open;
mod part;

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use corelith_core::{Minerals, Progress, Role};
use corelith_gpu::Compute;
use corelith_io::{MineralList, SemMap};
use corelith_registration::Status;

use crate::results::{CorrectedCt, StoredModel, StoredPlacement};
use crate::resume::{Content, FolderLock, StageRecord, up_to_date};
use crate::stage::export::{ExportOmeZarr, Format};
use crate::stage::measure::Measured;
use crate::stage::part::{Part, Parted};
use crate::stage::register::{ForPlacing, Hint, Register};
use crate::stage::report::{self, Report, ReportedMap, Summary};
use crate::stage::segment::{ParticleNetwork, Segment, Segmented};
use crate::stage::suitability::{Suit, Suitability};
use crate::stage::train::{StartWeights, Train};
use crate::{Asked, Context, Error, Project};

use measure::ToMeasure;

pub use import::Imported;
pub use open::Options;
pub use part::SamplePart;

/// A project file with its folder of results, held by this run until it is dropped.
pub struct Sample {
    project: Project,
    list: MineralList,
    asked: Asked,
    out: PathBuf,
    compute: Compute,
    only_suitable: bool,
    beside_others: bool,
    _lock: FolderLock,
}

impl Sample {
    /// The project, with what was asked for in place of its settings.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The mineral list.
    pub fn minerals(&self) -> &Minerals {
        &self.list.minerals
    }

    /// Folder of the results.
    pub fn out(&self) -> &Path {
        &self.out
    }

    /// Where it computes.
    pub fn compute(&self) -> &Compute {
        &self.compute
    }

    fn context<'a>(&'a self, progress: &'a dyn Progress) -> Context<'a> {
        Context {
            out: &self.out,
            compute: &self.compute,
            progress,
            beside_others: self.beside_others,
        }
    }

    /// Where every map lies, or only the one named. Goes on past maps that are not found, so that
    /// one run tells about all of them.
    ///
    /// # Errors
    /// [`Error::MapsNotFound`] when a map was not found; whatever else goes wrong at once.
    pub fn register(
        &self,
        only: Option<&str>,
        progress: &dyn Progress,
    ) -> Result<Vec<StoredPlacement>, Error> {
        if let Some(name) = only {
            self.project.clone().map_mut(name)?;
        }
        self.place(&self.import(progress)?, only, progress)
    }

    fn place(
        &self,
        imported: &Imported,
        only: Option<&str>,
        progress: &dyn Progress,
    ) -> Result<Vec<StoredPlacement>, Error> {
        let minerals = self.minerals().without_densities();
        let volume = OnceCell::new();
        let prepared = ForPlacing::new(&imported.corrected, &volume);
        let (mut placed, mut lost) = (Vec::new(), Vec::new());
        let maps = imported.maps.iter().zip(&self.project.sem.maps);
        for (map, entry) in maps.filter(|(map, _)| only.is_none_or(|name| map.name == name)) {
            let hint = self.hint(entry)?;
            let stage = Register {
                ct: &imported.corrected,
                map,
                minerals: &minerals,
                hint: hint.as_ref(),
                settings: &self.project.registration,
                seed: self.project.seed,
                prepared: &prepared,
            };
            let placement = up_to_date(&stage, &self.context(progress))?;
            let registration = placement.read_registration()?;
            if registration.status == Status::NotFound {
                lost.push(format!("{}: {}", map.name, registration.reason));
            }
            placed.push(placement);
        }
        if lost.is_empty() {
            return Ok(placed);
        }
        Err(Error::MapsNotFound {
            lost,
            looked_at: placed.len(),
        })
    }

    fn hint(&self, map: &SemMap) -> Result<Option<Hint>, Error> {
        Ok(match (&map.start, map.region_vox) {
            (Some(start), _) => Some(Hint::Start(Content::of(self.project.path(start))?)),
            (None, Some(region)) => Some(Hint::Region(region)),
            (None, None) => None,
        })
    }

    /// The network, trained on the placed maps.
    ///
    /// # Errors
    /// Those of the stages.
    pub fn train(&self, progress: &dyn Progress) -> Result<StoredModel, Error> {
        let imported = self.import(progress)?;
        let maps = self.place(&imported, None, progress)?;
        self.train_on(&imported.corrected, &maps, progress)
    }

    fn train_on(
        &self,
        ct: &CorrectedCt,
        maps: &[StoredPlacement],
        progress: &dyn Progress,
    ) -> Result<StoredModel, Error> {
        let settings = &self.project.training;
        let learned = self.learned(maps);
        let start = StartWeights::of(&settings.start, |folder| self.project.path(folder))?;
        let stage = Train {
            ct,
            maps: &learned,
            minerals: &self.minerals().without_densities(),
            start: &start,
            settings,
            seed: self.project.seed,
        };
        up_to_date(&stage, &self.context(progress))
    }

    /// A phase and a particle for every voxel, by the model that was asked for or the one trained
    /// on this sample; and how that suits the scan.
    ///
    /// # Errors
    /// Those of the stages; [`Error::Unsuitable`] where that is asked for.
    pub fn segment(&self, progress: &dyn Progress) -> Result<(Segmented, Suitability), Error> {
        let (ct, model, maps) = self.through_model(progress)?;
        self.segment_by(&ct, &model, &maps, progress)
    }

    /// What is segmented: the volume, by the model that was asked for or by the one trained on the
    /// placed maps.
    fn through_model(
        &self,
        progress: &dyn Progress,
    ) -> Result<(CorrectedCt, StoredModel, Vec<StoredPlacement>), Error> {
        let imported = self.import(progress)?;
        let (model, maps) = match &self.asked.model {
            Some(folder) => (StoredModel::in_folder(folder)?, Vec::new()),
            None => {
                let maps = self.place(&imported, None, progress)?;
                (self.train_on(&imported.corrected, &maps, progress)?, maps)
            }
        };
        Ok((imported.corrected, model, maps))
    }

    fn segment_by(
        &self,
        ct: &CorrectedCt,
        model: &StoredModel,
        maps: &[StoredPlacement],
        progress: &dyn Progress,
    ) -> Result<(Segmented, Suitability), Error> {
        let context = self.context(progress);
        let found = self.with_segment(ct, model, maps, |stage| {
            let suitability = self.suitability(&stage.suit(Part::WHOLE), &context)?;
            Ok((up_to_date(stage, &context)?, suitability))
        })?;
        self.sweep_parts(Parted::Segmentation)?;
        Ok(found)
    }

    /// How the networks suit the scan, told in any case.
    fn suitability(&self, stage: &Suit<'_>, context: &Context<'_>) -> Result<Suitability, Error> {
        let suitability = up_to_date(stage, context)?;
        suitability.warn(context);
        if self.only_suitable && !suitability.phases.suits {
            return Err(Error::Unsuitable {
                folder: stage.model.folder().to_owned(),
                differs: suitability.phases.differs,
            });
        }
        Ok(suitability)
    }

    /// Calls `work` with the stage that segments.
    fn with_segment<T>(
        &self,
        ct: &CorrectedCt,
        model: &StoredModel,
        maps: &[StoredPlacement],
        work: impl FnOnce(&Segment<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let project = &self.project;
        let particle_network =
            ParticleNetwork::of(&project.separation.network, |folder| project.path(folder))?;
        work(&Segment {
            ct,
            model,
            maps: &self.learned(maps),
            particle_network: &particle_network,
            minerals: &self.minerals().without_densities(),
            segmentation: &project.segmentation,
            separation: &project.separation,
            regions: &project.regions,
        })
    }

    /// The page and the headline numbers, every stage before them included.
    ///
    /// # Errors
    /// Those of the stages.
    pub fn report(&self, progress: &dyn Progress) -> Result<Summary, Error> {
        self.report_judged(|| Ok(()), progress)
    }

    /// As [`Self::report`]; `judge` is called when everything is measured and before the page is
    /// written, and may leave a judgement for it ([`report::JUDGEMENT`]).
    ///
    /// # Errors
    /// Those of the stages, and of `judge`.
    pub fn report_judged<E: From<Error>>(
        &self,
        judge: impl FnOnce() -> Result<(), E>,
        progress: &dyn Progress,
    ) -> Result<Summary, E> {
        let (all, measured) = self.through_measure(progress)?;
        judge()?;
        Ok(self.report_on(&all, &measured, progress)?)
    }

    /// The volumes as viewers open them, where the project asks for it; none are left where it does
    /// not.
    fn export(&self, all: &ToMeasure, progress: &dyn Progress) -> Result<(), Error> {
        let [kind, name] = ExportOmeZarr::NAME;
        match self.project.output.format {
            Format::Tiff => StageRecord::sweep(&self.out, kind, &[]),
            Format::OmeZarr => {
                StageRecord::sweep(&self.out, kind, &[name.to_owned()])?;
                let stage = ExportOmeZarr {
                    name: &self.project.name,
                    ct: &all.ct,
                    segmented: &all.segmented,
                    minerals: &self.minerals().without_densities(),
                };
                up_to_date(&stage, &self.context(progress))
            }
        }
    }

    fn report_on(
        &self,
        all: &ToMeasure,
        measured: &Measured,
        progress: &dyn Progress,
    ) -> Result<Summary, Error> {
        self.export(all, progress)?;
        let judgement = self.out.join(report::JUDGEMENT);
        let maps = self
            .with_roles(&all.maps)
            .map(|(role, placed)| ReportedMap {
                role,
                placed,
                registration: &placed.registration,
                overlay: &placed.overlay,
            });
        let stage = Report {
            project: &self.project,
            minerals: self.minerals(),
            inputs: &all.inputs,
            ct: &all.ct,
            evening: all.evening.as_ref(),
            artefacts: all.artefacts.as_ref(),
            maps: maps.collect(),
            model: &all.model,
            segmented: &all.segmented,
            measured,
            judgement: judgement
                .exists()
                .then(|| Content::of(judgement))
                .transpose()?,
        };
        let summary = up_to_date(&stage, &self.context(progress))?;
        Ok(corelith_io::read_json(summary.path())?)
    }

    /// The placed maps that are learned from.
    fn learned<'a>(&'a self, placed: &'a [StoredPlacement]) -> Vec<&'a StoredPlacement> {
        self.with_roles(placed)
            .filter(|(role, _)| *role == Role::Training)
            .map(|(_, map)| map)
            .collect()
    }

    /// The placed maps, in file order, and what each is used for.
    fn with_roles<'a>(
        &'a self,
        placed: &'a [StoredPlacement],
    ) -> impl Iterator<Item = (Role, &'a StoredPlacement)> {
        let maps = self.project.sem.maps.iter();
        maps.map(|map| map.role).zip(placed)
    }
}
