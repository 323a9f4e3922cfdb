//! The artefacts of a CT out of its greys.

use corelith_core::{Artefact, Volume};
use corelith_stats::imaging::artefacts::Artefacts;
use pyo3::prelude::*;

use crate::array::{Argument, array_of_volume, spacing_of};
use crate::failure::setting_error;
use crate::settings::json;

#[pyfunction]
pub fn correct<'py>(
    ct: &Bound<'py, PyAny>,
    artefacts: Vec<String>,
) -> PyResult<(Bound<'py, PyAny>, String)> {
    let py = ct.py();
    let wanted: Vec<Artefact> = artefacts
        .iter()
        .map(|name| {
            serde_json::from_value(name.as_str().into()).map_err(|_| {
                let problem = "`artefacts`: expected \"shading\" or \"rings\"";
                setting_error(py, format!("{problem}, found \"{name}\""))
            })
        })
        .collect::<PyResult<_>>()?;
    let ct = Argument::volume("ct").read::<u16>(ct)?;
    let view = ct.volume(spacing_of(py, [1.0; 3])?)?;
    let view: &Volume<u16> = &view;
    let (corrected, found) = py.detach(|| {
        let found = Artefacts::measure(view, &wanted);
        let mut corrected = view.clone();
        found.take_out(&mut corrected);
        (corrected, found)
    });
    Ok((array_of_volume(py, corrected)?, json(py, &found)?))
}
