//! Which array of a folder is the image, and what its axes are: OME-Zarr, and arrays alone.
//! Formats: <https://ngff.openmicroscopy.org/0.4/>, <https://ngff.openmicroscopy.org/0.5/>.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::node::Fields;
use crate::length_unit::um_per_unit;
use crate::stack::chunked::Axis;
use crate::text::shown;

/// An image of several resolutions.
#[derive(Debug, Default, Clone)]
pub(super) struct Multiscale {
    pub axes: Vec<Axis>,
    /// From the finest on, as the file has them.
    pub levels: Vec<Level>,
    /// Names of the channels.
    pub channels: Vec<String>,
}

/// An array of one resolution.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Level {
    /// Below the folder of the image.
    pub path: PathBuf,
    /// Distance of neighbours along each axis, in its unit; `None` where none is stated.
    pub scale: Option<Vec<f64>>,
}

/// The attributes in which OME-Zarr keeps its own: 0.5 has a field for them.
fn ome(attributes: &Fields) -> &Fields {
    match attributes.get("ome") {
        Some(Value::Object(ome)) => ome,
        _ => attributes,
    }
}

/// The names of the labels that a group of OME-Zarr lists; `None` where it lists none.
pub(super) fn listed_labels(attributes: &Fields) -> Option<Vec<String>> {
    let labels = ome(attributes).get("labels")?.as_array()?;
    let labels = labels.iter().filter_map(Value::as_str);
    Some(labels.map(str::to_owned).collect())
}

/// Whether a group is a plate of many images.
pub(super) fn is_plate(attributes: &Fields) -> bool {
    ["plate", "well"]
        .iter()
        .any(|name| ome(attributes).contains_key(*name))
}

/// The image that the attributes of a group describe; `None` where they describe none.
///
/// # Errors
/// In words, when they contradict themselves.
pub(super) fn multiscale(attributes: &Fields) -> Result<Option<Multiscale>, String> {
    let ome = ome(attributes);
    let Some(images) = ome.get("multiscales") else {
        return Ok(None);
    };
    let images = images.as_array().map_or(&[][..], Vec::as_slice);
    let [image] = images else {
        return Err(format!(
            "its OME-Zarr metadata describe {} images, expected one; name the array that is meant \
             by its own folder",
            images.len()
        ));
    };
    let datasets = image.get("datasets").and_then(Value::as_array);
    let datasets = datasets.filter(|d| !d.is_empty()).ok_or(
        "its OME-Zarr metadata name no `datasets`; export it again, or name the array that is \
         meant by its own folder",
    )?;
    let everywhere = scale_of(image);
    let mut levels = Vec::new();
    for dataset in datasets {
        let path = dataset
            .get("path")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let path = Path::new(path);
        let is_below = path.components().all(|c| matches!(c, Component::Normal(_)));
        if path.as_os_str().is_empty() || !is_below {
            return Err(format!(
                "its OME-Zarr metadata name the array `{}`, which is none below its folder; \
                 correct them, or name the array that is meant by its own folder",
                shown(&path.to_string_lossy())
            ));
        }
        let scale = match (scale_of(dataset), &everywhere) {
            (Some(own), Some(all)) if own.len() == all.len() => {
                Some(own.iter().zip(all).map(|(a, b)| a * b).collect())
            }
            (Some(own), _) => Some(own),
            (None, all) => all.clone(),
        };
        levels.push(Level {
            path: path.to_owned(),
            scale,
        });
    }
    let axes = match image.get("axes") {
        // OME-Zarr before 0.3 has these five.
        None | Some(Value::Null) => ["t", "c", "z", "y", "x"].map(Axis::named).to_vec(),
        Some(axes) => axes
            .as_array()
            .and_then(|axes| axes.iter().map(axis_of).collect())
            .ok_or("its OME-Zarr metadata name no axes; export it again")?,
    };
    let channels = ome.get("omero").and_then(|omero| omero.get("channels"));
    let channels = channels.and_then(Value::as_array).map(|channels| {
        let labels = channels
            .iter()
            .map(|c| c.get("label").and_then(Value::as_str));
        labels.map(|l| shown(l.unwrap_or_default())).collect()
    });
    Ok(Some(Multiscale {
        axes,
        levels,
        channels: channels.unwrap_or_default(),
    }))
}

fn axis_of(value: &Value) -> Option<Axis> {
    match value {
        Value::String(name) => Some(Axis::named(name)),
        _ => Some(Axis {
            unit: value.get("unit").and_then(Value::as_str).map(str::to_owned),
            ..Axis::named(value.get("name")?.as_str()?)
        }),
    }
}

/// The product of the scales among the transformations of an image or of one resolution.
fn scale_of(value: &Value) -> Option<Vec<f64>> {
    let list = value.get("coordinateTransformations")?.as_array()?;
    let mut product: Option<Vec<f64>> = None;
    for transformation in list {
        if transformation.get("type").and_then(Value::as_str) != Some("scale") {
            continue;
        }
        let scale = transformation.get("scale")?.as_array()?;
        let scale: Vec<f64> = scale.iter().map(Value::as_f64).collect::<Option<_>>()?;
        product = Some(match product {
            Some(before) if before.len() == scale.len() => {
                before.iter().zip(&scale).map(|(a, b)| a * b).collect()
            }
            _ => scale,
        });
    }
    product
}

/// Micrometres along x, y and z, and what to say of a size that is not taken.
pub(super) fn spacing_um(
    axes: &[Axis],
    scale: &[f64],
    zyx: [Option<usize>; 3],
) -> ([Option<f64>; 3], Option<String>) {
    let [z, y, x] = zyx;
    let along = [x, y, z].map(|axis| axis.filter(|&i| scale.len() == axes.len() && i < axes.len()));
    let um = along.map(|axis| {
        let unit = axes[axis?].unit.as_deref()?;
        Some(scale[axis?] * um_per_unit(unit)?)
    });
    // What programs write that know no size.
    let is_stated = along.iter().flatten().any(|&i| scale[i] != 1.0);
    let lacking = along.iter().zip(um).find_map(|(axis, um)| {
        let axis = axis.filter(|_| um.is_none() && is_stated)?;
        Some(&axes[axis])
    });
    let note = lacking.map(|axis| {
        let size: Vec<String> = along
            .iter()
            .flatten()
            .map(|&i| scale[i].to_string())
            .collect();
        format!(
            "OME-Zarr metadata give voxels of {} along x, y and z {}; the size was not taken",
            size.join(" x "),
            match &axis.unit {
                None => "without a unit".to_owned(),
                Some(unit) => format!("in `{}`, a unit that is not known", shown(unit)),
            }
        )
    });
    (um, note)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Fields {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn scales_of_image_and_level_are_multiplied() {
        let image = json!({
            "axes": [{"name": "z", "unit": "nanometer"}, {"name": "y"}, {"name": "x"}],
            "coordinateTransformations": [{"type": "scale", "scale": [2.0, 1.0, 1.0]}],
            "datasets": [{"path": "0", "coordinateTransformations": [
                {"type": "scale", "scale": [500.0, 3.0, 3.0]},
                {"type": "translation", "translation": [9.0, 9.0, 9.0]}
            ]}]
        });
        for attributes in [
            json!({"multiscales": [image.clone()]}),
            json!({"ome": {"version": "0.5", "multiscales": [image]}}),
        ] {
            let found = multiscale(&fields(attributes)).unwrap().unwrap();
            assert_eq!(found.levels[0].scale, Some(vec![1000.0, 3.0, 3.0]));
            let zyx = [Some(0), Some(1), Some(2)];
            let scale = found.levels[0].scale.as_deref().unwrap();
            let (um, note) = spacing_um(&found.axes, scale, zyx);
            assert_eq!(um, [None, None, Some(1.0)]);
            assert!(note.unwrap().contains("without a unit"));
        }
    }

    #[test]
    fn a_level_is_below_its_image() {
        for path in ["", "../other", "/etc", "a/../../b"] {
            let attributes = json!({"multiscales": [{"datasets": [{"path": path}]}]});
            let error = multiscale(&fields(attributes)).unwrap_err();
            assert!(error.contains("none below"), "{path}: {error}");
        }
    }
}
