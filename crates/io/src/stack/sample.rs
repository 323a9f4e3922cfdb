use std::fmt;
use std::io::{Seek, Write};

use tiff::TiffResult;
use tiff::decoder::DecodingResult;
use tiff::encoder::{Rational, TiffEncoder, TiffKind, colortype};
use tiff::tags::{ResolutionUnit, Tag};

/// What one pixel of a stack is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Depth {
    /// Unsigned, 8 bits.
    U8,
    /// Unsigned, 16 bits.
    U16,
    /// Unsigned, 32 bits.
    U32,
    /// Float, 32 bits.
    F32,
}

impl Depth {
    /// Bytes of one voxel.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::U32 | Self::F32 => 4,
        }
    }
}

impl fmt::Display for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::U8 => "8-bit greyscale",
            Self::U16 => "16-bit greyscale",
            Self::U32 => "32-bit integer greyscale",
            Self::F32 => "32-bit float greyscale",
        })
    }
}

/// What a page says about itself besides its pixels.
#[derive(Debug, Clone)]
pub struct PageTags {
    /// The `ImageDescription`.
    pub description: String,
    /// Pixels a micrometre along x and y.
    pub pixels_per_um: [f64; 2],
}

/// A voxel type that is read from and written to TIFF: `u8`, `u16`, `u32` or `f32`.
///
/// Reading widens without loss: a `u32` volume is read from 8, 16 and 32 bits, an `f32` volume
/// from 8 and 16 bits and floats.
pub trait Sample: Codec {}

impl<T: Codec> Sample for T {}

/// The part of [`Sample`] that only this crate calls.
pub trait Codec: Copy + Default + PartialEq + Send + Sync + 'static {
    /// How it is written.
    const DEPTH: Depth;
    /// What it is read from, in words.
    const ACCEPTS: &'static str;

    /// Whether a stack of that depth can be read into this type.
    fn accepts(depth: Depth) -> bool;

    /// The decoded pixels, widened; `None` when they would not fit.
    fn widen(pixels: DecodingResult) -> Option<Vec<Self>>;

    /// Appends one page.
    fn write_page<W: Write + Seek, K: TiffKind>(
        encoder: &mut TiffEncoder<W, K>,
        cols: u32,
        rows: u32,
        pixels: &[Self],
        tags: Option<&PageTags>,
    ) -> TiffResult<()>;
}

/// A ratio with a denominator so large that a micrometre spacing keeps nine digits.
fn rational(value: f64) -> Rational {
    let mut d = 1_000_000_000_u32;
    while value * f64::from(d) > f64::from(u32::MAX) && d > 1 {
        d /= 10;
    }
    Rational {
        n: (value * f64::from(d)).round() as u32,
        d,
    }
}

macro_rules! codec {
    ($type:ty, $depth:ident, $colour:ident, $accepts:literal, $($from:ident),+) => {
        impl Codec for $type {
            const DEPTH: Depth = Depth::$depth;
            const ACCEPTS: &'static str = $accepts;

            fn accepts(depth: Depth) -> bool {
                matches!(depth, $(Depth::$from)|+)
            }

            fn widen(pixels: DecodingResult) -> Option<Vec<Self>> {
                match pixels {
                    DecodingResult::$depth(own) => Some(own),
                    $(DecodingResult::$from(other) => {
                        Some(other.into_iter().map(Self::from).collect())
                    })+
                    _ => None,
                }
            }

            fn write_page<W: Write + Seek, K: TiffKind>(
                encoder: &mut TiffEncoder<W, K>,
                cols: u32,
                rows: u32,
                pixels: &[Self],
                tags: Option<&PageTags>,
            ) -> TiffResult<()> {
                let mut image = encoder.new_image::<colortype::$colour>(cols, rows)?;
                if let Some(tags) = tags {
                    let directory = image.encoder();
                    directory.write_tag(Tag::ImageDescription, tags.description.as_str())?;
                    directory.write_tag(Tag::Software, "corelith")?;
                    // ImageJ takes the unit from its own description when this one is `None`.
                    directory.write_tag(Tag::ResolutionUnit, ResolutionUnit::None.to_u16())?;
                    let [x, y] = tags.pixels_per_um;
                    directory.write_tag(Tag::XResolution, rational(x))?;
                    directory.write_tag(Tag::YResolution, rational(y))?;
                }
                image.write_data(pixels)
            }
        }
    };
}

// The own depth is matched first: a page of the same type is moved, not copied.
#[allow(unreachable_patterns)]
mod codecs {
    use super::*;

    codec!(u8, U8, Gray8, "8-bit greyscale", U8);
    codec!(u16, U16, Gray16, "16-bit (or 8-bit) greyscale", U8, U16);
    codec!(
        u32,
        U32,
        Gray32,
        "8-, 16- or 32-bit integer greyscale",
        U8,
        U16,
        U32
    );
    codec!(
        f32,
        F32,
        Gray32Float,
        "32-bit float, 16-bit or 8-bit greyscale",
        U8,
        U16,
        F32
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spacing_survives_as_a_ratio() {
        for um in [0.0005, 0.4, 1.0, 2.296, 25.0, 1234.5] {
            let ratio = rational(1.0 / um);
            let read = f64::from(ratio.d) / f64::from(ratio.n);
            assert!((read / um - 1.0).abs() < 1e-5, "{um} became {read}");
        }
    }
}
