//! The directories of a TIFF or BigTIFF file: what each page says of itself (TIFF 6.0).

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Tags of TIFF 6.0.
mod tag {
    pub const SUBFILE: u16 = 254;
    pub const COLS: u16 = 256;
    pub const ROWS: u16 = 257;
    pub const BITS: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC: u16 = 262;
    pub const FILL_ORDER: u16 = 266;
    pub const STRIP_OFFSETS: u16 = 273;
    pub const SAMPLES: u16 = 277;
    pub const ROWS_PER_STRIP: u16 = 278;
    pub const STRIP_BYTES: u16 = 279;
    pub const PLANAR: u16 = 284;
    pub const PREDICTOR: u16 = 317;
    pub const PALETTE: u16 = 320;
    pub const TILE_COLS: u16 = 322;
    pub const TILE_ROWS: u16 = 323;
    pub const TILE_OFFSETS: u16 = 324;
    pub const TILE_BYTES: u16 = 325;
    pub const EXTRA_SAMPLES: u16 = 338;
    pub const SAMPLE_FORMAT: u16 = 339;
    pub const JPEG_TABLES: u16 = 347;
}

/// `SampleFormat` of TIFF 6.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SampleFormat {
    Unsigned,
    Signed,
    Float,
}

/// What one page says of itself; numbers as in TIFF 6.0.
#[derive(Debug, Clone)]
pub(super) struct Page {
    pub cols: usize,
    pub rows: usize,
    pub samples: usize,
    pub bits: usize,
    pub format: SampleFormat,
    pub compression: u64,
    pub predictor: u64,
    /// 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 5 CMYK, 6 YCbCr.
    pub photometric: u64,
    pub planar: bool,
    pub lowest_bit_first: bool,
    /// All reds, then all greens, then all blues.
    pub palette: Vec<u64>,
    pub extra_samples: Vec<u64>,
    /// A smaller copy of another page, or a mask of it.
    pub is_secondary: bool,
    pub chunk_cols: usize,
    pub chunk_rows: usize,
    pub offsets: Vec<u64>,
    pub lengths: Vec<u64>,
    pub jpeg_tables: Vec<u8>,
}

pub(super) struct TiffFile {
    file: File,
    pub bytes: u64,
    pub little_endian: bool,
    big: bool,
}

fn wrong(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

struct Entry {
    kind: u16,
    count: u64,
    value: Vec<u8>,
}

impl TiffFile {
    pub(super) fn new(mut file: File) -> io::Result<Self> {
        let bytes = file.metadata()?.len();
        let mut head = [0; 4];
        file.read_exact(&mut head)?;
        let little_endian = head[0] == b'I';
        Ok(Self {
            file,
            bytes,
            little_endian,
            big: head.contains(&43),
        })
    }

    /// `length` bytes from `offset`; fails before memory is taken when the file is shorter.
    pub(super) fn read_at(&mut self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        if offset
            .checked_add(length)
            .is_none_or(|end| end > self.bytes)
        {
            return Err(wrong(format!(
                "it is cut short: {length} bytes are expected from byte {offset}, and the file has \
                 {}",
                self.bytes
            )));
        }
        let mut bytes = vec![0; length as usize];
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn number(&self, bytes: &[u8]) -> u64 {
        let fold = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        if self.little_endian {
            bytes.iter().rev().fold(0, fold)
        } else {
            bytes.iter().fold(0, fold)
        }
    }

    /// All pages, in the order of the file.
    pub(super) fn pages(&mut self) -> io::Result<Vec<Page>> {
        let (word, start) = if self.big { (8, 8) } else { (4, 4) };
        let first = self.read_at(start, word)?;
        let mut at = self.number(&first);
        let (mut pages, mut seen) = (Vec::new(), HashSet::new());
        while at != 0 && seen.insert(at) {
            let count_bytes = if self.big { 8 } else { 2 };
            let count = self.read_at(at, count_bytes)?;
            let count = self.number(&count);
            let entry_bytes = 4 + 2 * word;
            let body = count
                .checked_mul(entry_bytes)
                .and_then(|n| n.checked_add(word))
                .ok_or_else(|| wrong("a page has an impossible number of tags"))?;
            let body = self.read_at(at + count_bytes, body)?;
            let (entries, next) = body.split_at(body.len() - word as usize);
            at = self.number(next);
            let entries: Vec<(u16, Entry)> = entries
                .chunks_exact(entry_bytes as usize)
                .map(|e| {
                    let entry = Entry {
                        kind: self.number(&e[2..4]) as u16,
                        count: self.number(&e[4..4 + word as usize]),
                        value: e[4 + word as usize..].to_vec(),
                    };
                    (self.number(&e[..2]) as u16, entry)
                })
                .collect();
            pages.push(self.page(&entries)?);
        }
        if pages.is_empty() {
            return Err(wrong("it holds no page"));
        }
        Ok(pages)
    }

    fn bytes_of(&mut self, entry: &Entry) -> io::Result<(u64, Vec<u8>)> {
        // Sizes of the types 1 to 18: BYTE, ASCII, SHORT, LONG, RATIONAL and so on.
        let size = match entry.kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            other => return Err(wrong(format!("a tag has the unknown type {other}"))),
        };
        let length = entry
            .count
            .checked_mul(size)
            .ok_or_else(|| wrong("a tag has an impossible number of values"))?;
        if length as usize <= entry.value.len() {
            return Ok((size, entry.value[..length as usize].to_vec()));
        }
        let offset = self.number(&entry.value);
        Ok((size, self.read_at(offset, length)?))
    }

    fn numbers(&mut self, entry: &Entry) -> io::Result<Vec<u64>> {
        let (size, bytes) = self.bytes_of(entry)?;
        Ok(bytes
            .chunks_exact(size as usize)
            .map(|value| self.number(value))
            .collect())
    }

    fn page(&mut self, entries: &[(u16, Entry)]) -> io::Result<Page> {
        let entry = |wanted: u16| entries.iter().find(|(t, _)| *t == wanted).map(|(_, e)| e);
        let mut list = |wanted: u16| match entry(wanted) {
            Some(entry) => self.numbers(entry),
            None => Ok(Vec::new()),
        };
        let mut one = |wanted: u16, default: u64| -> io::Result<u64> {
            Ok(list(wanted)?.first().copied().unwrap_or(default))
        };
        let (cols, rows) = (one(tag::COLS, 0)?, one(tag::ROWS, 0)?);
        let samples = one(tag::SAMPLES, 1)?;
        let photometric = one(tag::PHOTOMETRIC, if samples >= 3 { 2 } else { 1 })?;
        let (compression, predictor) = (one(tag::COMPRESSION, 1)?, one(tag::PREDICTOR, 1)?);
        let (planar, fill_order) = (one(tag::PLANAR, 1)?, one(tag::FILL_ORDER, 1)?);
        let rows_per_strip = one(tag::ROWS_PER_STRIP, rows)?.min(rows);
        let (tile_cols, tile_rows) = (one(tag::TILE_COLS, 0)?, one(tag::TILE_ROWS, 0)?);
        // Bit 0: reduced resolution; bit 2: transparency mask.
        let is_secondary = one(tag::SUBFILE, 0)? & 0b101 != 0;
        let (bits, formats) = (list(tag::BITS)?, list(tag::SAMPLE_FORMAT)?);
        if cols == 0 || rows == 0 || samples == 0 || cols > u64::from(u32::MAX) {
            return Err(wrong(format!("a page has the size {cols} x {rows}")));
        }
        let bits_of_all = *bits.first().unwrap_or(&1);
        if bits.iter().any(|b| *b != bits_of_all) || formats.iter().any(|f| *f != formats[0]) {
            return Err(wrong(format!(
                "its channels have different depths ({bits:?} bits)"
            )));
        }
        let format = match formats.first() {
            None | Some(1 | 4) => SampleFormat::Unsigned,
            Some(2) => SampleFormat::Signed,
            Some(3) => SampleFormat::Float,
            Some(_) => return Err(wrong("its pixels are complex numbers")),
        };
        let tiled = entry(tag::TILE_OFFSETS).is_some();
        let (chunk_cols, chunk_rows, offsets, lengths) = if tiled {
            (tile_cols, tile_rows, tag::TILE_OFFSETS, tag::TILE_BYTES)
        } else {
            (cols, rows_per_strip, tag::STRIP_OFFSETS, tag::STRIP_BYTES)
        };
        if chunk_cols == 0 || chunk_rows == 0 {
            return Err(wrong("a page is cut into strips or tiles without size"));
        }
        Ok(Page {
            cols: cols as usize,
            rows: rows as usize,
            samples: samples as usize,
            bits: bits_of_all as usize,
            format,
            compression,
            predictor,
            photometric,
            planar: planar == 2 && samples > 1,
            lowest_bit_first: fill_order == 2,
            palette: list(tag::PALETTE)?,
            extra_samples: list(tag::EXTRA_SAMPLES)?,
            is_secondary,
            chunk_cols: chunk_cols as usize,
            chunk_rows: chunk_rows as usize,
            offsets: list(offsets)?,
            lengths: list(lengths)?,
            jpeg_tables: match entry(tag::JPEG_TABLES) {
                Some(entry) => self.bytes_of(entry)?.1,
                None => Vec::new(),
            },
        })
    }
}
