//! Pictures as sRGB pixels, with scale bars.

mod digits;
mod scale_bar;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _};

use crate::ReportError;

pub use scale_bar::draw_scale_bar;

/// sRGB colour.
pub type Rgb = [u8; 3];

/// A picture with square pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<Rgb>,
    /// Distance between pixels, micrometres.
    pub pixel_um: f64,
}

impl Picture {
    /// A picture whose pixel is `colour(x, y)`.
    pub fn from_fn(
        width: usize,
        height: usize,
        pixel_um: f64,
        mut colour: impl FnMut(usize, usize) -> Rgb,
    ) -> Self {
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                pixels.push(colour(x, y));
            }
        }
        Self {
            width,
            height,
            pixels,
            pixel_um,
        }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.height
    }

    pub fn at(&self, x: usize, y: usize) -> Rgb {
        self.pixels[y * self.width + x]
    }

    /// Sets a pixel; nothing outside.
    pub fn set(&mut self, x: usize, y: usize, colour: Rgb) {
        if x < self.width && y < self.height {
            self.pixels[y * self.width + x] = colour;
        }
    }

    /// The same picture with its longer side at most `longest` pixels, averaged over boxes.
    pub fn shrunk(&self, longest: usize) -> Self {
        let side = self.width.max(self.height);
        if side <= longest {
            return self.clone();
        }
        let scale = side as f64 / longest as f64;
        let length = |n: usize| ((n as f64 / scale).round() as usize).max(1);
        let (width, height) = (length(self.width), length(self.height));
        let range = |i: usize, n: usize, of: usize| {
            let start = i * n / of;
            start..((i + 1) * n / of).max(start + 1).min(n)
        };
        Self::from_fn(width, height, self.pixel_um * scale, |x, y| {
            let mut sum = [0u32; 3];
            let mut count = 0;
            for v in range(y, self.height, height) {
                for u in range(x, self.width, width) {
                    let pixel = self.at(u, v);
                    for (s, c) in sum.iter_mut().zip(pixel) {
                        *s += u32::from(c);
                    }
                    count += 1;
                }
            }
            sum.map(|s| (s / count) as u8)
        })
    }

    /// PNG bytes; `path` names the picture in errors.
    pub fn png(&self, path: &str) -> Result<Vec<u8>, ReportError> {
        let is_grey = self.pixels.iter().all(|&[r, g, b]| r == g && g == b);
        let (bytes, colour): (Vec<u8>, _) = if is_grey {
            let grey = self.pixels.iter().map(|p| p[0]).collect();
            (grey, ExtendedColorType::L8)
        } else {
            (self.pixels.as_flattened().to_vec(), ExtendedColorType::Rgb8)
        };
        let mut png = Vec::new();
        PngEncoder::new_with_quality(&mut png, CompressionType::Default, FilterType::Adaptive)
            .write_image(&bytes, self.width as u32, self.height as u32, colour)
            .map_err(|source| ReportError::Picture {
                path: path.to_owned(),
                source,
            })?;
        Ok(png)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_averages_and_keeps_the_scale() {
        let picture =
            Picture::from_fn(8, 4, 1.0, |x, _| if x % 2 == 0 { [0; 3] } else { [200; 3] });
        let small = picture.shrunk(4);
        assert_eq!((small.width(), small.height()), (4, 2));
        assert_eq!(small.at(2, 1), [100; 3]);
        assert_eq!(small.pixel_um, 2.0);
    }

    #[test]
    fn png_holds_the_same_pixels() {
        let picture = Picture::from_fn(5, 3, 1.0, |x, y| [x as u8, y as u8, 7]);
        let read = image::load_from_memory(&picture.png("test").unwrap()).unwrap();
        assert_eq!(read.to_rgb8().get_pixel(4, 2).0, [4, 2, 7]);
    }
}
