//! What programs write beside an array: names of its axes, sizes of voxels.

use std::path::Path;

use hdf5_pure::{AttrValue, Dataset};
use serde_json::Value;

use super::guard::guarded;

/// What the attributes of an array say.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    /// Names of the axes, one each.
    pub axes: Option<Vec<String>>,
    /// Micrometres along x, y and z.
    pub size_um: Option<[f64; 3]>,
}

/// Reads the attributes of an array; such as cannot be read say nothing.
pub(super) fn of(path: &Path, dataset: &Dataset) -> Attributes {
    let Ok(all) = guarded(path, || dataset.attrs()) else {
        return Attributes::default();
    };
    let axes = all.get("axistags").and_then(axistags);
    let axes = axes.or_else(|| all.get("DIMENSION_LABELS").and_then(labels));
    Attributes {
        axes: axes.filter(|axes| ["y", "x"].iter().all(|name| axes.iter().any(|a| a == name))),
        size_um: all.get("element_size_um").and_then(size_um),
    }
}

/// The axes of vigra and ilastik, in JSON.
fn axistags(value: &AttrValue) -> Option<Vec<String>> {
    let tags: Value = serde_json::from_str(value.as_str()?).ok()?;
    let axes = tags.get("axes")?.as_array()?.iter();
    axes.map(|axis| Some(axis.get("key")?.as_str()?.to_lowercase()))
        .collect()
}

/// The labels of HDF5's dimension scales.
fn labels(value: &AttrValue) -> Option<Vec<String>> {
    let labels = value.as_strings()?.iter();
    Some(labels.map(|label| label.to_lowercase()).collect())
}

/// Sizes along z, y and x, as the HDF5 plugin of Fiji and PlantSeg write them.
fn size_um(value: &AttrValue) -> Option<[f64; 3]> {
    let zyx: Vec<f64> = match value {
        AttrValue::F64Array(sizes) => sizes.clone(),
        AttrValue::F32Array(sizes) => sizes.iter().map(|&n| f64::from(n)).collect(),
        AttrValue::I64Array(sizes) => sizes.iter().map(|&n| n as f64).collect(),
        _ => return None,
    };
    match zyx[..] {
        [z, y, x] => Some([x, y, z]),
        _ => None,
    }
}
