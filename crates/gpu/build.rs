//! Checks every kernel of `shaders/` with naga and turns it into Rust: a broken shader fails the
//! build, and bindings, parameters, workgroup sizes and constants reach the host code from the
//! WGSL alone.

#![allow(clippy::unwrap_used, reason = "what is wrong here ends the build")]

#[path = "build/host_struct.rs"]
mod host_struct;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use host_struct::host_struct;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, GlobalVariable, Module, StorageAccess};

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
    // Parameters that several kernels share, by the file that declares them.
    let mut shared = BTreeMap::new();
    for stem in &stems {
        write_module(&mut out, &mut shared, &root, stem);
    }
    writeln!(
        out,
        "/// Parameters that several kernels take.\npub mod shared {{"
    )
    .unwrap();
    for (file, code) in &shared {
        writeln!(
            out,
            "/// `shaders/shared/{file}.wgsl`.\npub mod {file} {{\n{code}}}"
        )
        .unwrap();
    }
    writeln!(out, "}}\n/// Every kernel, sorted by stem.").unwrap();
    writeln!(out, "pub static ALL: &[&crate::Shader] = &[").unwrap();
    for stem in &stems {
        writeln!(out, "    {stem}::KERNEL.shader(),").unwrap();
    }
    writeln!(out, "];").unwrap();
    let target = PathBuf::from(env::var_os("OUT_DIR").unwrap()).join("shaders.rs");
    fs::write(target, out).unwrap();
}

/// A shader with its imports in place.
struct Source {
    wgsl: String,
    /// Name and text of each file imported.
    imports: Vec<(String, String)>,
}

/// The source with every line `#import shared/NAME.wgsl` replaced by that file.
fn composed_source(root: &Path, stem: &str) -> Source {
    let path = root.join(format!("{stem}.wgsl"));
    println!("cargo::rerun-if-changed={}", path.display());
    let source = fs::read_to_string(&path).unwrap();
    let (mut wgsl, mut imports) = (String::new(), Vec::new());
    for line in source.lines() {
        if let Some(import) = line.strip_prefix("#import ") {
            let shared = root.join(import.trim());
            println!("cargo::rerun-if-changed={}", shared.display());
            let text = fs::read_to_string(&shared)
                .unwrap_or_else(|e| panic!("{}: import {}: {e}", path.display(), import.trim()));
            wgsl += &text;
            let name = shared.file_stem().unwrap().to_str().unwrap().to_owned();
            imports.push((name, text));
        } else {
            wgsl += line;
        }
        wgsl.push('\n');
    }
    Source { wgsl, imports }
}

fn write_module(out: &mut String, shared: &mut BTreeMap<String, String>, root: &Path, stem: &str) {
    let Source { wgsl, imports } = composed_source(root, stem);
    let module = naga::front::wgsl::parse_str(&wgsl)
        .unwrap_or_else(|e| panic!("shaders/{stem}.wgsl: {}", e.emit_to_string(&wgsl)));
    Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .unwrap_or_else(|e| panic!("shaders/{stem}.wgsl: {}", e.emit_to_string(&wgsl)));
    let [x, y, z] = workgroup_size(&module, stem);
    check_workgroup_memory(&module, stem);
    let (storage, uniform) = bindings(&module, stem);

    let (name, code) = host_struct(&module, uniform.ty, stem);
    let declared = imports
        .iter()
        .find(|(_, text)| text.contains(&format!("struct {name} {{")));
    let declaration = match declared {
        Some((file, _)) => {
            shared.insert(file.clone(), code);
            format!("pub use super::shared::{file}::{name};")
        }
        None => code,
    };
    let buffers: Vec<String> = storage
        .iter()
        .map(|variable| {
            format!(
                "crate::Storage {{ name: {:?}, writes: {} }}",
                variable.name.as_deref().unwrap_or_default(),
                matches!(variable.space, AddressSpace::Storage { access }
                    if access.contains(StorageAccess::STORE))
            )
        })
        .collect();
    let count = storage.len();
    writeln!(
        out,
        "/// `shaders/{stem}.wgsl`.\npub mod {stem} {{\n{declaration}\n\
         /// The kernel.\n\
         pub static KERNEL: crate::Kernel<{name}, {count}> = crate::Kernel::new(crate::Shader {{\n\
         stem: {stem:?}, wgsl: {wgsl:?}, workgroup_size: [{x}, {y}, {z}],\n\
         storage: &[{}], }});",
        buffers.join(", ")
    )
    .unwrap();
    write_constants(out, &module);
    writeln!(out, "}}").unwrap();
}

fn workgroup_size(module: &Module, stem: &str) -> [u32; 3] {
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
    [x, y, z]
}

fn check_workgroup_memory(module: &Module, stem: &str) {
    let bytes: u32 = module
        .global_variables
        .iter()
        .filter(|(_, v)| v.space == AddressSpace::WorkGroup)
        .map(|(_, v)| module.types[v.ty].inner.size(module.to_ctx()))
        .sum();
    assert!(
        bytes <= MAX_WORKGROUP_BYTES,
        "shaders/{stem}.wgsl: {bytes} bytes of workgroup memory, at most {MAX_WORKGROUP_BYTES} \
         are portable"
    );
}

/// Storage buffers, in the order of their bindings, and the uniform, which must follow them: the
/// layout that Burn's kernels have.
fn bindings<'m>(module: &'m Module, stem: &str) -> (Vec<&'m GlobalVariable>, &'m GlobalVariable) {
    let mut bound: Vec<&GlobalVariable> = module
        .global_variables
        .iter()
        .map(|(_, variable)| variable)
        .filter(|variable| variable.binding.is_some())
        .collect();
    bound.sort_by_key(|variable| variable.binding.map_or(0, |at| at.binding));
    for (i, variable) in bound.iter().enumerate() {
        let at = variable.binding.unwrap();
        assert!(
            at.group == 0 && at.binding as usize == i,
            "shaders/{stem}.wgsl: bindings must be 0, 1, ... of group 0, {:?} is {at:?}",
            variable.name
        );
    }
    let (uniform, storage) = bound
        .split_last()
        .unwrap_or_else(|| panic!("shaders/{stem}.wgsl has no bindings"));
    let is_storage = |v: &&GlobalVariable| matches!(v.space, AddressSpace::Storage { .. });
    assert!(
        uniform.space == AddressSpace::Uniform && storage.iter().all(is_storage),
        "shaders/{stem}.wgsl: bindings must be storage buffers, then one uniform"
    );
    assert!(
        storage.len() <= MAX_STORAGE_BUFFERS,
        "shaders/{stem}.wgsl: {} storage buffers, at most {MAX_STORAGE_BUFFERS} are portable",
        storage.len()
    );
    (storage.to_vec(), uniform)
}

fn write_constants(out: &mut String, module: &Module) {
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
}
