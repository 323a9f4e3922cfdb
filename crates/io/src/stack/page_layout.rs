//! What the tags of a TIFF page say about its pixels. TIFF 6.0; the tags of 3D tiles are those
//! of SGI that libtiff and tifffile know.

use super::directory::{Directory, TiffFile};
use super::sample::Depth;
use crate::Error;

pub(super) mod tags {
    pub const SUBFILE: u16 = 254;
    pub const COLS: u16 = 256;
    pub const ROWS: u16 = 257;
    pub const BITS: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC: u16 = 262;
    pub const FILL_ORDER: u16 = 266;
    pub const DESCRIPTION: u16 = 270;
    pub const STRIP_OFFSETS: u16 = 273;
    pub const SAMPLES: u16 = 277;
    pub const ROWS_PER_STRIP: u16 = 278;
    pub const STRIP_BYTES: u16 = 279;
    pub const X_RESOLUTION: u16 = 282;
    pub const Y_RESOLUTION: u16 = 283;
    pub const PLANAR: u16 = 284;
    pub const RESOLUTION_UNIT: u16 = 296;
    pub const PREDICTOR: u16 = 317;
    pub const TILE_COLS: u16 = 322;
    pub const TILE_ROWS: u16 = 323;
    pub const TILE_OFFSETS: u16 = 324;
    pub const TILE_BYTES: u16 = 325;
    pub const SAMPLE_FORMAT: u16 = 339;
    pub const JPEG_TABLES: u16 = 347;
    pub const DEPTH: u16 = 32997;
    pub const TILE_DEPTH: u16 = 32998;
}

pub(super) const UNCOMPRESSED: u64 = 1;
const PLANES_SEPARATE: u64 = 2;
pub(super) const WHITE_IS_ZERO: u64 = 0;
const BLACK_IS_ZERO: u64 = 1;
const PALETTE: u64 = 3;
const TRANSPARENCY_MASK: u64 = 4;

/// Strips or tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunks {
    /// Rows a strip.
    Strips(usize),
    /// Columns, rows and slices a tile.
    Tiles([usize; 3]),
}

/// Size and storage of a page.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PageLayout {
    pub cols: usize,
    pub rows: usize,
    /// Slices in the page: more than 1 in a volume of 3D tiles.
    pub slices: usize,
    /// Values a pixel.
    pub samples: usize,
    pub planes_separate: bool,
    pub bits: u64,
    pub depth: Depth,
    pub white_is_zero: bool,
    pub compression: u64,
    pub predictor: u64,
    pub chunks: Chunks,
    pub offsets: Vec<u64>,
    pub byte_counts: Vec<u64>,
    pub jpeg_tables: Vec<u8>,
}

/// Size and depth of a page: what all pages of a stack share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageFormat {
    pub cols: usize,
    pub rows: usize,
    pub depth: Depth,
}

/// The photometric interpretations that hold one value a pixel.
fn colours_in_words(photometric: u64, samples: usize, bits: u64) -> String {
    match photometric {
        2 | 5 | 6 => format!("a colour image ({bits} bits a channel)"),
        8..=10 => format!("a colour image in L*a*b* ({bits} bits a channel)"),
        32803 | 34892 => "the raw image of a camera".to_owned(),
        other => {
            format!("an image of {samples} values a pixel (photometric interpretation {other})")
        }
    }
}

fn depth_of(bits: u64, format: u64) -> Option<Depth> {
    Some(match (format, bits) {
        (1 | 4, 1) => Depth::U1,
        (1 | 4, 2..=8) => Depth::U8,
        (1 | 4, 9..=16) => Depth::U16,
        (1 | 4, 32) => Depth::U32,
        (1 | 4, 64) => Depth::U64,
        (2, 8) => Depth::I8,
        (2, 16) => Depth::I16,
        (2, 32) => Depth::I32,
        (2, 64) => Depth::I64,
        (3, 16) => Depth::F16,
        (3, 32) => Depth::F32,
        (3, 64) => Depth::F64,
        _ => return None,
    })
}

impl PageLayout {
    /// Reads the tags of a page.
    ///
    /// # Errors
    /// When the page has colours or a type that holds no grey values, or contradicts itself.
    pub(super) fn of(file: &TiffFile, directory: &Directory, page: usize) -> Result<Self, Error> {
        let damaged = |reason: String| Error::Page {
            path: file.path().to_owned(),
            slice: page,
            reason,
        };
        let integer = |tag: u16, default: u64| {
            Ok::<_, Error>(file.integer(directory, tag, page)?.unwrap_or(default))
        };
        let size = |tag: u16, name: &str| {
            file.integer(directory, tag, page)?
                .filter(|n| (1..=u64::from(u32::MAX)).contains(n))
                .map(|n| n as usize)
                .ok_or_else(|| damaged(format!("the header gives no {name}")))
        };
        let (cols, rows) = (size(tags::COLS, "width")?, size(tags::ROWS, "height")?);
        let samples = integer(tags::SAMPLES, 1)?.clamp(1, 65_535) as usize;
        let bits = file.integers(directory, tags::BITS, page)?;
        let formats = file.integers(directory, tags::SAMPLE_FORMAT, page)?;
        if bits.windows(2).any(|w| w[0] != w[1]) || formats.windows(2).any(|w| w[0] != w[1]) {
            return Err(damaged(
                "the values of a pixel have different depths".to_owned(),
            ));
        }
        let bits = bits.first().copied().unwrap_or(1);
        let format = formats.first().copied().unwrap_or(1);
        let photometric = integer(tags::PHOTOMETRIC, BLACK_IS_ZERO)?;
        let compression = integer(tags::COMPRESSION, UNCOMPRESSED)?;
        let kind = |found: String| Error::PixelKind {
            path: file.path().to_owned(),
            slice: page,
            expected: "greyscale".to_owned(),
            found,
        };
        if !matches!(
            photometric,
            WHITE_IS_ZERO | BLACK_IS_ZERO | PALETTE | TRANSPARENCY_MASK
        ) {
            return Err(kind(colours_in_words(photometric, samples, bits)));
        }
        let depth = depth_of(bits, format).ok_or_else(|| {
            kind(match format {
                2 => format!("signed greyscale of {bits} bits"),
                3 => format!("float greyscale of {bits} bits"),
                5 | 6 => "an image of complex numbers".to_owned(),
                _ => format!("greyscale of {bits} bits"),
            })
        })?;
        if integer(tags::FILL_ORDER, 1)? == 2 && (bits < 8 || compression != UNCOMPRESSED) {
            return Err(kind("an image whose bits are in reverse order".to_owned()));
        }
        let tiled = directory.has(tags::TILE_OFFSETS);
        let slices = integer(tags::DEPTH, 1)?.clamp(1, u64::from(u32::MAX)) as usize;
        let (offsets, byte_counts, chunks) = if tiled {
            let tile = [
                size(tags::TILE_COLS, "width of tiles")?,
                size(tags::TILE_ROWS, "height of tiles")?,
                integer(tags::TILE_DEPTH, 1)?.clamp(1, u64::from(u32::MAX)) as usize,
            ];
            (
                file.integers(directory, tags::TILE_OFFSETS, page)?,
                file.integers(directory, tags::TILE_BYTES, page)?,
                Chunks::Tiles(tile),
            )
        } else {
            let strip = integer(tags::ROWS_PER_STRIP, rows as u64)?.clamp(1, rows as u64);
            (
                file.integers(directory, tags::STRIP_OFFSETS, page)?,
                file.integers(directory, tags::STRIP_BYTES, page)?,
                Chunks::Strips(strip as usize),
            )
        };
        let layout = Self {
            cols,
            rows,
            slices,
            samples,
            planes_separate: samples > 1 && integer(tags::PLANAR, 1)? == PLANES_SEPARATE,
            bits,
            depth,
            white_is_zero: photometric == WHITE_IS_ZERO,
            compression,
            predictor: integer(tags::PREDICTOR, 1)?,
            chunks,
            offsets,
            byte_counts,
            jpeg_tables: file.raw(directory, tags::JPEG_TABLES, page)?,
        };
        if slices > 1 && !tiled {
            return Err(kind(format!(
                "a page of {slices} slices that is not stored in tiles"
            )));
        }
        let expected = layout.chunks_needed();
        if expected != Some(layout.offsets.len()) {
            return Err(damaged(format!(
                "the header gives {} strips or tiles where its size needs {}",
                layout.offsets.len(),
                expected.map_or_else(|| "more than fit".to_owned(), |n| n.to_string())
            )));
        }
        Ok(layout)
    }

    /// Strips or tiles that the page must have.
    fn chunks_needed(&self) -> Option<usize> {
        let planes = if self.planes_separate {
            self.samples
        } else {
            1
        };
        let one = match self.chunks {
            Chunks::Strips(rows) => self.rows.div_ceil(rows),
            Chunks::Tiles([x, y, z]) => self
                .cols
                .div_ceil(x)
                .checked_mul(self.rows.div_ceil(y))?
                .checked_mul(self.slices.div_ceil(z))?,
        };
        one.checked_mul(planes)
    }

    pub(super) fn format(&self) -> PageFormat {
        PageFormat {
            cols: self.cols,
            rows: self.rows,
            depth: self.depth,
        }
    }

    /// Bytes of a row of `cols` pixels as they are packed in the file.
    pub(super) fn row_bytes(&self, cols: usize) -> Option<usize> {
        let values = if self.planes_separate {
            cols
        } else {
            cols.checked_mul(self.samples)?
        };
        Some(values.checked_mul(self.bits as usize)?.div_ceil(8))
    }

    /// Bytes of a slice in the file when it is not compressed; `None` when that overflows.
    pub(super) fn slice_bytes(&self) -> Option<u64> {
        let row = self.row_bytes(self.cols)? as u64;
        row.checked_mul(self.rows as u64)
    }
}
