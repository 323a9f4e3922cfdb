//! Work with the interpreter's lock released, which Ctrl-C stops and which tells how far it is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use corelith_core::Progress;
use corelith_gpu::{Compute, DeviceChoice};
use pyo3::prelude::*;

use crate::failure::{Failure, setting_error};

/// Time between two looks at signals and progress.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Steps and lines that wait to be told at most; beyond that Python is busy elsewhere for long.
const MOST_WAITING: usize = 10_000;

/// Something to tell.
enum Event {
    /// A step with its length in any unit.
    Step { name: String, length: u64 },
    /// So much of the step is done, with a remark.
    Done { done: u64, remark: String },
    /// A line for people.
    Line(String),
}

#[derive(Default)]
struct Told {
    waiting: Vec<Event>,
    done: u64,
    remark: String,
    changed: bool,
}

/// The package's [`Progress`]: collects what Python is told.
#[derive(Default)]
struct Reporter {
    cancelled: AtomicBool,
    told: Mutex<Told>,
}

impl Reporter {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is new since the last call.
    fn take(&self) -> Vec<Event> {
        let mut told = self.told();
        told.flush();
        std::mem::take(&mut told.waiting)
    }
}

impl Told {
    fn push(&mut self, event: Event) {
        if self.waiting.len() < MOST_WAITING {
            self.waiting.push(event);
        }
    }

    fn flush(&mut self) {
        if std::mem::take(&mut self.changed) {
            let (done, remark) = (self.done, self.remark.clone());
            self.push(Event::Done { done, remark });
        }
    }
}

impl Progress for Reporter {
    fn start(&self, step: &str, length: u64) {
        let mut told = self.told();
        told.flush();
        (told.done, told.remark) = (0, String::new());
        told.push(Event::Step {
            name: step.to_owned(),
            length,
        });
    }

    fn advance(&self, by: u64) {
        let mut told = self.told();
        told.done += by;
        told.changed = true;
    }

    fn remark(&self, text: &str) {
        let mut told = self.told();
        text.clone_into(&mut told.remark);
        told.changed = true;
    }

    fn say(&self, line: &str) {
        self.told().push(Event::Line(line.to_owned()));
    }

    fn finish(&self) {
        self.told().flush();
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// Does `work` in a thread of its own. This thread looks at signals meanwhile and tells `listener`,
/// a Python object with `step(name, length)`, `done(count, remark)` and `line(text)`, how far it
/// is. A signal's exception, or one of the listener, stops the work and is raised when it has ended.
pub fn computed<T: Send>(
    listener: &Bound<'_, PyAny>,
    work: impl FnOnce(&dyn Progress) -> Result<T, Failure> + Send,
) -> PyResult<T> {
    let py = listener.py();
    let reporter = Reporter::default();
    let mut stopped = None;
    let outcome = std::thread::scope(|scope| {
        let (over, mut ended) = mpsc::channel::<()>();
        let reporter = &reporter;
        let worker = std::thread::Builder::new()
            .name("corelith".to_owned())
            .spawn_scoped(scope, move || {
                // Dropped when the work ends, be it by a panic.
                let _over = over;
                work(reporter)
            })?;
        loop {
            let (receiver, waited) = py.detach(move || {
                let waited = ended.recv_timeout(LOOK_EVERY);
                (ended, waited)
            });
            ended = receiver;
            if stopped.is_none() {
                let looked = py.check_signals().and_then(|()| tell(listener, reporter));
                if let Err(error) = looked {
                    reporter.cancelled.store(true, Ordering::Relaxed);
                    stopped = Some(error);
                }
            }
            if waited == Err(RecvTimeoutError::Disconnected) {
                break;
            }
        }
        Ok::<_, PyErr>(worker.join())
    })?;
    let outcome = outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    match stopped {
        Some(error) => Err(error),
        None => outcome.map_err(|failure| failure.into_exception(py)),
    }
}

fn tell(listener: &Bound<'_, PyAny>, reporter: &Reporter) -> PyResult<()> {
    for event in reporter.take() {
        match event {
            Event::Step { name, length } => listener.call_method1("step", (name, length))?,
            Event::Done { done, remark } => listener.call_method1("done", (done, remark))?,
            Event::Line(text) => listener.call_method1("line", (text,))?,
        };
    }
    Ok(())
}

/// Reads or writes something small with the interpreter's lock released.
pub fn detached<T, E>(py: Python<'_>, work: impl FnOnce() -> Result<T, E> + Send) -> PyResult<T>
where
    T: Send,
    E: Into<Failure> + Send,
{
    py.detach(work)
        .map_err(|error| error.into().into_exception(py))
}

/// The device of that name.
pub fn device_choice(py: Python<'_>, device: &str) -> PyResult<DeviceChoice> {
    device
        .parse()
        .map_err(|error: corelith_gpu::ParseDeviceChoiceError| setting_error(py, error.to_string()))
}

/// Opens the device of that name.
pub fn compute(py: Python<'_>, device: &str) -> PyResult<Compute> {
    let choice = device_choice(py, device)?;
    detached(py, || Compute::select(choice))
}
