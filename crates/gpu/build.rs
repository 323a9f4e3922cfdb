//! Checks every kernel of `shaders/` with naga and turns it into Rust: a broken shader fails the
//! build, and workgroup sizes and constants reach the host code from the WGSL alone.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use naga::valid::{Capabilities, ValidationFlags, Validator};

/// Limits that any WebGPU adapter grants (WebGPU specification, 3.6.2, default limits).
const MAX_INVOCATIONS: u32 = 256;
const MAX_WORKGROUP_BYTES: u32 = 16 * 1024;
const MAX_STORAGE_BUFFERS: usize = 8;

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../../shaders");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut stems: Vec<String> = fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "wgsl"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    stems.sort();

    let mut out = String::new();
    for stem in &stems {
        write_module(&mut out, &root, stem);
    }
    writeln!(out, "/// Every kernel, sorted by stem.").unwrap();
    writeln!(out, "pub static ALL: &[&crate::Shader] = &[").unwrap();
    for stem in &stems {
        writeln!(out, "    &{stem}::SHADER,").unwrap();
    }
    writeln!(out, "];").unwrap();
    let target = PathBuf::from(env::var_os("OUT_DIR").unwrap()).join("shaders.rs");
    fs::write(target, out).unwrap();
}

/// The source with every line `#import shared/NAME.wgsl` replaced by that file.
fn composed_source(root: &Path, stem: &str) -> String {
    let path = root.join(format!("{stem}.wgsl"));
    println!("cargo::rerun-if-changed={}", path.display());
    let source = fs::read_to_string(&path).unwrap();
    let mut composed = String::new();
    for line in source.lines() {
        if let Some(import) = line.strip_prefix("#import ") {
            let shared = root.join(import.trim());
            println!("cargo::rerun-if-changed={}", shared.display());
            composed += &fs::read_to_string(&shared)
                .unwrap_or_else(|e| panic!("{}: import {}: {e}", path.display(), import.trim()));
        } else {
            composed += line;
        }
        composed.push('\n');
    }
    composed
}

fn write_module(out: &mut String, root: &Path, stem: &str) {
    let source = composed_source(root, stem);
    let module = naga::front::wgsl::parse_str(&source)
        .unwrap_or_else(|e| panic!("shaders/{stem}.wgsl: {}", e.emit_to_string(&source)));
    Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .unwrap_or_else(|e| panic!("shaders/{stem}.wgsl: {}", e.emit_to_string(&source)));

    let entry = module
        .entry_points
        .iter()
        .find(|entry| entry.name == "main")
        .unwrap_or_else(|| panic!("shaders/{stem}.wgsl has no entry point `main`"));
    let [x, y, z] = entry.workgroup_size;
    assert!(
        x * y * z <= MAX_INVOCATIONS,
        "shaders/{stem}.wgsl: {x} x {y} x {z} invocations, at most {MAX_INVOCATIONS} are portable"
    );
    let workgroup_bytes: u32 = module
        .global_variables
        .iter()
        .filter(|(_, v)| v.space == naga::AddressSpace::WorkGroup)
        .map(|(_, v)| module.types[v.ty].inner.size(module.to_ctx()))
        .sum();
    assert!(
        workgroup_bytes <= MAX_WORKGROUP_BYTES,
        "shaders/{stem}.wgsl: {workgroup_bytes} bytes of workgroup memory, at most \
         {MAX_WORKGROUP_BYTES} are portable"
    );
    let storage_buffers = module
        .global_variables
        .iter()
        .filter(|(_, v)| matches!(v.space, naga::AddressSpace::Storage { .. }))
        .count();
    assert!(
        storage_buffers <= MAX_STORAGE_BUFFERS,
        "shaders/{stem}.wgsl: {storage_buffers} storage buffers, at most {MAX_STORAGE_BUFFERS} \
         are portable"
    );

    writeln!(out, "/// `shaders/{stem}.wgsl`.\npub mod {stem} {{").unwrap();
    writeln!(
        out,
        "    /// The kernel.\n    pub static SHADER: crate::Shader = crate::Shader {{ stem: {stem:?}, wgsl: \
         {source:?}, workgroup_size: [{x}, {y}, {z}] }};"
    )
    .unwrap();
    for (_, constant) in module.constants.iter() {
        let Some(name) = &constant.name else { continue };
        let naga::Expression::Literal(literal) = module.global_expressions[constant.init] else {
            continue;
        };
        let (ty, value) = match literal {
            naga::Literal::U32(v) => ("u32", v.to_string()),
            naga::Literal::I32(v) => ("i32", v.to_string()),
            naga::Literal::F32(v) => ("f32", format!("{v:?}")),
            _ => continue,
        };
        writeln!(
            out,
            "    /// Constant of the kernel.\n    pub const {}: {ty} = {value};",
            name.to_uppercase()
        )
        .unwrap();
    }
    writeln!(out, "}}").unwrap();
}
