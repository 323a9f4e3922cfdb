use std::alloc::{GlobalAlloc, Layout, System};
use std::path::PathBuf;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use memmap2::MmapMut;

use crate::available::resident_bytes;
use crate::kept::give_back_kept;
use crate::mapped::{PAGE_BYTES, mapped};

/// The allocator of the system, but for large buffers that go beyond what memory is to hold of them: these
/// are mapped files without names in a folder. By itself it has no limit and no folder, and is that of the
/// system. A buffer stays where it was first put, so what is taken first stays in memory.
///
/// Where a file cannot be had, memory is taken all the same.
#[derive(Debug)]
pub struct Spilling {
    /// Bytes from which on a buffer is large.
    large_bytes: usize,
    most_bytes: AtomicUsize,
    /// Bytes of large buffers in memory.
    held_bytes: AtomicUsize,
    spilled_bytes: AtomicUsize,
    most_spilled_bytes: AtomicUsize,
    refused_bytes: AtomicUsize,
    folder: Mutex<Option<PathBuf>>,
    spilled: Mutex<Vec<MmapMut>>,
}

impl Spilling {
    /// Without a limit. Buffers are large from so many bytes on: volumes should be, but not what a thread works
    /// in, which is taken and given back all the time.
    pub const fn new(large_bytes: usize) -> Self {
        Self {
            large_bytes,
            most_bytes: AtomicUsize::new(usize::MAX),
            held_bytes: AtomicUsize::new(0),
            spilled_bytes: AtomicUsize::new(0),
            most_spilled_bytes: AtomicUsize::new(0),
            refused_bytes: AtomicUsize::new(0),
            folder: Mutex::new(None),
            spilled: Mutex::new(Vec::new()),
        }
    }

    /// Sets how many bytes of large buffers memory is to hold from now on.
    pub fn hold_at_most(&self, bytes: usize) {
        self.most_bytes.store(bytes, Relaxed);
    }

    /// Names the folder for what does not fit: one on a disk, not in memory as `/tmp` often is.
    pub fn spill_into(&self, folder: PathBuf) {
        *lock(&self.folder) = Some(folder);
    }

    /// Bytes that lay in files at the most.
    pub fn most_spilled_bytes(&self) -> usize {
        self.most_spilled_bytes.load(Relaxed)
    }

    /// Bytes of the largest buffer that went beyond the limit, as it could not be in a file.
    pub fn refused_bytes(&self) -> usize {
        self.refused_bytes.load(Relaxed)
    }

    /// Whether `bytes` more fit, which count from now on if they do: beside the large buffers, which may not have
    /// been written to yet, and beside all that has.
    fn fits(&self, bytes: usize) -> bool {
        let most = self.most_bytes.load(Relaxed);
        let beside_all = || most == usize::MAX || resident_bytes().saturating_add(bytes) <= most;
        if !beside_all() {
            give_back_kept();
            if !beside_all() {
                return false;
            }
        }
        self.held_bytes
            .try_update(Relaxed, Relaxed, |held| {
                held.checked_add(bytes).filter(|held| *held <= most)
            })
            .is_ok()
    }

    /// A large buffer of zeros in a file; null where there can be none.
    fn spill(&self, layout: Layout) -> *mut u8 {
        let folder = lock(&self.folder).clone();
        let Some(folder) = folder.filter(|_| layout.align() <= PAGE_BYTES) else {
            return null_mut();
        };
        let Ok(mut file) = mapped(&folder, layout.size()) else {
            self.refused_bytes.fetch_max(layout.size(), Relaxed);
            return null_mut();
        };
        let start = file.as_mut_ptr();
        lock(&self.spilled).push(file);
        let spilled = self.spilled_bytes.fetch_add(layout.size(), Relaxed) + layout.size();
        self.most_spilled_bytes.fetch_max(spilled, Relaxed);
        start
    }

    /// The file that a buffer is in, taken out of the list; `None` for one in memory.
    fn take(&self, start: *const u8) -> Option<MmapMut> {
        let mut spilled = lock(&self.spilled);
        let at = spilled.iter().position(|file| file.as_ptr() == start)?;
        let file = spilled.swap_remove(at);
        self.spilled_bytes.fetch_sub(file.len(), Relaxed);
        Some(file)
    }

    /// What a buffer counts.
    fn counted(&self, bytes: usize) -> usize {
        if bytes < self.large_bytes { 0 } else { bytes }
    }

    /// A large buffer, by `of_system` where it is to be in memory.
    fn large(&self, layout: Layout, of_system: impl Fn() -> *mut u8) -> *mut u8 {
        if !self.fits(layout.size()) {
            let start = self.spill(layout);
            if !start.is_null() {
                return start;
            }
            self.held_bytes.fetch_add(layout.size(), Relaxed);
        }
        let start = of_system();
        if start.is_null() {
            self.held_bytes.fetch_sub(layout.size(), Relaxed);
        }
        start
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// SAFETY: a buffer is one of the system's allocator, and given back to it, or a mapped file of its size, which
// stays in the list until the buffer is given back. Files are aligned to pages and hold zeros. What is
// allocated here meanwhile (paths, the list) is never large, so no lock is asked for twice.
unsafe impl GlobalAlloc for Spilling {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() < self.large_bytes {
            // SAFETY: as the caller promises.
            return unsafe { System.alloc(layout) };
        }
        // SAFETY: as the caller promises.
        self.large(layout, || unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.size() < self.large_bytes {
            // SAFETY: as the caller promises.
            return unsafe { System.alloc_zeroed(layout) };
        }
        // SAFETY: as the caller promises.
        self.large(layout, || unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        if layout.size() >= self.large_bytes {
            if let Some(file) = self.take(start) {
                drop(file);
                return;
            }
            self.held_bytes.fetch_sub(layout.size(), Relaxed);
        }
        // SAFETY: it is not in a file, so it is the system's.
        unsafe { System.dealloc(start, layout) };
    }

    unsafe fn realloc(&self, start: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let (before, after) = (self.counted(layout.size()), self.counted(new_size));
        let in_file = before > 0
            && lock(&self.spilled)
                .iter()
                .any(|file| file.as_ptr() == start.cast_const());
        if !in_file && (after <= before || self.fits(after - before)) {
            // SAFETY: as the caller promises; it is not in a file, so it is the system's.
            let moved = unsafe { System.realloc(start, layout, new_size) };
            if moved.is_null() {
                self.held_bytes
                    .fetch_sub(after.saturating_sub(before), Relaxed);
            } else {
                self.held_bytes
                    .fetch_sub(before.saturating_sub(after), Relaxed);
            }
            return moved;
        }
        // SAFETY: as the caller promises; both buffers hold what is copied, and the first is given back.
        unsafe {
            let moved = self.alloc(Layout::from_size_align_unchecked(new_size, layout.align()));
            if !moved.is_null() {
                moved.copy_from_nonoverlapping(start, layout.size().min(new_size));
                self.dealloc(start, layout);
            }
            moved
        }
    }
}
