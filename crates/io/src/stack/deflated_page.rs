//! Pages whose strips were deflated beforehand, on several threads: the file is the same as if the
//! encoder had deflated one after the other.

use std::io::{self, Seek, Write};

use tiff::TiffResult;
use tiff::encoder::colortype::ColorType;
use tiff::encoder::compression::{Compression as _, CompressionAlgorithm as _, Deflate};
use tiff::encoder::{DeflateLevel, Predictor, Rational, TiffEncoder, TiffKind, TiffValue};
use tiff::tags::{ResolutionUnit, Tag};

use super::sample::{PageTags, write_page_tags};

/// Bytes of a strip at least, but for the last: as many whole rows as that takes.
const STRIP_BYTES: usize = 1_000_000;

fn rows_of_strip<C: ColorType>(cols: u32) -> usize {
    STRIP_BYTES.div_ceil(cols as usize * usize::from(<C::Inner>::BYTE_LEN))
}

/// The strips of a page of rows of `cols` pixels.
///
/// # Errors
/// None from the memory that they are written to.
pub(super) fn deflated<C>(cols: u32, pixels: &[C::Inner]) -> io::Result<Vec<Vec<u8>>>
where
    C: ColorType,
    [C::Inner]: TiffValue,
{
    pixels
        .chunks(rows_of_strip::<C>(cols) * cols as usize)
        .map(|strip| {
            let mut bytes = Vec::new();
            Deflate::with_level(DeflateLevel::Fast).write_to(&mut bytes, &strip.data())?;
            Ok(bytes)
        })
        .collect()
}

/// Appends a page of the colour type `C` with these strips: tags in the order in which the encoder
/// writes them, so that their values lie at the same places.
pub(super) fn write_page<C, W, K>(
    encoder: &mut TiffEncoder<W, K>,
    [cols, rows]: [u32; 2],
    strips: &[Vec<u8>],
    tags: Option<&PageTags>,
) -> TiffResult<()>
where
    C: ColorType,
    W: Write + Seek,
    K: TiffKind,
{
    let mut page = encoder.image_directory()?;
    page.write_tag(Tag::ImageWidth, cols)?;
    page.write_tag(Tag::ImageLength, rows)?;
    page.write_tag(Tag::Compression, Deflate::COMPRESSION_METHOD.to_u16())?;
    page.write_tag(Tag::Predictor, Predictor::None.to_u16())?;
    page.write_tag(Tag::PhotometricInterpretation, C::TIFF_VALUE.to_u16())?;
    page.write_tag(Tag::RowsPerStrip, rows_of_strip::<C>(cols) as u32)?;
    page.write_tag(Tag::SamplesPerPixel, C::BITS_PER_SAMPLE.len() as u16)?;
    page.write_tag(Tag::XResolution, Rational { n: 1, d: 1 })?;
    page.write_tag(Tag::YResolution, Rational { n: 1, d: 1 })?;
    page.write_tag(Tag::ResolutionUnit, ResolutionUnit::None.to_u16())?;
    if let Some(tags) = tags {
        write_page_tags(&mut page, tags)?;
    }
    let (mut offsets, mut lengths) = (Vec::new(), Vec::new());
    for strip in strips {
        offsets.push(K::convert_offset(page.write_data(strip.as_slice())?)?);
        lengths.push(K::convert_offset(strip.len() as u64)?);
    }
    page.write_tag(Tag::BitsPerSample, C::BITS_PER_SAMPLE)?;
    let formats = C::SAMPLE_FORMAT.iter().map(|format| format.to_u16());
    page.write_tag(Tag::SampleFormat, formats.collect::<Vec<u16>>().as_slice())?;
    page.write_tag(Tag::StripOffsets, K::convert_slice(&offsets))?;
    page.write_tag(Tag::StripByteCounts, K::convert_slice(&lengths))?;
    page.finish()
}
