//! Which BSE image belongs to which frame.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::by_table::of_same_rows;
use super::layout::{Layout, Places, cells_of_names};
use super::settings::MosaicSettings;
use crate::Error;
use crate::several_images::{file_name, image_files};

/// The BSE images of frames, in the order of those.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct BseFrames {
    #[serde(skip)]
    pub paths: Vec<PathBuf>,
    /// Whether names or the table say it; else grey values have to bear it out.
    #[serde(skip)]
    pub is_said: bool,
    #[serde(skip)]
    pub notes: Vec<String>,
}

impl BseFrames {
    /// The images in the folder `place`, or that the pattern `place` matches, of the frames of a
    /// map. `folder` is that of the project file, `pixel_um` the size of a pixel.
    ///
    /// # Errors
    /// [`Error::Image`] when a frame has none, or it is not clear which.
    pub(super) fn open(
        place: &Path,
        map: &Layout,
        folder: &Path,
        settings: &MosaicSettings,
        pixel_um: f64,
    ) -> Result<Self, Error> {
        match (&map.places, &settings.positions) {
            (Places::Positions(_), Some(table)) => {
                by_table(place, map, &crate::project_path(folder, table))
            }
            _ => by_names(
                place,
                map,
                Layout::open(place, folder, settings, pixel_um)?,
                settings,
            ),
        }
    }
}

fn wrong(place: &Path, problem: String) -> Error {
    Error::Image {
        path: place.to_owned(),
        problem,
    }
}

fn lacking(place: &Path, map: &Layout, frame: usize) -> Error {
    let cell = match &map.places {
        Places::Cells(cells) => {
            let [column, row] = cells[frame];
            format!(" (row {}, column {})", row + 1, column + 1)
        }
        Places::Positions(_) => String::new(),
    };
    wrong(
        place,
        format!(
            "no BSE image for the frame `{}`{cell}; add it, name it like the frame, or take `bse` \
             away",
            map.name(frame)
        ),
    )
}

fn left_out(more: usize) -> Option<String> {
    (more > 0).then(|| {
        format!("BSE images without a frame of the mineral map, which are left out: {more}")
    })
}

/// By the table that places the frames or, where it does not name them, one for each in the same
/// order.
fn by_table(place: &Path, map: &Layout, table: &Path) -> Result<BseFrames, Error> {
    let files = image_files(place)?.0;
    if let Some(found) = of_same_rows(map, &files, table)? {
        let paths: Vec<PathBuf> = found
            .into_iter()
            .enumerate()
            .map(|(frame, path)| path.ok_or_else(|| lacking(place, map, frame)))
            .collect::<Result<_, _>>()?;
        return Ok(BseFrames {
            notes: left_out(files.len() - paths.len()).into_iter().collect(),
            paths,
            is_said: true,
        });
    }
    if files.len() != map.len() {
        return Err(wrong(
            place,
            format!(
                "BSE images: {}, and frames of the mineral map with a position: {}; name each BSE \
                 image like its frame, in a folder of its own",
                files.len(),
                map.len()
            ),
        ));
    }
    Ok(BseFrames {
        notes: vec![format!(
            "the table of positions does not name the BSE images: they belong to its frames in \
             their order, `{}` to `{}` and so on",
            file_name(&files[0]),
            map.name(0)
        )],
        paths: files,
        is_said: false,
    })
}

/// The place, among `others`, of each of some cells, or the first that is not there.
fn at_each(cells: &[[usize; 2]], others: &[[usize; 2]]) -> Result<Vec<usize>, usize> {
    let at = Layout::by_cell(others);
    cells
        .iter()
        .enumerate()
        .map(|(i, cell)| at.get(cell).copied().ok_or(i))
        .collect()
}

/// By the numbers in names. Both sets are counted together: counted each from its own first, a set
/// that lacks its first row would lie one row off.
fn by_names(
    place: &Path,
    map: &Layout,
    own: Layout,
    settings: &MosaicSettings,
) -> Result<BseFrames, Error> {
    let (Places::Cells(cells), Places::Cells(own_cells)) = (&map.places, &own.places) else {
        return Err(wrong(
            place,
            "its frames have positions and no rows and columns".to_owned(),
        ));
    };
    let named = map.named.as_ref().zip(own.named.as_ref());
    let together = named.and_then(|(map, own)| map.with(own));
    let together = together.and_then(|all| cells_of_names(&all, settings).ok());
    let said = together.map(|all| {
        let (of_map, of_own) = all.split_at(map.len());
        at_each(of_map, of_own)
    });
    let alone = at_each(cells, own_cells);
    let mut notes = own.notes;
    let (found, is_said) = match (said, alone) {
        (Some(Ok(found)), _) => (found, true),
        // Rows that one program counts from 0 and the other from 1, or in pixels of another size.
        (_, Ok(found)) if own.paths.len() == map.len() => {
            notes.push(format!(
                "the names of the BSE images count otherwise than those of the frames: both were \
                 counted from their first row and column, `{}` is taken to show `{}`",
                file_name(&own.paths[found[0]]),
                map.name(0)
            ));
            (found, false)
        }
        (Some(Err(frame)), _) | (None, Err(frame)) => return Err(lacking(place, map, frame)),
        (None, Ok(_)) => {
            return Err(wrong(
                place,
                format!(
                    "the names of the BSE images (such as `{}`) count otherwise than those of the \
                     frames (such as `{}`); name each BSE image like its frame, in a folder of its \
                     own",
                    file_name(&own.paths[0]),
                    map.name(0)
                ),
            ));
        }
    };
    let paths: Vec<PathBuf> = found.iter().map(|&i| own.paths[i].clone()).collect();
    notes.extend(left_out(own.paths.len() - paths.len()));
    Ok(BseFrames {
        paths,
        is_said,
        notes,
    })
}
