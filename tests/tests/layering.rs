//! Dependencies between the crates point one way:
//! core <- io, gpu <- stats <- phantom, registration, unet <- report <- pipeline <- evaluation <- cli.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::process::Command;

use serde_json::Value;

/// The crates of each layer, lowest first.
const LAYERS: [&[&str]; 8] = [
    &["corelith-core"],
    &["corelith-io", "corelith-gpu"],
    &["corelith-stats", "corelith-fetch"],
    &["corelith-phantom", "corelith-registration", "corelith-unet"],
    &["corelith-report"],
    &["corelith-pipeline"],
    &["corelith-evaluation"],
    &["corelith"],
];

/// Members that are no part of the program.
const OUTSIDE: [&str; 2] = ["corelith-tests", "corelith-benches"];

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
            if dependency["kind"] == "dev" || !members.contains(&name(dependency)) {
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
