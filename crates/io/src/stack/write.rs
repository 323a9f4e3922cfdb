use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use corelith_core::{Progress, SliceSource, Spacing, Volume};
use rayon::prelude::*;
use tiff::TiffError;
use tiff::encoder::{self, DeflateLevel, Predictor, TiffEncoder, TiffKindBig, TiffKindStandard};

use super::imagej;
use super::sample::{Depth, PageTags, Sample};
use crate::{AtomicFile, Error};

/// Slices that are deflated at a time, for each thread.
const SLICES_A_THREAD: usize = 2;

/// How slices are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compression {
    /// As they are: the fastest to write, the largest.
    None,
    /// Deflate: right for labels, which shrink to a few per cent.
    #[default]
    Deflate,
    /// Deflate after differences along x (integers only): right for grey values.
    DeflateDifferences,
}

/// Shape and spacing of a stack that is to be written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StackLayout {
    /// `[nz, ny, nx]`.
    pub shape: [usize; 3],
    /// Distance between voxel centres.
    pub spacing: Spacing,
    /// How slices are stored.
    pub compression: Compression,
    /// Grey values that a viewer shows as black and white; its own choice where `None`.
    pub display_range: Option<[f64; 2]>,
}

impl StackLayout {
    /// A deflated stack.
    pub fn new(shape: [usize; 3], spacing: Spacing) -> Self {
        Self {
            shape,
            spacing,
            compression: Compression::default(),
            display_range: None,
        }
    }

    /// Whether the file has to be a BigTIFF, whose offsets have 64 bits.
    ///
    /// Decided before the first slice, so by the size without compression, with room for what
    /// deflate may add and for the directories.
    pub fn needs_big_tiff(&self, bytes_per_voxel: usize) -> bool {
        let [nz, ny, nx] = self.shape.map(|n| n as u64);
        let pixels = nz * ny * nx * bytes_per_voxel as u64;
        let directories = nz * (1024 + 32 * ny);
        pixels + pixels / 1000 + directories > u64::from(u32::MAX)
    }
}

/// One file under two owners: the TIFF encoder keeps its writer to itself, but the buffer has to
/// be flushed, with its errors, at the end.
#[derive(Debug, Clone)]
struct SharedWriter(Arc<Mutex<BufWriter<File>>>);

impl SharedWriter {
    fn lock(&self) -> MutexGuard<'_, BufWriter<File>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for SharedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.lock().flush()
    }
}

impl Seek for SharedWriter {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.lock().seek(position)
    }
}

enum Encoder {
    Classic(TiffEncoder<SharedWriter, TiffKindStandard>),
    Big(TiffEncoder<SharedWriter, TiffKindBig>),
}

/// Writes a stack slice by slice into one TIFF that Fiji, napari and tifffile open with its
/// micrometre spacing. Memory is bounded by the slices that are written at a time; the file appears
/// when it is finished.
///
/// Labels of 32 bits are exact in napari, tifffile, Bio-Formats and here; plain ImageJ shows them
/// as floats, which are exact up to 16,777,216.
pub struct StackWriter<T> {
    file: AtomicFile,
    writer: SharedWriter,
    encoder: Encoder,
    layout: StackLayout,
    written: usize,
    sample: PhantomData<T>,
}

impl<T> std::fmt::Debug for StackWriter<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StackWriter")
            .field("file", &self.file)
            .field("layout", &self.layout)
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

fn failed(path: &Path) -> impl FnOnce(TiffError) -> Error + '_ {
    move |error| match error {
        TiffError::IoError(reason) => Error::write(path)(reason),
        other => Error::Encode {
            path: path.to_owned(),
            problem: other.to_string(),
        },
    }
}

impl<T: Sample> StackWriter<T> {
    /// Starts a file; it is a BigTIFF when it could pass 4 GiB.
    ///
    /// # Errors
    /// [`Error::Write`] when the folder is not writable.
    pub fn create(path: &Path, layout: StackLayout) -> Result<Self, Error> {
        let file = AtomicFile::create(path)?;
        let writer = SharedWriter(Arc::new(Mutex::new(BufWriter::with_capacity(
            1 << 20,
            file.handle()?,
        ))));
        let (compression, predictor) = match layout.compression {
            Compression::None => (encoder::Compression::Uncompressed, Predictor::None),
            Compression::Deflate => (
                encoder::Compression::Deflate(DeflateLevel::Fast),
                Predictor::None,
            ),
            Compression::DeflateDifferences => (
                encoder::Compression::Deflate(DeflateLevel::Fast),
                match T::DEPTH {
                    Depth::F32 => Predictor::None,
                    _ => Predictor::Horizontal,
                },
            ),
        };
        let encoder = if layout.needs_big_tiff(T::DEPTH.bytes()) {
            TiffEncoder::new_big(writer.clone())
                .map(|e| Encoder::Big(e.with_compression(compression).with_predictor(predictor)))
        } else {
            TiffEncoder::new(writer.clone()).map(|e| {
                Encoder::Classic(e.with_compression(compression).with_predictor(predictor))
            })
        }
        .map_err(failed(path))?;
        Ok(Self {
            file,
            writer,
            encoder,
            layout,
            written: 0,
            sample: PhantomData,
        })
    }

    /// Appends a slice, row by row.
    ///
    /// # Errors
    /// [`Error::Incomplete`] when it has another size than announced or is one too many,
    /// [`Error::Write`] when the disk does not take it.
    pub fn write_slice(&mut self, slice: &[T]) -> Result<(), Error> {
        let [cols, rows] = self.next_size(slice)?;
        let tags = self.next_tags();
        match &mut self.encoder {
            Encoder::Classic(e) => T::write_page(e, cols, rows, slice, tags.as_ref()),
            Encoder::Big(e) => T::write_page(e, cols, rows, slice, tags.as_ref()),
        }
        .map_err(failed(self.file.path()))?;
        self.written += 1;
        Ok(())
    }

    /// Appends slices, which several threads deflate at the same time where they are to be.
    ///
    /// # Errors
    /// Those of [`Self::write_slice`].
    pub fn write_slices(&mut self, slices: &[&[T]]) -> Result<(), Error> {
        if self.layout.compression != Compression::Deflate {
            return slices.iter().try_for_each(|slice| self.write_slice(slice));
        }
        let cols = self.layout.shape[2] as u32;
        let whole: Vec<&[T]> = slices
            .iter()
            .copied()
            // What is not as announced is told below.
            .take_while(|slice| slice.len() == self.layout.shape[1] * self.layout.shape[2])
            .collect();
        let deflated: Vec<Vec<Vec<u8>>> = whole
            .par_iter()
            .map(|slice| T::deflated(cols.max(1), slice))
            .collect::<io::Result<_>>()
            .map_err(Error::write(self.file.path()))?;
        for (slice, strips) in whole.iter().zip(deflated) {
            let size = self.next_size(slice)?;
            let tags = self.next_tags();
            if slice.is_empty() {
                self.write_slice(slice)?;
                continue;
            }
            match &mut self.encoder {
                Encoder::Classic(e) => T::write_deflated(e, size, &strips, tags.as_ref()),
                Encoder::Big(e) => T::write_deflated(e, size, &strips, tags.as_ref()),
            }
            .map_err(failed(self.file.path()))?;
            self.written += 1;
        }
        match slices.get(whole.len()) {
            Some(slice) => self.next_size(slice).map(drop),
            None => Ok(()),
        }
    }

    /// Columns and rows of the next slice, if it is as announced.
    fn next_size(&self, slice: &[T]) -> Result<[u32; 2], Error> {
        let [nz, ny, nx] = self.layout.shape;
        let incomplete = |what, expected, found| Error::Incomplete {
            path: self.file.path().to_owned(),
            what,
            expected,
            found,
        };
        if slice.len() != ny * nx {
            return Err(incomplete("pixels in a slice", ny * nx, slice.len()));
        }
        if self.written == nz {
            return Err(incomplete("slices", nz, nz + 1));
        }
        match (u32::try_from(nx), u32::try_from(ny)) {
            (Ok(cols), Ok(rows)) => Ok([cols, rows]),
            _ => Err(incomplete("pixels in a row", u32::MAX as usize, nx.max(ny))),
        }
    }

    /// What the next page says about itself: the first one speaks for all.
    fn next_tags(&self) -> Option<PageTags> {
        let StackLayout {
            shape: [nz, ..],
            spacing,
            display_range,
            ..
        } = self.layout;
        (self.written == 0).then(|| PageTags {
            description: imagej::describe(nz, spacing, display_range),
            pixels_per_um: [1.0 / spacing.x_um, 1.0 / spacing.y_um],
        })
    }

    /// Ends the file and gives it its name.
    ///
    /// # Errors
    /// [`Error::Incomplete`] when slices are missing, [`Error::Write`] when the disk does not take
    /// the rest; nothing is left then.
    pub fn finish(self) -> Result<(), Error> {
        let [nz, ..] = self.layout.shape;
        if self.written != nz {
            return Err(Error::Incomplete {
                path: self.file.path().to_owned(),
                what: "slices",
                expected: nz,
                found: self.written,
            });
        }
        self.writer
            .lock()
            .flush()
            .map_err(Error::write(self.file.path()))?;
        self.file.commit()
    }
}

/// Writes a volume into one TIFF, deflated; see [`StackWriter`].
///
/// # Errors
/// [`Error::Write`]; nothing is left then. Cancellation.
pub fn write_volume<T: Sample>(
    path: &Path,
    volume: &Volume<T>,
    progress: &dyn Progress,
) -> Result<(), Error> {
    write_slices(path, volume, volume.spacing(), progress)
}

/// As [`write_volume`], some slices of a volume at a time.
///
/// # Errors
/// Those of [`write_volume`], and when slices cannot be read.
pub fn write_slices<T: Sample>(
    path: &Path,
    volume: &dyn SliceSource<T>,
    spacing: Spacing,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let [slices, height, width] = volume.shape();
    let mut writer = StackWriter::create(path, StackLayout::new(volume.shape(), spacing))?;
    progress.start("writing slices", slices as u64);
    let at_a_time = SLICES_A_THREAD * rayon::current_num_threads();
    for first in (0..slices).step_by(at_a_time) {
        progress.check()?;
        let end = (first + at_a_time).min(slices);
        let some = volume.slices(first..end).map_err(Error::write(path))?;
        let slice = |i: usize| &some[i * height * width..][..height * width];
        let some: Vec<&[T]> = (0..end - first).map(slice).collect();
        writer.write_slices(&some)?;
        progress.advance(some.len() as u64);
    }
    progress.finish();
    writer.finish()
}

/// Writes one slice as a file of its own, as CT reconstructions come.
///
/// # Errors
/// [`Error::Write`]; nothing is left then.
pub fn write_slice<T: Sample>(path: &Path, slice: &[T], layout: StackLayout) -> Result<(), Error> {
    let mut writer = StackWriter::create(path, layout)?;
    writer.write_slice(slice)?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn big_tiff_begins_where_offsets_end() {
        let layout = |shape| StackLayout::new(shape, Spacing::isotropic(1.0));
        assert!(!layout([1000, 1011, 984]).needs_big_tiff(1));
        assert!(!layout([1000, 1011, 984]).needs_big_tiff(4));
        assert!(layout([1100, 1011, 984]).needs_big_tiff(4));
        assert!(layout([1024, 1024, 1024]).needs_big_tiff(4));
        assert!(layout([2048, 1024, 1024]).needs_big_tiff(2));
        assert!(!layout([1, 1, 1]).needs_big_tiff(4));
    }

    fn assert_same_file<T: Sample>(value: impl Fn(usize) -> T, [nz, ny, nx]: [usize; 3]) {
        let folder = tempfile::tempdir().unwrap();
        let spacing = Spacing::isotropic(2.296);
        let values: Vec<T> = (0..nz * ny * nx).map(value).collect();
        let volume = Volume::new(values, [nz, ny, nx], spacing).unwrap();
        let one_by_one = folder.path().join("one.tif");
        let layout = StackLayout::new(volume.shape(), spacing);
        let mut writer = StackWriter::create(&one_by_one, layout).unwrap();
        for z in 0..nz {
            writer.write_slice(volume.slice(z)).unwrap();
        }
        writer.finish().unwrap();
        let expected = std::fs::read(one_by_one).unwrap();
        for threads in [1, 2, 8] {
            let path = folder.path().join(format!("{threads}.tif"));
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.build().unwrap();
            pool.install(|| write_volume(&path, &volume, &corelith_core::Silent))
                .unwrap();
            assert!(
                std::fs::read(path).unwrap() == expected,
                "{threads} threads"
            );
        }
    }

    #[test]
    fn slices_deflated_at_the_same_time_make_the_same_file() {
        let labels = |i: usize| (i / 7 * 2_654_435_761 % 977) as u32;
        // Several strips a slice, one, and strips of one row.
        assert_same_file(labels, [5, 700, 800]);
        assert_same_file(labels, [19, 30, 41]);
        assert_same_file(|i| i as u8, [2, 3, 1_200_000]);
        assert_same_file(|i| (i % 300) as u16, [3, 20, 21]);
        assert_same_file(|i| i as f32 * 0.5, [3, 20, 21]);
    }

    #[test]
    fn slices_that_are_not_as_announced_are_told_together_too() {
        let folder = tempfile::tempdir().unwrap();
        let layout = StackLayout::new([2, 2, 2], Spacing::isotropic(1.0));
        let told = |slices: &[&[u8]]| {
            let path = folder.path().join("s.tif");
            let mut writer = StackWriter::create(&path, layout).unwrap();
            writer.write_slices(slices).unwrap_err().to_string()
        };
        assert!(told(&[&[1; 4], &[1; 3]]).contains("pixels in a slice"));
        assert!(told(&[&[1; 4], &[1; 4], &[1; 4]]).contains("slices"));
    }
}
