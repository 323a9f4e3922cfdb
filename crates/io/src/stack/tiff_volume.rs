//! TIFF files as a volume: one file a slice, or one file that holds all.

use super::arrangement::{chosen_channel, pages_of_slices};
use super::description::{Axis, Description, describe};
use super::grey_page::GreyPage;
use super::slice_page::{channels_in_pages, page_of_file};
use super::store::Opened;
use super::tiff_store::{PagePlace, TiffStore, voxels};
use super::{ome, ome_files};
use crate::Error;
use crate::tiff_file::{
    Chunks, JPEG, Page, TiffFile, UNCOMPRESSED, Use, is_reduced, size_of, tags,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The pages that are no copies of lower resolution, and how many of those were left out.
fn pages_of(file: &TiffFile) -> Result<(Vec<PagePlace>, usize), Error> {
    let (mut pages, mut reduced) = (Vec::new(), 0);
    let mut first_size = None;
    file.for_each_page(|number, offset, directory| {
        if is_reduced(file, directory, number)? {
            reduced += 1;
            return Ok(());
        }
        let size = size_of(file, directory, number)?;
        let first = *first_size.get_or_insert(size);
        if size != first {
            return Err(Error::SliceSize {
                path: file.path().to_owned(),
                slice: number,
                expected: first,
                found: size,
            });
        }
        pages.push(PagePlace { number, offset });
        Ok(())
    })?;
    if pages.is_empty() {
        return Err(file.damaged(0, "the file holds no page but previews".to_owned()));
    }
    Ok((pages, reduced))
}

/// What is wrong with a file whose pages differ in size: its description may speak of several images.
fn several_images(file: &TiffFile, error: Error) -> Error {
    let described = || {
        let directory = file.directory(file.first_directory()?, 0)?;
        describe(file, &directory, 1)
    };
    match (&error, described()) {
        (Error::SliceSize { .. }, Err(of_description)) => of_description,
        _ => error,
    }
}

fn volume_error(path: &Path) -> impl Fn(String) -> Error + '_ {
    move |problem| Error::Volume {
        path: path.to_owned(),
        problem,
    }
}

/// A sentence on greys that a compression with loss changed.
fn lossy(path: &Path, page: &Page) -> Option<String> {
    (page.compression == JPEG).then(|| {
        format!(
            "{} is compressed as JPEG, which blurs grey values; export the slices without loss \
             (LZW, Deflate or uncompressed)",
            path.display()
        )
    })
}

/// A sentence on a page that is stored as colours.
///
/// # Errors
/// When they are not grey.
fn of_colours(file: &TiffFile, grey: &GreyPage, number: usize) -> Result<Option<String>, Error> {
    if !grey.is_rgb {
        return Ok(None);
    }
    voxels(file, grey, number, 0, 0)?;
    let path = file.path().display();
    Ok(Some(format!(
        "{path} is stored as colours that are all grey; the greys were taken"
    )))
}

/// Opens one file a slice.
pub(super) fn open_files(files: Vec<PathBuf>, channel: Option<usize>) -> Result<Opened, Error> {
    let page_of_channel = match channels_in_pages(&files[0])? {
        Some((channels, names)) => {
            let chosen = chosen_channel(channels, files.len(), &names, channel);
            Some(chosen.map_err(volume_error(&files[0]))?)
        }
        None => None,
    };
    let (file, grey, directory) = page_of_file(&files[0], 0, page_of_channel)?;
    let page = &grey.page;
    let mut described = describe(&file, &directory, grey.page.samples)?;
    let text = file.text(&directory, tags::DESCRIPTION, 0)?;
    let files = match ome::is_ome(&text).then(|| ome_files::ordered(&files, &text)) {
        Some(ordered) => ordered?.map_or(files, |ordered| {
            described.notes.extend(ordered.notes);
            described.spacing = described.spacing.or(ordered.spacing);
            ordered.files
        }),
        None => files,
    };
    let of_samples = channel.filter(|_| page_of_channel.is_none());
    let sample = chosen_channel(grey.channels(), files.len(), &[], of_samples)
        .map_err(volume_error(&files[0]))?;
    let remarks = [lossy(&files[0], page), of_colours(&file, &grey, 0)?];
    Ok(Opened {
        shape: [files.len(), page.rows, page.cols],
        depth: grey.depth,
        spacing: described.spacing,
        white_is_zero: grey.white_is_zero,
        notes: described
            .notes
            .into_iter()
            .chain(remarks.into_iter().flatten())
            .collect(),
        store: Arc::new(TiffStore::Files {
            files: files.clone(),
            first: grey.format(),
            page: page_of_channel,
            sample,
        }),
        files,
        beside: Vec::new(),
        places: Vec::new(),
    }
    .upright(page.orientation))
}

/// Opens one file that holds all slices.
pub(super) fn open_file(path: &Path, channel: Option<usize>) -> Result<Opened, Error> {
    let file = TiffFile::open(path, 0, Use::Slices)?;
    let (pages, reduced) = pages_of(&file).map_err(|error| several_images(&file, error))?;
    let directory = file.directory(pages[0].offset, pages[0].number)?;
    let grey = GreyPage::of(&file, &directory, pages[0].number)?;
    let layout = &grey.page;
    let samples = grey.channels();
    let mut described = describe(&file, &directory, layout.samples)?;
    let wrong = volume_error(path);
    if let Some(other) = &described.elsewhere {
        return Err(wrong(format!(
            "some of its planes lie in another file, {other}; if each file holds one slice, name \
             their folder, or a pattern that matches the slices of one channel, else join them in \
             one file"
        )));
    }
    let mut notes = std::mem::take(&mut described.notes);
    notes.extend(lossy(path, layout));
    notes.extend(of_colours(&file, &grey, pages[0].number)?);
    if reduced > 0 {
        notes.push(format!(
            "{} holds {reduced} previews of lower resolution, which were left out",
            path.display()
        ));
    }
    if samples > 1 && described.length(Axis::Channel) == samples {
        // The samples of a pixel are the channels of which the description speaks.
        described.axes.retain(|(axis, _)| *axis != Axis::Channel);
    }
    let images = described.images().unwrap_or(1);
    let (slices, store) = if layout.slices > 1 {
        if pages.len() > 1 {
            return Err(wrong(format!(
                "it holds {} volumes of 3D tiles, and the file does not say what they are; save \
                 the one that is meant as a file of its own",
                pages.len()
            )));
        }
        let sample =
            chosen_channel(samples, layout.slices, &described.channels, channel).map_err(wrong)?;
        (
            layout.slices,
            TiffStore::Tiles {
                path: path.to_owned(),
                grey: grey.clone(),
                sample,
            },
        )
    } else if pages.len() == 1 && images > 1 && described.one_directory {
        let store = one_directory(&file, &grey, &described, images, channel)?;
        (store.0, store.1)
    } else {
        let (sample, chosen) = match samples {
            1 => (
                0,
                pages_of_slices(&described, pages.len(), channel).map_err(wrong)?,
            ),
            samples => (
                chosen_channel(samples, pages.len(), &described.channels, channel)
                    .map_err(&wrong)?,
                pages_of_slices(&described, pages.len(), None).map_err(wrong)?,
            ),
        };
        if images != pages.len() && described.length(Axis::Channel) == 1 && images > 1 {
            notes.push(format!(
                "{} says that it holds {images} slices, and has {}; all of these were taken",
                path.display(),
                pages.len()
            ));
        }
        (
            chosen.len(),
            TiffStore::Pages {
                path: path.to_owned(),
                pages: chosen.iter().map(|&i| pages[i]).collect(),
                first: grey.format(),
                sample,
            },
        )
    };
    if let (TiffStore::Pages { .. }, 1, Some(extra)) =
        (&store, pages.len(), slices_behind(&file, layout))
    {
        notes.push(format!(
            "{} has one page, and bytes for {extra} more slices behind it; if it is a stack, the \
             program that wrote it left out where the slices are: export it again",
            path.display()
        ));
    }
    Ok(Opened {
        files: vec![path.to_owned()],
        beside: Vec::new(),
        places: Vec::new(),
        shape: [slices, layout.rows, layout.cols],
        depth: grey.depth,
        spacing: described.spacing,
        white_is_zero: grey.white_is_zero,
        notes,
        store: Arc::new(store),
    }
    .upright(layout.orientation))
}

/// Slices that would fit behind the only page of a file without compression.
fn slices_behind(file: &TiffFile, layout: &Page) -> Option<u64> {
    let slice = layout.slice_bytes()?;
    let end = layout.offsets.iter().max()?.checked_add(slice)?;
    let extra = file.size.saturating_sub(end) / slice.max(1);
    (layout.compression == UNCOMPRESSED && extra > 0 && slice > 4096).then_some(extra)
}

/// The slices of a file whose one directory stands for `images` images.
fn one_directory(
    file: &TiffFile,
    grey: &GreyPage,
    described: &Description,
    images: usize,
    channel: Option<usize>,
) -> Result<(usize, TiffStore), Error> {
    let layout = &grey.page;
    let strips_follow = match layout.chunks {
        Chunks::Strips(rows) => {
            let strip = layout.row_bytes(layout.cols).map(|n| (n * rows) as u64);
            layout
                .offsets
                .windows(2)
                .all(|w| strip.is_some_and(|strip| w[0].checked_add(strip) == Some(w[1])))
        }
        Chunks::Tiles(_) => false,
    };
    let slice_bytes = layout
        .slice_bytes()
        .filter(|_| layout.compression == UNCOMPRESSED && layout.samples == 1 && strips_follow);
    let Some(slice_bytes) = slice_bytes else {
        return Err(file.damaged(
            1,
            format!("the file says that it holds {images} images, and has one page"),
        ));
    };
    let start = layout.offsets[0];
    let needed = slice_bytes
        .checked_mul(images as u64)
        .and_then(|n| n.checked_add(start));
    if needed.is_none_or(|needed| needed > file.size) {
        return Err(file.damaged(
            (file.size.saturating_sub(start) / slice_bytes.max(1)) as usize,
            format!(
                "the file ends too early, it is cut short: it says that it holds {images} slices, which need {} \
                 bytes, and has {}",
                needed.map_or_else(|| "too many".to_owned(), |n| n.to_string()),
                file.size
            ),
        ));
    }
    let chosen = pages_of_slices(described, images, channel).map_err(volume_error(file.path()))?;
    Ok((
        chosen.len(),
        TiffStore::OneDirectory {
            path: file.path().to_owned(),
            grey: grey.clone(),
            offsets: chosen
                .iter()
                .map(|&i| start + i as u64 * slice_bytes)
                .collect(),
        },
    ))
}
