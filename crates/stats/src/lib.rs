//! What is measured: imaging (components, distances, separation), particles, sections, liberation.
//!
//! Each folder uses those before it alone: `imaging`, `measure`, `stereology`, `liberation`,
//! `agreement`.

pub mod agreement;
pub mod imaging;
pub mod liberation;
pub mod measure;
pub mod stereology;

pub use measure::Particle;
