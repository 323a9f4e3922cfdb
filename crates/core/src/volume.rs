use crate::Spacing;

/// A buffer whose length does not fit the shape it was given.
#[derive(Debug, thiserror::Error)]
#[error("{found} values do not fill the shape {shape:?}: {expected} expected")]
pub struct ShapeError {
    /// The requested shape, slowest axis first.
    pub shape: Vec<usize>,
    /// Values that the shape holds.
    pub expected: usize,
    /// Values that were given.
    pub found: usize,
}

/// A dense 3D array `[z, y, x]`, x fastest, with its voxel spacing.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume<T> {
    data: Vec<T>,
    shape: [usize; 3],
    spacing: Spacing,
}

impl<T> Volume<T> {
    /// Wraps `data`, of shape `[nz, ny, nx]`.
    ///
    /// # Errors
    /// When the length of `data` is not the product of `shape`.
    pub fn new(data: Vec<T>, shape: [usize; 3], spacing: Spacing) -> Result<Self, ShapeError> {
        let expected = shape.iter().product();
        if data.len() != expected {
            return Err(ShapeError {
                shape: shape.to_vec(),
                expected,
                found: data.len(),
            });
        }
        Ok(Self {
            data,
            shape,
            spacing,
        })
    }

    /// A volume whose voxel `(x, y, z)` is `value(x, y, z)`.
    pub fn from_fn(
        shape: [usize; 3],
        spacing: Spacing,
        mut value: impl FnMut(usize, usize, usize) -> T,
    ) -> Self {
        let [nz, ny, nx] = shape;
        let mut data = Vec::with_capacity(nz * ny * nx);
        for z in 0..nz {
            for y in 0..ny {
                for x in 0..nx {
                    data.push(value(x, y, z));
                }
            }
        }
        Self {
            data,
            shape,
            spacing,
        }
    }

    /// Puts the slices of another volume after its own.
    ///
    /// # Errors
    /// When they are of another shape; the volume is as it was then.
    pub fn append(&mut self, other: Self) -> Result<(), ShapeError> {
        let [_, height, width] = self.shape;
        if other.shape[1..] != self.shape[1..] {
            return Err(ShapeError {
                shape: vec![other.shape[0], height, width],
                expected: other.shape[0] * height * width,
                found: other.data.len(),
            });
        }
        self.shape[0] += other.shape[0];
        self.data.extend(other.data);
        Ok(())
    }

    /// `[nz, ny, nx]`.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// Voxel spacing in micrometres.
    pub fn spacing(&self) -> Spacing {
        self.spacing
    }

    /// The same voxels with another spacing.
    #[must_use]
    pub fn with_spacing(self, spacing: Spacing) -> Self {
        Self { spacing, ..self }
    }

    /// Number of voxels.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether the volume has no voxel.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// All voxels, x fastest.
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// All voxels, x fastest.
    pub fn data_mut(&mut self) -> &mut [T] {
        &mut self.data
    }

    /// Gives up the buffer.
    pub fn into_data(self) -> Vec<T> {
        self.data
    }

    /// The voxels of slice `z`, row by row.
    ///
    /// # Panics
    /// When `z` is not below the number of slices.
    pub fn slice(&self, z: usize) -> &[T] {
        let area = self.shape[1] * self.shape[2];
        &self.data[z * area..(z + 1) * area]
    }

    /// Position of voxel `(x, y, z)` in [`Self::data`].
    #[inline]
    pub fn index(&self, x: usize, y: usize, z: usize) -> usize {
        (z * self.shape[1] + y) * self.shape[2] + x
    }

    /// Places of the voxels that share a face with the one at `at`, up to six.
    pub fn face_neighbours(&self, at: usize) -> impl Iterator<Item = usize> + use<T> {
        let [nz, ny, nx] = self.shape;
        let (x, y, z) = (at % nx, at / nx % ny, at / nx / ny);
        [
            (x > 0).then(|| at - 1),
            (x + 1 < nx).then_some(at + 1),
            (y > 0).then(|| at - nx),
            (y + 1 < ny).then_some(at + nx),
            (z > 0).then(|| at - nx * ny),
            (z + 1 < nz).then_some(at + nx * ny),
        ]
        .into_iter()
        .flatten()
    }

    /// A volume of the same shape and spacing, each voxel mapped.
    pub fn map<U>(&self, f: impl FnMut(&T) -> U) -> Volume<U> {
        Volume {
            data: self.data.iter().map(f).collect(),
            shape: self.shape,
            spacing: self.spacing,
        }
    }
}

impl<T: Clone> Volume<T> {
    /// A volume with every voxel `value`.
    pub fn filled(shape: [usize; 3], spacing: Spacing, value: T) -> Self {
        Self {
            data: vec![value; shape.iter().product()],
            shape,
            spacing,
        }
    }
}

impl<T: Copy> Volume<T> {
    /// Voxel `(x, y, z)`.
    ///
    /// # Panics
    /// When the voxel lies outside.
    #[inline]
    pub fn at(&self, x: usize, y: usize, z: usize) -> T {
        self.data[self.index(x, y, z)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_appended_and_others_are_refused() {
        let volume = |shape, from: u8| {
            let mut next = from;
            Volume::from_fn(shape, Spacing::isotropic(1.0), |_, _, _| {
                next += 1;
                next
            })
        };
        let mut whole = volume([1, 2, 2], 0);
        whole.append(volume([2, 2, 2], 4)).unwrap();
        assert_eq!(whole, volume([3, 2, 2], 0));
        assert!(whole.append(volume([1, 2, 3], 0)).is_err());
        assert_eq!(whole.shape(), [3, 2, 2]);
    }

    #[test]
    fn x_is_fastest() {
        let v = Volume::from_fn([2, 3, 4], Spacing::isotropic(1.0), |x, y, z| {
            100 * z + 10 * y + x
        });
        assert_eq!(v.data()[..5], [0, 1, 2, 3, 10]);
        assert_eq!(v.at(3, 2, 1), 123);
        assert_eq!(v.slice(1)[0], 100);
    }

    #[test]
    fn a_wrong_length_is_refused() {
        assert!(Volume::new(vec![0u8; 5], [1, 2, 3], Spacing::isotropic(1.0)).is_err());
    }
}
