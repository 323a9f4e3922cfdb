use std::path::{Path, PathBuf};

use corelith_core::{Progress, Raster, Spacing, Volume};
use rayon::prelude::*;

use super::contiguous::Contiguous;
use super::page::{self, PageFormat, Pages};
use super::sample::{Depth, Sample};
use super::source;
use crate::Error;

/// A stack of TIFF slices on disk: one file a slice, or one file with a page a slice.
///
/// Opening reads the first header only; slices are decoded when they are asked for, so a volume
/// of any size goes through slice by slice.
#[derive(Debug, Clone)]
pub struct TiffStack {
    files: Vec<PathBuf>,
    storage: Storage,
    slices: usize,
    first: PageFormat,
    spacing: Option<Spacing>,
}

/// How slices lie in the files.
#[derive(Debug, Clone, Copy)]
enum Storage {
    /// One file a slice.
    Files,
    /// One file, one page a slice.
    Pages,
    /// One file, one page that stands for all slices.
    Contiguous(Contiguous),
}

impl TiffStack {
    /// Opens the files that a glob pattern matches, all TIFF files of a folder, or one file with
    /// many pages. Files are ordered by the numbers in their names.
    ///
    /// # Errors
    /// When nothing matches, when the numbers of the files have a gap, when the first slice is
    /// unreadable, or when it is not greyscale of 8, 16 or 32 bits.
    pub fn open(pattern_or_folder: &Path) -> Result<Self, Error> {
        let files = source::files(pattern_or_folder)?;
        let mut pages = page::open_page(&files[0], 0)?;
        let first = page::format(&mut pages, &files[0], 0, "16-bit greyscale")?;
        let (description, spacing) = page::description(&mut pages);
        let (storage, slices) = if files.len() > 1 {
            (Storage::Files, files.len())
        } else if let Some(images) = description
            .images
            .filter(|n| *n > 1 && !pages.more_images())
            && let Some(found) = Contiguous::find(&mut pages, &files[0], first, images)?
        {
            (Storage::Contiguous(found), found.slices())
        } else {
            let mut count = 1;
            while pages.more_images() {
                pages
                    .next_image()
                    .map_err(page::damaged(&files[0], count))?;
                count += 1;
            }
            (Storage::Pages, count)
        };
        Ok(Self {
            files,
            storage,
            slices,
            first,
            spacing,
        })
    }

    /// `[nz, ny, nx]`.
    pub fn shape(&self) -> [usize; 3] {
        [self.slices, self.first.rows, self.first.cols]
    }

    /// What one voxel is in the files.
    pub fn depth(&self) -> Depth {
        self.first.depth
    }

    /// The spacing, where the first file says all of it (ImageJ's manner).
    pub fn spacing(&self) -> Option<Spacing> {
        self.spacing
    }

    /// The files, in the order of their slices.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Looks at the header of every slice without decoding its pixels.
    ///
    /// # Errors
    /// When a header is damaged, or differs from the first in size or depth.
    pub fn check_headers(&self) -> Result<(), Error> {
        if let Storage::Contiguous(_) = self.storage {
            return Ok(());
        }
        let mut open: Option<Pages> = None;
        for z in 0..self.slices {
            let path = &self.files[z.min(self.files.len() - 1)];
            let mut pages = match open.take() {
                Some(mut pages) => {
                    pages.next_image().map_err(page::damaged(path, z))?;
                    pages
                }
                None => page::open_page(path, z)?,
            };
            page::check_like(&mut pages, path, z, self.first)?;
            if self.files.len() == 1 {
                open = Some(pages);
            }
        }
        Ok(())
    }

    /// Decodes one slice.
    ///
    /// # Errors
    /// When the slice does not exist, is damaged, or differs from the first in size or depth.
    pub fn slice<T: Sample>(&self, z: usize) -> Result<Raster<T>, Error> {
        self.reader(z)?.next_slice()
    }

    /// All slices in order, one in memory at a time.
    pub fn slices<T: Sample>(&self) -> Slices<'_, T> {
        Slices {
            stack: self,
            reader: None,
            z: 0,
            sample: std::marker::PhantomData,
        }
    }

    /// Decodes all slices, in parallel.
    ///
    /// # Errors
    /// When a slice is damaged or differs from the first (the first such slice is named), or on
    /// cancellation.
    pub fn read<T: Sample>(
        &self,
        spacing: Spacing,
        progress: &dyn Progress,
    ) -> Result<Volume<T>, Error> {
        self.read_as(spacing, progress, |value: T| value)
    }

    /// Decodes all slices of integers of any depth into a mask: 1 where a voxel is not 0.
    ///
    /// # Errors
    /// Those of [`Self::read`]; floats are refused.
    pub fn read_mask(
        &self,
        spacing: Spacing,
        progress: &dyn Progress,
    ) -> Result<Volume<u8>, Error> {
        self.read_as(spacing, progress, |value: u32| u8::from(value != 0))
    }

    /// Decodes all slices and keeps what `value` makes of their voxels.
    fn read_as<T: Sample, U: Copy + Default + Send + Sync>(
        &self,
        spacing: Spacing,
        progress: &dyn Progress,
        value: impl Fn(T) -> U + Sync,
    ) -> Result<Volume<U>, Error> {
        let [nz, ny, nx] = self.shape();
        let area = ny * nx;
        let mut data = vec![U::default(); nz * area];
        progress.start("reading slices", nz as u64);
        // A page is found by walking the directories before it: a worker takes a run of pages.
        let run = nz.div_ceil(4 * rayon::current_num_threads()).clamp(1, 32);
        let first_error =
            data.par_chunks_mut(area * run)
                .enumerate()
                .find_map_first(|(i, block)| {
                    let mut decode = || -> Result<(), Error> {
                        let mut reader = self.reader(i * run)?;
                        for slice in block.chunks_mut(area) {
                            progress.check()?;
                            let read = reader.next_slice::<T>()?;
                            for (kept, &read) in slice.iter_mut().zip(read.data()) {
                                *kept = value(read);
                            }
                            progress.advance(1);
                        }
                        Ok(())
                    };
                    decode().err()
                });
        progress.finish();
        match first_error {
            Some(error) => Err(error),
            None => Volume::new(data, [nz, ny, nx], spacing).map_err(|reason| Error::Shape {
                path: self.files[0].clone(),
                reason,
            }),
        }
    }

    fn reader(&self, z: usize) -> Result<SliceReader<'_>, Error> {
        if z >= self.slices {
            return Err(Error::Page {
                path: self.files[0].clone(),
                slice: z,
                reason: format!("the stack has only {} slices", self.slices),
            });
        }
        let pages = match self.storage {
            Storage::Pages => {
                let path = &self.files[0];
                let mut pages = page::open_page(path, z)?;
                pages.seek_to_image(z).map_err(page::damaged(path, z))?;
                Some(pages)
            }
            Storage::Files | Storage::Contiguous(_) => None,
        };
        Ok(SliceReader {
            stack: self,
            z,
            pages,
        })
    }
}

/// Decodes one slice after the other.
#[derive(Debug)]
struct SliceReader<'a> {
    stack: &'a TiffStack,
    z: usize,
    pages: Option<Pages>,
}

impl SliceReader<'_> {
    fn next_slice<T: Sample>(&mut self) -> Result<Raster<T>, Error> {
        let (z, first) = (self.z, self.stack.first);
        let path = match self.stack.storage {
            Storage::Files => &self.stack.files[z],
            Storage::Pages | Storage::Contiguous(_) => &self.stack.files[0],
        };
        let values = match (self.stack.storage, &mut self.pages) {
            (Storage::Contiguous(slices), _) => slices.decode(path, z, first)?,
            (_, Some(pages)) => {
                let values = page::decode(pages, path, z, first)?;
                if pages.more_images() {
                    pages.next_image().map_err(page::damaged(path, z + 1))?;
                }
                values
            }
            (_, None) => {
                let mut pages = page::open_page(path, z)?;
                let values = page::decode(&mut pages, path, z, first)?;
                if pages.more_images() {
                    return Err(Error::PixelKind {
                        path: path.clone(),
                        slice: z,
                        expected: "one page a file".to_owned(),
                        found: "several pages in a file that is one of many".to_owned(),
                    });
                }
                values
            }
        };
        self.z += 1;
        Raster::new(values, first.rows, first.cols).map_err(|reason| Error::Shape {
            path: path.clone(),
            reason,
        })
    }
}

/// The slices of a stack in order; ends after the first error.
#[derive(Debug)]
pub struct Slices<'a, T> {
    stack: &'a TiffStack,
    reader: Option<SliceReader<'a>>,
    z: usize,
    sample: std::marker::PhantomData<T>,
}

impl<T: Sample> Iterator for Slices<'_, T> {
    type Item = Result<Raster<T>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.z >= self.stack.slices {
            return None;
        }
        let reader = match &mut self.reader {
            Some(reader) => reader,
            empty => match self.stack.reader(self.z) {
                Ok(reader) => empty.insert(reader),
                Err(error) => {
                    self.z = self.stack.slices;
                    return Some(Err(error));
                }
            },
        };
        let slice = reader.next_slice();
        self.z = match slice {
            Ok(_) => self.z + 1,
            Err(_) => self.stack.slices,
        };
        Some(slice)
    }
}

/// Reads the CT slices: 16-bit greyscale (8-bit is widened, its values kept).
///
/// `pattern_or_folder` is a glob pattern, a folder, or one multi-page file; slices are ordered by
/// the numbers in their names.
///
/// # Errors
/// As [`TiffStack::open`] and [`TiffStack::read`]; other depths, floats and colours are refused.
pub fn read_ct_stack(
    pattern_or_folder: &Path,
    spacing: Spacing,
    progress: &dyn Progress,
) -> Result<Volume<u16>, Error> {
    TiffStack::open(pattern_or_folder)?.read(spacing, progress)
}

/// Reads any greyscale stack; `spacing_default` is used when the file does not say its own.
///
/// # Errors
/// As [`TiffStack::open`] and [`TiffStack::read`].
pub fn read_volume<T: Sample>(
    path: &Path,
    spacing_default: Spacing,
    progress: &dyn Progress,
) -> Result<Volume<T>, Error> {
    let stack = TiffStack::open(path)?;
    stack.read(stack.spacing().unwrap_or(spacing_default), progress)
}
