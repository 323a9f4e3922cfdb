//! Whether the best place is to be believed.

pub(crate) mod decision;
mod lead;
