//! Values that may be absent (NaN) as `null` in files: JSON has no NaN.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number, or numbers, of which some may be NaN.
pub(crate) trait Absent: Sized {
    /// The same with `None` for NaN.
    type Nullable: Serialize + for<'a> Deserialize<'a>;

    fn to_nullable(&self) -> Self::Nullable;

    fn from_nullable(nullable: Self::Nullable) -> Self;
}

impl Absent for f64 {
    type Nullable = Option<f64>;

    fn to_nullable(&self) -> Option<f64> {
        self.is_finite().then_some(*self)
    }

    fn from_nullable(nullable: Option<f64>) -> Self {
        nullable.unwrap_or(Self::NAN)
    }
}

impl<const N: usize> Absent for [f64; N]
where
    [Option<f64>; N]: Serialize + for<'a> Deserialize<'a>,
{
    type Nullable = [Option<f64>; N];

    fn to_nullable(&self) -> [Option<f64>; N] {
        self.each_ref().map(Absent::to_nullable)
    }

    fn from_nullable(nullable: [Option<f64>; N]) -> Self {
        nullable.map(f64::from_nullable)
    }
}

impl Absent for Vec<f64> {
    type Nullable = Vec<Option<f64>>;

    fn to_nullable(&self) -> Vec<Option<f64>> {
        self.iter().map(Absent::to_nullable).collect()
    }

    fn from_nullable(nullable: Vec<Option<f64>>) -> Self {
        nullable.into_iter().map(f64::from_nullable).collect()
    }
}

pub(crate) fn serialize<T: Absent, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.to_nullable().serialize(serializer)
}

pub(crate) fn deserialize<'a, T: Absent, D: Deserializer<'a>>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::Nullable::deserialize(deserializer).map(T::from_nullable)
}
