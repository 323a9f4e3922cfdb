//! What a map shows: categories, sections of particles, and the channels that predict the CT.

pub(crate) mod categories;
pub(crate) mod channels;
mod grey_levels;
pub(crate) mod input;
pub(crate) mod sections;
pub(crate) mod units;
