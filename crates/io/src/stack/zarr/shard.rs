//! Chunks within the file of a shard.
//! Format: <https://zarr-specs.readthedocs.io/en/latest/v3/codecs/sharding-indexed/index.html>.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::array::Shards;
use crate::Error;
use crate::regular_file::open_regular_file;

/// Bytes of the entry of a chunk: offset and size.
const ENTRY: u64 = 16;

/// Where the chunks of a shard are: offset and size, in the order of the chunks.
#[derive(Debug)]
pub(super) struct ShardIndex {
    entries: Vec<Option<[u64; 2]>>,
}

/// The file of a chunk or shard; `None` where it was never written.
pub(super) fn open_chunk(path: &Path) -> Result<Option<File>, Error> {
    match open_regular_file(path) {
        Ok(file) => Ok(Some(file)),
        Err(Error::Read { reason, .. })
            if matches!(
                reason.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Slices are known where chunks become some.
fn damaged(path: &Path, reason: String) -> Error {
    Error::Page {
        path: path.to_owned(),
        slice: 0,
        reason,
    }
}

impl ShardIndex {
    /// The index of a shard of so many chunks; `None` where the shard was never written.
    ///
    /// # Errors
    /// When it is damaged, or cannot be read.
    pub(super) fn read(path: &Path, shards: &Shards, chunks: u64) -> Result<Option<Self>, Error> {
        let Some(mut file) = open_chunk(path)? else {
            return Ok(None);
        };
        let size = file.metadata().map_err(Error::read(path))?.len();
        let checksum = if shards.index_has_checksum { 4 } else { 0 };
        let needed = chunks
            .checked_mul(ENTRY)
            .and_then(|n| n.checked_add(checksum))
            .filter(|n| *n <= size);
        let Some(needed) = needed else {
            let text =
                format!("its shard of {size} bytes is too short for the index of {chunks} chunks");
            return Err(damaged(path, text));
        };
        let start = match shards.index_at_end {
            true => size - needed,
            false => 0,
        };
        let mut bytes = vec![0; needed as usize];
        file.seek(SeekFrom::Start(start))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(Error::read(path))?;
        let sum = bytes.split_off((chunks * ENTRY) as usize);
        if shards.index_has_checksum && crc32c::crc32c(&bytes).to_le_bytes() != sum[..] {
            let text = "the checksum of the index of its shard is wrong";
            return Err(damaged(path, text.to_owned()));
        }
        let number = |bytes: [u8; 8]| match shards.index_is_little_endian {
            true => u64::from_le_bytes(bytes),
            false => u64::from_be_bytes(bytes),
        };
        let numbers = bytes.as_chunks().0.iter().map(|&b| number(b));
        let numbers: Vec<u64> = numbers.collect();
        let entries = numbers.as_chunks().0.iter().map(|&[offset, size]| {
            let is_empty = offset == u64::MAX && size == u64::MAX;
            (!is_empty).then_some([offset, size])
        });
        Ok(Some(Self {
            entries: entries.collect(),
        }))
    }

    /// The packed bytes of a chunk; `None` where it was never written.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(super) fn chunk(&self, path: &Path, number: usize) -> Result<Option<Vec<u8>>, Error> {
        let Some([offset, bytes]) = self.entries.get(number).copied().flatten() else {
            return Ok(None);
        };
        let Some(mut file) = open_chunk(path)? else {
            return Ok(None);
        };
        let size = file.metadata().map_err(Error::read(path))?.len();
        if offset.checked_add(bytes).is_none_or(|end| end > size) {
            let text = format!(
                "by the index of its shard it has {bytes} bytes from byte {offset} on, and the file \
                 of the shard has {size} bytes"
            );
            return Err(damaged(path, text));
        }
        let mut packed = vec![0; bytes as usize];
        file.seek(SeekFrom::Start(offset))
            .and_then(|_| file.read_exact(&mut packed))
            .map_err(Error::read(path))?;
        Ok(Some(packed))
    }

    /// The chunks that were written.
    pub(super) fn written(&self) -> impl Iterator<Item = usize> {
        let entries = self.entries.iter().enumerate();
        entries.filter_map(|(number, entry)| entry.is_some().then_some(number))
    }

    /// Chunks of the shard.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
