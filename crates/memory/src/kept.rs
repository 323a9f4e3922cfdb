//! How the allocator deals with the buffers of networks, which are taken and given back all the time.

/// Bytes up to which freed buffers are kept.
pub const KEPT_BYTES: usize = 128 << 20;

/// Keeps freed buffers for the next tile or patch. By itself, the GNU allocator gives most of them back to
/// the system, which has to clear them each time: a tenth of what segmentation takes. Whole volumes, which
/// are larger, still go back at once.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn keep_buffers() {
    let kept = KEPT_BYTES as libc::c_int;
    // SAFETY: it only sets parameters of the allocator, and this is the only thread yet.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, kept);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 2 * kept);
    }
}

/// Other allocators keep them by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn keep_buffers() {}

/// Gives back to the system what is kept of freed buffers.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn give_back_kept() {
    // SAFETY: it takes nothing that is in use.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Other allocators give it back by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn give_back_kept() {}
