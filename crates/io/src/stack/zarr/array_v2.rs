//! Arrays of Zarr 2. Format: <https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html>.

use serde_json::Value;

use super::array::{Keys, Stated, fill_bytes, missing, numbers};
use super::node::Fields;
use super::packing::packing_named;
use crate::stack::chunked::{Chain, Packing};
use crate::stack::sample::Depth;
use crate::text::shown;

/// Type and order of bytes of a NumPy type such as `<u2`.
fn voxel_type(text: &str) -> Option<(Depth, bool)> {
    let (order, name) = text.split_at_checked(1)?;
    let depth = match name {
        "b1" => Depth::U1,
        _ => Depth::of_numpy(name)?,
    };
    match order {
        "<" => Some((depth, true)),
        ">" => Some((depth, false)),
        "|" if depth.bytes() == 1 => Some((depth, true)),
        _ => None,
    }
}

/// What the fields of an array of that shape say.
///
/// # Errors
/// In words.
pub(super) fn stated(
    fields: &Fields,
    shape: &[u64],
    attributes: &Fields,
) -> Result<Stated, String> {
    let chunk_shape = numbers(fields.get("chunks")).ok_or_else(|| missing("chunks"))?;
    let dtype = fields.get("dtype").ok_or_else(|| missing("dtype"))?;
    let (depth, little_endian) = dtype.as_str().and_then(voxel_type).ok_or_else(|| {
        format!(
            "voxels of the type `{}` are not read; save it as integers or floats",
            shown(&dtype.to_string())
        )
    })?;
    let order = match fields.get("order").and_then(Value::as_str) {
        Some("F") => (0..shape.len()).rev().collect(),
        _ => (0..shape.len()).collect(),
    };
    let mut packings = Vec::new();
    let none = Vec::new();
    let filters = fields.get("filters").and_then(Value::as_array);
    for filter in filters.unwrap_or(&none) {
        packings.push(packing(filter)?);
    }
    match fields.get("compressor") {
        None | Some(Value::Null) => {}
        Some(compressor) => packings.push(packing(compressor)?),
    }
    let separator = match fields.get("dimension_separator") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text == "/" => Some('/'),
        Some(Value::String(text)) if text == "." => Some('.'),
        Some(_) => return Err(missing("dimension_separator")),
    };
    // As xarray names axes in Zarr 2.
    let names = attributes
        .get("_ARRAY_DIMENSIONS")
        .and_then(Value::as_array);
    let names = names.and_then(|names| {
        let names = names.iter().map(|n| n.as_str().map(str::to_owned));
        names.collect::<Option<Vec<_>>>()
    });
    Ok(Stated {
        depth,
        file_shape: chunk_shape.clone(),
        chunk_shape,
        fill: fill_bytes(fields.get("fill_value"), depth, little_endian)?,
        keys: Keys {
            prefixed: false,
            separator,
        },
        chain: Chain {
            order,
            little_endian,
            packings,
        },
        shards: None,
        names: names.filter(|names| names.len() == shape.len()),
    })
}

fn packing(codec: &Value) -> Result<Packing, String> {
    let id = codec.get("id").and_then(Value::as_str);
    let id = id.ok_or_else(|| missing("compressor"))?;
    let element_bytes = codec.get("elementsize").and_then(Value::as_u64);
    packing_named(id, element_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_those_of_numpy() {
        assert_eq!(voxel_type("<u2"), Some((Depth::U16, true)));
        assert_eq!(voxel_type(">f8"), Some((Depth::F64, false)));
        assert_eq!(voxel_type("|b1"), Some((Depth::U1, true)));
        for other in ["|u2", "<U3", "|S1", "<c8", "\u{e9}", ""] {
            assert_eq!(voxel_type(other), None, "{other}");
        }
    }
}
