//! Tables as numpy columns.

use corelith_core::{Table, Values};
use numpy::IntoPyArray as _;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A dictionary of columns: arrays of float64, uint64 or bool, and lists of text.
pub fn columns(py: Python<'_>, table: Table) -> PyResult<Bound<'_, PyDict>> {
    let columns = PyDict::new(py);
    for column in table.into_columns() {
        match column.values {
            Values::F64(values) => columns.set_item(&column.name, values.into_pyarray(py)),
            Values::U64(values) => columns.set_item(&column.name, values.into_pyarray(py)),
            Values::Bool(values) => columns.set_item(&column.name, values.into_pyarray(py)),
            Values::Text(values) => columns.set_item(&column.name, values),
        }?;
    }
    Ok(columns)
}
