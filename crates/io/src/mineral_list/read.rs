use std::path::Path;

use corelith_core::{Mineral, Minerals, MineralsError};

use super::cells::{AlphaAt, alpha_of, colour, colour_of_number, number, whole_numbers, yes_or_no};
use super::header::ColourColumns;
use super::table::{EXPECTED, ListTable, NoList, Row, list_table};
use super::unmeasured_names::is_unmeasured_name;
use crate::file_kind::FileKind;
use crate::regular_file::read_regular_file;
use crate::sem_check::check_mineral_names;
use crate::syntax::nearest;
use crate::text::shown;
use crate::{Error, text};

/// A mineral list is at most so large.
const BYTES_MAX: u64 = 16 << 20;

/// A name of more characters than this is none; the names of results are made of it.
const NAME_CHARS_MAX: usize = 200;

/// Names and headings that a message lists.
const LISTED_MAX: usize = 16;

/// Densest of all minerals and metals, in g/cm3: osmium.
const DENSITY_MAX_G_CM3: f64 = 22.6;

/// Names of rows that sum up the others.
const SUMS: [&str; 6] = ["total", "sum", "summe", "gesamt", "somme", "totals"];

/// A mineral list with what the file says besides.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct MineralList {
    /// The minerals, those that count as unmeasured marked.
    pub minerals: Minerals,
    /// The number of each row in class-number maps, where the list has such a column.
    pub numbers: Option<Vec<Option<i64>>>,
    /// What the user should know of how it was read.
    pub notes: Vec<String>,
}

impl MineralList {
    /// The same list without densities and notes: what reading a map depends on.
    #[must_use]
    pub fn without_densities(&self) -> Self {
        Self {
            minerals: self.minerals.without_densities(),
            numbers: self.numbers.clone(),
            notes: Vec::new(),
        }
    }
}

impl From<Minerals> for MineralList {
    fn from(minerals: Minerals) -> Self {
        Self {
            minerals,
            numbers: None,
            notes: Vec::new(),
        }
    }
}

/// Reads a mineral list: a text table with a header that names a column of minerals (`mineral`,
/// `phase`, `name` ...), colours (`red`, `green`, `blue` from 0 to 255 or from 0.0 to 1.0, or one
/// column such as `#E62828`) and, optionally, densities in g/cm3, class numbers (`number`) and
/// `ignore` (yes or no).
///
/// Comma, semicolon, tab or bar separate the cells, or the list is a colour list of XMapTools; UTF-8, UTF-16 and Windows-1252 are understood;
/// titles before the header, blank rows and comments are left out. `background` is the name of what
/// is no particle. Classes named in `unmeasured`, or marked in the column `ignore`, count as
/// unmeasured; without either, those called `[Unclassified]`, "Unknown" or the like do.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`], [`Error::Csv`] for the file and its header,
/// [`Error::Cell`] with row and column, [`Error::Minerals`] when names or colours repeat or the
/// background is missing.
pub fn read_mineral_list(
    path: &Path,
    background: &str,
    unmeasured: Option<&[String]>,
) -> Result<MineralList, Error> {
    let csv_error = |problem: String| Error::Csv {
        path: path.to_owned(),
        problem,
    };
    let bytes = read_regular_file(path, BYTES_MAX, "a mineral list")?;
    let Some(decoded) = decoded(&bytes) else {
        return Err(csv_error(format!(
            "{}, {EXPECTED}; save the list as CSV, or correct the path",
            FileKind::of_bytes(&bytes)
        )));
    };
    let table = list_table(&decoded.text).map_err(|reason| csv_error(reason.to_string()))?;
    let mut notes = Vec::new();
    if let Some(encoding) = decoded.guessed {
        notes.push(format!(
            "the mineral list is not UTF-8 and is read as {encoding}; save it as UTF-8 when a name \
             is wrong"
        ));
    }
    if !table.has_header {
        notes.push(
            "the mineral list has no header; its columns are told from what they hold".to_owned(),
        );
    }
    let rows = Rows {
        table: &table,
        path,
    };
    let mut kept = Vec::new();
    let mut left_out = Vec::new();
    for row in &table.rows {
        if rows.is_mineral(row) {
            kept.push(row);
        } else if !row.cell(0).starts_with(['#', '%', '/']) {
            left_out.push(row.line.to_string());
        }
    }
    if !left_out.is_empty() {
        notes.push(format!(
            "lines {} of the mineral list have neither a name nor a colour and are left out",
            listed(&left_out)
        ));
    }
    let colours = rows.colours(&kept)?;
    let mut minerals = Vec::new();
    for (i, (row, rgb)) in kept.iter().zip(colours).enumerate() {
        minerals.push(Mineral {
            name: rows.name(i, row)?,
            rgb,
            density_g_cm3: rows.density(i, row)?,
        });
    }
    let wrong = |reason| Error::Minerals {
        path: path.to_owned(),
        reason,
    };
    let ignored = rows.ignored(&kept, &minerals, background, unmeasured, &mut notes)?;
    let numbers = rows.numbers(&kept)?;
    let names: Vec<String> = minerals.iter().map(|m: &Mineral| m.name.clone()).collect();
    let minerals = Minerals::new(minerals, background)
        .map_err(|reason| match reason {
            MineralsError::NoBackground { background, .. } => MineralsError::NoBackground {
                background,
                names: listed(&names),
            },
            other => other,
        })
        .and_then(|minerals| minerals.with_ignored(ignored))
        .map_err(wrong)?;
    check_mineral_names(path, &minerals)?;
    Ok(MineralList {
        minerals,
        numbers,
        notes,
    })
}

/// The first of some names or headings, as messages repeat them.
pub(super) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let first = names.iter().take(LISTED_MAX);
    let mut text = first
        .map(|name| shown(name.as_ref()))
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > LISTED_MAX {
        text.push_str(&format!(" and {} more", names.len() - LISTED_MAX));
    }
    text
}

fn decoded(bytes: &[u8]) -> Option<text::Decoded> {
    text::decode(bytes).filter(|decoded| !decoded.text.trim().is_empty())
}

/// The names in a mineral list, before it is known which is the background.
pub(crate) struct ListNames {
    /// As in the list; empty where the cell is.
    pub names: Vec<String>,
    /// Whether a header says that it is a mineral list.
    pub has_header: bool,
}

/// The names in a mineral list. `None` for a file that is no table with columns of a mineral list;
/// the reason, where it has a header that lacks one of them.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`].
pub(crate) fn list_names(path: &Path) -> Result<Result<ListNames, Option<String>>, Error> {
    let bytes = read_regular_file(path, BYTES_MAX, "a mineral list")?;
    let Some(decoded) = decoded(&bytes) else {
        return Ok(Err(None));
    };
    let table = match list_table(&decoded.text) {
        Ok(table) => table,
        Err(NoList::NoHeader) => return Ok(Err(None)),
        Err(reason) => return Ok(Err(Some(reason.to_string()))),
    };
    let rows = Rows {
        table: &table,
        path,
    };
    let kept = table.rows.iter().filter(|row| rows.is_mineral(row));
    Ok(Ok(ListNames {
        names: kept
            .map(|row| row.cell(table.columns.name).to_owned())
            .collect(),
        has_header: table.has_header,
    }))
}

/// The rows of one list, with errors that say where.
struct Rows<'a> {
    table: &'a ListTable,
    path: &'a Path,
}

impl Rows<'_> {
    fn wrong(&self, index: usize, row: &Row, column: usize, problem: String) -> Error {
        let name = shown(row.cell(self.table.columns.name));
        Error::Cell {
            path: self.path.to_owned(),
            row: index + 1,
            column: self
                .table
                .header
                .get(column)
                .filter(|name| !name.is_empty())
                .map_or_else(|| (column + 1).to_string(), |name| shown(name)),
            problem: format!(
                "{problem} (line {} of the file, mineral `{name}`)",
                row.line
            ),
        }
    }

    fn colour_columns(&self) -> Vec<usize> {
        match self.table.columns.colour {
            ColourColumns::Channels(at) => at.to_vec(),
            ColourColumns::One(at) => vec![at],
        }
    }

    /// Rows without colour that have no name, are comments or sums, and rows of units, hold no
    /// mineral.
    fn is_mineral(&self, row: &Row) -> bool {
        let name = row.cell(self.table.columns.name);
        let no_colour = self
            .colour_columns()
            .iter()
            .all(|at| row.cell(*at).is_empty());
        let is_sum = SUMS.contains(&name.to_lowercase().as_str());
        if no_colour && (name.is_empty() || is_sum || row.cell(0).starts_with(['#', '%', '/'])) {
            return false;
        }
        // Units below the header, such as `0-255` and `g/cm3`.
        let is_number = |at: &usize| number(row.cell(*at)).is_some();
        let channels = matches!(self.table.columns.colour, ColourColumns::Channels(_));
        let units = channels && name.is_empty() && !self.colour_columns().iter().any(is_number);
        !units
    }

    fn name(&self, index: usize, row: &Row) -> Result<String, Error> {
        let at = self.table.columns.name;
        match row.cell(at) {
            "" => {
                let problem =
                    "the cell is empty, expected a name; name the mineral or delete the row";
                Err(self.wrong(index, row, at, problem.to_owned()))
            }
            name if name.chars().count() > NAME_CHARS_MAX => {
                let problem = format!(
                    "a name of {} characters, expected up to {NAME_CHARS_MAX}; shorten it",
                    name.chars().count()
                );
                Err(self.wrong(index, row, at, problem))
            }
            name if name.chars().any(char::is_control) => {
                let problem = "the name holds control characters; delete them".to_owned();
                Err(self.wrong(index, row, at, problem))
            }
            name => Ok(name.to_owned()),
        }
    }

    fn colours(&self, rows: &[&Row]) -> Result<Vec<[u8; 3]>, Error> {
        match self.table.columns.colour {
            ColourColumns::One(at) => {
                let cells = || rows.iter().map(|row| row.cell(at));
                let alpha: Option<AlphaAt> = alpha_of(cells());
                let heading = self.table.header.get(at).map_or("", String::as_str);
                let numbers = whole_numbers(heading, cells())
                    .transpose()
                    .map_err(|problem| Error::Csv {
                        path: self.path.to_owned(),
                        problem,
                    })?;
                let one = |(i, row): (usize, &&Row)| {
                    let found = match numbers {
                        Some(order) => colour_of_number(row.cell(at), order),
                        None => colour(row.cell(at), alpha),
                    };
                    found.ok_or_else(|| {
                        self.wrong(i, row, at, format!(
                            "expected a colour such as #E62828 or 230 40 40, found `{}`; correct it",
                            shown(row.cell(at))
                        ))
                    })
                };
                rows.iter().enumerate().map(one).collect()
            }
            ColourColumns::Channels(at) => self.channels(rows, at),
        }
    }

    fn channels(&self, rows: &[&Row], at: [usize; 3]) -> Result<Vec<[u8; 3]>, Error> {
        let cells = || rows.iter().flat_map(|row| at.map(|at| row.cell(at)));
        let up_to_one = cells().all(|cell| number(cell).is_some_and(|v| (0.0..=1.0).contains(&v)));
        let fractions = up_to_one && cells().any(|cell| cell.contains(['.', ',']));
        if up_to_one && !fractions && cells().any(|cell| number(cell) == Some(1.0)) {
            return Err(Error::Csv {
                path: self.path.to_owned(),
                problem: "all colours of the mineral list are 0 or 1: of 1 or of 255? Write them \
                          from 0 to 255, or with a decimal point as 0.0 and 1.0"
                    .to_owned(),
            });
        }
        let channel = |i: usize, row: &Row, at: usize| {
            let text = &shown(row.cell(at));
            let value = number(text).map(|v| if fractions { (v * 255.0).round() } else { v });
            value
                .filter(|v| v.fract() == 0.0 && (0.0..=255.0).contains(v))
                .map(|v| v as u8)
                .ok_or_else(|| {
                    self.wrong(i, row, at, format!(
                        "expected a whole number from 0 to 255, found `{text}`; write the colour \
                         that the mineral has in the map"
                    ))
                })
        };
        rows.iter()
            .enumerate()
            .map(|(i, row)| {
                Ok([
                    channel(i, row, at[0])?,
                    channel(i, row, at[1])?,
                    channel(i, row, at[2])?,
                ])
            })
            .collect()
    }

    /// In g/cm3; a blank cell and 0 say that it is not known.
    fn density(&self, index: usize, row: &Row) -> Result<Option<f64>, Error> {
        let columns = &self.table.columns;
        let Some(at) = columns.density else {
            return Ok(None);
        };
        let text = &*shown(row.cell(at));
        if matches!(text, "" | "-" | "n/a" | "NaN" | "nan") || number(text) == Some(0.0) {
            return Ok(None);
        }
        let density = number(text).map(|d| d / f64::from(columns.density_divisor));
        match density.filter(|d| *d > 0.0 && *d <= DENSITY_MAX_G_CM3) {
            Some(density) => Ok(Some(density)),
            None => Err(self.wrong(index, row, at, format!(
                "expected a density in g/cm3 above 0 and up to {DENSITY_MAX_G_CM3}, or nothing, found \
                 `{text}`; correct it or leave it blank (name the column density_kg_m3 where it is \
                 in kg/m3)"
            ))),
        }
    }

    /// Classes that count as unmeasured.
    fn ignored(
        &self,
        rows: &[&Row],
        minerals: &[Mineral],
        background: &str,
        unmeasured: Option<&[String]>,
        notes: &mut Vec<String>,
    ) -> Result<Vec<u8>, Error> {
        let mut ignored = Vec::new();
        if let Some(at) = self.table.columns.ignore {
            for (i, row) in rows.iter().enumerate() {
                let text = &shown(row.cell(at));
                let yes = yes_or_no(text).ok_or_else(|| {
                    self.wrong(
                        i,
                        row,
                        at,
                        format!("expected yes or no, found `{text}`; correct it"),
                    )
                })?;
                if yes {
                    ignored.push(i);
                }
            }
        }
        let names: Vec<&str> = minerals.iter().map(|m| m.name.as_str()).collect();
        for wanted in unmeasured.unwrap_or_default() {
            let at = names
                .iter()
                .position(|name| name == wanted)
                .ok_or_else(|| Error::Csv {
                    path: self.path.to_owned(),
                    problem: format!(
                        "the class `{wanted}` of `unmeasured` is not in the mineral list ({}){}; \
                         correct it",
                        listed(&names),
                        nearest(wanted, &names)
                            .map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
                    ),
                })?;
            ignored.push(at);
        }
        if unmeasured.is_none() && self.table.columns.ignore.is_none() {
            for (i, name) in names.iter().enumerate() {
                if *name != background && is_unmeasured_name(name) {
                    notes.push(format!(
                        "pixels of the class `{name}` count as not measured; to count them as a \
                         mineral, give the mineral list a column `ignore` with `no` in that row, or \
                         set `unmeasured = []` in section [sem]"
                    ));
                    ignored.push(i);
                }
            }
        }
        // More rows than labels are refused with the list as a whole.
        Ok(ignored
            .into_iter()
            .filter_map(|i| u8::try_from(i).ok())
            .collect())
    }

    /// The column of class numbers, where it holds whole numbers, each once.
    fn numbers(&self, rows: &[&Row]) -> Result<Option<Vec<Option<i64>>>, Error> {
        let Some(at) = self.table.columns.number else {
            return Ok(None);
        };
        let is_meant = self.table.header[at].to_lowercase().contains("num");
        let mut numbers: Vec<Option<i64>> = Vec::new();
        for (i, row) in rows.iter().enumerate() {
            let text = &shown(row.cell(at));
            let value = number(text).filter(|v| v.fract() == 0.0).map(|v| v as i64);
            let earlier = value.and_then(|_| numbers.iter().position(|n| *n == value));
            match (value, earlier) {
                (Some(_), Some(earlier)) if is_meant => {
                    return Err(self.wrong(i, row, at, format!(
                        "the number {text} is that of row {} (`{}`), too; give each mineral its own",
                        earlier + 1,
                        shown(rows[earlier].cell(self.table.columns.name))
                    )));
                }
                (None, _) if is_meant && !text.is_empty() => {
                    return Err(self.wrong(
                        i,
                        row,
                        at,
                        format!("expected a whole number or nothing, found `{text}`; correct it"),
                    ));
                }
                // A column such as `id` or `code` that holds something else.
                (Some(_), Some(_)) => return Ok(None),
                (None, _) if !text.is_empty() => return Ok(None),
                _ => numbers.push(value),
            }
        }
        Ok(Some(numbers))
    }
}
