//! One image of a section from its placed frames.

use corelith_core::Raster;

/// Columns, rows and first pixel of each frame.
pub(super) struct Canvas {
    pub size: [usize; 2],
    pub corners: Vec<[usize; 2]>,
}

impl Canvas {
    /// The least image that holds all frames, on whole pixels.
    pub(super) fn of(placed: &[[f64; 2]], sizes: &[[usize; 2]]) -> Self {
        let rounded: Vec<[i64; 2]> = placed
            .iter()
            .map(|xy| xy.map(|v| v.round() as i64))
            .collect();
        let least = [0, 1].map(|axis| rounded.iter().map(|xy| xy[axis]).min().unwrap_or(0));
        let corners: Vec<[usize; 2]> = rounded
            .iter()
            .map(|xy| [0, 1].map(|axis| (xy[axis] - least[axis]) as usize))
            .collect();
        let size = [0, 1].map(|axis| {
            let ends = corners
                .iter()
                .zip(sizes)
                .map(|(at, size)| at[axis] + size[axis]);
            ends.max().unwrap_or(0)
        });
        Self { size, corners }
    }

    /// Each pixel from the frame in which it lies farthest from the border, among those that have a
    /// value there; `empty` where none has. The first of frames in which it lies equally far.
    pub(super) fn composed<T: Copy>(
        &self,
        frames: &[Raster<T>],
        empty: T,
        has_value: impl Fn(T) -> bool,
    ) -> Raster<T> {
        let [cols, rows] = self.size;
        let mut image = Raster::filled(rows, cols, empty);
        let mut depths = Raster::filled(rows, cols, 0u16);
        for (frame, &[left, top]) in frames.iter().zip(&self.corners) {
            for row in 0..frame.rows() {
                let down = (row + 1).min(frame.rows() - row);
                for col in 0..frame.cols() {
                    let depth = down.min(col + 1).min(frame.cols() - col);
                    let depth = depth.min(usize::from(u16::MAX)) as u16;
                    let value = frame.at(col, row);
                    let at = image.index(left + col, top + row);
                    if has_value(value) && depth > depths.data()[at] {
                        depths.data_mut()[at] = depth;
                        image.data_mut()[at] = value;
                    }
                }
            }
        }
        image
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_come_from_the_frame_in_which_they_lie_deepest() {
        let canvas = Canvas::of(&[[2.4, -1.0], [6.4, -1.2]], &[[6, 3], [6, 3]]);
        assert_eq!((canvas.size, &canvas.corners[1]), ([10, 3], &[4, 0]));
        let mut frames = [Raster::filled(3, 6, 1u8), Raster::filled(3, 6, 2)];
        let image = canvas.composed(&frames, 9, |v| v != 9);
        assert_eq!(image.data()[10..20], [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
        frames[1].data_mut()[6..9].fill(9);
        let image = canvas.composed(&frames, 9, |v| v != 9);
        assert_eq!(image.data()[10..20], [1, 1, 1, 1, 1, 1, 9, 2, 2, 2]);
    }
}
