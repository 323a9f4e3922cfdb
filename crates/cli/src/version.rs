//! What `--version` says: the version, the commit and the backends.

use std::sync::LazyLock;

/// Version and commit.
pub const SHORT: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (commit ",
    env!("CORELITH_COMMIT"),
    ")"
);

/// Version, commit, and where this build can compute.
pub fn long() -> &'static str {
    static TEXT: LazyLock<String> =
        LazyLock::new(|| format!("{SHORT}\nbackends: {}", backends().join(", ")));
    &TEXT
}

/// The native code, and the graphics interfaces that are compiled in, of those that are used.
fn backends() -> Vec<String> {
    let used = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    let compiled = wgpu::Instance::enabled_backend_features() & used;
    let names = compiled.iter_names();
    let names = names.map(|(name, _)| name.to_ascii_lowercase());
    std::iter::once("cpu".to_owned()).chain(names).collect()
}
