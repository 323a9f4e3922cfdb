//! Regularised least squares of the smooth displacement and the affine pose together.

mod affine_modes;
pub(crate) mod divisions;
pub(crate) mod fit;
pub(crate) mod frames;
mod prior;
pub(crate) mod seams;
mod shape_prior;
mod solve;
mod system;
