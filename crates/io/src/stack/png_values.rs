//! The values of a PNG of any colour type that stands for one value a pixel.

use std::borrow::Cow;
use std::io::BufReader;
use std::path::Path;

use image::metadata;
use png::{ColorType, DecodingError};

use super::voxels::Voxels;
use crate::Error;
use crate::image_file::PngHeader;
use crate::orientation::Orientation;
use crate::regular_file::open_regular_file;
use crate::text::printable;

/// What the pixels of the slices of a stack are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Greys, also as colours that are grey or entries of a grey palette.
    Grey,
    /// Entries of this palette of colours.
    Entries(Vec<u8>),
}

impl Meaning {
    /// Whether values of both mean the same: a palette may end with the last entry in use.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Entries(a), Self::Entries(b)) => a.starts_with(b) || b.starts_with(a),
            _ => self == other,
        }
    }
}

/// A decoded PNG.
pub(super) struct PngValues {
    colour: ColorType,
    bits: usize,
    cols: usize,
    palette: Vec<u8>,
    /// By its EXIF data.
    pub(super) orientation: Orientation,
    /// Rows of packed samples.
    bytes: Vec<u8>,
}

impl PngValues {
    /// Decodes a file of that header.
    ///
    /// # Errors
    /// [`Error::Image`] when it is damaged.
    pub(super) fn read(path: &Path, header: &PngHeader) -> Result<Self, Error> {
        let file = BufReader::new(open_regular_file(path)?);
        Self::decode(file, header).map_err(|e| Error::Image {
            path: path.to_owned(),
            problem: format!(
                "a PNG image that is cut short or damaged ({}); copy or export it again",
                printable(&e.to_string())
            ),
        })
    }

    fn decode(file: BufReader<std::fs::File>, header: &PngHeader) -> Result<Self, DecodingError> {
        // The header was held against the size of the file.
        let most = 8 * header.cols * header.rows + (8 << 20);
        let mut decoder = png::Decoder::new_with_limits(file, png::Limits { bytes: most });
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        let mut reader = decoder.read_info()?;
        let palette = reader
            .info()
            .palette
            .clone()
            .map_or_else(Vec::new, Cow::into_owned);
        let exif = reader.info().exif_metadata.as_deref();
        let orientation = exif
            .and_then(metadata::Orientation::from_exif_chunk)
            .map_or(Orientation::UPRIGHT, Orientation::of_exif);
        let size = reader.output_buffer_size().unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        if bytes.try_reserve_exact(size).is_err() {
            return Err(DecodingError::LimitsExceeded);
        }
        bytes.resize(size, 0);
        let info = reader.next_frame(&mut bytes)?;
        Ok(Self {
            colour: info.color_type,
            bits: info.bit_depth as usize,
            cols: info.width as usize,
            palette,
            orientation,
            bytes,
        })
    }

    /// What its pixels are; `None` where they are colours.
    pub(super) fn meaning(&self) -> Option<Meaning> {
        match self.colour {
            ColorType::Indexed if self.greys_of_palette().is_none() => {
                Some(Meaning::Entries(self.palette.clone()))
            }
            ColorType::Rgb | ColorType::Rgba => self.is_grey().then_some(Meaning::Grey),
            _ => Some(Meaning::Grey),
        }
    }

    /// A sentence on what was taken of it; `None` where it is plain greys.
    pub(super) fn note(&self, path: &Path) -> Option<String> {
        let taken = match self.colour {
            ColorType::Grayscale => return None,
            ColorType::GrayscaleAlpha => "has an alpha channel, which was left out",
            ColorType::Rgb | ColorType::Rgba => {
                "is stored as colours that are all grey; the greys were taken"
            }
            ColorType::Indexed if self.greys_of_palette().is_some() => {
                "has a grey palette; the greys that it shows were taken"
            }
            ColorType::Indexed => {
                "has a palette of colours; the numbers of its entries were taken, not the colours"
            }
        };
        Some(format!("{} {taken}", path.display()))
    }

    /// The values; `None` where they have not that meaning.
    pub(super) fn values(&self, meaning: &Meaning) -> Option<Voxels> {
        if !self.meaning()?.is_like(meaning) {
            return None;
        }
        let channels = self.colour.samples();
        if self.bits == 16 {
            let words = self.bytes.as_chunks::<2>().0.iter().step_by(channels);
            return Some(Voxels::U16(words.map(|b| u16::from_be_bytes(*b)).collect()));
        }
        let values: Vec<u8> = match self.bits {
            8 => self.bytes.iter().step_by(channels).copied().collect(),
            bits => {
                let row_bytes = (self.cols * bits).div_ceil(8).max(1);
                let rows = self.bytes.chunks_exact(row_bytes);
                let value = |row: &[u8], i: usize| {
                    let shift = 8 - bits - i * bits % 8;
                    row[i * bits / 8] >> shift & ((1 << bits) - 1)
                };
                rows.flat_map(|row| (0..self.cols).map(move |i| value(row, i)))
                    .collect()
            }
        };
        Some(Voxels::U8(match (self.colour, self.greys_of_palette()) {
            (ColorType::Indexed, Some(greys)) => {
                let grey = |entry: &u8| greys.get(usize::from(*entry)).copied();
                values.iter().map(grey).collect::<Option<_>>()?
            }
            _ => values,
        }))
    }

    /// The greys of a palette, where all entries are grey and differ.
    fn greys_of_palette(&self) -> Option<Vec<u8>> {
        let entries = self.palette.as_chunks::<3>().0;
        let mut seen = [false; 256];
        let is_grey = entries.iter().all(|[r, g, b]| {
            r == g && g == b && !std::mem::replace(&mut seen[usize::from(*r)], true)
        });
        is_grey.then(|| entries.iter().map(|[r, ..]| *r).collect())
    }

    /// Whether red, green and blue are the same everywhere.
    fn is_grey(&self) -> bool {
        let sample = self.bits / 8;
        let pixel = self.colour.samples() * sample;
        self.bytes.chunks_exact(pixel).all(|pixel| {
            let [red, green, blue] = [0, 1, 2].map(|c| &pixel[c * sample..(c + 1) * sample]);
            red == green && green == blue
        })
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::{Silent, Spacing, Volume};
    use png::BitDepth;

    use super::super::read::VolumeSource;

    const SIDES: [u32; 2] = [5, 3];

    /// Writes two slices of such pixels and reads them, or says why not.
    fn read(
        colour: png::ColorType,
        depth: BitDepth,
        palettes: [&[u8]; 2],
        bytes: &[u8],
    ) -> Result<(Vec<u16>, String), String> {
        let folder = tempfile::tempdir().unwrap();
        for (z, palette) in palettes.into_iter().enumerate() {
            let file = std::fs::File::create(folder.path().join(format!("s{z}.png"))).unwrap();
            let mut encoder = png::Encoder::new(file, SIDES[0], SIDES[1]);
            encoder.set_color(colour);
            encoder.set_depth(depth);
            if !palette.is_empty() {
                encoder.set_palette(palette);
            }
            let mut writer = encoder.write_header().unwrap();
            writer.write_image_data(bytes).unwrap();
        }
        let source = VolumeSource::open(folder.path()).map_err(|e| e.to_string())?;
        let read: Volume<u16> = source
            .read(Spacing::isotropic(1.0), &Silent)
            .map_err(|e| e.to_string())?;
        Ok((read.slice(1).to_vec(), source.notes().concat()))
    }

    #[test]
    fn greys_are_read_however_a_png_stores_them() {
        use png::ColorType::{GrayscaleAlpha, Indexed, Rgb, Rgba};
        let greys: Vec<u8> = (0..15).collect();
        let expected: Vec<u16> = greys.iter().map(|v| u16::from(*v)).collect();
        let each =
            |of: fn(u8) -> Vec<u8>| -> Vec<u8> { greys.iter().flat_map(|v| of(*v)).collect() };
        let none: [&[u8]; 2] = [&[], &[]];
        for (colour, bytes, word) in [
            (Rgb, each(|v| vec![v; 3]), "all grey"),
            (Rgba, each(|v| vec![v, v, v, 9]), "all grey"),
            (GrayscaleAlpha, each(|v| vec![v, 128]), "alpha"),
        ] {
            let (values, note) = read(colour, BitDepth::Eight, none, &bytes).unwrap();
            assert_eq!(values, expected, "{colour:?}");
            assert!(note.contains(word), "{note}");
        }
        let wide = each(|v| [[v, 7]; 3].concat());
        let (values, _) = read(Rgb, BitDepth::Sixteen, none, &wide).unwrap();
        let wide: Vec<u16> = expected.iter().map(|v| 256 * v + 7).collect();
        assert_eq!(values, wide);
        let error = read(Rgb, BitDepth::Eight, none, &each(|v| vec![v, v, 0])).unwrap_err();
        assert!(error.contains("in colour"), "{error}");

        let inverted: Vec<u8> = (0..=255).rev().flat_map(|v| [v; 3]).collect();
        let palette: [&[u8]; 2] = [&inverted; 2];
        let (values, note) = read(Indexed, BitDepth::Eight, palette, &greys).unwrap();
        assert_eq!(values, expected.iter().map(|v| 255 - v).collect::<Vec<_>>());
        assert!(note.contains("grey palette"), "{note}");
    }

    #[test]
    fn entries_of_a_palette_are_labels_where_it_is_the_same_everywhere() {
        let colours = [[9, 9, 9], [255, 0, 0], [0, 255, 0], [0, 0, 255]].concat();
        let other = [[9, 9, 9], [0, 255, 0], [255, 0, 0], [0, 0, 255]].concat();
        let of_2_bits = [
            0b00_01_10_11,
            0b11_00_00_00,
            0,
            0,
            0b11_11_11_11,
            0b01_00_00_00,
        ];
        let read = |second: &[u8]| {
            let indexed = png::ColorType::Indexed;
            read(indexed, BitDepth::Two, [&colours, second], &of_2_bits)
        };
        let (values, note) = read(&colours).unwrap();
        assert_eq!(values, [0, 1, 2, 3, 3, 0, 0, 0, 0, 0, 3, 3, 3, 3, 1]);
        assert!(note.contains("numbers of its entries"), "{note}");
        let error = read(&other).unwrap_err();
        assert!(error.contains("another palette"), "{error}");
    }
}
