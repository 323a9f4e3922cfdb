//! The slices of TIFF files, however they are stored.

use std::path::{Path, PathBuf};

use super::directory::{Directory, TiffFile};
use super::page_layout::{Chunks, PageFormat, PageLayout, tags};
use super::page_voxels::{crop, cropped, decode_layer, slices_a_layer};
use super::store::{SliceReader, SliceStore};
use super::voxels::Voxels;
use crate::Error;

/// `NewSubfileType`: bit 0 marks a copy of lower resolution.
pub(super) const REDUCED: u64 = 1;

/// A page that counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub number: usize,
    pub offset: u64,
}

/// How the slices of TIFF files are stored.
#[derive(Debug)]
pub(super) enum TiffStore {
    /// One file a slice.
    Files {
        files: Vec<PathBuf>,
        first: PageFormat,
        sample: usize,
    },
    /// One file, one page a slice.
    Pages {
        path: PathBuf,
        pages: Vec<Page>,
        first: PageFormat,
        sample: usize,
    },
    /// One file and one directory, whose images follow each other in plain bytes. ImageJ writes
    /// stacks past 4 GiB so (`ij.io.TiffEncoder`), and tifffile with `truncate`.
    OneDirectory {
        path: PathBuf,
        layout: PageLayout,
        /// Offset of every slice.
        offsets: Vec<u64>,
    },
    /// One page of 3D tiles.
    Tiles {
        path: PathBuf,
        layout: PageLayout,
        sample: usize,
    },
}

pub(super) fn check_like(
    layout: &PageLayout,
    path: &Path,
    slice: usize,
    first: PageFormat,
) -> Result<(), Error> {
    if (layout.cols, layout.rows) != (first.cols, first.rows) {
        return Err(Error::SliceSize {
            path: path.to_owned(),
            slice,
            expected: [first.cols, first.rows],
            found: [layout.cols, layout.rows],
        });
    }
    if layout.depth != first.depth {
        return Err(Error::PixelKind {
            path: path.to_owned(),
            slice,
            expected: format!("{} as the first slice", first.depth),
            found: layout.depth.to_string(),
        });
    }
    Ok(())
}

/// The one page of a file that is one slice of many.
pub(super) fn only_page(
    path: &Path,
    slice: usize,
) -> Result<(TiffFile, PageLayout, Directory), Error> {
    let file = TiffFile::open(path, slice)?;
    let (mut main, mut count) = (None, 0);
    let mut offset = file.first_directory()?;
    // A slice of a folder has one page, or a few; a loop ends with the count.
    while offset != 0 && count < 2 {
        let directory = file.directory(offset, slice)?;
        offset = directory.next();
        if file.integer(&directory, tags::SUBFILE, slice)?.unwrap_or(0) & REDUCED == 0 {
            count += 1;
            main.get_or_insert(directory);
        }
    }
    match main {
        Some(directory) if count == 1 => {
            let layout = PageLayout::of(&file, &directory, slice)?;
            if layout.slices > 1 {
                return Err(several_pages(path, slice));
            }
            Ok((file, layout, directory))
        }
        Some(_) => Err(several_pages(path, slice)),
        None => Err(Error::Page {
            path: path.to_owned(),
            slice,
            reason: "the file holds no page".to_owned(),
        }),
    }
}

pub(super) fn several_pages(path: &Path, slice: usize) -> Error {
    Error::PixelKind {
        path: path.to_owned(),
        slice,
        expected: "one page a file".to_owned(),
        found: "several pages in a file that is one of many".to_owned(),
    }
}

impl SliceStore for TiffStore {
    fn reader(&self, z: usize) -> Result<Box<dyn SliceReader + '_>, Error> {
        let file = match self {
            Self::Files { .. } => None,
            Self::Pages { path, .. }
            | Self::OneDirectory { path, .. }
            | Self::Tiles { path, .. } => Some(TiffFile::open(path, z)?),
        };
        Ok(Box::new(TiffReader {
            store: self,
            file,
            z,
            layer: None,
        }))
    }

    fn check_headers(&self) -> Result<(), Error> {
        match self {
            Self::OneDirectory { .. } | Self::Tiles { .. } => Ok(()),
            Self::Files { files, first, .. } => {
                for (z, path) in files.iter().enumerate() {
                    let (_, layout, _) = only_page(path, z)?;
                    check_like(&layout, path, z, *first)?;
                }
                Ok(())
            }
            Self::Pages {
                path, pages, first, ..
            } => {
                let file = TiffFile::open(path, 0)?;
                for page in pages {
                    let directory = file.directory(page.offset, page.number)?;
                    let layout = PageLayout::of(&file, &directory, page.number)?;
                    check_like(&layout, path, page.number, *first)?;
                }
                Ok(())
            }
        }
    }
}

struct TiffReader<'a> {
    store: &'a TiffStore,
    file: Option<TiffFile>,
    z: usize,
    /// The layer of 3D tiles that was decoded last.
    layer: Option<(usize, Voxels)>,
}

impl SliceReader for TiffReader<'_> {
    fn next_slice(&mut self) -> Result<Voxels, Error> {
        let z = self.z;
        let voxels = match (self.store, &self.file) {
            (
                TiffStore::Files {
                    files,
                    first,
                    sample,
                },
                _,
            ) => {
                let (file, layout, _) = only_page(&files[z], z)?;
                check_like(&layout, &files[z], z, *first)?;
                if *sample >= layout.samples {
                    return Err(several_pages(&files[z], z));
                }
                cropped(decode_layer(&file, &layout, z, *sample, 0)?, &layout, 0)
            }
            (
                TiffStore::Pages {
                    path,
                    pages,
                    first,
                    sample,
                },
                Some(file),
            ) => {
                let page = pages[z];
                let directory = file.directory(page.offset, page.number)?;
                let layout = PageLayout::of(file, &directory, page.number)?;
                check_like(&layout, path, page.number, *first)?;
                if *sample >= layout.samples {
                    return Err(several_pages(path, page.number));
                }
                cropped(
                    decode_layer(file, &layout, page.number, *sample, 0)?,
                    &layout,
                    0,
                )
            }
            (
                TiffStore::OneDirectory {
                    layout, offsets, ..
                },
                Some(file),
            ) => {
                let slice = PageLayout {
                    chunks: Chunks::Strips(layout.rows),
                    offsets: vec![offsets[z]],
                    byte_counts: layout.slice_bytes().into_iter().collect(),
                    ..layout.clone()
                };
                decode_layer(file, &slice, z, 0, 0)?
            }
            (TiffStore::Tiles { layout, sample, .. }, Some(file)) => {
                let layer = z / slices_a_layer(layout);
                let decoded = match self.layer.take() {
                    Some((number, decoded)) if number == layer => decoded,
                    _ => decode_layer(file, layout, 0, *sample, layer)?,
                };
                let (_, decoded) = self.layer.insert((layer, decoded));
                crop(decoded, layout, z)
            }
            (_, None) => unreachable!("only files of one slice each are opened one by one"),
        };
        self.z += 1;
        Ok(voxels)
    }
}
