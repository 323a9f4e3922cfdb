//! A run of the program whose lines are read as they come.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::moments::{Moment, Signal};

/// The program says nothing for longer than this only where it hangs.
const PATIENCE: Duration = Duration::from_secs(300);

/// A line of the program, and when it came.
pub struct Line {
    text: String,
    at: Instant,
}

/// A stage of a run, and how long it took.
#[derive(Debug, Clone)]
pub struct Stage {
    /// As the program names it; empty for what it does before it names the first one.
    pub name: String,
    pub duration: Duration,
}

/// The program at work.
pub struct Run {
    program: Child,
    lines: Receiver<Line>,
    began: Instant,
}

/// Whether a kill found the program alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Killed {
    AtWork,
    TooLate,
}

/// The lines of a run that came to its end.
pub struct Lines {
    began: Instant,
    lines: Vec<Line>,
}

impl Run {
    /// Starts `corelith run` with results of its own.
    pub fn start(project: &Path, results: &Path) -> Self {
        let began = Instant::now();
        let mut program = Command::new(env!("CARGO_BIN_EXE_corelith"))
            .arg("run")
            .arg(project)
            .arg("--out")
            .arg(results)
            .args(["--device", "cpu", "--threads", "2"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(program.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for text in said.lines() {
                let at = Instant::now();
                let Ok(text) = text else { return };
                if sender.send(Line { text, at }).is_err() {
                    return;
                }
            }
        });
        Self {
            program,
            lines,
            began,
        }
    }

    /// Lets it come to its end, which is to be a good one.
    pub fn finish(mut self) -> Lines {
        let mut lines = Vec::new();
        while let Some(line) = self.line_until(Instant::now() + PATIENCE) {
            lines.push(line);
        }
        let status = self.program.wait().unwrap();
        let said: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert!(status.success(), "{status}: {said:#?}");
        Lines {
            began: self.began,
            lines,
        }
    }

    /// The next line; none at the end of the program.
    fn line_until(&mut self, deadline: Instant) -> Option<Line> {
        match self
            .lines
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                self.program.kill().unwrap();
                panic!("the program says nothing any more");
            }
        }
    }

    /// Kills it at a moment of a stage, or where that ends before.
    pub fn killed_at(mut self, moment: &Moment) -> Killed {
        let mut begins = moment.stage.is_empty().then_some(self.began);
        while begins.is_none() {
            let Some(line) = self.line_until(Instant::now() + PATIENCE) else {
                break;
            };
            let is_it = line.text == moment.stage || is_past(&line.text, &moment.stage);
            begins = is_it.then_some(line.at);
            if is_past(&line.text, &moment.stage) {
                return self.killed(moment.signal);
            }
        }
        let Some(begins) = begins else {
            return self.killed(moment.signal);
        };
        let at = begins + moment.after;
        while let Ok(line) = self
            .lines
            .recv_timeout(at.saturating_duration_since(Instant::now()))
        {
            if is_past(&line.text, &moment.stage) {
                break;
            }
        }
        self.killed(moment.signal)
    }

    fn killed(mut self, signal: Signal) -> Killed {
        let is_over = self.program.try_wait().unwrap().is_some();
        match signal {
            Signal::Kill => self.program.kill().unwrap(),
            Signal::Terminate => terminate(&self.program),
        }
        let deadline = Instant::now() + PATIENCE;
        while self.program.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "{signal:?} does not end it");
            std::thread::sleep(Duration::from_millis(2));
        }
        match is_over {
            true => Killed::TooLate,
            false => Killed::AtWork,
        }
    }
}

/// Whether a line says that a stage is over, or stands from an earlier run.
fn is_past(line: &str, stage: &str) -> bool {
    line.strip_prefix(stage)
        .is_some_and(|rest| rest.starts_with(": done in ") || rest == ": unchanged, skipped")
}

fn terminate(program: &Child) {
    // A program that has ended since takes no signal.
    let _ = Command::new("sh")
        .args(["-c", "kill -TERM \"$0\" 2>/dev/null"])
        .arg(program.id().to_string())
        .status()
        .unwrap();
}

/// The stages of a run in their order, what comes before the first one among them.
pub fn stages_of(run: &Lines) -> Vec<Stage> {
    let line_of = |text: &str| run.lines.iter().find(|line| line.text == text);
    let mut stages = Vec::new();
    for over in &run.lines {
        let Some((name, _)) = over.text.split_once(": done in ") else {
            continue;
        };
        let begins = line_of(name).unwrap().at;
        if stages.is_empty() {
            stages.push(Stage {
                name: String::new(),
                duration: begins - run.began,
            });
        }
        stages.push(Stage {
            name: name.to_owned(),
            duration: over.at - begins,
        });
    }
    stages
}
