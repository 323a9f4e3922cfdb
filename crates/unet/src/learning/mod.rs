//! Training: labels and examples, the loop, and how well it does on labels that it has not seen.

mod augment;
mod checkpoint;
mod examples;
mod fit;
mod held_out;
mod labels;
mod loss;
mod optimizer;
mod patch;
mod plan;
mod pretrain;
mod train;

pub use checkpoint::{CheckpointError, CheckpointStore};
pub use examples::LabelledVolume;
pub use fit::{CurvePoint, Trained};
pub use optimizer::{Optimizer, StepSize};
pub use pretrain::{PretrainingInput, pretrain};
pub use train::{TrainingInput, train};
