//! Mineral maps: images in which each colour, or each number, is a mineral.

mod areas;
mod greys;
mod legends;
mod numbers;
mod read;
mod unknown;

use std::path::Path;

use corelith_core::{Minerals, Raster, UNMEASURED};

use crate::{Error, write_png};

pub use numbers::Numbers;
pub use read::{MapSettings, MineralMap, proposed_map_crop, read_mineral_map};
pub(crate) use read::{noted, read_map_frame, read_map_roughly};

/// Writes class labels as a colour PNG that [`read_mineral_map`] reads; unmeasured pixels are
/// transparent.
///
/// # Errors
/// [`Error::Encode`] for a class that is not a row of the mineral list, [`Error::Write`].
pub fn write_mineral_map(
    path: &Path,
    classes: &Raster<u8>,
    minerals: &Minerals,
) -> Result<(), Error> {
    let rows = minerals.rows();
    if let Some(class) = classes
        .data()
        .iter()
        .find(|c| **c != UNMEASURED && usize::from(**c) >= rows.len())
    {
        return Err(Error::Encode {
            path: path.to_owned(),
            problem: format!(
                "class {class} is not in the mineral list, which has {} rows",
                rows.len()
            ),
        });
    }
    if !classes.data().contains(&UNMEASURED) {
        return write_png(path, &classes.map(|&class| rows[usize::from(class)].rgb));
    }
    let rgba = |&class: &u8| match rows.get(usize::from(class)) {
        Some(row) => [row.rgb[0], row.rgb[1], row.rgb[2], 255],
        None => [0; 4],
    };
    write_png(path, &classes.map(rgba))
}

#[cfg(test)]
mod tests;
