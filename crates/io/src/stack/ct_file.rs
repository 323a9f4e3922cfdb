//! A CT of any type into a file of 16-bit greys, some slices at a time.

use std::path::Path;

use corelith_core::{Progress, Spacing};
use rayon::prelude::*;

use super::ct::Looked;
use super::evening::{Applied, Evening, Scales, Section};
use super::gathered::Gathered;
use super::grey_scale::{GreyScale, greys};
use super::read::VolumeSource;
use super::voxels::Voxels;
use super::write::{Compression, StackLayout, StackWriter};
use crate::Error;

/// How the greys of a CT that was written came about.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenCt {
    /// What they were in the files.
    pub scale: GreyScale,
    /// How slices were evened, where they were; `scale` is that of the greys before.
    pub evening: Option<Evening>,
    /// What the user should know of them, a sentence each.
    pub notes: Vec<String>,
}

impl VolumeSource {
    /// Reads a CT as [`Self::read_ct`] does, and writes its greys into one TIFF, uncompressed: every
    /// stage after reads it, and CT noise hardly shrinks. Memory is bounded by the slices that are
    /// decoded at a time, and little for each slice and each column.
    ///
    /// # Errors
    /// Those of [`Self::read_ct`], and when the file cannot be written.
    pub fn write_ct(
        &self,
        path: &Path,
        spacing: Spacing,
        progress: &dyn Progress,
    ) -> Result<WrittenCt, Error> {
        let (scale, notes) = self.grey_scale(progress)?;
        self.check_headers()?;
        let layout = StackLayout {
            compression: Compression::None,
            ..StackLayout::new(self.shape(), spacing)
        };
        let mut gathered = Gathered::new(self.shape());
        let mut writer = StackWriter::create(path, layout)?;
        progress.start("reading slices", self.shape()[0] as u64);
        let to_greys = |voxels: Voxels| Ok(greys(voxels, scale));
        self.in_slabs(progress, to_greys, |_, slab| {
            let slices: Vec<&[u16]> = slab.iter().map(Vec::as_slice).collect();
            gathered.add(&slices);
            writer.write_slices(&slices)
        })?;
        progress.finish();
        gathered.check(&self.files()[0])?;
        writer.finish()?;
        let written = Self::open(path)?;
        let looked = Looked {
            gathered: &gathered,
            slices: &written,
            spacing,
            scale,
            wanted: self.wanted_evening(),
        };
        let told = looked.told(notes)?;
        let applied = told
            .scales()
            .map(|scales| written.write_evened(scales, path, layout, progress));
        let (evening, notes) = told.evened(applied.transpose()?);
        Ok(WrittenCt {
            scale,
            evening,
            notes,
        })
    }

    /// Writes evened slices of 16 bits into a file, which may be that of the slices.
    fn write_evened(
        &self,
        scales: &Scales,
        path: &Path,
        layout: StackLayout,
        progress: &dyn Progress,
    ) -> Result<Applied, Error> {
        let mut writer = StackWriter::create(path, layout)?;
        let (mut before, mut after) = (Section::new(self.shape()), Section::new(self.shape()));
        let mut clipped = 0;
        progress.start("evening slices", self.shape()[0] as u64);
        let to_greys = |voxels: Voxels| Ok(greys(voxels, GreyScale::IDENTITY));
        self.in_slabs(progress, to_greys, |first, mut slab| {
            slab.iter().for_each(|slice| before.add(slice));
            let slices = slab.par_iter_mut().enumerate();
            clipped += slices
                .map(|(i, slice)| scales.even(first + i, slice))
                .sum::<u64>();
            slab.iter().for_each(|slice| after.add(slice));
            let slices: Vec<&[u16]> = slab.iter().map(Vec::as_slice).collect();
            writer.write_slices(&slices)
        })?;
        progress.finish();
        writer.finish()?;
        let shape = |reason| Error::Shape {
            path: path.to_owned(),
            reason,
        };
        Ok(Applied {
            clipped,
            before: before.finish().map_err(shape)?,
            after: after.finish().map_err(shape)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::{Silent, Volume};

    use super::super::evening::Unevenness;
    use super::super::phantom::{SHAPE, balls};
    use super::super::read::VolumeOptions;
    use super::super::sample::Sample;
    use super::super::write::write_volume;
    use super::*;

    /// Writes a CT from file to file and reads it into memory: both are to be the same.
    fn assert_same<T: Sample>(stack: &Volume<T>, even: &[Unevenness]) -> WrittenCt {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ct.tif");
        let um = Spacing::isotropic(2.0);
        write_volume(&path, stack, &Silent).unwrap();
        let options = VolumeOptions {
            even: even.to_vec(),
            ..VolumeOptions::default()
        };
        let source = VolumeSource::open_with(&path, &options).unwrap();
        let read = source.read_ct(um, &Silent).unwrap();
        let to = folder.path().join("imported.tif");
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let written = pool.build().unwrap();
            let written = written.install(|| source.write_ct(&to, um, &Silent).unwrap());
            let back = VolumeSource::open(&to).unwrap();
            let back: Volume<u16> = back.read(um, &Silent).unwrap();
            assert!(back == read.volume, "{threads} threads");
            let expected = WrittenCt {
                scale: read.scale,
                evening: read.evening.clone(),
                notes: read.notes.clone(),
            };
            assert_eq!(written, expected);
        }
        WrittenCt {
            scale: read.scale,
            evening: read.evening,
            notes: read.notes,
        }
    }

    #[test]
    fn from_file_to_file_is_as_through_memory() {
        let scan = balls(8);
        assert_eq!(assert_same(&scan, &[]).scale, GreyScale::IDENTITY);
        let floats = scan.map(|&v| f32::from(v) / 7.0 - 300.0);
        assert_ne!(assert_same(&floats, &[]).scale, GreyScale::IDENTITY);
        // Slices are read again where they look doubled, and where greys are evened.
        let um = Spacing::isotropic(1.0);
        let doubled = Volume::from_fn(SHAPE, um, |x, y, z| {
            scan.at(x, y, if z == 41 { 12 } else { z })
        });
        let told = assert_same(&doubled, &[]).notes.concat();
        assert!(told.contains("41 (as 12)"), "{told}");
        let seam = Volume::from_fn(SHAPE, um, |x, y, z| {
            scan.at(x, y, z) + if z >= 30 { 4000 } else { 0 }
        });
        assert!(assert_same(&seam, &[]).evening.is_none());
        assert!(assert_same(&seam, &[Unevenness::Seams]).evening.is_some());
    }
}
