use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use corelith_core::Region;
use corelith_unet::Start;
use serde::{Deserialize, Serialize};

use crate::{Error, Project};

/// What was asked for in place of the project file's settings. It stays with the results until
/// something else is asked for, so that a later command goes on from the same results.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// Seed of everything random.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Minutes of training.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<f64>,
    /// Folder of a model that the training starts from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<PathBuf>,
    /// Folder of another model to segment with; nothing is trained then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<PathBuf>,
    /// Where maps lie, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub places: BTreeMap<String, AskedPlace>,
}

/// Where a map lies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedPlace {
    /// Near the placement in this file.
    Start(PathBuf),
    /// Its middle in this region, in voxels.
    Region(Region),
}

/// The file, relative to the results.
const FILE: &str = "asked.toml";

impl Asked {
    /// What earlier commands asked for.
    ///
    /// # Errors
    /// When the file is there and cannot be understood.
    pub fn load(out: &Path) -> Result<Self, Error> {
        let path = out.join(FILE);
        if !path.exists() {
            return Ok(Self::default());
        }
        Ok(corelith_io::read_toml(&path)?)
    }

    /// Keeps it for later commands.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, out: &Path) -> Result<(), Error> {
        let path = out.join(FILE);
        if *self == Self::default() && !path.exists() {
            return Ok(());
        }
        Ok(corelith_io::write_toml(&path, self)?)
    }

    /// Whether anything was asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes over what is asked for now; the rest stays.
    pub fn update(&mut self, now: Self) {
        // A training is asked for, so that its model is the one to use, unless one is named.
        if now.minutes.is_some() || now.from.is_some() {
            self.model = None;
        }
        self.seed = now.seed.or(self.seed);
        self.minutes = now.minutes.or(self.minutes);
        self.from = now.from.or(self.from.take());
        self.model = now.model.or(self.model.take());
        self.places.extend(now.places);
    }

    /// Puts it in place of the project's settings. Places of maps that are no longer there say
    /// nothing.
    pub fn apply(&self, project: &mut Project) {
        project.seed = self.seed.unwrap_or(project.seed);
        project.training.minutes = self.minutes.unwrap_or(project.training.minutes);
        if let Some(from) = &self.from {
            project.training.start = Start::Folder(from.clone());
        }
        for (name, place) in &self.places {
            let Ok(map) = project.map_mut(name) else {
                continue;
            };
            (map.start, map.region_vox) = match place {
                AskedPlace::Start(path) => (Some(path.clone()), None),
                AskedPlace::Region(region) => (None, Some(*region)),
            };
        }
    }

    /// As the command line has it, for people.
    pub fn describe(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.seed.map(|seed| format!("--seed {seed}")));
        parts.extend(self.minutes.map(|minutes| format!("--minutes {minutes}")));
        parts.extend(
            self.from
                .as_ref()
                .map(|from| format!("--from {}", from.display())),
        );
        parts.extend(
            self.model
                .as_ref()
                .map(|m| format!("--model {}", m.display())),
        );
        parts.extend(self.places.iter().map(|(name, place)| match place {
            AskedPlace::Start(path) => format!("--map {name} --start {}", path.display()),
            AskedPlace::Region(region) => format!("--map {name} --region {region}"),
        }));
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_stays_until_something_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut asked = Asked::load(folder.path()).unwrap();
        asked.update(Asked {
            seed: Some(5),
            model: Some("other/models/phases".into()),
            ..Asked::default()
        });
        asked.save(folder.path()).unwrap();
        let mut later = Asked::load(folder.path()).unwrap();
        assert_eq!(later, asked);
        later.update(Asked::default());
        assert_eq!(later, asked);
        later.update(Asked {
            minutes: Some(2.0),
            ..Asked::default()
        });
        assert_eq!((later.seed, later.model), (Some(5), None));
    }
}
