//! Slices that are stored mirrored or turned.

use std::sync::Arc;

use super::store::{Opened, SliceReader, SliceStore};
use super::voxels::Voxels;
use crate::Error;
use crate::orientation::Orientation;

impl Opened {
    /// The volume with its slices turned upright, where all are stored as `orientation` says.
    pub(super) fn upright(mut self, orientation: Orientation) -> Self {
        if orientation.is_upright() {
            return self;
        }
        let [nz, rows, cols] = self.shape;
        let stored = [cols, rows];
        let [cols, rows] = orientation.size(stored);
        if let (Some(said), true) = (&mut self.spacing, orientation.exchanges_axes()) {
            said.xyz_um.swap(0, 1);
        }
        self.notes.push(format!(
            "by their tag `Orientation` the slices of {} are stored {}; they were turned upright",
            self.files[0].display(),
            orientation.in_words()
        ));
        self.shape = [nz, rows, cols];
        self.store = Arc::new(Upright {
            store: self.store,
            orientation,
            stored,
        });
        self
    }
}

/// Slices that are turned upright as they are read.
#[derive(Debug)]
struct Upright {
    store: Arc<dyn SliceStore>,
    orientation: Orientation,
    /// Columns and rows in the files.
    stored: [usize; 2],
}

impl SliceStore for Upright {
    fn reader(&self, z: usize) -> Result<Box<dyn SliceReader + '_>, Error> {
        Ok(Box::new(UprightReader {
            upright: self,
            reader: self.store.reader(z)?,
        }))
    }

    fn slices_in_a_run(&self, slices: usize, wanted: usize) -> usize {
        self.store.slices_in_a_run(slices, wanted)
    }

    fn check_headers(&self) -> Result<(), Error> {
        self.store.check_headers()
    }
}

struct UprightReader<'a> {
    upright: &'a Upright,
    reader: Box<dyn SliceReader + 'a>,
}

impl SliceReader for UprightReader<'_> {
    fn next_slice(&mut self) -> Result<Voxels, Error> {
        let voxels = self.reader.next_slice()?;
        Ok(voxels.upright(self.upright.orientation, self.upright.stored))
    }
}
