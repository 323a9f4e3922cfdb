//! The mineral maps with their BSE images, settings and pixel sizes.

use std::path::Path;

use corelith_core::Progress;
use serde::Serialize;

use super::doubles::leave_out_doubles;
use super::images::Look;
use super::section_key::section_key;
use super::several_files::{by_frames, square_pixel, stitched};
use super::size::{StatedSize, StatedSizes};
use super::walk::said;
use crate::bse::explained_by_map;
use crate::mineral_map::read_map_roughly;
use crate::several_images::image_files;
use crate::{
    Bse, BseSettings, Crop, Error, MapSettings, MineralList, MineralMap, proposed_bse_crop,
    proposed_map_crop, read_bse, read_mineral_map,
};

/// Share of the variance of grey values that the minerals of a map explain in its BSE image, where
/// nothing but the pixels says that it is the one, and how far the next best has to be below.
const EXPLAINED_MIN: f64 = 0.3;
const NEXT_BEST_MAX: f64 = 0.5;

/// A mineral map.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoundMap {
    /// As in a project file.
    pub mineral_map: String,
    /// Frames of which it is put together; 0 for one image.
    pub frames: usize,
    /// The elements whose images are there in place of a map, as rules may write them.
    pub elements: Vec<String>,
    /// Columns and rows of the image.
    pub size_px: [usize; 2],
    /// The part that is the map, proposed where strips beside it hold other colours.
    pub crop_px: Option<Crop>,
    /// The tolerance that would read it, where its colours are not exact.
    pub colour_tolerance: Option<f32>,
    /// Its BSE image.
    pub bse: Option<FoundBse>,
    /// Images that may be its BSE image, where it is not clear which is.
    pub bse_candidates: Vec<String>,
    /// The pixel sizes that the map and its BSE image state.
    pub pixel_size: StatedSizes,
    /// Why it cannot be read as it is.
    pub problem: Option<String>,
    /// What the user should know of how it was read.
    pub notes: Vec<String>,
}

/// The BSE image of a map.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoundBse {
    /// As in a project file.
    pub path: String,
    /// Columns and rows, of the part above a data bar where there is one.
    pub size_px: [usize; 2],
    /// The part above a data bar.
    pub crop_px: Option<Crop>,
    /// Share of the variance of its grey values that the minerals of the map explain.
    pub explained: f64,
    /// What says that it belongs to the map, in words.
    pub found_by: String,
    /// What the user should know of how it was read.
    pub notes: Vec<String>,
}

/// Reads the maps among the images by the list that was taken, and finds what belongs to each.
/// `list` is `None` where there is none: then nothing but paths and sizes is found.
pub(super) fn maps(
    root: &Path,
    looks: &[Look],
    greys: &[Look],
    list: Option<&MineralList>,
    notes: &mut Vec<String>,
    progress: &dyn Progress,
) -> Result<Vec<FoundMap>, Error> {
    let mut found = Vec::new();
    let mut read: Vec<Option<MineralMap>> = Vec::new();
    for look in looks {
        progress.check()?;
        let (map, classes) = map_of(root, look, list);
        found.push(map);
        read.push(classes);
    }
    leave_out_doubles(root, &mut found, &mut read, notes);
    by_frames(root, &mut found, greys, list);
    let single: Vec<Look> = greys
        .iter()
        .filter(|g| g.frames.is_empty())
        .cloned()
        .collect();
    let greys = &single[..];
    by_name(root, &mut found, &read, greys);
    by_content(root, &mut found, &read, greys, progress)?;
    for (map, classes) in found.iter_mut().zip(&read) {
        map.pixel_size = pixel_size(root, map, classes.as_ref());
    }
    Ok(found)
}

impl FoundMap {
    pub(super) fn at(path: &str) -> Self {
        Self {
            mineral_map: path.to_owned(),
            frames: 0,
            elements: Vec::new(),
            size_px: [0; 2],
            crop_px: None,
            colour_tolerance: None,
            bse: None,
            bse_candidates: Vec::new(),
            pixel_size: StatedSizes::default(),
            problem: None,
            notes: Vec::new(),
        }
    }
}

fn map_of(root: &Path, look: &Look, list: Option<&MineralList>) -> (FoundMap, Option<MineralMap>) {
    let path = root.join(look.frames.first().unwrap_or(&look.path));
    let mut map = FoundMap {
        frames: look.frames.len(),
        size_px: look.size_px,
        ..FoundMap::at(&look.path)
    };
    let Some(list) = list else {
        return (map, None);
    };
    // Compression with loss leaves hardly a colour exact, so no strip stands out.
    if !look.lossy {
        map.crop_px = proposed_map_crop(&path, list).ok().flatten();
    }
    let settings = MapSettings {
        crop_px: map.crop_px,
        ..MapSettings::default()
    };
    if !look.frames.is_empty() {
        return match stitched(root, &look.path, None, list, &settings) {
            Ok(section) => {
                map.size_px = [section.map.classes.cols(), section.map.classes.rows()];
                map.notes = section.map.notes.clone();
                (map, Some(section.map))
            }
            Err(error) => {
                map.problem = Some(said(root, &error));
                (map, None)
            }
        };
    }
    match read_mineral_map(&path, list, &settings) {
        Ok(read) => {
            map.notes = read.notes.clone();
            (map, Some(read))
        }
        Err(error) => {
            let problem = said(root, &error);
            let bare = problem.strip_prefix(&format!("{}: ", look.path));
            map.problem = Some(bare.unwrap_or(&problem).to_owned());
            let Error::UnknownColour(unknown) = error else {
                return (map, None);
            };
            map.colour_tolerance = unknown.colour_tolerance;
            // Good enough to find its BSE image by.
            let rough = MapSettings {
                crop_px: Some(
                    map.crop_px
                        .unwrap_or(Crop::whole(look.size_px[0], look.size_px[1])),
                ),
                ..settings
            };
            (map, read_map_roughly(&path, list, &rough).ok())
        }
    }
}

/// A BSE image on the pixels of a map.
struct Fitted {
    bse: Bse,
    crop_px: Option<Crop>,
    explained: f64,
}

fn fitted(root: &Path, path: &str, map: &FoundMap, read: &MineralMap) -> Result<Fitted, String> {
    let bse_path = root.join(path);
    let map_path = root.join(&map.mineral_map);
    let settings = |crop_px| BseSettings {
        crop_px,
        map_crop_px: map.crop_px,
        ..BseSettings::default()
    };
    // Without a data bar first, then as it is.
    let crop = proposed_bse_crop(&bse_path).ok().flatten();
    let crops = [crop, None];
    let mut why = String::new();
    for crop_px in &crops[usize::from(crop.is_none())..] {
        match read_bse(&bse_path, &map_path, read, &settings(*crop_px)) {
            Ok(bse) => {
                return Ok(Fitted {
                    explained: explained_by_map(&bse.grey, &read.classes),
                    bse,
                    crop_px: *crop_px,
                });
            }
            Err(error) => why = said(root, &error),
        }
    }
    Err(why)
}

fn taken(look: &Look, fitted: Fitted, found_by: &str) -> FoundBse {
    FoundBse {
        path: look.path.clone(),
        size_px: match fitted.crop_px {
            Some(crop) => [crop.width, crop.height],
            None => look.size_px,
        },
        crop_px: fitted.crop_px,
        explained: fitted.explained,
        found_by: found_by.to_owned(),
        notes: fitted.bse.notes,
    }
}

pub(super) fn is_taken(found: &[FoundMap], path: &str) -> bool {
    let bses = found.iter().filter_map(|map| map.bse.as_ref());
    bses.into_iter().any(|bse| bse.path == path)
}

/// Gives each map the one image of its name.
fn by_name(root: &Path, found: &mut [FoundMap], read: &[Option<MineralMap>], greys: &[Look]) {
    let file_name = |path: &str| section_key(path.rsplit('/').next().unwrap_or(path));
    for key in [&section_key as &dyn Fn(&str) -> String, &file_name] {
        for i in 0..found.len() {
            if found[i].bse.is_some() || found[i].problem.is_some() && read[i].is_none() {
                continue;
            }
            let wanted = key(&found[i].mineral_map);
            let of_key = |path: &str| !wanted.is_empty() && key(path) == wanted;
            // Two maps of one key leave it open whose the image is.
            let maps = found.iter().filter(|map| of_key(&map.mineral_map)).count();
            let images: Vec<&Look> = greys
                .iter()
                .filter(|grey| of_key(&grey.path) && !is_taken(found, &grey.path))
                .collect();
            let (Some(read), [image], 1) = (&read[i], &*images, maps) else {
                continue;
            };
            match fitted(root, &image.path, &found[i], read) {
                Ok(fitted) => found[i].bse = Some(taken(image, fitted, "its name")),
                Err(why) => {
                    let note = format!("{} has the name of its BSE image, but: {why}", image.path);
                    if !found[i].notes.contains(&note) {
                        found[i].notes.push(note);
                    }
                }
            }
        }
    }
}

/// Gives each map that has none the image whose grey values follow its minerals, if one stands out
/// among those of its size.
fn by_content(
    root: &Path,
    found: &mut [FoundMap],
    read: &[Option<MineralMap>],
    greys: &[Look],
    progress: &dyn Progress,
) -> Result<(), Error> {
    for i in 0..found.len() {
        let Some(read) = read[i].as_ref().filter(|_| found[i].bse.is_none()) else {
            continue;
        };
        let map_size = [read.classes.cols(), read.classes.rows()];
        let mut scored: Vec<(f64, &Look)> = Vec::new();
        for grey in greys {
            progress.check()?;
            // A data bar makes an image higher.
            let [cols, rows] = grey.size_px;
            let like =
                cols == map_size[0] && rows >= map_size[1] || grey.size_px == found[i].size_px;
            if !like || is_taken(found, &grey.path) {
                continue;
            }
            if let Ok(fitted) = fitted(root, &grey.path, &found[i], read) {
                scored.push((fitted.explained, grey));
            }
        }
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        let next = scored.get(1).map_or(0.0, |next| next.0);
        match scored.first() {
            Some(&(best, image)) if best >= EXPLAINED_MIN && next <= NEXT_BEST_MAX * best => {
                if let Ok(fitted) = fitted(root, &image.path, &found[i], read) {
                    found[i].bse = Some(taken(image, fitted, "its grey values"));
                }
            }
            _ => {
                // Those that come close to the best, or all where none explains much.
                let best = scored.first().map_or(0.0, |best| best.0);
                let least = if best >= EXPLAINED_MIN {
                    NEXT_BEST_MAX * best
                } else {
                    0.0
                };
                scored.retain(|(explained, _)| *explained >= least);
                // Beside the sets of frames that may be those of a mosaic.
                let paths = scored.iter().take(5).map(|(_, image)| image.path.clone());
                found[i].bse_candidates.extend(paths);
            }
        }
    }
    Ok(())
}

/// What the map states of its pixels, and what its BSE image does where both have the same pixels.
fn pixel_size(root: &Path, map: &FoundMap, read: Option<&MineralMap>) -> StatedSizes {
    let said = |path: &str| square_pixel(root, path);
    let of_map = match map.frames {
        0 => said(&map.mineral_map),
        _ => image_files(&root.join(&map.mineral_map))
            .ok()
            .and_then(|(files, _)| square_pixel(Path::new(""), files.first()?.to_str()?)),
    };
    let mut stated: Vec<StatedSize> = of_map.into_iter().collect();
    if let (Some(bse), Some(read)) = (&map.bse, read)
        && [[read.classes.cols(), read.classes.rows()], map.size_px].contains(&bse.size_px)
    {
        stated.extend(said(&bse.path));
    }
    StatedSizes { stated }
}
