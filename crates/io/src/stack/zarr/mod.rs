//! Zarr arrays of versions 2 and 3, and OME-Zarr 0.4 and 0.5, which are images of them.

mod array;
mod chunk_files;
mod codecs;
mod image;
mod keys;
mod node;
mod shard;
mod source;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use array::Array;
use image::Multiscale;
use node::{Node, node};
use source::ZarrChunks;

use super::arrangement::chosen_channel;
use super::chunked::{Axis, ChunkedSlices, Roles, named_roles, product_text, unnamed_roles};
use super::store::Opened;
use crate::{Error, SaidSpacing, SpacingSource, natural};

pub(crate) use node::is_zarr;

/// Folders of a group that are looked at for images.
const CHILDREN_MAX: usize = 1000;

/// Opens the image of a folder, or of the one folder in it that is an image.
pub(super) fn open(folder: &Path, channel: Option<usize>) -> Result<Opened, Error> {
    let found = node(folder)?;
    if found.array.is_some() {
        return open_level(&found, channel);
    }
    let wrong = |problem: String| Error::Volume {
        path: folder.to_owned(),
        problem,
    };
    if let Some(image) = image::multiscale(&found.attributes).map_err(wrong)? {
        return open_image(&found, &image, channel);
    }
    let children = children(folder)?;
    let images: Vec<&Node> = children.iter().filter(|child| is_image(child)).collect();
    match images[..] {
        [only] => open(&only.folder, channel),
        [] => Err(wrong(format!(
            "it is a Zarr group without an image{}; name the folder of the image or of the array \
             that is meant",
            if image::is_plate(&found.attributes) {
                ", a plate of many"
            } else {
                ""
            }
        ))),
        _ => Err(wrong(format!(
            "it holds {} images, {}{}; name the one that is meant",
            images.len(),
            images
                .iter()
                .take(6)
                .map(|image| image.folder.display().to_string())
                .collect::<Vec<_>>()
                .join(", "),
            if images.len() > 6 { " ..." } else { "" }
        ))),
    }
}

/// The Zarr folders in a folder, labels left out.
fn children(folder: &Path) -> Result<Vec<Node>, Error> {
    let entries = fs::read_dir(folder).map_err(Error::read(folder))?;
    let mut folders: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir() && is_zarr(path) && !path.ends_with("labels"))
        .take(CHILDREN_MAX)
        .collect();
    folders.sort_by(|a, b| natural::compare(&a.to_string_lossy(), &b.to_string_lossy()));
    folders.iter().map(|path| node(path)).collect()
}

fn is_image(node: &Node) -> bool {
    match &node.array {
        Some(_) => Array::of(node).is_ok_and(|array| array.grid.shape.len() >= 3),
        None => matches!(image::multiscale(&node.attributes), Ok(Some(_))),
    }
}

/// Opens the finest array of an image.
fn open_image(found: &Node, image: &Multiscale, channel: Option<usize>) -> Result<Opened, Error> {
    let read =
        |i: usize| node(&found.folder.join(&image.levels[i].path)).and_then(|n| Array::of(&n));
    let mut finest = (0, read(0)?);
    let voxels = |array: &Array| {
        array
            .grid
            .shape
            .iter()
            .fold(1_u64, |n, m| n.saturating_mul(*m))
    };
    for i in 1..image.levels.len() {
        // Levels are sorted from the finest on; one that is not is found all the same.
        if let Ok(array) = read(i)
            && voxels(&array) > voxels(&finest.1)
        {
            finest = (i, array);
        }
    }
    let (number, array) = finest;
    let mut opened = open_array(array, Some((image, number)), channel)?;
    opened.beside.extend(found.files.iter().cloned());
    if image.levels.len() > 1 {
        opened.notes.push(format!(
            "{} holds its volume at {} resolutions; the finest was read, {}",
            found.folder.display(),
            image.levels.len(),
            image.levels[number].path.display()
        ));
    }
    let labels = node(&found.folder.join("labels")).ok();
    let labels = labels.and_then(|labels| image::listed_labels(&labels.attributes));
    if let Some(labels) = labels.filter(|labels| !labels.is_empty()) {
        let labels: Vec<String> = labels
            .iter()
            .take(6)
            .map(|l| crate::text::shown(l))
            .collect();
        opened.notes.push(format!(
            "{} holds labels, too, which are read by their own folder, labels/NAME: {}",
            found.folder.display(),
            labels.join(", ")
        ));
    }
    Ok(opened)
}

/// Opens an array that is named itself; it may be one resolution of an image.
fn open_level(found: &Node, channel: Option<usize>) -> Result<Opened, Error> {
    let array = Array::of(found)?;
    for above in found.folder.ancestors().skip(1).take(3) {
        let Some((image, metadata)) = image_of(above) else {
            continue;
        };
        let level = |i: &usize| above.join(&image.levels[*i].path) == found.folder;
        if let Some(number) = (0..image.levels.len()).find(level) {
            let mut opened = open_array(array, Some((&image, number)), channel)?;
            opened.beside.extend(metadata);
            if number > 0 {
                opened.notes.push(format!(
                    "{} is a coarser resolution of {}",
                    found.folder.display(),
                    above.display()
                ));
            }
            return Ok(opened);
        }
    }
    open_array(array, None, channel)
}

/// The image of a folder, and the files that describe it.
fn image_of(folder: &Path) -> Option<(Multiscale, Vec<PathBuf>)> {
    if !is_zarr(folder) {
        return None;
    }
    let found = node(folder).ok()?;
    Some((image::multiscale(&found.attributes).ok()??, found.files))
}

fn open_array(
    mut array: Array,
    level: Option<(&Multiscale, usize)>,
    channel: Option<usize>,
) -> Result<Opened, Error> {
    let file = array.files[0].clone();
    let wrong = |problem: String| Error::Volume {
        path: file.clone(),
        problem,
    };
    let axes: Option<Vec<Axis>> = match level {
        Some((image, _)) => Some(image.axes.clone()),
        None => array
            .names
            .as_ref()
            .map(|names| names.iter().map(|n| Axis::named(n)).collect()),
    };
    let roles = roles_of(&array, axes.as_deref(), level.is_some()).map_err(&wrong)?;
    let mut place = vec![0; array.grid.shape.len()];
    let slices = array.grid.volume_shape(&roles)[0];
    let channels = roles.channel.map_or(1, |c| array.grid.shape[c] as usize);
    let names = level.map_or(&[][..], |(image, _)| &image.channels);
    let chosen = chosen_channel(channels, slices, names, channel).map_err(&wrong)?;
    if let Some(axis) = roles.channel {
        place[axis] = chosen as u64;
    }
    let wanted: Vec<Option<u64>> = (0..place.len())
        .map(|axis| match roles.zyx.contains(&Some(axis)) {
            true => None,
            false => Some(place[axis] / array.file_shape[axis]),
        })
        .collect();
    let found = chunk_files::list(&mut array, &wanted)?;
    let needed = array.grid.volume_bytes(&roles);
    if found.files.is_empty() || needed > array.most_bytes(found.bytes) {
        return Err(wrong(format!(
            "its metadata give {} voxels in {} files, and there are {} files of {} bytes together; \
             copy or download it again, whole",
            product_text(&array.grid.shape),
            product_text(&array.files_along()),
            found.files.len(),
            found.bytes
        )));
    }
    let mut notes = Vec::new();
    let scale = level.and_then(|(image, number)| image.levels[number].scale.as_deref());
    let mut spacing = None;
    if let (Some(axes), Some(scale)) = (&axes, scale) {
        let (um, note) = image::spacing_um(axes, scale, roles.zyx);
        spacing = SaidSpacing::new(um, SpacingSource::Zarr);
        notes.extend(note.map(|note| format!("{}: {note}", array.folder.display())));
    }
    let mut files = array.files.clone();
    let mut beside = files.split_off(1);
    let grid = array.grid.clone();
    let source = ZarrChunks::new(array);
    let (all, written) = (grid.chunks(&roles), source.written(&found, &roles, &place)?);
    if written < all {
        notes.push(format!(
            "{} of {all} chunks of {} were never written, or are missing; their voxels have the \
             fill value of the array",
            all - written,
            source.folder().display()
        ));
    }
    // The name of a chunk says where it lies: the same bytes elsewhere are another volume.
    let places = found.files.iter().map(|(file, _)| product_text(file));
    let places = places.collect();
    beside.extend(found.files.into_iter().map(|(_, path)| path));
    Ok(Opened {
        files,
        beside,
        places,
        shape: grid.volume_shape(&roles),
        depth: grid.depth,
        spacing,
        white_is_zero: false,
        notes,
        store: Arc::new(ChunkedSlices {
            grid,
            roles,
            place,
            source: Box::new(source),
        }),
    })
}

/// Which axes of an array are z, y and x.
///
/// # Errors
/// In words.
fn roles_of(array: &Array, axes: Option<&[Axis]>, is_image: bool) -> Result<Roles, String> {
    let shape = &array.grid.shape;
    match axes {
        Some(axes) if axes.len() != shape.len() => Err(format!(
            "its array has {} axes, and its OME-Zarr metadata name {}; export it again",
            shape.len(),
            axes.len()
        )),
        // Names that are none of ours say nothing.
        Some(axes) if is_image || ["y", "x"].iter().all(|n| axes.iter().any(|a| a.name == *n)) => {
            named_roles(axes, shape)
        }
        _ => unnamed_roles(shape),
    }
}
