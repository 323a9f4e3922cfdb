//! What to say of colours that are not in the mineral list.

use std::path::Path;

use crate::colours::{Matched, Palette, matched};
use crate::error::{Error, UnknownColour};
use crate::image_file::ImageFile;
use crate::legend::field_of;
use crate::mineral_map::MapSettings;

/// Tolerances that are proposed: the first that reads the map.
const TOLERANCES: [f32; 12] = [
    2.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 90.0, 130.0, 180.0, 250.0, 442.0,
];

/// Past such a tolerance a mineral that is not in the list passes for another one.
const CLOSE: f32 = 60.0;

/// With more pixels far from every colour than this share, no tolerance is proposed: the colours
/// are other ones.
const FAR_SHARE_MAX: f64 = 0.1;

/// The error with the settings that would read the map.
pub(super) fn unknown_colours(
    rgba: &[[u8; 4]],
    image: &ImageFile,
    palette: &Palette,
    found: &Matched,
    settings: &MapSettings,
    path: &Path,
) -> Error {
    let unknown = found.unknown[0];
    let pixels = rgba.len();
    let all: u64 = found.unknown.iter().map(|u| u.pixels).sum();
    let mut ways = Vec::new();
    let field = match settings.crop_px {
        None => field_of(&found.exact(), image.cols, image.rows),
        Some(_) => None,
    };
    let inside;
    let (mut rgba, mut cols) = (rgba, image.cols);
    if let Some(field) = field {
        ways.push(format!(
            "most of them fill a strip along the side, as a legend or scale bar does: set `crop_px \
             = {}` for the map to leave it out (and `bse_crop_px` where the BSE image has another \
             strip)",
            field.in_toml()
        ));
        inside = field.of(rgba, cols);
        (rgba, cols) = (&inside, field.width);
    }
    let far = far_share(rgba, cols, palette);
    let (tolerance, moved) = if far <= FAR_SHARE_MAX {
        tolerance_for(rgba, cols, palette)
    } else {
        ways.push(format!(
            "as {:.0} % of the pixels{} are far from every colour of the list, check that it is the \
             list of this map and that the colours of the file are as its program shows them",
            100.0 * far,
            if field.is_some() { " within that crop" } else { "" }
        ));
        (None, 0)
    };
    if let Some(tolerance) = tolerance
        && moved > 0
    {
        ways.push(format!(
            "if the map was smoothed, resized or saved as JPEG, set `colour_tolerance = {tolerance}` \
             for it: {moved} pixels ({:.2} %){} then take the nearest mineral{}",
            100.0 * moved as f64 / rgba.len() as f64,
            if field.is_some() { " within that crop" } else { "" },
            if tolerance > CLOSE {
                ", some of a colour far from it: look where they lie before you trust them"
            } else {
                ""
            }
        ));
    }
    ways.push(
        "if a colour is a mineral of its own, add it to the mineral list; if it marks pixels that \
         were not measured, add it to `unmeasured_rgb` in section [sem]"
            .to_owned(),
    );
    if image.lossy || tolerance.is_some() && moved > 0 {
        ways.push(
            "best, export the map again as PNG without smoothing, scaling or lossy compression"
                .to_owned(),
        );
    }
    let (nearest, nearest_rgb) = palette.nearest_mineral(unknown.rgb);
    Box::new(UnknownColour {
        path: path.to_owned(),
        rgb: unknown.rgb,
        pixels: unknown.pixels,
        column: unknown.first % image.cols,
        row: unknown.first / image.cols,
        nearest,
        nearest_rgb,
        further_colours: found.unknown.len() - 1,
        share_pct: 100.0 * all as f64 / pixels as f64,
        colour_tolerance: tolerance.filter(|_| moved > 0),
        ways: ways.join(". Or, "),
    })
    .into()
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
