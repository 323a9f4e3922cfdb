//! The order of slices by the OME metadata of a set of files. The OME data model, version 2016-06:
//! `TiffData` names the file of each plane, and `BinaryOnly` the file that holds the metadata.

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use roxmltree::{Document, Node};

use super::ome;
use crate::regular_file::open_regular_file;
use crate::several_images::file_name;
use crate::text::{decode, shown};
use crate::tiff_file::{TiffFile, Use, tags};
use crate::{Error, SaidSpacing};

/// Metadata are no longer than this.
const METADATA_MAX: u64 = 64 << 20;

/// Files of slices in the order that their metadata say, and what is to be told of it.
pub(super) struct Ordered {
    pub files: Vec<PathBuf>,
    /// The size of a voxel, where the metadata are in another file.
    pub spacing: Option<SaidSpacing>,
    pub notes: Vec<String>,
}

fn named<'a>(node: Node<'a, 'a>, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.descendants()
        .filter(move |n| n.is_element() && n.tag_name().name() == name)
}

/// Slice, channel and frame of the first plane of each file that metadata name.
fn places(text: &str) -> HashMap<String, [usize; 3]> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let Ok(document) = Document::parse(text) else {
        return HashMap::new();
    };
    let mut places = HashMap::new();
    for data in named(document.root_element(), "TiffData") {
        let number = |name: &str| {
            let value = data.attribute(name).and_then(|v| v.trim().parse().ok());
            value.unwrap_or(0)
        };
        let at = ["FirstZ", "FirstC", "FirstT"].map(number);
        let file = named(data, "UUID").find_map(|uuid| uuid.attribute("FileName"));
        if let Some(file) = file {
            let file = file.rsplit(['/', '\\']).next().unwrap_or(file);
            let place = places.entry(file.to_owned()).or_insert(at);
            *place = (*place).min(at);
        }
    }
    places
}

/// The file that holds the metadata, if the text only points to it.
fn metadata_file(text: &str) -> Option<String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let document = Document::parse(text).ok()?;
    let pointer = named(document.root_element(), "BinaryOnly").next()?;
    let file = pointer.attribute("MetadataFile")?;
    Some(file.rsplit(['/', '\\']).next().unwrap_or(file).to_owned())
}

fn read_metadata(path: &Path) -> Option<String> {
    if let Ok(file) = TiffFile::open(path, 0, Use::Slices) {
        let mut text = None;
        let _ = file.for_each_page(|number, _, directory| {
            if number == 0 {
                text = Some(file.text(directory, tags::DESCRIPTION, 0)?);
            }
            Ok(())
        });
        return text;
    }
    let mut bytes = Vec::new();
    let file = open_regular_file(path).ok()?;
    file.take(METADATA_MAX).read_to_end(&mut bytes).ok()?;
    Some(decode(&bytes)?.text)
}

/// Files of one slice each, of which the first has the `description`, in the order of their planes;
/// `None` where metadata do not say it.
///
/// # Errors
/// [`Error::Volume`] when files hold planes of several channels or points in time, or two hold one.
pub(super) fn ordered(files: &[PathBuf], description: &str) -> Result<Option<Ordered>, Error> {
    let mut notes = Vec::new();
    let own = match metadata_file(description) {
        None => description.to_owned(),
        Some(name) => {
            let beside = files[0].with_file_name(&name);
            let text = match fs::metadata(&beside) {
                Ok(_) => read_metadata(&beside),
                Err(_) => None,
            };
            let Some(text) = text else {
                notes.push(format!(
                    "the OME metadata of the slices are in `{}`, which is not beside them: slices \
                     are in the order of their names, and their size is not known",
                    shown(&name)
                ));
                return Ok(Some(Ordered {
                    files: files.to_vec(),
                    spacing: None,
                    notes,
                }));
            };
            text
        }
    };
    let spacing = ome::parse(&own).ok().and_then(|read| read.spacing);
    let places = places(&own);
    let found: Option<Vec<[usize; 3]>> = files
        .iter()
        .map(|file| places.get(&file_name(file)).copied())
        .collect();
    let Some(found) = found.filter(|found| found.len() > 1) else {
        return Ok(None);
    };
    let wrong = |problem: String| Error::Volume {
        path: files[0].with_file_name(""),
        problem,
    };
    for (axis, what) in [(1, "channels"), (2, "points in time")] {
        if let Some(i) = found.iter().position(|at| at[axis] != found[0][axis]) {
            return Err(wrong(format!(
                "by their OME metadata the files hold several {what} (`{}` and `{}`), expected the \
                 slices of one; give a pattern that matches only these",
                file_name(&files[0]),
                file_name(&files[i])
            )));
        }
    }
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|&i| found[i][0]);
    if let Some(pair) = order
        .windows(2)
        .find(|pair| found[pair[0]][0] == found[pair[1]][0])
    {
        return Err(wrong(format!(
            "by their OME metadata `{}` and `{}` both hold slice {}; take one of them away",
            file_name(&files[pair[0]]),
            file_name(&files[pair[1]]),
            found[pair[0]][0]
        )));
    }
    if let Some(moved) = (0..order.len()).find(|&i| order[i] != i) {
        notes.push(format!(
            "the slices are in the order that their OME metadata say, and not in that of their \
             names: `{}` comes before `{}`",
            file_name(&files[order[moved]]),
            file_name(&files[moved])
        ));
    }
    let [first, last] = [order[0], order[order.len() - 1]].map(|i| found[i][0]);
    let missing = (last - first + 1).saturating_sub(files.len());
    if missing > 0 {
        notes.push(format!(
            "by their OME metadata {missing} slices are missing between the first and the last one; \
             add them, or the volume is shorter than it should be"
        ));
    }
    Ok(Some(Ordered {
        files: order.into_iter().map(|i| files[i].clone()).collect(),
        spacing,
        notes,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(files: &[(&str, usize, usize)]) -> String {
        let planes: String = files
            .iter()
            .map(|(file, z, c)| {
                format!(
                    r#"<TiffData FirstZ="{z}" FirstC="{c}"><UUID FileName="{file}">u</UUID></TiffData>"#
                )
            })
            .collect();
        format!("<OME><Image><Pixels>{planes}</Pixels></Image></OME>")
    }

    fn order(names: &[&str], text: &str) -> Result<Option<Vec<String>>, String> {
        let files: Vec<PathBuf> = names
            .iter()
            .map(|name| Path::new("ct").join(name))
            .collect();
        let found = ordered(&files, text).map_err(|e| e.to_string())?;
        Ok(found.map(|found| found.files.iter().map(|file| file_name(file)).collect()))
    }

    #[test]
    fn planes_are_in_the_order_that_metadata_say() {
        let text = metadata(&[("a.tif", 1, 0), ("b.tif", 2, 0), ("c.tif", 0, 0)]);
        let found = order(&["a.tif", "b.tif", "c.tif"], &text).unwrap().unwrap();
        assert_eq!(found, ["c.tif", "a.tif", "b.tif"]);
        // Of a file that they do not name nothing is known.
        assert_eq!(order(&["a.tif", "d.tif"], &text), Ok(None));
        let channels = metadata(&[("a.tif", 0, 0), ("b.tif", 0, 1)]);
        let error = order(&["a.tif", "b.tif"], &channels).unwrap_err();
        assert!(error.contains("several channels"), "{error}");
        let twice = metadata(&[("a.tif", 1, 0), ("b.tif", 1, 0)]);
        let error = order(&["a.tif", "b.tif"], &twice).unwrap_err();
        assert!(error.contains("both hold slice 1"), "{error}");
    }

    #[test]
    fn a_companion_that_is_missing_is_told() {
        let text = r#"<OME><BinaryOnly MetadataFile="x/s.companion.ome" UUID="u"/></OME>"#;
        let files = [
            PathBuf::from("nowhere/a.tif"),
            PathBuf::from("nowhere/b.tif"),
        ];
        let found = ordered(&files, text).unwrap().unwrap();
        assert!(
            found.notes[0].contains("s.companion.ome"),
            "{:?}",
            found.notes
        );
    }
}
