//! What Python calls: arrays and settings in, the libraries of corelith at work with the
//! interpreter's lock released, arrays and JSON out. The package `corelith` around it has the
//! documentation; here stands nothing that computes.

mod array;
mod artefacts;
mod failure;
mod imaging;
mod map;
mod measuring;
mod minerals;
mod network;
mod phantom;
mod project;
mod registration;
mod settings;
mod table;
mod volume_file;
mod work;

use pyo3::prelude::*;

/// The native part of `corelith`.
#[pymodule]
fn _corelith(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let log = tracing_subscriber::EnvFilter::try_from_env("CORELITH_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("off"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(log)
        .with_writer(std::io::stderr);
    // Another extension of this process may have set one.
    let _ = subscriber.try_init();
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(artefacts::correct, module)?)?;
    module.add_function(wrap_pyfunction!(imaging::label, module)?)?;
    module.add_function(wrap_pyfunction!(imaging::statistics, module)?)?;
    module.add_function(wrap_pyfunction!(imaging::distance, module)?)?;
    module.add_function(wrap_pyfunction!(imaging::separate, module)?)?;
    module.add_function(wrap_pyfunction!(measuring::measure, module)?)?;
    module.add_function(wrap_pyfunction!(measuring::analyse, module)?)?;
    module.add_function(wrap_pyfunction!(measuring::read_measurements, module)?)?;
    module.add_function(wrap_pyfunction!(minerals::read_minerals, module)?)?;
    module.add_function(wrap_pyfunction!(minerals::check_minerals, module)?)?;
    module.add_function(wrap_pyfunction!(registration::register, module)?)?;
    module.add_class::<network::Network>()?;
    module.add_function(wrap_pyfunction!(phantom::phantom, module)?)?;
    module.add_function(wrap_pyfunction!(phantom::write_phantom, module)?)?;
    module.add_function(wrap_pyfunction!(project::read_project, module)?)?;
    module.add_function(wrap_pyfunction!(project::run_stage, module)?)?;
    module.add_function(wrap_pyfunction!(volume_file::read_volume, module)?)?;
    module.add_function(wrap_pyfunction!(volume_file::write_volume, module)?)?;
    module.add_function(wrap_pyfunction!(volume_file::read_map, module)?)?;
    Ok(())
}
