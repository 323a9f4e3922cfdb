use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Error;

/// A rectangle of an image in pixels; in project files `[left, top, width, height]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "[usize; 4]", into = "[usize; 4]")]
pub struct Crop {
    /// First column that is kept, counted from 0.
    pub left: usize,
    /// First row that is kept, counted from 0.
    pub top: usize,
    /// Columns that are kept.
    pub width: usize,
    /// Rows that are kept.
    pub height: usize,
}

impl From<[usize; 4]> for Crop {
    fn from([left, top, width, height]: [usize; 4]) -> Self {
        Self {
            left,
            top,
            width,
            height,
        }
    }
}

impl From<Crop> for [usize; 4] {
    fn from(crop: Crop) -> Self {
        [crop.left, crop.top, crop.width, crop.height]
    }
}

impl Crop {
    /// The whole of an image.
    pub fn whole(cols: usize, rows: usize) -> Self {
        Self::from([0, 0, cols, rows])
    }

    /// Whether the rectangles share pixels.
    pub(crate) fn overlaps(self, other: Self) -> bool {
        let along = |a: usize, a_length: usize, b: usize, b_length: usize| {
            a < b.saturating_add(b_length) && b < a.saturating_add(a_length)
        };
        along(self.left, self.width, other.left, other.width)
            && along(self.top, self.height, other.top, other.height)
    }

    /// As it is written in a project file.
    pub(crate) fn in_toml(self) -> String {
        format!(
            "[{}, {}, {}, {}]",
            self.left, self.top, self.width, self.height
        )
    }

    /// # Errors
    /// [`Error::Image`] when it is empty or does not lie in the image.
    pub(crate) fn check(
        self,
        path: &Path,
        key: &str,
        cols: usize,
        rows: usize,
    ) -> Result<(), Error> {
        let inside = |start: usize, length: usize, all: usize| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= all)
        };
        if inside(self.left, self.width, cols) && inside(self.top, self.height, rows) {
            return Ok(());
        }
        Err(Error::Image {
            path: path.to_owned(),
            problem: format!(
                "`{key} = {}` does not lie in the image of {cols} x {rows} pixels; expected \
                 [left, top, width, height] with left + width up to {cols} and top + height up to \
                 {rows}",
                self.in_toml()
            ),
        })
    }

    /// The part of an image of `cols` columns; the rectangle lies in it.
    pub(crate) fn of<T: Copy>(self, pixels: &[T], cols: usize) -> Vec<T> {
        let rows = pixels.chunks_exact(cols).skip(self.top).take(self.height);
        rows.flat_map(|row| &row[self.left..self.left + self.width])
            .copied()
            .collect()
    }
}
