//! Runs that are killed at random moments of every stage, and go on by the same command: what they
//! end with is what a run ends with that was never killed, file by file.
//!
//! `CORELITH_TEST_KILLS` says how many kills are made, 200 by default.

// Signals are those of Unix.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod moments;
mod run;
mod same_results;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use corelith_core::Silent;
use corelith_evaluation::write_phantom;
use corelith_phantom::{PhantomMap, PhantomSettings, phantom};

use moments::moments;
use run::{Killed, Run, stages_of};
use same_results::differences;

const KILLS_DEFAULT: usize = 200;

/// A training that keeps its state several times, two steps apart, with a forest beside; every export.
const QUICK: &str = "
[training]
width = 4
levels = 2
steps = 24
patch_vox = [8, 32, 32]
phantoms = 0

[separation]
network = \"none\"

[liberation]
replicates = 100

[stereology]
random_sections = 20

[output]
format = \"ome-zarr\"
";

/// A phantom with a map to learn from and one to hold the result against, and where they lie by a few
/// voxels, which saves most of the search; returns its project file.
fn sample(folder: &Path) -> PathBuf {
    let mut settings = PhantomSettings {
        shape_vox: [80, 144, 144],
        ..PhantomSettings::default()
    };
    settings.maps.training = 1;
    settings.maps.validation = 1;
    let made = phantom(&settings, 1, &Silent).unwrap();
    let project = write_phantom(folder, "test", "63-100", &made, &Silent).unwrap();
    let text = fs::read_to_string(&project).unwrap();
    let mut parts = text.split("[[sem.map]]");
    let mut placed = parts.next().unwrap().to_owned();
    for (part, map) in parts.zip(&made.maps) {
        placed += &format!(
            "[[sem.map]]{}\nregion_vox = {{ {} }}\n\n",
            part.trim_end(),
            region_around(map)
        );
    }
    fs::write(&project, placed + QUICK).unwrap();
    project
}

/// A few voxels about the middle of a map.
fn region_around(map: &PhantomMap) -> String {
    let ranges = ["x", "y", "z"]
        .iter()
        .zip(&map.coords_vox)
        .map(|(axis, at)| {
            let mean = at.data().iter().map(|v| f64::from(*v)).sum::<f64>() / at.len() as f64;
            format!("{axis} = [{:.0}, {:.0}]", mean - 3.0, mean + 3.0)
        });
    ranges.collect::<Vec<_>>().join(", ")
}

#[test]
fn killed_runs_end_as_a_run_that_was_never_killed() {
    let wanted = match std::env::var("CORELITH_TEST_KILLS") {
        Ok(count) => count.parse().unwrap(),
        Err(_) => KILLS_DEFAULT,
    };
    let folder = tempfile::tempdir().unwrap();
    let project = sample(&folder.path().join("sample"));
    let whole = folder.path().join("whole");
    let stages = stages_of(&Run::start(&project, &whole).finish());

    let began = Instant::now();
    let mut hits: BTreeMap<String, usize> = BTreeMap::new();
    let (mut kills, mut chain) = (0, 0);
    while kills < wanted {
        let results = folder.path().join(format!("killed {chain}"));
        let moments = moments(&stages, chain);
        for moment in &moments {
            match Run::start(&project, &results).killed_at(moment) {
                Killed::AtWork => {
                    kills += 1;
                    *hits.entry(moment.stage.clone()).or_default() += 1;
                }
                // The moment was the last one of the program.
                Killed::TooLate => {}
            }
        }
        Run::start(&project, &results).finish();
        let found = differences(&whole, &results);
        assert!(
            found.is_empty(),
            "{found:#?} differ after kills at {moments:#?}"
        );
        fs::remove_dir_all(&results).unwrap();
        chain += 1;
    }
    eprintln!(
        "{kills} kills in {chain} chains, {:.0} s: {hits:?}",
        began.elapsed().as_secs_f64()
    );
    // Each stage had its share.
    for stage in &stages {
        assert!(hits.contains_key(&stage.name), "{}: {hits:?}", stage.name);
    }
}
