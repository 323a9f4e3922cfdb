use std::path::{Path, PathBuf};

use corelith_unet::Model;
use serde::{Serialize, Serializer};

use crate::Error;
use crate::model_folder::{WEIGHTS, read_model};
use crate::resume::Content;

/// A model in a folder; it serialises as the checksum of its weights, which hold its card.
#[derive(Debug, Clone)]
pub struct StoredModel {
    folder: PathBuf,
    weights: Content,
}

impl StoredModel {
    /// The model in a folder such as `results/models/phases`.
    ///
    /// # Errors
    /// When there are no weights in it.
    pub fn in_folder(folder: &Path) -> Result<Self, Error> {
        Ok(Self {
            folder: folder.to_owned(),
            weights: Content::of(folder.join(WEIGHTS))?,
        })
    }

    /// The model whose weights a stage has written.
    pub fn written(weights: Content) -> Self {
        Self {
            folder: weights.path().with_file_name(""),
            weights,
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads weights and card.
    ///
    /// # Errors
    /// When they are no model of this program.
    pub fn read(&self) -> Result<Model, Error> {
        read_model(&self.folder)
    }
}

impl Serialize for StoredModel {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.weights.serialize(to)
    }
}
