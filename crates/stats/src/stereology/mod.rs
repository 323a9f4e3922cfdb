//! Sections through the sample: measured, virtual and random, and the profiles on them.
//!
//! A profile is the section of one particle. Every section, measured or cut from the 3D result,
//! is taken apart by the same rule ([`profiles`]), so that differences between them are those of
//! the material and not of two ways to count.

mod cut;
mod error;
mod profiles;
mod random;
mod section;
mod settings;
mod small_grains;

pub use error::StereologyError;
pub use profiles::{Profile, profiles};
pub use random::random_profiles;
pub use section::Section;
pub use settings::Settings;
pub use small_grains::small_grains_pct;

pub(crate) use section::same_shape;
