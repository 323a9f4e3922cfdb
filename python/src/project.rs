//! A project file and its results.

use std::path::PathBuf;

use corelith_core::Progress;
use corelith_pipeline::results::StoredPlacement;
use corelith_pipeline::resume::Content;
use corelith_pipeline::stage::report::PAGE;
use corelith_pipeline::stage::suitability::SUITABILITY;
use corelith_pipeline::{Asked, Error, Options, Project, Sample};
use pyo3::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::array::zyx_um;
use crate::failure::setting_error;
use crate::minerals::minerals_json;
use crate::settings::{json as text_of, settings};
use crate::work::{computed, detached, device_choice};

/// How a project is opened.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HowToOpen {
    output: Option<PathBuf>,
    device: String,
    asked: Asked,
    forget: bool,
}

#[pyfunction]
pub fn read_project(py: Python<'_>, path: PathBuf) -> PyResult<(String, String)> {
    let read = || {
        let project = Project::read(&path)?;
        let list = project.sem.read_minerals(&project.folder)?;
        Ok::<_, Error>((project, list))
    };
    let (project, list) = detached(py, read)?;
    let maps: Vec<Value> = project
        .sem
        .maps
        .iter()
        .map(|map| {
            json!({
                "name": map.name(),
                "role": map.role,
                "pixel_um": project.sem.pixel_size_um_of(map),
            })
        })
        .collect();
    let summary = json!({
        "name": project.name,
        "spacing_um": zyx_um(project.ct.voxel_size_um.0),
        "maps": maps,
    });
    Ok((text_of(py, &summary)?, minerals_json(py, &list.minerals)?))
}

#[pyfunction]
pub fn run_stage(
    path: PathBuf,
    how: &str,
    stage: &str,
    only: Option<&str>,
    listener: &Bound<'_, PyAny>,
) -> PyResult<String> {
    let py = listener.py();
    let how: HowToOpen = settings(py, "options", how)?;
    let options = Options {
        out: how.output,
        device: device_choice(py, &how.device)?,
        asked: how.asked,
        forget: how.forget,
        ..Options::default()
    };
    let run: fn(&Sample, Option<&str>, &dyn Progress) -> Result<Value, Error> = match stage {
        "import" => import,
        "register" => register,
        "train" => train,
        "segment" => segment,
        "measure" => measure,
        "report" => report,
        other => {
            return Err(setting_error(py, format!("there is no stage `{other}`")));
        }
    };
    let found = computed(listener, |progress| {
        let sample = Sample::open(&path, &options, progress)?;
        Ok(run(&sample, only, progress)?)
    })?;
    text_of(py, &found)
}

fn import(sample: &Sample, _: Option<&str>, progress: &dyn Progress) -> Result<Value, Error> {
    let imported = sample.import(progress)?;
    let maps = imported.maps.iter();
    let maps = maps.map(|map| (map.name.clone(), json!(map.classes.path())));
    Ok(json!({
        "ct": imported.ct.path(),
        "maps": maps.collect::<serde_json::Map<_, _>>(),
    }))
}

fn register(sample: &Sample, only: Option<&str>, progress: &dyn Progress) -> Result<Value, Error> {
    let mut maps = serde_json::Map::new();
    for placed in sample.register(only, progress)? {
        let registration = json!(placed.read_registration()?);
        let StoredPlacement {
            map,
            registration: file,
            coordinates,
            overlay,
            ..
        } = placed;
        let [file, coordinates, overlay] = [&file, &coordinates, &overlay].map(Content::path);
        maps.insert(
            map.name,
            json!({
                "registration": registration,
                "path": file,
                "coordinates": coordinates,
                "overlay": overlay,
            }),
        );
    }
    Ok(Value::Object(maps))
}

fn train(sample: &Sample, _: Option<&str>, progress: &dyn Progress) -> Result<Value, Error> {
    Ok(json!(sample.train(progress)?.folder()))
}

fn segment(sample: &Sample, _: Option<&str>, progress: &dyn Progress) -> Result<Value, Error> {
    let (found, _) = sample.segment(progress)?;
    Ok(json!({
        "phases": found.phases.path(),
        "particles": found.particles.path(),
        "check": found.check.path(),
        "suitability": sample.out().join(SUITABILITY),
    }))
}

fn measure(sample: &Sample, _: Option<&str>, progress: &dyn Progress) -> Result<Value, Error> {
    Ok(json!(sample.measure(progress)?.content().path()))
}

fn report(sample: &Sample, _: Option<&str>, progress: &dyn Progress) -> Result<Value, Error> {
    sample.report(progress)?;
    Ok(json!(sample.out().join(PAGE)))
}
