//! Work on single files, outside of any project.

mod label;
mod separate;
mod volume_file;

pub use label::Label;
pub use separate::Separate;
pub use volume_file::VolumeFile;
