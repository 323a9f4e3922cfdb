//! numpy arrays as volumes and rasters, and back.

use std::mem::ManuallyDrop;
use std::ops::Deref;

use corelith_core::{Raster, Spacing, Volume};
use numpy::{
    Element, IntoPyArray as _, PyArrayDescrMethods as _, PyArrayDyn, PyArrayMethods as _,
    PyReadonlyArrayDyn, PyUntypedArray, PyUntypedArrayMethods as _, dtype,
};
use pyo3::prelude::*;

use crate::failure::{dtype_error, shape_error};

/// The array that an argument must be: `name` in messages, with what its axes are.
#[derive(Clone, Copy)]
pub struct Argument<'a> {
    /// Name of the argument.
    pub name: &'a str,
    /// Its axes, slowest first.
    pub axes: &'a [&'a str],
}

impl<'a> Argument<'a> {
    /// A volume `[z, y, x]`.
    pub fn volume(name: &'a str) -> Self {
        Self {
            name,
            axes: &["z", "y", "x"],
        }
    }

    /// A raster `[row, column]`.
    pub fn raster(name: &'a str) -> Self {
        Self {
            name,
            axes: &["row", "column"],
        }
    }

    /// The array itself, with as many axes as expected; a scalar type is not yet asked for.
    pub fn untyped<'py>(&self, array: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
        let Ok(array) = array.cast::<PyUntypedArray>() else {
            return Err(dtype_error(
                array.py(),
                format!(
                    "`{}`: expected a numpy array [{}], found {}",
                    self.name,
                    self.axes.join(", "),
                    array.get_type().name()?
                ),
            ));
        };
        if array.ndim() != self.axes.len() {
            return Err(shape_error(
                array.py(),
                format!(
                    "`{}`: expected {} axes [{}], found {} of shape {:?}",
                    self.name,
                    self.axes.len(),
                    self.axes.join(", "),
                    array.ndim(),
                    array.shape()
                ),
            ));
        }
        Ok(array.clone())
    }

    /// The error of an array of another type than one of `expected`.
    pub fn wrong_dtype(&self, array: &Bound<'_, PyUntypedArray>, expected: &str) -> PyErr {
        dtype_error(
            array.py(),
            format!(
                "`{}`: expected dtype {expected}, found {}; convert it with \
                 `.astype(...)` where the values allow it",
                self.name,
                array.dtype()
            ),
        )
    }

    /// The array as values of `T`.
    pub fn read<'py, T: Element + Copy>(
        &self,
        array: &Bound<'py, PyAny>,
    ) -> PyResult<Borrowed<'py, T>> {
        let untyped = self.untyped(array)?;
        let wanted = dtype::<T>(array.py());
        if !untyped.dtype().is_equiv_to(&wanted) {
            return Err(self.wrong_dtype(&untyped, &wanted.to_string()));
        }
        Borrowed::new(&untyped)
    }

    /// A mask, bool or uint8: nonzero is solid.
    pub fn read_mask<'py>(&self, array: &Bound<'py, PyAny>) -> PyResult<Borrowed<'py, u8>> {
        let untyped = self.untyped(array)?;
        let py = array.py();
        if untyped.dtype().is_equiv_to(&dtype::<bool>(py)) {
            // A byte a value, 0 or 1.
            let bytes = untyped.call_method1("view", (dtype::<u8>(py),))?;
            return Borrowed::new(bytes.cast::<PyUntypedArray>()?);
        }
        if !untyped.dtype().is_equiv_to(&dtype::<u8>(py)) {
            return Err(self.wrong_dtype(&untyped, "bool or uint8"));
        }
        Borrowed::new(&untyped)
    }
}

/// The values of a numpy array in C order: its own memory where it is contiguous, else a copy of it.
pub struct Borrowed<'py, T: Element> {
    array: PyReadonlyArrayDyn<'py, T>,
}

impl<'py, T: Element + Copy> Borrowed<'py, T> {
    fn new(array: &Bound<'py, PyUntypedArray>) -> PyResult<Self> {
        let array = if array.is_c_contiguous() && array.is_aligned() {
            array.as_any().clone()
        } else {
            array.call_method1("copy", ("C",))?
        };
        let array = array.cast_into::<PyArrayDyn<T>>()?.try_readonly()?;
        Ok(Self { array })
    }

    /// Length of every axis.
    pub fn shape(&self) -> &[usize] {
        self.array.shape()
    }

    /// All values.
    pub fn values(&self) -> PyResult<&[T]> {
        Ok(self.array.as_slice()?)
    }

    /// As a volume that reads the array's memory.
    ///
    /// # Panics
    /// When the array has not three axes, which [`Argument::volume`] has seen to.
    pub fn volume(&self, spacing: Spacing) -> PyResult<View<'_, T>> {
        let shape = <[usize; 3]>::try_from(self.shape()).expect("three axes");
        Ok(View::new(self.values()?, shape, spacing))
    }

    /// As a raster of its own.
    ///
    /// # Panics
    /// When the array has not two axes, which [`Argument::raster`] has seen to.
    pub fn raster(&self) -> PyResult<Raster<T>> {
        let [rows, cols] = <[usize; 2]>::try_from(self.shape()).expect("two axes");
        let raster = Raster::new(self.values()?.to_vec(), rows, cols);
        Ok(raster.expect("numpy knows its shape"))
    }
}

/// A volume over memory that belongs to somebody else.
pub struct View<'a, T> {
    volume: ManuallyDrop<Volume<T>>,
    _values: std::marker::PhantomData<&'a [T]>,
}

impl<'a, T: Copy> View<'a, T> {
    fn new(values: &'a [T], shape: [usize; 3], spacing: Spacing) -> Self {
        // What does not fit would be dropped below.
        assert_eq!(values.len(), shape.iter().product::<usize>());
        // SAFETY: the vector is read only, through `&Volume`, while `values` are borrowed; it is
        // never dropped, grown or shrunk, so that its memory goes to no allocator.
        let data =
            unsafe { Vec::from_raw_parts(values.as_ptr().cast_mut(), values.len(), values.len()) };
        let volume = Volume::new(data, shape, spacing).expect("checked above");
        Self {
            volume: ManuallyDrop::new(volume),
            _values: std::marker::PhantomData,
        }
    }
}

impl<T> Deref for View<'_, T> {
    type Target = Volume<T>;

    fn deref(&self) -> &Volume<T> {
        &self.volume
    }
}

/// Hands values over to numpy, without a copy.
pub fn array_of<'py, T: Element>(
    py: Python<'py>,
    values: Vec<T>,
    shape: &[usize],
) -> PyResult<Bound<'py, PyAny>> {
    Ok(values.into_pyarray(py).reshape(shape)?.into_any())
}

/// Hands a volume over to numpy, without a copy.
pub fn array_of_volume<T: Element>(
    py: Python<'_>,
    volume: Volume<T>,
) -> PyResult<Bound<'_, PyAny>> {
    let shape = volume.shape();
    array_of(py, volume.into_data(), &shape)
}

/// Hands a raster over to numpy, without a copy.
pub fn array_of_raster<T: Element>(
    py: Python<'_>,
    raster: Raster<T>,
) -> PyResult<Bound<'_, PyAny>> {
    let shape = [raster.rows(), raster.cols()];
    array_of(py, raster.into_data(), &shape)
}

/// Hands x, y and z of every pixel over to numpy, joined.
pub fn array_of_coords(py: Python<'_>, coords: [Raster<f32>; 3]) -> PyResult<Bound<'_, PyAny>> {
    let shape = [3, coords[0].rows(), coords[0].cols()];
    array_of(py, coords.map(Raster::into_data).concat(), &shape)
}

/// Micrometres between voxels along z, y, x.
pub fn zyx_um(spacing: Spacing) -> [f64; 3] {
    [spacing.z_um, spacing.y_um, spacing.x_um]
}

/// The spacing `(z, y, x)` of an array, in micrometres.
pub fn spacing_of(py: Python<'_>, spacing_um: [f64; 3]) -> PyResult<Spacing> {
    let [z_um, y_um, x_um] = spacing_um;
    if let Some(wrong) = spacing_um.iter().find(|um| !(um.is_finite() && **um > 0.0)) {
        return Err(crate::failure::setting_error(
            py,
            format!("`spacing_um`: expected three lengths above 0 (z, y, x), found {wrong}"),
        ));
    }
    Ok(Spacing { x_um, y_um, z_um })
}
