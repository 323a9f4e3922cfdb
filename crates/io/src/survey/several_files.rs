//! Sections that are several files: frames, or images of elements.

use std::path::Path;

use corelith_core::Silent;

use super::groups::FoundElements;
use super::images::Look;
use super::maps::{FoundBse, FoundMap, is_taken};
use super::size::{StatedSize, StatedSizes};
use super::walk::said;
use crate::bse::explained_by_map;
use crate::image_file::ImageFile;
use crate::mosaic::{Mosaic, MosaicSettings, Stitched};
use crate::stack::said_pixel;
use crate::{BseSettings, Error, MapSettings, MineralList};

impl FoundMap {
    /// Images of elements in place of a map.
    pub(super) fn of_elements(root: &Path, stack: &FoundElements) -> Self {
        let path = stack.files[0].path();
        let image = ImageFile::read(&root.join(&path), None);
        let sizes = stack
            .files
            .iter()
            .find_map(|file| square_pixel(root, &file.path()));
        Self {
            elements: stack.elements.clone(),
            size_px: image.map_or([0; 2], |image| [image.cols, image.rows]),
            pixel_size: StatedSizes {
                stated: sizes.into_iter().collect(),
            },
            ..Self::at(&stack.place)
        }
    }
}

/// The section that frames make.
pub(super) fn stitched(
    root: &Path,
    map: &str,
    bse: Option<&str>,
    list: &MineralList,
    settings: &MapSettings,
) -> Result<Stitched, Error> {
    let bse = bse.map(|bse| root.join(bse));
    let frames = MosaicSettings::default();
    // Positions are counted, so the size of pixels does not matter.
    let mosaic = Mosaic::open(&root.join(map), bse.as_deref(), root, &frames, 1.0)?;
    mosaic.read(list, settings, &BseSettings::default(), &Silent)
}

/// Gives mosaics the BSE images of the same frames, where there is one set of them.
pub(super) fn by_frames(
    root: &Path,
    found: &mut [FoundMap],
    greys: &[Look],
    list: Option<&MineralList>,
) {
    let Some(list) = list else {
        return;
    };
    for i in 0..found.len() {
        let frames = found[i].frames;
        if frames == 0 || found[i].problem.is_some() {
            continue;
        }
        let sets: Vec<&Look> = greys
            .iter()
            .filter(|grey| grey.frames.len() == frames && !is_taken(found, &grey.path))
            .collect();
        let [set] = *sets else {
            found[i].bse_candidates = sets.iter().map(|set| set.path.clone()).collect();
            continue;
        };
        let settings = MapSettings {
            crop_px: found[i].crop_px,
            ..MapSettings::default()
        };
        let map = found[i].mineral_map.clone();
        match stitched(root, &map, Some(&set.path), list, &settings) {
            Ok(Stitched {
                map,
                bse: Some(bse),
                ..
            }) => {
                found[i].size_px = [map.classes.cols(), map.classes.rows()];
                found[i].notes = map.notes;
                found[i].bse = Some(FoundBse {
                    path: set.path.clone(),
                    size_px: found[i].size_px,
                    crop_px: None,
                    explained: explained_by_map(&bse.grey, &map.classes),
                    found_by: "its frames".to_owned(),
                    notes: bse.notes,
                });
            }
            Ok(_) => {}
            Err(error) => {
                found[i].notes.push(format!(
                    "{} has as many frames and may be its BSE image, but: {}",
                    set.path,
                    said(root, &error)
                ));
                found[i].bse_candidates.push(set.path.clone());
            }
        }
    }
}

/// What an image states of its pixels, which are square in a map.
pub(super) fn square_pixel(root: &Path, path: &str) -> Option<StatedSize> {
    let said = said_pixel(&root.join(path)).ok().flatten()?;
    let [x, y] = said.xy_um;
    let square = (x / y - 1.0).abs() <= 0.01;
    StatedSize::new([x; 3], format!("{path}, {}", said.source)).filter(|_| square)
}
