//! How good the methods are: studies over phantoms with exact truth.

mod coverage;
mod observed;
mod regions;
mod registration;
mod results;
mod separation;

pub use coverage::coverage;
pub use regions::regions;
pub use registration::registration;
pub use results::{judge, results};
pub use separation::separation;
