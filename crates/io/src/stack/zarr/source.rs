//! The chunks of an array, in files of their own or in shards.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::array::Array;
use super::chunk_files::{ChunkFiles, chunk_path};
use super::shard::{ShardIndex, damaged, open_chunk};
use crate::Error;
use crate::stack::chunked::{ChunkSource, Packed, Roles};

/// Entries of indices of shards that are kept: 64 MiB.
const ENTRIES_MAX: usize = 1 << 21;

/// Indices of shards by the numbers of these; `None` where a shard was never written.
type Indices = HashMap<Vec<u64>, Option<Arc<ShardIndex>>>;

/// Where the chunks of an array are.
#[derive(Debug)]
pub(super) struct ZarrChunks {
    array: Array,
    indices: Mutex<Indices>,
}

impl ZarrChunks {
    pub(super) fn new(array: Array) -> Self {
        Self {
            array,
            indices: Mutex::default(),
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.array.folder
    }

    /// The numbers of the file of a chunk.
    fn file(&self, chunk: &[u64]) -> Vec<u64> {
        let pairs = chunk.iter().zip(self.array.chunks_a_file());
        pairs.map(|(n, a_file)| n / a_file).collect()
    }

    /// The index of a shard; `None` where the array has none, or the shard was never written.
    ///
    /// # Errors
    /// When it is damaged or cannot be read.
    fn index(&self, file: &[u64]) -> Result<Option<Arc<ShardIndex>>, Error> {
        let Some(shards) = &self.array.shards else {
            return Ok(None);
        };
        let kept = || self.indices.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = kept().get(file) {
            return Ok(index.clone());
        }
        let path = chunk_path(&self.array, file);
        let index = ShardIndex::read(&path, shards)?.map(Arc::new);
        let mut kept = kept();
        // Rows come one after the other, so that those before are not needed again.
        let most = ENTRIES_MAX / index.as_ref().map_or(1, |index| index.len().max(1));
        if kept.len() >= most.max(1) {
            kept.clear();
        }
        kept.insert(file.to_owned(), index.clone());
        Ok(index)
    }

    /// How many chunks of a volume were written.
    ///
    /// # Errors
    /// When the index of a shard is damaged or cannot be read.
    pub(super) fn written(
        &self,
        found: &ChunkFiles,
        roles: &Roles,
        place: &[u64],
    ) -> Result<u64, Error> {
        if self.array.shards.is_none() {
            return Ok(found.files.len() as u64);
        }
        let a_file = self.array.chunks_a_file();
        let mut written = 0;
        for (file, _) in &found.files {
            let Some(index) = self.index(file)? else {
                continue;
            };
            for mut number in index.written() {
                let mut chunk = vec![0; file.len()];
                for axis in (0..file.len()).rev() {
                    chunk[axis] = file[axis] * a_file[axis] + number as u64 % a_file[axis];
                    number /= a_file[axis] as usize;
                }
                written += u64::from(self.array.grid.is_wanted(&chunk, roles, place));
            }
        }
        Ok(written)
    }
}

impl ChunkSource for ZarrChunks {
    fn packed(&self, chunk: &[u64]) -> Result<Option<Packed>, Error> {
        let file = self.file(chunk);
        let path = chunk_path(&self.array, &file);
        let bytes = if self.array.shards.is_none() {
            match open_chunk(&path)? {
                None => None,
                Some(mut file) => {
                    let mut bytes = Vec::new();
                    file.read_to_end(&mut bytes).map_err(Error::read(&path))?;
                    Some(bytes)
                }
            }
        } else {
            match self.index(&file)? {
                None => None,
                Some(index) => {
                    let pairs = chunk.iter().zip(self.array.chunks_a_file());
                    let number = pairs.fold(0, |n, (chunk, a_file)| n * a_file + chunk % a_file);
                    index.chunk(&path, number as usize)?
                }
            }
        };
        let Some(bytes) = bytes else {
            return Ok(None);
        };
        let bytes = self.array.unpack(bytes).map_err(|e| damaged(&path, e))?;
        Ok(Some(Packed { bytes, left_out: 0 }))
    }

    fn file_of(&self, chunk: &[u64]) -> PathBuf {
        chunk_path(&self.array, &self.file(chunk))
    }
}
