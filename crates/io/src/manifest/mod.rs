//! Data sets that are known: where they come from, and whether a copy of one is whole.

mod lock;
mod text;
mod verify;

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::toml_file::from_toml;

pub use lock::{DatasetLock, Download, LOCK_FILE};
pub use verify::{Check, Outcome, VerifyReport, folded_name};

const BUILT_IN: &str = include_str!("../../../../data-manifest.toml");

/// The list of known data sets: `data-manifest.toml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The data sets.
    #[serde(rename = "dataset", default)]
    pub datasets: Vec<DatasetEntry>,
}

/// One data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetEntry {
    /// Name by which commands know it.
    pub name: String,
    /// What it shows.
    pub about: String,
    /// The publication that describes it.
    pub study: String,
    /// Repository that holds it.
    pub repository: String,
    /// Identifier of the item in the repository.
    pub item: String,
    /// Page of the item.
    pub url: String,
    /// Kind of the repository's programming interface, such as `dspace7`.
    pub api: String,
    /// Address of that interface, without the `api` at its end.
    pub server: String,
    /// Licence, SPDX identifier.
    pub licence: String,
    /// Who published it.
    pub publisher: String,
    /// When, `YYYY-MM-DD`.
    pub published: String,
    /// How the CT was made.
    pub acquisition: Acquisition,
    /// Folders without CT slices.
    #[serde(rename = "folder", default)]
    pub folders: Vec<FolderEntry>,
    /// CT stacks.
    #[serde(rename = "fraction", default)]
    pub fractions: Vec<Fraction>,
    /// Files whose size or checksum is published.
    #[serde(rename = "file", default)]
    pub files: Vec<FileEntry>,
}

/// How the CT was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acquisition {
    /// The instrument.
    pub instrument: String,
    /// Tube voltage in kilovolts.
    pub voltage_kv: f64,
    /// Tube current in microamperes.
    pub current_ua: f64,
    /// Exposure of one projection in seconds.
    pub exposure_s: f64,
    /// Magnification of the objective.
    pub magnification: f64,
    /// Voxel size in micrometres.
    pub voxel_size_um: f64,
    /// Bits of a grey value.
    pub bits: u16,
}

/// A folder that a complete copy has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderEntry {
    /// Path below the data set, parts joined by `/`.
    pub path: String,
    /// What it holds.
    pub holds: String,
}

/// A CT stack of one size fraction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fraction {
    /// Size fraction in micrometres, such as `63-100`.
    pub name: String,
    /// Folder with the slices, below the data set.
    pub folder: String,
    /// Columns of a slice.
    pub width_px: usize,
    /// Rows of a slice.
    pub height_px: usize,
    /// Slices, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slices: Option<usize>,
    /// Projections of the scan.
    pub projections: usize,
    /// Distance from the detector to the axis of rotation; the data set states no unit.
    pub detector_to_axis: f64,
    /// Distance from the source to the axis of rotation; the data set states no unit.
    pub source_to_axis: f64,
}

/// A file whose size or checksum is published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Path below the data set, parts joined by `/`.
    pub path: String,
    /// Size in bytes, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// SHA-256 in lower-case hexadecimal digits, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl Manifest {
    /// The manifest that this program was built with.
    ///
    /// # Errors
    /// [`Error::Syntax`] when the file in the repository is not well-formed; a test holds that it
    /// is.
    pub fn built_in() -> Result<Self, Error> {
        from_toml(BUILT_IN, Path::new("data-manifest.toml"))
    }

    /// The data set of that name.
    ///
    /// # Errors
    /// [`Error::NoDataset`] with the names that are known.
    pub fn dataset(&self, name: &str) -> Result<&DatasetEntry, Error> {
        self.datasets
            .iter()
            .find(|d| d.name == name)
            .ok_or_else(|| Error::NoDataset {
                name: name.to_owned(),
                known: self
                    .datasets
                    .iter()
                    .map(|d| d.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_manifest_is_well_formed() {
        let manifest = Manifest::built_in().unwrap();
        let slag = manifest.dataset("lithium-slag").unwrap();
        assert_eq!(slag.item, "60fbaa63-1982-4332-b186-fdb500dcc8cd");
        assert_eq!(slag.fractions[0].projections, 3566);
        assert!(slag.fractions[1].folder.ends_with("100-250\u{b5}m"));
        assert_eq!(slag.acquisition.voxel_size_um, 2.296);
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = Manifest::built_in().unwrap().dataset("slag").unwrap_err();
        assert!(error.to_string().contains("lithium-slag"), "{error}");
    }
}
