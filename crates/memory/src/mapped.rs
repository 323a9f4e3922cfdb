use std::fs::File;
use std::io;
use std::path::Path;

use memmap2::MmapMut;

/// Zeros in a file without a name, mapped into memory.
///
/// # Errors
/// When the folder's disk does not have as much room: it is taken beforehand, as a full disk would otherwise
/// end the program when the memory is first written to.
pub(crate) fn mapped(folder: &Path, bytes: usize) -> io::Result<MmapMut> {
    let file = tempfile::tempfile_in(folder)?;
    take_room(&file, bytes as u64)?;
    // SAFETY: the file has no name, so no other program changes or cuts it.
    unsafe { MmapMut::map_mut(&file) }
}

#[cfg(unix)]
fn take_room(file: &File, bytes: u64) -> io::Result<()> {
    rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, bytes)?;
    file.set_len(bytes)
}

#[cfg(not(unix))]
fn take_room(file: &File, bytes: u64) -> io::Result<()> {
    file.set_len(bytes)
}
