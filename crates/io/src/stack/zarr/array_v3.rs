//! Arrays of Zarr 3. Format: <https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html>.

use serde_json::Value;

use super::array::{Keys, Shards, Stated, fill_bytes, missing, numbers};
use super::node::Fields;
use super::packing::{packing_named, unknown_packing};
use crate::stack::chunked::{Chain, Packing, product_text};
use crate::stack::sample::Depth;
use crate::text::shown;

/// Chunks of a shard beyond this are a header that cannot be true: their index takes a terabyte.
const SHARD_CHUNKS_MAX: u64 = 1 << 36;

fn voxel_type(name: &str) -> Option<Depth> {
    Some(match name {
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
        _ => return None,
    })
}

/// The name of an extension, and what configures it: `"name"`, or `{"name": .., "configuration": ..}`.
fn extension(value: &Value) -> Option<(&str, Option<&Value>)> {
    match value {
        Value::String(name) => Some((name, None)),
        _ => Some((
            value.get("name")?.as_str()?,
            value.get("configuration").filter(|c| c.is_object()),
        )),
    }
}

/// What the fields of an array of that shape say.
///
/// # Errors
/// In words.
pub(super) fn stated(fields: &Fields, shape: &[u64]) -> Result<Stated, String> {
    let data_type = fields
        .get("data_type")
        .ok_or_else(|| missing("data_type"))?;
    let depth = data_type.as_str().and_then(voxel_type).ok_or_else(|| {
        format!(
            "voxels of the type `{}` are not read; save it as integers or floats",
            shown(&data_type.to_string())
        )
    })?;
    let grid = fields.get("chunk_grid").and_then(extension);
    let file_shape = match grid {
        Some(("regular", Some(grid))) => numbers(grid.get("chunk_shape")),
        Some((other, _)) if other != "regular" => {
            return Err(format!(
                "its chunk grid `{}` is not read, expected `regular`; save it with chunks of one \
                 size",
                shown(other)
            ));
        }
        _ => None,
    }
    .ok_or_else(|| missing("chunk_grid"))?;
    let transformers = fields.get("storage_transformers").and_then(Value::as_array);
    if transformers.is_some_and(|list| !list.is_empty()) {
        return Err("its storage transformers are not read; save it without them".to_owned());
    }
    let keys = keys(fields.get("chunk_key_encoding"))?;
    let (chain, shards) = chain(fields.get("codecs"), shape.len())?;
    let (chunk_shape, shards) = match shards {
        None => (file_shape.clone(), None),
        Some((chunk_shape, shards)) => {
            let pairs = || file_shape.iter().zip(&chunk_shape);
            let divides = chunk_shape.len() == file_shape.len()
                && pairs().all(|(file, chunk)| *file > 0 && *chunk > 0 && file % chunk == 0);
            let chunks = pairs().try_fold(1_u64, |n, (file, chunk)| {
                n.checked_mul(file.checked_div(*chunk)?)
            });
            if !divides || chunks.is_none_or(|n| n > SHARD_CHUNKS_MAX) {
                return Err(format!(
                    "its shards of {} voxels cannot be made of chunks of {}; export it again",
                    product_text(&file_shape),
                    product_text(&chunk_shape)
                ));
            }
            (chunk_shape, Some(shards))
        }
    };
    let names = fields.get("dimension_names").and_then(Value::as_array);
    let names = names.and_then(|names| {
        let names = names.iter().map(|n| n.as_str().map(str::to_owned));
        names.collect::<Option<Vec<_>>>()
    });
    Ok(Stated {
        depth,
        file_shape,
        chunk_shape,
        fill: fill_bytes(fields.get("fill_value"), depth, chain.little_endian)?,
        keys,
        chain,
        shards,
        names: names.filter(|names| names.len() == shape.len()),
    })
}

fn keys(value: Option<&Value>) -> Result<Keys, String> {
    let Some((name, configuration)) = value.and_then(extension) else {
        return Err(missing("chunk_key_encoding"));
    };
    let separator = configuration.and_then(|c| c.get("separator"));
    let separator = match separator.and_then(Value::as_str) {
        Some("/") => Some('/'),
        Some(".") => Some('.'),
        Some(_) => return Err(missing("chunk_key_encoding")),
        None => None,
    };
    match name {
        "default" => Ok(Keys {
            prefixed: true,
            separator: separator.or(Some('/')),
        }),
        "v2" => Ok(Keys {
            prefixed: false,
            separator: separator.or(Some('.')),
        }),
        other => Err(format!(
            "its names of chunks are encoded by `{}`, which is not read; save it with `default`",
            shown(other)
        )),
    }
}

/// How chunks are packed and, of a sharded array, the shape of the chunks of a shard.
type Packed = (Chain, Option<(Vec<u64>, Shards)>);

fn chain(codecs: Option<&Value>, axes: usize) -> Result<Packed, String> {
    let codecs = codecs.and_then(Value::as_array);
    let mut chain = Chain {
        order: (0..axes).collect(),
        little_endian: true,
        packings: Vec::new(),
    };
    let mut is_bytes = false;
    for codec in codecs.ok_or_else(|| missing("codecs"))? {
        let (name, configuration) = extension(codec).ok_or_else(|| missing("codecs"))?;
        let setting = |name: &str| configuration.and_then(|c| c.get(name));
        match name {
            "transpose" if !is_bytes => {
                let order = match setting("order") {
                    Some(Value::String(text)) if text == "C" => (0..axes).collect(),
                    Some(Value::String(text)) if text == "F" => (0..axes).rev().collect(),
                    order => permutation(numbers(order), axes)?,
                };
                chain.order = order.iter().map(|&axis| chain.order[axis]).collect();
            }
            // Of an older draft.
            "bytes" | "endian" if !is_bytes => {
                chain.little_endian = setting("endian").and_then(Value::as_str) != Some("big");
                is_bytes = true;
            }
            "sharding_indexed" if !is_bytes => {
                let is_plain = chain.order.iter().enumerate().all(|(i, axis)| i == *axis);
                if !is_plain || codecs.is_some_and(|list| list.len() > 1) {
                    return Err(
                        "its shards are transposed or packed as a whole, which is not \
                                read; save it with codecs within shards only"
                            .to_owned(),
                    );
                }
                return sharded(configuration, axes);
            }
            _ if is_bytes => {
                let element_bytes = setting("elementsize").and_then(Value::as_u64);
                let name = name.strip_prefix("numcodecs.").unwrap_or(name);
                chain.packings.push(packing_named(name, element_bytes)?);
            }
            other => return Err(unknown_packing(other)),
        }
    }
    match is_bytes {
        true => Ok((chain, None)),
        false => Err(missing("codecs")),
    }
}

fn permutation(order: Option<Vec<u64>>, axes: usize) -> Result<Vec<usize>, String> {
    let order: Vec<usize> = order
        .unwrap_or_default()
        .into_iter()
        .map(|axis| axis as usize)
        .collect();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    match sorted.into_iter().eq(0..axes) {
        true => Ok(order),
        false => Err(missing("order")),
    }
}

fn sharded(configuration: Option<&Value>, axes: usize) -> Result<Packed, String> {
    let setting = |name: &str| configuration.and_then(|c| c.get(name));
    let chunk_shape = numbers(setting("chunk_shape")).ok_or_else(|| missing("chunk_shape"))?;
    let (inner, shards) = chain(setting("codecs"), axes)?;
    if shards.is_some() {
        return Err(
            "it holds shards within shards, which are not read; save it with one level \
                    of them"
                .to_owned(),
        );
    }
    let (index, _) = chain(setting("index_codecs"), axes + 1)?;
    let has_checksum = match index.packings[..] {
        [] => false,
        [Packing::Crc32c] => true,
        _ => return Err("the index of its shards is packed, which is not read".to_owned()),
    };
    let shards = Shards {
        index_at_end: setting("index_location").and_then(Value::as_str) != Some("start"),
        index_has_checksum: has_checksum,
        index_is_little_endian: index.little_endian,
    };
    Ok((inner, Some((chunk_shape, shards))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn transpositions_follow_one_another() {
        let codecs = json!([
            {"name": "transpose", "configuration": {"order": [1, 2, 0]}},
            {"name": "transpose", "configuration": {"order": [2, 0, 1]}},
            {"name": "bytes", "configuration": {"endian": "big"}},
            "zstd"
        ]);
        let (chain, shards) = chain(Some(&codecs), 3).unwrap();
        // The second undoes the first.
        assert_eq!(chain.order, [0, 1, 2]);
        assert!(!chain.little_endian && shards.is_none());
        assert_eq!(chain.packings, [Packing::Zstd]);
    }

    #[test]
    fn shards_that_no_chunks_can_make_are_refused() {
        let array = |shard: [u64; 3], chunk: [u64; 3]| {
            json!({
                "data_type": "uint8",
                "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shard}},
                "chunk_key_encoding": {"name": "default"},
                "codecs": [{"name": "sharding_indexed", "configuration": {
                    "chunk_shape": chunk,
                    "codecs": [{"name": "bytes"}],
                    "index_codecs": [{"name": "bytes"}]
                }}]
            })
        };
        let read = |shard, chunk| stated(array(shard, chunk).as_object().unwrap(), &[4, 4, 4]);
        assert!(read([4, 4, 2], [2, 2, 2]).is_ok());
        for (shard, chunk) in [
            ([0, 4, 4], [2, 2, 2]),
            ([4, 4, 4], [2, 0, 2]),
            ([4, 4, 3], [2, 2, 2]),
            ([1 << 40; 3], [1; 3]),
        ] {
            let error = read(shard, chunk).err().unwrap();
            assert!(error.contains("cannot be made of chunks"), "{error}");
        }
    }

    #[test]
    fn what_is_not_read_is_named() {
        for (codecs, words) in [
            (json!([{"name": "bytes"}, {"name": "pcodec"}]), "`pcodec`"),
            (json!([{"name": "zfp"}]), "`zfp`"),
            (json!([]), "`codecs`"),
            (
                json!([{"name": "transpose", "configuration": {"order": [0, 0, 1]}}]),
                "`order`",
            ),
        ] {
            let error = chain(Some(&codecs), 3).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
