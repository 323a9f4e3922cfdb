//! Networks: learned from placed maps, and applied to a volume.

use std::path::{Path, PathBuf};

use corelith_core::{PlacedMap, Volume};
use corelith_pipeline::model_folder::{read_curve, read_model, write_model};
use corelith_pipeline::results::Parked;
use corelith_pipeline::stage::networks::Networks;
use corelith_pipeline::stage::part::Part;
use corelith_pipeline::stage::segment::{Division, ParticleNetwork};
use corelith_pipeline::stage::suitability::Suitability;
use corelith_pipeline::stage::train::{Lesson, StartWeights};
use corelith_pipeline::{Context, tell_notes};
use corelith_stats::imaging::{separation, weak_regions};
use corelith_unet::{
    Scan, SegmentSettings, Settings, Trained, pretrained_particles, pretrained_phases,
};
use pyo3::prelude::*;
use serde::Deserialize;

use crate::array::{Argument, array_of_volume, spacing_of};
use crate::failure::{Failure, setting_error};
use crate::map::{MapArgument, placed_maps, placed_maps_as_they_are};
use crate::minerals::minerals_of;
use crate::settings::{json, settings};
use crate::work::{compute, computed, detached};

/// A trained network.
#[pyclass(frozen, module = "corelith._corelith")]
pub struct Network {
    trained: Trained,
}

/// The arguments of [`Network::train`] beside the volume.
#[derive(FromPyObject)]
pub struct Lessons<'py> {
    minerals: String,
    spacing_um: [f64; 3],
    maps: Vec<MapArgument<'py>>,
    settings: String,
    seed: u64,
    device: String,
}

/// The arguments of [`Network::segment`] beside the volume.
#[derive(FromPyObject)]
pub struct Task<'py> {
    spacing_um: [f64; 3],
    maps: Vec<MapArgument<'py>>,
    settings: String,
    device: String,
}

/// Sections of the project file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sections {
    segmentation: SegmentSettings,
    separation: separation::Settings,
    regions: weak_regions::Settings,
}

/// Phases, particles, probabilities of the classes; and as JSON the check of the particles, and how
/// the networks suit the scan.
type Segmented<'py> = (
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Option<Vec<Bound<'py, PyAny>>>,
    String,
    String,
);

#[pymethods]
impl Network {
    #[staticmethod]
    fn read(py: Python<'_>, folder: PathBuf) -> PyResult<Self> {
        let read = || {
            Ok::<_, corelith_pipeline::Error>(Trained {
                model: read_model(&folder)?,
                curve: read_curve(&folder)?,
                warnings: Vec::new(),
            })
        };
        Ok(Self {
            trained: detached(py, read)?,
        })
    }

    #[staticmethod]
    fn pretrained(py: Python<'_>, task: &str) -> PyResult<Self> {
        let model = match task {
            "phases" => pretrained_phases(),
            "particles" => pretrained_particles(),
            other => {
                return Err(setting_error(
                    py,
                    format!("`task`: expected phases or particles, found {other}"),
                ));
            }
        };
        Ok(Self {
            trained: Trained {
                model: model.map_err(|error| Failure::from(error).into_exception(py))?,
                curve: Vec::new(),
                warnings: Vec::new(),
            },
        })
    }

    #[staticmethod]
    fn train<'py>(
        ct: &Bound<'py, PyAny>,
        lessons: Lessons<'py>,
        listener: &Bound<'py, PyAny>,
    ) -> PyResult<Self> {
        let py = listener.py();
        let ct = Argument::volume("ct").read::<u16>(ct)?;
        let minerals = &minerals_of(py, &lessons.minerals)?.without_densities();
        let with: &Settings = &settings(py, "settings", &lessons.settings)?;
        let maps = placed_maps(&lessons.maps, minerals)?;
        let maps: &Vec<PlacedMap> = &maps.into_iter().map(|(_, map)| map).collect();
        let compute = &compute(py, &lessons.device)?;
        let view = ct.volume(spacing_of(py, lessons.spacing_um)?)?;
        let view: &Volume<u16> = &view;
        let seed = lessons.seed;
        let trained = computed(listener, move |progress| {
            let lesson = Lesson {
                ct: view,
                maps,
                minerals,
                start: &StartWeights::of(&with.start, Path::to_owned)?,
                settings: with,
                seed,
            };
            let context = Context::in_memory(compute, progress);
            let trained = lesson.learn(None, &context)?;
            tell_notes(compute, progress);
            Ok(trained)
        })?;
        Ok(Self { trained })
    }

    fn segment<'py>(
        &self,
        ct: &Bound<'py, PyAny>,
        task: Task<'py>,
        listener: &Bound<'py, PyAny>,
    ) -> PyResult<Segmented<'py>> {
        let py = listener.py();
        let ct = Argument::volume("ct").read::<u16>(ct)?;
        let with: &Sections = &settings(py, "settings", &task.settings)?;
        let maps = placed_maps_as_they_are(&task.maps)?;
        let compute = &compute(py, &task.device)?;
        let view = ct.volume(spacing_of(py, task.spacing_um)?)?;
        let view: &Volume<u16> = &view;
        let (found, probabilities, suitability) = computed(listener, |progress| {
            let network = ParticleNetwork::of(&with.separation.network, Path::to_owned)?;
            let depth = network.read()?;
            let networks = Networks {
                phases: &self.trained.model,
                depth: depth.as_ref(),
            };
            let context = Context::in_memory(compute, progress);
            let scan = Scan::measure(view)?;
            let suitability = Suitability::of(networks, &scan)?;
            suitability.warn(&context);
            let seen = networks.see(&scan, Part::WHOLE, &with.segmentation, &context)?;
            let division = Division {
                maps: &maps.iter().map(|(_, map)| map).collect::<Vec<_>>(),
                separation: &with.separation,
                regions: &with.regions,
            };
            let found = division.of(seen, &context)?;
            let probabilities = found.probabilities.into_iter().map(Parked::back);
            let probabilities = probabilities.collect::<Result<Vec<_>, _>>()?;
            tell_notes(compute, progress);
            let found = (found.phases.back()?, found.particles);
            Ok((found, probabilities, suitability))
        })?;
        let (phases, particles) = found;
        let check = particles.check();
        let probabilities = with.segmentation.probabilities.then(|| {
            let arrays = probabilities
                .into_iter()
                .map(|volume| array_of_volume(py, volume));
            arrays.collect::<PyResult<Vec<_>>>()
        });
        Ok((
            array_of_volume(py, phases)?,
            array_of_volume(py, particles.labels)?,
            probabilities.transpose()?,
            json(py, &check)?,
            json(py, &suitability)?,
        ))
    }

    fn write(&self, py: Python<'_>, folder: PathBuf) -> PyResult<()> {
        detached(py, || write_model(&folder, &self.trained))
    }

    fn card(&self, py: Python<'_>) -> PyResult<String> {
        json(py, self.trained.model.card())
    }

    fn warnings(&self) -> Vec<String> {
        self.trained.warnings.clone()
    }
}
