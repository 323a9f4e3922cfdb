//! How much memory volumes take, and where they lie when it does not do.

use std::path::Path;

use corelith_core::Progress as _;
use corelith_memory::{Spilling, available_bytes};

use crate::args::Global;
use crate::progress::Terminal;

#[global_allocator]
static MEMORY: Spilling = Spilling::new();

/// Takes as much memory for volumes as was asked for, or as leaves room for the rest.
pub fn use_memory(global: &Global) {
    let bytes = global.memory.unwrap_or_else(|| available_bytes() / 8 * 7);
    MEMORY.hold_at_most(usize::try_from(bytes).unwrap_or(usize::MAX));
}

/// Lets volumes that do not fit lie in a folder from now on.
pub fn spill_into(folder: &Path) {
    MEMORY.spill_into(folder.to_owned());
}

/// Lets volumes that do not fit lie beside a file from now on.
pub fn spill_beside(file: &Path) {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    spill_into(folder.unwrap_or(Path::new(".")));
}

/// Says how much lay on the disk, if anything did.
pub fn tell(global: &Global) {
    let gb = MEMORY.most_spilled_bytes() as f64 / 1e9;
    if gb > 0.0 {
        Terminal::new(global.quiet).say(&format!(
            "up to {gb:.1} GB of volumes lay on the disk beside the results, as memory was short (--memory)"
        ));
    }
}
