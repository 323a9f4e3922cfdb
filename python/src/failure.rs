//! Errors of the libraries as Python's exceptions, with what to do about them.

use std::error::Error;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// Whatever ends the work of a library.
#[derive(Debug)]
pub struct Failure(corelith_evaluation::Error);

impl<E: Into<corelith_evaluation::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl Failure {
    /// The exception: the message with its causes, then what to do.
    pub fn into_exception(self, py: Python<'_>) -> PyErr {
        let mut text = String::new();
        let mut said = String::new();
        let mut kind = "CorelithError";
        let mut cause: Option<&(dyn Error + 'static)> = Some(&self.0);
        while let Some(error) = cause {
            let message = error.to_string();
            // A transparent error says the same as its cause.
            if message != said {
                if !text.is_empty() {
                    text.push_str("\n  because: ");
                }
                text.push_str(&message);
            }
            said = message;
            if let Some(found) = kind_of(error) {
                kind = found;
            }
            cause = error.source();
        }
        if let Some(help) = self.0.help() {
            text.push_str("\nhelp: ");
            text.push_str(&help);
        }
        exception(py, kind, text)
    }
}

/// The class of an exception that a cause asks for.
fn kind_of(error: &(dyn Error + 'static)) -> Option<&'static str> {
    if let Some(stage) = error.downcast_ref::<corelith_pipeline::Error>()
        && stage.is_negative_answer()
    {
        return Some("MapNotFoundError");
    }
    if error.is::<corelith_core::OutOfRange>() {
        return Some("SettingError");
    }
    if error.is::<corelith_gpu::GpuError>() {
        return Some("DeviceError");
    }
    None
}

/// An exception of a class in `corelith.errors`.
pub fn exception(py: Python<'_>, class: &str, message: String) -> PyErr {
    let class = py
        .import("corelith.errors")
        .and_then(|errors| errors.getattr(class));
    match class.and_then(|class| class.call1((message.as_str(),))) {
        Ok(error) => PyErr::from_value(error),
        // The package around this module is another one than it was built with.
        Err(reason) => PyRuntimeError::new_err(format!("{message} ({reason})")),
    }
}

/// An array of another type than expected.
pub fn dtype_error(py: Python<'_>, message: String) -> PyErr {
    exception(py, "DtypeError", message)
}

/// An array of another shape than expected.
pub fn shape_error(py: Python<'_>, message: String) -> PyErr {
    exception(py, "ShapeError", message)
}

/// A setting that is unknown or out of its range.
pub fn setting_error(py: Python<'_>, message: String) -> PyErr {
    exception(py, "SettingError", message)
}
