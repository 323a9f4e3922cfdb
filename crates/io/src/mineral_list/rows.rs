//! The rows of a mineral list: what each cell says, and what is wrong with it.

use std::path::Path;

use super::cells::{
    AlphaAt, alpha_of, colour, colour_of_number, density, number, percent, whole_numbers, yes_or_no,
};
use super::header::ColourColumns;
use super::read::listed;
use super::table::{ListTable, Row};
use super::unmeasured_names::is_unmeasured_name;
use crate::Error;
use crate::syntax::nearest;
use crate::text::shown;

/// A name of more characters than this is none; the names of results are made of it.
const NAME_CHARS_MAX: usize = 200;

/// Densest of all minerals and metals, in g/cm3: osmium.
const DENSITY_MAX_G_CM3: f64 = 22.6;

/// Lightest of all solids of a sample, in g/cm3: charcoal and pumice are denser.
const DENSITY_MIN_G_CM3: f64 = 0.2;

/// Density of air, which may be a row, too.
const AIR_G_CM3: std::ops::RangeInclusive<f64> = 0.001..=0.0014;

/// Names of rows that sum up the others.
const SUMS: [&str; 6] = ["total", "sum", "summe", "gesamt", "somme", "totals"];

/// What is to be said of a list: what a user should know, and what is wrong.
#[derive(Default)]
pub(super) struct Told {
    pub notes: Vec<String>,
    pub errors: Vec<Error>,
}

/// How red, green and blue are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// 0 to 255.
    Bytes,
    /// 0.0 to 1.0.
    Fractions,
    /// 0 % to 100 %.
    Percent,
}

/// The rows of one list, with errors that say where.
pub(super) struct Rows<'a> {
    pub table: &'a ListTable,
    pub path: &'a Path,
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
    pub(super) fn is_mineral(&self, row: &Row) -> bool {
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

    pub(super) fn name(&self, index: usize, row: &Row) -> Result<String, Error> {
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

    /// The colours of all rows; `None` for those that are wrong, which `errors` then tell.
    pub(super) fn colours(&self, rows: &[&Row], errors: &mut Vec<Error>) -> Vec<Option<[u8; 3]>> {
        let mut told =
            |result: Result<[u8; 3], Error>| result.map_err(|error| errors.push(error)).ok();
        match self.table.columns.colour {
            ColourColumns::One(at) => {
                let cells = || rows.iter().map(|row| row.cell(at));
                let alpha: Option<AlphaAt> = alpha_of(cells());
                let heading = self.table.header.get(at).map_or("", String::as_str);
                let numbers = match whole_numbers(heading, cells()).transpose() {
                    Ok(numbers) => numbers,
                    Err(problem) => {
                        told(Err(self.of_list(problem)));
                        return vec![None; rows.len()];
                    }
                };
                let one = |(i, row): (usize, &&Row)| {
                    let found = match numbers {
                        Some(order) => colour_of_number(row.cell(at), order),
                        None => colour(row.cell(at), alpha),
                    };
                    let wrong = || {
                        self.wrong(i, row, at, format!(
                            "expected a colour such as #E62828 or 230 40 40, found `{}`; correct it",
                            shown(row.cell(at))
                        ))
                    };
                    told(found.ok_or_else(wrong))
                };
                rows.iter().enumerate().map(one).collect()
            }
            ColourColumns::Channels(at) => match self.scale_of(rows, at) {
                Ok(scale) => {
                    let one = |(i, row): (usize, &&Row)| told(self.channels(i, row, at, scale));
                    rows.iter().enumerate().map(one).collect()
                }
                Err(error) => {
                    told(Err(error));
                    vec![None; rows.len()]
                }
            },
        }
    }

    fn of_list(&self, problem: String) -> Error {
        Error::Csv {
            path: self.path.to_owned(),
            problem,
        }
    }

    /// How red, green and blue are written, which all rows do alike.
    fn scale_of(&self, rows: &[&Row], at: [usize; 3]) -> Result<Scale, Error> {
        let cells = || {
            let cells = rows.iter().flat_map(|row| at.map(|at| row.cell(at)));
            cells.filter(|cell| !cell.is_empty())
        };
        if cells().next().is_some() && cells().all(|cell| cell.ends_with('%')) {
            return Ok(Scale::Percent);
        }
        // Cells that hold no number are told one by one.
        let mut numbers = cells().filter_map(number).peekable();
        let some = numbers.peek().is_some();
        let up_to_one = some && numbers.all(|v| (0.0..=1.0).contains(&v));
        if up_to_one && cells().any(|cell| cell.contains(['.', ','])) {
            return Ok(Scale::Fractions);
        }
        if up_to_one && cells().any(|cell| number(cell) == Some(1.0)) {
            return Err(self.of_list(
                "all colours of the mineral list are 0 or 1: of 1 or of 255? Write them from 0 to \
                 255, or with a decimal point as 0.0 and 1.0"
                    .to_owned(),
            ));
        }
        Ok(Scale::Bytes)
    }

    fn channels(
        &self,
        i: usize,
        row: &Row,
        at: [usize; 3],
        scale: Scale,
    ) -> Result<[u8; 3], Error> {
        let channel = |at: usize| {
            let text = &shown(row.cell(at));
            let byte = |v: f64| (v.fract() == 0.0 && (0.0..=255.0).contains(&v)).then_some(v as u8);
            let value = match scale {
                Scale::Bytes => number(text).and_then(byte),
                Scale::Fractions => number(text).and_then(|v| byte((v * 255.0).round())),
                Scale::Percent => percent(text),
            };
            value.ok_or_else(|| {
                self.wrong(i, row, at, format!(
                    "expected a whole number from 0 to 255, found `{text}`; write the colour that \
                     the mineral has in the map"
                ))
            })
        };
        Ok([channel(at[0])?, channel(at[1])?, channel(at[2])?])
    }

    /// In g/cm3; a blank cell and 0 say that it is not known. What is no particle may be lighter than
    /// any solid.
    pub(super) fn density(
        &self,
        index: usize,
        row: &Row,
        background: &str,
    ) -> Result<Option<f64>, Error> {
        let columns = &self.table.columns;
        let Some(at) = columns.density else {
            return Ok(None);
        };
        let text = &*shown(row.cell(at));
        if matches!(text, "" | "-" | "n/a" | "NaN" | "nan") || number(text) == Some(0.0) {
            return Ok(None);
        }
        let density = density(text, columns.density_divisor);
        let least = match row.cell(columns.name) == background {
            true => f64::MIN_POSITIVE,
            false => DENSITY_MIN_G_CM3,
        };
        let is_likely = |d: &f64| (least..=DENSITY_MAX_G_CM3).contains(d) || AIR_G_CM3.contains(d);
        match density.filter(is_likely) {
            Some(density) => Ok(Some(density)),
            None => Err(self.wrong(index, row, at, format!(
                "expected a density in g/cm3 from {DENSITY_MIN_G_CM3} to {DENSITY_MAX_G_CM3}, or nothing, \
                 found `{text}`{}; correct it or leave it blank (name the column density_kg_m3 where \
                 it is in kg/m3, else density_g_cm3)",
                match columns.density_divisor {
                    1 => "",
                    _ => " in kg/m3",
                }
            ))),
        }
    }

    /// Classes that count as unmeasured.
    pub(super) fn ignored(
        &self,
        rows: &[&Row],
        names: &[&str],
        background: &str,
        unmeasured: Option<&[String]>,
        told: &mut Told,
    ) -> Vec<u8> {
        let mut ignored = Vec::new();
        if let Some(at) = self.table.columns.ignore {
            for (i, row) in rows.iter().enumerate() {
                let text = &shown(row.cell(at));
                match yes_or_no(text) {
                    Some(true) => ignored.push(i),
                    Some(false) => {}
                    None => {
                        let problem = format!("expected yes or no, found `{text}`; correct it");
                        told.errors.push(self.wrong(i, row, at, problem));
                    }
                }
            }
        }
        for wanted in unmeasured.unwrap_or_default() {
            match names.iter().position(|name| name == wanted) {
                Some(at) => ignored.push(at),
                None => told.errors.push(self.of_list(format!(
                    "the class `{wanted}` of `unmeasured` is not in the mineral list ({}){}; correct \
                     it",
                    listed(names),
                    nearest(wanted, names)
                        .map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
                ))),
            }
        }
        if unmeasured.is_none() && self.table.columns.ignore.is_none() {
            for (i, name) in names.iter().enumerate() {
                if *name != background && is_unmeasured_name(name) {
                    told.notes.push(format!(
                        "pixels of the class `{name}` count as not measured; to count them as a \
                         mineral, give the mineral list a column `ignore` with `no` in that row, or \
                         set `unmeasured = []` in section [sem]"
                    ));
                    ignored.push(i);
                }
            }
        }
        // More rows than labels are refused with the list as a whole.
        ignored
            .into_iter()
            .filter_map(|i| u8::try_from(i).ok())
            .collect()
    }

    /// The column of class numbers, where it holds whole numbers, each once.
    pub(super) fn numbers(&self, rows: &[&Row]) -> Result<Option<Vec<Option<i64>>>, Error> {
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
