//! Operations on volumes: artefacts of the scanner out of greys; components, distances, separation of
//! touching particles and reassignment of weak regions of labels.

pub mod artefacts;
mod binomial_filter;
pub mod components;
pub(crate) mod convex_hull;
pub mod distance;
pub(crate) mod faces;
mod sample;
pub mod separation;

mod paging;
pub mod weak_regions;
mod zeroed;
