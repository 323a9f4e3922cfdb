//! The network itself: architecture, weights, what it is applied to, and the model file.

mod choice;
mod classes;
pub(crate) mod decision;
mod grey;
mod model;
mod pretrained;
mod scan;
mod settings;
mod unet;
pub(crate) mod weights;

pub use choice::{Beginning, Choice, Recipe, Standing, Yardstick};
pub use classes::Classes;
pub use grey::GreyStatistics;
pub use model::{Model, ModelCard};
pub use pretrained::{
    pretrained_particles, pretrained_particles_sha256, pretrained_phases, pretrained_phases_sha256,
};
pub use scan::Scan;
pub(crate) use settings::require;
pub use settings::{Augmentation, Settings, Start};
pub use unet::Network;
