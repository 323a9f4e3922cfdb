use std::fs;
use std::path::Path;

use corelith_core::{Mineral, Minerals};

use crate::{Error, write_bytes};

const NAME: &str = "mineral";
const CHANNELS: [&str; 3] = ["red", "green", "blue"];
const DENSITY: &str = "density_g_cm3";

/// A spreadsheet in a country with decimal commas separates cells by semicolons.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    *[b',', b';', b'\t']
        .iter()
        .max_by_key(|&&d| header.bytes().filter(|&b| b == d).count())
        .unwrap_or(&b',')
}

/// Reads a mineral list: columns `mineral`, `red`, `green`, `blue` (0 to 255) and, optionally,
/// `density_g_cm3` (above 0; blank where unknown), in any order; other columns are ignored.
/// `background` is the name of what is no particle.
///
/// # Errors
/// [`Error::Read`], [`Error::Csv`] for the header, [`Error::Cell`] with row and column,
/// [`Error::Minerals`] when names or colours repeat or the background is missing.
pub fn read_minerals(path: &Path, background: &str) -> Result<Minerals, Error> {
    let text = fs::read(path).map_err(Error::read(path))?;
    let text = String::from_utf8_lossy(&text);
    let text = text.trim_start_matches('\u{feff}');
    let delimiter = delimiter(text);
    let csv_error = |problem: String| Error::Csv {
        path: path.to_owned(),
        problem,
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map_err(|e| csv_error(e.to_string()))?
        .clone();
    let position = |column: &str| header.iter().position(|h| h.eq_ignore_ascii_case(column));
    let required = |column: &str| {
        position(column).ok_or_else(|| {
            csv_error(format!(
                "no column `{column}` in the mineral list; expected \
                 {NAME},red,green,blue,{DENSITY} (the density may be left out), found {}",
                header.iter().collect::<Vec<_>>().join(",")
            ))
        })
    };
    let name_at = required(NAME)?;
    let channels_at = [
        required(CHANNELS[0])?,
        required(CHANNELS[1])?,
        required(CHANNELS[2])?,
    ];
    let density_at = position(DENSITY);

    let mut minerals = Vec::new();
    for (i, record) in reader.records().enumerate() {
        let row = i + 1;
        let record = record.map_err(|e| csv_error(format!("row {row}: {e}")))?;
        let cell = |column: &str, problem: String| Error::Cell {
            path: path.to_owned(),
            row,
            column: column.to_owned(),
            problem,
        };
        let name = record.get(name_at).unwrap_or_default();
        if name.is_empty() {
            return Err(cell(NAME, "the cell is empty, expected a name".to_owned()));
        }
        let mut rgb = [0; 3];
        for ((value, at), column) in rgb.iter_mut().zip(channels_at).zip(CHANNELS) {
            let text = record.get(at).unwrap_or_default();
            *value = text.parse().map_err(|_| {
                cell(
                    column,
                    format!("expected a whole number from 0 to 255, found `{text}`"),
                )
            })?;
        }
        let density_g_cm3 = match density_at.and_then(|at| record.get(at)) {
            None | Some("") => None,
            Some(text) => {
                let number = if delimiter == b';' {
                    text.replace(',', ".")
                } else {
                    text.to_owned()
                };
                let density = number.parse::<f64>().ok();
                Some(
                    density
                        .filter(|d| d.is_finite() && *d > 0.0)
                        .ok_or_else(|| {
                            cell(
                                DENSITY,
                                format!(
                                    "expected a density in g/cm3 above 0 or nothing, found `{text}`"
                                ),
                            )
                        })?,
                )
            }
        };
        minerals.push(Mineral {
            name: name.to_owned(),
            rgb,
            density_g_cm3,
        });
    }
    Minerals::new(minerals, background).map_err(|reason| Error::Minerals {
        path: path.to_owned(),
        reason,
    })
}

/// Writes a mineral list in the form that [`read_minerals`] reads.
///
/// # Errors
/// [`Error::Write`].
pub fn write_minerals(path: &Path, minerals: &Minerals) -> Result<(), Error> {
    let encode = |e: csv::Error| Error::Encode {
        path: path.to_owned(),
        problem: e.to_string(),
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    let [red, green, blue] = CHANNELS;
    writer
        .write_record([NAME, red, green, blue, DENSITY])
        .map_err(encode)?;
    for mineral in minerals.rows() {
        let [r, g, b] = mineral.rgb.map(|v| v.to_string());
        let density = mineral
            .density_g_cm3
            .map_or_else(String::new, |d| d.to_string());
        writer
            .write_record([&mineral.name, &r, &g, &b, &density])
            .map_err(encode)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|e| Error::write(path)(e.into_error()))?;
    write_bytes(path, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Minerals, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("minerals.csv");
        fs::write(&path, text).unwrap();
        read_minerals(&path, "Resin")
    }

    #[test]
    fn densities_may_be_blank_or_missing() {
        let list =
            read("mineral,red,green,blue,density_g_cm3\nResin,0,0,0,\nGlass,1,2,3,2.75\n").unwrap();
        assert_eq!(list.rows()[0].density_g_cm3, None);
        assert_eq!(list.rows()[1].density_g_cm3, Some(2.75));
        let list = read("mineral,red,green,blue\nGlass,1,2,3\nResin,0,0,0\n").unwrap();
        assert_eq!(list.background(), 1);
    }

    #[test]
    fn a_list_from_a_spreadsheet_with_decimal_commas_is_read() {
        let list =
            read("\u{feff}mineral;red;green;blue;density_g_cm3\r\nResin;0;0;0;1,2\r\n").unwrap();
        assert_eq!(list.rows()[0].density_g_cm3, Some(1.2));
    }

    #[test]
    fn a_bad_cell_is_named_by_row_and_column() {
        let error = read("mineral,red,green,blue\nResin,0,0,0\nGlass,1,256,3\n")
            .unwrap_err()
            .to_string();
        assert!(error.contains("row 2, column `green`"), "{error}");
        assert!(error.contains("found `256`"), "{error}");
        let error = read("mineral,red,green,blue,density_g_cm3\nResin,0,0,0,heavy\n")
            .unwrap_err()
            .to_string();
        assert!(error.contains("row 1, column `density_g_cm3`"), "{error}");
    }

    #[test]
    fn a_missing_column_or_background_is_named() {
        let error = read("mineral,red,green\nResin,0,0\n").unwrap_err();
        assert!(error.to_string().contains("`blue`"), "{error}");
        let error = read("mineral,red,green,blue\nGlass,0,0,0\n").unwrap_err();
        assert!(error.to_string().contains("`Resin`"), "{error}");
        let error = read("mineral,red,green,blue\nResin,0,0\n").unwrap_err();
        assert!(error.to_string().contains("row 1"), "{error}");
    }

    #[test]
    fn a_list_goes_round() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("minerals.csv");
        let list = read("mineral,red,green,blue,density_g_cm3\nResin,0,0,0,\nA \"x\",1,2,3,2.5\n")
            .unwrap();
        write_minerals(&path, &list).unwrap();
        assert_eq!(read_minerals(&path, "Resin").unwrap(), list);
    }
}
