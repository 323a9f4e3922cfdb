//! How good the methods are: studies over phantoms with exact truth.

mod coverage;
mod population;
mod registration;
mod separation;

pub use coverage::coverage;
pub use registration::registration;
pub use separation::separation;
