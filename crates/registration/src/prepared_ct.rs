use corelith_core::{Spacing, Volume};
use corelith_gpu::Compute;

use crate::RegistrationError;
use crate::ct::coarse_volume::CoarseVolume;
use crate::ct::grey_range::GreyRange;
use crate::ct::quantised_volume::QuantisedVolume;
use crate::search::search_volume::SearchVolume;
use crate::similarity::joint_histogram::Scorer;

/// Voxels along x and y below which no map can be placed.
const LEAST_WIDTH: usize = 24;
/// Voxels along x and y that the first search goes over at most; wider volumes are coarsened.
const SEARCH_WIDTH: usize = 170;

/// A CT volume prepared for registration: everything that depends on the CT alone, made once and
/// shared by all maps of a run.
pub struct PreparedCt<'a> {
    pub(crate) ct: &'a Volume<u16>,
    pub(crate) range: GreyRange,
    pub(crate) search: SearchVolume,
    pub(crate) scorer: Scorer,
    pub(crate) device: String,
}

/// Whether maps can be placed in a volume of `[nz, ny, nx]` voxels.
///
/// # Errors
/// When the voxels are no cubes, or the volume is too small to hold a map.
pub fn check_ct(shape: [usize; 3], spacing: Spacing) -> Result<(), RegistrationError> {
    let [nz, ny, nx] = shape;
    let Spacing { x_um, y_um, z_um } = spacing;
    if ![x_um, y_um, z_um]
        .iter()
        .all(|side| (side / x_um - 1.0).abs() < 0.01)
    {
        return Err(RegistrationError::NotCubic { x_um, y_um, z_um });
    }
    if nx < LEAST_WIDTH || ny < LEAST_WIDTH || nz < 4 {
        return Err(RegistrationError::VolumeTooSmall {
            nx,
            ny,
            nz,
            least: LEAST_WIDTH,
        });
    }
    Ok(())
}

impl<'a> PreparedCt<'a> {
    /// Prepares `ct` for registrations on `compute`; takes a few seconds and a fifth of its memory
    /// at most.
    ///
    /// # Errors
    /// When the voxels are no cubes, the volume is too small to hold a map, or the device cannot
    /// hold a part of it.
    pub fn new(ct: &'a Volume<u16>, compute: &Compute) -> Result<Self, RegistrationError> {
        check_ct(ct.shape(), ct.spacing())?;
        let [nz, ny, nx] = ct.shape();
        let range = GreyRange::of(ct);
        let width = nx.max(ny);
        let search_factor = width
            .div_ceil(SEARCH_WIDTH)
            .max(if width < 120 { 2 } else { 3 });
        let scoring_factor = (search_factor / 2).max(if nz < 8 { 1 } else { 2 });
        let scored = QuantisedVolume::new(&CoarseVolume::new(ct, scoring_factor, range));
        Ok(Self {
            ct,
            range,
            search: SearchVolume::new(CoarseVolume::new(ct, search_factor.min(nz), range)),
            scorer: Scorer::new(scored, compute)?,
            device: compute.name(),
        })
    }

    /// The volume itself.
    pub fn ct(&self) -> &'a Volume<u16> {
        self.ct
    }

    /// Side of a voxel in micrometres.
    pub fn voxel_um(&self) -> f64 {
        self.ct.spacing().x_um
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_voxels_are_refused() {
        let spacing = Spacing {
            z_um: 2.0,
            ..Spacing::isotropic(1.0)
        };
        let ct = Volume::filled([40, 40, 40], spacing, 0u16);
        assert!(matches!(
            PreparedCt::new(&ct, &Compute::Cpu),
            Err(RegistrationError::NotCubic { .. })
        ));
    }
}
