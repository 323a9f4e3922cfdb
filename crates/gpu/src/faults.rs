use crate::context::lock;
use crate::{GpuContext, GpuError};

/// What tests make a device do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No memory for a buffer of more than so many bytes.
    OutOfMemory {
        /// Largest buffer that still fits.
        above_bytes: u64,
    },
    /// The driver says at the next so many [`GpuContext::check`]s that Burn found no memory.
    OutOfMemoryInBurn {
        /// How many.
        checks: u32,
    },
    /// The device is lost at the submission after so many more.
    Lost {
        /// Submissions that go well.
        after_submits: u32,
    },
}

impl GpuContext {
    /// Makes the device fail from now on, for tests of what is done about it; `None` heals it, but
    /// a lost device stays lost.
    pub fn inject(&self, fault: Option<Fault>) {
        *lock(self.fault()) = fault;
    }

    /// Fails like work of Burn that found no memory where tests want it to.
    pub(crate) fn fail_check(&self) {
        if let Some(Fault::OutOfMemoryInBurn { checks }) = &mut *lock(self.fault())
            && let Some(left) = checks.checked_sub(1)
        {
            *checks = left;
            self.report_out_of_memory();
        }
    }

    /// Fails like an allocation of `bytes` bytes where tests want it to.
    pub(crate) fn fail_allocation(&self, label: &str, bytes: u64) -> Result<(), GpuError> {
        match *lock(self.fault()) {
            Some(Fault::OutOfMemory { above_bytes }) if bytes > above_bytes => {
                Err(GpuError::OutOfMemory {
                    step: label.to_owned(),
                    wanted: Some(bytes),
                    adapter: self.name(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Takes the device away where tests want it gone: wgpu then acts as for any lost device.
    pub(crate) fn fail_submission(&self) {
        if let Some(Fault::Lost { after_submits }) = &mut *lock(self.fault()) {
            match after_submits.checked_sub(1) {
                Some(left) => *after_submits = left,
                None => self.device().destroy(),
            }
        }
    }
}
