//! What the images of sections are: mineral maps, BSE images, or neither.

use std::path::Path;

use super::walk::said;
use crate::colours::{Palette, matched};
use crate::image_file::{Grey, ImageFile, Pixels};
use crate::legend::{FOREIGN, field_of};
use crate::{MapSettings, MineralList, read_mineral_map};

/// Share of the pixels, within a proposed crop, whose colours a list has to hold to be that of the
/// map. A map lacks a few colours; a photograph hits few by chance.
const FITS_MIN: f64 = 0.5;

/// Distance in RGB within which smoothing and JPEG move most colours, and share of the pixels that
/// they move further at most.
const MOVED_MAX: f32 = 60.0;
const FAR_MAX: f64 = 0.1;

/// Share of the pixels of a BSE image that coloured annotations may take.
const ANNOTATION_MAX: f64 = 0.1;

/// So many colours make this share of the pixels of a drawn map; photographs have thousands.
const FLAT_COLOURS: usize = 40;
const FLAT_SHARE_MIN: f64 = 0.9;

/// Pixels that are looked at to tell a drawn map from a photograph.
const FLAT_SAMPLE: usize = 1 << 20;

/// An image, as far as it says what it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Look {
    /// As in a project file.
    pub path: String,
    /// Columns and rows.
    pub size_px: [usize; 2],
    pub is_colour: bool,
    pub lossy: bool,
    /// For each mineral list the share of pixels whose colours it holds; 0 where it is not that of
    /// the image.
    pub fits: Vec<f64>,
    /// Colours near to those of a list, as smoothing and compression leave them.
    pub near: bool,
    /// Few colours, as a map has them.
    pub flat: bool,
    /// The images of the frames, where it is a mosaic: then `path` names them all.
    pub frames: Vec<String>,
}

impl Look {
    /// Whether some list is that of the image.
    pub(super) fn is_map(&self) -> bool {
        self.fits.iter().any(|fit| *fit > 0.0)
    }
}

/// Looks at an image; in words why it cannot be read.
pub(super) fn look(
    root: &Path,
    path: &str,
    lists: &[Option<&MineralList>],
) -> Result<Look, String> {
    let file = root.join(path);
    let image = ImageFile::read(&file, None).map_err(|e| said(root, &e))?;
    let mut look = Look {
        path: path.to_owned(),
        size_px: [image.cols, image.rows],
        is_colour: false,
        lossy: image.lossy,
        fits: vec![0.0; lists.len()],
        near: false,
        flat: false,
        frames: Vec::new(),
    };
    match &image.pixels {
        Pixels::Colour(rgba) if rgba.iter().any(|&[r, g, b, _]| r != g || g != b) => {
            look.flat = is_flat(rgba);
            for (fit, list) in look.fits.iter_mut().zip(lists) {
                let Some(list) = list else { continue };
                *fit = share_in(list, rgba, &image);
                if *fit == 0.0 && is_near(list, rgba, image.cols) {
                    look.near = true;
                    *fit = if image.lossy { FITS_MIN } else { 0.0 };
                }
            }
            look.is_colour = look.is_map() || look.near || !is_mostly_grey(rgba);
        }
        pixels => {
            // Class numbers have to be few; grey values of a BSE image hardly are those of a list.
            for (fit, list) in look.fits.iter_mut().zip(lists) {
                let Some(list) = list else { continue };
                let read = read_mineral_map(&file, list, &MapSettings::default());
                let few = read.is_err() && are_row_numbers(pixels, list);
                *fit = if read.is_ok() || few { 1.0 } else { 0.0 };
            }
        }
    }
    Ok(look)
}

fn share_in(list: &MineralList, rgba: &[[u8; 4]], image: &ImageFile) -> f64 {
    let Ok(palette) = Palette::new(&list.minerals, &[]) else {
        return 0.0;
    };
    let labels = matched(rgba, image.cols, &palette, None).labels();
    let field = match image.lossy {
        true => None,
        false => field_of(&labels, image.cols, image.rows),
    };
    let inside = match field {
        Some(field) => field.of(&labels, image.cols),
        None => labels,
    };
    let share = inside.iter().filter(|label| **label != FOREIGN).count() as f64
        / inside.len().max(1) as f64;
    if share >= FITS_MIN { share } else { 0.0 }
}

/// Whether nearly all colours are those of a list, moved by smoothing or compression.
fn is_near(list: &MineralList, rgba: &[[u8; 4]], cols: usize) -> bool {
    let Ok(palette) = Palette::new(&list.minerals, &[]) else {
        return false;
    };
    let near = matched(rgba, cols, &palette, Some(MOVED_MAX));
    let far: u64 = near.unknown.iter().map(|u| u.pixels).sum();
    far as f64 <= FAR_MAX * rgba.len() as f64
}

/// Whether grey values are numbers of rows, several of them, counted from 0 or 1.
fn are_row_numbers(pixels: &Pixels, list: &MineralList) -> bool {
    let Pixels::Grey { values, .. } = pixels else {
        return false;
    };
    let rows = list.minerals.len() as f64;
    match values {
        Grey::U8(v) => few_whole_numbers(v.iter().map(|v| f64::from(*v)), rows),
        Grey::U16(v) => few_whole_numbers(v.iter().map(|v| f64::from(*v)), rows),
        Grey::Real(v) => few_whole_numbers(v.iter().copied(), rows),
    }
}

/// Whether all values are whole numbers up to `highest`, and more than the two of a mask.
fn few_whole_numbers(mut values: impl Iterator<Item = f64>, highest: f64) -> bool {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    let whole = values.all(|v| {
        (low, high) = (low.min(v), high.max(v));
        v.fract() == 0.0 && (0.0..=highest).contains(&v)
    });
    whole && high - low >= 2.0
}

/// Whether colours are few enough to be annotations in a BSE image.
fn is_mostly_grey(rgba: &[[u8; 4]]) -> bool {
    let coloured = rgba.iter().filter(|p| p[0] != p[1] || p[1] != p[2]);
    coloured.count() as f64 <= ANNOTATION_MAX * rgba.len() as f64
}

fn is_flat(rgba: &[[u8; 4]]) -> bool {
    let step = rgba.len().div_ceil(FLAT_SAMPLE).max(1);
    let mut colours: Vec<u32> = rgba
        .iter()
        .step_by(step)
        .map(|&[r, g, b, _]| u32::from_be_bytes([0, r, g, b]))
        .collect();
    colours.sort_unstable();
    let mut counts: Vec<usize> = colours.chunk_by(|a, b| a == b).map(<[u32]>::len).collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let most: usize = counts.iter().take(FLAT_COLOURS).sum();
    counts.len() > 1 && most as f64 >= FLAT_SHARE_MIN * colours.len() as f64
}
