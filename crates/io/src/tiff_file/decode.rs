//! The samples of a page, or of one layer of its 3D tiles.

use super::decompress::{compression_name, decompress, largest_ratio};
use super::directory::TiffFile;
use super::page::{Chunks, Page, SampleFormat, UNCOMPRESSED};
use super::stored_samples::{restore, unpacked};
use crate::Error;

/// Largest page that is decoded: a damaged header must not ask for all memory.
const BYTES_MAX: usize = 4 << 30;

/// What of a page is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All samples of each pixel, side by side.
    All,
    /// One sample of each pixel, in one layer of 3D tiles; both are counted from 0.
    Sample { sample: usize, layer: usize },
}

/// Bytes of one sample in what [`decode`] returns: depths that fill no whole bytes are spread over
/// 1 or 2.
pub(crate) fn bytes_of_sample(page: &Page) -> usize {
    match page.bits {
        0..=8 => 1,
        9..=16 => 2,
        17..=32 => 4,
        _ => 8,
    }
}

/// A chunk and where it lies.
struct Chunk {
    index: usize,
    plane: usize,
    /// Columns and rows of the page before it.
    left: usize,
    top: usize,
    /// Columns, rows and slices of it that lie in the page.
    cols: usize,
    rows: usize,
    slices: usize,
}

/// The chunks of a part, in the order of the file.
struct Cut {
    /// Columns, rows and slices of a whole chunk.
    chunk: [usize; 3],
    across: usize,
    chunks_a_layer: usize,
    layer: usize,
    layers: usize,
    planes: std::ops::Range<usize>,
    slices: usize,
}

impl Cut {
    fn of(page: &Page, part: Part) -> Option<Self> {
        let chunk = match page.chunks {
            Chunks::Strips(rows) => [page.cols, rows, 1],
            Chunks::Tiles(tile) => tile,
        };
        let (layer, sample) = match part {
            Part::All => (0, None),
            Part::Sample { sample, layer } => (layer, Some(sample)),
        };
        let before = layer.checked_mul(chunk[2])?;
        let planes = match (page.planes_separate, sample) {
            (false, _) => 0..1,
            (true, Some(sample)) => sample..sample + 1,
            (true, None) => 0..page.samples,
        };
        Some(Self {
            chunk,
            across: page.cols.div_ceil(chunk[0]),
            chunks_a_layer: page.chunks_a_layer()?,
            layer,
            layers: page.slices.div_ceil(chunk[2]),
            planes,
            slices: match part {
                Part::All => 1,
                Part::Sample { .. } => page.slices.checked_sub(before)?.min(chunk[2]),
            },
        })
    }

    fn indices(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        self.planes.clone().flat_map(move |plane| {
            let first = (plane * self.layers + self.layer) * self.chunks_a_layer;
            (0..self.chunks_a_layer).map(move |i| (plane, i, first + i))
        })
    }

    fn chunks<'a>(&'a self, page: &'a Page) -> impl Iterator<Item = Chunk> + 'a {
        self.indices().map(move |(plane, i, index)| {
            let left = i % self.across * self.chunk[0];
            let top = i / self.across * self.chunk[1];
            Chunk {
                index,
                plane,
                left,
                top,
                cols: self.chunk[0].min(page.cols - left),
                rows: self.chunk[1].min(page.rows - top),
                slices: self.slices,
            }
        })
    }

    /// Rows of the chunk that are stored: a tile is stored whole, the last strip may be short.
    fn stored_rows(&self, page: &Page, chunk: &Chunk) -> Option<usize> {
        match page.chunks {
            Chunks::Strips(_) => Some(chunk.rows),
            Chunks::Tiles([_, y, z]) => y.checked_mul(z),
        }
    }
}

/// Fails unless depth, predictor and compression of a page are read, and its data can unpack to
/// what its size says. Returns the bytes that the part takes.
///
/// # Errors
/// When the page is of a sort that is not read, or its size cannot be true.
pub(crate) fn check_size(
    file: &TiffFile,
    page: &Page,
    number: usize,
    part: Part,
) -> Result<usize, Error> {
    let whole_word = matches!(page.bits, 8 | 16 | 32 | 64);
    let is_packed = matches!(page.bits, 1..=16) && page.format == SampleFormat::Unsigned;
    if !(whole_word || is_packed) {
        return Err(file.unsupported(
            number,
            format!("an image of {} bits a value", page.bits),
            "8, 16, 32 or 64 bits a value",
        ));
    }
    let is_read = match page.predictor {
        1 => true,
        2 => whole_word,
        3 => whole_word && page.bits > 8,
        other => {
            return Err(file.damaged(number, format!("its predictor {other} is not known")));
        }
    };
    if !is_read {
        return Err(file.unsupported(
            number,
            format!("differences (predictor) of values of {} bits", page.bits),
            "values of 8, 16, 32 or 64 bits",
        ));
    }
    let ratio = largest_ratio(page.compression).ok_or_else(|| {
        file.unsupported(
            number,
            format!("an image of {}", compression_name(page.compression)),
            "no compression, LZW, Deflate, PackBits, ZSTD or JPEG",
        )
    })?;
    let too_large = || {
        file.damaged(
            number,
            format!(
                "its header gives {} x {} pixels, which is more than the file can hold",
                page.cols, page.rows
            ),
        )
    };
    let cut = Cut::of(page, part).ok_or_else(too_large)?;
    let kept = match part {
        Part::All => page.samples,
        Part::Sample { .. } => 1,
    };
    let product = |factors: &[usize]| {
        let mut factors = factors.iter();
        factors.try_fold(1_usize, |product, n| product.checked_mul(*n))
    };
    let sides = [
        page.cols,
        page.rows,
        cut.slices,
        kept,
        bytes_of_sample(page),
    ];
    let taken = product(&sides)
        .filter(|n| *n <= BYTES_MAX)
        .ok_or_else(too_large)?;
    // What is stored without compression, and how many bytes there are for it.
    let row_bytes = page.row_bytes(cut.chunk[0]).ok_or_else(too_large)?;
    let (mut unpacked, mut stored) = (0_u64, 0_u64);
    for chunk in cut.chunks(page) {
        let rows = cut.stored_rows(page, &chunk).ok_or_else(too_large)?;
        let wanted = row_bytes.checked_mul(rows).ok_or_else(too_large)? as u64;
        let (_, length) = place(file, page, chunk.index, wanted, number)?;
        unpacked = unpacked.saturating_add(wanted);
        stored = stored.saturating_add(length);
    }
    if unpacked > stored.saturating_mul(ratio) {
        return Err(too_large());
    }
    Ok(taken)
}

/// Offset and length of a chunk of `wanted` bytes when it is unpacked.
fn place(
    file: &TiffFile,
    page: &Page,
    index: usize,
    wanted: u64,
    number: usize,
) -> Result<(u64, u64), Error> {
    let offset = page.offsets[index];
    let length = match (page.byte_counts.get(index), page.compression) {
        // An uncompressed strip may be longer than the rows that are wanted.
        (Some(length @ 1..), UNCOMPRESSED) => (*length).min(wanted),
        (Some(length @ 1..), _) => *length,
        // Old programs leave the lengths out; they follow from the size without compression.
        (_, UNCOMPRESSED) => wanted,
        _ => {
            return Err(file.damaged(
                number,
                "the header does not give the lengths of its strips or tiles".to_owned(),
            ));
        }
    };
    if offset.checked_add(length).is_none_or(|end| end > file.size) {
        return Err(file.damaged(
            number,
            format!(
                "the file ends too early, it is cut short: pixels lie at byte {}, and the file has {} bytes",
                offset.saturating_add(length),
                file.size
            ),
        ));
    }
    Ok((offset, length))
}

/// Decodes a part of a page: slice by slice, row by row, each sample in [`bytes_of_sample`] bytes
/// in the order of this machine.
///
/// # Errors
/// Those of [`check_size`], and when the data is damaged.
pub(crate) fn decode(
    file: &TiffFile,
    page: &Page,
    number: usize,
    part: Part,
) -> Result<Vec<u8>, Error> {
    let taken = check_size(file, page, number, part)?;
    let impossible = || file.damaged(number, "a strip or tile of impossible size".to_owned());
    let cut = Cut::of(page, part).ok_or_else(impossible)?;
    let (word, channels) = (bytes_of_sample(page), page.channels());
    let row_bytes = page.row_bytes(cut.chunk[0]).ok_or_else(impossible)?;
    // Samples of a chunk that are kept, and their places among those of a pixel.
    let (from, kept) = match part {
        Part::All => (0, channels),
        Part::Sample { sample, .. } if !page.planes_separate => (sample, 1),
        Part::Sample { .. } => (0, 1),
    };
    let pixel_samples = match part {
        Part::All => page.samples,
        Part::Sample { .. } => 1,
    };
    let mut out = Vec::new();
    for chunk in cut.chunks(page) {
        let stored_rows = cut.stored_rows(page, &chunk).ok_or_else(impossible)?;
        let wanted = row_bytes.checked_mul(stored_rows).ok_or_else(impossible)?;
        let (offset, length) = place(file, page, chunk.index, wanted as u64, number)?;
        let stored = file.bytes_at(offset, length, number, "a strip or tile")?;
        let [cols, rows, depth] = cut.chunk;
        let sizes = [cols, stored_rows, rows.saturating_mul(depth)];
        let mut bytes = decompress(page, stored, sizes, wanted)
            .map_err(|reason| file.damaged(number, reason))?;
        // Nothing is taken for the page before data shows that there is some.
        if out.is_empty() {
            out.try_reserve_exact(taken).map_err(|_| {
                file.damaged(number, format!("its {taken} bytes do not fit in memory"))
            })?;
            out.resize(taken, 0);
        }
        restore(file, page, &mut bytes, row_bytes);
        let plane = match part {
            Part::All => chunk.plane,
            Part::Sample { .. } => 0,
        };
        for slice in 0..chunk.slices {
            for row in 0..chunk.rows {
                let start = (slice * cut.chunk[1] + row) * row_bytes;
                let line = &bytes[start..start + row_bytes];
                let spread;
                let line = match page.bits % 8 {
                    0 => line,
                    _ => {
                        spread = unpacked(line, chunk.cols * channels, page.bits);
                        &spread[..]
                    }
                };
                let pixel = (slice * page.rows + chunk.top + row) * page.cols + chunk.left;
                let to = &mut out[(pixel * pixel_samples + plane) * word..];
                if kept == channels && kept == pixel_samples {
                    let length = chunk.cols * channels * word;
                    to[..length].copy_from_slice(&line[..length]);
                    continue;
                }
                for col in 0..chunk.cols {
                    let source = (col * channels + from) * word;
                    let target = col * pixel_samples * word;
                    to[target..target + kept * word]
                        .copy_from_slice(&line[source..source + kept * word]);
                }
            }
        }
    }
    Ok(out)
}
