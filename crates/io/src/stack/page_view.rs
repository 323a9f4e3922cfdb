//! One page of a TIFF file as a TIFF of its own.
//!
//! The decoder reads files from their first page on, refuses palettes, bits it has no type for
//! and 3D tiles, and inverts images of inverted display. Here it is given a BigTIFF of one page
//! whose directory is written anew: any page is reached at once, whatever their number, and the
//! stored values come out. What the directory points at lies in the file behind it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::page_layout::tags;

/// A directory in front, and a file behind it.
#[derive(Debug)]
pub(super) struct PageView {
    head: Vec<u8>,
    file: File,
    position: u64,
}

/// How the pixels of the page are declared.
#[derive(Debug, Clone)]
pub(super) struct Declared<'a> {
    pub cols: usize,
    pub rows: usize,
    pub samples: usize,
    pub bits: u64,
    /// TIFF 6.0, `SampleFormat`: 1 unsigned, 2 signed, 3 float.
    pub format: u64,
    pub compression: u64,
    pub predictor: u64,
    pub strip_rows: usize,
    pub offsets: &'a [u64],
    pub byte_counts: &'a [u64],
    pub jpeg_tables: &'a [u8],
}

/// Type of a 64-bit integer in BigTIFF, and of plain bytes.
const LONG8: u16 = 16;
const UNDEFINED: u16 = 7;

impl PageView {
    pub(super) fn new(file: File, little_endian: bool, page: &Declared) -> Self {
        let number = |value: u64, bytes: usize| -> Vec<u8> {
            match little_endian {
                true => value.to_le_bytes()[..bytes].to_vec(),
                false => value.to_be_bytes()[8 - bytes..].to_vec(),
            }
        };
        let mut entries: Vec<(u16, u16, Vec<u64>)> = Vec::new();
        let mut long8 = |tag: u16, values: Vec<u64>| entries.push((tag, LONG8, values));
        long8(tags::COLS, vec![page.cols as u64]);
        long8(tags::ROWS, vec![page.rows as u64]);
        long8(tags::BITS, vec![page.bits]);
        long8(tags::COMPRESSION, vec![page.compression]);
        // Black is zero: the stored values.
        long8(tags::PHOTOMETRIC, vec![1]);
        long8(tags::SAMPLES, vec![page.samples as u64]);
        long8(tags::PREDICTOR, vec![page.predictor]);
        long8(tags::SAMPLE_FORMAT, vec![page.format]);
        long8(tags::ROWS_PER_STRIP, vec![page.strip_rows as u64]);
        // Offsets are moved by the length of the head, which is known once all is counted.
        long8(tags::STRIP_OFFSETS, page.offsets.to_vec());
        long8(tags::STRIP_BYTES, page.byte_counts.to_vec());
        if !page.jpeg_tables.is_empty() {
            let bytes = page.jpeg_tables.iter().map(|&b| u64::from(b)).collect();
            entries.push((tags::JPEG_TABLES, UNDEFINED, bytes));
        }
        entries.sort_by_key(|(tag, ..)| *tag);

        const HEADER: usize = 16;
        let directory = 8 + 20 * entries.len() + 8;
        let width = |kind: u16| if kind == LONG8 { 8 } else { 1 };
        let outside: usize = entries
            .iter()
            .map(|(_, kind, values)| values.len() * width(*kind))
            .filter(|bytes| *bytes > 8)
            .sum();
        let head_bytes = (HEADER + directory + outside) as u64;
        for (tag, _, values) in &mut entries {
            if *tag == tags::STRIP_OFFSETS {
                for value in values.iter_mut() {
                    *value = value.saturating_add(head_bytes);
                }
            }
        }

        let mut head = Vec::with_capacity(head_bytes as usize);
        head.extend_from_slice(if little_endian { b"II" } else { b"MM" });
        head.extend(number(43, 2));
        head.extend(number(8, 2));
        head.extend(number(0, 2));
        head.extend(number(HEADER as u64, 8));
        head.extend(number(entries.len() as u64, 8));
        let mut values_outside = Vec::with_capacity(outside);
        for (tag, kind, values) in &entries {
            head.extend(number(u64::from(*tag), 2));
            head.extend(number(u64::from(*kind), 2));
            head.extend(number(values.len() as u64, 8));
            let mut bytes: Vec<u8> = values
                .iter()
                .flat_map(|&value| number(value, width(*kind)))
                .collect();
            if bytes.len() > 8 {
                let at = HEADER + directory + values_outside.len();
                head.extend(number(at as u64, 8));
                values_outside.append(&mut bytes);
            } else {
                bytes.resize(8, 0);
                head.extend(bytes);
            }
        }
        head.extend(number(0, 8));
        head.append(&mut values_outside);
        Self {
            head,
            file,
            position: 0,
        }
    }
}

impl Read for PageView {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let head = self.head.len() as u64;
        let read = if self.position < head {
            let mut rest = &self.head[self.position as usize..];
            rest.read(buffer)?
        } else {
            self.file.seek(SeekFrom::Start(self.position - head))?;
            self.file.read(buffer)?
        };
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for PageView {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => {
                let end = self.head.len() as u64 + self.file.metadata()?.len();
                end.checked_add_signed(by)
            }
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
