//! One image of a section, PNG or TIFF, of whatever kind an SEM program exports.

use std::path::Path;

use corelith_core::Raster;
use image::DynamicImage;
use tiff::ColorType;
use tiff::decoder::DecodingResult;
use tiff::tags::Tag;

use crate::Error;
use crate::png::decode_png;
use crate::stack::{open_page, pixels};

/// The pixels of an image, as they are in the file.
pub(crate) enum Pixels {
    Grey8(Vec<u8>),
    Grey16(Vec<u16>),
    GreyFloat(Vec<f32>),
    Rgba8(Vec<[u8; 4]>),
}

pub(crate) struct ImageFile {
    pub cols: usize,
    pub rows: usize,
    pub pixels: Pixels,
}

impl ImageFile {
    /// # Errors
    /// [`Error::Read`], [`Error::Image`], [`Error::Page`].
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let extension = path
            .extension()
            .map(|e| e.to_string_lossy().to_lowercase())
            .unwrap_or_default();
        match extension.as_str() {
            "tif" | "tiff" => read_tiff(path),
            "png" => Ok(from_png(decode_png(path)?)),
            other => Err(Error::Image {
                path: path.to_owned(),
                problem: format!(
                    "images ending in `.{other}` are not read, expected .png, .tif or .tiff; \
                     export it again without loss (JPEG changes colours)"
                ),
            }),
        }
    }

    pub(crate) fn raster<T>(&self, path: &Path, pixels: Vec<T>) -> Result<Raster<T>, Error> {
        Raster::new(pixels, self.rows, self.cols).map_err(|reason| Error::Shape {
            path: path.to_owned(),
            reason,
        })
    }
}

fn from_png(image: DynamicImage) -> ImageFile {
    let (cols, rows) = (image.width() as usize, image.height() as usize);
    let pixels = match image {
        DynamicImage::ImageLuma8(grey) => Pixels::Grey8(grey.into_raw()),
        DynamicImage::ImageLuma16(grey) => Pixels::Grey16(grey.into_raw()),
        colour => Pixels::Rgba8(colour.into_rgba8().pixels().map(|p| p.0).collect()),
    };
    ImageFile { cols, rows, pixels }
}

/// 65535 is 255: both stand for full intensity.
fn byte_of(value: u16) -> u8 {
    ((u32::from(value) + 128) / 257) as u8
}

fn interleaved<T: Copy>(values: &[T], channels: usize, byte: impl Fn(T) -> u8) -> Vec<[u8; 4]> {
    values
        .chunks_exact(channels)
        .map(|p| {
            let alpha = if channels > 3 { byte(p[3]) } else { 255 };
            [byte(p[0]), byte(p[1]), byte(p[2]), alpha]
        })
        .collect()
}

/// The colours of palette entries; the palette holds all reds, then all greens, then all blues.
fn coloured(entries: &[u8], palette: &[u16], path: &Path) -> Result<Vec<[u8; 4]>, Error> {
    let colours = palette.len() / 3;
    entries
        .iter()
        .map(|&entry| {
            let entry = usize::from(entry);
            let channel = |c: usize| byte_of(palette[c * colours + entry]);
            (entry < colours).then(|| [channel(0), channel(1), channel(2), 255])
        })
        .collect::<Option<_>>()
        .ok_or_else(|| Error::Image {
            path: path.to_owned(),
            problem: format!(
                "a pixel points past the {colours} colours of the palette; export it again"
            ),
        })
}

fn read_tiff(path: &Path) -> Result<ImageFile, Error> {
    let damaged = |e: tiff::TiffError| Error::Image {
        path: path.to_owned(),
        problem: format!("cannot be decoded as TIFF ({e}); export it again"),
    };
    let mut pages = open_page(path, 0)?;
    let (cols, rows) = pages.dimensions().map_err(damaged)?;
    let colour = pages.colortype().map_err(damaged)?;
    // Only images with a palette have this tag (TIFF 6.0, ColorMap).
    let palette = match pages.find_tag(Tag::ColorMap).map_err(damaged)? {
        Some(map) => Some(map.into_u16_vec().map_err(damaged)?),
        None => None,
    };
    let decoded = pixels(&mut pages, path, 0)?;
    let pixels = match (colour, decoded) {
        (ColorType::Gray(8), DecodingResult::U8(v)) => match palette {
            None => Pixels::Grey8(v),
            Some(palette) => Pixels::Rgba8(coloured(&v, &palette, path)?),
        },
        (ColorType::Gray(16), DecodingResult::U16(v)) => Pixels::Grey16(v),
        (ColorType::Gray(32), DecodingResult::F32(v)) => Pixels::GreyFloat(v),
        (ColorType::RGB(8), DecodingResult::U8(v)) => Pixels::Rgba8(interleaved(&v, 3, |x| x)),
        (ColorType::RGBA(8), DecodingResult::U8(v)) => Pixels::Rgba8(interleaved(&v, 4, |x| x)),
        (ColorType::RGB(16), DecodingResult::U16(v)) => Pixels::Rgba8(interleaved(&v, 3, byte_of)),
        (ColorType::RGBA(16), DecodingResult::U16(v)) => Pixels::Rgba8(interleaved(&v, 4, byte_of)),
        (other, _) => {
            return Err(Error::Image {
                path: path.to_owned(),
                problem: format!(
                    "a TIFF of the kind {other:?} is not read, expected greyscale, RGB or a \
                     palette of 8 or 16 bits; export it again"
                ),
            });
        }
    };
    Ok(ImageFile {
        cols: cols as usize,
        rows: rows as usize,
        pixels,
    })
}
