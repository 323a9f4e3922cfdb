//! Where a map lies: the plane, the smooth displacement, and what is known beforehand.

pub(crate) mod cubic;
pub(crate) mod frames;
pub(crate) mod pose;
pub(crate) mod warp;
pub(crate) mod whereabouts;
