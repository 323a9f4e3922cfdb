//! One image of a section, of whatever kind a program exports; its first bytes tell the kind.

mod grey_planes;
mod raster_formats;
mod sixteen_bits;
mod tiff;

use std::io::{Read, Seek};
use std::path::Path;

pub(crate) use raster_formats::{PngHeader, bmp_size, png_header};

use crate::file_kind::FileKind;
use crate::orientation::Orientation;
use crate::regular_file::open_regular_file;
use crate::{Crop, Error};

/// Largest image that is read: as colours it takes 2 GB.
pub(crate) const PIXELS_MAX: u64 = 500_000_000;

/// The setting of a map that says which page of a TIFF is its mineral map.
const PAGE_OF_MAP: &str = "page";

/// A kind of image that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImageKind {
    Png,
    Tiff,
    Bmp,
    Gif,
    WebP,
    Jpeg,
}

impl ImageKind {
    fn of(kind: FileKind) -> Option<Self> {
        Some(match kind {
            FileKind::Png => Self::Png,
            FileKind::Tiff => Self::Tiff,
            FileKind::Bmp => Self::Bmp,
            FileKind::Gif => Self::Gif,
            FileKind::WebP => Self::WebP,
            FileKind::Jpeg => Self::Jpeg,
            _ => return None,
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Tiff => "TIFF",
            Self::Bmp => "BMP",
            Self::Gif => "GIF",
            Self::WebP => "WebP",
            Self::Jpeg => "JPEG",
        }
    }
}

/// Grey values as they are stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Grey {
    U8(Vec<u8>),
    U16(Vec<u16>),
    /// Signed values, floats, and integers of 32 or 64 bits.
    Real(Vec<f64>),
}

/// The pixels of an image.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Pixels {
    Grey {
        /// As stored; where `white_is_zero`, 0 is shown as white.
        values: Grey,
        white_is_zero: bool,
        /// The value that is shown as white, where the depth tells it.
        white: Option<f64>,
        /// Where the image has no value.
        transparent: Option<Vec<bool>>,
    },
    /// Red, green, blue and alpha; the colours are not multiplied by alpha.
    Colour(Vec<[u8; 4]>),
}

/// Takes pixels out of their places into others, of whatever they are.
trait Rearrangement {
    fn of<T: Copy>(&self, pixels: Vec<T>) -> Vec<T>;
}

/// Turns an image of `stored` columns and rows upright.
struct Upright {
    orientation: Orientation,
    stored: [usize; 2],
}

impl Rearrangement for Upright {
    fn of<T: Copy>(&self, pixels: Vec<T>) -> Vec<T> {
        self.orientation.upright(pixels, self.stored)
    }
}

/// Keeps a part of an image of so many columns.
struct Part {
    crop: Crop,
    cols: usize,
}

impl Rearrangement for Part {
    fn of<T: Copy>(&self, pixels: Vec<T>) -> Vec<T> {
        self.crop.of(&pixels, self.cols)
    }
}

impl Pixels {
    fn rearranged(self, how: &impl Rearrangement) -> Self {
        match self {
            Self::Colour(rgba) => Self::Colour(how.of(rgba)),
            Self::Grey {
                values,
                white_is_zero,
                white,
                transparent,
            } => Self::Grey {
                values: match values {
                    Grey::U8(v) => Grey::U8(how.of(v)),
                    Grey::U16(v) => Grey::U16(how.of(v)),
                    Grey::Real(v) => Grey::Real(how.of(v)),
                },
                white_is_zero,
                white,
                transparent: transparent.map(|t| how.of(t)),
            },
        }
    }
}

/// An image of a section.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImageFile {
    pub cols: usize,
    pub rows: usize,
    pub pixels: Pixels,
    /// How it lies in the file; here it is upright.
    pub orientation: Orientation,
    pub kind: ImageKind,
    /// Whether it was compressed with loss, so that its colours are not exact.
    pub lossy: bool,
    /// Whether transparency belongs to a colour (of a palette, or a colour key), not to pixels.
    pub colour_key: bool,
    /// What the user should know about how it was read.
    pub notes: Vec<String>,
}

/// What is wrong with an image, without its path.
pub(crate) struct Problem(pub String);

impl Problem {
    pub(crate) fn of(self, path: &Path) -> Error {
        Error::Image {
            path: path.to_owned(),
            problem: self.0,
        }
    }
}

fn check_size(path: &Path, cols: usize, rows: usize) -> Result<(), Error> {
    let pixels = cols as u64 * rows as u64;
    if (1..=PIXELS_MAX).contains(&pixels) {
        return Ok(());
    }
    if pixels == 0 {
        return Err(Error::Image {
            path: path.to_owned(),
            problem: format!(
                "{cols} x {rows} pixels, expected at least one: it is damaged or empty; export it \
                 again"
            ),
        });
    }
    Err(Error::Image {
        path: path.to_owned(),
        problem: format!(
            "{cols} x {rows} pixels; images of up to {} million pixels are read. Cut it into \
             several maps, or export it with larger pixels and without smoothing",
            PIXELS_MAX / 1_000_000
        ),
    })
}

impl ImageFile {
    /// Reads a PNG, TIFF, BMP, GIF, WebP or JPEG image, whatever its ending; `page`, counted from
    /// 1, is the page of a TIFF, by default the largest.
    ///
    /// # Errors
    /// [`Error::Read`], [`Error::NotAFile`], [`Error::Image`].
    pub(crate) fn read(path: &Path, page: Option<usize>) -> Result<Self, Error> {
        Self::read_page(path, page, PAGE_OF_MAP)
    }

    /// [`Self::read`]; `key` is the setting of a map that says which page.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    pub(crate) fn read_page(path: &Path, page: Option<usize>, key: &str) -> Result<Self, Error> {
        let mut file = open_regular_file(path)?;
        let mut head = Vec::new();
        Read::by_ref(&mut file)
            .take(4096)
            .read_to_end(&mut head)
            .map_err(Error::read(path))?;
        file.rewind().map_err(Error::read(path))?;
        let found = FileKind::of_bytes(&head);
        let kind = ImageKind::of(found).ok_or_else(|| Error::Image {
            path: path.to_owned(),
            problem: format!(
                "{found}, expected an image (PNG, TIFF, BMP, GIF, WebP or JPEG); export the image \
                 as PNG or TIFF, or correct the path"
            ),
        })?;
        match kind {
            ImageKind::Tiff => tiff::read(path, page, key),
            _ if page.is_some_and(|page| page != 1) => Err(Error::Image {
                path: path.to_owned(),
                problem: format!(
                    "`{key}` is set, and a {} image has one page; take the setting away",
                    kind.name()
                ),
            }),
            _ => raster_formats::read(path, file, kind, &head),
        }
    }

    /// The image as it was stored, turned upright.
    fn upright(self) -> Self {
        let orientation = self.orientation;
        if orientation.is_upright() {
            return self;
        }
        let stored = [self.cols, self.rows];
        let pixels = self.pixels.rearranged(&Upright {
            orientation,
            stored,
        });
        let mut notes = self.notes;
        notes.push(format!(
            "by its tag `Orientation` it is stored {}; it was turned upright",
            orientation.in_words()
        ));
        let [cols, rows] = orientation.size(stored);
        Self {
            cols,
            rows,
            pixels,
            notes,
            ..self
        }
    }

    /// What it is, for what is said of compression with loss.
    pub(crate) fn kind_in_words(&self) -> String {
        match self.kind {
            ImageKind::Tiff if self.lossy => "JPEG inside a TIFF".to_owned(),
            kind => format!("{} image", kind.name()),
        }
    }

    /// How to export it without loss: in other words where it has the right kind and the wrong
    /// compression.
    pub(crate) fn lossless_way(&self, kinds: &str) -> String {
        match self.kind {
            ImageKind::Tiff => "without JPEG compression (none, LZW or Deflate)".to_owned(),
            _ => format!("as {kinds}"),
        }
    }

    /// The part that a setting keeps; `key` is the name of the setting.
    ///
    /// # Errors
    /// [`Error::Image`] when the crop does not lie in the image.
    pub(crate) fn cropped(self, crop: Option<Crop>, path: &Path, key: &str) -> Result<Self, Error> {
        let Some(crop) = crop else {
            return Ok(self);
        };
        let cols = self.cols;
        crop.check(path, key, cols, self.rows)?;
        let pixels = self.pixels.rearranged(&Part { crop, cols });
        Ok(Self {
            cols: crop.width,
            rows: crop.height,
            pixels,
            ..self
        })
    }
}
