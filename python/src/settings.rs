//! Settings and what is found, which travel as JSON.

use pyo3::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::{exception, setting_error};

/// The settings that a text of JSON holds, `what` in messages.
pub fn settings<T: DeserializeOwned>(py: Python<'_>, what: &str, json: &str) -> PyResult<T> {
    let mut text = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut text).map_err(|error| {
        let place = match error.path().to_string().as_str() {
            "." => what.to_owned(),
            path => format!("{what}: {path}"),
        };
        setting_error(py, format!("{place}: {}", error.into_inner()))
    })
}

/// A result as a text of JSON.
pub fn json(py: Python<'_>, value: &impl Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| exception(py, "CorelithError", error.to_string()))
}
