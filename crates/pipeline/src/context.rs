use std::path::{Path, PathBuf};

use corelith_core::Progress;
use corelith_gpu::Compute;

/// What every stage has beside its inputs: where to compute, where to write, and whom to tell.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Folder of the results.
    pub out: &'a Path,
    /// Where to compute.
    pub compute: &'a Compute,
    /// How far it is, and whether to stop.
    pub progress: &'a dyn Progress,
    /// Whether other runs are at work on the same results, so that no stage may run that they, too,
    /// depend on.
    pub beside_others: bool,
}

impl<'a> Context<'a> {
    /// For work that neither reads nor writes results.
    pub fn in_memory(compute: &'a Compute, progress: &'a dyn Progress) -> Self {
        Self {
            out: Path::new(""),
            compute,
            progress,
            beside_others: false,
        }
    }

    /// Folder of the results, where there are any.
    pub(crate) fn folder(&self) -> Option<&Path> {
        (!self.out.as_os_str().is_empty()).then_some(self.out)
    }

    /// Path of a result.
    pub fn result(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.out.join(relative)
    }

    /// A line for people.
    pub fn say(&self, line: &str) {
        self.progress.say(line);
    }

    /// A line for people that asks for care.
    pub fn warn(&self, line: &str) {
        warn(self.progress, line);
    }
}

/// A line for people that asks for care.
fn warn(progress: &dyn Progress, line: &str) {
    progress.say(&format!("warning: {line}"));
}

/// Tells what the device did otherwise than asked for: smaller bricks, or the processor in place of
/// the GPU; and which steps it leaves to the processor, which is faster.
pub fn tell_notes(compute: &Compute, progress: &dyn Progress) {
    for remark in compute.take_remarks() {
        progress.say(&format!("  {remark}"));
    }
    for note in compute.take_notes() {
        warn(progress, &note);
    }
}
