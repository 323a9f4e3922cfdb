//! Where the frames of a section lie, as their names or a table say.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::frame_names::{Named, named};
use super::position_table::read_positions;
use super::settings::{FrameOrder, MosaicSettings};
use crate::text::shown;
use crate::{Error, natural};

/// Frames of one section are at most so many.
const FRAMES_MAX: usize = 1000;

/// Endings of images.
const ENDINGS: [&str; 9] = [
    "png", "tif", "tiff", "bmp", "gif", "webp", "jpg", "jpeg", "jpe",
];

/// What is known of the places of frames before their pixels are looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) enum Places {
    /// Column and row of each frame, from the top left corner.
    Cells(Vec<[usize; 2]>),
    /// x and y of the first pixel of each frame.
    Positions(Vec<[f64; 2]>),
}

/// The frames of one section: their files and where they lie.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Layout {
    #[serde(skip)]
    pub paths: Vec<PathBuf>,
    pub places: Places,
    /// Running numbers, from which other orders may be tried.
    #[serde(skip)]
    pub running: Option<Vec<u64>>,
    #[serde(skip)]
    pub notes: Vec<String>,
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn wrong(path: &Path, problem: String) -> Error {
    Error::Image {
        path: path.to_owned(),
        problem,
    }
}

/// The images in a folder or that a pattern matches, in the order in which a person counts, and the
/// names of files that are none.
///
/// # Errors
/// [`Error::Read`], [`Error::Pattern`].
pub(crate) fn image_files(place: &Path) -> Result<(Vec<PathBuf>, Vec<String>), Error> {
    let all: Vec<PathBuf> = match place.is_dir() {
        true => std::fs::read_dir(place)
            .map_err(Error::read(place))?
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .collect(),
        false => {
            let pattern = |reason: String| Error::Pattern {
                pattern: place.to_owned(),
                reason,
            };
            let text = place
                .to_str()
                .ok_or_else(|| pattern("it is no Unicode text".to_owned()))?;
            glob::glob(text)
                .map_err(|e| pattern(e.to_string()))?
                .filter_map(Result::ok)
                .collect()
        }
    };
    let mut paths = Vec::new();
    let mut others = Vec::new();
    for path in all.into_iter().filter(|path| path.is_file()) {
        let name = file_name(&path);
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        match ENDINGS.contains(&&*ending.to_lowercase()) {
            true => paths.push(path),
            false => others.push(name),
        }
    }
    paths.sort_by(|a, b| natural::compare(&file_name(a), &file_name(b)));
    others.sort();
    Ok((paths, others))
}

/// Whether a path of a project file names several files: a folder, or a pattern that is no file.
pub(crate) fn names_several(path: &Path) -> bool {
    let text = path.to_string_lossy();
    path.is_dir() || text.contains(['*', '?', '[']) && !path.is_file()
}

impl Layout {
    /// The frames in a folder or that a pattern matches. `folder` is that of the project file,
    /// `pixel_um` the size of a pixel.
    pub(super) fn open(
        place: &Path,
        folder: &Path,
        settings: &MosaicSettings,
        pixel_um: f64,
    ) -> Result<Self, Error> {
        let (paths, others) = image_files(place)?;
        if paths.is_empty() {
            return Err(wrong(
                place,
                format!(
                    "no frame found: there is no image{}; name a folder, or a pattern such as \
                     \"frames/map_r*_c*.png\" (relative paths start at the project file)",
                    match others.first() {
                        Some(name) =>
                            format!(", but {} other files such as `{name}`", others.len()),
                        None => String::new(),
                    }
                ),
            ));
        }
        let mut notes = Vec::new();
        if let (Some(first), true) = (others.first(), place.is_dir()) {
            notes.push(format!(
                "{} files in {} are left out, being no images by their endings, such as `{first}`",
                others.len(),
                place.display()
            ));
        }
        let mut layout = match &settings.positions {
            Some(table) => {
                let table = crate::project_path(folder, table);
                by_table(place, paths, &table, settings, pixel_um)?
            }
            None => by_names(place, paths, settings)?,
        };
        if layout.paths.len() > FRAMES_MAX {
            return Err(wrong(
                place,
                format!(
                    "{} frames; up to {FRAMES_MAX} are put together. Give each part of the section \
                     a map of its own",
                    layout.paths.len()
                ),
            ));
        }
        notes.append(&mut layout.notes);
        layout.notes = notes;
        Ok(layout)
    }

    pub(super) fn len(&self) -> usize {
        self.paths.len()
    }

    pub(super) fn name(&self, frame: usize) -> String {
        file_name(&self.paths[frame])
    }

    /// Frame in a cell of the grid.
    pub(super) fn by_cell(cells: &[[usize; 2]]) -> HashMap<[usize; 2], usize> {
        cells
            .iter()
            .enumerate()
            .map(|(i, cell)| (*cell, i))
            .collect()
    }
}

fn by_names(place: &Path, paths: Vec<PathBuf>, settings: &MosaicSettings) -> Result<Layout, Error> {
    let stems: Vec<String> = paths
        .iter()
        .map(|path| {
            path.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let found = named(&stems, settings).map_err(|problem| wrong(place, problem))?;
    let mut running = None;
    let cells = match found {
        Named::Cells(cells) => cells,
        Named::Running(numbers) => {
            let columns = settings.columns.ok_or_else(|| {
                wrong(
                    place,
                    format!(
                        "the names of {} frames hold a running number ({} to {}): say how many \
                         columns of frames there are, and the order if it is not row by row, such \
                         as `mosaic = {{ columns = {}, order = \"snake\" }}`",
                        numbers.len(),
                        numbers.iter().min().unwrap_or(&0),
                        numbers.iter().max().unwrap_or(&0),
                        numbers.len().isqrt().max(1)
                    ),
                )
            })?;
            let cells = cells_of_numbers(&numbers, columns, settings.order)
                .map_err(|problem| wrong(place, problem))?;
            running = Some(numbers);
            cells
        }
    };
    let cells = counted_from(&cells, settings.from);
    let mut owner: HashMap<[usize; 2], usize> = HashMap::new();
    for (i, cell) in cells.iter().enumerate() {
        if let Some(other) = owner.insert(*cell, i) {
            return Err(wrong(
                place,
                format!(
                    "two frames for row {}, column {}: `{}` and `{}`; take one of them away",
                    cell[1] + 1,
                    cell[0] + 1,
                    file_name(&paths[other]),
                    file_name(&paths[i])
                ),
            ));
        }
    }
    let notes = missing_cells(&cells).into_iter().collect();
    Ok(Layout {
        paths,
        places: Places::Cells(cells),
        running,
        notes,
    })
}

/// Columns and rows of running numbers, counted from the first.
pub(super) fn cells_of_numbers(
    numbers: &[u64],
    columns: usize,
    order: FrameOrder,
) -> Result<Vec<[usize; 2]>, String> {
    let first = numbers.iter().copied().min().unwrap_or(0);
    let last = numbers.iter().copied().max().unwrap_or(0);
    let all = (last - first) as usize + 1;
    if all > 4 * FRAMES_MAX {
        return Err(format!(
            "the running numbers go from {first} to {last}, which is too many for {} frames; number \
             them one after another",
            numbers.len()
        ));
    }
    if columns == 0 || columns > all {
        return Err(format!(
            "`columns = {columns}` does not fit {all} running numbers ({first} to {last}); expected \
             1 to {all}"
        ));
    }
    let by_column = matches!(order, FrameOrder::ColumnByColumn | FrameOrder::ColumnSnake);
    if by_column && !all.is_multiple_of(columns) {
        return Err(format!(
            "{all} running numbers ({first} to {last}) cannot be parted into {columns} columns of \
             one length; correct `columns`, or add the frames that are missing"
        ));
    }
    let rows = all.div_ceil(columns);
    let length = if by_column { rows } else { columns };
    let snake = matches!(order, FrameOrder::Snake | FrameOrder::ColumnSnake);
    let cell = |number: &u64| {
        let k = (number - first) as usize;
        let (line, along) = (k / length, k % length);
        let along = if snake && line % 2 == 1 {
            length - 1 - along
        } else {
            along
        };
        if by_column {
            [line, along]
        } else {
            [along, line]
        }
    };
    Ok(numbers.iter().map(cell).collect())
}

/// Cells from the top left corner, where they were counted from another one.
pub(super) fn counted_from(cells: &[[usize; 2]], from: super::settings::Corner) -> Vec<[usize; 2]> {
    let turns = from.turns();
    let mut turned = cells.to_vec();
    for axis in 0..2 {
        let last = cells.iter().map(|cell| cell[axis]).max().unwrap_or(0);
        if turns[axis] {
            turned
                .iter_mut()
                .for_each(|cell| cell[axis] = last - cell[axis]);
        }
    }
    turned
}

/// Says which cells of the grid have no frame.
fn missing_cells(cells: &[[usize; 2]]) -> Option<String> {
    let [columns, rows] =
        [0, 1].map(|axis| cells.iter().map(|cell| cell[axis]).max().unwrap_or(0) + 1);
    let missing = (columns * rows).saturating_sub(cells.len());
    if missing == 0 {
        return None;
    }
    let there = Layout::by_cell(cells);
    let first: Vec<String> = (0..rows)
        .flat_map(|row| (0..columns).map(move |column| [column, row]))
        .filter(|cell| !there.contains_key(cell))
        .take(8)
        .map(|[column, row]| format!("row {} column {}", row + 1, column + 1))
        .collect();
    let more = match missing.saturating_sub(first.len()) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    Some(format!(
        "of {columns} x {rows} frames {missing} are missing ({}{more}, counted from the top left): \
         their area counts as not measured",
        first.join(", ")
    ))
}

fn by_table(
    place: &Path,
    paths: Vec<PathBuf>,
    table: &Path,
    settings: &MosaicSettings,
    pixel_um: f64,
) -> Result<Layout, Error> {
    let positions = read_positions(table, pixel_um)?;
    let mut by_name: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in paths {
        by_name.insert(file_name(&path), path);
    }
    let mut kept = Vec::new();
    let mut xy_px = Vec::new();
    let mut lacking = Vec::new();
    for position in &positions {
        // Tables name files with or without folders and endings.
        let name = position.file.replace('\\', "/");
        let name = name.rsplit('/').next().unwrap_or(&name).to_owned();
        let of_stem = || {
            let mut same = by_name
                .keys()
                .filter(|other| Path::new(other).file_stem().is_some_and(|s| *s == *name));
            same.next().cloned()
        };
        let found = match by_name.contains_key(&name) {
            true => Some(name),
            false => of_stem(),
        };
        match found.and_then(|name| by_name.remove(&name)) {
            Some(path) => {
                kept.push(path);
                xy_px.push(position.xy_px);
            }
            None => lacking.push(shown(&position.file)),
        }
    }
    if kept.is_empty() {
        return Err(wrong(
            table,
            format!(
                "none of the {} files of the table of positions (such as `{}`) lies in {}; correct \
                 the names in the table, or `mineral_map`",
                positions.len(),
                lacking[0],
                place.display()
            ),
        ));
    }
    let mut notes = Vec::new();
    if !lacking.is_empty() {
        notes.push(format!(
            "{} frames of the table of positions are missing, such as `{}`: their area counts as \
             not measured",
            lacking.len(),
            lacking[0]
        ));
    }
    if let Some(name) = by_name.keys().next() {
        notes.push(format!(
            "{} images have no position in the table and are left out, such as `{name}`",
            by_name.len()
        ));
    }
    for (axis, turned) in settings.from.turns().into_iter().enumerate() {
        if turned {
            xy_px.iter_mut().for_each(|xy| xy[axis] = -xy[axis]);
        }
    }
    Ok(Layout {
        paths: kept,
        places: Places::Positions(xy_px),
        running: None,
        notes,
    })
}

#[cfg(test)]
mod tests {
    use super::super::settings::Corner;
    use super::*;

    #[test]
    fn running_numbers_go_in_the_order_that_is_said() {
        let numbers: Vec<u64> = (5..11).collect();
        let cells = |order| cells_of_numbers(&numbers, 3, order).unwrap();
        assert_eq!(cells(FrameOrder::RowByRow)[3..5], [[0, 1], [1, 1]]);
        assert_eq!(cells(FrameOrder::Snake)[3..5], [[2, 1], [1, 1]]);
        assert_eq!(cells(FrameOrder::ColumnByColumn)[1..3], [[0, 1], [1, 0]]);
        assert_eq!(
            cells(FrameOrder::ColumnSnake)[1..4],
            [[0, 1], [1, 1], [1, 0]]
        );
        assert!(cells_of_numbers(&numbers, 4, FrameOrder::ColumnSnake).is_err());
        assert!(cells_of_numbers(&numbers, 0, FrameOrder::Snake).is_err());
        let turned = counted_from(&cells(FrameOrder::RowByRow), Corner::BottomRight);
        assert_eq!(turned[0], [2, 1]);
    }

    #[test]
    fn missing_cells_are_named() {
        assert_eq!(missing_cells(&[[0, 0], [1, 0]]), None);
        let note = missing_cells(&[[0, 0], [1, 1]]).unwrap();
        assert!(note.contains("row 1 column 2, row 2 column 1"), "{note}");
    }
}
