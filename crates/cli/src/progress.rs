//! Progress on stderr: a bar on a terminal, a line every ten seconds elsewhere.

use std::io::IsTerminal as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use corelith_core::{Progress, duration_text};
use indicatif::{ProgressBar, ProgressStyle};

use crate::output::tell;

/// Set by Ctrl-C and its like.
static STOP: AtomicBool = AtomicBool::new(false);

/// Time between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Makes the first Ctrl-C, SIGTERM or SIGHUP a request to stop, and the second one an abort.
///
/// # Errors
/// When another handler is there already.
pub fn listen_for_signals() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        tell(
            "stopping: finishing what must be whole (once more aborts); the same command goes on \
             from here",
        );
    })
}

/// How steps are shown.
enum Display {
    Quiet,
    Bar,
    Lines,
}

struct Step {
    name: String,
    length: u64,
    done: u64,
    remark: String,
    began: Instant,
    last_line: Instant,
    bar: Option<ProgressBar>,
}

/// The program's [`Progress`].
pub struct Terminal {
    display: Display,
    step: Mutex<Option<Step>>,
}

impl Terminal {
    /// `quiet` shows nothing.
    pub fn new(quiet: bool) -> Self {
        let display = if quiet {
            Display::Quiet
        } else if std::io::stderr().is_terminal() {
            Display::Bar
        } else {
            Display::Lines
        };
        Self {
            display,
            step: Mutex::new(None),
        }
    }

    fn with_step(&self, f: impl FnOnce(&mut Step)) {
        let mut guard = self
            .step
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(step) = guard.as_mut() {
            f(step);
        }
    }
}

impl Progress for Terminal {
    fn start(&self, step: &str, length: u64) {
        self.finish();
        let bar = matches!(self.display, Display::Bar).then(|| {
            let bar = ProgressBar::new(length);
            let style = ProgressStyle::with_template(
                "  {msg:28} {bar:28} {percent:>3} %  {elapsed} gone, {eta} left  {prefix}",
            );
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.set_message(step.to_owned());
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        let now = Instant::now();
        *self
            .step
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Step {
            name: step.to_owned(),
            length,
            done: 0,
            remark: String::new(),
            began: now,
            last_line: now,
            bar,
        });
    }

    fn advance(&self, by: u64) {
        let lines = matches!(self.display, Display::Lines);
        self.with_step(|step| {
            step.done += by;
            if let Some(bar) = &step.bar {
                bar.inc(by);
            }
            if lines && step.last_line.elapsed() >= LINE_EVERY {
                step.last_line = Instant::now();
                let gone = step.began.elapsed().as_secs_f64();
                let done = step.done.clamp(1, step.length.max(1)) as f64;
                let left = gone * (step.length as f64 / done - 1.0).max(0.0);
                tell(&format!(
                    "  {}: {:.0} %, {} left{}{}",
                    step.name,
                    100.0 * done / step.length.max(1) as f64,
                    duration_text(left),
                    if step.remark.is_empty() { "" } else { ", " },
                    step.remark
                ));
            }
        });
    }

    fn remark(&self, text: &str) {
        self.with_step(|step| {
            text.clone_into(&mut step.remark);
            if let Some(bar) = &step.bar {
                bar.set_prefix(text.to_owned());
            }
        });
    }

    fn say(&self, line: &str) {
        match &self.display {
            Display::Quiet => {}
            // Above the bar, which is drawn again below.
            Display::Bar => {
                let mut bar = None;
                self.with_step(|step| bar.clone_from(&step.bar));
                match bar {
                    Some(bar) => bar.suspend(|| tell(line)),
                    None => tell(line),
                }
            }
            Display::Lines => tell(line),
        }
    }

    fn finish(&self) {
        let step = self
            .step
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        if let Some(bar) = step.and_then(|step| step.bar) {
            bar.finish_and_clear();
        }
    }

    fn is_cancelled(&self) -> bool {
        STOP.load(Ordering::Relaxed)
    }
}
