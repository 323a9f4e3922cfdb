//! The network itself: architecture, weights, settings, and what it is applied to.

mod classes;
pub(crate) mod decision;
mod grey;
mod scan;
mod settings;
mod unet;
pub(crate) mod weights;

pub use classes::Classes;
pub(crate) use classes::spread;
pub use grey::GreyStatistics;
pub use scan::Scan;
pub use settings::{Augmentation, Settings, Start};
pub use unet::Network;
pub use weights::values;
