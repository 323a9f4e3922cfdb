//! PNG, BMP, GIF, WebP and JPEG through the `image` crate.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use image::codecs::gif::GifDecoder;
use image::error::ImageError;
use image::{AnimationDecoder, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::sixteen_bits::bytes_of_16_bits;
use super::{Grey, ImageFile, ImageKind, PIXELS_MAX, Pixels, check_size};
use crate::Error;
use crate::orientation::Orientation;
use crate::regular_file::open_regular_file;
use crate::text::printable;

fn format_of(kind: ImageKind) -> ImageFormat {
    match kind {
        ImageKind::Png => ImageFormat::Png,
        ImageKind::Tiff => ImageFormat::Tiff,
        ImageKind::Bmp => ImageFormat::Bmp,
        ImageKind::Gif => ImageFormat::Gif,
        ImageKind::WebP => ImageFormat::WebP,
        ImageKind::Jpeg => ImageFormat::Jpeg,
    }
}

fn unreadable(path: &Path, kind: ImageKind, reason: &ImageError) -> Error {
    let problem = match reason {
        ImageError::Unsupported(_) => format!(
            "a {} image of a sort that is not read ({reason}); export it as PNG or TIFF",
            kind.name()
        ),
        _ => format!(
            "a {} image that is cut short or damaged ({}); copy or export it again",
            kind.name(),
            printable(&reason.to_string())
        ),
    };
    Error::Image {
        path: path.to_owned(),
        problem,
    }
}

/// Bits a pixel of a greyscale PNG of less than 8, which the decoder stretches to 0 to 255
/// (PNG specification, IHDR: byte 24 is the depth, byte 25 the colour type).
fn stretched_bits(kind: ImageKind, head: &[u8]) -> Option<u8> {
    match (kind, head.get(24..26)) {
        (ImageKind::Png, Some(&[bits @ (2 | 4), 0])) => Some(bits),
        _ => None,
    }
}

/// Pixels that any file may have.
const PIXELS_FREE: u64 = 1 << 16;

/// The most pixels that a file of `bytes` bytes can hold. WebP, and BMP by skipping, could hold any
/// number of one colour; no map or BSE image is as empty as is refused here.
fn pixels_max(kind: ImageKind, head: &[u8], bytes: u64) -> u64 {
    let a_byte = match kind {
        // Deflate makes nothing more than 1032 times smaller; IHDR tells depth and channels.
        ImageKind::Png => {
            let channels = match head.get(25) {
                Some(2) => 3,
                Some(4) => 2,
                Some(6) => 4,
                _ => 1,
            };
            let bits = u64::from(head.get(24).copied().unwrap_or(1).max(1));
            1032 * 8 / (channels * bits)
        }
        ImageKind::Tiff | ImageKind::Bmp => 256,
        // LZW: a code of 12 bits stands for at most 4096 bytes.
        ImageKind::Gif | ImageKind::WebP => 4096,
        // Two bits a block of 64 pixels of at least.
        ImageKind::Jpeg => 512,
    };
    bytes.saturating_mul(a_byte).max(PIXELS_FREE)
}

/// Fails when an image is too large, or larger than its file can hold.
fn check_pixels(path: &Path, (cols, rows): (u32, u32), most: u64) -> Result<(), Error> {
    check_size(path, cols as usize, rows as usize)?;
    if u64::from(cols) * u64::from(rows) <= most {
        return Ok(());
    }
    Err(Error::Image {
        path: path.to_owned(),
        problem: format!(
            "its header gives {cols} x {rows} pixels, which is more than the file can hold: it is \
             cut short or damaged; copy or export it again"
        ),
    })
}

/// What the header of a PNG says.
#[derive(Debug, Clone)]
pub(crate) struct PngHeader {
    pub cols: usize,
    pub rows: usize,
    /// Bits a channel.
    pub bits: u8,
    /// Colour type (PNG specification, IHDR).
    pub colour: u8,
}

/// Columns and rows (PNG specification, IHDR).
fn png_size(head: &[u8]) -> Option<(u32, u32)> {
    let (_, sides) = head.get(..24)?.split_at(16);
    let (cols, rows) = sides.split_at(4);
    Some((
        u32::from_be_bytes(cols.try_into().ok()?),
        u32::from_be_bytes(rows.try_into().ok()?),
    ))
}

fn ends_in_header(path: &Path, kind: ImageKind) -> Error {
    Error::Image {
        path: path.to_owned(),
        problem: format!(
            "a {} image that is cut short or damaged (it ends in its header); copy or export it \
             again",
            kind.name()
        ),
    }
}

/// Reads the header of a PNG, and fails when it says more than the file can hold.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`], [`Error::Image`].
pub(crate) fn png_header(path: &Path) -> Result<PngHeader, Error> {
    let file = open_regular_file(path)?;
    let bytes = file.metadata().map_err(Error::read(path))?.len();
    let mut head = Vec::new();
    file.take(33)
        .read_to_end(&mut head)
        .map_err(Error::read(path))?;
    let (Some(size), Some([bits, colour])) = (png_size(&head), head.get(24..26)) else {
        return Err(ends_in_header(path, ImageKind::Png));
    };
    check_pixels(path, size, pixels_max(ImageKind::Png, &head, bytes))?;
    Ok(PngHeader {
        cols: size.0 as usize,
        rows: size.1 as usize,
        bits: *bits,
        colour: *colour,
    })
}

/// Columns and rows (`BITMAPINFOHEADER`, or `BITMAPCOREHEADER` of 12 bytes).
fn size_in_bmp(head: &[u8]) -> Option<(u32, u32)> {
    let length = u32::from_le_bytes(head.get(14..18)?.try_into().ok()?);
    if length == 12 {
        let side = |at: usize| Some(u16::from_le_bytes(head.get(at..at + 2)?.try_into().ok()?));
        return Some((side(18)?.into(), side(20)?.into()));
    }
    let side = |at: usize| Some(i32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?));
    // A height below 0 says that the first row is stored first.
    Some((u32::try_from(side(18)?).ok()?, side(22)?.unsigned_abs()))
}

/// Columns and rows of a BMP by its header, which the file has to be able to hold.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`], [`Error::Image`].
pub(crate) fn bmp_size(path: &Path) -> Result<[usize; 2], Error> {
    let file = open_regular_file(path)?;
    let bytes = file.metadata().map_err(Error::read(path))?.len();
    let mut head = Vec::new();
    file.take(26)
        .read_to_end(&mut head)
        .map_err(Error::read(path))?;
    let size = size_in_bmp(&head).ok_or_else(|| ends_in_header(path, ImageKind::Bmp))?;
    check_pixels(path, size, pixels_max(ImageKind::Bmp, &head, bytes))?;
    Ok([size.0 as usize, size.1 as usize])
}

pub(super) fn read(
    path: &Path,
    file: File,
    kind: ImageKind,
    head: &[u8],
) -> Result<ImageFile, Error> {
    let wrong = |e: ImageError| unreadable(path, kind, &e);
    let bytes = file.metadata().map_err(Error::read(path))?.len();
    let most = pixels_max(kind, head, bytes);
    let expected = match kind {
        ImageKind::Png => {
            let size = png_size(head).ok_or_else(|| ends_in_header(path, kind))?;
            check_pixels(path, size, most)?;
            u64::from(size.0) * u64::from(size.1)
        }
        _ => most.min(PIXELS_MAX),
    };
    let mut limits = Limits::no_limits();
    // Pixels of 4 channels of 16 bits, and room for profiles and texts, which may unpack to
    // anything.
    limits.max_alloc = Some(8 * expected + (8 << 20));
    let mut file = BufReader::new(file);
    if kind == ImageKind::Gif {
        let mut frames = GifDecoder::new(&mut file).map_err(wrong)?;
        check_pixels(path, frames.dimensions(), most)?;
        frames.set_limits(limits.clone()).map_err(wrong)?;
        if frames.into_frames().nth(1).is_some() {
            return Err(Error::Image {
                path: path.to_owned(),
                problem: "an animated GIF, expected one image; export the image as PNG or TIFF"
                    .to_owned(),
            });
        }
        file.rewind().map_err(Error::read(path))?;
    }
    let mut reader = ImageReader::with_format(file, format_of(kind));
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(wrong)?;
    let (cols, rows) = decoder.dimensions();
    check_pixels(path, (cols, rows), most)?;
    let (cols, rows) = (cols as usize, rows as usize);
    let orientation = Orientation::of_exif(decoder.orientation().map_err(wrong)?);
    let image = DynamicImage::from_decoder(decoder).map_err(wrong)?;
    let mut notes = Vec::new();
    let pixels = pixels(image, stretched_bits(kind, head), &mut notes);
    Ok(ImageFile {
        cols,
        rows,
        pixels,
        orientation,
        kind,
        // A lossy WebP image has a chunk `VP8 `, a lossless one `VP8L`.
        lossy: kind == ImageKind::Jpeg
            || kind == ImageKind::WebP && head.windows(4).any(|w| w == b"VP8 "),
        // A PNG of another colour type than 4 and 6 has no alpha channel.
        colour_key: kind == ImageKind::Gif
            || kind == ImageKind::Png && head.get(25).is_some_and(|kind| !matches!(kind, 4 | 6)),
        notes,
    }
    .upright())
}

fn pixels(image: DynamicImage, stretched_bits: Option<u8>, notes: &mut Vec<String>) -> Pixels {
    let grey = |values: Grey, white: f64, transparent: Option<Vec<bool>>| Pixels::Grey {
        values,
        white_is_zero: false,
        white: Some(white),
        transparent,
    };
    let quartets = |values: &[u8]| values.as_chunks::<4>().0.to_vec();
    match image {
        DynamicImage::ImageLuma8(image) => match stretched_bits {
            None => grey(Grey::U8(image.into_raw()), 255.0, None),
            Some(bits) => {
                let white = (1u8 << bits) - 1;
                let stored = image.into_raw().iter().map(|v| v / (255 / white)).collect();
                grey(Grey::U8(stored), f64::from(white), None)
            }
        },
        DynamicImage::ImageLuma16(image) => grey(Grey::U16(image.into_raw()), 65535.0, None),
        DynamicImage::ImageLumaA8(image) => {
            let pairs = image.as_raw().as_chunks::<2>().0;
            let values = pairs.iter().map(|p| p[0]).collect();
            let transparent = pairs.iter().map(|p| p[1] == 0).collect();
            grey(Grey::U8(values), 255.0, Some(transparent))
        }
        DynamicImage::ImageLumaA16(image) => {
            let pairs = image.as_raw().as_chunks::<2>().0;
            let values = pairs.iter().map(|p| p[0]).collect();
            let transparent = pairs.iter().map(|p| p[1] == 0).collect();
            grey(Grey::U16(values), 65535.0, Some(transparent))
        }
        DynamicImage::ImageRgb16(_) | DynamicImage::ImageRgba16(_) => {
            let image = image.into_rgba16().into_raw();
            let pixels = image.as_chunks::<4>().0;
            let colours: Vec<u16> = pixels.iter().flat_map(|p| [p[0], p[1], p[2]]).collect();
            let (bytes, note) = bytes_of_16_bits(&colours);
            notes.extend(note);
            let alpha = |a: u16| if a == 0 { 0 } else { (a >> 8).max(1) as u8 };
            Pixels::Colour(
                bytes
                    .as_chunks::<3>()
                    .0
                    .iter()
                    .zip(pixels)
                    .map(|(c, p)| [c[0], c[1], c[2], alpha(p[3])])
                    .collect(),
            )
        }
        DynamicImage::ImageRgb8(image) => {
            let triples = image.as_raw().as_chunks::<3>().0;
            Pixels::Colour(triples.iter().map(|&[r, g, b]| [r, g, b, 255]).collect())
        }
        other => Pixels::Colour(quartets(other.into_rgba8().as_raw())),
    }
}
