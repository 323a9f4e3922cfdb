//! The frames that are to be placed.

use std::path::Path;

use super::layout::Layout;
use super::likeness::FramePixels;
use super::settings::MosaicSettings;
use crate::Error;

/// What is known of some frames before they are placed.
pub(super) struct Task<'a> {
    pub layout: &'a Layout,
    pub frames: &'a [FramePixels],
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
}
