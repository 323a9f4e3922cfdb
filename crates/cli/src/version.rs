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

/// The native code, and every graphics interface that is compiled in.
fn backends() -> Vec<String> {
    let compiled = wgpu::Instance::enabled_backend_features();
    let names = compiled.iter_names();
    let names = names.map(|(name, _)| name.to_ascii_lowercase());
    std::iter::once("cpu".to_owned()).chain(names).collect()
}
