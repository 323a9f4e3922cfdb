//! A first project file from what a folder holds.

use std::fmt;
use std::path::{Path, PathBuf};

use corelith_core::Progress;
use corelith_io::{Gap, Survey};
use serde::Serialize;

use crate::{Error, Project};

/// What [`init`] is to do.
#[derive(Debug, Clone, PartialEq)]
pub struct InitOptions {
    /// Name of the project file, in the folder.
    pub file: String,
    /// Path of the volume that is meant, where the folder holds several.
    pub ct: Option<String>,
    /// Whether a file of that name is replaced.
    pub force: bool,
}

impl Default for InitOptions {
    fn default() -> Self {
        Self {
            file: "sample.toml".to_owned(),
            ct: None,
            force: false,
        }
    }
}

/// A project file that was written.
#[derive(Debug, Clone, Serialize)]
pub struct Initialised {
    /// The project file.
    pub project: PathBuf,
    /// What was found, a line each.
    pub found: Vec<String>,
    /// What has to be filled in, chosen or mended before it can be run.
    pub gaps: Vec<Gap>,
    /// All that was seen.
    pub survey: Survey,
}

impl fmt::Display for Initialised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.found {
            writeln!(f, "found {line}")?;
        }
        for note in &self.survey.notes {
            writeln!(f, "note: {note}")?;
        }
        for gap in &self.gaps {
            writeln!(f, "{}: {}", gap.place, gap.what)?;
        }
        let project = self.project.display();
        writeln!(f, "wrote {project}")?;
        writeln!(f, "next: corelith check {project}")
    }
}

/// Looks at a folder and writes a project file of what it holds, with comments on where each value
/// is from. What no file states is left open in it, and listed.
///
/// # Errors
/// [`Error::ProjectExists`] for a file that is there and not to be replaced, [`Error::NoSample`]
/// when the folder holds neither a volume nor a mineral map, [`Error::ProjectName`] for a name that
/// is none, and those of [`corelith_io::survey`]. Nothing is written then.
pub fn init(
    folder: &Path,
    options: &InitOptions,
    progress: &dyn Progress,
) -> Result<Initialised, Error> {
    let name = Path::new(&options.file);
    if name.file_name() != Some(name.as_os_str()) || options.file.contains('\\') {
        return Err(Error::ProjectName {
            name: options.file.clone(),
        });
    }
    let project = folder.join(name);
    let exists = || match std::fs::symlink_metadata(&project) {
        Ok(_) if !options.force => Err(Error::ProjectExists {
            path: project.clone(),
        }),
        _ => Ok(()),
    };
    exists()?;
    let survey = corelith_io::survey(folder, options.ct.as_deref(), progress)?;
    if survey.is_empty() {
        return Err(Error::NoSample {
            folder: folder.to_owned(),
            files: survey.files,
            notes: survey.notes,
        });
    }
    let mut draft = survey.draft(&options.file);
    // It may have come while the folder was looked at.
    exists()?;
    corelith_io::write_bytes(&project, draft.text.as_bytes())?;
    if draft.gaps.is_empty()
        && let Err(error) = Project::read(&project)
    {
        draft.gaps.push(Gap {
            place: "project file".to_owned(),
            what: error.to_string(),
        });
    }
    Ok(Initialised {
        project,
        found: draft.found,
        gaps: draft.gaps,
        survey,
    })
}
