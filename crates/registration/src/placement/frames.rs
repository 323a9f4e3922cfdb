use serde::{Deserialize, Serialize};

/// Frames of a mosaic that lie out of place against each other: a displacement that is constant in
/// each frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frames {
    /// First column of each frame, ascending, the first 0.
    pub col_starts: Vec<usize>,
    /// First row of each frame, ascending, the first 0.
    pub row_starts: Vec<usize>,
    /// Displacement of what each frame shows, along the map's columns and across, in voxels; frames
    /// row by row.
    pub shifts_vox: Vec<[f64; 2]>,
}

impl Frames {
    /// Frames that lie in place. Starts are ascending, the first is 0.
    pub(crate) fn in_place(col_starts: Vec<usize>, row_starts: Vec<usize>) -> Self {
        Self {
            shifts_vox: vec![[0.0; 2]; col_starts.len() * row_starts.len()],
            col_starts,
            row_starts,
        }
    }

    /// Displacement at a map point, along columns and across, in voxels.
    pub fn shift_vox(&self, col: f64, row: f64) -> [f64; 2] {
        let index = |starts: &[usize], at: f64| {
            starts
                .partition_point(|&start| start as f64 <= at + 0.5)
                .saturating_sub(1)
        };
        let frame =
            index(&self.row_starts, row) * self.col_starts.len() + index(&self.col_starts, col);
        self.shifts_vox.get(frame).copied().unwrap_or([0.0; 2])
    }

    /// Ranges of columns and rows of every frame, row by row, in a map of so many.
    pub(crate) fn spans(&self, rows: usize, cols: usize) -> Vec<[std::ops::Range<usize>; 2]> {
        let ranges = |starts: &[usize], end: usize| -> Vec<std::ops::Range<usize>> {
            starts
                .iter()
                .zip(starts.iter().skip(1).chain([&end]))
                .map(|(&from, &to)| from..to.max(from))
                .collect()
        };
        let across = ranges(&self.col_starts, cols);
        ranges(&self.row_starts, rows)
            .iter()
            .flat_map(|down| across.iter().map(|col| [col.clone(), down.clone()]))
            .collect()
    }

    /// Root mean square of the shifts, in voxels.
    pub fn rms_vox(&self) -> f64 {
        let sum: f64 = self.shifts_vox.iter().map(|[u, v]| u * u + v * v).sum();
        (sum / self.shifts_vox.len().max(1) as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_takes_the_shift_of_its_frame() {
        let mut frames = Frames::in_place(vec![0, 10], vec![0, 20, 40]);
        for (k, shift) in frames.shifts_vox.iter_mut().enumerate() {
            *shift = [k as f64, -(k as f64)];
        }
        for (col, row, frame) in [
            (0, 0, 0.0),
            (9, 19, 0.0),
            (10, 0, 1.0),
            (3, 20, 2.0),
            (99, 99, 5.0),
        ] {
            assert_eq!(
                frames.shift_vox(f64::from(col), f64::from(row)),
                [frame, -frame]
            );
        }
        let spans = frames.spans(50, 30);
        assert_eq!(spans.len(), 6);
        assert_eq!(spans[3], [10..30, 20..40]);
    }
}
