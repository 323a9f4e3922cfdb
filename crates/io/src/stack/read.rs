//! A volume on disk, whatever its format.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};

use corelith_core::{Progress, Raster, SliceSource, Spacing, Volume};
use rayon::prelude::*;
use serde::{Serialize, Serializer};

use super::ct_checks::odd_size;
use super::evening::Unevenness;
use super::open::open;
use super::raw::RawLayout;
use super::sample::{Depth, Sample};
use super::slices::Slices;
use super::store::{Opened, SliceReader};
use super::voxels::{Misfit, Voxels};
use crate::{Error, SaidSpacing};

/// What the user says of a volume because its files do not.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VolumeOptions {
    /// The channel that is read, counted from 1 as Fiji shows it. Needed where there are several.
    pub channel: Option<usize>,
    /// How voxels lie in a file without a header.
    pub raw: Option<RawLayout>,
    /// The array that is read of an HDF5 file, such as `/entry/data/data`. Needed where there are
    /// several.
    pub dataset: Option<String>,
    /// What is evened when a CT is read: see [`VolumeSource::read_ct`].
    pub even: Vec<Unevenness>,
}

/// A volume on disk, of any format that is read: slices in TIFF, PNG or BMP files, one TIFF, NRRD,
/// MetaImage, NIfTI, NumPy, AmiraMesh, HDF5, Zeiss TXM, an OME-Zarr or raw voxels.
///
/// Opening reads headers only; slices are decoded when they are asked for, so a volume of any
/// size goes through slice by slice.
///
/// It serialises as what the volume depends on besides the options and what the files hold: what
/// the names of files say besides their order, such as the places of chunks.
#[derive(Debug, Clone)]
pub struct VolumeSource {
    opened: Opened,
    even: Vec<Unevenness>,
}

impl Serialize for VolumeSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.opened.places.serialize(serializer)
    }
}

impl VolumeSource {
    /// Opens the files that a glob pattern matches, all slices of a folder, or one file. Slices
    /// are ordered by the number that counts in their names.
    ///
    /// # Errors
    /// When nothing matches, when names or headers say that the files are not one stack of
    /// slices, when there are several channels, or when the first slice cannot be read.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_with(path, &VolumeOptions::default())
    }

    /// As [`Self::open`], with what the user says of the volume.
    ///
    /// # Errors
    /// Those of [`Self::open`]; when there is no such channel or array, when a choice is made where
    /// there is none, and when voxels without a header do not fit their description.
    pub fn open_with(path: &Path, options: &VolumeOptions) -> Result<Self, Error> {
        let opened = open(path, options)?;
        let [nz, ny, nx] = opened.shape;
        // 2^46 voxels are 70 terabytes: no volume, but a header that cannot be true.
        let voxels = nz.checked_mul(ny).and_then(|n| n.checked_mul(nx));
        if !voxels.is_some_and(|n| (1..=1 << 46).contains(&n)) {
            return Err(Error::Volume {
                path: opened.files[0].clone(),
                problem: format!("its header gives {nx} x {ny} x {nz} voxels, which cannot be"),
            });
        }
        Ok(Self {
            opened,
            even: options.even.clone(),
        })
    }

    /// `[nz, ny, nx]`.
    pub fn shape(&self) -> [usize; 3] {
        self.opened.shape
    }

    /// What one voxel is in the files.
    pub fn depth(&self) -> Depth {
        self.opened.depth
    }

    /// The spacing, where the files state it; slices are as far apart as pixels where they state
    /// the size of square pixels only.
    pub fn spacing(&self) -> Option<Spacing> {
        self.opened.spacing.and_then(|said| said.with_cubes())
    }

    /// What the files state of the spacing, axis by axis, and where.
    pub fn said_spacing(&self) -> Option<SaidSpacing> {
        self.opened.spacing
    }

    /// Whether the files show 0 as white. Voxels are given as they are stored all the same.
    pub fn is_white_zero(&self) -> bool {
        self.opened.white_is_zero
    }

    /// What the user should know of how the files were understood, the spacing aside.
    pub(super) fn notes_without_spacing(&self) -> Vec<String> {
        self.opened.notes.clone()
    }

    /// What the user should know of how the files were understood, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self.notes_without_spacing();
        if let Some(said) = self.opened.spacing
            && said.complete().is_none()
            && let Some(spacing) = said.with_cubes()
        {
            let (is_said, is_not, taken) = match said.xyz_um[2] {
                None => ("the size of pixels", "the distance of slices", spacing.z_um),
                Some(_) => ("the distance of slices", "the size of pixels", spacing.x_um),
            };
            notes.push(format!(
                "{} states {is_said} ({said}) and not {is_not}; it was taken to be the same, {} um",
                self.opened.files[0].display(),
                (taken * 1e6).round() / 1e6
            ));
        }
        notes.extend(self.spacing().and_then(odd_size));
        notes
    }

    /// The files, in the order of their slices.
    pub fn files(&self) -> &[PathBuf] {
        &self.opened.files
    }

    /// All files that are read, each once: those of [`Self::files`], and voxels or chunks that lie
    /// in files of their own.
    pub fn inputs(&self) -> Vec<PathBuf> {
        [&self.opened.files[..], &self.opened.beside].concat()
    }

    /// Looks at the header of every slice without decoding its pixels.
    ///
    /// # Errors
    /// When a header is damaged, differs from the first in size or depth, or says more than its
    /// file can hold.
    pub fn check_headers(&self) -> Result<(), Error> {
        self.opened.store.check_headers()
    }

    /// Decodes one slice.
    ///
    /// # Errors
    /// When the slice does not exist, is damaged, differs from the first in size or depth, or
    /// holds a value that `T` does not.
    pub fn slice<T: Sample>(&self, z: usize) -> Result<Raster<T>, Error> {
        let voxels = self.reader(z)?.next_slice()?;
        self.raster(z, voxels)
    }

    /// All slices in order, one in memory at a time.
    pub fn slices<T: Sample>(&self) -> Slices<'_, T> {
        Slices::of(self)
    }

    /// Decodes all slices, in parallel, exactly: see [`Sample`].
    ///
    /// # Errors
    /// When a slice is damaged, differs from the first, or holds a value that `T` does not (the
    /// first such slice is named), or on cancellation.
    pub fn read<T: Sample>(
        &self,
        spacing: Spacing,
        progress: &dyn Progress,
    ) -> Result<Volume<T>, Error> {
        self.read_slices(0..self.shape()[0], spacing, progress)
    }

    /// Decodes some slices, in parallel, exactly.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    ///
    /// # Panics
    /// When there are no such slices.
    pub fn read_slices<T: Sample>(
        &self,
        slices: Range<usize>,
        spacing: Spacing,
        progress: &dyn Progress,
    ) -> Result<Volume<T>, Error> {
        self.read_slices_as(slices, spacing, progress, |voxels, _| {
            T::from_voxels(voxels).map_err(|misfit| (misfit, T::HOLDS))
        })
    }

    /// Decodes all slices of whole numbers into a mask: 1 where a voxel is not 0.
    ///
    /// # Errors
    /// Those of [`Self::read`]; a float that is no whole number is named.
    pub fn read_mask(
        &self,
        spacing: Spacing,
        progress: &dyn Progress,
    ) -> Result<Volume<u8>, Error> {
        self.read_as(spacing, progress, |voxels, _| {
            voxels
                .mask()
                .map_err(|misfit| (misfit, "a whole number: 0 outside, another inside"))
        })
    }

    /// Decodes all slices and keeps what `values` makes of each and its number.
    pub(super) fn read_as<U: Copy + Default + Send + Sync>(
        &self,
        spacing: Spacing,
        progress: &dyn Progress,
        values: impl Fn(Voxels, usize) -> Result<Vec<U>, (Misfit, &'static str)> + Sync,
    ) -> Result<Volume<U>, Error> {
        self.read_slices_as(0..self.shape()[0], spacing, progress, values)
    }

    fn read_slices_as<U: Copy + Default + Send + Sync>(
        &self,
        slices: Range<usize>,
        spacing: Spacing,
        progress: &dyn Progress,
        values: impl Fn(Voxels, usize) -> Result<Vec<U>, (Misfit, &'static str)> + Sync,
    ) -> Result<Volume<U>, Error> {
        let [of, ny, nx] = self.shape();
        assert!(slices.start <= slices.end && slices.end <= of);
        let nz = slices.len();
        let area = ny * nx;
        // No memory is taken before every header says that there are voxels for it.
        self.check_headers()?;
        let mut data = Vec::new();
        data.try_reserve_exact(nz * area)
            .map_err(|_| Error::Volume {
                path: self.opened.files[0].clone(),
                problem: format!("{nx} x {ny} x {nz} voxels do not fit in memory"),
            })?;
        data.resize(nz * area, U::default());
        progress.start("reading slices", nz as u64);
        let run = self.run();
        let first_error =
            data.par_chunks_mut(area * run)
                .enumerate()
                .find_map_first(|(i, block)| {
                    let mut decode = || -> Result<(), Error> {
                        let mut reader = self.reader(slices.start + i * run)?;
                        for (j, slice) in block.chunks_mut(area).enumerate() {
                            progress.check()?;
                            let z = slices.start + i * run + j;
                            let read = values(self.whole(z, reader.next_slice()?)?, z)
                                .map_err(|(misfit, expected)| self.misfit(z, misfit, expected))?;
                            slice.copy_from_slice(&read);
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
                path: self.opened.files[0].clone(),
                reason,
            }),
        }
    }

    /// What is evened when a CT is read.
    pub(super) fn wanted_evening(&self) -> &[Unevenness] {
        &self.even
    }

    /// Slices that one reader takes in one go.
    pub(super) fn run(&self) -> usize {
        let slices = self.opened.shape[0];
        let wanted = slices.div_ceil(4 * rayon::current_num_threads());
        self.run_of(wanted.clamp(1, 32))
    }

    /// The same, about as many as are `wanted`.
    pub(super) fn run_of(&self, wanted: usize) -> usize {
        self.opened
            .store
            .slices_in_a_run(self.opened.shape[0], wanted)
    }

    /// The file that holds slice `z`.
    fn file_of(&self, z: usize) -> PathBuf {
        let files = &self.opened.files;
        files[z.min(files.len() - 1)].clone()
    }

    fn misfit(&self, z: usize, misfit: Misfit, expected: &'static str) -> Error {
        let cols = self.opened.shape[2].max(1);
        Error::Voxel {
            path: self.file_of(z),
            slice: z,
            col: misfit.index % cols,
            row: misfit.index / cols,
            value: misfit.value,
            expected,
        }
    }

    /// The voxels, after a check that they fill a slice.
    pub(super) fn whole(&self, z: usize, voxels: Voxels) -> Result<Voxels, Error> {
        let [_, ny, nx] = self.opened.shape;
        if voxels.len() == ny * nx {
            return Ok(voxels);
        }
        Err(Error::Page {
            path: self.file_of(z),
            slice: z,
            reason: format!("{} values where {nx} x {ny} were expected", voxels.len()),
        })
    }

    pub(super) fn raster<T: Sample>(&self, z: usize, voxels: Voxels) -> Result<Raster<T>, Error> {
        let [_, rows, cols] = self.opened.shape;
        let values = T::from_voxels(self.whole(z, voxels)?)
            .map_err(|misfit| self.misfit(z, misfit, T::HOLDS))?;
        Raster::new(values, rows, cols).map_err(|reason| Error::Shape {
            path: self.file_of(z),
            reason,
        })
    }

    pub(super) fn reader(&self, z: usize) -> Result<Box<dyn SliceReader + '_>, Error> {
        if z >= self.opened.shape[0] {
            return Err(Error::Page {
                path: self.opened.files[0].clone(),
                slice: z,
                reason: format!("the stack has only {} slices", self.opened.shape[0]),
            });
        }
        self.opened.store.reader(z)
    }
}

impl<T: Sample> SliceSource<T, Error> for VolumeSource {
    fn shape(&self) -> [usize; 3] {
        Self::shape(self)
    }

    fn slices(&self, slices: Range<usize>) -> Result<Cow<'_, [T]>, Error> {
        let [_, ny, nx] = Self::shape(self);
        let mut voxels = Vec::with_capacity(slices.len() * ny * nx);
        let mut reader = self.reader(slices.start)?;
        for z in slices {
            voxels.extend(self.raster::<T>(z, reader.next_slice()?)?.into_data());
        }
        Ok(Cow::Owned(voxels))
    }
}

/// Reads any greyscale or label volume exactly; `spacing_default` is used when the file does not
/// state its own.
///
/// # Errors
/// As [`VolumeSource::open`] and [`VolumeSource::read`].
pub fn read_volume<T: Sample>(
    path: &Path,
    spacing_default: Spacing,
    progress: &dyn Progress,
) -> Result<Volume<T>, Error> {
    let source = VolumeSource::open(path)?;
    source.read(source.spacing().unwrap_or(spacing_default), progress)
}
