//! How much memory volumes take, and where they lie when it does not do.

use std::path::Path;

use corelith_core::Progress as _;
use corelith_memory::{KEPT_BYTES, Spilling, available_bytes};

use crate::args::Global;
use crate::progress::Terminal;

#[global_allocator]
static MEMORY: Spilling = Spilling::new(KEPT_BYTES);

/// Memory that is left at the least for what threads work in.
const REST_BYTES: u64 = 640 << 20;

/// Takes as much memory for volumes as was asked for, or as leaves room for the rest.
pub fn use_memory(global: &Global) {
    let asked = global.memory.map(|gb| (gb * 1e9) as u64);
    let bytes = asked.unwrap_or_else(|| {
        let free = available_bytes();
        (free / 8 * 7).min(free.saturating_sub(REST_BYTES))
    });
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

/// Says how much lay on the disk, and how much could not, if anything did.
pub fn tell(global: &Global) {
    let terminal = Terminal::new(global.quiet);
    let mb = |bytes: usize| bytes.div_ceil(1_000_000);
    let (spilled, refused) = (MEMORY.most_spilled_bytes(), MEMORY.refused_bytes());
    if spilled > 0 {
        let mb = mb(spilled);
        terminal.say(&format!(
            "up to {mb} MB of volumes lay on the disk, as memory was short (see --memory)"
        ));
    }
    if refused > 0 {
        let mb = mb(refused);
        terminal.say(&format!(
            "warning: {mb} MB of volumes went beyond the memory that was free or asked for, as no file could be \
             had for them: is the disk full?"
        ));
    }
}
