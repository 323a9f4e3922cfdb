//! One file a command.

mod comparison;
mod data;
mod demo;
mod devices;
mod evaluate;
mod label;
mod run;
mod separate;
mod stage;
mod summary;

pub use data::{data_list, data_verify};
pub use demo::demo;
pub use devices::devices;
pub use evaluate::coverage;
pub use label::label;
pub use run::run;
pub use separate::separate;
pub use stage::{import, measure, register, report, segment, train};
