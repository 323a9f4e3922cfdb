//! One file a command, or a group of commands that share their work.

mod bench;
mod check;
mod data;
mod demo;
mod devices;
mod evaluate;
mod init;
mod phantom;
mod pretrain;
mod settings;
mod shell;
mod single_file;
mod stage;
mod summary;

pub use bench::bench;
pub use check::check;
pub use data::{data_fetch, data_list, data_verify};
pub use demo::demo;
pub use devices::devices;
pub use evaluate::evaluate;
pub use init::init;
pub use phantom::phantom;
pub use pretrain::pretrain;
pub use settings::settings;
pub use shell::{completions, man};
pub use single_file::{label, separate};
pub use stage::{import, measure, register, report, run, segment, train};
