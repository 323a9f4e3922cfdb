//! The values of a slice in the type in which the file keeps them.

use crate::orientation::Orientation;

/// The values of a slice or of a run of voxels, x fastest.
#[derive(Debug, Clone, PartialEq)]
pub enum Voxels {
    /// Unsigned, up to 8 bits.
    U8(Vec<u8>),
    /// Unsigned, up to 16 bits.
    U16(Vec<u16>),
    /// Unsigned, up to 32 bits.
    U32(Vec<u32>),
    /// Unsigned, 64 bits.
    U64(Vec<u64>),
    /// Signed, 8 bits.
    I8(Vec<i8>),
    /// Signed, 16 bits.
    I16(Vec<i16>),
    /// Signed, 32 bits.
    I32(Vec<i32>),
    /// Signed, 64 bits.
    I64(Vec<i64>),
    /// Float, 16 or 32 bits.
    F32(Vec<f32>),
    /// Float, 64 bits.
    F64(Vec<f64>),
}

/// A value that the wanted type cannot hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Misfit {
    /// Position in the slice.
    pub index: usize,
    /// The value, as it is written.
    pub value: String,
}

/// A number as a 64-bit float; 64-bit integers are rounded.
trait AsF64: Copy {
    fn as_f64(self) -> f64;
}

macro_rules! as_f64 {
    ($($type:ty)+) => {
        $(impl AsF64 for $type {
            fn as_f64(self) -> f64 {
                self as f64
            }
        })+
    };
}

as_f64!(u8 u16 u32 u64 i8 i16 i32 i64 f32);

impl AsF64 for f64 {
    fn as_f64(self) -> f64 {
        self
    }
}

/// Does `$body` with `$values` bound to the vector of any variant.
macro_rules! for_any {
    ($voxels:expr, $values:ident => $body:expr) => {
        match $voxels {
            Voxels::U8($values) => $body,
            Voxels::U16($values) => $body,
            Voxels::U32($values) => $body,
            Voxels::U64($values) => $body,
            Voxels::I8($values) => $body,
            Voxels::I16($values) => $body,
            Voxels::I32($values) => $body,
            Voxels::I64($values) => $body,
            Voxels::F32($values) => $body,
            Voxels::F64($values) => $body,
        }
    };
}

/// Makes voxels of the same type of what `$body` makes of `$values`, the vector of any variant.
macro_rules! like_any {
    ($voxels:expr, $values:ident => $body:expr) => {
        match $voxels {
            Voxels::U8($values) => Voxels::U8($body),
            Voxels::U16($values) => Voxels::U16($body),
            Voxels::U32($values) => Voxels::U32($body),
            Voxels::U64($values) => Voxels::U64($body),
            Voxels::I8($values) => Voxels::I8($body),
            Voxels::I16($values) => Voxels::I16($body),
            Voxels::I32($values) => Voxels::I32($body),
            Voxels::I64($values) => Voxels::I64($body),
            Voxels::F32($values) => Voxels::F32($body),
            Voxels::F64($values) => Voxels::F64($body),
        }
    };
}

impl Voxels {
    /// Number of values.
    pub fn len(&self) -> usize {
        for_any!(self, values => values.len())
    }

    /// The values in a range.
    pub(super) fn part(&self, range: std::ops::Range<usize>) -> Self {
        like_any!(self, values => values[range].to_vec())
    }

    /// The values of an upright slice; `stored` is columns and rows in the file.
    pub(super) fn upright(self, orientation: Orientation, stored: [usize; 2]) -> Self {
        like_any!(self, values => orientation.upright(values, stored))
    }

    /// The smallest and largest finite value; `None` where there is none.
    pub(super) fn range(&self) -> Option<[f64; 2]> {
        fn of<T: AsF64>(values: &[T]) -> Option<[f64; 2]> {
            let mut range: Option<[f64; 2]> = None;
            for value in values.iter().map(|v| v.as_f64()).filter(|v| v.is_finite()) {
                let [low, high] = range.unwrap_or([value; 2]);
                range = Some([low.min(value), high.max(value)]);
            }
            range
        }
        for_any!(self, values => of(values))
    }

    /// Values as floats, for scaling; 64-bit integers are rounded.
    pub(super) fn to_f64(&self) -> Vec<f64> {
        for_any!(self, values => values.iter().map(|v| v.as_f64()).collect())
    }

    /// 1 where a value is not 0.
    ///
    /// # Errors
    /// A float that is no whole number: it is no mask but a probability, a grey value or NaN.
    pub(super) fn mask(self) -> Result<Vec<u8>, Misfit> {
        fn integers<T: Copy + PartialEq + Default>(values: &[T]) -> Vec<u8> {
            let zero = T::default();
            values.iter().map(|&v| u8::from(v != zero)).collect()
        }
        fn floats(values: impl Iterator<Item = f64>) -> Result<Vec<u8>, Misfit> {
            values
                .enumerate()
                .map(|(index, v)| match v.fract() == 0.0 {
                    true => Ok(u8::from(v != 0.0)),
                    false => Err(Misfit {
                        index,
                        value: v.to_string(),
                    }),
                })
                .collect()
        }
        match &self {
            Self::U8(v) => Ok(integers(v)),
            Self::U16(v) => Ok(integers(v)),
            Self::U32(v) => Ok(integers(v)),
            Self::U64(v) => Ok(integers(v)),
            Self::I8(v) => Ok(integers(v)),
            Self::I16(v) => Ok(integers(v)),
            Self::I32(v) => Ok(integers(v)),
            Self::I64(v) => Ok(integers(v)),
            Self::F32(v) => floats(v.iter().map(|&v| f64::from(v))),
            Self::F64(v) => floats(v.iter().copied()),
        }
    }
}

/// Integers as another integer type, exactly.
pub(super) fn exact_integers<S, T>(values: &[S]) -> Result<Vec<T>, Misfit>
where
    S: Copy + ToString,
    T: TryFrom<S>,
{
    values
        .iter()
        .enumerate()
        .map(|(index, &v)| {
            T::try_from(v).map_err(|_| Misfit {
                index,
                value: v.to_string(),
            })
        })
        .collect()
}

/// Floats that hold whole numbers as an integer type up to `max`, exactly.
pub(super) fn exact_floats<T: TryFrom<u64>>(
    values: impl Iterator<Item = f64>,
    max: u64,
) -> Result<Vec<T>, Misfit> {
    values
        .enumerate()
        .map(|(index, v)| {
            // Every type here has at most 32 bits, so `max` is exact as a float.
            let fits = v.fract() == 0.0 && v >= 0.0 && v <= max as f64;
            fits.then(|| T::try_from(v as u64).ok())
                .flatten()
                .ok_or_else(|| Misfit {
                    index,
                    value: v.to_string(),
                })
        })
        .collect()
}

/// Integers as floats, exactly.
pub(super) fn exact_as_f32<S>(values: &[S]) -> Result<Vec<f32>, Misfit>
where
    S: Copy + ToString + TryInto<i64>,
{
    values
        .iter()
        .enumerate()
        .map(|(index, &v)| {
            let exact = v.try_into().ok().filter(|&n: &i64| {
                // Every whole number up to 2^24 is a 32-bit float.
                n.unsigned_abs() <= 1 << 24 || (n as f32) as i128 == i128::from(n)
            });
            exact.map(|n| n as f32).ok_or_else(|| Misfit {
                index,
                value: v.to_string(),
            })
        })
        .collect()
}

/// Floats of 64 bits rounded to 32; NaN and infinities stay.
pub(super) fn rounded_as_f32(values: &[f64]) -> Result<Vec<f32>, Misfit> {
    values
        .iter()
        .enumerate()
        .map(
            |(index, &v)| match (v as f32).is_finite() == v.is_finite() {
                true => Ok(v as f32),
                false => Err(Misfit {
                    index,
                    value: v.to_string(),
                }),
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_floats_are_exact_and_others_are_named() {
        let read: Vec<u32> = exact_floats([0.0, 70_000.0].into_iter(), u32::MAX.into()).unwrap();
        assert_eq!(read, [0, 70_000]);
        for wrong in [0.5, -1.0, f64::NAN, f64::INFINITY, 4_294_967_296.0] {
            let misfit =
                exact_floats::<u32>([1.0, wrong].into_iter(), u32::MAX.into()).unwrap_err();
            assert_eq!(misfit.index, 1, "{wrong}");
        }
    }

    #[test]
    fn a_mask_takes_any_whole_number_and_no_probability() {
        assert_eq!(Voxels::I8(vec![-1, 0, 1]).mask().unwrap(), [1, 0, 1]);
        assert_eq!(Voxels::F32(vec![255.0, 0.0]).mask().unwrap(), [1, 0]);
        assert_eq!(Voxels::F64(vec![0.0, 0.3]).mask().unwrap_err().index, 1);
        assert!(Voxels::F32(vec![f32::NAN]).mask().is_err());
    }

    #[test]
    fn integers_become_floats_only_where_they_are_exact() {
        assert_eq!(exact_as_f32(&[1_u32 << 30]).unwrap(), [1_073_741_824.0]);
        assert!(exact_as_f32(&[(1_u32 << 24) + 1]).is_err());
        assert!(exact_as_f32(&[i64::MAX]).is_err());
        assert!(rounded_as_f32(&[1e300]).is_err());
    }
}
