//! Particles and liberation.

use std::path::{Path, PathBuf};

use corelith_core::{Minerals, Volume};
use corelith_pipeline::stage::measure::{TABLES, tables};
use corelith_stats::liberation::{self, MeasuredWith, Segmented};
use corelith_stats::measure::{Settings, measure as measured, particle_table};
use corelith_stats::measurements::{Measurements, measure_sample};
use corelith_stats::stereology;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde::Deserialize;

use crate::array::{Argument, spacing_of};
use crate::map::{MapArgument, placed_maps};
use crate::minerals::minerals_of;
use crate::settings::settings;
use crate::table::columns;
use crate::work::{computed, detached};

/// Sections of the project file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sections {
    measurement: Settings,
    stereology: stereology::Settings,
    liberation: liberation::Settings,
}

#[pyfunction]
pub fn measure<'py>(
    phases: &Bound<'py, PyAny>,
    particles: &Bound<'py, PyAny>,
    minerals: &str,
    spacing_um: [f64; 3],
    settings_json: &str,
    listener: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = listener.py();
    let phases = Argument::volume("phases").read::<u8>(phases)?;
    let particles = Argument::volume("particles").read::<u32>(particles)?;
    let minerals = minerals_of(py, minerals)?;
    let with: Settings = settings(py, "settings", settings_json)?;
    let spacing = spacing_of(py, spacing_um)?;
    let (phases, particles) = (phases.volume(spacing)?, particles.volume(spacing)?);
    let (phases, particles): (&Volume<u8>, &Volume<u32>) = (&phases, &particles);
    let found = computed(listener, |progress| {
        Ok(measured(particles, phases, &minerals, &with, progress)?)
    })?;
    columns(py, particle_table(&found, &minerals))
}

/// The arguments of [`analyse`] that are no arrays.
#[derive(FromPyObject)]
pub struct Question<'py> {
    minerals: String,
    spacing_um: [f64; 3],
    maps: Vec<MapArgument<'py>>,
    doubtful: Vec<u32>,
    settings: String,
    seed: u64,
}

#[pyfunction]
pub fn analyse<'py>(
    phases: &Bound<'py, PyAny>,
    particles: &Bound<'py, PyAny>,
    question: Question<'py>,
    listener: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = listener.py();
    let phases = Argument::volume("phases").read::<u8>(phases)?;
    let particles = Argument::volume("particles").read::<u32>(particles)?;
    let minerals = &minerals_of(py, &question.minerals)?;
    let with: Sections = settings(py, "settings", &question.settings)?;
    let spacing = spacing_of(py, question.spacing_um)?;
    let maps = placed_maps(&question.maps, minerals)?;
    let (seed, mut doubtful) = (question.seed, question.doubtful);
    doubtful.sort_unstable();
    let (phases, particles) = (phases.volume(spacing)?, particles.volume(spacing)?);
    let (phases, particles): (&Volume<u8>, &Volume<u32>) = (&phases, &particles);
    let found = computed(listener, |progress| {
        let sample = Segmented {
            phases,
            particles,
            minerals,
        };
        let with = MeasuredWith {
            measurement: &with.measurement,
            stereology: &with.stereology,
            liberation: &with.liberation,
            seed,
        };
        Ok(measure_sample(
            sample, None, &maps, with, &doubtful, progress,
        )?)
    })?;
    all_tables(py, &found, minerals)
}

#[pyfunction]
pub fn read_measurements<'py>(
    py: Python<'py>,
    path: PathBuf,
    minerals: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let minerals = minerals_of(py, minerals)?;
    let found: Measurements = detached(py, || corelith_io::read_cbor(&path))?;
    all_tables(py, &found, &minerals)
}

/// The tables by the names of their files.
fn all_tables<'py>(
    py: Python<'py>,
    found: &Measurements,
    minerals: &Minerals,
) -> PyResult<Bound<'py, PyDict>> {
    let all = PyDict::new(py);
    let particles = particle_table(&found.particles, minerals);
    for ((file, _), table) in TABLES.iter().zip(tables(found, particles, minerals)) {
        let name = Path::new(file).file_stem().unwrap_or_default();
        all.set_item(name.to_string_lossy(), columns(py, table)?)?;
    }
    Ok(all)
}
