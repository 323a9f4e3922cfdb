//! Frames that a table of positions places.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use super::layout::{Layout, Places};
use super::position_table::read_positions;
use super::settings::MosaicSettings;
use crate::Error;
use crate::several_images::file_name;
use crate::text::shown;

fn wrong(path: &Path, problem: String) -> Error {
    Error::Image {
        path: path.to_owned(),
        problem,
    }
}

/// Files by their names, with and without their endings.
struct Files<'a> {
    paths: &'a [PathBuf],
    of_name: HashMap<String, Vec<usize>>,
}

/// Folders of a path, the last first.
fn folders(path: &Path) -> Vec<String> {
    let parts = path.parent().unwrap_or(Path::new("")).components().rev();
    parts
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect()
}

impl<'a> Files<'a> {
    fn new(paths: &'a [PathBuf]) -> Self {
        let mut of_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, path) in paths.iter().enumerate() {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            for name in [file_name(path), stem.into_owned()] {
                of_name.entry(name).or_default().push(i);
            }
        }
        Self { paths, of_name }
    }

    /// The file that a row names, with or without folders and its ending; `None` where there is
    /// none.
    ///
    /// # Errors
    /// In words, where it may be any of several.
    fn named(&self, row: &str) -> Result<Option<usize>, String> {
        let wanted = PathBuf::from(row.replace('\\', "/"));
        let wanted_folders = folders(&wanted);
        let name = file_name(&wanted);
        // The more folders agree the better, then a whole name goes before one without its ending.
        let score = |&i: &usize| {
            let path = &self.paths[i];
            let folders = folders(path);
            let pairs = folders.iter().zip(&wanted_folders);
            let agreeing = pairs.take_while(|(a, b)| a == b).count();
            ((agreeing, file_name(path) == name), i)
        };
        let of_name = self.of_name.get(&name).map_or(&[][..], Vec::as_slice);
        let mut scored: Vec<((usize, bool), usize)> = of_name.iter().map(score).collect();
        scored.sort_by(|a, b| b.cmp(a));
        match *scored {
            [] => Ok(None),
            [(best, one), (next, other), ..] if best == next && one != other => Err(format!(
                "its file `{}` may be {} or {}; write the folder before the name, too",
                shown(row),
                self.paths[other].display(),
                self.paths[one].display()
            )),
            [(_, one), ..] => Ok(Some(one)),
        }
    }

    /// The file of each row of a table.
    ///
    /// # Errors
    /// Where that is not clear, or two rows name the same.
    fn of_rows<'r>(
        &self,
        table: &Path,
        rows: impl Iterator<Item = &'r str>,
    ) -> Result<Vec<Option<usize>>, Error> {
        let mut owner: HashMap<usize, &str> = HashMap::new();
        rows.map(|row| {
            let file = self.named(row).map_err(|problem| wrong(table, problem))?;
            if let Some(file) = file
                && let Some(before) = owner.insert(file, row)
            {
                return Err(wrong(
                    table,
                    format!(
                        "its rows `{}` and `{}` name the same file, {}; keep one of them",
                        shown(before),
                        shown(row),
                        self.paths[file].display()
                    ),
                ));
            }
            Ok(file)
        })
        .collect()
    }
}

/// The frames among some files that a table of positions places.
pub(super) fn by_table(
    place: &Path,
    paths: &[PathBuf],
    table: &Path,
    settings: &MosaicSettings,
    pixel_um: f64,
) -> Result<Layout, Error> {
    let positions = read_positions(table, pixel_um)?;
    let rows = positions.iter().map(|position| &*position.file);
    let files = Files::new(paths).of_rows(table, rows)?;
    let mut kept = Vec::new();
    let mut xy_px = Vec::new();
    let mut names = Vec::new();
    let mut lacking = Vec::new();
    for (position, file) in positions.iter().zip(&files) {
        match file {
            Some(file) => {
                kept.push(paths[*file].clone());
                xy_px.push(position.xy_px);
                names.push(position.file.clone());
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
    if let Some(first) = lacking.first() {
        notes.push(format!(
            "frames of the table of positions that are missing: {}, such as `{first}`; their area \
             counts as not measured",
            lacking.len()
        ));
    }
    let mut others = (0..paths.len())
        .filter(|i| !files.contains(&Some(*i)))
        .map(|i| &paths[i]);
    if let Some(first) = others.next() {
        notes.push(format!(
            "images without a position in the table, which are left out: {}, such as `{}`",
            1 + others.count(),
            file_name(first)
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
        named: None,
        rows_of_table: names,
        notes,
    })
}

/// The BSE images that the rows of a table name which placed the frames of the map; `None` where
/// it names none of them.
///
/// # Errors
/// Those of [`by_table`].
pub(super) fn of_same_rows(
    map: &Layout,
    files: &[PathBuf],
    table: &Path,
) -> Result<Option<Vec<Option<PathBuf>>>, Error> {
    let rows = map.rows_of_table.iter().map(String::as_str);
    let found = Files::new(files).of_rows(table, rows)?;
    let any = found.iter().any(Option::is_some);
    Ok(any.then(|| {
        let path = |file: Option<usize>| file.map(|file| files[file].clone());
        found.into_iter().map(path).collect()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(named: &str, paths: &[&str]) -> Result<Option<usize>, String> {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        Files::new(&paths).named(named)
    }

    #[test]
    fn files_of_one_name_are_told_apart_by_their_folders() {
        let paths = ["s/day 1/a.png", "s/day 2/a.png", "s/day 2/b.png"];
        assert_eq!(file("day 2\\a.png", &paths), Ok(Some(1)));
        assert_eq!(file("C:\\x\\day 1\\a", &paths), Ok(Some(0)));
        assert_eq!(file("elsewhere/b.png", &paths), Ok(Some(2)));
        assert_eq!(file("c.png", &paths), Ok(None));
        let error = file("a.png", &paths).unwrap_err();
        assert!(error.contains("write the folder"), "{error}");
        assert_eq!(file("a.tif", &["a.tif.png", "a.tif"]), Ok(Some(1)));
    }
}
