//! The ways in which an image may lie otherwise than another: mirrored, or turned.

/// One way to turn or mirror an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn {
    /// In words, after "when it is".
    pub how: &'static str,
    /// The column and the row of the original, by column and row of the turned image; a negative
    /// entry counts from the last one.
    pub axes: [[i64; 2]; 2],
}

/// All ways but to leave it as it is.
pub(crate) const TURNS: [Turn; 7] = [
    Turn {
        how: "mirrored left to right",
        axes: [[-1, 0], [0, 1]],
    },
    Turn {
        how: "mirrored top to bottom",
        axes: [[1, 0], [0, -1]],
    },
    Turn {
        how: "turned by 180 degrees",
        axes: [[-1, 0], [0, -1]],
    },
    Turn {
        how: "turned by 90 degrees to the left",
        axes: [[0, -1], [1, 0]],
    },
    Turn {
        how: "turned by 90 degrees to the right",
        axes: [[0, 1], [-1, 0]],
    },
    Turn {
        how: "mirrored along its diagonal",
        axes: [[0, 1], [1, 0]],
    },
    Turn {
        how: "mirrored along its other diagonal",
        axes: [[0, -1], [-1, 0]],
    },
];

impl Turn {
    /// As it is.
    pub(crate) const NONE: Self = Self {
        how: "",
        axes: [[1, 0], [0, 1]],
    };

    /// Whether columns become rows.
    pub(crate) fn exchanges(&self) -> bool {
        self.axes[0][0] == 0
    }

    /// What undoes it.
    pub(crate) fn undone(&self) -> Self {
        let [[a, b], [c, d]] = self.axes;
        let axes = [[a, c], [b, d]];
        let known = TURNS.into_iter().find(|turn| turn.axes == axes);
        known.unwrap_or(Self::NONE)
    }

    /// Where in the original the pixel `[column, row]` of the turned image is; `last` are the last
    /// column and row of the original.
    pub(crate) fn place(&self, [col, row]: [i64; 2], last: [i64; 2]) -> [i64; 2] {
        [0, 1].map(|axis| {
            let along = self.axes[axis];
            let from_end = if along[0] + along[1] < 0 {
                last[axis]
            } else {
                0
            };
            along[0] * col + along[1] * row + from_end
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_and_what_undoes_it_leave_every_pixel() {
        for turn in TURNS {
            let undone = turn.undone();
            let (first, second) = match turn.exchanges() {
                true => ([4, 6], [6, 4]),
                false => ([4, 6], [4, 6]),
            };
            let there = turn.place([1, 2], first);
            assert_eq!(undone.place(there, second), [1, 2], "{}", turn.how);
        }
    }
}
