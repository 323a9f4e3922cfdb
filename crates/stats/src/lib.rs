//! Connected components, particle separation, descriptors, liberation and stereology.

pub mod components;
mod hull;
pub mod liberation;
pub mod measure;
mod particle;
pub mod separation;
pub mod stereology;
mod zeroed;

pub use particle::Particle;
