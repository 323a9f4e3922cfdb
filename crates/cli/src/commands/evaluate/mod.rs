//! Studies of how good the methods are, on phantoms with exact truth.

mod coverage;
mod population;

pub use coverage::coverage;
