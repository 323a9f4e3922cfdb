//! Components, their statistics, distances, and touching particles apart.

use corelith_core::{Progress, Spacing, Volume};
use corelith_gpu::Compute;
use corelith_pipeline::tell_notes;
use corelith_stats::imaging::components::{
    self, Components, Connectivity, Values, Voxel, component_table,
};
use corelith_stats::imaging::distance::squared_distance_on;
use corelith_stats::imaging::separation::{self, SeparationError};
use numpy::{Element, PyArrayDescrMethods as _, PyUntypedArrayMethods as _, dtype};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::array::{Argument, Borrowed, array_of_volume, spacing_of};
use crate::failure::{Failure, setting_error};
use crate::settings::settings;
use crate::table::columns;
use crate::work::{compute, computed};

/// Where results are in voxels.
const VOXELS: Spacing = Spacing {
    x_um: 1.0,
    y_um: 1.0,
    z_um: 1.0,
};

#[pyfunction]
pub fn label<'py>(
    volume: &Bound<'py, PyAny>,
    connectivity: u8,
    multi: bool,
    device: &str,
    listener: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyAny>, u32)> {
    let py = volume.py();
    let connectivity = match connectivity {
        6 => Connectivity::Six,
        18 => Connectivity::Eighteen,
        26 => Connectivity::TwentySix,
        other => {
            return Err(setting_error(
                py,
                format!("`connectivity`: expected 6, 18 or 26, found {other}"),
            ));
        }
    };
    let values = if multi { Values::Multi } else { Values::Binary };
    let compute = compute(py, device)?;
    let argument = Argument::volume("volume");
    let untyped = argument.untyped(volume)?;
    let is = |wanted: Bound<'py, numpy::PyArrayDescr>| untyped.dtype().is_equiv_to(&wanted);
    let rules = Rules {
        compute,
        connectivity,
        values,
    };
    let found = if is(dtype::<bool>(py)) || is(dtype::<u8>(py)) {
        rules.label(&argument.read_mask(volume)?, listener)
    } else if is(dtype::<u16>(py)) {
        rules.label(&argument.read::<u16>(volume)?, listener)
    } else if is(dtype::<u32>(py)) {
        rules.label(&argument.read::<u32>(volume)?, listener)
    } else {
        Err(argument.wrong_dtype(&untyped, "bool, uint8, uint16 or uint32"))
    }?;
    Ok((array_of_volume(py, found.labels)?, found.count))
}

/// How components are told.
struct Rules {
    compute: Compute,
    connectivity: Connectivity,
    values: Values,
}

impl Rules {
    fn label<T: Voxel + Element>(
        &self,
        volume: &Borrowed<'_, T>,
        listener: &Bound<'_, PyAny>,
    ) -> PyResult<Components> {
        let view = volume.volume(VOXELS)?;
        let view: &Volume<T> = &view;
        computed(listener, |progress| self.found(view, progress))
    }

    fn found<T: Voxel>(
        &self,
        volume: &Volume<T>,
        progress: &dyn Progress,
    ) -> Result<Components, Failure> {
        Ok(match &self.compute {
            Compute::Cpu => components::label(volume, self.connectivity, self.values, progress)?,
            gpu => {
                let volume = volume.clone();
                let labels =
                    components::label_on(gpu, volume, self.connectivity, self.values, progress);
                tell_notes(gpu, progress);
                labels?
            }
        })
    }
}

#[pyfunction]
pub fn statistics<'py>(
    labels: &Bound<'py, PyAny>,
    listener: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyDict>> {
    let labels = Argument::volume("labels").read::<u32>(labels)?;
    let view = labels.volume(VOXELS)?;
    let view: &Volume<u32> = &view;
    let found = computed(listener, |_| Ok(components::statistics(view)))?;
    columns(listener.py(), component_table(&found))
}

#[pyfunction]
pub fn distance<'py>(
    mask: &Bound<'py, PyAny>,
    spacing_um: [f64; 3],
    device: &str,
    listener: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = mask.py();
    let mask = Argument::volume("mask").read_mask(mask)?;
    let spacing = spacing_of(py, spacing_um)?;
    let compute = compute(py, device)?;
    let view = mask.volume(spacing)?;
    let view: &Volume<u8> = &view;
    let found = computed(listener, |progress| {
        let distance = squared_distance_on(&compute, view, progress);
        tell_notes(&compute, progress);
        let mut distance = distance.map_err(SeparationError::from)?;
        let x_um = spacing.x_um as f32;
        for value in distance.data_mut() {
            *value = x_um * value.sqrt();
        }
        Ok(distance)
    })?;
    array_of_volume(py, found)
}

#[pyfunction]
pub fn separate<'py>(
    mask: &Bound<'py, PyAny>,
    settings_json: &str,
    device: &str,
    listener: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = mask.py();
    let mask = Argument::volume("mask").read_mask(mask)?;
    let with: separation::Settings = settings(py, "settings", settings_json)?;
    let compute = compute(py, device)?;
    let view = mask.volume(VOXELS)?;
    let view: &Volume<u8> = &view;
    let found = computed(listener, |progress| {
        let parted = separation::separate_on(&compute, view.clone(), None, &with, progress);
        tell_notes(&compute, progress);
        Ok(parted?)
    })?;
    array_of_volume(py, found)
}
