//! One file a command.

mod comparison;
mod data;
mod demo;
mod devices;
pub mod evaluate;
mod label;
mod phantom;
mod pretrain;
mod run;
mod separate;
mod stage;
mod summary;

pub use data::{data_list, data_verify};
pub use demo::demo;
pub use devices::devices;
pub use label::label;
pub use phantom::phantom;
pub use pretrain::pretrain;
pub use run::run;
pub use separate::separate;
pub use stage::{import, measure, register, report, segment, train};
