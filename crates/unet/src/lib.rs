//! 3D U-Nets learned from a few labelled planes, and tiled inference.
//!
//! [`pretrain`] learns from phantoms that are labelled throughout; [`train`] learns the classes of
//! map pixels whose place in the CT volume is known; [`segment`] applies the [`Model`] to a whole
//! volume. All run on Burn, on the CPU or on the wgpu device of [`corelith_gpu::Compute`], with
//! convolution and norm of their own where Burn's are slow.
//!
//! Folders depend on each other one way: `kernels <- network <- labelling <- forest <- model`, and above the model
//! `inference` and `learning`.

mod error;
mod forest;
mod inference;
mod kernels;
mod labelling;
mod learning;
mod model;
mod network;
mod random;

pub use error::UnetError;
pub use forest::Forest;
pub use inference::{
    Application, Likeness, SegmentSettings, Segmentation, SegmentedSlice, Wanted, segment,
};
pub use kernels::{burn_device, conv, norm_activation, pointwise};
pub use learning::{
    CheckpointError, CheckpointStore, CurvePoint, LabelledVolume, Optimizer, PretrainingInput,
    StepSize, Trained, TrainingInput, pretrain, train,
};
pub use model::{
    Beginning, Choice, Model, ModelCard, Recipe, ScanRange, Standing, Yardstick,
    pretrained_particles, pretrained_particles_sha256, pretrained_phases, pretrained_phases_sha256,
};
pub use network::{Augmentation, Classes, GreyStatistics, Network, Scan, Settings, Start, values};
