//! Operations on volumes of labels: components, distances, separation of touching particles,
//! reassignment of weak regions.

pub mod artefacts;
mod binomial_filter;
pub mod components;
pub(crate) mod convex_hull;
pub mod distance;
pub(crate) mod faces;
mod sample;
pub mod separation;

pub mod weak_regions;
mod zeroed;
