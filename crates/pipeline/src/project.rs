//! The project file: what the user has, and the settings of every stage.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use corelith_core::{Minerals, RangedSettings as _};
use corelith_io::{CtSection, SemMap, SemSection};
use corelith_stats::imaging::{separation, weak_regions};
use corelith_stats::liberation::MeasuredWith;
use corelith_stats::{liberation, measure, stereology};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::stage::export;

/// A project file. Its paths are relative to [`Project::folder`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// Name of the sample.
    pub name: String,
    /// Size fraction, for titles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraction_um: Option<String>,
    /// Mineral that the verdict is about; by default the first solid one of the mineral list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Seed of everything random.
    #[serde(default)]
    pub seed: u64,
    /// The CT slices.
    pub ct: CtSection,
    /// The mineral maps.
    pub sem: SemSection,
    /// How maps are placed in the CT.
    #[serde(default)]
    pub registration: corelith_registration::Settings,
    /// How the network learns.
    #[serde(default)]
    pub training: corelith_unet::Settings,
    /// How the network is applied.
    #[serde(default)]
    pub segmentation: corelith_unet::SegmentSettings,
    /// How touching particles are separated.
    #[serde(default)]
    pub separation: separation::Settings,
    /// Which regions of a mineral are borne out.
    #[serde(default)]
    pub regions: weak_regions::Settings,
    /// How particles are measured.
    #[serde(default)]
    pub measurement: measure::Settings,
    /// How liberation is counted.
    #[serde(default)]
    pub liberation: liberation::Settings,
    /// How sections through the 3D result are cut.
    #[serde(default)]
    pub stereology: stereology::Settings,
    /// What is written for viewers.
    #[serde(default)]
    pub output: export::Settings,
    /// Folder of the project file.
    #[serde(skip)]
    pub folder: PathBuf,
    /// What the user should know of how the file was read.
    #[serde(skip)]
    pub note: Option<String>,
}

impl Project {
    /// Reads and checks a project file.
    ///
    /// # Errors
    /// When it cannot be read, has an unknown or missing key, a setting out of its range, or no
    /// training map.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let (mut project, note): (Self, _) = corelith_io::read_toml_with_note(path)?;
        project.note = note;
        project.folder = path.parent().unwrap_or(Path::new("")).to_owned();
        project.sem.check(path)?;
        project.check_settings(path)?;
        Ok(project)
    }

    /// Reads a project file past its faults, for all that is wrong with it; the project is there when
    /// what is right says all that has to be said.
    pub fn read_past_faults(path: &Path) -> (Option<Self>, Vec<corelith_io::Error>) {
        let (project, mut faults) = corelith_io::read_toml_past_faults::<Self>(path);
        let project = project.map(|mut project| {
            project.folder = path.parent().unwrap_or(Path::new("")).to_owned();
            project
        });
        if let Some(project) = &project {
            faults.extend(project.sem.check(path).err());
            faults.extend(project.setting_faults(path));
        }
        (project, faults)
    }

    /// Fails on the first setting out of its range, of whatever stage: no run should end on one
    /// after minutes of work.
    pub(crate) fn check_settings(&self, path: &Path) -> Result<(), corelith_io::Error> {
        match self.setting_faults(path).into_iter().next() {
            Some(fault) => Err(fault),
            None => Ok(()),
        }
    }

    /// Every section with a setting out of its range.
    fn setting_faults(&self, path: &Path) -> Vec<corelith_io::Error> {
        fn problem(checked: Result<(), impl Display>) -> Option<String> {
            checked.err().map(|error| error.to_string())
        }
        let checked = [
            ("registration", problem(self.registration.check_ranges())),
            ("training", problem(self.training.check())),
            // What sides a tile may have is up to the model.
            ("segmentation", problem(self.segmentation.check(1))),
            ("separation", problem(self.separation.check_ranges())),
            ("regions", problem(self.regions.check_ranges())),
            ("liberation", problem(self.liberation.check_ranges())),
            ("liberation", problem(self.measured_with(self.seed).check())),
            ("stereology", problem(self.stereology.check_ranges())),
        ];
        let fault = |(section, problem): (&'static str, Option<String>)| {
            Some(corelith_io::Error::Section {
                path: path.to_owned(),
                section,
                problem: problem?,
            })
        };
        checked.into_iter().filter_map(fault).collect()
    }

    /// A path of the project file, relative to where the program runs.
    pub fn path(&self, path: &Path) -> PathBuf {
        corelith_io::project_path(&self.folder, path)
    }

    /// Class of the mineral that the verdict is about.
    ///
    /// # Errors
    /// [`Error::NoTarget`] when the project names one that is not a solid mineral of the list.
    pub fn target_class(&self, minerals: &Minerals) -> Result<u8, Error> {
        let mut solids = minerals.solids();
        let found = match &self.target {
            Some(name) => solids.find(|&class| minerals.name(class) == name),
            None => solids.next(),
        };
        found.ok_or_else(|| Error::NoTarget {
            target: self.target.clone().unwrap_or_else(|| "any".to_owned()),
            known: minerals
                .solids()
                .map(|class| minerals.name(class).to_owned())
                .collect(),
        })
    }

    /// Names of the maps, in file order.
    pub fn map_names(&self) -> Vec<String> {
        self.sem.maps.iter().map(SemMap::name).collect()
    }

    /// The settings of everything that is measured.
    pub fn measured_with(&self, seed: u64) -> MeasuredWith<'_> {
        MeasuredWith {
            measurement: &self.measurement,
            stereology: &self.stereology,
            liberation: &self.liberation,
            seed,
        }
    }

    /// The map of that name, to change.
    ///
    /// # Errors
    /// [`Error::NoMap`], which names those that there are.
    pub fn map_mut(&mut self, name: &str) -> Result<&mut SemMap, Error> {
        let known = self.map_names();
        self.sem
            .maps
            .iter_mut()
            .find(|map| map.name() == name)
            .ok_or_else(|| Error::NoMap {
                name: name.to_owned(),
                known,
            })
    }
}
