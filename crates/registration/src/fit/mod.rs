//! Least squares on grey values: what the map predicts of the CT, what the CT shows, and the
//! affine pose that brings both together.

pub(crate) mod affine_fit;
pub(crate) mod contenders;
mod gaussian;
pub(crate) mod noise;
pub(crate) mod observation;
pub(crate) mod prediction;
pub(crate) mod slab;
pub(crate) mod votes;
