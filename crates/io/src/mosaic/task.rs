//! The frames that are to be placed.

use std::path::Path;

use super::grain::Grain;
use super::layout::Layout;
use super::likeness::FramePixels;
use super::links::{Pair, Search, Side};
use super::settings::MosaicSettings;
use super::step::{Step, reach};
use crate::Error;

/// What is known of some frames before they are placed.
pub(super) struct Task<'a> {
    pub layout: &'a Layout,
    pub frames: &'a [FramePixels],
    pub grain: Grain,
    pub settings: &'a MosaicSettings,
    /// The folder or pattern, for messages.
    pub place: &'a Path,
}

impl Task<'_> {
    pub(super) fn wrong(&self, problem: String) -> Error {
        Error::Image {
            path: self.place.to_owned(),
            problem,
        }
    }

    pub(super) fn name(&self, frame: usize) -> String {
        self.layout.name(frame)
    }

    pub(super) fn size(&self, frame: usize) -> [usize; 2] {
        self.frames[frame].size()
    }

    /// The step along a side that settings say.
    pub(super) fn said(&self, side: Side) -> Option<Step> {
        let overlap = self.settings.overlap_px?;
        side.axis().map(|axis| Step {
            overlap: overlap[axis] as f64,
            across: 0.0,
        })
    }

    /// Whether neighbours on a side are said to share nothing.
    pub(super) fn adjoins(&self, side: Side) -> bool {
        self.said(side).is_some_and(|step| step.overlap == 0.0)
    }

    /// Where the second frame of a pair is to be looked for, before a usual step is known.
    pub(super) fn search(&self, pair: Pair) -> Search {
        match self.said(pair.side) {
            Some(step) => Search::Around(step.shift(self, pair), reach(self.size(pair.frames[0]))),
            None => Search::Free,
        }
    }
}
