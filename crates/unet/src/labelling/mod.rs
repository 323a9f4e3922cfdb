//! Labels of voxels from placed maps, and which of them are kept back to judge by.

mod cells;
mod contradicted;
mod labels;
mod remaining;
mod scattered;
mod split;

pub(crate) use cells::LabelCells;
pub(crate) use contradicted::without_contradicted;
pub(crate) use labels::{SparseLabels, gather_all};
pub(crate) use remaining::Remaining;
pub(crate) use scattered::scattered;
pub(crate) use split::{Split, split_labels};
