//! Particle systems with exact truth.

use std::path::PathBuf;

use corelith_core::seed_of;
use corelith_evaluation::write_scene;
use corelith_phantom::{Kind, MapRole, PhantomMap, PhantomSettings, Scene};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::array::{array_of_coords, array_of_raster, array_of_volume, zyx_um};
use crate::failure::{exception, setting_error};
use crate::minerals::minerals_json;
use crate::settings::settings;
use crate::work::computed;

/// Names of the presets that look like lithium slag.
const SLAG: [&str; 2] = ["slag-63-100", "slag-100-250"];
/// Voxels of a phantom whose kind does not say.
const SHAPE_VOX: [usize; 3] = [128, 208, 208];

/// The settings of a kind, with `changes` in place of some of them.
fn phantom_settings(
    py: Python<'_>,
    kind: &str,
    changes: &str,
    seed: u64,
) -> PyResult<PhantomSettings> {
    let preset = match (kind, Kind::ALL.into_iter().find(|k| k.name() == kind)) {
        ("slag-63-100", _) => PhantomSettings::slag_63_100(),
        ("slag-100-250", _) => PhantomSettings::slag_100_250(),
        (_, Some(kind)) => {
            let mut rng = ChaCha8Rng::seed_from_u64(seed_of(seed, "settings"));
            PhantomSettings::drawn_at_random(kind, SHAPE_VOX, &mut rng)
        }
        (other, None) => {
            let known = SLAG.into_iter().chain(Kind::ALL.map(Kind::name));
            let known: Vec<&str> = known.collect();
            return Err(setting_error(
                py,
                format!(
                    "`kind`: expected one of {}, found {other}",
                    known.join(", ")
                ),
            ));
        }
    };
    let failed = |error: serde_json::Error| exception(py, "CorelithError", error.to_string());
    let mut merged = serde_json::to_value(&preset).map_err(failed)?;
    merge(&mut merged, settings(py, "settings", changes)?);
    settings(py, "settings", &merged.to_string())
}

/// Puts `changes` in place, table by table.
fn merge(into: &mut Value, changes: Value) {
    match (into, changes) {
        (Value::Object(into), Value::Object(changes)) => {
            for (key, change) in changes {
                merge(into.entry(key).or_insert(Value::Null), change);
            }
        }
        (into, change) => *into = change,
    }
}

#[pyfunction]
pub fn phantom<'py>(
    kind: &str,
    changes: &str,
    seed: u64,
    listener: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = listener.py();
    let with = phantom_settings(py, kind, changes, seed)?;
    let made = computed(listener, |progress| {
        Ok(corelith_phantom::phantom(&with, seed, progress)?)
    })?;
    let spacing = made.spacing;
    let result = PyDict::new(py);
    result.set_item("ct", array_of_volume(py, made.ct)?)?;
    result.set_item("phases", array_of_volume(py, made.phases)?)?;
    result.set_item("particles", array_of_volume(py, made.particles)?)?;
    result.set_item("minerals", minerals_json(py, &made.minerals)?)?;
    result.set_item("spacing_um", zyx_um(spacing))?;
    result.set_item("pixel_um", made.pixel_size_um)?;
    let maps = PyList::empty(py);
    for map in made.maps {
        maps.append(map_dict(py, map)?)?;
    }
    result.set_item("maps", maps)?;
    Ok(result)
}

fn map_dict(py: Python<'_>, map: PhantomMap) -> PyResult<Bound<'_, PyDict>> {
    let role = match map.role {
        MapRole::Training => "training",
        MapRole::Validation => "validation",
    };
    let pose: [[f64; 3]; 3] = map.ct_from_map.into();
    let result = PyDict::new(py);
    result.set_item("role", role)?;
    result.set_item("classes", array_of_raster(py, map.classes)?)?;
    result.set_item("bse", array_of_raster(py, map.bse)?)?;
    result.set_item("coords_vox", array_of_coords(py, map.coords_vox)?)?;
    result.set_item("ct_from_map", pose)?;
    result.set_item("phases_truth", array_of_raster(py, map.phases_truth)?)?;
    result.set_item("particles_truth", array_of_raster(py, map.particles_truth)?)?;
    Ok(result)
}

#[pyfunction]
pub fn write_phantom(
    folder: PathBuf,
    name: &str,
    kind: &str,
    changes: &str,
    seed: u64,
    listener: &Bound<'_, PyAny>,
) -> PyResult<PathBuf> {
    let with = phantom_settings(listener.py(), kind, changes, seed)?;
    let size = &with.particles;
    let fraction_um = format!("{:.0}-{:.0}", size.diameter_min_um, size.diameter_max_um);
    computed(listener, |progress| {
        let scene = Scene::new(&with, seed, progress)?;
        let (project, _) = write_scene(&folder, name, &fraction_um, &scene, progress)?;
        Ok(project)
    })
}
