//! What the metadata of an array say, in either version of Zarr. zarrs reads them; what it would take
//! on trust is checked here.

use std::fmt;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;
use zarrs::array::codec::{BytesCodec, ShardingCodec, TransposeCodec};
use zarrs::array::{
    ArrayCreateError, ArrayMetadata, ArrayMetadataV2, ArrayMetadataV3,
    ArrayToBytesCodecTraits as _, CodecChain, CodecOptions, DataType, DimensionName, FillValue,
};
use zarrs::plugin::{ExtensionName as _, PluginCreateError, ZarrVersion};

use super::codecs;
use super::keys::Keys;
use super::node::{ArrayFields, Fields, Node};
use super::shard::Shards;
use crate::Error;
use crate::stack::chunked::{Chain, Grid, most_bytes};
use crate::stack::sample::Depth;
use crate::text::shown;

/// An array whose metadata were read.
#[derive(Clone)]
pub(super) struct Array {
    pub folder: PathBuf,
    /// Metadata files; the first is named in messages.
    pub files: Vec<PathBuf>,
    /// Of the chunks of files, or of those of shards, as they are once they are unpacked.
    pub grid: Grid,
    /// Voxels of a file along each axis.
    pub file_shape: Vec<u64>,
    pub keys: Keys,
    pub shards: Option<Shards>,
    /// Names of the axes, where the array has them.
    pub names: Option<Vec<String>>,
    codecs: Arc<CodecChain>,
    chunk_shape: Vec<NonZeroU64>,
    data_type: DataType,
    fill: FillValue,
}

impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Array")
            .field("folder", &self.folder)
            .field("grid", &self.grid)
            .finish_non_exhaustive()
    }
}

impl Array {
    /// The array of a folder.
    ///
    /// # Errors
    /// When it is a group, or one of its fields is missing, contradicts others or is not read.
    pub(super) fn of(node: &Node) -> Result<Self, Error> {
        let wrong = |problem: String| Error::Volume {
            path: node.files[0].clone(),
            problem,
        };
        match &node.array {
            None => Err(wrong("it is a group, expected an array".to_owned())),
            Some(fields) => Self::stated(node, fields).map_err(wrong),
        }
    }

    fn stated(node: &Node, fields: &ArrayFields) -> Result<Self, String> {
        codecs::register();
        let (metadata, depth, keys, names) = match fields {
            ArrayFields::V2(fields) => {
                let metadata: ArrayMetadataV2 = typed(fields)?;
                let depth = depth(DataType::from_metadata(&metadata.dtype))?;
                let keys = Keys::of_v2(fields.get("dimension_separator"));
                let names = names_of_xarray(&node.attributes);
                (ArrayMetadata::V2(metadata), depth, keys, names)
            }
            ArrayFields::V3(fields) => {
                let metadata: ArrayMetadataV3 = typed(fields)?;
                let depth = depth(DataType::from_metadata(&metadata.data_type))?;
                let grid = metadata.chunk_grid.name();
                if grid != "regular" {
                    return Err(format!(
                        "its chunk grid `{}` is not read, expected `regular`; save it with chunks \
                         of one size",
                        shown(grid)
                    ));
                }
                let keys = Keys::of_v3(&metadata.chunk_key_encoding)?;
                let names = metadata.dimension_names.clone().and_then(all_named);
                (ArrayMetadata::V3(metadata), depth, keys, names)
            }
        };
        let array = zarrs::array::Array::new_with_metadata(Arc::new(()), "/", metadata)
            .map_err(|e| not_read(&e))?;
        let shape = array.shape().to_vec();
        let first = vec![0; shape.len()];
        let file_shape = array.chunk_shape(&first).map_err(|e| {
            format!(
                "its chunks are not read ({}); export it again",
                shown(&e.to_string())
            )
        })?;
        let (codecs, chunk_shape, shards) = match array.codecs() {
            codecs if codecs.array_to_bytes_codec().as_any().is::<ShardingCodec>() => {
                let ArrayMetadata::V3(metadata) = array.metadata() else {
                    return Err("it has shards, which are of Zarr 3; export it again".to_owned());
                };
                let inner = Shards::of(&metadata.codecs, &file_shape)?;
                (inner.codecs, inner.chunk_shape, Some(inner.shards))
            }
            codecs => (codecs, file_shape.clone(), None),
        };
        check_codecs(&codecs)?;
        let numbers = |shape: &[NonZeroU64]| shape.iter().map(|n| n.get()).collect::<Vec<_>>();
        let grid = Grid {
            chunk_shape: numbers(&chunk_shape),
            depth,
            fill: array.fill_value().as_ne_bytes().to_vec(),
            chain: Chain {
                order: (0..shape.len()).collect(),
                little_endian: cfg!(target_endian = "little"),
                packings: Vec::new(),
            },
            shape,
        };
        grid.check()?;
        Ok(Self {
            folder: node.folder.clone(),
            files: node.files.clone(),
            file_shape: numbers(&file_shape),
            keys,
            shards,
            names: names.filter(|names| names.len() == grid.shape.len()),
            codecs,
            chunk_shape,
            data_type: array.data_type().clone(),
            fill: array.fill_value().clone(),
            grid,
        })
    }

    /// Files along each axis.
    pub(super) fn files_along(&self) -> Vec<u64> {
        let axes = self.grid.shape.iter().zip(&self.file_shape);
        axes.map(|(n, file)| n.div_ceil(*file)).collect()
    }

    /// Chunks of a file along each axis.
    pub(super) fn chunks_a_file(&self) -> Vec<u64> {
        let axes = self.file_shape.iter().zip(&self.grid.chunk_shape);
        axes.map(|(file, chunk)| file / chunk).collect()
    }

    /// Bytes of voxels that files of so many bytes can stand for at most.
    pub(super) fn most_bytes(&self, packed: u64) -> u64 {
        let codecs = self.codecs.bytes_to_bytes_codecs();
        let is_compressed = codecs.iter().any(|c| codecs::compresses(c.as_ref()));
        most_bytes(packed, is_compressed)
    }

    /// The voxels of a chunk in the order of the axes.
    ///
    /// # Errors
    /// In words, when it is damaged, or holds more or fewer bytes than a chunk.
    pub(super) fn unpack(&self, packed: Vec<u8>) -> Result<Vec<u8>, String> {
        let wanted = self.grid.chunk_bytes();
        if wanted as u64 > self.most_bytes(packed.len() as u64) {
            return Err(format!(
                "its chunk of {} bytes cannot hold {wanted}",
                packed.len()
            ));
        }
        // Chunks are unpacked in parallel, each by one thread.
        let options = CodecOptions::default().with_concurrent_target(1);
        let chunk = self.codecs.decode(
            packed.into(),
            &self.chunk_shape,
            &self.data_type,
            &self.fill,
            &options,
        );
        let bytes = chunk.map_err(|e| e.to_string())?.into_fixed();
        Ok(bytes.map_err(|e| e.to_string())?.into_owned())
    }
}

/// Checks that the codecs are those of numbers in a box: zarrs has more, for texts and for lists.
fn check_codecs(codecs: &CodecChain) -> Result<(), String> {
    let mut before = codecs.array_to_array_codecs().iter();
    let is_read = before.all(|codec| codec.as_any().is::<TransposeCodec>())
        && codecs.array_to_bytes_codec().as_any().is::<BytesCodec>();
    match is_read {
        true => Ok(()),
        false => Err(
            "its voxels are changed or packed in a way that is not read, or its shards are \
             transposed or packed as a whole; save it with `bytes` and one of `zstd`, `blosc`, \
             `gzip`"
                .to_owned(),
        ),
    }
}

fn typed<T: DeserializeOwned>(fields: &Fields) -> Result<T, String> {
    serde_json::from_value(Value::Object(fields.clone())).map_err(|e| {
        format!(
            "its metadata are none of Zarr, or of a kind that is not read ({}); export it again",
            shown(&e.to_string())
        )
    })
}

/// What zarrs does not read, with what to do about it.
fn not_read(error: &ArrayCreateError) -> String {
    let advice = match error {
        ArrayCreateError::CodecsCreateError(_) | ArrayCreateError::UnsupportedZarrV2Array(_) => {
            "save it with `zstd`, `blosc`, `gzip`, `zlib`, `lz4` or without compression"
        }
        ArrayCreateError::ChunkGridCreateError(_) => "save it with chunks of one size",
        ArrayCreateError::ChunkKeyEncodingCreateError(_) => {
            "save it with chunks that are named as by `default`"
        }
        ArrayCreateError::StorageTransformersCreateError(_) => {
            "save it without storage transformers"
        }
        _ => "export it again",
    };
    let reason = match error {
        ArrayCreateError::UnsupportedZarrV2Array(reason) => reason.clone(),
        error => error.to_string(),
    };
    format!("it is not read ({}); {advice}", shown(&reason))
}

fn depth(data_type: Result<DataType, PluginCreateError>) -> Result<Depth, String> {
    let data_type = data_type.map_err(|e| {
        format!(
            "its voxels are not read ({}); save it as integers or floats",
            shown(&e.to_string())
        )
    })?;
    let name = data_type.name(ZarrVersion::V3).unwrap_or_default();
    Ok(match name.as_ref() {
        "bool" => Depth::U1,
        "uint8" => Depth::U8,
        "uint16" => Depth::U16,
        "uint32" => Depth::U32,
        "uint64" => Depth::U64,
        "int8" => Depth::I8,
        "int16" => Depth::I16,
        "int32" => Depth::I32,
        "int64" => Depth::I64,
        "float16" => Depth::F16,
        "float32" => Depth::F32,
        "float64" => Depth::F64,
        other => {
            return Err(format!(
                "voxels of the type `{}` are not read; save it as integers or floats",
                shown(other)
            ));
        }
    })
}

fn all_named(names: Vec<DimensionName>) -> Option<Vec<String>> {
    names.into_iter().collect()
}

/// The names of axes as xarray writes them in Zarr 2.
fn names_of_xarray(attributes: &Fields) -> Option<Vec<String>> {
    let names = attributes.get("_ARRAY_DIMENSIONS")?.as_array()?;
    let names = names.iter().map(|n| n.as_str().map(str::to_owned));
    names.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(change: impl Fn(&mut Value)) -> Result<Array, String> {
        let bytes = json!({"name": "bytes", "configuration": {"endian": "little"}});
        let mut metadata = json!({
            "zarr_format": 3,
            "node_type": "array",
            "shape": [4, 4, 4],
            "data_type": "uint8",
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [4, 4, 2]}},
            "chunk_key_encoding": {"name": "default"},
            "fill_value": 0,
            "codecs": [{"name": "sharding_indexed", "configuration": {
                "chunk_shape": [2, 2, 2],
                "codecs": [bytes],
                "index_codecs": [bytes]
            }}]
        });
        change(&mut metadata);
        let Value::Object(fields) = metadata else {
            panic!("an object");
        };
        let node = Node {
            folder: PathBuf::new(),
            files: vec![PathBuf::from("zarr.json")],
            array: Some(ArrayFields::V3(fields)),
            attributes: Fields::new(),
        };
        Array::of(&node).map_err(|e| e.to_string())
    }

    #[test]
    fn shards_that_no_chunks_can_make_are_refused() {
        assert_eq!(read(|_| ()).unwrap().chunks_a_file(), [2, 2, 1]);
        for (shard, chunk) in [
            ([4, 4, 3], [2, 2, 2]),
            ([2, 2, 2], [4, 4, 4]),
            ([1_u64 << 40; 3], [1; 3]),
        ] {
            let error = read(|metadata| {
                metadata["chunk_grid"]["configuration"]["chunk_shape"] = json!(shard);
                metadata["codecs"][0]["configuration"]["chunk_shape"] = json!(chunk);
            });
            let error = error.unwrap_err();
            assert!(error.contains("cannot be made of chunks"), "{error}");
        }
        for zeros in [json!([0, 4, 4]), json!([4, 4])] {
            let shard = |metadata: &mut Value| {
                metadata["chunk_grid"]["configuration"]["chunk_shape"] = zeros.clone();
            };
            assert!(read(shard).is_err(), "{zeros}");
        }
    }

    #[test]
    fn what_is_not_read_is_named() {
        let bytes = json!({"name": "bytes"});
        for (field, value, words) in [
            ("codecs", json!([bytes, {"name": "pcodec"}]), "pcodec"),
            ("codecs", json!([{"name": "zfp"}]), "zfp"),
            ("codecs", json!([{"name": "vlen-utf8"}]), "`bytes`"),
            ("codecs", json!([]), "array to bytes codec"),
            ("data_type", json!("complex64"), "`complex64`"),
            ("data_type", json!("string"), "`string`"),
            ("data_type", json!("decimal"), "decimal is not supported"),
            (
                "chunk_grid",
                json!({"name": "rectilinear"}),
                "`rectilinear`",
            ),
            ("chunk_key_encoding", json!({"name": "x"}), "`x`"),
            ("storage_transformers", json!([{"name": "y"}]), "y"),
            ("fill_value", json!("z"), "fill value"),
            ("shape", json!([]), "it is not read"),
        ] {
            let error = read(|metadata| metadata[field] = value.clone()).unwrap_err();
            assert!(error.contains(words), "{field} {value}: {error}");
        }
        let transposed = json!({"name": "transpose", "configuration": {"order": [2, 1, 0]}});
        let error = read(|metadata| {
            let codecs = metadata["codecs"].as_array_mut().unwrap();
            codecs.insert(0, transposed.clone());
        });
        assert!(error.unwrap_err().contains("within shards only"));
    }
}
