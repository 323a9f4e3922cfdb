//! Legends beside a map, which would become minerals.

use std::path::Path;

use crate::colours::Matched;
use crate::legend::{field_beside_swatches, field_of};
use crate::{Crop, Error};

/// A strip of fewer rows or columns is a smoothed rim and no legend.
const LEGEND_LINES_MIN: usize = 4;

/// Fails when a legend beside the map would become minerals; `size` is columns and rows.
pub(super) fn refuse_legend(found: &Matched, size: [usize; 2], path: &Path) -> Result<(), Error> {
    let labels = found.labels();
    let [cols, rows] = size;
    let left_out = |field: &Crop| (cols - field.width).max(rows - field.height);
    // With a tolerance the white of a legend is a near enough mineral.
    let foreign = match found.moved.is_empty() {
        true => None,
        false => field_of(&labels, cols, rows),
    };
    match foreign.filter(|field| left_out(field) >= LEGEND_LINES_MIN) {
        Some(field) => Err(refused(
            "colours that are not in the mineral list fill a strip along the side, as a legend or \
             scale bar does, and `colour_tolerance` would make them minerals",
            field,
            size,
            path,
        )),
        None => refuse_swatches(&labels, size, path),
    }
}

/// Fails when squares of a legend, in colours or numbers of the list, would become minerals.
pub(super) fn refuse_swatches(labels: &[u16], size: [usize; 2], path: &Path) -> Result<(), Error> {
    match field_beside_swatches(labels, size[0], size[1]) {
        Some(field) => Err(refused(
            "squares of one size stand in a line beside the map, each in the colour or number of \
             another mineral, as a legend has them, and they would become grains of those minerals",
            field,
            size,
            path,
        )),
        None => Ok(()),
    }
}

fn refused(what: &str, field: Crop, [cols, rows]: [usize; 2], path: &Path) -> Error {
    Error::Image {
        path: path.to_owned(),
        problem: format!(
            "{what}; set `crop_px = {}` for the map to leave the strip out, or `crop_px = {}` to \
             keep it",
            field.in_toml(),
            Crop::whole(cols, rows).in_toml()
        ),
    }
}
