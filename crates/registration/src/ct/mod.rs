//! The CT volume, coarsened and quantised.

pub(crate) mod coarse_volume;
pub(crate) mod grey_range;
pub(crate) mod quantised_volume;
