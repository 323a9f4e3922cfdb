//! PNG, BMP, GIF, WebP and JPEG through the `image` crate.

use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::Path;

use image::codecs::gif::GifDecoder;
use image::error::ImageError;
use image::{AnimationDecoder, DynamicImage, ImageDecoder, ImageFormat, ImageReader};

use super::sixteen_bits::bytes_of_16_bits;
use super::{Grey, ImageFile, ImageKind, Pixels, check_size};
use crate::Error;

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
            "a {} image that is cut short or damaged ({reason}); copy or export it again",
            kind.name()
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

pub(super) fn read(
    path: &Path,
    file: File,
    kind: ImageKind,
    head: &[u8],
) -> Result<ImageFile, Error> {
    let wrong = |e: ImageError| unreadable(path, kind, &e);
    let mut file = BufReader::new(file);
    if kind == ImageKind::Gif {
        let frames = GifDecoder::new(&mut file).map_err(wrong)?;
        let (cols, rows) = frames.dimensions();
        check_size(path, cols as usize, rows as usize)?;
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
    // The size is checked below: mosaics of map frames pass the limits of the decoder.
    reader.no_limits();
    let decoder = reader.into_decoder().map_err(wrong)?;
    let (cols, rows) = decoder.dimensions();
    let (cols, rows) = (cols as usize, rows as usize);
    check_size(path, cols, rows)?;
    let image = DynamicImage::from_decoder(decoder).map_err(wrong)?;
    let mut notes = Vec::new();
    let pixels = pixels(image, stretched_bits(kind, head), &mut notes);
    Ok(ImageFile {
        cols,
        rows,
        pixels,
        kind,
        // A lossy WebP image has a chunk `VP8 `, a lossless one `VP8L`.
        lossy: kind == ImageKind::Jpeg
            || kind == ImageKind::WebP && head.windows(4).any(|w| w == b"VP8 "),
        // A PNG of another colour type than 4 and 6 has no alpha channel.
        colour_key: kind == ImageKind::Gif
            || kind == ImageKind::Png && head.get(25).is_some_and(|kind| !matches!(kind, 4 | 6)),
        notes,
    })
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
        other => Pixels::Colour(quartets(other.into_rgba8().as_raw())),
    }
}
