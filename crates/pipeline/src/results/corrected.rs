use std::sync::Arc;

use corelith_core::{Progress, Spacing, Volume};
use serde::Serialize;

use super::StoredVolume;
use super::artefacts::StoredArtefacts;
use super::in_use::InUse;
use crate::Error;

/// The CT as placing, learning and segmenting see it: without its artefacts.
#[derive(Debug, Clone, Serialize)]
pub struct CorrectedCt {
    ct: StoredVolume<u16>,
    artefacts: Option<StoredArtefacts>,
    #[serde(skip)]
    in_use: InUse<Volume<u16>>,
}

impl CorrectedCt {
    /// The CT without those artefacts; as it is where none were looked for.
    pub fn new(ct: StoredVolume<u16>, artefacts: Option<StoredArtefacts>) -> Self {
        Self {
            ct,
            artefacts,
            in_use: InUse::default(),
        }
    }

    /// Distance between voxels.
    pub fn spacing(&self) -> Spacing {
        self.ct.spacing()
    }

    /// `[nz, ny, nx]`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn shape(&self) -> Result<[usize; 3], Error> {
        self.ct.shape()
    }

    /// Reads the volume, unless someone holds it already.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn read(&self, progress: &dyn Progress) -> Result<Arc<Volume<u16>>, Error> {
        let record = self
            .artefacts
            .as_ref()
            .map(StoredArtefacts::read)
            .transpose()?;
        match record.filter(|record| !record.artefacts.is_empty()) {
            None => self.ct.read(progress),
            Some(record) => self.in_use.get_or_read(|| {
                let mut volume = self.ct.read_alone(progress)?;
                record.artefacts.take_out(&mut volume);
                Ok(volume)
            }),
        }
    }
}
