//! Chunks within the file of a shard.
//! Format: <https://zarr-specs.readthedocs.io/en/latest/v3/codecs/sharding-indexed/index.html>.
//!
//! zarrs reads what describes shards and unpacks their index. Where the index says that chunks lie is
//! held against the size of the file here, as zarrs adds those numbers unchecked, and chunks are
//! counted.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::num::NonZeroU64;
use std::path::Path;
use std::sync::Arc;

use zarrs::array::codec::{
    BytesCodec, ShardingCodecConfiguration, ShardingCodecConfigurationV1, ShardingIndexLocation,
};
use zarrs::array::{
    ArrayToBytesCodecTraits as _, BytesRepresentation, CodecChain, CodecOptions, FillValue,
    data_type,
};
use zarrs::metadata::v3::MetadataV3;

use crate::Error;
use crate::regular_file::open_regular_file;
use crate::stack::chunked::product_text;
use crate::text::shown;

/// Chunks of a shard beyond this are a header that cannot be true: their index takes a terabyte.
const SHARD_CHUNKS_MAX: u64 = 1 << 36;

/// Where the index of a shard is, and how it is written.
#[derive(Debug, Clone)]
pub(super) struct Shards {
    index_at_end: bool,
    index: Arc<CodecChain>,
    /// Chunks along each axis, then offset and size.
    index_shape: Vec<NonZeroU64>,
    index_bytes: u64,
}

/// What the metadata of a sharded array say of its chunks.
pub(super) struct Inner {
    pub chunk_shape: Vec<NonZeroU64>,
    pub codecs: Arc<CodecChain>,
    pub shards: Shards,
}

impl Shards {
    /// How the shards of an array with these codecs are made.
    ///
    /// # Errors
    /// In words.
    pub(super) fn of(codecs: &[MetadataV3], shard_shape: &[NonZeroU64]) -> Result<Inner, String> {
        let [codec] = codecs else {
            return Err(
                "its shards are transposed or packed as a whole, which is not read; save it with \
                 codecs within shards only"
                    .to_owned(),
            );
        };
        let not_read = |e: String| {
            format!(
                "its shards are described in a way that is not read ({}); export it again",
                shown(&e)
            )
        };
        let configuration = codec
            .to_typed_configuration()
            .map_err(|e| not_read(e.to_string()))?;
        let ShardingCodecConfiguration::V1(ShardingCodecConfigurationV1 {
            chunk_shape,
            codecs,
            index_codecs,
            index_location,
        }) = configuration
        else {
            return Err(not_read("a later version".to_owned()));
        };
        let chain = |codecs| CodecChain::from_metadata(codecs).map_err(|e| not_read(e.to_string()));
        let (codecs, index) = (chain(&codecs)?, chain(&index_codecs)?);
        let Some(mut index_shape) = chunks_along(shard_shape, &chunk_shape) else {
            let numbers = |shape: &[NonZeroU64]| shape.iter().map(|n| n.get()).collect::<Vec<_>>();
            return Err(format!(
                "its shards of {} voxels cannot be made of chunks of {}; export it again",
                product_text(&numbers(shard_shape)),
                product_text(&numbers(&chunk_shape))
            ));
        };
        index_shape.extend(NonZeroU64::new(2));
        let is_plain = index.array_to_array_codecs().is_empty()
            && index.array_to_bytes_codec().as_any().is::<BytesCodec>();
        let index_bytes = match index.encoded_representation(
            &index_shape,
            &data_type::uint64(),
            &FillValue::from(u64::MAX),
        ) {
            Ok(BytesRepresentation::FixedSize(bytes)) if is_plain => bytes,
            _ => return Err("the index of its shards is packed, which is not read".to_owned()),
        };
        Ok(Inner {
            chunk_shape,
            codecs: Arc::new(codecs),
            shards: Self {
                index_at_end: index_location == ShardingIndexLocation::End,
                index: Arc::new(index),
                index_shape,
                index_bytes,
            },
        })
    }
}

/// Chunks of a shard along each axis; `None` where they make no shard.
fn chunks_along(shard: &[NonZeroU64], chunk: &[NonZeroU64]) -> Option<Vec<NonZeroU64>> {
    if chunk.len() != shard.len() {
        return None;
    }
    let mut along = Vec::new();
    let mut all = 1_u64;
    for (shard, chunk) in shard.iter().zip(chunk) {
        let chunks = NonZeroU64::new(shard.get() / *chunk)?;
        all = all.checked_mul(chunks.get())?;
        if shard.get() % *chunk != 0 || all > SHARD_CHUNKS_MAX {
            return None;
        }
        along.push(chunks);
    }
    Some(along)
}

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
pub(super) fn damaged(path: &Path, reason: String) -> Error {
    Error::Page {
        path: path.to_owned(),
        slice: 0,
        reason,
    }
}

impl ShardIndex {
    /// The index of a shard; `None` where the shard was never written.
    ///
    /// # Errors
    /// When it is damaged, or cannot be read.
    pub(super) fn read(path: &Path, shards: &Shards) -> Result<Option<Self>, Error> {
        let Some(mut file) = open_chunk(path)? else {
            return Ok(None);
        };
        let size = file.metadata().map_err(Error::read(path))?.len();
        let needed = shards.index_bytes;
        if needed > size {
            let text =
                format!("its shard of {size} bytes is too short for an index of {needed} bytes");
            return Err(damaged(path, text));
        }
        let start = match shards.index_at_end {
            true => size - needed,
            false => 0,
        };
        let mut bytes = vec![0; needed as usize];
        file.seek(SeekFrom::Start(start))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(Error::read(path))?;
        let wrong = |e: String| damaged(path, format!("the index of its shard is damaged: {e}"));
        let numbers = shards.index.decode(
            bytes.into(),
            &shards.index_shape,
            &data_type::uint64(),
            &FillValue::from(u64::MAX),
            &CodecOptions::default().with_concurrent_target(1),
        );
        let numbers = numbers.map_err(|e| wrong(e.to_string()))?.into_fixed();
        let numbers = numbers.map_err(|e| wrong(e.to_string()))?;
        let numbers = numbers.as_chunks().0.iter().map(|&b| u64::from_ne_bytes(b));
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
