use std::path::{Path, PathBuf};

use corelith_core::Progress;
use corelith_gpu::{Compute, DeviceChoice};
use corelith_unet::UnetError;

use super::Sample;
use crate::resume::{FolderLock, Hold};
use crate::{Asked, Error, Project};

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
    /// Whether nothing is segmented where the model does not suit the scan.
    pub only_suitable: bool,
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
        Self::open_holding(project_file, options, Hold::Alone, progress)
    }

    pub(super) fn open_holding(
        project_file: &Path,
        options: &Options,
        hold: Hold,
        progress: &dyn Progress,
    ) -> Result<Self, Error> {
        let mut project = Project::read(project_file)?;
        for name in options.asked.places.keys() {
            project.map_mut(name)?;
        }
        let list = project.sem.read_minerals(&project.folder)?;
        for note in &list.notes {
            progress.say(&format!("mineral list: {note}"));
        }
        project.target_class(&list.minerals)?;
        let out = match &options.out {
            Some(out) => out.clone(),
            None => project.folder.join("results"),
        };
        let lock = FolderLock::take(&out, hold)?;
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
            project
                .segmentation
                .check(project.training.multiple())
                .map_err(UnetError::from)?;
        }
        asked.save(&out)?;
        Ok(Self {
            project,
            list,
            asked,
            out,
            compute: Compute::select(options.device)?,
            only_suitable: options.only_suitable,
            beside_others: hold == Hold::Beside,
            _lock: lock,
        })
    }
}
