//! Places a 2D mineral map in a CT volume.
//!
//! 1. A disc of the map is searched for at every position, rotation and both ways round by
//!    Fourier transform.
//! 2. The best places are tilted, refined and grown to the whole map, all in batches, by the
//!    mutual information of map classes and CT grey values (kernel `joint_histogram`).
//! 3. The best pose stands or falls by how far it stands above all other places.
//! 4. Least squares on the grey values, with the map's classes blurred as the CT is, makes the
//!    affine pose sub-voxel, and a smooth displacement follows.

mod affine_fit;
mod candidates;
mod classes;
mod cubic;
mod error;
mod fourier;
mod gaussian;
mod grey_range;
mod information;
pub mod joint_histogram;
mod observation;
mod overlay;
mod patch_search;
mod patches;
mod pattern_search;
mod pose;
mod prediction;
mod pyramid;
mod quantised;
mod register;
mod registration;
mod resample;
mod samples;
mod settings;
pub mod shader;
mod slab;
mod verdict;
mod warp;
mod warp_fit;

pub use error::RegistrationError;
pub use information::Information;
pub use overlay::overlay;
pub use pyramid::CtPyramid;
pub use quantised::QuantisedVolume;
pub use register::{MapInput, register, register_in};
pub use registration::{Registration, Status};
pub use resample::resample_plane;
pub use samples::Samples;
pub use settings::{Settings, WarpSettings};
pub use warp::Warp;
