//! How well a pose fits, by mutual information of map categories and CT greys.

pub(crate) mod information;
pub mod joint_histogram;
pub(crate) mod pose_scorer;
pub(crate) mod samples;
pub mod shader;
mod x_ln_x;
