//! The structure of a TIFF or BigTIFF file: its directories and their entries. TIFF 6.0,
//! section 2; BigTIFF as in libtiff.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::Error;
use crate::text::printable;

/// Entries of more bytes than this are no tags but damage.
const VALUE_BYTES_MAX: u64 = 1 << 30;

/// What a TIFF is read for: errors are worded accordingly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Slices of a volume, whose pages are counted from 0.
    Slices,
    /// An image of a section, whose pages are counted from 1.
    Section,
}

/// An open TIFF file and where its pages are.
#[derive(Debug)]
pub(crate) struct TiffFile {
    file: File,
    path: PathBuf,
    used_for: Use,
    /// Size of the file in bytes.
    pub size: u64,
    pub little_endian: bool,
    big: bool,
}

/// A tag of a directory.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    tag: u16,
    kind: u16,
    count: u64,
    /// The value where it fits, or its offset; in the byte order of the file.
    inline: [u8; 8],
}

/// The tags of one page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Directory {
    entries: Vec<Entry>,
    /// Where the next directory is; 0 after the last.
    next: u64,
}

/// Bytes of a value by its type.
fn bytes_of(kind: u16) -> Option<u64> {
    match kind {
        1 | 2 | 6 | 7 => Some(1),
        3 | 8 => Some(2),
        4 | 9 | 11 | 13 => Some(4),
        5 | 10 | 12 | 16 | 17 | 18 => Some(8),
        _ => None,
    }
}

impl TiffFile {
    /// Opens a file; `slice` is the number that errors name.
    pub(crate) fn open(path: &Path, slice: usize, used_for: Use) -> Result<Self, Error> {
        let mut file = crate::regular_file::open_regular_file(path)?;
        let size = file.metadata().map_err(Error::read(path))?.len();
        let mut head = Vec::new();
        Read::take(&mut file, 4)
            .read_to_end(&mut head)
            .map_err(Error::read(path))?;
        let (little_endian, big) = match *head {
            [b'I', b'I', 42, 0] => (true, false),
            [b'M', b'M', 0, 42] => (false, false),
            [b'I', b'I', 43, 0] => (true, true),
            [b'M', b'M', 0, 43] => (false, true),
            _ => return Err(crate::file_kind::not_a_tiff(path, slice)),
        };
        Ok(Self {
            file,
            path: path.to_owned(),
            used_for,
            size,
            little_endian,
            big,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The error of a page that is damaged.
    pub(crate) fn damaged(&self, page: usize, reason: String) -> Error {
        let path = self.path.clone();
        // Decoders end their words as they like.
        let reason = printable(reason.trim());
        match self.used_for {
            Use::Slices => Error::Page {
                path,
                slice: page,
                reason,
            },
            Use::Section => Error::Image {
                path,
                problem: format!(
                    "a TIFF image whose page {} cannot be decoded: {reason}; copy it again, or \
                     export it again as PNG or TIFF",
                    page + 1
                ),
            },
        }
    }

    /// The error of a page that is whole and of a sort that is not read.
    pub(crate) fn unsupported(&self, page: usize, found: String, expected: &str) -> Error {
        let path = self.path.clone();
        match self.used_for {
            Use::Slices => Error::PixelKind {
                path,
                slice: page,
                expected: expected.to_owned(),
                found,
            },
            Use::Section => Error::Image {
                path,
                problem: format!(
                    "a TIFF image whose page {} is {found}, expected {expected}; export it again \
                     as {expected}",
                    page + 1
                ),
            },
        }
    }

    fn cut_short(&self, page: usize, what: &str, needed: u64) -> Error {
        self.damaged(
            page,
            format!(
                "the file ends too early, it is cut short: {what} lies at byte {needed}, and the file has {} bytes",
                self.size
            ),
        )
    }

    /// Reads `length` bytes at `offset`, after a check that the file has them.
    pub(crate) fn bytes_at(
        &self,
        offset: u64,
        length: u64,
        page: usize,
        what: &str,
    ) -> Result<Vec<u8>, Error> {
        let end = offset.checked_add(length).filter(|&end| end <= self.size);
        let Some(end) = end else {
            return Err(self.cut_short(page, what, offset.saturating_add(length)));
        };
        let mut bytes = vec![0; (end - offset) as usize];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|e| match e.kind() {
                io::ErrorKind::UnexpectedEof => self.cut_short(page, what, end),
                _ => Error::read(&self.path)(e),
            })?;
        Ok(bytes)
    }

    fn number(&self, bytes: &[u8]) -> u64 {
        let each = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        match self.little_endian {
            true => bytes.iter().rev().fold(0, each),
            false => bytes.iter().fold(0, each),
        }
    }

    /// Offset of the first directory.
    pub(crate) fn first_directory(&self) -> Result<u64, Error> {
        let (at, length) = if self.big { (8, 8) } else { (4, 4) };
        let bytes = self.bytes_at(at, length, 0, "the place of the first page")?;
        Ok(self.number(&bytes))
    }

    /// Reads the directory at `offset`; `page` is the number that errors name.
    pub(crate) fn directory(&self, offset: u64, page: usize) -> Result<Directory, Error> {
        let (count_bytes, entry_bytes, word) = if self.big { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.bytes_at(offset, count_bytes, page, "the header of this page")?;
        let count = self.number(&count);
        let length = count
            .checked_mul(entry_bytes)
            .and_then(|n| n.checked_add(word))
            .filter(|n| *n <= VALUE_BYTES_MAX.min(self.size))
            .ok_or_else(|| self.cut_short(page, "the end of the header of this page", u64::MAX))?;
        let start = offset + count_bytes;
        // Some programs leave the place of the next page out at the end of the file.
        let whole = self.size.saturating_sub(start) >= length;
        let bytes = self.bytes_at(
            start,
            if whole { length } else { length - word },
            page,
            "the end of the header of this page",
        )?;
        let (entries, next) = bytes.split_at((length - word) as usize);
        let entries = entries
            .chunks_exact(entry_bytes as usize)
            .map(|entry| {
                let value = &entry[4 + word as usize..];
                let mut inline = [0; 8];
                inline[..value.len()].copy_from_slice(value);
                Entry {
                    tag: self.number(&entry[..2]) as u16,
                    kind: self.number(&entry[2..4]) as u16,
                    count: self.number(&entry[4..4 + word as usize]),
                    inline,
                }
            })
            .collect();
        Ok(Directory {
            entries,
            next: self.number(next),
        })
    }

    /// Calls `each` with the number, the offset and the tags of every page in order; each
    /// directory is read once.
    pub(crate) fn for_each_page(
        &self,
        mut each: impl FnMut(usize, u64, &Directory) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut offset = self.first_directory()?;
        let mut seen = HashSet::new();
        let mut page = 0;
        while offset != 0 {
            if !seen.insert(offset) {
                return Err(self.damaged(
                    page,
                    "the chain of pages leads back to an earlier page".to_owned(),
                ));
            }
            let directory = self.directory(offset, page)?;
            each(page, offset, &directory)?;
            offset = directory.next;
            page += 1;
        }
        if page == 0 {
            return Err(self.damaged(0, "the file holds no page".to_owned()));
        }
        Ok(())
    }

    /// The bytes of the first `elements` elements of a value, and of one of them.
    fn value(
        &self,
        entry: &Entry,
        elements: u64,
        page: usize,
    ) -> Result<Option<(Vec<u8>, usize)>, Error> {
        let Some(each) = bytes_of(entry.kind) else {
            return Ok(None);
        };
        let word = if self.big { 8 } else { 4 };
        let length = entry
            .count
            .checked_mul(each)
            .filter(|n| *n <= VALUE_BYTES_MAX.min(self.size))
            .ok_or_else(|| {
                let count = entry.count;
                self.damaged(
                    page,
                    format!(
                        "tag {} has {count} values, more than the file holds",
                        entry.tag
                    ),
                )
            })?;
        let wanted = length.min(elements.saturating_mul(each));
        let bytes = if length <= word {
            entry.inline[..wanted as usize].to_vec()
        } else {
            let offset = self.number(&entry.inline[..word as usize]);
            self.bytes_at(offset, wanted, page, &format!("tag {}", entry.tag))?
        };
        Ok(Some((bytes, each as usize)))
    }

    /// The first unsigned integers of a tag; empty where the tag is missing or of another type.
    fn first_integers(
        &self,
        directory: &Directory,
        tag: u16,
        elements: u64,
        page: usize,
    ) -> Result<Vec<u64>, Error> {
        let Some(entry) = directory.entry(tag) else {
            return Ok(Vec::new());
        };
        if !matches!(entry.kind, 1 | 3 | 4 | 6 | 7 | 8 | 9 | 13 | 16 | 17 | 18) {
            return Ok(Vec::new());
        }
        Ok(match self.value(entry, elements, page)? {
            Some((bytes, each)) => bytes.chunks_exact(each).map(|b| self.number(b)).collect(),
            None => Vec::new(),
        })
    }

    /// Unsigned integers of a tag; empty where the tag is missing or of another type.
    pub(crate) fn integers(
        &self,
        directory: &Directory,
        tag: u16,
        page: usize,
    ) -> Result<Vec<u64>, Error> {
        self.first_integers(directory, tag, u64::MAX, page)
    }

    /// The first integer of a tag.
    pub(crate) fn integer(
        &self,
        directory: &Directory,
        tag: u16,
        page: usize,
    ) -> Result<Option<u64>, Error> {
        let first = self.first_integers(directory, tag, 1, page)?;
        Ok(first.first().copied())
    }

    /// The bytes of a tag; empty where it is missing.
    pub(crate) fn raw(
        &self,
        directory: &Directory,
        tag: u16,
        page: usize,
    ) -> Result<Vec<u8>, Error> {
        match directory.entry(tag) {
            Some(entry) => Ok(self.value(entry, u64::MAX, page)?.unwrap_or_default().0),
            None => Ok(Vec::new()),
        }
    }

    /// A text. TIFF text is ASCII; programs write UTF-8, and older ones Latin-1.
    pub(crate) fn text(
        &self,
        directory: &Directory,
        tag: u16,
        page: usize,
    ) -> Result<String, Error> {
        let bytes = self.raw(directory, tag, page)?;
        let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
        Ok(match std::str::from_utf8(&bytes[..end]) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes[..end].iter().map(|&b| char::from(b)).collect(),
        })
    }

    /// A rational or float above 0.
    pub(crate) fn ratio(
        &self,
        directory: &Directory,
        tag: u16,
        page: usize,
    ) -> Result<Option<f64>, Error> {
        let Some(entry) = directory.entry(tag).filter(|e| e.count > 0) else {
            return Ok(None);
        };
        let Some((bytes, _)) = self.value(entry, 1, page)? else {
            return Ok(None);
        };
        let value = match entry.kind {
            5 => self.number(&bytes[..4]) as f64 / self.number(&bytes[4..8]) as f64,
            11 => f64::from(f32::from_bits(self.number(&bytes[..4]) as u32)),
            12 => f64::from_bits(self.number(&bytes[..8])),
            _ => return Ok(None),
        };
        Ok(Some(value).filter(|v| v.is_finite() && *v > 0.0))
    }
}

impl Directory {
    fn entry(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|e| e.tag == tag)
    }

    /// Where the next directory is; 0 after the last.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    pub(crate) fn has(&self, tag: u16) -> bool {
        self.entry(tag).is_some()
    }
}
