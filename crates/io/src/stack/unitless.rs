//! Spacings of formats that need not say their unit.

use crate::length_unit::um_per_unit;
use crate::text::shown;
use crate::{SaidSpacing, SpacingSource};

/// Voxels of a CT are smaller than this; ITK takes lengths without a unit as millimetres, but
/// many programs write micrometres.
const CT_VOXEL_UM_MAX: f64 = 200.0;

/// The spacing of lengths along x, y and z in `unit`.
///
/// Without a unit, lengths are millimetres, as in ITK, where that gives voxels that a CT can
/// have. A note says how it was understood.
pub(super) fn spacing(
    lengths: [f64; 3],
    unit: Option<&str>,
    source: SpacingSource,
) -> (Option<SaidSpacing>, Option<String>) {
    let lengths = lengths.map(f64::abs);
    let in_um = |um: f64| SaidSpacing::new(lengths.map(|n| Some(n * um)), source);
    let size = lengths.map(|n| n.to_string()).join(" x ");
    match unit {
        Some(unit) => match um_per_unit(unit) {
            Some(um) => (in_um(um), None),
            None => (
                None,
                Some(format!(
                    "the {source} gives voxels of {size} {}, a unit that is not known; the \
                     size was not taken",
                    shown(unit)
                )),
            ),
        },
        // What programs write that know no size.
        None if lengths == [1.0; 3] || lengths.iter().any(|n| !n.is_normal()) => (None, None),
        None if lengths.iter().all(|n| n * 1e3 < CT_VOXEL_UM_MAX) => (
            in_um(1e3),
            Some(format!(
                "the {source} gives voxels of {size} without a unit; they were taken as \
                 millimetres, as ITK does"
            )),
        ),
        None => (
            None,
            Some(format!(
                "the {source} gives voxels of {size} without a unit; as millimetres they are too \
                 large for a CT, so the size was not taken"
            )),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_without_a_unit_are_millimetres_where_that_can_be() {
        let of = |n: f64, unit| spacing([n; 3], unit, SpacingSource::MetaImage);
        let (said, note) = of(0.002_296, None);
        assert!((said.unwrap().xyz_um[0].unwrap() - 2.296).abs() < 1e-9);
        assert!(note.unwrap().contains("millimetres"));
        let (said, note) = of(2.296, None);
        assert_eq!(said, None);
        assert!(note.unwrap().contains("2.296 x 2.296 x 2.296"));
        assert_eq!(of(1.0, None), (None, None));
        assert_eq!(of(2.0, Some("um")).0.unwrap().xyz_um, [Some(2.0); 3]);
        assert!(of(2.0, Some("parsec")).0.is_none());
    }
}
