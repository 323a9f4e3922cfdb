//! How good results are: held against the exact truth of a phantom, and studies of the methods
//! over many phantoms.
//!
//! The studies run the stages as users do, so this crate stands above `corelith-pipeline`.

mod against_truth;
mod error;
mod judge;
mod judgement;
mod phantom_data;
pub mod speed;
pub mod study;

pub use against_truth::{AgainstTruth, against_truth};
pub use error::Error;
pub use judge::judge;
pub use judgement::{Judgement, LiberationJudgement, MineralJudgement};
pub use phantom_data::{TRUTH, write_phantom, write_scene};
