//! Mineral lists: which colour is which mineral.

mod cells;
mod colour_lists;
mod header;
mod read;
mod rows;
mod table;
mod unmeasured_names;

use std::path::Path;

use corelith_core::Minerals;

use crate::{Error, write_bytes};

pub(crate) use read::list_names;
pub use read::{MineralList, read_mineral_list};
use unmeasured_names::is_unmeasured_name;

/// Writes a mineral list in the form that [`read_mineral_list`] reads.
///
/// # Errors
/// [`Error::Write`].
pub fn write_minerals(path: &Path, minerals: &Minerals) -> Result<(), Error> {
    let encode = |e: csv::Error| Error::Encode {
        path: path.to_owned(),
        problem: e.to_string(),
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    // A class called "Unknown" is left out by its name unless the list says otherwise.
    let says_ignored = minerals.rows().iter().any(|m| is_unmeasured_name(&m.name))
        || !minerals.ignored().is_empty();
    let shown = if says_ignored { 6 } else { 5 };
    let header = ["mineral", "red", "green", "blue", "density_g_cm3", "ignore"];
    writer.write_record(&header[..shown]).map_err(encode)?;
    for (class, mineral) in minerals.rows().iter().enumerate() {
        let [r, g, b] = mineral.rgb.map(|v| v.to_string());
        let density = mineral
            .density_g_cm3
            .map_or_else(String::new, |d| d.to_string());
        let ignored = if minerals.is_ignored(class as u8) {
            "yes"
        } else {
            "no"
        };
        let cells = [&mineral.name, &r, &g, &b, &density, ignored];
        writer.write_record(&cells[..shown]).map_err(encode)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|e| Error::write(path)(e.into_error()))?;
    write_bytes(path, &bytes)
}

#[cfg(test)]
mod tests;
