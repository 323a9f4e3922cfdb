//! Where the frames of a section lie, as their names or a table say.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::by_table::by_table;
use super::frame_names::{Named, named};
use super::settings::{FrameOrder, MosaicSettings};
use crate::Error;
use crate::several_images::{file_name, image_files};

/// Frames of one section are at most so many.
const FRAMES_MAX: usize = 1000;

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
    /// What the names of files say, from which other orders may be tried; `None` where a table
    /// says it.
    #[serde(skip)]
    pub named: Option<Named>,
    /// As the table of positions names the files.
    #[serde(skip)]
    pub rows_of_table: Vec<String>,
    #[serde(skip)]
    pub notes: Vec<String>,
}

fn wrong(path: &Path, problem: String) -> Error {
    Error::Image {
        path: path.to_owned(),
        problem,
    }
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
                        Some(other) => format!(
                            ", but other files, {} in all, such as `{}`",
                            others.len(),
                            file_name(other)
                        ),
                        None => String::new(),
                    }
                ),
            ));
        }
        let mut notes = Vec::new();
        if let (Some(first), true) = (others.first(), place.is_dir()) {
            notes.push(format!(
                "files in {} that are left out, being no images by their endings: {}, such as `{}`",
                place.display(),
                others.len(),
                file_name(first)
            ));
        }
        let mut layout = match &settings.positions {
            Some(table) => {
                let table = crate::project_path(folder, table);
                by_table(place, &paths, &table, settings, pixel_um)?
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
    let cells = cells_of_names(&found, settings).map_err(|problem| wrong(place, problem))?;
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
        named: Some(found),
        rows_of_table: Vec::new(),
        notes,
    })
}

/// Column and row of each frame, from the top left corner, as names and settings say.
///
/// # Errors
/// In words.
pub(super) fn cells_of_names(
    named: &Named,
    settings: &MosaicSettings,
) -> Result<Vec<[usize; 2]>, String> {
    let cells = match (named, settings.columns) {
        (Named::Grid(_), Some(columns)) => {
            return Err(format!(
                "`columns = {columns}` is for frames with running numbers, and the file names hold \
                 rows and columns; take `columns` away"
            ));
        }
        (Named::Grid(grid), None) => {
            if grid.in_words && settings.order != FrameOrder::default() {
                return Err(format!(
                    "`order = \"{}\"` is for frames with bare numbers, and the file names say in \
                     words which number is the row or y; take `order` away",
                    settings.order.name()
                ));
            }
            grid.cells()?
        }
        (Named::Running(numbers), Some(columns)) => {
            cells_of_numbers(numbers, columns, settings.order)?
        }
        (Named::Running(numbers), None) => {
            return Err(format!(
                "the names of {} frames hold a running number ({} to {}): say how many columns of \
                 frames there are, and the order if it is not row by row, such as `mosaic = {{ \
                 columns = {}, order = \"snake\" }}`",
                numbers.len(),
                numbers.iter().min().unwrap_or(&0),
                numbers.iter().max().unwrap_or(&0),
                numbers.len().isqrt().max(1)
            ));
        }
    };
    Ok(counted_from(&cells, settings.from))
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
        "frames are missing among {columns} columns and {rows} rows: {}{more}, counted from the top \
         left; their area counts as not measured",
        first.join(", ")
    ))
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
