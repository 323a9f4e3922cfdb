//! The slices of TIFF files, however they are stored.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::grey_page::{GreyPage, PageFormat};
use super::raw_voxels::voxels_of;
use super::slice_page::page_of_file;
use super::store::{SliceReader, SliceStore};
use super::voxels::Voxels;
use crate::Error;
use crate::tiff_file::{Chunks, Page, Part, TiffFile, Use, check_size, decode};

/// Where a page that counts is.
#[derive(Debug, Clone, Copy)]
pub(super) struct PagePlace {
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
        /// The page of each, counted from 0; `None` where there is one only.
        page: Option<usize>,
        sample: usize,
    },
    /// One file, one page a slice.
    Pages {
        path: PathBuf,
        pages: Vec<PagePlace>,
        first: PageFormat,
        sample: usize,
    },
    /// One file and one directory, whose images follow each other in plain bytes. ImageJ writes
    /// stacks past 4 GiB so (`ij.io.TiffEncoder`), and tifffile with `truncate`.
    OneDirectory {
        path: PathBuf,
        grey: GreyPage,
        /// Offset of every slice.
        offsets: Vec<u64>,
    },
    /// One page of 3D tiles.
    Tiles {
        path: PathBuf,
        grey: GreyPage,
        sample: usize,
    },
}

fn check_like(grey: &GreyPage, path: &Path, slice: usize, first: PageFormat) -> Result<(), Error> {
    let page = &grey.page;
    if (page.cols, page.rows) != (first.cols, first.rows) {
        return Err(Error::SliceSize {
            path: path.to_owned(),
            slice,
            expected: [first.cols, first.rows],
            found: [page.cols, page.rows],
        });
    }
    if grey.depth != first.depth {
        return Err(Error::PixelKind {
            path: path.to_owned(),
            slice,
            expected: format!("{} as the first slice", first.depth),
            found: grey.depth.to_string(),
        });
    }
    if page.orientation != first.orientation {
        return Err(Error::PixelKind {
            path: path.to_owned(),
            slice,
            expected: format!(
                "a slice that is stored {} as the first one (tag `Orientation`)",
                first.orientation.in_words()
            ),
            found: format!("one that is stored {}", page.orientation.in_words()),
        });
    }
    Ok(())
}

/// The grey values of one sample of a page, or of a layer of its 3D tiles.
///
/// # Errors
/// When it cannot be decoded, or is stored as colours that are not grey.
pub(super) fn voxels(
    file: &TiffFile,
    grey: &GreyPage,
    number: usize,
    sample: usize,
    layer: usize,
) -> Result<Voxels, Error> {
    let sample_of = |sample: usize| {
        let part = Part::Sample { sample, layer };
        decode(file, &grey.page, number, part)
    };
    let bytes = sample_of(sample)?;
    if grey.is_rgb && (sample_of(1)? != bytes || sample_of(2)? != bytes) {
        return Err(grey.in_colour(file, number));
    }
    Ok(voxels_of(bytes, grey.depth, cfg!(target_endian = "little")))
}

impl TiffStore {
    /// The page of slice `z` where each slice has one, after a check that it is like the first.
    fn page_of(
        &self,
        file: Option<&TiffFile>,
        z: usize,
    ) -> Result<(Option<TiffFile>, GreyPage, usize), Error> {
        let (opened, grey, path, number, first, sample) = match (self, file) {
            (
                Self::Pages {
                    path,
                    pages,
                    first,
                    sample,
                },
                Some(file),
            ) => {
                let PagePlace { number, offset } = pages[z];
                let directory = file.directory(offset, number)?;
                let grey = GreyPage::of(file, &directory, number)?;
                (None, grey, path, number, first, *sample)
            }
            (
                Self::Files {
                    files,
                    first,
                    page,
                    sample,
                },
                _,
            ) => {
                let (file, grey, _) = page_of_file(&files[z], z, *page)?;
                (Some(file), grey, &files[z], z, first, *sample)
            }
            _ => unreachable!("other stores have one page for all slices"),
        };
        check_like(&grey, path, number, *first)?;
        if sample >= grey.page.samples {
            return Err(Error::PixelKind {
                path: path.clone(),
                slice: number,
                expected: format!("at least {} values a pixel", sample + 1),
                found: format!("an image of {} values a pixel", grey.page.samples),
            });
        }
        let file = opened.as_ref().or(file);
        if let Some(file) = file {
            check_size(file, &grey.page, number, Part::Sample { sample, layer: 0 })?;
        }
        Ok((opened, grey, number))
    }

    /// The one file that holds all slices.
    fn file(&self, z: usize) -> Result<Option<TiffFile>, Error> {
        match self {
            Self::Files { .. } => Ok(None),
            Self::Pages { path, .. }
            | Self::OneDirectory { path, .. }
            | Self::Tiles { path, .. } => TiffFile::open(path, z, Use::Slices).map(Some),
        }
    }
}

impl SliceStore for TiffStore {
    fn reader(&self, z: usize) -> Result<Box<dyn SliceReader + '_>, Error> {
        Ok(Box::new(TiffReader {
            store: self,
            file: self.file(z)?,
            z,
            layer: None,
        }))
    }

    fn check_headers(&self) -> Result<(), Error> {
        let file = self.file(0)?;
        match (self, &file) {
            (Self::Files { files, .. }, _) => (0..files.len())
                .into_par_iter()
                .find_map_first(|z| self.page_of(None, z).err())
                .map_or(Ok(()), Err),
            (Self::Pages { pages, .. }, Some(file)) => {
                (0..pages.len()).try_for_each(|z| self.page_of(Some(file), z).map(drop))
            }
            (Self::Tiles { grey, sample, .. }, Some(file)) => {
                let page = &grey.page;
                (0..page.slices.div_ceil(page.slices_a_layer())).try_for_each(|layer| {
                    let sample = *sample;
                    check_size(file, page, 0, Part::Sample { sample, layer }).map(drop)
                })
            }
            // Its size was held against that of the file when it was opened.
            _ => Ok(()),
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
            (TiffStore::OneDirectory { grey, offsets, .. }, Some(file)) => {
                let page = Page {
                    chunks: Chunks::Strips(grey.page.rows),
                    offsets: vec![offsets[z]],
                    byte_counts: grey.page.slice_bytes().into_iter().collect(),
                    ..grey.page.clone()
                };
                let slice = GreyPage {
                    page,
                    ..grey.clone()
                };
                voxels(file, &slice, z, 0, 0)?
            }
            (TiffStore::Tiles { grey, sample, .. }, Some(file)) => {
                let page = &grey.page;
                let depth = page.slices_a_layer();
                let layer = z / depth;
                let decoded = match self.layer.take() {
                    Some((number, decoded)) if number == layer => decoded,
                    _ => voxels(file, grey, 0, *sample, layer)?,
                };
                let (_, decoded) = self.layer.insert((layer, decoded));
                let area = page.rows * page.cols;
                decoded.part(z % depth * area..(z % depth + 1) * area)
            }
            (TiffStore::Pages { sample, .. } | TiffStore::Files { sample, .. }, file) => {
                let (opened, grey, number) = self.store.page_of(file.as_ref(), z)?;
                match opened.as_ref().or(file.as_ref()) {
                    Some(file) => voxels(file, &grey, number, *sample, 0)?,
                    None => unreachable!("a page has a file"),
                }
            }
            (_, None) => unreachable!("only files of one slice each are opened one by one"),
        };
        self.z += 1;
        Ok(voxels)
    }
}
