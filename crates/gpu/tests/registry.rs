//! No kernel without its twin on the processor, its parity test and its bench.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use corelith_gpu::registry::{ENTRIES, Entry, Place};
use corelith_gpu::shaders;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file of this name in a folder and below.
fn files_named(folder: &Path, name: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files_named(&path, name));
        } else if path.file_name().is_some_and(|n| n == name) {
            found.push(path);
        }
    }
    found
}

/// A function as its source has it: attributes, then all up to its closing brace.
struct Function {
    file: PathBuf,
    attributes: Vec<String>,
    body: String,
}

fn function(place: Place) -> Option<Function> {
    let head = [
        format!("fn {}(", place.function),
        format!("fn {}<", place.function),
    ];
    for file in files_named(&root().join(place.below), place.file) {
        let source = fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = source.lines().collect();
        let Some(at) = lines
            .iter()
            .position(|line| head.iter().any(|head| line.contains(head)))
        else {
            continue;
        };
        let indent = lines[at].len() - lines[at].trim_start().len();
        let closing = format!("{:indent$}}}", "");
        let end = (at..lines.len()).find(|&i| lines[i] == closing)?;
        let attributes = lines[..at]
            .iter()
            .rev()
            .take_while(|line| line.trim_start().starts_with("#[") || line.contains("///"))
            .map(|line| line.trim().to_owned())
            .collect();
        return Some(Function {
            file,
            attributes,
            body: lines[at..=end].join("\n"),
        });
    }
    None
}

/// What an entry lacks.
fn gaps(entry: &Entry) -> Vec<String> {
    let stem = entry.shader.stem;
    let mut gaps = Vec::new();
    let mut find = |what: &str, place: Place| {
        let found = function(place);
        if found.is_none() {
            gaps.push(format!("{stem}: {what} is not there: {place:?}"));
        }
        found
    };
    find("its CPU twin", entry.cpu_twin);
    let test = find("its parity test", entry.parity_test);
    let bench = find("its bench", entry.bench);
    if let Some(test) = test {
        if test.attributes.iter().all(|line| line != "#[test]") {
            gaps.push(format!("{stem}: {:?} is no test", entry.parity_test));
        }
        if test.attributes.iter().any(|line| line.contains("ignore")) {
            gaps.push(format!("{stem}: {:?} is left out", entry.parity_test));
        }
        let launched = test.body.split("assert_launched(").nth(1);
        if !launched.is_some_and(|said| said.contains(&format!("\"{stem}\""))) {
            gaps.push(format!(
                "{stem}: {:?} does not assert that the kernel was launched",
                entry.parity_test
            ));
        }
    }
    if let Some(bench) = bench {
        let source = fs::read_to_string(&bench.file).unwrap();
        let group = source.split("criterion_group!(").nth(1);
        let listed = group.and_then(|rest| rest.split(')').next()).unwrap_or("");
        let name = entry.bench.function;
        if !listed.split([',', ' ', '\n']).any(|word| word == name) {
            gaps.push(format!("{stem}: {:?} is in no group", entry.bench));
        }
        let manifest = fs::read_to_string(root().join("benches/Cargo.toml")).unwrap();
        let target = entry.bench.file.trim_end_matches(".rs");
        if !manifest.contains(&format!("[[bench]]\nname = \"{target}\"")) {
            gaps.push(format!("{stem}: {target} is no bench of the package"));
        }
    }
    gaps
}

#[test]
fn every_kernel_has_all_that_belongs_to_it() {
    let gaps: Vec<String> = ENTRIES.iter().flat_map(gaps).collect();
    assert!(gaps.is_empty(), "{}", gaps.join("\n"));
}

#[test]
fn every_shader_is_registered() {
    let files: BTreeSet<String> = fs::read_dir(root().join("shaders"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "wgsl"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let built: BTreeSet<String> = shaders::ALL.iter().map(|s| s.stem.to_owned()).collect();
    let registered: Vec<String> = ENTRIES.iter().map(|e| e.shader.stem.to_owned()).collect();
    assert_eq!(files, built);
    assert_eq!(built.into_iter().collect::<Vec<_>>(), registered);
}

#[test]
fn gaps_are_seen() {
    let whole = ENTRIES
        .iter()
        .find(|e| e.shader.stem == "label_runs")
        .unwrap();
    assert_eq!(gaps(whole), [""; 0]);
    let nowhere = Place {
        function: "no_such_function",
        ..whole.bench
    };
    // No test, a test of other kernels, a function that is no test, no bench of its own.
    let other = ENTRIES
        .iter()
        .find(|e| e.shader.stem == "distance_row")
        .unwrap();
    for changed in [
        Entry {
            parity_test: nowhere,
            ..*whole
        },
        Entry {
            parity_test: other.parity_test,
            ..*whole
        },
        Entry {
            parity_test: whole.cpu_twin,
            ..*whole
        },
        Entry {
            cpu_twin: nowhere,
            ..*whole
        },
        Entry {
            bench: nowhere,
            ..*whole
        },
        Entry {
            bench: whole.cpu_twin,
            ..*whole
        },
    ] {
        assert!(!gaps(&changed).is_empty(), "{changed:?}");
    }
}

#[test]
fn buffers_are_described_as_the_wgsl_has_them() {
    for shader in shaders::ALL {
        for (i, buffer) in shader.storage.iter().enumerate() {
            let declared = shader
                .wgsl
                .lines()
                .find(|line| line.contains(&format!("@binding({i}) var<storage")))
                .unwrap_or_else(|| panic!("{}: binding {i}", shader.stem));
            assert!(
                declared.contains(&format!(" {}:", buffer.name)),
                "{declared}"
            );
            assert_eq!(declared.contains("read_write"), buffer.writes, "{declared}");
        }
    }
}
