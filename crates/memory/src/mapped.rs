use std::io;
use std::path::Path;

use fs4::FileExt as _;
use memmap2::MmapMut;

/// Bytes of a page on most systems, and the least alignment that mapped files have on all.
pub(crate) const PAGE_BYTES: usize = 4096;

/// Zeros in a file without a name, mapped into memory.
///
/// # Errors
/// When the folder's disk does not have as much room: it is taken beforehand, as a full disk would otherwise
/// end the program when the memory is first written to.
pub(crate) fn mapped(folder: &Path, bytes: usize) -> io::Result<MmapMut> {
    let file = tempfile::tempfile_in(folder)?;
    file.allocate(bytes as u64)?;
    // SAFETY: the file has no name, so no other program changes or cuts it.
    unsafe { MmapMut::map_mut(&file) }
}
