//! The stages of corelith as a library: from CT slices and mineral maps to the report.
//!
//! A [`Sample`] is a project file with its folder of results. Each of its methods brings one stage
//! up to date, those before it first, and skips what has not changed. The stages themselves are
//! the types in [`stage`]: each holds exactly what it depends on.

mod asked;
mod check;
mod comparison;
mod context;
mod error;
mod inputs;
pub mod model_folder;
pub mod pretraining;
mod project;
pub mod results;
pub mod resume;
mod sample;
pub mod stage;

pub use asked::{Asked, AskedPlace};
pub use check::{Checked, Problem, check};
pub use comparison::compare;
pub use context::Context;
pub use error::Error;
pub use project::Project;
pub use sample::{Options, Sample};
