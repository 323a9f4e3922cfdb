//! Pages that hold grey values.

use super::sample::Depth;
use crate::Error;
use crate::orientation::Orientation;
use crate::tiff_file::{Directory, JPEG, Page, SampleFormat, TiffFile};

const WHITE_IS_ZERO: u64 = 0;
const BLACK_IS_ZERO: u64 = 1;
const RGB: u64 = 2;
const PALETTE: u64 = 3;
const TRANSPARENCY_MASK: u64 = 4;

/// A page of grey values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GreyPage {
    pub page: Page,
    pub depth: Depth,
    pub white_is_zero: bool,
    /// Whether it is stored as red, green and blue, which have to be the same.
    pub is_rgb: bool,
}

/// Size and depth of a page: what all pages of a stack share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageFormat {
    pub cols: usize,
    pub rows: usize,
    pub depth: Depth,
    pub orientation: Orientation,
}

/// The photometric interpretations that hold more than one value a pixel.
fn colours_in_words(photometric: u64, samples: usize, bits: usize) -> String {
    match photometric {
        2 | 5 | 6 => format!("a colour image ({bits} bits a channel)"),
        8..=10 => format!("a colour image in L*a*b* ({bits} bits a channel)"),
        32803 | 34892 => "the raw image of a camera".to_owned(),
        other => {
            format!("an image of {samples} values a pixel (photometric interpretation {other})")
        }
    }
}

fn depth_of(bits: usize, format: SampleFormat) -> Option<Depth> {
    use SampleFormat::{Float, Signed, Unsigned};
    Some(match (format, bits) {
        (Unsigned, 1) => Depth::U1,
        (Unsigned, 2..=8) => Depth::U8,
        (Unsigned, 9..=16) => Depth::U16,
        (Unsigned, 32) => Depth::U32,
        (Unsigned, 64) => Depth::U64,
        (Signed, 8) => Depth::I8,
        (Signed, 16) => Depth::I16,
        (Signed, 32) => Depth::I32,
        (Signed, 64) => Depth::I64,
        (Float, 16) => Depth::F16,
        (Float, 32) => Depth::F32,
        (Float, 64) => Depth::F64,
        _ => return None,
    })
}

impl GreyPage {
    /// Reads the tags of a page.
    ///
    /// # Errors
    /// When the page has colours or a type that holds no grey values, or contradicts itself.
    pub(super) fn of(file: &TiffFile, directory: &Directory, number: usize) -> Result<Self, Error> {
        let page = Page::of(file, directory, number)?;
        let kind = |found: String| file.unsupported(number, found, "greyscale");
        let (bits, photometric) = (page.bits, page.photometric);
        // Grey images come as colours, too; JPEG blurs the three apart.
        let is_rgb = photometric == RGB && page.samples >= 3 && page.compression != JPEG;
        if !is_rgb
            && !matches!(
                photometric,
                WHITE_IS_ZERO | BLACK_IS_ZERO | PALETTE | TRANSPARENCY_MASK
            )
        {
            return Err(kind(colours_in_words(photometric, page.samples, bits)));
        }
        let depth = depth_of(bits, page.format).ok_or_else(|| {
            kind(match page.format {
                SampleFormat::Signed => format!("signed greyscale of {bits} bits"),
                SampleFormat::Float => format!("float greyscale of {bits} bits"),
                SampleFormat::Complex => "an image of complex numbers".to_owned(),
                SampleFormat::Unsigned => format!("greyscale of {bits} bits"),
            })
        })?;
        Ok(Self {
            depth,
            white_is_zero: photometric == WHITE_IS_ZERO,
            is_rgb,
            page,
        })
    }

    /// Values of a pixel of which one can be chosen.
    pub(super) fn channels(&self) -> usize {
        match self.is_rgb {
            true => 1,
            false => self.page.samples,
        }
    }

    /// What to say of it where its colours differ.
    pub(super) fn in_colour(&self, file: &TiffFile, number: usize) -> Error {
        let page = &self.page;
        let found = colours_in_words(page.photometric, page.samples, page.bits);
        file.unsupported(number, found, "greyscale")
    }

    pub(super) fn format(&self) -> PageFormat {
        PageFormat {
            cols: self.page.cols,
            rows: self.page.rows,
            depth: self.depth,
            orientation: self.page.orientation,
        }
    }
}
