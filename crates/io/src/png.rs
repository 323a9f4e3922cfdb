use std::path::Path;

use corelith_core::Raster;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use crate::image_file::{Grey, ImageFile, Pixels};
use crate::{Error, write_bytes};

/// A pixel that becomes a PNG: grey, RGB or RGBA of 8 bits a channel.
pub trait PngPixel: Copy + sealed::Channels {}

impl PngPixel for u8 {}
impl PngPixel for [u8; 3] {}
impl PngPixel for [u8; 4] {}

mod sealed {
    pub trait Channels: Sized {
        const COLOUR: image::ExtendedColorType;
        fn bytes(pixels: &[Self]) -> &[u8];
    }

    impl Channels for u8 {
        const COLOUR: image::ExtendedColorType = image::ExtendedColorType::L8;
        fn bytes(pixels: &[Self]) -> &[u8] {
            pixels
        }
    }

    impl Channels for [u8; 3] {
        const COLOUR: image::ExtendedColorType = image::ExtendedColorType::Rgb8;
        fn bytes(pixels: &[Self]) -> &[u8] {
            pixels.as_flattened()
        }
    }

    impl Channels for [u8; 4] {
        const COLOUR: image::ExtendedColorType = image::ExtendedColorType::Rgba8;
        fn bytes(pixels: &[Self]) -> &[u8] {
            pixels.as_flattened()
        }
    }
}

fn encode<P: PngPixel>(image: &Raster<P>) -> Result<Vec<u8>, String> {
    let size = |n: usize| u32::try_from(n).map_err(|_| format!("{n} pixels along one side"));
    let (cols, rows) = (size(image.cols())?, size(image.rows())?);
    let colour: ExtendedColorType = P::COLOUR;
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive)
        .write_image(P::bytes(image.data()), cols, rows, colour)
        .map_err(|e| e.to_string())?;
    Ok(bytes)
}

/// The bytes of a PNG, to be put into a page.
///
/// # Errors
/// [`Error::Encode`] when the image has no pixel or more than PNG can hold.
pub fn encode_png<P: PngPixel>(image: &Raster<P>) -> Result<Vec<u8>, Error> {
    encode(image).map_err(|problem| Error::Encode {
        path: "PNG image".into(),
        problem,
    })
}

/// Writes a PNG.
///
/// # Errors
/// [`Error::Encode`] when the image has no pixel or more than PNG can hold, [`Error::Write`].
pub fn write_png<P: PngPixel>(path: &Path, image: &Raster<P>) -> Result<(), Error> {
    let bytes = encode(image).map_err(|problem| Error::Encode {
        path: path.to_owned(),
        problem,
    })?;
    write_bytes(path, &bytes)
}

/// Reads a PNG of 8 bits a channel as RGB, grey as equal channels.
///
/// # Errors
/// [`Error::Read`], [`Error::Image`].
pub fn read_png_rgb(path: &Path) -> Result<Raster<[u8; 3]>, Error> {
    let image = ImageFile::read(path, None)?;
    let pixels = match image.pixels {
        Pixels::Colour(rgba) => rgba.iter().map(|&[r, g, b, _]| [r, g, b]).collect(),
        Pixels::Grey {
            values: Grey::U8(grey),
            ..
        } => grey.iter().map(|v| [*v; 3]).collect(),
        Pixels::Grey { .. } => {
            return Err(Error::Image {
                path: path.to_owned(),
                problem: "greyscale of more than 8 bits, expected a picture; write it again"
                    .to_owned(),
            });
        }
    };
    Raster::new(pixels, image.rows, image.cols).map_err(|reason| Error::Shape {
        path: path.to_owned(),
        reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn png_goes_round() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/overlay.png");
        let rgb = Raster::from_fn(3, 5, |col, row| [col as u8 * 50, row as u8 * 80, 7]);
        write_png(&path, &rgb).unwrap();
        assert_eq!(read_png_rgb(&path).unwrap(), rgb);
        let grey = Raster::from_fn(2, 2, |col, row| (col + 2 * row) as u8);
        write_png(&path, &grey).unwrap();
        assert_eq!(read_png_rgb(&path).unwrap(), grey.map(|v| [*v; 3]));
        let rgba = Raster::from_fn(2, 2, |col, row| [col as u8, row as u8, 9, 255]);
        write_png(&path, &rgba).unwrap();
        assert_eq!(
            read_png_rgb(&path).unwrap(),
            rgba.map(|p| [p[0], p[1], p[2]])
        );
    }

    #[test]
    fn no_pixel_is_an_error() {
        assert!(encode_png(&Raster::<u8>::filled(0, 0, 0)).is_err());
    }
}
