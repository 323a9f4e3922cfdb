//! How good the results are: the same steps as on a user's data, over many phantoms.

mod registration;

pub use registration::registration;
