use std::path::{Path, PathBuf};

use corelith_core::Progress;

use crate::resume::Content;
use crate::stage::report::InputFile;
use crate::{Error, Project};

/// The files that the user gave, with their checksums.
pub struct Inputs<'a> {
    project: &'a Project,
    pub files: Vec<InputFile>,
}

impl<'a> Inputs<'a> {
    pub fn new(project: &'a Project) -> Self {
        Self {
            project,
            files: Vec::new(),
        }
    }

    /// A file that the project names.
    pub fn add(&mut self, path: &Path, progress: &dyn Progress) -> Result<Content, Error> {
        let mut added = self.add_all(&[self.project.path(path)], progress)?;
        Ok(added.remove(0))
    }

    /// Files beside the project file, or elsewhere.
    pub fn add_all(
        &mut self,
        paths: &[PathBuf],
        progress: &dyn Progress,
    ) -> Result<Vec<Content>, Error> {
        let records = corelith_io::record_files(paths, progress)?;
        let mut contents = Vec::with_capacity(paths.len());
        for (path, record) in paths.iter().zip(records) {
            contents.push(Content::known(path, &record.sha256));
            let shown = path.strip_prefix(&self.project.folder).unwrap_or(path);
            self.files.push(InputFile {
                path: shown.to_owned(),
                bytes: record.bytes,
                sha256: record.sha256,
            });
        }
        Ok(contents)
    }
}
