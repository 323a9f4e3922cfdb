//! What is measured: imaging (artefacts, components, distances, separation), particles, sections, liberation.
//!
//! Each folder uses those before it alone: `imaging`, `measure`, `stereology`, `liberation`,
//! `agreement`, `measurements`.

pub mod agreement;
pub mod imaging;
pub mod liberation;
pub mod measure;
pub mod measurements;
mod nan_as_null;
pub mod stereology;

pub use measure::Particle;
