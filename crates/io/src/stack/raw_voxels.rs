//! Voxels one after the other, of whatever type and packing, behind a header or none.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::byte_runs::ByteRuns;
use super::sample::Depth;
use super::store::{Opened, SliceReader, SliceStore};
use super::text_voxels::{HexBytes, NumberBytes};
use super::voxels::Voxels;
use crate::Error;
use crate::regular_file::open_regular_file;

/// Packing of the bytes behind the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zlib,
    /// Runs of bytes, as Amira packs them.
    ByteRuns,
    /// Pairs of hexadecimal digits.
    Hex,
    /// Numbers as text, the bytes of which then come lowest first.
    Numbers,
}

/// Voxels of one file, or of one file a slice.
#[derive(Debug, Clone)]
pub(super) struct RawVoxels {
    /// One file, or as many as there are slices.
    pub files: Vec<PathBuf>,
    /// Bytes of the file before the voxels, or before their packed stream.
    pub offset: u64,
    /// Bytes of the unpacked stream before the voxels: a header that is packed with them.
    pub unpacked_offset: u64,
    pub packing: Packing,
    pub depth: Depth,
    pub little_endian: bool,
    /// `[nz, ny, nx]`.
    pub shape: [usize; 3],
    /// Slope and intercept: a value is `slope * stored + intercept`.
    pub rescale: Option<[f64; 2]>,
}

/// Bytes of a file.
pub(super) fn file_size(path: &Path) -> Result<u64, Error> {
    let file = open_regular_file(path)?;
    Ok(file.metadata().map_err(Error::read(path))?.len())
}

impl RawVoxels {
    /// Bytes of a slice; `None` when that overflows.
    fn slice_bytes(&self) -> Option<usize> {
        let [_, ny, nx] = self.shape;
        ny.checked_mul(nx)?.checked_mul(self.depth.bytes())
    }

    /// The bytes that each file must have. Packed bytes are checked as they are read, but must be
    /// enough for what they could unpack to.
    ///
    /// # Errors
    /// When a file has fewer.
    pub(super) fn check_size(&self) -> Result<u64, Error> {
        let [nz, ny, nx] = self.shape;
        let wrong = |path: &Path, problem: String| Error::Volume {
            path: path.to_owned(),
            problem,
        };
        let slices = nz / self.files.len().max(1);
        let bytes = self
            .slice_bytes()
            .and_then(|bytes| (bytes as u64).checked_mul(slices as u64))
            .and_then(|bytes| bytes.checked_add(self.offset))
            .and_then(|bytes| bytes.checked_add(self.unpacked_offset));
        let Some(needed) = bytes.filter(|_| nz > 0 && ny > 0 && nx > 0) else {
            return Err(wrong(
                &self.files[0],
                format!("its header gives {nx} x {ny} x {nz} voxels, which cannot be"),
            ));
        };
        for path in &self.files {
            let size = file_size(path)?;
            // Deflate makes nothing more than 1032 times smaller.
            let possible = match self.packing {
                Packing::None => size,
                Packing::Gzip | Packing::Zlib => size.saturating_mul(1032),
                // Two bytes stand for up to 127.
                Packing::ByteRuns => size.saturating_mul(64),
                Packing::Hex => self.offset + size.saturating_sub(self.offset) / 2,
                // A digit and a blank each, but for the last.
                Packing::Numbers => {
                    let numbers = size.saturating_sub(self.offset).div_ceil(2);
                    let bytes = numbers.saturating_mul(self.depth.bytes() as u64);
                    bytes.saturating_add(self.offset)
                }
            };
            if possible < needed {
                return Err(wrong(
                    path,
                    format!(
                        "the file ends too early: {nx} x {ny} x {slices} voxels of {} bytes behind \
                         {} bytes need {needed}, and it has {size}{}; copy or export it again, or \
                         correct its header (in a project file `shape`, [x, y, z], and `type` of \
                         `raw`)",
                        self.depth.bytes(),
                        self.offset,
                        if self.packing == Packing::None {
                            ""
                        } else {
                            " (packed)"
                        }
                    ),
                ));
            }
        }
        Ok(needed)
    }

    /// Offset of the voxels when they are the last bytes of the file.
    ///
    /// # Errors
    /// When the file has fewer bytes than they need.
    pub(super) fn offset_of_last(&self) -> Result<u64, Error> {
        let before = Self {
            offset: 0,
            ..self.clone()
        };
        let needed = before.check_size()?;
        Ok(file_size(&self.files[0])? - needed)
    }

    pub(super) fn opened(self) -> Opened {
        Opened {
            files: self.files.clone(),
            beside: Vec::new(),
            places: Vec::new(),
            shape: self.shape,
            depth: match self.rescale {
                Some(_) => Depth::F64,
                None => self.depth,
            },
            spacing: None,
            white_is_zero: false,
            notes: Vec::new(),
            store: Arc::new(self),
        }
    }
}

impl SliceStore for RawVoxels {
    fn check_headers(&self) -> Result<(), Error> {
        self.check_size().map(drop)
    }

    fn reader(&self, z: usize) -> Result<Box<dyn SliceReader + '_>, Error> {
        Ok(Box::new(RawReader {
            raw: self,
            stream: None,
            z,
        }))
    }

    fn slices_in_a_run(&self, slices: usize, wanted: usize) -> usize {
        match self.packing {
            Packing::None => wanted.min(slices),
            // A slice is found by unpacking those before it.
            _ if self.files.len() == 1 => slices,
            _ => 1,
        }
    }
}

struct RawReader<'a> {
    raw: &'a RawVoxels,
    /// The bytes from the next slice on, where a file holds several.
    stream: Option<Box<dyn Read>>,
    z: usize,
}

impl RawReader<'_> {
    /// The file of slice `z`, standing at its first byte.
    fn open(&self) -> Result<Box<dyn Read>, Error> {
        let raw = self.raw;
        let (path, before) = match raw.files.len() {
            1 => (&raw.files[0], self.z),
            _ => (&raw.files[self.z], 0),
        };
        let before = before as u64 * raw.slice_bytes().unwrap_or(0) as u64;
        let file = open_regular_file(path)?;
        let start = match raw.packing {
            Packing::None => raw.offset + before,
            _ => raw.offset,
        };
        let unpacked = |mut stream: Box<dyn Read>| -> io::Result<Box<dyn Read>> {
            let skip = before + raw.unpacked_offset;
            let skipped = io::copy(&mut (&mut stream).take(skip), &mut io::sink())?;
            match skipped == skip {
                true => Ok(stream),
                false => Err(io::ErrorKind::UnexpectedEof.into()),
            }
        };
        let open = |mut file: File| -> io::Result<Box<dyn Read>> {
            file.seek(SeekFrom::Start(start))?;
            let file = BufReader::with_capacity(1 << 16, file);
            match raw.packing {
                Packing::None => Ok(Box::new(file)),
                Packing::Gzip => unpacked(Box::new(flate2::bufread::MultiGzDecoder::new(file))),
                Packing::Zlib => unpacked(Box::new(flate2::bufread::ZlibDecoder::new(file))),
                Packing::ByteRuns => unpacked(Box::new(ByteRuns::new(file))),
                Packing::Hex => unpacked(Box::new(HexBytes::new(file))),
                Packing::Numbers => unpacked(Box::new(NumberBytes::new(file, raw.depth))),
            }
        };
        open(file).map_err(|e| self.damaged(e))
    }

    fn damaged(&self, reason: io::Error) -> Error {
        let path = match self.raw.files.len() {
            1 => &self.raw.files[0],
            _ => &self.raw.files[self.z],
        };
        Error::Page {
            path: path.clone(),
            slice: self.z,
            reason: match reason.kind() {
                io::ErrorKind::UnexpectedEof => "the voxels end too early".to_owned(),
                _ => reason.to_string(),
            },
        }
    }
}

impl SliceReader for RawReader<'_> {
    fn next_slice(&mut self) -> Result<Voxels, Error> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.open()?,
        };
        let mut bytes = vec![0; self.raw.slice_bytes().unwrap_or(0)];
        stream.read_exact(&mut bytes).map_err(|e| self.damaged(e))?;
        if self.raw.files.len() == 1 {
            self.stream = Some(stream);
        }
        self.z += 1;
        let stored = voxels_of(bytes, self.raw.depth, self.raw.little_endian);
        Ok(match self.raw.rescale {
            None => stored,
            Some([slope, intercept]) => {
                let values = stored.to_f64().into_iter();
                Voxels::F64(values.map(|v| slope * v + intercept).collect())
            }
        })
    }
}

/// Numbers of the bytes of whole voxels.
pub(super) fn voxels_of(bytes: Vec<u8>, depth: Depth, little_endian: bool) -> Voxels {
    macro_rules! numbers {
        ($type:ty) => {
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|&b| match little_endian {
                    true => <$type>::from_le_bytes(b),
                    false => <$type>::from_be_bytes(b),
                })
                .collect()
        };
    }
    match depth {
        Depth::U1 | Depth::U8 => Voxels::U8(bytes),
        Depth::U16 => Voxels::U16(numbers!(u16)),
        Depth::U32 => Voxels::U32(numbers!(u32)),
        Depth::U64 => Voxels::U64(numbers!(u64)),
        Depth::I8 => Voxels::I8(numbers!(i8)),
        Depth::I16 => Voxels::I16(numbers!(i16)),
        Depth::I32 => Voxels::I32(numbers!(i32)),
        Depth::I64 => Voxels::I64(numbers!(i64)),
        Depth::F16 => {
            let halves: Vec<half::f16> = numbers!(half::f16);
            Voxels::F32(halves.into_iter().map(half::f16::to_f32).collect())
        }
        Depth::F32 => Voxels::F32(numbers!(f32)),
        Depth::F64 => Voxels::F64(numbers!(f64)),
    }
}
