use corelith_core::Spacing;
use serde_json::{Value, json};

use super::LabelValue;

/// The share of voxels that a viewer shows as black, and as white.
const CLIPPED: f64 = 0.001;

/// How coarser levels of greys and of labels are made: in a word, and as a sentence.
const MEAN: (&str, &str) = ("mean", "the mean of 2 x 2 x 2 voxels of the level before");
const COMMONEST: (&str, &str) = (
    "mode",
    "the commonest of 2 x 2 x 2 labels of the level before",
);

/// One level of a pyramid.
pub(super) struct Resolution {
    /// Micrometres along z, y, x.
    scale_um: [f64; 3],
    /// Where the middle of the first voxel lies, micrometres along z, y, x.
    origin_um: [f64; 3],
}

impl Resolution {
    /// Of the levels of a pyramid, each half as fine as the one before.
    pub(super) fn of_levels(levels: &[[usize; 3]], spacing: Spacing) -> Vec<Self> {
        let finest = [spacing.z_um, spacing.y_um, spacing.x_um];
        (0..levels.len() as i32)
            .map(|level| {
                let voxels = f64::from(2).powi(level);
                Self {
                    scale_um: finest.map(|um| um * voxels),
                    origin_um: finest.map(|um| um * (voxels - 1.0) / 2.0),
                }
            })
            .collect()
    }
}

/// A group with what OME says of it.
pub(super) fn group(ome: Value) -> Value {
    json!({ "zarr_format": 3, "node_type": "group", "attributes": { "ome": ome } })
}

/// What OME says of an image. `counts` are those of its grey values.
pub(super) fn image(name: &str, resolutions: &[Resolution], counts: &[u64]) -> Value {
    let (start, end) = (quantile(counts, CLIPPED), quantile(counts, 1.0 - CLIPPED));
    let window =
        json!({ "min": 0, "max": counts.len() - 1, "start": start, "end": end.max(start + 1) });
    json!({
        "version": "0.5",
        "multiscales": multiscales(name, resolutions, MEAN),
        "omero": {
            "channels": [{ "label": "CT", "color": "FFFFFF", "active": true, "window": window }],
        },
    })
}

/// What OME says of labels.
pub(super) fn labels(name: &str, resolutions: &[Resolution], values: &[LabelValue]) -> Value {
    let colours = values
        .iter()
        .map(|label| json!({ "label-value": label.value, "rgba": label.rgba }));
    let names = values
        .iter()
        .map(|label| json!({ "label-value": label.value, "name": label.name }));
    let mut about = json!({ "source": { "image": "../../" } });
    if !values.is_empty() {
        about["colors"] = colours.collect();
        about["properties"] = names.collect();
    }
    json!({
        "version": "0.5",
        "multiscales": multiscales(name, resolutions, COMMONEST),
        "image-label": about,
    })
}

/// What OME says of the group of labels.
pub(super) fn list_of_labels(names: &[String]) -> Value {
    json!({ "version": "0.5", "labels": names })
}

fn multiscales(name: &str, resolutions: &[Resolution], coarser: (&str, &str)) -> Value {
    let axis = |name| json!({ "name": name, "type": "space", "unit": "micrometer" });
    let axes = ["z", "y", "x"].map(axis);
    let datasets = resolutions.iter().enumerate().map(|(level, resolution)| {
        json!({
            "path": level.to_string(),
            "coordinateTransformations": [
                { "type": "scale", "scale": resolution.scale_um },
                { "type": "translation", "translation": resolution.origin_um },
            ],
        })
    });
    json!([{
        "name": name,
        "axes": axes,
        "datasets": datasets.collect::<Vec<_>>(),
        "type": coarser.0,
        "metadata": {
            "description": coarser.1,
            "method": "corelith",
            "version": env!("CARGO_PKG_VERSION"),
        },
    }])
}

/// The first value that at least this share of all values does not exceed.
fn quantile(counts: &[u64], share: f64) -> usize {
    let total: u64 = counts.iter().sum();
    let mut below = 0;
    let found = counts.iter().position(|count| {
        below += count;
        below as f64 >= share * total as f64
    });
    found.unwrap_or(0)
}
