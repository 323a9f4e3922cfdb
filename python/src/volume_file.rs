//! Volumes and maps in files.

use std::path::PathBuf;

use corelith_core::{Progress, Spacing};
use corelith_io::{Depth, Sample, VolumeOptions, VolumeSource};
use numpy::{Element, PyArrayDescrMethods as _, PyUntypedArrayMethods as _, dtype};
use pyo3::prelude::*;

use crate::array::{
    Argument, array_of_coords, array_of_raster, array_of_volume, spacing_of, zyx_um,
};
use crate::work::{computed, detached};

/// An array and its spacing `(z, y, x)` in micrometres, where the files state it.
type VolumeAndSpacing<'py> = (Bound<'py, PyAny>, Option<[f64; 3]>);

#[pyfunction]
pub fn read_volume<'py>(
    path: PathBuf,
    channel: Option<usize>,
    dataset: Option<String>,
    listener: &Bound<'py, PyAny>,
) -> PyResult<VolumeAndSpacing<'py>> {
    let py = listener.py();
    let options = VolumeOptions {
        channel,
        dataset,
        ..VolumeOptions::default()
    };
    let source = detached(py, || VolumeSource::open_with(&path, &options))?;
    let array = match source.depth() {
        Depth::U1 | Depth::U8 => read_as::<u8>(&source, listener),
        Depth::U16 => read_as::<u16>(&source, listener),
        Depth::U32 | Depth::U64 | Depth::I8 | Depth::I16 | Depth::I32 | Depth::I64 => {
            read_as::<u32>(&source, listener)
        }
        Depth::F16 | Depth::F32 | Depth::F64 => read_as::<f32>(&source, listener),
    }?;
    let spacing = source.spacing();
    Ok((array, spacing.map(zyx_um)))
}

fn read_as<'py, T: Sample + Element>(
    source: &VolumeSource,
    listener: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let spacing = source.spacing().unwrap_or(Spacing::isotropic(1.0));
    let volume = computed(listener, |progress: &dyn Progress| {
        for note in source.notes() {
            progress.say(&note);
        }
        Ok(source.read::<T>(spacing, progress)?)
    })?;
    array_of_volume(listener.py(), volume)
}

#[pyfunction]
pub fn write_volume(
    path: PathBuf,
    volume: &Bound<'_, PyAny>,
    spacing_um: [f64; 3],
    listener: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let py = volume.py();
    let argument = Argument::volume("volume");
    let untyped = argument.untyped(volume)?;
    let is = |wanted: Bound<'_, numpy::PyArrayDescr>| untyped.dtype().is_equiv_to(&wanted);
    let spacing = spacing_of(py, spacing_um)?;
    if is(dtype::<bool>(py)) || is(dtype::<u8>(py)) {
        let array = argument.read_mask(volume)?;
        let view = &*array.volume(spacing)?;
        computed(listener, |progress| {
            Ok(corelith_io::write_volume(&path, view, progress)?)
        })
    } else if is(dtype::<u16>(py)) {
        let array = argument.read::<u16>(volume)?;
        let view = &*array.volume(spacing)?;
        computed(listener, |progress| {
            Ok(corelith_io::write_volume(&path, view, progress)?)
        })
    } else if is(dtype::<u32>(py)) {
        let array = argument.read::<u32>(volume)?;
        let view = &*array.volume(spacing)?;
        computed(listener, |progress| {
            Ok(corelith_io::write_volume(&path, view, progress)?)
        })
    } else {
        Err(argument.wrong_dtype(&untyped, "bool, uint8, uint16 or uint32"))
    }
}

/// Classes of a stored map and the positions of its pixels.
#[pyfunction]
pub fn read_map<'py>(
    py: Python<'py>,
    classes: PathBuf,
    coordinates: PathBuf,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let read = || {
        let classes = VolumeSource::open(&classes)?.slice::<u8>(0)?;
        Ok::<_, corelith_io::Error>((classes, corelith_io::read_map_coordinates(&coordinates)?))
    };
    let (classes, coords) = detached(py, read)?;
    Ok((array_of_raster(py, classes)?, array_of_coords(py, coords)?))
}
