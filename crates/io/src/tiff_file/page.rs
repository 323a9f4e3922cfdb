//! What the tags of a page say about its samples (TIFF 6.0).

use super::directory::{Directory, TiffFile};
use super::tags;
use crate::Error;
use crate::orientation::Orientation;

pub(crate) const UNCOMPRESSED: u64 = 1;
const PLANES_SEPARATE: u64 = 2;
const LOWEST_BIT_FIRST: u64 = 2;

/// `NewSubfileType`: bit 0 marks a copy of lower resolution, bit 2 a mask.
const REDUCED: u64 = 0b001;
const MASK: u64 = 0b100;

/// `SampleFormat` of TIFF 6.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SampleFormat {
    Unsigned,
    Signed,
    Float,
    Complex,
}

/// Strips or tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chunks {
    /// Rows a strip.
    Strips(usize),
    /// Columns, rows and slices a tile.
    Tiles([usize; 3]),
}

/// What one page says of itself; numbers as in TIFF 6.0.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page {
    pub cols: usize,
    pub rows: usize,
    pub orientation: Orientation,
    /// Slices in the page: more than 1 in a volume of 3D tiles.
    pub slices: usize,
    /// Values a pixel.
    pub samples: usize,
    pub planes_separate: bool,
    pub bits: usize,
    pub format: SampleFormat,
    pub compression: u64,
    pub predictor: u64,
    pub lowest_bit_first: bool,
    /// 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 5 CMYK, 6 YCbCr.
    pub photometric: u64,
    /// All reds, then all greens, then all blues.
    pub palette: Vec<u64>,
    pub extra_samples: Vec<u64>,
    pub chunks: Chunks,
    pub offsets: Vec<u64>,
    pub byte_counts: Vec<u64>,
    pub jpeg_tables: Vec<u8>,
}

/// Whether a page is a copy of lower resolution.
pub(crate) fn is_reduced(
    file: &TiffFile,
    directory: &Directory,
    page: usize,
) -> Result<bool, Error> {
    Ok(file.integer(directory, tags::SUBFILE, page)?.unwrap_or(0) & REDUCED != 0)
}

/// Whether a page is a smaller copy of another page, or a mask of it.
pub(crate) fn is_secondary(
    file: &TiffFile,
    directory: &Directory,
    page: usize,
) -> Result<bool, Error> {
    let subfile = file.integer(directory, tags::SUBFILE, page)?;
    Ok(subfile.unwrap_or(0) & (REDUCED | MASK) != 0)
}

/// Columns and rows of a page; 0 where it says none.
pub(crate) fn size_of(
    file: &TiffFile,
    directory: &Directory,
    page: usize,
) -> Result<[usize; 2], Error> {
    let side = |tag: u16| Ok::<_, Error>(file.integer(directory, tag, page)?.unwrap_or(0) as usize);
    Ok([side(tags::COLS)?, side(tags::ROWS)?])
}

impl Page {
    /// Reads the tags of a page.
    ///
    /// # Errors
    /// When they contradict each other.
    pub(crate) fn of(file: &TiffFile, directory: &Directory, page: usize) -> Result<Self, Error> {
        let damaged = |reason: String| file.damaged(page, reason);
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
        let tiled = directory.has(tags::TILE_OFFSETS);
        let (offsets, byte_counts, chunks) = if tiled {
            let tile = [
                size(tags::TILE_COLS, "width of tiles")?,
                size(tags::TILE_ROWS, "height of tiles")?,
                integer(tags::TILE_DEPTH, 1)?.clamp(1, u64::from(u32::MAX)) as usize,
            ];
            (tags::TILE_OFFSETS, tags::TILE_BYTES, Chunks::Tiles(tile))
        } else {
            let strip = integer(tags::ROWS_PER_STRIP, rows as u64)?.clamp(1, rows as u64);
            (
                tags::STRIP_OFFSETS,
                tags::STRIP_BYTES,
                Chunks::Strips(strip as usize),
            )
        };
        let layout = Self {
            cols,
            rows,
            orientation: Orientation::of_tag(integer(tags::ORIENTATION, 1)?),
            slices: integer(tags::DEPTH, 1)?.clamp(1, u64::from(u32::MAX)) as usize,
            samples,
            planes_separate: samples > 1 && integer(tags::PLANAR, 1)? == PLANES_SEPARATE,
            bits: bits.first().map_or(1, |bits| *bits as usize),
            format: match formats.first() {
                None | Some(1 | 4) => SampleFormat::Unsigned,
                Some(2) => SampleFormat::Signed,
                Some(3) => SampleFormat::Float,
                Some(5 | 6) => SampleFormat::Complex,
                Some(other) => {
                    return Err(damaged(format!(
                        "its values have the unknown format {other}"
                    )));
                }
            },
            compression: integer(tags::COMPRESSION, UNCOMPRESSED)?,
            predictor: integer(tags::PREDICTOR, 1)?,
            lowest_bit_first: integer(tags::FILL_ORDER, 1)? == LOWEST_BIT_FIRST,
            photometric: integer(tags::PHOTOMETRIC, if samples >= 3 { 2 } else { 1 })?,
            palette: file.integers(directory, tags::PALETTE, page)?,
            extra_samples: file.integers(directory, tags::EXTRA_SAMPLES, page)?,
            chunks,
            offsets: file.integers(directory, offsets, page)?,
            byte_counts: file.integers(directory, byte_counts, page)?,
            jpeg_tables: file.raw(directory, tags::JPEG_TABLES, page)?,
        };
        if layout.slices > 1 && !tiled {
            return Err(file.unsupported(
                page,
                format!(
                    "a page of {} slices that is not stored in tiles",
                    layout.slices
                ),
                "one slice a page, or 3D tiles",
            ));
        }
        let expected = layout.chunks_needed();
        if expected.is_none_or(|needed| needed > layout.offsets.len()) {
            return Err(damaged(format!(
                "the header gives {} strips or tiles where its size needs {}",
                layout.offsets.len(),
                expected.map_or_else(|| "more than fit".to_owned(), |n| n.to_string())
            )));
        }
        Ok(layout)
    }

    /// Strips or tiles of one plane and one layer of tiles.
    pub(super) fn chunks_a_layer(&self) -> Option<usize> {
        match self.chunks {
            Chunks::Strips(rows) => Some(self.rows.div_ceil(rows)),
            Chunks::Tiles([x, y, _]) => self.cols.div_ceil(x).checked_mul(self.rows.div_ceil(y)),
        }
    }

    /// Slices that are stored together: those of one layer of tiles.
    pub(crate) fn slices_a_layer(&self) -> usize {
        match self.chunks {
            Chunks::Strips(_) => 1,
            Chunks::Tiles([.., z]) => z,
        }
    }

    /// Strips or tiles that the page must have.
    fn chunks_needed(&self) -> Option<usize> {
        let planes = if self.planes_separate {
            self.samples
        } else {
            1
        };
        self.chunks_a_layer()?
            .checked_mul(self.slices.div_ceil(self.slices_a_layer()))?
            .checked_mul(planes)
    }

    /// Values of a pixel that are stored side by side.
    pub(super) fn channels(&self) -> usize {
        if self.planes_separate {
            1
        } else {
            self.samples
        }
    }

    /// Bytes of a row of `cols` pixels as they are packed in the file.
    pub(crate) fn row_bytes(&self, cols: usize) -> Option<usize> {
        let values = cols.checked_mul(self.channels())?;
        Some(values.checked_mul(self.bits)?.div_ceil(8))
    }

    /// Bytes of a slice in the file when it is not compressed; `None` when that overflows.
    pub(crate) fn slice_bytes(&self) -> Option<u64> {
        let row = self.row_bytes(self.cols)? as u64;
        row.checked_mul(self.rows as u64)
    }
}
