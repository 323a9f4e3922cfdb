//! Training: labels and examples, the loop, and how well it does on labels that it has not seen.

mod amounts;
mod augment;
mod chance;
mod checkpoint;
mod clock;
mod examples;
mod fit;
mod held_out;
mod loss;
mod optimizer;
mod outcome;
mod patch;
mod plan;
mod pretrain;
mod queue;
mod race;
mod recipe;
mod runner;
mod score;
mod train;
mod weighing;

pub use checkpoint::{CheckpointError, CheckpointStore};
pub use examples::LabelledVolume;
pub use optimizer::{Optimizer, StepSize};
pub use outcome::Trained;
pub use pretrain::{PretrainingInput, pretrain};
pub use runner::CurvePoint;
pub use train::{TrainingInput, train};
