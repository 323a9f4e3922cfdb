use std::path::Path;

use corelith_core::{Mineral, Minerals, MineralsError};

use super::rows::{Rows, Told};
use super::table::{EXPECTED, NoList, list_table};
use crate::file_kind::FileKind;
use crate::regular_file::read_regular_file;
use crate::sem_check::check_mineral_names;
use crate::syntax::nearest;
use crate::text::shown;
use crate::{Error, text};

/// A mineral list is at most so large.
const BYTES_MAX: u64 = 16 << 20;

/// Faults of one list that are told.
const FAULTS_MAX: usize = 20;

/// Names and headings that a message lists.
const LISTED_MAX: usize = 16;

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
        return Err(csv_error(not_a_table(FileKind::of_bytes(&bytes))));
    };
    let table = list_table(&decoded.text).map_err(|reason| {
        csv_error(match FileKind::of_bytes(&bytes) {
            kind @ (FileKind::Html | FileKind::Xml) => not_a_table(kind),
            _ => reason.to_string(),
        })
    })?;
    let mut told = Told::default();
    if let Some(encoding) = decoded.guessed {
        told.notes.push(format!(
            "the mineral list is not UTF-8 and is read as {encoding}; save it as UTF-8 when a name \
             is wrong"
        ));
    }
    if !table.has_header {
        told.notes.push(
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
        told.notes.push(format!(
            "lines {} of the mineral list have neither a name nor a colour and are left out",
            listed(&left_out)
        ));
    }
    if kept.is_empty() {
        return Err(csv_error(
            "the mineral list has a header and no rows; add a row for each mineral and one for the \
             resin, each with its colour in the maps"
                .to_owned(),
        ));
    }
    // All that is wrong with the rows, at once.
    let colours = rows.colours(&kept, &mut told.errors);
    let mut minerals = Vec::new();
    for (i, (row, rgb)) in kept.iter().zip(colours).enumerate() {
        let name = kept_or_told(rows.name(i, row), &mut told.errors);
        let density_g_cm3 = kept_or_told(rows.density(i, row, background), &mut told.errors);
        if let (Some(name), Some(rgb), Some(density_g_cm3)) = (name, rgb, density_g_cm3) {
            let mineral = Mineral {
                name,
                rgb,
                density_g_cm3,
            };
            minerals.push((i, mineral));
        }
    }
    let names: Vec<&str> = kept
        .iter()
        .map(|row| row.cell(table.columns.name))
        .collect();
    let ignored = rows.ignored(&kept, &names, background, unmeasured, &mut told);
    let numbers = kept_or_told(rows.numbers(&kept), &mut told.errors).flatten();
    let wrong = |reason| Error::Minerals {
        path: path.to_owned(),
        reason,
    };
    let Told { notes, mut errors } = told;
    errors.extend(doubles(&minerals).into_iter().map(wrong));
    if !names.contains(&background) {
        errors.push(csv_error(no_background(background, &names)));
    }
    let more = errors.len().saturating_sub(FAULTS_MAX);
    if more > 0 {
        errors.truncate(FAULTS_MAX);
        errors.push(csv_error(format!("{more} further faults of this list")));
    }
    if let Some(error) = Error::of_all(errors) {
        return Err(error);
    }
    let minerals = minerals.into_iter().map(|(_, mineral)| mineral).collect();
    let minerals = Minerals::new(minerals, background)
        .and_then(|minerals| minerals.with_ignored(ignored))
        .map_err(wrong)?;
    check_mineral_names(path, &minerals)?;
    Ok(MineralList {
        minerals,
        numbers,
        notes,
    })
}

fn kept_or_told<T>(result: Result<T, Error>, errors: &mut Vec<Error>) -> Option<T> {
    result.map_err(|error| errors.push(error)).ok()
}

/// Rows that share a name or a colour, with their positions.
fn doubles(minerals: &[(usize, Mineral)]) -> Vec<MineralsError> {
    let mut doubles = Vec::new();
    for (n, (i, a)) in minerals.iter().enumerate() {
        for (j, b) in &minerals[n + 1..] {
            doubles.extend(MineralsError::double([*i, *j], [a, b]));
            if doubles.len() >= LISTED_MAX {
                return doubles;
            }
        }
    }
    doubles
}

fn no_background(background: &str, names: &[&str]) -> String {
    let hint = match nearest(background, names) {
        Some(name) => format!("did you mean `{}`? Set", shown(name)),
        None => "set".to_owned(),
    };
    format!(
        "the background `{}` is not in the mineral list ({}); {hint} `background` in section [sem] to \
         the row that is resin, epoxy or air, or, where no row is, add one with its colour in the \
         maps",
        shown(background),
        listed(names)
    )
}

/// What to say of a file that holds no table.
fn not_a_table(kind: FileKind) -> String {
    let cure = match kind {
        FileKind::ForeignText => "save the list as UTF-8 (in Excel, `CSV UTF-8`)",
        _ => "save the list as CSV, or correct the path",
    };
    format!("{kind}, {EXPECTED}; {cure}")
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
