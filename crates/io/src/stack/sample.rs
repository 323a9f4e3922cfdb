use std::fmt;
use std::io::{self, Seek, Write};

use tiff::TiffResult;
use tiff::encoder::colortype::{self, ColorType};
use tiff::encoder::{DirectoryEncoder, Rational, TiffEncoder, TiffKind, TiffValue};
use tiff::tags::{ResolutionUnit, Tag};

use super::deflated_page;
use super::voxels::{Misfit, Voxels, exact_as_f32, exact_floats, exact_integers, rounded_as_f32};

/// What one voxel is in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Depth {
    /// One bit: read as 0 and 1.
    U1,
    /// Unsigned, 8 bits; 2 and 4 bits are read as this.
    U8,
    /// Unsigned, 16 bits; 10, 12 and 14 bits are read as this.
    U16,
    /// Unsigned, 32 bits.
    U32,
    /// Unsigned, 64 bits.
    U64,
    /// Signed, 8 bits.
    I8,
    /// Signed, 16 bits.
    I16,
    /// Signed, 32 bits.
    I32,
    /// Signed, 64 bits.
    I64,
    /// Float, 16 bits.
    F16,
    /// Float, 32 bits.
    F32,
    /// Float, 64 bits.
    F64,
}

impl Depth {
    /// That of a type of numbers as NumPy names it without its order of bytes, such as `u2`.
    pub(super) fn of_numpy(name: &str) -> Option<Self> {
        Some(match name {
            "u1" => Self::U8,
            "u2" => Self::U16,
            "u4" => Self::U32,
            "u8" => Self::U64,
            "i1" => Self::I8,
            "i2" => Self::I16,
            "i4" => Self::I32,
            "i8" => Self::I64,
            "f2" => Self::F16,
            "f4" => Self::F32,
            "f8" => Self::F64,
            _ => return None,
        })
    }

    /// Bytes of one voxel that is not packed with its neighbours.
    pub fn bytes(self) -> usize {
        match self {
            Self::U1 | Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 | Self::F16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }
}

impl fmt::Display for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::U1 => "1-bit black and white",
            Self::U8 => "8-bit greyscale",
            Self::U16 => "16-bit greyscale",
            Self::U32 => "32-bit integer greyscale",
            Self::U64 => "64-bit integer greyscale",
            Self::I8 => "8-bit signed greyscale",
            Self::I16 => "16-bit signed greyscale",
            Self::I32 => "32-bit signed greyscale",
            Self::I64 => "64-bit signed greyscale",
            Self::F16 => "16-bit float greyscale",
            Self::F32 => "32-bit float greyscale",
            Self::F64 => "64-bit float greyscale",
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

/// A voxel type that volumes are read as, and written as TIFF: `u8`, `u16`, `u32` or `f32`.
///
/// Reading is exact whatever the file's own type: integers and floats that hold whole numbers
/// become integers, integers that 24 bits hold become floats. A value that does not fit is an
/// error that names its voxel. Only floats of 64 bits are rounded, to floats of 32.
pub trait Sample: Codec {}

impl<T: Codec> Sample for T {}

/// The part of [`Sample`] that only this crate calls.
pub trait Codec: Copy + Default + PartialEq + Send + Sync + 'static {
    /// How it is written.
    const DEPTH: Depth;
    /// What it can hold, in words.
    const HOLDS: &'static str;

    /// The values, exactly.
    ///
    /// # Errors
    /// The first value that does not fit.
    fn from_voxels(voxels: Voxels) -> Result<Vec<Self>, Misfit>;

    /// The strips of a deflated page of rows of `cols` pixels.
    ///
    /// # Errors
    /// None from the memory that they are written to.
    fn deflated(cols: u32, pixels: &[Self]) -> io::Result<Vec<Vec<u8>>>;

    /// Appends one page of such strips.
    fn write_deflated<W: Write + Seek, K: TiffKind>(
        encoder: &mut TiffEncoder<W, K>,
        size: [u32; 2],
        strips: &[Vec<u8>],
        tags: Option<&PageTags>,
    ) -> TiffResult<()>;

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

/// Writes one page of the colour type `C`.
fn write_page_as<C, W, K>(
    encoder: &mut TiffEncoder<W, K>,
    size: [u32; 2],
    pixels: &[C::Inner],
    tags: Option<&PageTags>,
) -> TiffResult<()>
where
    C: ColorType,
    W: Write + Seek,
    K: TiffKind,
    [C::Inner]: TiffValue,
{
    let mut image = encoder.new_image::<C>(size[0], size[1])?;
    if let Some(tags) = tags {
        write_page_tags(image.encoder(), tags)?;
    }
    image.write_data(pixels)
}

/// Writes what a page says about itself.
pub(super) fn write_page_tags<W: Write + Seek, K: TiffKind>(
    directory: &mut DirectoryEncoder<'_, W, K>,
    tags: &PageTags,
) -> TiffResult<()> {
    directory.write_tag(Tag::ImageDescription, tags.description.as_str())?;
    directory.write_tag(Tag::Software, "corelith")?;
    // ImageJ takes the unit from its own description when this one is `None`.
    directory.write_tag(Tag::ResolutionUnit, ResolutionUnit::None.to_u16())?;
    let [x, y] = tags.pixels_per_um;
    directory.write_tag(Tag::XResolution, rational(x))?;
    directory.write_tag(Tag::YResolution, rational(y))
}

macro_rules! codec {
    ($type:ty, $depth:ident, $colour:ident, $holds:literal, $from_voxels:expr) => {
        impl Codec for $type {
            const DEPTH: Depth = Depth::$depth;
            const HOLDS: &'static str = $holds;

            fn from_voxels(voxels: Voxels) -> Result<Vec<Self>, Misfit> {
                $from_voxels(voxels)
            }

            fn deflated(cols: u32, pixels: &[Self]) -> io::Result<Vec<Vec<u8>>> {
                deflated_page::deflated::<colortype::$colour>(cols, pixels)
            }

            fn write_deflated<W: Write + Seek, K: TiffKind>(
                encoder: &mut TiffEncoder<W, K>,
                size: [u32; 2],
                strips: &[Vec<u8>],
                tags: Option<&PageTags>,
            ) -> TiffResult<()> {
                deflated_page::write_page::<colortype::$colour, _, _>(encoder, size, strips, tags)
            }

            fn write_page<W: Write + Seek, K: TiffKind>(
                encoder: &mut TiffEncoder<W, K>,
                cols: u32,
                rows: u32,
                pixels: &[Self],
                tags: Option<&PageTags>,
            ) -> TiffResult<()> {
                write_page_as::<colortype::$colour, _, _>(encoder, [cols, rows], pixels, tags)
            }
        }
    };
}

/// Reads into the integer type of `$own`: its own values are moved, not copied.
macro_rules! integers {
    ($own:ident, $type:ty) => {
        |voxels| -> Result<Vec<$type>, Misfit> {
            #[allow(unreachable_patterns)]
            match voxels {
                Voxels::$own(v) => Ok(v),
                Voxels::U8(v) => exact_integers(&v),
                Voxels::U16(v) => exact_integers(&v),
                Voxels::U32(v) => exact_integers(&v),
                Voxels::U64(v) => exact_integers(&v),
                Voxels::I8(v) => exact_integers(&v),
                Voxels::I16(v) => exact_integers(&v),
                Voxels::I32(v) => exact_integers(&v),
                Voxels::I64(v) => exact_integers(&v),
                Voxels::F32(v) => {
                    exact_floats(v.into_iter().map(f64::from), u64::from(<$type>::MAX))
                }
                Voxels::F64(v) => exact_floats(v.into_iter(), u64::from(<$type>::MAX)),
            }
        }
    };
}

codec!(
    u8,
    U8,
    Gray8,
    "a whole number from 0 to 255",
    integers!(U8, u8)
);
codec!(
    u16,
    U16,
    Gray16,
    "a whole number from 0 to 65535",
    integers!(U16, u16)
);
codec!(
    u32,
    U32,
    Gray32,
    "a whole number from 0 to 4294967295",
    integers!(U32, u32)
);
codec!(
    f32,
    F32,
    Gray32Float,
    "a number that a 32-bit float holds",
    |voxels| match voxels {
        Voxels::F32(v) => Ok(v),
        Voxels::F64(v) => rounded_as_f32(&v),
        Voxels::U8(v) => exact_as_f32(&v),
        Voxels::U16(v) => exact_as_f32(&v),
        Voxels::U32(v) => exact_as_f32(&v),
        Voxels::U64(v) => exact_as_f32(&v),
        Voxels::I8(v) => exact_as_f32(&v),
        Voxels::I16(v) => exact_as_f32(&v),
        Voxels::I32(v) => exact_as_f32(&v),
        Voxels::I64(v) => exact_as_f32(&v),
    }
);

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
