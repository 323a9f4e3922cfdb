use corelith_core::Raster;

/// Inclusive bounding box: lowest and highest column and row.
pub(super) type Bounds = [usize; 4];

/// The part of a section that was seen, with its summed-area table.
pub(super) struct Frame {
    cols: usize,
    rows: usize,
    /// Pixels inside, above and to the left; `(rows + 1) x (cols + 1)`.
    sums: Vec<u32>,
}

impl Frame {
    pub(super) fn new(inside: &Raster<bool>) -> Self {
        let (cols, rows) = (inside.cols(), inside.rows());
        let mut sums = vec![0; (cols + 1) * (rows + 1)];
        for row in 0..rows {
            let mut line = 0;
            for col in 0..cols {
                line += u32::from(inside.at(col, row));
                sums[(row + 1) * (cols + 1) + col + 1] = sums[row * (cols + 1) + col + 1] + line;
            }
        }
        Self { cols, rows, sums }
    }

    /// Pixels inside, of the box from `(col, row)`.
    fn count(&self, col: usize, row: usize, width: usize, height: usize) -> u32 {
        let at = |c: usize, r: usize| self.sums[r * (self.cols + 1) + c];
        at(col + width, row + height) + at(col, row) - at(col + width, row) - at(col, row + height)
    }

    /// 1 over the chance that a box of this size, and the rim that shows it to be whole, lies
    /// inside; 0 when this one does not.
    pub(super) fn weight(&self, [left, right, top, bottom]: Bounds) -> f64 {
        let (width, height) = (right - left + 3, bottom - top + 3);
        if left == 0 || top == 0 || right + 1 >= self.cols || bottom + 1 >= self.rows {
            return 0.0;
        }
        let area = (width * height) as u32;
        if self.count(left - 1, top - 1, width, height) < area {
            return 0.0;
        }
        let all = self.count(0, 0, self.cols, self.rows);
        let (across, down) = (self.cols - width + 1, self.rows - height + 1);
        let places = if all as usize == self.cols * self.rows {
            across * down
        } else {
            (0..down)
                .map(|row| {
                    (0..across)
                        .filter(|&col| self.count(col, row, width, height) == area)
                        .count()
                })
                .sum()
        };
        f64::from(all) / places as f64
    }
}
