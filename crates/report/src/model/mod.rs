//! Particles drawn in 3D: surface, camera, shading.

mod draw;
mod surface;

pub use draw::draw;
