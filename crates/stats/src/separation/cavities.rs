use corelith_core::{Progress, Volume};
use rayon::prelude::*;

use crate::components::{Components, ComponentsError, Connectivity, Values, label, statistics};

/// Background that no path over voxel faces joins to the border of the volume.
pub(super) struct Cavities {
    components: Components,
    /// Whether each component of the background is a cavity of at most the stated volume.
    is_cavity: Vec<bool>,
}

impl Cavities {
    /// Finds the cavities of `mask` of at most `largest_voxels`.
    pub(super) fn of(
        mask: &Volume<u8>,
        largest_voxels: u64,
        progress: &dyn Progress,
    ) -> Result<Self, ComponentsError> {
        let mut background = Volume::filled(mask.shape(), mask.spacing(), 0u8);
        background
            .data_mut()
            .par_iter_mut()
            .zip(mask.data())
            .for_each(|(out, &voxel)| *out = u8::from(voxel == 0));
        let components = label(&background, Connectivity::Six, Values::Binary, progress)?;
        let mut is_cavity = vec![false; components.count as usize + 1];
        for component in statistics(&components.labels) {
            is_cavity[component.id as usize] =
                !component.touches_border && component.voxels <= largest_voxels;
        }
        Ok(Self {
            components,
            is_cavity,
        })
    }

    fn contains(&self, at: usize) -> bool {
        self.is_cavity[self.components.labels.data()[at] as usize]
    }

    /// The mask with its cavities filled; 1 inside.
    pub(super) fn fill(&self, mask: &Volume<u8>) -> Volume<u8> {
        let mut filled = Volume::filled(mask.shape(), mask.spacing(), 0u8);
        filled
            .data_mut()
            .par_iter_mut()
            .zip(mask.data())
            .enumerate()
            .for_each(|(at, (out, &voxel))| *out = u8::from(voxel != 0 || self.contains(at)));
        filled
    }

    /// Gives the voxels of each cavity that lies in one particle alone to it, as its pore, and
    /// clears those of all others: gaps between particles.
    pub(super) fn settle(&self, labels: &mut Volume<u32>) {
        const UNSEEN: u32 = 0;
        const SHARED: u32 = u32::MAX;
        let [nz, ny, nx] = labels.shape();
        let mut owner = vec![UNSEEN; self.is_cavity.len()];
        for at in 0..labels.len() {
            if !self.contains(at) {
                continue;
            }
            let cavity = self.components.labels.data()[at] as usize;
            let (x, y, z) = (at % nx, at / nx % ny, at / nx / ny);
            let around = [
                (x > 0).then(|| at - 1),
                (x + 1 < nx).then_some(at + 1),
                (y > 0).then(|| at - nx),
                (y + 1 < ny).then_some(at + nx),
                (z > 0).then(|| at - nx * ny),
                (z + 1 < nz).then_some(at + nx * ny),
            ];
            for to in around.into_iter().flatten() {
                let label = labels.data()[to];
                // Other voxels of the cavity do not count: only what encloses it does.
                if label == 0 || self.contains(to) {
                    continue;
                }
                let known = &mut owner[cavity];
                *known = match *known {
                    UNSEEN => label,
                    same if same == label => label,
                    _ => SHARED,
                };
            }
        }
        let cavity_of = self.components.labels.data();
        labels
            .data_mut()
            .par_iter_mut()
            .zip(cavity_of)
            .filter(|(_, cavity)| self.is_cavity[**cavity as usize])
            .for_each(|(label, &cavity)| {
                *label = match owner[cavity as usize] {
                    SHARED => 0,
                    owner => owner,
                };
            });
    }
}
