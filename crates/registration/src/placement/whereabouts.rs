use corelith_core::{CtFromMap, Region};

/// What is known of where a map lies before it is searched for. It saves time, and only that:
/// other places are fitted alike for comparison, so that a wrong word ends as
/// [`Status::NotFound`](crate::Status::NotFound).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Whereabouts {
    /// Near this pose: within some voxels and degrees.
    Start(CtFromMap),
    /// The middle of the map lies in this region, in voxels. Places outside are searched sparsely,
    /// and none of them is the answer.
    Region(Region),
}
