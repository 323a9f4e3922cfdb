//! The mineral list.

use std::path::PathBuf;

use corelith_core::{Mineral, Minerals};
use pyo3::prelude::*;
use serde::{Deserialize, Serialize};

use crate::failure::setting_error;
use crate::settings::{json, settings};
use crate::work::detached;

/// A mineral list as Python writes it down.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    rows: Vec<Mineral>,
    background: String,
    unmeasured: Vec<String>,
}

impl From<&Minerals> for List {
    fn from(minerals: &Minerals) -> Self {
        let name = |&class: &u8| minerals.name(class).to_owned();
        Self {
            rows: minerals.rows().to_vec(),
            background: name(&minerals.background()),
            unmeasured: minerals.ignored().iter().map(name).collect(),
        }
    }
}

/// The mineral list of a text of JSON.
pub fn minerals_of(py: Python<'_>, json: &str) -> PyResult<Minerals> {
    let list: List = settings(py, "minerals", json)?;
    let refuse = |problem: String| setting_error(py, format!("minerals: {problem}"));
    let minerals =
        Minerals::new(list.rows, &list.background).map_err(|error| refuse(error.to_string()))?;
    let class_of = |name: &String| {
        let found = minerals.rows().iter().position(|row| row.name == *name);
        found
            .map(|class| class as u8)
            .ok_or_else(|| refuse(format!("unmeasured: `{name}` is not in the mineral list")))
    };
    let unmeasured = list
        .unmeasured
        .iter()
        .map(class_of)
        .collect::<PyResult<Vec<u8>>>()?;
    minerals
        .with_ignored(unmeasured)
        .map_err(|error| refuse(error.to_string()))
}

/// A mineral list as a text of JSON.
pub fn minerals_json(py: Python<'_>, minerals: &Minerals) -> PyResult<String> {
    json(py, &List::from(minerals))
}

#[pyfunction]
pub fn check_minerals(py: Python<'_>, minerals: &str) -> PyResult<()> {
    minerals_of(py, minerals).map(drop)
}

#[pyfunction]
pub fn read_minerals(
    py: Python<'_>,
    path: PathBuf,
    background: &str,
    unmeasured: Option<Vec<String>>,
) -> PyResult<(String, Vec<String>)> {
    let list = detached(py, || {
        corelith_io::read_mineral_list(&path, background, unmeasured.as_deref())
    })?;
    Ok((minerals_json(py, &list.minerals)?, list.notes))
}
