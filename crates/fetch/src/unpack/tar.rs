use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use corelith_core::Progress;
use flate2::bufread::MultiGzDecoder;
use tar::{Archive, EntryType};

use super::stage::{Contents, Stage};
use crate::FetchError;

/// Bytes that may come between two entries: long names, extended headers, maps of sparse files.
/// They are held in memory.
const BETWEEN_BYTES: u64 = 4 << 20;

/// What the end of an archive may be padded with.
const PADDING_BYTES: u64 = 64 << 20;

pub(super) fn unpack(
    archive: &Path,
    compressed: bool,
    mut stage: Stage<'_>,
) -> Result<Contents, FetchError> {
    let file = File::open(archive).map_err(FetchError::read(archive))?;
    let step = stage.progress;
    let file = BufReader::with_capacity(
        1 << 17,
        Counted {
            content: file,
            progress: step,
        },
    );
    let content: Box<dyn Read + '_> = if compressed {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let budget = Rc::new(Cell::new(BETWEEN_BYTES));
    let mut tar = Archive::new(Budgeted {
        content,
        budget: Rc::clone(&budget),
    });
    step.start("unpacking", stage.archive_bytes());
    let damaged = |stage: &Stage<'_>, e: &io::Error| stage.broken(format!("it is damaged: {e}"));
    let mut entries = tar.entries().map_err(|e| damaged(&stage, &e))?;
    loop {
        // The entry before was read to its end, so what is read now is not its content.
        budget.set(BETWEEN_BYTES);
        let Some(entry) = entries.next() else { break };
        let mut entry = entry.map_err(|e| damaged(&stage, &e))?;
        stage.count()?;
        let name = name(&entry.path_bytes());
        let kind = entry.header().entry_type();
        let size = entry.size();
        match kind {
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {}
            // An old archive marks a folder by a slash at the end of its name alone.
            EntryType::Directory => continue,
            EntryType::XGlobalHeader => {
                io::copy(&mut entry, &mut io::sink()).map_err(|e| damaged(&stage, &e))?;
                continue;
            }
            _ => {
                return Err(
                    stage.refused(&name, "it is a link or device, expected a file or folder")
                );
            }
        }
        if name.ends_with('/') && size == 0 {
            continue;
        }
        let path = stage.admit(&name)?;
        budget.set(u64::MAX);
        match path {
            Some(path) => stage.write(path, size, &mut entry)?,
            None => {
                if size > BETWEEN_BYTES {
                    return Err(stage.refused(&name, "it is too large for what it is"));
                }
                io::copy(&mut entry, &mut io::sink()).map_err(|e| damaged(&stage, &e))?;
            }
        }
    }
    // To the end, where the checksum of the compressed stream is.
    budget.set(PADDING_BYTES);
    io::copy(&mut tar.into_inner(), &mut io::sink()).map_err(|e| damaged(&stage, &e))?;
    step.finish();
    stage.finish()
}

/// Names are UTF-8 today; older ones are taken for Latin-1, whose bytes are the first characters of
/// Unicode.
fn name(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(name) => name.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// Reports how much of the archive was read: what it unpacks to is not known before.
struct Counted<'a, R> {
    content: R,
    progress: &'a dyn Progress,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        self.progress.advance(read as u64);
        Ok(read)
    }
}

/// Fails when more is read than is expected at the moment.
struct Budgeted<'a> {
    content: Box<dyn Read + 'a>,
    budget: Rc<Cell<u64>>,
}

impl Read for Budgeted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        match self.budget.get().checked_sub(read as u64) {
            Some(left) => {
                self.budget.set(left);
                Ok(read)
            }
            None => Err(io::Error::other(
                "what is not the content of a file is larger than expected",
            )),
        }
    }
}
