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
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let backends = [&["cpu".to_owned()], &*corelith_gpu::backends()].concat();
        format!("{SHORT}\nbackends: {}", backends.join(", "))
    });
    &TEXT
}
