use corelith_core::{Progress, Volume};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::imaging::components::{ComponentsError, Connectivity, Runs, Values, for_each_run};

/// Slices that a thread takes at a time.
const SLICES: usize = 16;

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
        let background = Runs::of(mask, Connectivity::Six, Values::Binary, progress)?;
        progress.finish();
        let is_cavity = small_inner(&background, mask.shape(), largest_voxels);
        progress.check()?;
        let slab = SLICES * mask.shape()[1] * mask.shape()[2];
        let voxels: Vec<Vec<(u32, u32)>> = mask
            .data_mut()
            .par_chunks_mut(slab.max(1))
            .enumerate()
            .map_init(Vec::new, |labels, (index, mask)| {
                labels.clear();
                labels.resize(mask.len(), 0);
                background.write_slices(index * SLICES, labels);
                let mut cavities = Vec::new();
                for (at, (voxel, &component)) in (index * slab..).zip(mask.iter_mut().zip(&*labels))
                {
                    let is_cavity = is_cavity[component as usize];
                    *voxel = u8::from(component == 0 || is_cavity);
                    if is_cavity {
                        cavities.push((at as u32, component));
                    }
                }
                cavities
            })
            .collect();
        Ok(Self {
            voxels: voxels.concat(),
            numbers: is_cavity.len(),
        })
    }

    /// Gives the voxels of each cavity that lies in one particle alone to it, as its pore, and
    /// clears those of all others: gaps between particles.
    pub(super) fn settle(&self, labels: &mut Volume<u32>) {
        const UNSEEN: u32 = 0;
        const SHARED: u32 = u32::MAX;
        // Other voxels of the cavity do not count: only what encloses it does.
        for &(at, _) in &self.voxels {
            labels.data_mut()[at as usize] = 0;
        }
        let mut owner = vec![UNSEEN; self.numbers];
        for &(at, cavity) in &self.voxels {
            let at = at as usize;
            for to in labels.face_neighbours(at) {
                let label = labels.data()[to];
                if label == 0 {
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

/// For each component from 0 on whether it has at most `largest_voxels` and touches no face of the
/// volume.
fn small_inner(components: &Runs, [nz, ny, nx]: [usize; 3], largest_voxels: u64) -> Vec<bool> {
    let of_slabs: Vec<Vec<(u32, (u64, bool))>> = (0..nz.div_ceil(SLICES))
        .into_par_iter()
        .map_init(Vec::new, |labels, slab| {
            let (first, end) = (slab * SLICES, ((slab + 1) * SLICES).min(nz));
            labels.clear();
            labels.resize((end - first) * ny * nx, 0);
            components.write_slices(first, labels);
            let mut seen: FxHashMap<u32, (u64, bool)> = FxHashMap::default();
            for (row, labels) in labels.chunks_exact(nx.max(1)).enumerate() {
                let (y, z) = (row % ny, first + row / ny);
                let is_outer = y == 0 || y + 1 == ny || z == 0 || z + 1 == nz;
                for_each_run(labels, |component, start, end| {
                    let (voxels, touches) = seen.entry(component).or_default();
                    *voxels += u64::from(end - start);
                    *touches |= is_outer || start == 0 || end as usize == nx;
                });
            }
            seen.into_iter().collect()
        })
        .collect();
    let mut all = vec![(0, false); components.count() as usize + 1];
    for (component, (voxels, touches)) in of_slabs.into_iter().flatten() {
        let known = &mut all[component as usize];
        *known = (known.0 + voxels, known.1 | touches);
    }
    all.into_iter()
        .map(|(voxels, touches)| voxels > 0 && voxels <= largest_voxels && !touches)
        .collect()
}
