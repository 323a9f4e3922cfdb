use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use crate::context::lock;

/// What a context has done, exactly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bytes sent to the device.
    pub bytes_up: u64,
    /// Bytes read back.
    pub bytes_down: u64,
    /// Buffers made.
    pub buffers: u64,
    /// Submissions to the queue.
    pub submits: u64,
    /// Times that the host waited for the device.
    pub polls: u64,
    /// Launches of every kernel, by stem. Those inside Burn count too, Burn's own kernels do not.
    pub launches: BTreeMap<&'static str, u64>,
    /// The longest that one submission was planned to take on a slow GPU.
    pub longest_planned: Duration,
}

impl Counts {
    /// Launches of all kernels.
    pub fn all_launches(&self) -> u64 {
        self.launches.values().sum()
    }
}

/// Counts as they grow.
#[derive(Default)]
pub(crate) struct Counters(Mutex<Counts>);

impl Counters {
    pub(crate) fn add(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut lock(&self.0));
    }

    pub(crate) fn counts(&self) -> Counts {
        lock(&self.0).clone()
    }

    pub(crate) fn reset(&self) -> Counts {
        std::mem::take(&mut lock(&self.0))
    }
}
