use corelith_core::{Progress, Volume};
use rayon::prelude::*;

use crate::imaging::components::{ComponentsError, Connectivity, Values, label, statistics};

/// Small pieces of background that no path over voxel faces joins to the border of the volume.
pub(super) struct Cavities {
    /// Positions of their voxels, ascending, each with the number of its cavity.
    voxels: Vec<(u32, u32)>,
    /// Above the largest number of a cavity.
    numbers: usize,
}

impl Cavities {
    /// Finds the cavities of `mask` of at most `largest_voxels` and fills them; the mask is 1 inside
    /// then. It has fewer voxels than 32 bits number.
    pub(super) fn fill(
        mask: &mut Volume<u8>,
        largest_voxels: u64,
        progress: &dyn Progress,
    ) -> Result<Self, ComponentsError> {
        mask.data_mut()
            .par_iter_mut()
            .for_each(|voxel| *voxel = u8::from(*voxel == 0));
        let background = label(mask, Connectivity::Six, Values::Binary, progress)?;
        let mut is_cavity = vec![false; background.count as usize + 1];
        for component in statistics(&background.labels) {
            is_cavity[component.id as usize] =
                !component.touches_border && component.voxels <= largest_voxels;
        }
        let (labels, is_cavity) = (background.labels.data(), &is_cavity);
        mask.data_mut()
            .par_iter_mut()
            .zip(labels)
            .for_each(|(voxel, &component)| {
                *voxel = u8::from(component == 0 || is_cavity[component as usize]);
            });
        let area = mask.shape()[1] * mask.shape()[2];
        let voxels = labels
            .par_chunks(area.max(1))
            .enumerate()
            .flat_map_iter(|(z, slice)| {
                (z * area..)
                    .zip(slice)
                    .filter(move |(_, component)| is_cavity[**component as usize])
                    .map(|(at, &component)| (at as u32, component))
            })
            .collect();
        Ok(Self {
            voxels,
            numbers: is_cavity.len(),
        })
    }

    fn contains(&self, at: usize) -> bool {
        let found = self
            .voxels
            .binary_search_by_key(&at, |&(voxel, _)| voxel as usize);
        found.is_ok()
    }

    /// Gives the voxels of each cavity that lies in one particle alone to it, as its pore, and
    /// clears those of all others: gaps between particles.
    pub(super) fn settle(&self, labels: &mut Volume<u32>) {
        const UNSEEN: u32 = 0;
        const SHARED: u32 = u32::MAX;
        let [nz, ny, nx] = labels.shape();
        let mut owner = vec![UNSEEN; self.numbers];
        for &(at, cavity) in &self.voxels {
            let at = at as usize;
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
                let known = &mut owner[cavity as usize];
                *known = match *known {
                    UNSEEN => label,
                    same if same == label => label,
                    _ => SHARED,
                };
            }
        }
        for &(at, cavity) in &self.voxels {
            labels.data_mut()[at as usize] = match owner[cavity as usize] {
                SHARED => 0,
                owner => owner,
            };
        }
    }
}
