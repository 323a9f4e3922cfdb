//! What the system is told of how memory is used: where memory is short, a volume lies in a mapped file.

/// Bytes of a strip: as many as disks like to read at a time.
pub(crate) const STRIP_BYTES: usize = 128 << 10;

/// Asks for huge pages, where the system has them.
pub(crate) fn take_huge_pages<T>(values: &mut [T]) {
    #[cfg(target_os = "linux")]
    advise(values, libc::MADV_HUGEPAGE);
    #[cfg(not(target_os = "linux"))]
    let _ = values;
}

/// Does some work that uses strips from all over `values`, each announced by [`strip_ahead`]. By itself the
/// system reads megabytes around each page that it lacks, or a huge page, and gives up others for them.
pub(crate) fn in_strips<T, R>(values: &mut [T], work: impl FnOnce(&mut [T]) -> R) -> R {
    #[cfg(target_os = "linux")]
    advise(values, libc::MADV_NOHUGEPAGE);
    #[cfg(unix)]
    advise(values, libc::MADV_RANDOM);
    let done = work(values);
    #[cfg(unix)]
    advise(values, libc::MADV_NORMAL);
    take_huge_pages(values);
    done
}

/// Has a strip read that is about to be used.
pub(crate) fn strip_ahead<T>(strip: &[T]) {
    #[cfg(unix)]
    advise(strip, libc::MADV_WILLNEED);
    #[cfg(not(unix))]
    let _ = strip;
}

/// Gives advice on the whole pages among some values.
#[cfg(unix)]
fn advise<T>(values: &[T], advice: libc::c_int) {
    const PAGE: usize = 4096;
    let address = values.as_ptr().cast::<u8>();
    let skipped = address.align_offset(PAGE);
    let Some(inner) = size_of_val(values).checked_sub(skipped) else {
        return;
    };
    // SAFETY: whole pages within the allocation; none of these changes what they hold. Where advice is
    // refused nothing is lost but time.
    unsafe {
        let start = address.add(skipped).cast_mut().cast();
        libc::madvise(start, inner / PAGE * PAGE, advice);
    }
}
