//! What looks wrong in a CT as a whole.

use corelith_core::Spacing;

use super::clipping::clipped;
use super::gathered::Gathered;
use super::grey_scale::GreyScale;
use super::neighbours::unlike;
use super::read::VolumeSource;
use crate::Error;

/// Fewer slices than this hold no particles.
const SLICES_MIN: usize = 8;

/// Voxels of CTs of particles, in micrometres, with room on both sides.
const VOXEL_UM: [f64; 2] = [0.05, 500.0];

/// Refuses what is one image and no volume.
///
/// # Errors
/// [`Error::Volume`].
pub(crate) fn check_is_volume(source: &VolumeSource) -> Result<(), Error> {
    if source.shape()[0] > 1 {
        return Ok(());
    }
    Err(Error::Volume {
        path: source.files()[0].clone(),
        problem: "the CT has one slice only, and is no volume; name the folder of all slices, or \
                  a pattern that matches them all, as `slices` in section [ct]"
            .to_owned(),
    })
}

/// Sentences on a CT; of slices that take turns nothing is said of their order.
pub(super) fn ct_notes(
    gathered: &Gathered,
    spacing: Spacing,
    scale: GreyScale,
    take_turns: bool,
) -> Vec<String> {
    let slices = gathered.shape[0];
    let few = (slices < SLICES_MIN).then(|| {
        format!(
            "the CT has no more than {slices} slices, fewer than a particle has; check whether \
             `slices` in section [ct] names them all"
        )
    });
    let mut notes = Vec::from_iter(few);
    notes.extend(size(spacing));
    notes.extend(unlike(gathered).filter(|_| !take_turns));
    notes.extend(clipped(gathered, scale));
    notes
}

/// Sides of a voxel of which one is longer than another by more than this factor are in two units.
const SIDES_RATIO: f64 = 50.0;

/// A sentence on a size of voxels that no CT of particles has, as a file states it.
pub(super) fn odd_size(spacing: Spacing) -> Option<String> {
    let sides = [spacing.x_um, spacing.y_um, spacing.z_um];
    let [least, most] = [
        sides.into_iter().fold(f64::INFINITY, f64::min),
        sides.into_iter().fold(0.0, f64::max),
    ];
    let is_odd = least < VOXEL_UM[0] || most > VOXEL_UM[1] || most > SIDES_RATIO * least;
    is_odd.then(|| {
        // Ratios of integers come back as 2.2960000001.
        let sides = sides.map(|um| (um * 1e6).round() / 1e6);
        format!(
            "voxels of {} x {} x {} um: those of a CT of particles are {} to {} um large, and about \
             as long as wide. A length in micrometres that was taken for one in millimetres looks \
             like that (SimpleITK and nibabel write millimetres, whatever was meant): set the size \
             in the unit that the file states, and save it again",
            sides[0], sides[1], sides[2], VOXEL_UM[0], VOXEL_UM[1]
        )
    })
}

/// A sentence on voxels that are too small or too large for a CT.
fn size(spacing: Spacing) -> Option<String> {
    let sides = [spacing.x_um, spacing.y_um, spacing.z_um];
    let odd = sides
        .into_iter()
        .find(|um| !(VOXEL_UM[0]..=VOXEL_UM[1]).contains(um))?;
    Some(format!(
        "voxels of {odd} um: those of a CT of particles are {} to {} um large; `voxel_size_um` is \
         in micrometres, which 1000 nm and 0.001 mm are",
        VOXEL_UM[0], VOXEL_UM[1]
    ))
}

#[cfg(test)]
mod tests {
    use corelith_core::{Silent, Volume};

    use super::super::phantom::{SHAPE, balls};
    use super::super::write::write_volume;
    use super::*;

    #[test]
    fn evening_is_not_advised_where_a_stack_is_broken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ct.tif");
        let one = Spacing::isotropic(1.0);
        let notes = |source: fn(usize) -> usize| {
            let balls = balls(9);
            // Slices of the second half are brighter, as those of a seam are.
            let stack = Volume::from_fn(SHAPE, one, |x, y, z| {
                balls.at(x, y, source(z)) + if z >= 30 { 4000 } else { 0 }
            });
            write_volume(&path, &stack, &Silent).unwrap();
            let source = VolumeSource::open(&path).unwrap();
            source.read_ct(one, &Silent).unwrap().notes.concat()
        };
        let whole = notes(|z| z);
        assert!(whole.contains("`even = [\"seams\"]`"), "{whole}");
        assert!(!whole.contains("resemble"), "{whole}");
        let joined = notes(|z| (z + 30) % 60);
        assert!(joined.contains("29 and 30"), "{joined}");
        assert!(!joined.contains("`even"), "{joined}");
    }

    #[test]
    fn sizes_that_files_state_in_another_unit_are_told() {
        assert_eq!(odd_size(Spacing::isotropic(2.296)), None);
        let thick = Spacing {
            z_um: 20.0,
            ..Spacing::isotropic(2.0)
        };
        assert_eq!(odd_size(thick), None);
        let mixed = Spacing {
            y_um: 2296.0,
            ..Spacing::isotropic(2.296)
        };
        for odd in [Spacing::isotropic(2296.0), Spacing::isotropic(0.002), mixed] {
            assert!(odd_size(odd).unwrap().contains("millimetres"), "{odd:?}");
        }
        let steep = Spacing {
            z_um: 200.0,
            ..Spacing::isotropic(2.0)
        };
        assert!(odd_size(steep).unwrap().contains("2 x 2 x 200 um"));
    }

    #[test]
    fn sizes_in_other_units_and_few_slices_are_told() {
        for um in [0.4, 2.296, 60.0] {
            assert_eq!(size(Spacing::isotropic(um)), None);
        }
        for um in [0.002_296, 2296.0] {
            let told = size(Spacing::isotropic(um)).unwrap();
            assert!(told.contains(&format!("voxels of {um} um")), "{told}");
        }
        let um = Spacing::isotropic(1.0);
        let few = Gathered::of(&Volume::filled([3, 4, 4], um, 7));
        let told = ct_notes(&few, um, GreyScale::IDENTITY, false);
        assert!(told[0].contains("no more than 3 slices"), "{told:?}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ct.tif");
        let is_volume = |slices: usize| {
            let volume = Volume::filled([slices, 4, 4], Spacing::isotropic(1.0), 7_u16);
            write_volume(&path, &volume, &Silent).unwrap();
            check_is_volume(&VolumeSource::open(&path).unwrap()).is_ok()
        };
        assert!(is_volume(2) && !is_volume(1));
    }
}
