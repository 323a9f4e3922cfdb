//! How an image lies in its file: the tag `Orientation` of TIFF 6.0, which EXIF has, too.

use image::metadata;

/// One of the eight ways in which rows and columns may be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Orientation(u8);

impl Orientation {
    pub(crate) const UPRIGHT: Self = Self(1);

    /// The way of a tag; what is no such way says nothing.
    pub(crate) fn of_tag(value: u64) -> Self {
        match u8::try_from(value) {
            Ok(value @ 1..=8) => Self(value),
            _ => Self::UPRIGHT,
        }
    }

    pub(crate) fn of_exif(orientation: metadata::Orientation) -> Self {
        Self(orientation.to_exif())
    }

    pub(crate) fn is_upright(self) -> bool {
        self == Self::UPRIGHT
    }

    /// Whether rows are stored as columns.
    pub(crate) fn exchanges_axes(self) -> bool {
        self.0 >= 5
    }

    /// What a stored image has become, by which it is turned upright again.
    pub(crate) fn in_words(self) -> &'static str {
        match self.0 {
            2 => "mirrored left to right",
            3 => "turned by 180 degrees",
            4 => "mirrored top to bottom",
            5 => "mirrored along its diagonal",
            6 => "turned by 90 degrees to the left",
            7 => "mirrored along its other diagonal",
            8 => "turned by 90 degrees to the right",
            _ => "upright",
        }
    }

    /// Columns and rows of the upright image.
    pub(crate) fn size(self, [cols, rows]: [usize; 2]) -> [usize; 2] {
        match self.exchanges_axes() {
            true => [rows, cols],
            false => [cols, rows],
        }
    }

    /// The pixels of the upright image; `stored` is columns and rows in the file.
    pub(crate) fn upright<T: Copy>(self, pixels: Vec<T>, stored: [usize; 2]) -> Vec<T> {
        let [cols, rows] = stored;
        if self.is_upright() || pixels.len() != cols * rows || pixels.is_empty() {
            return pixels;
        }
        let (right, bottom) = (cols - 1, rows - 1);
        // Where the pixel at a column and row of the upright image is stored.
        let place = |col: usize, row: usize| match self.0 {
            2 => [right - col, row],
            3 => [right - col, bottom - row],
            4 => [col, bottom - row],
            5 => [row, col],
            6 => [row, bottom - col],
            7 => [right - row, bottom - col],
            8 => [right - row, col],
            _ => [col, row],
        };
        let [width, height] = self.size(stored);
        let upright = (0..height).flat_map(|row| (0..width).map(move |col| (col, row)));
        upright
            .map(|(col, row)| {
                let [col, row] = place(col, row);
                pixels[row * cols + col]
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_turned_as_image_programs_show_them() {
        let stored: Vec<u8> = (0..6).collect();
        for tag in 1..=8 {
            let ours = Orientation::of_tag(tag);
            let known = metadata::Orientation::from_exif(tag as u8).unwrap();
            let mut image = image::DynamicImage::ImageLuma8(
                image::GrayImage::from_raw(3, 2, stored.clone()).unwrap(),
            );
            image.apply_orientation(known);
            assert_eq!(ours.upright(stored.clone(), [3, 2]), image.as_bytes());
            let [cols, rows] = ours.size([3, 2]);
            assert_eq!([cols as u32, rows as u32], [image.width(), image.height()]);
            assert_eq!(Orientation::of_exif(known), ours);
        }
        assert!(Orientation::of_tag(0).is_upright() && Orientation::of_tag(9).is_upright());
    }
}
