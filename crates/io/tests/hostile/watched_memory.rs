//! An allocator that counts, so that a test sees what a reader asks for.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Past this nothing is given: a reader that asks for it has to end in an error.
const ALL_BYTES_MAX: usize = 1 << 30;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Watched;

#[global_allocator]
static WATCHED: Watched = Watched;

/// Whether there is room for so many bytes more; they count as taken then.
fn take(bytes: usize) -> bool {
    let all = NOW
        .fetch_add(bytes, Ordering::Relaxed)
        .saturating_add(bytes);
    PEAK.fetch_max(all, Ordering::Relaxed);
    if all > ALL_BYTES_MAX {
        give(bytes);
        return false;
    }
    true
}

fn give(bytes: usize) {
    NOW.fetch_sub(bytes, Ordering::Relaxed);
}

// SAFETY: memory comes from `System` and goes back there under the same layout; what is counted
// beside it has no part in it.
unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match take(layout.size()) {
            // SAFETY: as the caller promises.
            true => unsafe { System.alloc(layout) },
            false => std::ptr::null_mut(),
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        match take(layout.size()) {
            // SAFETY: as the caller promises.
            true => unsafe { System.alloc_zeroed(layout) },
            false => std::ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        give(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Bytes that are taken now.
pub fn bytes_now() -> usize {
    NOW.load(Ordering::Relaxed)
}

/// The most that was taken, or asked for, at once while `work` ran, past what was taken before.
pub fn peak_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = bytes_now();
    PEAK.store(before, Ordering::Relaxed);
    let result = work();
    (result, PEAK.load(Ordering::Relaxed).saturating_sub(before))
}
