//! Which stages a change redoes: just those that depend on what changed.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use corelith_core::{Progress, Silent};
use corelith_evaluation::write_phantom;
use corelith_phantom::{PhantomSettings, phantom};
use corelith_pipeline::{Asked, Options, Sample};

/// Keeps what is said.
#[derive(Default)]
struct Listener(Mutex<Vec<String>>);

impl Progress for Listener {
    fn start(&self, _step: &str, _length: u64) {}
    fn advance(&self, _by: u64) {}
    fn remark(&self, _text: &str) {}
    fn finish(&self) {}
    fn is_cancelled(&self) -> bool {
        false
    }
    fn say(&self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}

/// Runs every stage; returns the names of those that were redone, in order.
fn redone(project: &Path, asked: Asked) -> Vec<String> {
    let listener = Listener::default();
    let options = Options {
        device: corelith_gpu::DeviceChoice::Cpu,
        asked,
        ..Options::default()
    };
    let sample = Sample::open(project, &options, &listener).unwrap();
    sample.report(&listener).unwrap();
    let said = listener.0.into_inner().unwrap();
    said.iter()
        .filter_map(|line| line.split_once(": done in "))
        .map(|(stage, _)| stage.to_owned())
        .collect()
}

fn edit(path: &Path, from: &str, to: &str) {
    let old = fs::read_to_string(path).unwrap();
    let new = old.replacen(from, to, 1);
    assert_ne!(old, new, "{} has no {from}", path.display());
    fs::write(path, new).unwrap();
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// A phantom of two maps as a user's data, with a training of moments.
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
    let quick = "\n[training]\nwidth = 4\nlevels = 2\nsteps = 3\nphantoms = 0\n\n[separation]\n\
                 network = \"none\"\n\n[liberation]\nreplicates = 100\n\n[stereology]\n\
                 random_sections = 20\n";
    fs::write(&project, text + quick).unwrap();
    project
}

const ALL: [&str; 9] = [
    "import",
    "import map_0",
    "import map_1",
    "register map_0",
    "register map_1",
    "train",
    "segment",
    "measure",
    "report",
];

#[test]
fn a_change_redoes_what_depends_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("first");
    let project = sample(&first);
    assert_eq!(redone(&project, Asked::default()), ALL);
    assert!(redone(&project, Asked::default()).is_empty());

    // A copy elsewhere, and a path typed otherwise.
    let copy = folder.path().join("elsewhere/copy");
    copy_folder(&first, &copy);
    let file = project.file_name().unwrap();
    let project = copy.join("..").join("copy").join(file);
    assert!(redone(&project, Asked::default()).is_empty());

    // An edited result of an earlier stage.
    let coordinates = copy.join("results/registration/map_0_coords.tif");
    let mut bytes = fs::read(&coordinates).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&coordinates, &bytes).unwrap();
    // The page shows how long it took.
    let expected = ["register map_0", "report"];
    assert_eq!(redone(&project, Asked::default()), expected);

    let minerals = copy.join("sem/minerals.csv");
    edit(&minerals, "2.62", "2.63");
    assert_eq!(redone(&project, Asked::default()), ["measure", "report"]);

    edit(&project, "random_sections = 20", "random_sections = 21");
    assert_eq!(redone(&project, Asked::default()), ["measure", "report"]);

    edit(
        &project,
        "[separation]\n",
        "[separation]\nsmallest_voxels = 30\n",
    );
    let expected = ["segment", "measure", "report"];
    assert_eq!(redone(&project, Asked::default()), expected);

    edit(&project, "name = \"test\"", "name = \"another\"");
    assert_eq!(redone(&project, Asked::default()), ["report"]);

    // What is asked for stays, until something else is.
    let asked = Asked {
        model: Some(copy.join("results/models/phases")),
        ..Asked::default()
    };
    assert!(!redone(&project, asked).contains(&"train".to_owned()));
    assert!(redone(&project, Asked::default()).is_empty());
    let asked = Asked {
        seed: Some(7),
        ..Asked::default()
    };
    let seeded = redone(&project, asked);
    assert!(seeded.contains(&"register map_1".to_owned()), "{seeded:?}");
    let settings = fs::read_to_string(copy.join("results/settings.toml")).unwrap();
    assert!(settings.contains("seed = 7"), "{settings}");
    assert!(redone(&project, Asked::default()).is_empty());
}

#[test]
fn a_map_that_is_gone_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let project = sample(folder.path());
    let silent = &Silent;
    let options = Options {
        device: corelith_gpu::DeviceChoice::Cpu,
        ..Options::default()
    };
    let placed = |project: &Path| {
        let sample = Sample::open(project, &options, silent).unwrap();
        sample.register(None, silent).unwrap().len()
    };
    assert_eq!(placed(&project), 2);
    let text = fs::read_to_string(&project).unwrap();
    let second = text.match_indices("[[sem.map]]").nth(1).unwrap().0;
    let rest = text[second..].find("\n[training]").unwrap() + second;
    fs::write(&project, format!("{}{}", &text[..second], &text[rest..])).unwrap();
    assert_eq!(placed(&project), 1);
    let results = folder.path().join("results");
    assert!(results.join("registration/map_0.json").exists());
    for gone in [
        "registration/map_1.json",
        "registration/map_1_coords.tif",
        "import/maps/map_1.tif",
    ] {
        assert!(!results.join(gone).exists(), "{gone} is left");
    }
}
