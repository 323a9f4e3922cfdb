//! A whole project file, as the program composes it.

#![allow(dead_code, reason = "no file of tests needs all of it")]

use std::fs;

use corelith_io::{CtSection, Error, SemSection, read_toml};
use serde::{Deserialize, Serialize};

/// As the program composes it, with one stage's settings.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    pub name: Option<String>,
    pub fraction_um: Option<String>,
    pub ct: CtSection,
    pub sem: SemSection,
    #[serde(default)]
    pub train: Train,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Train {
    pub minutes: f64,
}

pub const WHOLE: &str = r#"
name = "sample"
fraction_um = "63-100"

[ct]
slices = "ct/slice_*.tif"
voxel_size_um = 2.296

[sem]
minerals = "sem/minerals.csv"
pixel_size_um = 1.2
background = "Background"

[[sem.map]]
mineral_map = "sem/map_0.png"
bse = "sem/map_0_bse.tif"
role = "training"

[[sem.map]]
mineral_map = "/elsewhere/map_1.png"
name = "second"
role = "validation"
pixel_size_um = 0.6
"#;

pub fn parse(text: &str) -> Result<Project, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("project.toml");
    fs::write(&path, text).unwrap();
    read_toml(&path)
}

pub fn error_of(from: &str, to: &str) -> String {
    assert!(WHOLE.contains(from));
    parse(&WHOLE.replace(from, to)).unwrap_err().to_string()
}
