use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use crate::context::lock;
use crate::{GpuContext, GpuError};

/// How long a device that refuses work is given to say that it is lost.
const LOSS_TOLD_WITHIN: Duration = Duration::from_millis(200);

/// What the driver has reported outside of any call.
#[derive(Default)]
pub(crate) struct Health {
    /// Why the device was lost.
    lost: OnceLock<String>,
    /// The first failure that nobody has asked for yet.
    failure: Mutex<Option<Failure>>,
}

/// What went wrong in work whose errors no scope catches.
struct Failure {
    is_memory: bool,
    message: String,
}

impl Health {
    fn lose(&self, message: String) {
        // The first reason is the true one.
        self.lost.get_or_init(|| message);
    }

    fn fail(&self, failure: Failure) {
        lock(&self.failure).get_or_insert(failure);
    }
}

impl GpuContext {
    /// Takes over what the device reports by itself: uncaptured errors and its loss become errors of
    /// [`GpuContext::check`]. wgpu's own handler, and the one that Burn puts in its place when it
    /// is given the device, panic: so this is to be called again after that.
    pub fn watch(&self) {
        let health = Arc::clone(self.health());
        self.device()
            .on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
                tracing::debug!("uncaptured error of the GPU: {error}");
                health.fail(Failure {
                    is_memory: matches!(error, wgpu::Error::OutOfMemory { .. }),
                    message: error.to_string(),
                });
            }));
        let health = Arc::clone(self.health());
        self.device()
            .set_device_lost_callback(move |reason, message| {
                health.lose(format!("{reason:?}: {message}"));
            });
    }

    /// Whether the device is known to be lost.
    pub(crate) fn is_lost(&self) -> bool {
        self.health().lost.get().is_some()
    }

    /// Whether all work so far went well, Burn's included, as far as the driver has said: `step` is
    /// what the caller was at. A failure is told once, the loss of the device every time.
    ///
    /// # Errors
    /// [`GpuError::DeviceLost`], [`GpuError::OutOfMemory`] or [`GpuError::Device`].
    pub fn check(&self, step: &str) -> Result<(), GpuError> {
        self.fail_check();
        let failure = lock(&self.health().failure).take();
        if failure.as_ref().is_some_and(|failure| !failure.is_memory) {
            self.await_loss();
        }
        if let Some(message) = self.health().lost.get() {
            return Err(GpuError::DeviceLost {
                step: step.to_owned(),
                message: message.clone(),
                adapter: self.name(),
            });
        }
        match failure {
            None => Ok(()),
            Some(failure) if failure.is_memory => Err(GpuError::OutOfMemory {
                step: step.to_owned(),
                wanted: None,
                adapter: self.name(),
            }),
            Some(failure) => Err(self.failed(step, failure.message)),
        }
    }

    /// Gives a device that refuses work the time to say that it is lost: that it says when it has nothing
    /// left to do, and on the thread that found so, which may be one of Burn's.
    fn await_loss(&self) {
        self.poll(wgpu::PollType::wait_indefinitely()).ok();
        let until = Instant::now() + LOSS_TOLD_WITHIN;
        while !self.is_lost() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Notes a failure that another library has told: the next [`GpuContext::check`] returns it.
    pub fn report(&self, message: String) {
        self.health().fail(Failure {
            is_memory: false,
            message,
        });
    }

    /// Notes that another library found no memory: the next [`GpuContext::check`] returns it.
    pub(crate) fn report_out_of_memory(&self) {
        self.health().fail(Failure {
            is_memory: true,
            message: "out of memory".to_owned(),
        });
    }

    pub(crate) fn failed(&self, step: &str, message: String) -> GpuError {
        GpuError::Device {
            step: step.to_owned(),
            message,
            adapter: self.name(),
        }
    }

    /// Does `work` on the device; `wanted` is the memory that it asks for.
    pub(crate) fn scoped<R>(
        &self,
        step: &str,
        wanted: Option<u64>,
        work: impl FnOnce() -> R,
    ) -> Result<R, GpuError> {
        let filters = [
            wgpu::ErrorFilter::Internal,
            wgpu::ErrorFilter::Validation,
            wgpu::ErrorFilter::OutOfMemory,
        ];
        let scopes = filters.map(|filter| self.device().push_error_scope(filter));
        let result = work();
        // Scopes close in reverse order; each knows its error at once.
        let mut errors = scopes
            .into_iter()
            .rev()
            .filter_map(|scope| pollster::block_on(scope.pop()));
        // All must be closed, and the first, that of memory, explains the others.
        let first = errors.next();
        errors.for_each(drop);
        if first.is_some() {
            // A lost device refuses all work; why it does is told once it has nothing left to do.
            self.poll(wgpu::PollType::wait_indefinitely()).ok();
        }
        if self.is_lost() {
            self.check(step)?;
        }
        match first {
            None => Ok(result),
            Some(wgpu::Error::OutOfMemory { .. }) => Err(GpuError::OutOfMemory {
                step: step.to_owned(),
                wanted,
                adapter: self.name(),
            }),
            Some(error) => Err(self.failed(step, error.to_string())),
        }
    }

    /// Waits until the device has done all that was submitted.
    ///
    /// # Errors
    /// See [`GpuContext::check`].
    pub fn wait(&self, step: &str) -> Result<(), GpuError> {
        self.wait_for(step, None)
    }

    /// Like [`GpuContext::wait`], but up to that submission alone, where there is one.
    pub(crate) fn wait_for(
        &self,
        step: &str,
        submission: Option<wgpu::SubmissionIndex>,
    ) -> Result<(), GpuError> {
        self.counters().add(|counts| counts.polls += 1);
        let waited = self.poll(wgpu::PollType::Wait {
            submission_index: submission,
            timeout: None,
        });
        if waited.is_err() {
            self.await_loss();
        }
        if self.is_lost() {
            self.check(step)?;
        }
        waited.map_err(|error| self.failed(step, error.to_string()))
    }

    fn poll(&self, poll: wgpu::PollType) -> Result<(), wgpu::PollError> {
        // wgpu 30 panics where the device is lost while it waits.
        match catch_unwind(AssertUnwindSafe(|| self.device().poll(poll))) {
            Ok(result) => result.map(drop),
            Err(_) => {
                self.health().lose("it did not finish its work".to_owned());
                Ok(())
            }
        }
    }
}
