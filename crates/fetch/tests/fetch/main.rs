//! Fetching from a server on this computer.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod archives;
mod cuts;
mod folder;
mod listing;
mod refusals;
mod repository;
mod unpacking;
mod whole;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use corelith_core::{Progress, Silent};
use corelith_fetch::{FetchError, FetchOptions, FetchReport, Retry, fetch};
use corelith_io::{DatasetEntry, Manifest};
use repository::Repository;

/// The reference data set.
fn dataset() -> DatasetEntry {
    let manifest = Manifest::built_in().unwrap();
    manifest.dataset("lithium-slag").unwrap().clone()
}

/// Options with waits so short that tests need not wait.
fn options(folder: &Path, repository: &Repository) -> FetchOptions {
    FetchOptions {
        server: Some(repository.address.clone()),
        retry: Retry {
            tries: 3,
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_secs(5),
            silence: Duration::from_secs(20),
        },
        ..FetchOptions::new(folder)
    }
}

fn fetch_all(folder: &Path, repository: &Repository) -> Result<FetchReport, FetchError> {
    fetch(&dataset(), &options(folder, repository), &Silent)
}

/// All files below a folder with their contents; those of the program itself begin with a dot or
/// are the lock.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
                files.insert(name.replace('\\', "/"), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// The files of the data set alone.
fn data(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = tree(folder);
    files.retain(|path, _| corelith_io::DatasetLock::looks_at(path));
    files
}

/// Content that does not compress and that differs from file to file.
fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..bytes)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .collect()
}

/// Counts, and stops when a number of bytes was reached.
struct Counting {
    lengths: Mutex<Vec<u64>>,
    done: AtomicU64,
    stop_at: u64,
}

impl Counting {
    fn stopping_at(stop_at: u64) -> Self {
        Self {
            lengths: Mutex::new(Vec::new()),
            done: AtomicU64::new(0),
            stop_at,
        }
    }
}

impl Progress for Counting {
    fn start(&self, step: &str, length: u64) {
        if step.starts_with("fetching") {
            self.lengths.lock().unwrap().push(length);
        }
    }
    fn advance(&self, by: u64) {
        self.done.fetch_add(by, Ordering::Relaxed);
    }
    fn remark(&self, _text: &str) {}
    fn finish(&self) {}
    fn is_cancelled(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.stop_at
    }
}
