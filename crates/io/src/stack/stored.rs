//! Pixel values as they are stored.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Tag 262, `PhotometricInterpretation` (TIFF 6.0).
const PHOTOMETRIC: u16 = 262;
const WHITE_IS_ZERO: u16 = 0;
const BLACK_IS_ZERO: u16 = 1;
const PALETTE: u16 = 3;

/// A TIFF file in which every page with a palette or with inverted display says `BlackIsZero`.
///
/// ImageJ saves a label image with its look-up table as a palette image, and a mask often with an
/// inverted one; the stored values are the labels all the same (ImageJ and tifffile give them).
/// The decoder refuses the first kind and inverts the second.
#[derive(Debug)]
pub(crate) struct StoredValues {
    file: File,
    position: u64,
    /// Where in the file such a value stands, ascending.
    tags: Vec<u64>,
    black_is_zero: [u8; 2],
}

impl StoredValues {
    pub(super) fn new(mut file: File) -> io::Result<Self> {
        // A file that is no TIFF, or damaged, is left to the decoder, which says what is wrong.
        let (tags, black_is_zero) = Directories::of(&mut file)
            .and_then(|mut d| Ok((d.photometric_values()?, d.to_bytes(BLACK_IS_ZERO))))
            .unwrap_or_default();
        file.rewind()?;
        Ok(Self {
            file,
            position: 0,
            tags,
            black_is_zero,
        })
    }
}

impl Read for StoredValues {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        let (start, end) = (self.position, self.position + read as u64);
        let first = self.tags.partition_point(|&tag| tag + 2 <= start);
        for &tag in self.tags[first..].iter().take_while(|&&tag| tag < end) {
            for (i, byte) in self.black_is_zero.iter().enumerate() {
                let at = tag + i as u64;
                if (start..end).contains(&at) {
                    buffer[(at - start) as usize] = *byte;
                }
            }
        }
        self.position = end;
        Ok(read)
    }
}

impl Seek for StoredValues {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = self.file.seek(to)?;
        Ok(self.position)
    }
}

/// The directories of a TIFF or BigTIFF file, one a page.
struct Directories<'a> {
    file: &'a mut File,
    little_endian: bool,
    big: bool,
    first: u64,
}

impl<'a> Directories<'a> {
    fn of(file: &'a mut File) -> io::Result<Self> {
        let mut order = [0; 2];
        file.read_exact(&mut order)?;
        let mut directories = Self {
            file,
            little_endian: order == *b"II",
            big: false,
            first: 0,
        };
        directories.big = directories.number(2)? == 43;
        if directories.big {
            directories.number(4)?;
        }
        directories.first = directories.number(directories.offset_bytes())?;
        Ok(directories)
    }

    fn offset_bytes(&self) -> usize {
        if self.big { 8 } else { 4 }
    }

    fn number(&mut self, bytes: usize) -> io::Result<u64> {
        let mut word = [0; 8];
        if self.little_endian {
            self.file.read_exact(&mut word[..bytes])?;
            Ok(u64::from_le_bytes(word))
        } else {
            self.file.read_exact(&mut word[8 - bytes..])?;
            Ok(u64::from_be_bytes(word))
        }
    }

    fn short(&self, bytes: &[u8]) -> u16 {
        let pair = [bytes[0], bytes[1]];
        if self.little_endian {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        }
    }

    fn to_bytes(&self, value: u16) -> [u8; 2] {
        if self.little_endian {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        }
    }

    /// Positions of the values that [`StoredValues`] replaces.
    fn photometric_values(&mut self) -> io::Result<Vec<u64>> {
        // An entry is tag, type, count and value: 2 + 2 + 4 + 4 bytes, or 2 + 2 + 8 + 8.
        let entry_bytes = 4 + 2 * self.offset_bytes();
        let value_at = 4 + self.offset_bytes();
        let (mut values, mut seen) = (Vec::new(), HashSet::new());
        let mut directory = self.first;
        while directory != 0 && seen.insert(directory) {
            self.file.seek(SeekFrom::Start(directory))?;
            let count = self.number(if self.big { 8 } else { 2 })?;
            let start = self.file.stream_position()?;
            let mut entries = Vec::new();
            let wanted = count.saturating_mul(entry_bytes as u64);
            Read::take(&mut *self.file, wanted).read_to_end(&mut entries)?;
            for (i, entry) in entries.chunks_exact(entry_bytes).enumerate() {
                let value = self.short(&entry[value_at..]);
                if self.short(entry) == PHOTOMETRIC && matches!(value, WHITE_IS_ZERO | PALETTE) {
                    values.push(start + (i * entry_bytes + value_at) as u64);
                }
            }
            directory = self.number(self.offset_bytes())?;
        }
        values.sort_unstable();
        Ok(values)
    }
}
