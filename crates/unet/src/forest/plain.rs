use corelith_core::{Cancelled, Progress};

use super::Forest;
use super::cuboid::Cuboid;
use super::votes::{BlockVotes, SliceVotes};
use crate::network::Scan;

/// What the plain trees of a forest find in a box.
pub(super) struct PlainProbabilities {
    cuboid: Cuboid,
    classes: usize,
    slices: Vec<SliceVotes>,
}

impl PlainProbabilities {
    /// Those of a large box, on all threads.
    pub fn of(
        forest: &Forest,
        scan: &Scan<'_>,
        cuboid: Cuboid,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let mut all = Self::none(forest, cuboid);
        let take = |block: &Cuboid, votes: BlockVotes| all.put(block, &votes);
        cuboid.by_block(progress, take, |block| {
            Ok::<_, Cancelled>(Self::votes_on(block, forest, scan))
        })?;
        Ok(all)
    }

    /// Those of a small box, on this thread.
    pub fn within(forest: &Forest, scan: &Scan<'_>, cuboid: Cuboid) -> Self {
        let mut all = Self::none(forest, cuboid);
        all.put(&cuboid, &Self::votes_on(&cuboid, forest, scan));
        all
    }

    fn votes_on(block: &Cuboid, forest: &Forest, scan: &Scan<'_>) -> BlockVotes {
        let found = forest.vote_plain(scan, block);
        BlockVotes::new(&found, block, forest.classes.count())
    }

    fn none(forest: &Forest, cuboid: Cuboid) -> Self {
        let classes = forest.classes.count();
        Self {
            cuboid,
            classes,
            slices: SliceVotes::none(&cuboid, classes),
        }
    }

    fn put(&mut self, block: &Cuboid, votes: &BlockVotes) {
        SliceVotes::put(&mut self.slices, self.cuboid.corner[0], block, votes);
    }

    /// Those of a box inside, 0 to 1, one class after the other.
    pub fn cut(&self, inner: &Cuboid) -> Vec<f32> {
        let first = self.cuboid.corner[0];
        SliceVotes::cut(inner, self.classes, |z| &self.slices[z - first])
    }
}
