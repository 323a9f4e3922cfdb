//! 3D U-Nets learned from a few labelled planes, and tiled inference.
//!
//! [`pretrain`] learns from phantoms that are labelled throughout; [`train`] learns the classes of
//! map pixels whose place in the CT volume is known; [`segment`] applies the [`Model`] to a whole
//! volume. Both run on Burn, on the CPU or on the wgpu device of
//! [`corelith_gpu::Compute`], with convolution and norm of their own where Burn's are slow.

mod augment;
mod checkpoint;
mod classes;
mod decision;
mod device;
mod error;
mod examples;
mod fit;
mod grey;
mod held_out;
mod kernels;
mod labels;
mod layer;
mod loss;
mod model;
mod network;
mod optimizer;
mod patch;
mod plan;
mod pretrain;
mod random;
mod segment;
mod settings;
mod suitability;
mod tiles;
mod train;
mod weights;

pub use checkpoint::CheckpointStore;
pub use classes::Classes;
pub use device::burn_device;
pub use error::UnetError;
pub use examples::LabelledVolume;
pub use fit::{CurvePoint, Trained};
pub use grey::GreyStatistics;
pub use kernels::{conv, norm_activation};
pub use labels::LabelledPlane;
pub use model::{Model, ModelCard, pretrained_particles, pretrained_phases};
pub use network::Network;
pub use optimizer::{Optimizer, StepSize};
pub use pretrain::pretrain;
pub use segment::{Segmentation, probabilities, segment};
pub use settings::{Augmentation, SegmentSettings, Settings, Start};
pub use suitability::{Mismatch, mismatches};
pub use train::train;
