//! Rings about the axis of rotation: pixels of the detector that are a little brighter or darker than
//! their neighbours, all through the stack.
//!
//! What voxels differ by from the level of the matter that they lie in is averaged along z. The axis
//! is where that depends most on the distance from it, alike in octants by turns. Grains make some axis
//! look like one, too; so it is looked for in one part of the volume, and rings count where the other
//! part has the same about that axis. (Filters in polar coordinates, as of Sijbers and Postnov 2004,
//! need the axis to be known.)

mod axis;
mod profiles;
mod residuals;

use corelith_core::Volume;
use serde::{Deserialize, Serialize};

use super::cubes::Cubes;
use super::shading::Shading;
use axis::Search;
use profiles::Profiles;
use residuals::Residuals;

/// How alike the rings of both parts of the volume must be: a correlation, weighted by voxels. Of
/// rings that are worth taking out it is above .95; large particles that reach through both parts let
/// it come to .87 where there are none.
const ALIKE: f64 = 0.9;

/// How strong rings must be, as a share of the noise of a voxel, to be worth taking out.
const STRENGTH_MIN: f64 = 0.02;

/// Rings about an axis along z, the same in all slices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rings {
    /// Where the axis is, `[y, x]`, voxels; may lie outside of the volume.
    pub axis: [f64; 2],
    /// What they add, in greys, at distances from the axis of 0, 1, ... voxels.
    pub added: Vec<f64>,
    /// How alike the lower and the upper part of the volume show them: a correlation.
    pub alike: f64,
    /// Their strength: root of the mean square over the voxels that show them, in greys.
    pub strength: f64,
    /// Standard deviation of the noise of a voxel, rings included, in greys.
    pub noise: f64,
}

impl Rings {
    /// Those of a volume beside its shading; `None` where there are none to see.
    pub(super) fn measure(
        volume: &Volume<u16>,
        cubes: &Cubes,
        shading: Option<&Shading>,
    ) -> Option<Self> {
        let residuals = Residuals::of(volume, cubes, shading)?;
        let about = |axis: [f64; 2]| Profiles::about(axis, &residuals.pixels);
        let alike = |axis: &[f64; 2]| {
            let found = about(*axis).agreement();
            found.is_some_and(|found| found.correlation >= ALIKE)
        };
        let search = Search::of(&residuals);
        let axis = (0..2).filter_map(|part| search.axis_by(part)).find(alike)?;
        let axis = search.refined(axis);
        let profiles = about(axis);
        let agreement = profiles.agreement()?;
        let added = profiles.shrunk(&agreement);
        let noise = residuals.noise;
        let strength = profiles.strength(&added);
        (strength >= STRENGTH_MIN * noise).then_some(Self {
            axis,
            added,
            alike: agreement.correlation,
            strength,
            noise,
        })
    }

    /// What they add at `[y, x]`, in greys.
    pub fn at(&self, [y, x]: [f64; 2]) -> f64 {
        let radius = (y - self.axis[0]).hypot(x - self.axis[1]);
        let (below, share) = (radius as usize, radius.fract());
        match self.added.get(below..below + 2) {
            Some(added) => (1.0 - share) * added[0] + share * added[1],
            None => 0.0,
        }
    }
}

#[cfg(test)]
mod tests;
