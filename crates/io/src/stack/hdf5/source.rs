//! Where the chunks of an array are in the file.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use hdf5_pure::Chunk;

use crate::Error;
use crate::regular_file::open_regular_file;
use crate::stack::chunked::{ChunkSource, Packed};

/// A chunk in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub address: u64,
    pub size: u64,
    pub left_out: u32,
}

/// Chunks by their numbers along each axis.
pub(super) type ChunkMap = HashMap<Vec<u64>, Place>;

/// Chunks by their numbers.
///
/// # Errors
/// In words, when two are one, or one lies between others.
pub(super) fn chunk_map(chunks: Vec<Chunk>, chunk_shape: &[u64]) -> Result<ChunkMap, String> {
    let mut map = ChunkMap::new();
    for chunk in chunks {
        let axes = chunk.offset.iter().zip(chunk_shape);
        let numbers = axes.map(|(at, size)| (at.is_multiple_of(*size)).then_some(at / size));
        let place = Place {
            address: chunk.address,
            size: chunk.storage_size,
            left_out: chunk.filter_mask,
        };
        let numbers: Option<Vec<u64>> = numbers.collect();
        let is_new = numbers.is_some_and(|numbers| map.insert(numbers, place).is_none());
        if !is_new {
            return Err(
                "the index of its chunks contradicts itself; copy the file again".to_owned(),
            );
        }
    }
    Ok(map)
}

fn bytes_at(path: &Path, address: u64, size: u64) -> Result<Vec<u8>, Error> {
    let mut file = open_regular_file(path)?;
    let mut bytes = vec![0; size as usize];
    file.seek(SeekFrom::Start(address))
        .and_then(|_| file.read_exact(&mut bytes))
        .map_err(Error::read(path))?;
    Ok(bytes)
}

fn plain(bytes: Vec<u8>) -> Packed {
    Packed { bytes, left_out: 0 }
}

/// Chunks that an index locates.
#[derive(Debug)]
pub(super) struct Located {
    pub path: PathBuf,
    pub chunks: ChunkMap,
}

impl ChunkSource for Located {
    fn packed(&self, chunk: &[u64]) -> Result<Option<Packed>, Error> {
        let Some(place) = self.chunks.get(chunk) else {
            return Ok(None);
        };
        Ok(Some(Packed {
            bytes: bytes_at(&self.path, place.address, place.size)?,
            left_out: place.left_out,
        }))
    }

    fn file_of(&self, _: &[u64]) -> PathBuf {
        self.path.clone()
    }
}

/// Voxels one after the other, of which a chunk is a part.
#[derive(Debug)]
pub(super) struct Contiguous {
    pub path: PathBuf,
    pub address: u64,
    pub chunk_bytes: u64,
    /// Along each axis.
    pub chunks: Vec<u64>,
}

impl ChunkSource for Contiguous {
    fn packed(&self, chunk: &[u64]) -> Result<Option<Packed>, Error> {
        let pairs = chunk.iter().zip(&self.chunks);
        let number = pairs.fold(0, |number, (n, chunks)| number * chunks + n);
        let address = self.address + number * self.chunk_bytes;
        bytes_at(&self.path, address, self.chunk_bytes).map(|bytes| Some(plain(bytes)))
    }

    fn file_of(&self, _: &[u64]) -> PathBuf {
        self.path.clone()
    }
}

/// Voxels in the header of the array.
#[derive(Debug)]
pub(super) struct Compact {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

impl ChunkSource for Compact {
    fn packed(&self, _: &[u64]) -> Result<Option<Packed>, Error> {
        Ok(Some(plain(self.bytes.clone())))
    }

    fn file_of(&self, _: &[u64]) -> PathBuf {
        self.path.clone()
    }
}
