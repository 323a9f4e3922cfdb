//! A small phantom on disk, and the program run on it.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use corelith_core::Silent;
use corelith_io::{Dataset, DatasetMap, Role};
use corelith_phantom::{MapRole, Phantom, PhantomSettings, phantom};

/// A phantom small enough for a test, with whole particles on every map.
pub fn small_phantom(seed: u64) -> Phantom {
    let settings = PhantomSettings {
        shape_vox: [80, 144, 144],
        ..PhantomSettings::default()
    };
    phantom(&settings, seed, &Silent).unwrap()
}

/// Writes a phantom as a user's data, with a training of a few seconds; returns the project file.
pub fn write_sample(folder: &Path, truth: &Phantom) -> PathBuf {
    let maps = truth
        .maps
        .iter()
        .map(|map| DatasetMap {
            classes: map.classes.clone(),
            bse: map.bse.clone(),
            role: match map.role {
                MapRole::Training => Role::Training,
                MapRole::Validation => Role::Validation,
            },
        })
        .collect();
    let dataset = Dataset {
        name: "test".to_owned(),
        fraction_um: "63-100".to_owned(),
        spacing: truth.spacing,
        maps,
        minerals: truth.minerals.clone(),
        pixel_size_um: PhantomSettings::default().maps.pixel_um,
    };
    let project = corelith_io::write_dataset(folder, &dataset, &truth.ct, &Silent).unwrap();
    append(
        &project,
        "\n[training]\nwidth = 8\nsteps = 40\n\n[liberation]\nreplicates = 200\n\n[stereology]\nrandom_sections = 40\n",
    );
    project
}

/// Adds text to the end of a file.
pub fn append(path: &Path, text: &str) {
    let old = std::fs::read_to_string(path).unwrap();
    std::fs::write(path, old + text).unwrap();
}

/// Runs the program on the native CPU path.
pub fn corelith(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_corelith"))
        .args(arguments)
        .args(["--device", "cpu"])
        .output()
        .unwrap()
}

/// What the program said to people.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
