use crate::ShapeError;

/// A dense 2D array `[row, column]`, column fastest: a map, an image, a section.
#[derive(Debug, Clone, PartialEq)]
pub struct Raster<T> {
    data: Vec<T>,
    rows: usize,
    cols: usize,
}

impl<T> Raster<T> {
    /// Wraps `data`, row by row.
    ///
    /// # Errors
    /// When the length of `data` is not `rows * cols`.
    pub fn new(data: Vec<T>, rows: usize, cols: usize) -> Result<Self, ShapeError> {
        if data.len() != rows * cols {
            return Err(ShapeError {
                shape: vec![rows, cols],
                expected: rows * cols,
                found: data.len(),
            });
        }
        Ok(Self { data, rows, cols })
    }

    /// A raster whose pixel is `value(col, row)`.
    pub fn from_fn(rows: usize, cols: usize, mut value: impl FnMut(usize, usize) -> T) -> Self {
        let mut data = Vec::with_capacity(rows * cols);
        for row in 0..rows {
            for col in 0..cols {
                data.push(value(col, row));
            }
        }
        Self { data, rows, cols }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Number of pixels.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether the raster has no pixel.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// All pixels, row by row.
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// All pixels, row by row.
    pub fn data_mut(&mut self) -> &mut [T] {
        &mut self.data
    }

    /// Gives up the buffer.
    pub fn into_data(self) -> Vec<T> {
        self.data
    }

    /// Position of pixel `(col, row)` in [`Self::data`].
    #[inline]
    pub fn index(&self, col: usize, row: usize) -> usize {
        row * self.cols + col
    }

    /// A raster of the same shape, each pixel mapped.
    pub fn map<U>(&self, f: impl FnMut(&T) -> U) -> Raster<U> {
        Raster {
            data: self.data.iter().map(f).collect(),
            rows: self.rows,
            cols: self.cols,
        }
    }
}

impl<T: Clone> Raster<T> {
    /// A raster with every pixel `value`.
    pub fn filled(rows: usize, cols: usize, value: T) -> Self {
        Self {
            data: vec![value; rows * cols],
            rows,
            cols,
        }
    }
}

impl<T: Copy> Raster<T> {
    /// Pixel `(col, row)`.
    ///
    /// # Panics
    /// When the pixel lies outside.
    #[inline]
    pub fn at(&self, col: usize, row: usize) -> T {
        self.data[self.index(col, row)]
    }
}
