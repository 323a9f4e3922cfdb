//! What a scanner adds to grey values that is not of the sample: shading and rings. Where minerals
//! differ by less than that, no voxel tells them apart before it is taken out.
//!
//! Both are seen on the volume alone, by small cubes that lie in one kind of matter and whose greys
//! gather at some levels. What matter that is does not need to be known.

mod cubes;
mod density;
mod levels;
mod rings;
mod shading;

use corelith_core::{Artefact, Raster, Volume};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use cubes::Cubes;
use levels::Levels;
pub use rings::Rings;
pub use shading::{Shading, Terms};

/// The artefacts of a volume.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Artefacts {
    /// The shading, where there is any.
    pub shading: Option<Shading>,
    /// The rings, where there are any; beside the shading.
    pub rings: Option<Rings>,
}

impl Artefacts {
    /// Those of a volume, of the kinds that are `wanted`.
    pub fn measure(volume: &Volume<u16>, wanted: &[Artefact]) -> Self {
        let cubes = Cubes::of(volume);
        let Some(levels) = Levels::of(&cubes) else {
            return Self::default();
        };
        let shape = volume.shape();
        let is_wanted = |kind: Artefact| wanted.contains(&kind);
        let shading = is_wanted(Artefact::Shading)
            .then(|| Shading::measure(&cubes, &levels, shape))
            .flatten();
        let rings = is_wanted(Artefact::Rings)
            .then(|| Rings::measure(volume, &cubes, shading.as_ref()))
            .flatten();
        Self { shading, rings }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.shading.is_none() && self.rings.is_none()
    }

    /// Takes them out of the volume that they were measured on. Voxels without a value (grey 0) stay.
    pub fn take_out(&self, volume: &mut Volume<u16>) {
        if self.is_empty() {
            return;
        }
        let [_, ny, nx] = volume.shape();
        // The same in every slice.
        let rings = self
            .rings
            .as_ref()
            .map(|rings| Raster::from_fn(ny, nx, |x, y| rings.at([y as f64, x as f64])));
        let rows = volume.data_mut().par_chunks_exact_mut(nx.max(1));
        rows.enumerate().for_each(|(row, greys)| {
            let shading = self.shading.as_ref();
            let shading = shading.map(|shading| shading.row([row / ny, row % ny]));
            for (x, grey) in greys.iter_mut().enumerate() {
                if *grey == 0 {
                    continue;
                }
                let mut flat = f64::from(*grey);
                if let Some(shading) = &shading {
                    flat = shading.unshaded(x, flat);
                }
                if let Some(rings) = &rings {
                    flat -= rings.at(x, row % ny);
                }
                // Saturates; 0 is no value.
                *grey = flat.round().max(1.0) as u16;
            }
        });
    }
}
