//! BSE images: the grey values of the section, on the pixels of its mineral map.

mod data_bar;
mod densities;
mod fit;
mod frames;
mod grey;
mod invalid;
mod inverted;
mod turned;

use std::path::Path;

use corelith_core::Raster;

use crate::image_file::{ImageFile, Problem};
use crate::{Crop, Error, MineralMap};
use data_bar::data_bar_rows;
pub use densities::bse_contradicts_densities;
use fit::{Fit, best_shift, explained, explained_at, fitted};
pub(crate) use frames::{FrameBse, read_frames};
pub(crate) use inverted::{invert, resin_is_bright};
use turned::better_turned;

/// How a BSE image is to be read; by default as it is.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct BseSettings {
    /// The part of the image that shows the field, without data bar.
    pub crop_px: Option<Crop>,
    /// Crop of the mineral map. A BSE image of the size of the uncropped map is cropped alike when
    /// it has no crop of its own.
    pub map_crop_px: Option<Crop>,
    /// Column and row of the BSE image (after its crop) under the first pixel of the map; pixels
    /// have the same size in both.
    pub offset_px: Option<[i64; 2]>,
    /// Page of a TIFF, counted from 1; by default the largest.
    pub page: Option<usize>,
    /// Whether it is stored with the brightest grey as the lowest value.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub inverted: bool,
}

/// A BSE image on the pixels of its mineral map.
#[derive(Debug, Clone, PartialEq)]
pub struct Bse {
    /// Grey values, brighter is larger; NaN where there is none.
    pub grey: Raster<f32>,
    /// What the user should know of how it was read.
    pub notes: Vec<String>,
}

/// Where minerals explain less of the variance of grey values, these are hardly theirs.
const FOLLOWS_MIN: f64 = 0.05;

/// Grey values with their columns.
struct GreyImage {
    values: Vec<f32>,
    cols: usize,
}

impl GreyImage {
    fn rows(&self) -> usize {
        self.values.len() / self.cols
    }
}

/// Reads the BSE image of a mineral map: greyscale of any depth in PNG, TIFF, BMP, GIF, WebP or
/// JPEG. `map_path` is the file of the map, for messages.
///
/// An image of another size is brought onto the pixels of the map when the grey values say clearly
/// where: a finer or coarser image, or one with a border or data bar. Pixels without a value (NaN,
/// transparent, coloured annotations, bars and constant areas across several minerals) become NaN.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`], [`Error::Image`] for a colour image or one without
/// content, [`Error::ImageSize`] when its size is not that of the map and it is not clear where the
/// map lies in it.
pub fn read_bse(
    path: &Path,
    map_path: &Path,
    map: &MineralMap,
    settings: &BseSettings,
) -> Result<Bse, Error> {
    read_bse_at_scale(path, map_path, map, settings).map(|(bse, _)| bse)
}

/// [`read_bse`], and how many pixels of the image, along each side, a pixel of the map is.
pub(crate) fn read_bse_at_scale(
    path: &Path,
    map_path: &Path,
    map: &MineralMap,
    settings: &BseSettings,
) -> Result<(Bse, f64), Error> {
    let mut notes = Vec::new();
    let (image, was_cropped) = grey_image(path, map, settings, &mut notes)?;
    let (mut grey, scale) = on_the_map(&image, path, map_path, map, settings, &mut notes)?;
    invalid::leave_out(&mut grey, &map.classes, was_cropped, &mut notes);
    let finite = || grey.data().iter().filter(|v| v.is_finite());
    let (low, high) = finite().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| {
        (low.min(*v), high.max(*v))
    });
    if low >= high {
        return Err(Error::Image {
            path: path.to_owned(),
            problem:
                "the BSE image has one grey value only, or none, over the whole map; export it \
                      again, or take `bse` out of the project file"
                    .to_owned(),
        });
    }
    let missing = grey.len() - finite().count();
    if missing > 0 {
        notes.push(format!(
            "{missing} pixels ({:.2} %) of the map have no BSE value",
            100.0 * missing as f64 / grey.len() as f64
        ));
    }
    if settings.inverted {
        invert(&mut grey);
    }
    Ok((Bse { grey, notes }, scale))
}

/// The grey values of a file, cropped, and whether they were.
fn grey_image(
    path: &Path,
    map: &MineralMap,
    settings: &BseSettings,
    notes: &mut Vec<String>,
) -> Result<(GreyImage, bool), Error> {
    let image = ImageFile::read_page(path, settings.page, "bse_page")?;
    let same_image = settings.crop_px.is_none() && [image.cols, image.rows] == map.image_size;
    let crop = settings
        .crop_px
        .or(settings.map_crop_px.filter(|_| same_image));
    let image = image.cropped(crop, path, "bse_crop_px")?;
    notes.extend(image.notes.clone());
    if settings.crop_px.is_none() && crop.is_some() {
        notes.push("cropped as the mineral map, whose uncropped size it has".to_owned());
    }
    if image.lossy {
        notes.push(format!(
            "a {}, whose compression blurs grey values; export it {}",
            image.kind_in_words(),
            image.lossless_way("TIFF or PNG")
        ));
    }
    let values = grey::values(&image, notes).map_err(|problem| problem.of(path))?;
    let image = GreyImage {
        values,
        cols: image.cols,
    };
    Ok((image, crop.is_some()))
}

/// Share of the variance of grey values that the minerals of the map explain, from 0 to 1.
pub(crate) fn explained_by_map(grey: &Raster<f32>, classes: &Raster<u8>) -> f64 {
    explained_at(classes, |col, row| grey.at(col, row))
}

/// The grey values of an image, brighter is larger, NaN where it has none; in words why it has none.
pub(crate) fn grey_values(image: &ImageFile, notes: &mut Vec<String>) -> Result<Vec<f32>, Problem> {
    grey::values(image, notes)
}

/// The part of a BSE image above a data bar, `None` when it has none.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`], [`Error::Image`].
pub fn proposed_bse_crop(path: &Path) -> Result<Option<Crop>, Error> {
    let image = ImageFile::read(path, None)?;
    let (cols, rows) = (image.cols, image.rows);
    let grey = grey::values(&image, &mut Vec::new()).map_err(|problem| problem.of(path))?;
    Ok(data_bar_rows(&grey, cols).map(|bar| Crop::whole(cols, rows - bar)))
}

/// Holds an image of the size of the map against its minerals.
///
/// # Errors
/// [`Error::Image`] when it is mirrored or turned.
fn lies_alike(
    image: &GreyImage,
    path: &Path,
    map_path: &Path,
    classes: &Raster<u8>,
    notes: &mut Vec<String>,
) -> Result<(), Error> {
    let now = explained(image, classes, &Fit::shifted(0, 0));
    let (left, top, better) = best_shift(image, classes);
    // Where a shift alone serves as well, nothing is turned.
    if let Some((how, turned)) = better_turned(image, classes, better.max(now)) {
        return Err(Error::Image {
            path: path.to_owned(),
            problem: format!(
                "it lies otherwise than the mineral map {}: the minerals explain {:.0} % of the \
                 variance of its grey values as it is, and {:.0} % when it is {how}; turn one of \
                 both in an image program so that they lie alike, or export them again",
                map_path.display(),
                100.0 * now,
                100.0 * turned
            ),
        });
    }
    if better > now + 0.05 {
        notes.push(format!(
            "the grey values follow the minerals better when the image is shifted: the minerals \
             explain {:.0} % of their variance now and {:.0} % with `bse_offset_px = [{left}, \
             {top}]`",
            100.0 * now,
            100.0 * better
        ));
    } else if now < FOLLOWS_MIN {
        notes.push(format!(
            "the minerals of the map explain only {:.0} % of the variance of the grey values; is \
             it the BSE image of this map?",
            100.0 * now
        ));
    }
    Ok(())
}

fn on_the_map(
    image: &GreyImage,
    path: &Path,
    map_path: &Path,
    map: &MineralMap,
    settings: &BseSettings,
    notes: &mut Vec<String>,
) -> Result<(Raster<f32>, f64), Error> {
    let classes = &map.classes;
    let size = [classes.cols(), classes.rows()];
    let found = [image.cols, image.rows()];
    let refused = |best: String| Error::ImageSize {
        path: path.to_owned(),
        map: map_path.to_owned(),
        expected: size,
        found,
        best,
    };
    if let Some([left, top]) = settings.offset_px {
        let fit = Fit::shifted(left, top);
        let grey = fit.resampled(image, size);
        if grey.data().iter().all(|v| v.is_nan()) {
            return Err(refused(format!(
                "with `bse_offset_px = [{left}, {top}]` no pixel of the map lies in it; correct the \
                 offset"
            )));
        }
        return Ok((grey, fit.scale));
    }
    if found == size {
        lies_alike(image, path, map_path, classes, notes)?;
        let fit = Fit::shifted(0, 0);
        return Ok((fit.resampled(image, size), fit.scale));
    }
    let fit = fitted(image, classes).map_err(refused)?;
    notes.push(format!(
        "the BSE image has {} x {} pixels, the map {} x {}: a map pixel takes the mean of {:.4} x \
         {:.4} BSE pixels, from column {:.1} and row {:.1} on; the minerals explain {:.0} % of the \
         variance of the grey values there",
        found[0],
        found[1],
        size[0],
        size[1],
        fit.scale,
        fit.scale,
        fit.left,
        fit.top,
        100.0 * explained(image, classes, &fit)
    ));
    Ok((fit.resampled(image, size), fit.scale))
}

#[cfg(test)]
mod tests;
