//! What the metadata of an array say, in either version of Zarr.

use std::path::PathBuf;

use serde_json::Value;

use super::node::{ArrayFields, Node};
use super::{array_v2, array_v3};
use crate::Error;
use crate::stack::chunked::{Chain, Grid};
use crate::stack::sample::Depth;
use crate::text::shown;

/// An array whose metadata were read.
#[derive(Debug, Clone)]
pub(super) struct Array {
    pub folder: PathBuf,
    /// Metadata files; the first is named in messages.
    pub files: Vec<PathBuf>,
    /// Of the chunks of files, or of those of shards.
    pub grid: Grid,
    /// Voxels of a file along each axis.
    pub file_shape: Vec<u64>,
    pub keys: Keys,
    pub shards: Option<Shards>,
    /// Names of the axes, where the array has them.
    pub names: Option<Vec<String>>,
}

/// How the files of chunks are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keys {
    /// Whether names begin with `c`.
    pub prefixed: bool,
    /// `/` or `.`; `None` where the metadata do not say.
    pub separator: Option<char>,
}

/// Where the index of a shard is, and how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shards {
    pub index_at_end: bool,
    pub index_has_checksum: bool,
    pub index_is_little_endian: bool,
}

/// Chunk shape, codecs and fill value as a version of Zarr states them.
pub(super) struct Stated {
    pub depth: Depth,
    pub file_shape: Vec<u64>,
    pub chunk_shape: Vec<u64>,
    pub fill: Vec<u8>,
    pub keys: Keys,
    pub chain: Chain,
    pub shards: Option<Shards>,
    pub names: Option<Vec<String>>,
}

impl Array {
    /// The array of a folder.
    ///
    /// # Errors
    /// When it is a group, or one of its fields is missing, contradicts others or is not read.
    pub(super) fn of(node: &Node) -> Result<Self, Error> {
        let file = &node.files[0];
        let wrong = |problem: String| Error::Volume {
            path: file.clone(),
            problem,
        };
        let Some(fields) = &node.array else {
            return Err(wrong("it is a group, expected an array".to_owned()));
        };
        let (ArrayFields::V2(all) | ArrayFields::V3(all)) = fields;
        let shape = numbers(all.get("shape")).ok_or_else(|| wrong(missing("shape")))?;
        let stated = match fields {
            ArrayFields::V2(fields) => array_v2::stated(fields, &shape, &node.attributes),
            ArrayFields::V3(fields) => array_v3::stated(fields, &shape),
        }
        .map_err(wrong)?;
        let grid = Grid {
            shape,
            chunk_shape: stated.chunk_shape,
            depth: stated.depth,
            fill: stated.fill,
            chain: stated.chain,
        };
        grid.check().map_err(wrong)?;
        if stated.file_shape.len() != grid.shape.len() {
            return Err(wrong(missing("chunks")));
        }
        Ok(Self {
            folder: node.folder.clone(),
            files: node.files.clone(),
            grid,
            file_shape: stated.file_shape,
            keys: stated.keys,
            shards: stated.shards,
            names: stated.names,
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
}

/// What to say of a field that is missing or of another kind.
pub(super) fn missing(name: &str) -> String {
    format!("its metadata give no `{name}` of Zarr, or none that is read; export it again")
}

/// A list of whole numbers.
pub(super) fn numbers(value: Option<&Value>) -> Option<Vec<u64>> {
    value?.as_array()?.iter().map(Value::as_u64).collect()
}

/// The bytes of the fill value of voxels of a type.
///
/// # Errors
/// In words, when it is no value of that type.
pub(super) fn fill_bytes(
    value: Option<&Value>,
    depth: Depth,
    little_endian: bool,
) -> Result<Vec<u8>, String> {
    let wrong = |value: &Value| {
        format!(
            "its fill value `{}` is none of {} voxels; export it again",
            shown(&value.to_string()),
            depth
        )
    };
    let value = match value {
        // Zarr 2 leaves it open.
        None | Some(Value::Null) => return Ok(vec![0; depth.bytes()]),
        Some(value) => value,
    };
    let mut bytes = match depth {
        Depth::F16 | Depth::F32 | Depth::F64 => float_bytes(value, depth),
        _ => integer_bytes(value, depth),
    }
    .ok_or_else(|| wrong(value))?;
    if !little_endian {
        bytes.reverse();
    }
    Ok(bytes)
}

/// The low byte first.
fn float_bytes(value: &Value, depth: Depth) -> Option<Vec<u8>> {
    let width = depth.bytes();
    let float = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => match text.as_str() {
            "NaN" => f64::NAN,
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            // The bits themselves, the high byte first.
            text => {
                let digits = text.strip_prefix("0x").filter(|d| d.len() == 2 * width)?;
                let bits = u64::from_str_radix(digits, 16).ok()?;
                return Some(bits.to_le_bytes()[..width].to_vec());
            }
        },
        _ => return None,
    };
    Some(match depth {
        Depth::F16 => half::f16::from_f64(float).to_le_bytes().to_vec(),
        Depth::F32 => (float as f32).to_le_bytes().to_vec(),
        _ => float.to_le_bytes().to_vec(),
    })
}

/// The low byte first.
fn integer_bytes(value: &Value, depth: Depth) -> Option<Vec<u8>> {
    let integer = match value {
        Value::Bool(value) => i128::from(*value),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(n), _, _) => n.into(),
            (_, Some(n), _) => n.into(),
            (_, _, Some(n)) if n.fract() == 0.0 => n as i128,
            _ => return None,
        },
        _ => return None,
    };
    let bits = 8 * depth.bytes() as u32;
    let (low, high) = match depth {
        Depth::U1 => (0, 1),
        Depth::I8 | Depth::I16 | Depth::I32 | Depth::I64 => {
            (-(1_i128 << (bits - 1)), (1 << (bits - 1)) - 1)
        }
        _ => (0, (1_i128 << bits) - 1),
    };
    (low..=high)
        .contains(&integer)
        .then(|| integer.to_le_bytes()[..depth.bytes()].to_vec())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fill(value: Value, depth: Depth, little_endian: bool) -> Option<Vec<u8>> {
        fill_bytes(Some(&value), depth, little_endian).ok()
    }

    #[test]
    fn fill_values_are_bytes_in_the_order_of_the_chunks() {
        assert_eq!(fill(json!(258), Depth::U16, true), Some(vec![2, 1]));
        assert_eq!(fill(json!(258), Depth::U16, false), Some(vec![1, 2]));
        assert_eq!(fill(json!(-1), Depth::I16, false), Some(vec![255, 255]));
        assert_eq!(fill(json!(5.0), Depth::U8, true), Some(vec![5]));
        assert_eq!(fill(json!(true), Depth::U1, true), Some(vec![1]));
        assert_eq!(fill(json!(u64::MAX), Depth::U64, true), Some(vec![255; 8]));
        assert_eq!(
            fill(json!("0x3f800000"), Depth::F32, true),
            Some(1_f32.to_le_bytes().to_vec())
        );
        let nan = fill(json!("NaN"), Depth::F64, true).unwrap();
        assert!(f64::from_le_bytes(nan.try_into().unwrap()).is_nan());
        assert_eq!(fill_bytes(None, Depth::I32, true), Ok(vec![0; 4]));
        for (value, depth) in [
            (json!(256), Depth::U8),
            (json!(-1), Depth::U16),
            (json!(0.5), Depth::I32),
            (json!("x"), Depth::F32),
            (json!([0]), Depth::U8),
        ] {
            assert!(fill(value.clone(), depth, true).is_none(), "{value}");
        }
    }
}
