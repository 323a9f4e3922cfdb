//! Every dependency of a crate is used, and those between the crates point one way:
//! memory, core <- io, gpu <- stats <- phantom, registration, unet <- report <- pipeline <- evaluation <- cli.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The crates of each layer, lowest first.
const LAYERS: [&[&str]; 8] = [
    &["corelith-core", "corelith-memory"],
    &["corelith-io", "corelith-gpu"],
    &["corelith-stats", "corelith-fetch"],
    &["corelith-phantom", "corelith-registration", "corelith-unet"],
    &["corelith-report"],
    &["corelith-pipeline"],
    &["corelith-evaluation"],
    &["corelith"],
];

/// Members that are no part of the program.
const OUTSIDE: [&str; 3] = ["corelith-tests", "corelith-benches", "corelith-python"];

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|crates| crates.contains(&name))
}

/// What is wrong with `user` depending on `used`.
fn objection(user: &str, used: &str) -> Option<String> {
    let (Some(from), Some(to)) = (layer(user), layer(used)) else {
        return Some(format!("{user} uses {used}: not in any layer"));
    };
    (to >= from).then(|| format!("{user} (layer {from}) uses {used} (layer {to})"))
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .args([
            "--manifest-path",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"),
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn name(of: &Value) -> &str {
    of["name"].as_str().unwrap()
}

#[test]
fn dependencies_point_one_way() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let members: Vec<&str> = packages.iter().map(name).collect();
    let mut objections = Vec::new();
    for package in packages {
        let user = name(package);
        if OUTSIDE.contains(&user) {
            continue;
        }
        if layer(user).is_none() {
            objections.push(format!("{user} is in no layer"));
        }
        for dependency in package["dependencies"].as_array().unwrap() {
            // Tests of a crate may use any other.
            if !dependency["kind"].is_null() || !members.contains(&name(dependency)) {
                continue;
            }
            objections.extend(objection(user, name(dependency)));
        }
    }
    assert!(objections.is_empty(), "{}", objections.join("\n"));
    let known: usize = LAYERS.iter().map(|crates| crates.len()).sum();
    assert_eq!(members.len(), known + OUTSIDE.len(), "{members:?}");
}

#[test]
fn upward_and_sideward_uses_are_seen() {
    assert!(objection("corelith-core", "corelith-io").is_some());
    assert!(objection("corelith-unet", "corelith-registration").is_some());
    assert!(objection("corelith-stats", "corelith-gpu").is_none());
}

/// Dependencies that no source names.
const UNNAMED: [(&str, &str); 7] = [
    // Switches on a feature of what Burn multiplies matrices with.
    ("corelith-unet", "gemm"),
    // Pins what `url` would bring otherwise.
    ("corelith-fetch", "idna_adapter"),
    // Its library is called md5.
    ("corelith-fetch", "md-5"),
    // Have the features that the program and the Python package have of them: see
    // `the_python_package_is_built_of_the_same_crates`.
    ("corelith", "matrixmultiply"),
    ("corelith-python", "libc"),
    ("corelith-python", "portable-atomic"),
    ("corelith-python", "rustix"),
];

/// The text of every Rust file in a folder and those below it.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &sources(&path);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text += &std::fs::read_to_string(&path).unwrap();
        }
    }
    text
}

/// Whether a text holds a word, and not as part of a longer one.
fn names(text: &str, word: &str) -> bool {
    let part_of_a_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(part_of_a_word)
            && !text[at + word.len()..].starts_with(part_of_a_word)
    })
}

#[test]
fn every_dependency_is_used() {
    let metadata = metadata();
    let mut unused = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let folder = manifest.parent().unwrap();
        let library = sources(&folder.join("src"));
        let everything = sources(folder);
        for dependency in package["dependencies"].as_array().unwrap() {
            // What only tests or the build name belongs to their dependencies, but for the
            // packages that are nothing but tests.
            let outside = !dependency["kind"].is_null() || OUTSIDE.contains(&name(package));
            let text = if outside { &everything } else { &library };
            let found = names(text, &name(dependency).replace('-', "_"));
            if !found && !UNNAMED.contains(&(name(package), name(dependency))) {
                unused.push(format!("{}: {}", name(package), name(dependency)));
            }
        }
    }
    assert!(unused.is_empty(), "nothing uses {}", unused.join(", "));
}

/// Every crate that a package is built of, by name and version, with the sets of features that it is
/// built with: one for the program, another perhaps for what runs while building.
fn features(package: &str) -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--prefix", "none"])
        .args(["-e", "normal,build", "-f", "{p}|{f}", "-p", package])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().map(|line| line.trim_end_matches(" (*)"));
    let lines = lines.filter_map(|line| line.split_once('|'));
    let mut found = BTreeMap::<_, BTreeSet<String>>::new();
    for (name, features) in lines {
        found
            .entry(name.to_owned())
            .or_default()
            .insert(features.to_owned());
    }
    found
}

/// With other features of one shared crate, everything above it is compiled twice: a quarter of an
/// hour where it stands below Burn.
#[test]
fn the_python_package_is_built_of_the_same_crates() {
    let (program, package) = (features("corelith"), features("corelith-python"));
    let shared = package
        .iter()
        .filter(|(name, _)| program.contains_key(*name));
    let differing: Vec<String> = shared
        .filter(|(name, features)| program[*name] != **features)
        .map(|(name, features)| format!("{name}: {:?} against {features:?}", program[name]))
        .collect();
    assert!(package.keys().any(|name| name.starts_with("burn ")));
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// Fuzz targets are no part of the workspace, so nothing else notices that their lock file is behind.
#[test]
fn the_lock_file_of_the_fuzz_targets_knows_all_dependencies() {
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/Cargo.lock");
    let lock = std::fs::read_to_string(lock).unwrap();
    let metadata = metadata();
    let mut missing = Vec::new();
    let mut seen = 0;
    for package in metadata["packages"].as_array().unwrap() {
        let entry = format!("name = \"{}\"", name(package));
        let Some(entry) = lock.split("[[package]]").find(|part| part.contains(&entry)) else {
            continue;
        };
        seen += 1;
        let locked: Vec<&str> = entry
            .lines()
            .filter_map(|line| line.trim().strip_prefix('"')?.split([' ', '"']).next())
            .collect();
        for dependency in package["dependencies"].as_array().unwrap() {
            if dependency["kind"].is_null() && !locked.contains(&name(dependency)) {
                missing.push(format!("{}: {}", name(package), name(dependency)));
            }
        }
    }
    assert!(seen >= 2, "core and io are what the targets read with");
    assert!(
        missing.is_empty(),
        "run `cargo metadata` in fuzz, which lacks {}",
        missing.join(", ")
    );
}

#[test]
fn a_word_is_not_a_part_of_another() {
    assert!(names("use rand::Rng;", "rand") && names("rand", "rand"));
    assert!(!names("use rand_chacha::ChaCha8Rng; operand", "rand"));
}
