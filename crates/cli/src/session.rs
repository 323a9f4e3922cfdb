//! One run of the program on one project: what every stage needs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use corelith_core::{Minerals, Volume};
use corelith_gpu::Compute;

use crate::args::Global;
use crate::progress::Terminal;
use crate::project::Project;

/// What every stage needs.
pub struct Session {
    /// The project, paths resolved.
    pub project: Project,
    /// The mineral list.
    pub minerals: Minerals,
    /// Folder of the results.
    pub out: PathBuf,
    /// Where to compute.
    pub compute: Compute,
    /// Seed of everything random.
    pub seed: u64,
    /// Progress and messages.
    pub terminal: Terminal,
    /// Results go to stdout as JSON.
    pub json: bool,
    ct: Mutex<Option<Arc<Volume<u16>>>>,
}

impl Session {
    /// Reads the project file and opens the device.
    ///
    /// # Errors
    /// When the project or the mineral list cannot be used, or the wanted device is not there.
    pub fn open(global: &Global, project_path: &Path) -> anyhow::Result<Self> {
        let project = Project::read(project_path)?;
        let minerals = corelith_io::read_minerals(&project.sem.minerals, &project.sem.background)?;
        let out = match &global.out {
            Some(out) => out.clone(),
            None => project.folder.join("results"),
        };
        let compute = Compute::select(global.device)?;
        let seed = global.seed.unwrap_or(project.seed);
        let session = Self {
            project,
            minerals,
            out,
            compute,
            seed,
            terminal: Terminal::new(global.quiet),
            json: global.json,
            ct: Mutex::default(),
        };
        Ok(session)
    }

    /// A line for people, on stderr.
    pub fn say(&self, line: &str) {
        self.terminal.say(line);
    }

    /// Path of a result.
    pub fn result(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.out.join(relative)
    }

    /// The imported CT volume, read once a run.
    ///
    /// # Errors
    /// When the import has no result or it cannot be read.
    pub fn ct(&self) -> anyhow::Result<Arc<Volume<u16>>> {
        let mut ct = self
            .ct
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(volume) = ct.as_ref() {
            return Ok(Arc::clone(volume));
        }
        let path = self.result(crate::stages::import::CT);
        let spacing = self.project.ct.voxel_size_um.0;
        let volume: Arc<Volume<u16>> = Arc::new(
            corelith_io::read_volume(&path, spacing, &self.terminal)
                .context("the imported CT volume cannot be used")?,
        );
        *ct = Some(Arc::clone(&volume));
        Ok(volume)
    }

    /// Keeps the volume that was just imported, so that it is not read again.
    pub fn keep_ct(&self, volume: Volume<u16>) {
        *self
            .ct
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Arc::new(volume));
    }
}
