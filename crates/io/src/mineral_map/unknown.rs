//! What to say of colours that are not in the mineral list.

use std::path::Path;

use super::areas::{AreaColour, area_colours};
use crate::colours::{Matched, Palette, matched};
use crate::image_file::ImageFile;
use crate::legend::{FOREIGN, field_of};
use crate::mineral_map::MapSettings;
use crate::{Error, UnknownColour};

/// Tolerances that are proposed: the first that reads the map.
const TOLERANCES: [f32; 12] = [
    2.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 90.0, 130.0, 180.0, 250.0, 442.0,
];

/// Past such a tolerance a mineral that is not in the list passes for another one.
const CLOSE: f32 = 60.0;

/// With more pixels far from every colour than this share, no tolerance is proposed: the colours
/// are other ones.
const FAR_SHARE_MAX: f64 = 0.1;

/// The same for compression with loss, which spreads the colours of small grains.
const FAR_SHARE_MAX_LOSSY: f64 = 0.25;

/// A map of colours that were looked up.
pub(super) struct ColourMap<'a> {
    pub rgba: &'a [[u8; 4]],
    pub image: &'a ImageFile,
    pub palette: &'a Palette,
    pub settings: &'a MapSettings,
    pub path: &'a Path,
}

/// Colours and minerals that a message lists.
const LISTED_MAX: usize = 4;

/// The error with the settings that would read the map; `areas` are the colours that no tolerance
/// may move.
pub(super) fn unknown_colours(map: &ColourMap<'_>, found: &Matched, areas: &[AreaColour]) -> Error {
    let ColourMap {
        rgba,
        image,
        palette,
        settings,
        path,
    } = *map;
    let labels = found.labels();
    let pixels = rgba.len();
    let mut ways = Vec::new();
    let field = match settings.crop_px {
        None => field_of(&labels, image.cols, image.rows),
        Some(_) => None,
    };
    // Where the resin has a colour that the list does not know, it may well lie along a side.
    let resin_is_known = palette.has_background(&labels);
    let (inside, areas_inside);
    let (mut rgba, mut cols, mut areas_left) = (rgba, image.cols, areas);
    if let Some(field) = field.filter(|_| resin_is_known) {
        let unknown = |labels: &[u16]| labels.iter().filter(|label| **label == FOREIGN).count();
        let left = unknown(&field.of(&labels, cols));
        let strip_is_full =
            2 * (unknown(&labels) - left) >= rgba.len() - field.width * field.height;
        inside = field.of(rgba, cols);
        (rgba, cols) = (&inside, field.width);
        areas_inside = area_colours(rgba, cols, palette, image.lossy);
        // A strip that is mostly ground may be one of resin with something drawn on it.
        if strip_is_full {
            areas_left = &areas_inside;
        }
    }
    let strip = field.map(|field| {
        format!(
            "most of them fill a strip along the side, as a legend or scale bar does: set `crop_px \
             = {}` for the map to leave it out (and `bse_crop_px` where the BSE image has another \
             strip)",
            field.in_toml()
        )
    });
    ways.extend(strip.clone().filter(|_| resin_is_known));
    let within = if rgba.len() < pixels {
        " within that crop"
    } else {
        ""
    };
    ways.extend(way_of_areas(areas_left, palette, &labels, pixels));
    ways.extend(strip.filter(|_| !resin_is_known));
    let far = far_share(rgba, cols, palette);
    let far_max = if image.lossy {
        FAR_SHARE_MAX_LOSSY
    } else {
        FAR_SHARE_MAX
    };
    let (tolerance, moved) = if !areas_left.is_empty() {
        (None, 0)
    } else if far <= far_max {
        tolerance_for(rgba, cols, palette)
    } else {
        (None, 0)
    };
    if far > far_max {
        ways.push(format!(
            "as {:.0} % of the pixels{within} are far from every colour of the list, check that it \
             is the list of this map and that the colours of the file are as its program shows them",
            100.0 * far,
        ));
    }
    if let Some(tolerance) = tolerance
        && moved > 0
    {
        ways.push(format!(
            "if the map was smoothed, resized or saved as JPEG, set `colour_tolerance = {tolerance}` \
             for it: {moved} pixels ({:.2} %){within} then take the nearest mineral{}",
            100.0 * moved as f64 / rgba.len() as f64,
            if tolerance > CLOSE {
                ", some of a colour far from it: look where they lie before you trust them"
            } else {
                ""
            }
        ));
    }
    if areas_left.is_empty() {
        ways.push(
            "if a colour is a mineral of its own, add it to the mineral list; if it marks pixels \
             that were not measured, add it to `unmeasured_rgb` in section [sem]"
                .to_owned(),
        );
    }
    if image.lossy {
        ways.push(format!(
            "best, as the file is a {}, whose compression changes colours, export the map again as \
             PNG",
            image.kind_in_words()
        ));
    } else if tolerance.is_some() && moved > 0 {
        ways.push(
            "best, export the map again as PNG without smoothing, scaling or lossy compression"
                .to_owned(),
        );
    }
    // Within a tolerance only areas are left.
    let first = match (found.unknown.first(), areas.first()) {
        (Some(unknown), _) => (unknown.rgb, unknown.pixels, unknown.first),
        (None, Some(area)) => (area.rgb, area.pixels, area.first),
        (None, None) => ([0; 3], 0, 0),
    };
    let (count, all): (usize, u64) = match &*found.unknown {
        [] => (areas.len(), areas.iter().map(|a| a.pixels).sum()),
        unknown => (unknown.len(), unknown.iter().map(|u| u.pixels).sum()),
    };
    let (nearest, nearest_rgb) = palette.nearest_mineral(first.0);
    Box::new(UnknownColour {
        path: path.to_owned(),
        rgb: first.0,
        pixels: first.1,
        column: first.2 % image.cols,
        row: first.2 / image.cols,
        nearest,
        nearest_rgb,
        further_colours: count.saturating_sub(1),
        share_pct: 100.0 * all as f64 / pixels as f64,
        colour_tolerance: tolerance.filter(|_| moved > 0),
        ways: ways.join(". Or, "),
    })
    .into()
}

/// What to do about colours that fill areas.
fn way_of_areas(
    areas: &[AreaColour],
    palette: &Palette,
    labels: &[u16],
    pixels: usize,
) -> Option<String> {
    let named = |[r, g, b]: [u8; 3]| format!("({r}, {g}, {b})");
    let more = |n: usize| match n.saturating_sub(LISTED_MAX) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let colours: Vec<String> = areas
        .iter()
        .take(LISTED_MAX)
        .map(|area| {
            let share = 100.0 * area.pixels as f64 / pixels as f64;
            format!("{} in {share:.1} % of the pixels", named(area.rgb))
        })
        .collect();
    let absent = palette.absent(labels);
    let minerals: Vec<String> = absent
        .iter()
        .take(LISTED_MAX)
        .map(|(name, rgb)| format!("`{name}` {}", named(*rgb)))
        .collect();
    let hint = match &*minerals {
        [] => String::new(),
        _ => format!(
            " (the map has no pixel of {}{})",
            minerals.join(", "),
            more(absent.len())
        ),
    };
    (!areas.is_empty()).then(|| {
        format!(
            "as whole areas have that colour ({}{}), it is no blur: if it is that of a mineral or of \
             the resin, correct its colour in the mineral list{hint}; if it is a mineral that the \
             list lacks, add it; if it marks pixels that were not measured, add it to \
             `unmeasured_rgb` in section [sem]",
            colours.join(", "),
            more(areas.len())
        )
    })
}

/// Share of the pixels that even a tolerance of [`CLOSE`] finds no mineral for.
fn far_share(rgba: &[[u8; 4]], cols: usize, palette: &Palette) -> f64 {
    let found = matched(rgba, cols, palette, Some(CLOSE));
    let far: u64 = found.unknown.iter().map(|u| u.pixels).sum();
    far as f64 / rgba.len() as f64
}

/// The least proposed tolerance that reads all pixels, and how many it moves.
fn tolerance_for(rgba: &[[u8; 4]], cols: usize, palette: &Palette) -> (Option<f32>, u64) {
    for tolerance in TOLERANCES {
        let found = matched(rgba, cols, palette, Some(tolerance));
        if found.unknown.is_empty() {
            return (Some(tolerance), found.moved_pixels());
        }
    }
    (None, 0)
}
