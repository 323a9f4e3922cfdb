//! One page of a TIFF file.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use corelith_core::Spacing;
use tiff::ColorType;
use tiff::TiffError;
use tiff::decoder::{Decoder, DecodingResult, DecodingSampleType, Limits};
use tiff::tags::Tag;

use super::imagej;
use super::lzw_tiles;
use super::sample::{Codec, Depth};
use super::stored::StoredValues;
use crate::Error;

/// A TIFF file standing at one of its pages.
pub(crate) type Pages = Decoder<BufReader<StoredValues>>;

/// Largest page that is decoded: a damaged header must not ask for all memory.
const PAGE_BYTES_MAX: usize = 4 << 30;

/// Size and depth of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageFormat {
    pub cols: usize,
    pub rows: usize,
    pub depth: Depth,
}

pub(crate) fn damaged(path: &Path, slice: usize) -> impl FnOnce(TiffError) -> Error + '_ {
    move |reason| Error::Page {
        path: path.to_owned(),
        slice,
        reason: match reason {
            TiffError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
                "the file ends too early".to_owned()
            }
            other => other.to_string(),
        },
    }
}

/// Opens a file at its first page; `slice` is the number that errors name.
pub(crate) fn open_page(path: &Path, slice: usize) -> Result<Pages, Error> {
    let file = File::open(path).map_err(Error::read(path))?;
    let values = StoredValues::new(file).map_err(Error::read(path))?;
    let mut limits = Limits::default();
    limits.decoding_buffer_size = PAGE_BYTES_MAX;
    limits.intermediate_buffer_size = PAGE_BYTES_MAX;
    limits.ifd_value_size = 64 << 20;
    Ok(Decoder::new(BufReader::new(values))
        .map_err(damaged(path, slice))?
        .with_limits(limits))
}

/// The pixels of the page, whatever they are.
pub(crate) fn pixels(
    pages: &mut Pages,
    path: &Path,
    slice: usize,
) -> Result<DecodingResult, Error> {
    let tiles = lzw_tiles::decode(pages, PAGE_BYTES_MAX).map_err(damaged(path, slice))?;
    match tiles {
        Some(pixels) => Ok(pixels),
        None => pages.read_image().map_err(damaged(path, slice)),
    }
}

fn in_words(colour: ColorType, sample: Option<DecodingSampleType>) -> String {
    let bits = match colour {
        ColorType::Gray(bits) | ColorType::Palette(bits) => bits,
        ColorType::RGB(bits) | ColorType::RGBA(bits) => {
            return format!("a colour image ({bits} bits a channel)");
        }
        other => return format!("an image of the kind {other:?}"),
    };
    match (colour, sample) {
        (ColorType::Palette(_), _) => format!("an image with a colour palette ({bits} bits)"),
        (_, Some(DecodingSampleType::F16 | DecodingSampleType::F32 | DecodingSampleType::F64)) => {
            format!("{bits}-bit float greyscale")
        }
        (
            _,
            Some(
                DecodingSampleType::I8
                | DecodingSampleType::I16
                | DecodingSampleType::I32
                | DecodingSampleType::I64,
            ),
        ) => format!("{bits}-bit signed greyscale"),
        _ => format!("{bits}-bit greyscale"),
    }
}

/// Size and depth of the page, or in words what it is when its pixels are not single grey values
/// of a known depth.
pub(crate) fn format(
    pages: &mut Pages,
    path: &Path,
    slice: usize,
    expected: &str,
) -> Result<PageFormat, Error> {
    let mut read = || -> Result<_, TiffError> {
        let (cols, rows) = pages.dimensions()?;
        let colour = pages.colortype()?;
        let sample = pages.image_buffer_layout()?.sample_type;
        Ok((cols as usize, rows as usize, colour, sample))
    };
    let (cols, rows, colour, sample) = read().map_err(damaged(path, slice))?;
    let depth = match (colour, sample) {
        (ColorType::Gray(8), Some(DecodingSampleType::U8)) => Depth::U8,
        (ColorType::Gray(16), Some(DecodingSampleType::U16)) => Depth::U16,
        (ColorType::Gray(32), Some(DecodingSampleType::U32)) => Depth::U32,
        (ColorType::Gray(32), Some(DecodingSampleType::F32)) => Depth::F32,
        _ => {
            return Err(Error::PixelKind {
                path: path.to_owned(),
                slice,
                expected: expected.to_owned(),
                found: in_words(colour, sample),
            });
        }
    };
    Ok(PageFormat { cols, rows, depth })
}

/// Fails when the page has another size or depth than the first of its stack.
pub(crate) fn check_like(
    pages: &mut Pages,
    path: &Path,
    slice: usize,
    first: PageFormat,
) -> Result<(), Error> {
    let found = format(pages, path, slice, &first.depth.to_string())?;
    if (found.cols, found.rows) != (first.cols, first.rows) {
        return Err(Error::SliceSize {
            path: path.to_owned(),
            slice,
            expected: [first.cols, first.rows],
            found: [found.cols, found.rows],
        });
    }
    if found.depth != first.depth {
        return Err(Error::PixelKind {
            path: path.to_owned(),
            slice,
            expected: format!("{} as the first slice", first.depth),
            found: found.depth.to_string(),
        });
    }
    Ok(())
}

/// Decodes the page as `T`, after a check that it is like the first page of the stack.
pub(crate) fn decode<T: Codec>(
    pages: &mut Pages,
    path: &Path,
    slice: usize,
    first: PageFormat,
) -> Result<Vec<T>, Error> {
    let kind = |found: String| Error::PixelKind {
        path: path.to_owned(),
        slice,
        expected: T::ACCEPTS.to_owned(),
        found,
    };
    if !T::accepts(first.depth) {
        return Err(kind(first.depth.to_string()));
    }
    check_like(pages, path, slice, first)?;
    let decoded = pixels(pages, path, slice)?;
    T::widen(decoded)
        .filter(|values| values.len() == first.cols * first.rows)
        .ok_or_else(|| kind("another number of values than its size says".to_owned()))
}

fn resolution(pages: &mut Pages, tag: Tag) -> Option<f64> {
    use tiff::decoder::ifd::Value;
    match pages.find_tag(tag).ok()?? {
        Value::Rational(n, d) if n > 0 && d > 0 => Some(f64::from(n) / f64::from(d)),
        Value::Float(v) => Some(f64::from(v)),
        Value::Double(v) => Some(v),
        _ => None,
    }
}

/// Description and spacing of the first page. The spacing is `None` when the file does not say
/// all of it in a unit of length.
pub(super) fn description(pages: &mut Pages) -> (imagej::Description, Option<Spacing>) {
    let text = pages
        .get_tag_ascii_string(Tag::ImageDescription)
        .unwrap_or_default();
    let description = imagej::parse(&text);
    let unit_tag: Option<u16> = pages.find_tag_unsigned(Tag::ResolutionUnit).ok().flatten();
    // TIFF 6.0, ResolutionUnit: 2 is the inch (and the default), 3 the centimetre.
    let um_per_unit = description.um_per_unit.or(match unit_tag {
        Some(3) => Some(1e4),
        Some(2) => Some(25_400.0),
        _ => None,
    });
    let axis = |per_unit: Option<f64>| Some(um_per_unit? / per_unit?);
    let (x, y) = (
        axis(resolution(pages, Tag::XResolution)),
        axis(resolution(pages, Tag::YResolution)),
    );
    let spacing = match (x, y, description.z_um) {
        (Some(x_um), Some(y_um), Some(z_um)) => Some(Spacing { x_um, y_um, z_um }),
        _ => None,
    };
    (description, spacing)
}
