//! Tables of the positions of frames.

use std::path::Path;

use crate::regular_file::read_regular_file;
use crate::text::{self, shown};
use crate::{Error, natural};

/// A table of positions is at most so large.
const BYTES_MAX: u64 = 16 << 20;

/// Micrometres in a unit; `None` for pixels.
type Unit = Option<f64>;

/// A row of a table: the name of the file, and x and y in pixels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Position {
    pub file: String,
    pub xy_px: [f64; 2],
}

fn wrong(path: &Path, problem: String) -> Error {
    Error::Csv {
        path: path.to_owned(),
        problem,
    }
}

/// Reads a table of positions: columns `file`, `x_px` and `y_px`, or both in `um` or `mm`, apart by
/// comma, semicolon or tab; or a tile configuration of Fiji (`NAME; ; (x, y)`, in pixels).
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`], [`Error::Csv`], [`Error::Cell`].
pub(super) fn read_positions(path: &Path, pixel_um: f64) -> Result<Vec<Position>, Error> {
    let bytes = read_regular_file(path, BYTES_MAX, "a table of positions")?;
    let Some(decoded) = text::decode(&bytes) else {
        return Err(wrong(
            path,
            "no text, expected a table of positions".to_owned(),
        ));
    };
    let mut positions = match tile_configuration(&decoded.text) {
        Some(found) => found.map_err(|problem| wrong(path, problem))?,
        None => table(&decoded.text, path, pixel_um)?,
    };
    if positions.is_empty() {
        return Err(wrong(path, "the table of positions has no row".to_owned()));
    }
    positions.sort_by(|a, b| natural::compare(&a.file, &b.file));
    if let Some(pair) = positions
        .windows(2)
        .find(|pair| pair[0].file == pair[1].file)
    {
        return Err(wrong(
            path,
            format!(
                "the file `{}` has two positions; keep one of its rows",
                shown(&pair[0].file)
            ),
        ));
    }
    Ok(positions)
}

/// A tile configuration of the stitching plugins of Fiji.
fn tile_configuration(text: &str) -> Option<Result<Vec<Position>, String>> {
    let lines = || (1..).zip(text.lines().map(str::trim));
    let kept = || lines().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    // `dim = 2`, and no file of such a name.
    let is_dimension = |line: &str| {
        let rest = line.strip_prefix("dim").map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with('='))
    };
    let is_one = kept().any(|(_, line)| is_dimension(line))
        || kept().next().is_some_and(|(_, line)| tile(line).is_some());
    is_one.then(|| {
        kept()
            .filter(|(_, line)| !is_dimension(line))
            .map(|(number, line)| {
                tile(line).ok_or_else(|| {
                    format!(
                        "line {number}: expected `NAME; ; (x, y)` as in a tile configuration of \
                         Fiji, found `{}`",
                        shown(line)
                    )
                })
            })
            .collect()
    })
}

fn tile(line: &str) -> Option<Position> {
    let (file, rest) = line.split_once(';')?;
    let (_, place) = rest.rsplit_once(';')?;
    let inside = place.trim().strip_prefix('(')?.strip_suffix(')')?;
    let mut values = inside.split(',').map(|v| v.trim().parse::<f64>());
    let xy_px = [values.next()?.ok()?, values.next()?.ok()?];
    xy_px.iter().all(|v| v.is_finite()).then(|| Position {
        file: file.trim().to_owned(),
        xy_px,
    })
}

/// The unit of a heading such as `x_um`, `Y (mm)` or `stage x [px]`.
fn unit(heading: &str, axis: char) -> Option<Option<Unit>> {
    let words: Vec<String> = heading
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let is_axis = words.iter().any(|word| word.chars().eq([axis]));
    is_axis.then(|| {
        words.iter().find_map(|word| match word.as_str() {
            "px" | "pixel" | "pixels" => Some(None),
            "um" | "\u{b5}m" | "\u{3bc}m" | "micron" | "microns" => Some(Some(1.0)),
            "mm" => Some(Some(1000.0)),
            "nm" => Some(Some(0.001)),
            _ => None,
        })
    })
}

struct Columns {
    file: usize,
    axes: [(usize, Option<Unit>); 2],
}

fn columns(heading: &csv::StringRecord) -> Option<Columns> {
    let names = [
        "file",
        "filename",
        "file name",
        "name",
        "image",
        "frame",
        "tile",
    ];
    let file = heading
        .iter()
        .position(|cell| names.contains(&cell.trim().to_lowercase().as_str()))?;
    let axis = |axis: char| {
        let mut cells = heading.iter().enumerate();
        cells.find_map(|(at, cell)| Some((at, unit(cell, axis)?)))
    };
    Some(Columns {
        file,
        axes: [axis('x')?, axis('y')?],
    })
}

fn table(text: &str, path: &Path, pixel_um: f64) -> Result<Vec<Position>, Error> {
    let records = |delimiter: u8| {
        csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes())
            .records()
            .map_while(Result::ok)
            .filter(|record| record.iter().any(|cell| !cell.is_empty()))
            .collect::<Vec<_>>()
    };
    let found = [b',', b';', b'\t'].into_iter().find_map(|delimiter| {
        let rows = records(delimiter);
        Some((columns(rows.first()?)?, rows, delimiter))
    });
    let Some((columns, rows, delimiter)) = found else {
        return Err(wrong(
            path,
            "no table of positions: its first line does not name the columns; expected file, x_px \
             and y_px (or x_um and y_um, x_mm and y_mm), or a tile configuration of Fiji"
                .to_owned(),
        ));
    };
    let heading = |at: usize| shown(rows[0].get(at).unwrap_or_default());
    let mut scale_px = [1.0; 2];
    for (axis, (at, unit)) in columns.axes.iter().enumerate() {
        scale_px[axis] = match unit {
            Some(None) => 1.0,
            Some(Some(um)) => um / pixel_um,
            None => {
                return Err(wrong(
                    path,
                    format!(
                        "the column `{}` does not say its unit; call it {axis}_px, {axis}_um or \
                         {axis}_mm",
                        heading(*at),
                        axis = ["x", "y"][axis],
                    ),
                ));
            }
        };
    }
    let position = |(row, record): (usize, &csv::StringRecord)| {
        let mut xy_px = [0.0; 2];
        for (axis, (at, _)) in columns.axes.iter().enumerate() {
            let cell = record.get(*at).unwrap_or_default();
            let decimal = match delimiter {
                b',' => cell.to_owned(),
                _ => cell.replace(',', "."),
            };
            let value = decimal.parse::<f64>().ok().filter(|v| v.is_finite());
            xy_px[axis] = scale_px[axis]
                * value.ok_or_else(|| Error::Cell {
                    path: path.to_owned(),
                    row,
                    column: heading(*at),
                    problem: format!("expected a number, found `{}`; correct it", shown(cell)),
                })?;
        }
        let file = record.get(columns.file).unwrap_or_default();
        if file.is_empty() {
            return Err(Error::Cell {
                path: path.to_owned(),
                row,
                column: heading(columns.file),
                problem:
                    "the cell is empty, expected the name of a frame; name it or delete the row"
                        .to_owned(),
            });
        }
        Ok(Position {
            file: file.to_owned(),
            xy_px,
        })
    };
    rows.iter().enumerate().skip(1).map(position).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Position>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("positions.csv");
        std::fs::write(&path, text).unwrap();
        read_positions(&path, 2.0).map_err(|e| e.to_string())
    }

    #[test]
    fn tables_and_tile_configurations_are_read() {
        let wanted = [("a.png", [0.0, 10.0]), ("b.png", [90.5, 10.0])]
            .map(|(file, xy_px)| Position {
                file: file.to_owned(),
                xy_px,
            })
            .to_vec();
        for text in [
            "file,x_px,y_px\nb.png,90.5,10\na.png,0,10\n",
            "Name;X (um);Y (um);Z\r\na.png;0;20;1\r\nb.png;181;20;1\r\n",
            "file;stage x [mm];stage y [mm]\na.png;0;0,02\nb.png;0,181;0,02\n",
            "# Define the number of dimensions\ndim = 2\n\n# coordinates\na.png; ; (0.0, 10.0)\n\
             b.png; ; (90.5, 10.0)\n",
        ] {
            assert_eq!(read(text).unwrap(), wanted, "{text}");
        }
    }

    #[test]
    fn files_may_be_called_like_the_line_of_dimensions() {
        let read = read("dim = 2\ndim_1.png; ; (0, 0)\ndimA.png; ; (90, 0)\n").unwrap();
        let files: Vec<&str> = read.iter().map(|position| &*position.file).collect();
        assert_eq!(files, ["dimA.png", "dim_1.png"]);
    }

    #[test]
    fn wrong_tables_say_where() {
        for (text, word) in [
            ("file,x,y\na.png,0,1\n", "`x` does not say its unit"),
            ("a.png,0,1\n", "does not name the columns"),
            ("file,x_px,y_px\na.png,0,left\n", "row 1, column `y_px`"),
            ("file,x_px,y_px\na.png,0,1\na.png,1,2\n", "two positions"),
            ("dim = 2\na.png; ; 0, 1\n", "line 2"),
            ("file,x_px,y_px\n", "no row"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }
}
