use std::path::Path;

use corelith_core::{Raster, UNMEASURED};

use super::areas::area_colours;
use super::greys::{grey_of_colours, greys};
use super::legends::refuse_legend;
use super::numbers::{Numbers, known_numbers};
use super::unknown::{ColourMap, unknown_colours};
use crate::colours::{Palette, RGB_DISTANCE_MAX, matched};
use crate::crop::Crop;
use crate::image_file::{ImageFile, Pixels};
use crate::legend::{field_beside_swatches, field_of};
use crate::{Error, MineralList};

/// How a mineral map is to be read; by default as it is.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct MapSettings {
    /// The part of the image that is the map, without legend, scale bar and data bar.
    pub crop_px: Option<Crop>,
    /// Largest distance in RGB (0 to 441) at which a pixel takes a mineral of another colour;
    /// without it every colour has to be in the list.
    pub colour_tolerance: Option<f64>,
    /// Colours besides those of the list that stand for pixels that were not measured.
    pub unmeasured_rgb: Vec<[u8; 3]>,
    /// What the grey values of a class-number map mean.
    pub numbers: Option<Numbers>,
    /// Page of a TIFF, counted from 1; by default the largest.
    pub page: Option<usize>,
}

/// A mineral map as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct MineralMap {
    /// Row of the mineral list at every pixel, or [`UNMEASURED`].
    pub classes: Raster<u8>,
    /// Where the colour was not that of the class, and the class was found within the colour
    /// tolerance; `None` when every colour was exact.
    pub moved: Option<Raster<bool>>,
    /// Columns and rows of the image before it was cropped.
    pub image_size: [usize; 2],
    /// What the user should know of how it was read.
    pub notes: Vec<String>,
}

impl MineralMap {
    /// Pixels whose class was found within the colour tolerance.
    pub fn moved_pixels(&self) -> usize {
        let moved = |mask: &Raster<bool>| mask.data().iter().filter(|m| **m).count();
        self.moved.as_ref().map_or(0, moved)
    }

    /// Pixels that were not measured.
    pub fn unmeasured_pixels(&self) -> usize {
        let classes = self.classes.data();
        classes.iter().filter(|c| **c == UNMEASURED).count()
    }
}

/// Reads a mineral map: PNG, TIFF, BMP, GIF, WebP or JPEG, found by content, each colour a mineral;
/// or a greyscale image whose values are class numbers.
///
/// Transparent pixels and pixels of classes that the list marks to be ignored are [`UNMEASURED`].
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`], [`Error::Image`], and [`Error::UnknownColour`] for a
/// colour that is not in the mineral list, with the settings that would read the map.
pub fn read_mineral_map(
    path: &Path,
    list: &MineralList,
    settings: &MapSettings,
) -> Result<MineralMap, Error> {
    let map = read_map_frame(path, list, settings)?;
    noted(map, list, path)
}

/// [`read_mineral_map`], but that nothing need have been measured: a frame of a mosaic may be
/// empty.
pub(crate) fn read_map_frame(
    path: &Path,
    list: &MineralList,
    settings: &MapSettings,
) -> Result<MineralMap, Error> {
    read_as(path, list, settings, false)
}

/// [`read_mineral_map`] of a map whose colours are not all in the list: each pixel takes the nearest
/// one, whatever it is. Good enough to find what belongs to the map.
pub(crate) fn read_map_roughly(
    path: &Path,
    list: &MineralList,
    settings: &MapSettings,
) -> Result<MineralMap, Error> {
    let settings = MapSettings {
        colour_tolerance: Some(RGB_DISTANCE_MAX),
        ..settings.clone()
    };
    let map = read_as(path, list, &settings, true)?;
    noted(map, list, path)
}

/// `any_colour` lets the tolerance move whole areas.
fn read_as(
    path: &Path,
    list: &MineralList,
    settings: &MapSettings,
    any_colour: bool,
) -> Result<MineralMap, Error> {
    let image = ImageFile::read(path, settings.page)?;
    let image_size = [image.cols, image.rows];
    let image = image.cropped(settings.crop_px, path, "crop_px")?;
    let mut notes = image.notes.clone();
    if image.lossy {
        notes.push(format!(
            "a {}, whose compression changes colours; export the map as PNG",
            image.kind_in_words()
        ));
    }
    let palette = Palette::new(&list.minerals, &settings.unmeasured_rgb)
        .map_err(|problem| problem.of(path))?;
    let found = match &image.pixels {
        Pixels::Colour(rgba) => match grey_of_colours(rgba) {
            Some(grey) if settings.numbers.is_some() || !all_known(rgba, image.cols, &palette) => {
                let image = ImageFile {
                    pixels: grey,
                    ..image.clone()
                };
                greys(&image, list, &palette, settings, path, &mut notes)?
            }
            None if settings.numbers.is_some() => {
                return Err(Error::Image {
                    path: path.to_owned(),
                    problem:
                        "a colour image, and `numbers` is set, which is for grey values; take \
                              the setting away to read the colours"
                            .to_owned(),
                });
            }
            _ => {
                let how = ColoursRead {
                    settings,
                    any_colour,
                };
                colours(rgba, &image, &palette, &how, path, &mut notes)?
            }
        },
        Pixels::Grey { .. } => greys(&image, list, &palette, settings, path, &mut notes)?,
    };
    let raster = |classes| {
        Raster::new(classes, image.rows, image.cols).map_err(|reason| Error::Shape {
            path: path.to_owned(),
            reason,
        })
    };
    Ok(MineralMap {
        classes: raster(found.classes)?,
        moved: (!found.moved.is_empty())
            .then(|| Raster::new(found.moved, image.rows, image.cols))
            .transpose()
            .map_err(|reason| Error::Shape {
                path: path.to_owned(),
                reason,
            })?,
        image_size,
        notes,
    })
}

/// The part of a map image without legend, scale bar and data bar along its sides: where pixels of
/// colours that are not in the list are dense, or nothing but squares of a legend stand. `None` when
/// there is no such strip, and for greyscale whose numbers the list does not explain.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`], [`Error::Image`].
pub fn proposed_map_crop(path: &Path, list: &MineralList) -> Result<Option<Crop>, Error> {
    let image = ImageFile::read(path, None)?;
    let palette = Palette::new(&list.minerals, &[]).map_err(|problem| problem.of(path))?;
    Ok(match &image.pixels {
        Pixels::Colour(rgba) => {
            let labels = matched(rgba, image.cols, &palette, None).labels();
            field_of(&labels, image.cols, image.rows)
                .or_else(|| field_beside_swatches(&labels, image.cols, image.rows))
        }
        Pixels::Grey { values, .. } => {
            let labels = known_numbers(values, list, None);
            labels.and_then(|labels| {
                field_of(&labels, image.cols, image.rows)
                    .or_else(|| field_beside_swatches(&labels, image.cols, image.rows))
            })
        }
    })
}

/// The labels of all pixels, and where their colour was not exact.
pub(super) struct Found {
    pub classes: Vec<u8>,
    pub moved: Vec<bool>,
}

/// How colours are read.
struct ColoursRead<'a> {
    settings: &'a MapSettings,
    any_colour: bool,
}

fn colours(
    rgba: &[[u8; 4]],
    image: &ImageFile,
    palette: &Palette,
    how: &ColoursRead<'_>,
    path: &Path,
    notes: &mut Vec<String>,
) -> Result<Found, Error> {
    let settings = how.settings;
    // A program that leaves the alpha channel empty means no transparency.
    let emptied: Option<Vec<[u8; 4]>> = rgba.iter().all(|p| p[3] == 0).then(|| {
        notes.push("every pixel is transparent: transparency is left aside".to_owned());
        rgba.iter().map(|&[r, g, b, _]| [r, g, b, 255]).collect()
    });
    let keyed = match image.colour_key {
        true => without_colour_key(rgba, palette, notes),
        false => None,
    };
    let rgba = keyed.as_deref().or(emptied.as_deref()).unwrap_or(rgba);
    let tolerance = settings.colour_tolerance.map(|t| t as f32);
    let found = matched(rgba, image.cols, palette, tolerance);
    let areas = match how.any_colour || found.unknown.is_empty() && found.moved.is_empty() {
        true => Vec::new(),
        false => area_colours(rgba, image.cols, palette, image.lossy),
    };
    if !(found.unknown.is_empty() && areas.is_empty()) {
        let map = ColourMap {
            rgba,
            image,
            palette,
            settings,
            path,
        };
        return Err(unknown_colours(&map, &found, &areas));
    }
    if settings.crop_px.is_none() && !image.lossy {
        refuse_legend(&found, [image.cols, image.rows], path)?;
    }
    let label = |i: usize| {
        found
            .entry(i)
            .map_or(UNMEASURED, |entry| palette.label(entry))
    };
    Ok(Found {
        classes: (0..rgba.len()).map(label).collect(),
        moved: found.moved,
    })
}

fn all_known(rgba: &[[u8; 4]], cols: usize, palette: &Palette) -> bool {
    matched(rgba, cols, palette, None).unknown.is_empty()
}

/// In a palette a colour is transparent as a whole. A mineral that is stays a mineral: pixels that
/// were not measured have a colour of their own there.
fn without_colour_key(
    rgba: &[[u8; 4]],
    palette: &Palette,
    notes: &mut Vec<String>,
) -> Option<Vec<[u8; 4]>> {
    let &[r, g, b, _] = rgba.iter().find(|p| p[3] == 0)?;
    let (class, name) = palette.mineral_of([r, g, b])?;
    let is_keyed = |p: &[u8; 4]| p[3] == 0 && p[..3] == [r, g, b];
    if palette.is_background(class) || rgba.iter().any(|p| p[3] == 0 && !is_keyed(p)) {
        return None;
    }
    notes.push(format!(
        "the colour of `{name}` is marked as transparent in the palette of the image: its pixels \
         count as `{name}`, not as unmeasured"
    ));
    Some(rgba.iter().map(|&[r, g, b, _]| [r, g, b, 255]).collect())
}

/// The map with what is to be said of its pixels.
///
/// # Errors
/// [`Error::Image`] when nothing was measured.
pub(crate) fn noted(
    mut map: MineralMap,
    list: &MineralList,
    path: &Path,
) -> Result<MineralMap, Error> {
    let pixels = map.classes.len();
    let share = |n: usize| format!("{n} pixels ({:.2} %)", 100.0 * n as f64 / pixels as f64);
    let (moved, unmeasured) = (map.moved_pixels(), map.unmeasured_pixels());
    if moved > 0 {
        map.notes.push(format!(
            "{} had a colour that is not in the mineral list and took the mineral of the nearest \
             one within the colour tolerance",
            share(moved)
        ));
    }
    if unmeasured == pixels {
        let ignored: Vec<&str> = list
            .minerals
            .ignored()
            .iter()
            .map(|c| list.minerals.name(*c))
            .collect();
        return Err(Error::Image {
            path: path.to_owned(),
            problem: format!(
                "no pixel was measured: all are transparent or of a class that counts as \
                 unmeasured ({}); is it the right file?",
                ignored.join(", ")
            ),
        });
    }
    let first = map.classes.data().iter().find(|c| **c != UNMEASURED);
    if let Some(first) = first
        && map
            .classes
            .data()
            .iter()
            .all(|c| c == first || *c == UNMEASURED)
    {
        map.notes.push(format!(
            "every measured pixel is `{}`",
            list.minerals.name(*first)
        ));
    }
    if unmeasured > 0 {
        map.notes.push(format!(
            "{} were not measured: transparent, or of a class that counts as unmeasured",
            share(unmeasured)
        ));
    }
    Ok(map)
}
