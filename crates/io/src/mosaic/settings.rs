use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The order in which a microscope took the frames of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FrameOrder {
    /// Each row from the same side.
    #[default]
    RowByRow,
    /// Row by row, every second one backwards.
    Snake,
    /// Each column from the same end.
    ColumnByColumn,
    /// Column by column, every second one backwards.
    ColumnSnake,
}

/// The corner of the section from which columns and rows, or positions, are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Corner {
    #[default]
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
}

impl Corner {
    pub(super) const ALL: [Self; 4] = [
        Self::TopLeft,
        Self::TopRight,
        Self::BottomLeft,
        Self::BottomRight,
    ];

    /// Whether columns count from the right, and rows from below.
    pub(super) fn turns(self) -> [bool; 2] {
        match self {
            Self::TopLeft => [false, false],
            Self::TopRight => [true, false],
            Self::BottomLeft => [false, true],
            Self::BottomRight => [true, true],
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::TopLeft => "top_left",
            Self::TopRight => "top_right",
            Self::BottomLeft => "bottom_left",
            Self::BottomRight => "bottom_right",
        }
    }
}

impl FrameOrder {
    pub(super) const ALL: [Self; 4] = [
        Self::RowByRow,
        Self::Snake,
        Self::ColumnByColumn,
        Self::ColumnSnake,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::RowByRow => "row_by_row",
            Self::Snake => "snake",
            Self::ColumnByColumn => "column_by_column",
            Self::ColumnSnake => "column_snake",
        }
    }
}

/// How the frames of one section lie; by default as rows and columns in their file names say.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MosaicSettings {
    /// Columns of frames, where file names hold a running number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<usize>,
    /// Order of running numbers; of two bare numbers in a name, `column_by_column` says that the
    /// first is the column.
    #[serde(default)]
    pub order: FrameOrder,
    /// Where the first row and column, or the smallest x and y, lie.
    #[serde(default)]
    pub from: Corner,
    /// Table of positions, relative to the project file: `file`, `x_px` and `y_px` (or `x_um`,
    /// `x_mm`), or a tile configuration of Fiji.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positions: Option<PathBuf>,
    /// Overlap of neighbours along x and y in pixels, where it cannot be found; 0 for frames that
    /// adjoin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap_px: Option<[usize; 2]>,
}
