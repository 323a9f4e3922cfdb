//! Thousands of damaged files, the same at every run, given to every reader: each is read, or
//! refused by an error that names the file; none panics, takes long, or asks for memory that a
//! file of its size does not justify.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod mutations;
mod readers;
mod seeds;
mod special_files;
mod untrue_sizes;
mod watched_memory;

use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mutations::{Numbers, damaged, with_extreme_fields, with_extreme_tags, with_png_checksums};
use readers::{READERS, Reader, reader_of};
use seeds::{Seed, seeds};

/// What a reader may take besides what the file justifies: tables of decoders, minerals.
const BYTES_FREE: usize = 24 << 20;

/// What a reader may take for every byte of a file. The best compression that is read but ZSTD
/// makes 2730 bytes of one; a pixel takes several in the course of reading.
const BYTES_A_BYTE: usize = 12 << 10;

/// CPU time of one file.
const TIME_MAX: Duration = Duration::from_secs(2);

/// A reader that has not come back after this hangs.
const HANG: Duration = Duration::from_secs(60);

/// Memory and time are those of the process: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// Holds other tests off.
pub fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(unix)]
fn cpu_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is valid for writing.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(not(unix))]
fn cpu_time() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    START.elapsed()
}

/// Ends the process when a reader hangs: nothing else can.
pub struct Watchdog {
    turns: std::sync::Arc<AtomicU64>,
    what: std::sync::Arc<Mutex<String>>,
}

impl Watchdog {
    /// Watches until it is dropped.
    pub fn start() -> Self {
        let (turns, what) = (
            std::sync::Arc::new(AtomicU64::new(1)),
            std::sync::Arc::new(Mutex::new(String::new())),
        );
        let seen = (std::sync::Arc::downgrade(&turns), what.clone());
        std::thread::spawn(move || {
            let (mut last, mut since) = (0, Instant::now());
            while let Some(turns) = seen.0.upgrade() {
                let turn = turns.load(Ordering::Relaxed);
                if turn != last {
                    (last, since) = (turn, Instant::now());
                } else if since.elapsed() > HANG {
                    eprintln!("a reader hangs: {}", seen.1.lock().unwrap());
                    std::process::abort();
                }
                drop(turns);
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        Self { turns, what }
    }

    /// Says that `what` begins now.
    pub fn now(&self, what: &str) {
        what.clone_into(&mut self.what.lock().unwrap());
        self.turns.fetch_add(1, Ordering::Relaxed);
    }
}

/// Reads a file and says what was wrong with how it went; `Ok` tells whether it was read.
pub fn watch(reader: &Reader, path: &Path, size: usize) -> Result<bool, String> {
    let start = cpu_time();
    let (ended, peak) = watched_memory::peak_of(|| {
        catch_unwind(AssertUnwindSafe(|| {
            (reader.read)(path).map_err(|error| error.to_string())
        }))
    });
    let time = cpu_time().saturating_sub(start);
    let Ok(outcome) = ended else {
        return Err("it panicked".to_owned());
    };
    let allowed = BYTES_FREE + BYTES_A_BYTE * size;
    if peak > allowed {
        return Err(format!(
            "it asked for {peak} bytes, allowed {allowed} for a file of {size}: {outcome:?}"
        ));
    }
    if time > TIME_MAX {
        return Err(format!("it took {time:?} of CPU time: {outcome:?}"));
    }
    let Err(message) = outcome else {
        return Ok(true);
    };
    check_message(&message, path)?;
    Ok(false)
}

/// What a message must and must not hold; of several faults each has a line.
fn check_message(message: &str, path: &Path) -> Result<(), String> {
    message
        .split('\n')
        .try_for_each(|fault| check_fault(fault, path))
}

fn check_fault(message: &str, path: &Path) -> Result<(), String> {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let wrong = |what: &str| Err(format!("its message {what}: {message:?}"));
    if !message.contains(&name) {
        return wrong("does not name the file");
    }
    if message.chars().count() > 1500 {
        return wrong("is longer than 1500 characters");
    }
    if message.chars().any(char::is_control) {
        return wrong("holds control characters");
    }
    for name in [
        "::", "Some(", "Err(", "usize", "u64", " struct ", " enum ", " tuple ",
    ] {
        if message.contains(name) {
            return wrong("speaks of Rust types");
        }
    }
    Ok(())
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Extreme values of header fields and random damage that each seed gets.
const EXTREMES_A_SEED: usize = 40;
const RANDOM_A_SEED: u64 = 20;

/// The damaged forms of a seed.
fn mutants(seed: &Seed, number: u64) -> Vec<Vec<u8>> {
    let mut extremes = with_extreme_fields(&seed.bytes, seed.fields.clone());
    extremes.extend(with_extreme_tags(&seed.bytes));
    // Headers of one program are alike: each seed of many gets other fields.
    let mut numbers = Numbers::of(number);
    let mut all = Vec::new();
    while all.len() < EXTREMES_A_SEED && !extremes.is_empty() {
        all.push(extremes.swap_remove(numbers.below(extremes.len())));
    }
    all.extend((0..RANDOM_A_SEED).map(|i| damaged(&seed.bytes, i, number)));
    for bytes in &mut all {
        if bytes.starts_with(b"\x89PNG") {
            *bytes = with_png_checksums(std::mem::take(bytes));
        }
        if seed.packed {
            *bytes = packed(bytes);
        }
    }
    all
}

struct Tried {
    read: usize,
    refused: usize,
    wrong: Vec<String>,
}

impl Tried {
    fn new() -> Self {
        Self {
            read: 0,
            refused: 0,
            wrong: Vec::new(),
        }
    }

    fn add(&mut self, what: &str, outcome: Result<bool, String>) {
        match outcome {
            Ok(true) => self.read += 1,
            Ok(false) => self.refused += 1,
            Err(wrong) => self.wrong.push(format!("{what}: {wrong}")),
        }
    }

    fn check(&self) {
        eprintln!("{} read, {} refused", self.read, self.refused);
        let first: Vec<&String> = self.wrong.iter().take(40).collect();
        assert!(
            self.wrong.is_empty(),
            "{} of {} went wrong:\n{first:#?}",
            self.wrong.len(),
            self.read + self.refused + self.wrong.len()
        );
    }
}

/// Runs work as on a machine of one core.
pub fn on_one_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.unwrap().install(work)
}

/// Where a file that went wrong is kept, when the environment names a folder.
fn keep(path: &Path, what: &str) {
    if let Some(folder) = std::env::var_os("CORELITH_KEEP_DAMAGED") {
        let name = what.replace(['/', ' ', ',', ':'], "_");
        fs::copy(path, PathBuf::from(folder).join(name)).unwrap();
    }
}

#[test]
fn damaged_files_are_read_or_refused_in_bounded_time_and_memory() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let seeds = seeds(folder.path());
    let watchdog = Watchdog::start();
    let tried = on_one_thread(|| {
        let mut tried = Tried::new();
        for (number, seed) in (0..).zip(&seeds) {
            let ending = seed.name.split_once('.').unwrap().1;
            let path = folder.path().join(format!("damaged.{ending}"));
            for (i, bytes) in mutants(seed, number).iter().enumerate() {
                fs::write(&path, bytes).unwrap();
                let name = seed.readers[i % seed.readers.len()];
                let what = format!("{}, damage {i}, {name}", seed.name);
                watchdog.now(&what);
                let outcome = watch(reader_of(name), &path, bytes.len());
                if outcome.is_err() {
                    keep(&path, &what);
                }
                tried.add(&what, outcome);
            }
        }
        tried
    });
    tried.check();
    assert!(
        tried.read > 1000 && tried.refused > 1000,
        "too little was tried"
    );
}

#[test]
fn whole_files_are_read_by_their_reader_and_by_no_other_with_a_panic() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let seeds = seeds(folder.path());
    let watchdog = Watchdog::start();
    let (tried, own) = on_one_thread(|| {
        let (mut tried, mut own) = (Tried::new(), 0);
        for seed in &seeds {
            let bytes = match seed.packed {
                true => packed(&seed.bytes),
                false => seed.bytes.clone(),
            };
            for reader in &READERS {
                // The ending lies for all but one reader.
                let path = folder.path().join(format!("whole.{}", reader.ending));
                fs::write(&path, &bytes).unwrap();
                let what = format!("{}, {}", seed.name, reader.name);
                watchdog.now(&what);
                let outcome = watch(reader, &path, bytes.len());
                own += usize::from(seed.readers[0] == reader.name && outcome == Ok(true));
                tried.add(&what, outcome);
            }
        }
        (tried, own)
    });
    tried.check();
    // Some samples are there to be refused.
    assert!(
        10 * own > 8 * seeds.len(),
        "{own} of {} seeds are read",
        seeds.len()
    );
}
