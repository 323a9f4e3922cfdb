use std::fmt;

use corelith_core::Spacing;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Voxel size in micrometres: one number, or `[x, y, z]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VoxelSize(pub Spacing);

/// A length above zero, in micrometres.
fn positive<E: de::Error>(um: f64) -> Result<f64, E> {
    if um.is_finite() && um > 0.0 {
        Ok(um)
    } else {
        Err(E::custom(format!(
            "{um} is no size: a number of micrometres above 0 is expected"
        )))
    }
}

struct UmVisitor;

impl<'de> Visitor<'de> for UmVisitor {
    type Value = VoxelSize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of micrometres, or three as [x, y, z]")
    }

    fn visit_f64<E: de::Error>(self, um: f64) -> Result<VoxelSize, E> {
        Ok(VoxelSize(Spacing::isotropic(positive(um)?)))
    }

    fn visit_i64<E: de::Error>(self, um: i64) -> Result<VoxelSize, E> {
        self.visit_f64(um as f64)
    }

    fn visit_u64<E: de::Error>(self, um: u64) -> Result<VoxelSize, E> {
        self.visit_f64(um as f64)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<VoxelSize, A::Error> {
        let mut xyz = [0.0; 3];
        for (i, um) in xyz.iter_mut().enumerate() {
            *um = positive(
                seq.next_element::<f64>()?
                    .ok_or_else(|| de::Error::invalid_length(i, &self))?,
            )?;
        }
        if seq.next_element::<f64>()?.is_some() {
            return Err(de::Error::invalid_length(4, &self));
        }
        let [x_um, y_um, z_um] = xyz;
        Ok(VoxelSize(Spacing { x_um, y_um, z_um }))
    }
}

impl<'de> Deserialize<'de> for VoxelSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UmVisitor)
    }
}

impl Serialize for VoxelSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Spacing { x_um, y_um, z_um } = self.0;
        if x_um == y_um && y_um == z_um {
            serializer.serialize_f64(x_um)
        } else {
            [x_um, y_um, z_um].serialize(serializer)
        }
    }
}

/// For `deserialize_with`: a length above zero, in micrometres.
pub(crate) fn length_um<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    positive(f64::deserialize(deserializer)?)
}

/// For `deserialize_with`: a length above zero, in micrometres, where given.
pub(crate) fn length_um_option<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<f64>, D::Error> {
    length_um(deserializer).map(Some)
}
