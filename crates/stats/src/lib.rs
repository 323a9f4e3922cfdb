//! Connected components, particle separation, regions of one mineral, descriptors, liberation and stereology.

pub mod components;
mod faces;
mod hull;
pub mod liberation;
pub mod measure;
mod particle;
pub mod regions;
pub mod separation;
pub mod stereology;
mod zeroed;

pub use particle::Particle;
