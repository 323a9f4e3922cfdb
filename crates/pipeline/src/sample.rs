use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use corelith_core::{Minerals, Progress};
use corelith_gpu::{Compute, DeviceChoice};
use corelith_io::{Role, SemMap};
use corelith_registration::Status;
use corelith_stats::imaging::separation::DepthNetwork;
use corelith_unet::Start;

use crate::results::{StoredMap, StoredModel, StoredPlacement, StoredVolume};
use crate::resume::{Content, FolderLock, StageRecord, up_to_date};
use crate::stage::import::{ImportCt, ImportMap};
use crate::stage::register::{ForPlacing, Hint, Register};
use crate::stage::segment::{ParticleNetwork, Segment, Segmented};
use crate::stage::train::{StartWeights, Train};
use crate::{Asked, Context, Error, Project};

/// How a sample is opened.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Folder of the results; `results` beside the project file by default.
    pub out: Option<PathBuf>,
    /// Where to compute.
    pub device: DeviceChoice,
    /// What is asked for in place of the project file's settings.
    pub asked: Asked,
    /// Whether what earlier commands asked for is forgotten.
    pub forget: bool,
}

/// A project file with its folder of results, held by this run until it is dropped.
pub struct Sample {
    project: Project,
    minerals: Minerals,
    asked: Asked,
    out: PathBuf,
    compute: Compute,
    _lock: FolderLock,
}

/// Everything that was imported.
pub struct Imported {
    /// The CT volume.
    pub ct: StoredVolume<u16>,
    /// The mineral maps, in file order.
    pub maps: Vec<StoredMap>,
}

impl Sample {
    /// Reads the project file, takes the folder of results and opens the device.
    ///
    /// # Errors
    /// When the project or the mineral list cannot be used, another run is at work on the results,
    /// or the wanted device is not there.
    pub fn open(
        project_file: &Path,
        options: &Options,
        progress: &dyn Progress,
    ) -> Result<Self, Error> {
        let mut project = Project::read(project_file)?;
        for name in options.asked.places.keys() {
            project.map_mut(name)?;
        }
        let minerals = corelith_io::read_minerals(
            &project.path(&project.sem.minerals),
            &project.sem.background,
        )?;
        project.target_class(&minerals)?;
        let out = match &options.out {
            Some(out) => out.clone(),
            None => project.folder.join("results"),
        };
        let lock = FolderLock::take(&out)?;
        let mut asked = if options.forget {
            Asked::default()
        } else {
            Asked::load(&out)?
        };
        if !asked.is_empty() && options.asked.is_empty() {
            progress.say(&format!(
                "goes by what was asked for earlier: {} (`--forget` goes by the project file alone)",
                asked.describe()
            ));
        }
        asked.update(options.asked.clone());
        asked.apply(&mut project);
        project.check_settings(project_file)?;
        if asked.model.is_none() {
            project.segmentation.check(project.training.multiple())?;
        }
        asked.save(&out)?;
        Ok(Self {
            project,
            minerals,
            asked,
            out,
            compute: Compute::select(options.device)?,
            _lock: lock,
        })
    }

    /// The project, with what was asked for in place of its settings.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The mineral list.
    pub fn minerals(&self) -> &Minerals {
        &self.minerals
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
        }
    }

    /// The CT volume and the mineral maps.
    ///
    /// # Errors
    /// When an input cannot be used.
    pub fn import(&self, progress: &dyn Progress) -> Result<Imported, Error> {
        let ct = self.import_ct(progress)?;
        let names = self.project.map_names();
        for kind in ["import", "register"] {
            StageRecord::sweep(&self.out, kind, &names)?;
        }
        let minerals = self.minerals.without_densities();
        let maps = self.project.sem.maps.iter();
        let maps = maps.map(|map| self.import_map(map, &minerals, progress));
        Ok(Imported {
            ct,
            maps: maps.collect::<Result<_, _>>()?,
        })
    }

    fn import_ct(&self, progress: &dyn Progress) -> Result<StoredVolume<u16>, Error> {
        let pattern = self.project.path(&self.project.ct.slices);
        let stack = corelith_io::TiffStack::open(&pattern)?;
        let records = corelith_io::record_files(stack.files(), progress)?;
        let slices: Vec<Content> = records
            .into_iter()
            .zip(stack.files())
            .map(|(record, path)| Content::known(path, record.sha256))
            .collect();
        let stage = ImportCt {
            slices: &slices,
            spacing: self.project.ct.voxel_size_um.0,
            pattern: &pattern,
        };
        up_to_date(&stage, &self.context(progress))
    }

    fn import_map(
        &self,
        map: &SemMap,
        minerals: &Minerals,
        progress: &dyn Progress,
    ) -> Result<StoredMap, Error> {
        let content = |path: &PathBuf| Content::of(self.project.path(path));
        let image = content(&map.mineral_map)?;
        let bse = map.bse.as_ref().map(content).transpose()?;
        let stage = ImportMap {
            image: &image,
            bse: bse.as_ref(),
            minerals,
            pixel_um: self.project.sem.pixel_size_um_of(map),
            map,
        };
        up_to_date(&stage, &self.context(progress))
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
        let minerals = self.minerals.without_densities();
        let volume = OnceCell::new();
        let prepared = ForPlacing::new(&imported.ct, &volume);
        let (mut placed, mut lost) = (Vec::new(), Vec::new());
        let maps = imported.maps.iter().zip(&self.project.sem.maps);
        for (map, entry) in maps.filter(|(map, _)| only.is_none_or(|name| map.name == name)) {
            let hint = self.hint(entry)?;
            let stage = Register {
                ct: &imported.ct,
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
        self.train_on(&imported.ct, &maps, progress)
    }

    fn train_on(
        &self,
        ct: &StoredVolume<u16>,
        maps: &[StoredPlacement],
        progress: &dyn Progress,
    ) -> Result<StoredModel, Error> {
        let settings = &self.project.training;
        let roles = maps.iter().zip(&self.project.sem.maps);
        let learned: Vec<&StoredPlacement> = roles
            .filter(|(_, entry)| entry.role == Role::Training)
            .map(|(map, _)| map)
            .collect();
        let start = match &settings.start {
            Start::Random => StartWeights::Random,
            Start::Pretrained => {
                StartWeights::Pretrained(corelith_unet::pretrained_phases_sha256())
            }
            Start::Folder(folder) => {
                StartWeights::Model(StoredModel::in_folder(&self.project.path(folder))?)
            }
        };
        let stage = Train {
            ct,
            maps: &learned,
            minerals: &self.minerals.without_densities(),
            start: &start,
            settings,
            seed: self.project.seed,
        };
        up_to_date(&stage, &self.context(progress))
    }

    /// A phase and a particle for every voxel, by the model that was asked for or the one trained
    /// on this sample.
    ///
    /// # Errors
    /// Those of the stages.
    pub fn segment(&self, progress: &dyn Progress) -> Result<Segmented, Error> {
        let imported = self.import(progress)?;
        let model = match &self.asked.model {
            Some(folder) => StoredModel::in_folder(folder)?,
            None => {
                let maps = self.place(&imported, None, progress)?;
                self.train_on(&imported.ct, &maps, progress)?
            }
        };
        self.segment_by(&imported.ct, &model, progress)
    }

    fn segment_by(
        &self,
        ct: &StoredVolume<u16>,
        model: &StoredModel,
        progress: &dyn Progress,
    ) -> Result<Segmented, Error> {
        let project = &self.project;
        let particle_network = match &project.separation.network {
            DepthNetwork::None => ParticleNetwork::None,
            DepthNetwork::Auto | DepthNetwork::Pretrained => {
                ParticleNetwork::Pretrained(corelith_unet::pretrained_particles_sha256())
            }
            DepthNetwork::Folder(folder) => {
                ParticleNetwork::Model(StoredModel::in_folder(&project.path(folder))?)
            }
        };
        let stage = Segment {
            ct,
            model,
            particle_network: &particle_network,
            minerals: &self.minerals.without_densities(),
            segmentation: &project.segmentation,
            separation: &project.separation,
            regions: &project.regions,
        };
        up_to_date(&stage, &self.context(progress))
    }
}
