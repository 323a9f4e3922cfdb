//! Labels of voxels from placed maps, and which of them are kept back to judge by.

mod labels;
mod scattered;
mod split;

pub(crate) use labels::{SparseLabels, gather_all};
pub(crate) use scattered::scattered;
pub(crate) use split::{Split, split_labels};
