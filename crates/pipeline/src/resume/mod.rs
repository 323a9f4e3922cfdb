//! Which results still stand: a stage is redone when what it depends on has changed, or when its
//! files have.

mod content;
mod lock;
mod record;
mod up_to_date;

pub use content::Content;
pub use lock::{FolderLock, Hold};
pub use record::{StageFiles, StageRecord};
pub use up_to_date::{Stage, standing, up_to_date};
