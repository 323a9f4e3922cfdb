//! What the 16-bit greys of a CT were in the file.

use serde::{Deserialize, Serialize};

use super::sample::Depth;
use super::voxels::Voxels;

/// What a grey of the 16-bit CT was in the file: `value = value_at_0 + value_a_grey * grey`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GreyScale {
    /// Value in the file of grey 0.
    pub value_at_0: f64,
    /// Value in the file of one step of grey; negative where 0 is shown white.
    pub value_a_grey: f64,
}

impl GreyScale {
    /// Greys that are the values in the file.
    pub const IDENTITY: Self = Self {
        value_at_0: 0.0,
        value_a_grey: 1.0,
    };

    pub(super) fn grey(self, value: f64) -> u16 {
        // Rust's conversion saturates; NaN and infinities are sorted out before.
        ((value - self.value_at_0) / self.value_a_grey).round() as u16
    }
}

/// Smallest and largest finite value, and how many are none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Range {
    pub finite: Option<[f64; 2]>,
    pub not_finite: u64,
}

impl Range {
    pub fn of(voxels: &Voxels) -> Self {
        let not_finite = match voxels {
            Voxels::F32(v) => v.iter().filter(|v| !v.is_finite()).count(),
            Voxels::F64(v) => v.iter().filter(|v| !v.is_finite()).count(),
            _ => 0,
        };
        Self {
            finite: voxels.range(),
            not_finite: not_finite as u64,
        }
    }

    pub fn with(self, other: &Self) -> Self {
        Self {
            finite: match (self.finite, other.finite) {
                (Some([a, b]), Some([c, d])) => Some([a.min(c), b.max(d)]),
                (some, None) | (None, some) => some,
            },
            not_finite: self.not_finite + other.not_finite,
        }
    }
}

/// The scale that brings values from `low` to `high` into 16 bits.
pub(super) fn scale_of(depth: Depth, low: f64, high: f64) -> GreyScale {
    let is_float = matches!(depth, Depth::F16 | Depth::F32 | Depth::F64);
    if !is_float && low >= 0.0 && high <= 65_535.0 {
        return GreyScale::IDENTITY;
    }
    let span = high - low;
    GreyScale {
        value_at_0: low,
        value_a_grey: match span {
            0.0 => 1.0,
            span if !is_float && span <= 65_535.0 => 1.0,
            span => span / 65_535.0,
        },
    }
}

/// The scale on which the grey of `largest` is 0.
pub(super) fn inverted(scale: GreyScale, largest: f64) -> GreyScale {
    GreyScale {
        value_at_0: scale.value_at_0 + largest * scale.value_a_grey,
        value_a_grey: -scale.value_a_grey,
    }
}

/// The greys of voxels; 0 for those that hold no finite number.
pub(super) fn greys(voxels: Voxels, scale: GreyScale) -> Vec<u16> {
    match voxels {
        Voxels::U16(v) if scale == GreyScale::IDENTITY => v,
        Voxels::U8(v) if scale == GreyScale::IDENTITY => v.into_iter().map(u16::from).collect(),
        other => other
            .to_f64()
            .into_iter()
            .map(|v| if v.is_finite() { scale.grey(v) } else { 0 })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_covers_its_range() {
        let scale = scale_of(Depth::F32, -1.0, 3.0);
        assert_eq!(scale.grey(-1.0), 0);
        assert_eq!(scale.grey(3.0), 65_535);
        assert!((scale.value_at_0 + scale.value_a_grey * 65_535.0 - 3.0).abs() < 1e-12);
        let turned = inverted(scale, 65_535.0);
        assert_eq!([turned.grey(-1.0), turned.grey(3.0)], [65_535, 0]);
    }

    #[test]
    fn whole_numbers_are_moved_and_not_scaled_where_they_fit() {
        assert_eq!(scale_of(Depth::I16, 0.0, 9.0), GreyScale::IDENTITY);
        let moved = scale_of(Depth::I16, -1000.0, 3000.0);
        assert_eq!(moved.value_a_grey, 1.0);
        assert_eq!(moved.grey(-1000.0), 0);
        assert_eq!(scale_of(Depth::F32, 2.0, 2.0).grey(2.0), 0);
    }
}
