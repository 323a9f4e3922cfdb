use corelith_core::{Cancelled, Progress, Volume};
use rayon::prelude::*;

use super::directions::directions;
use super::slab::{Slab, SlabSums, Step};
use super::tallies::Tallies;
use crate::imaging::components::Moments;

/// The largest area of a crossing in units of the sums: sums are integers, so that they come
/// out the same whatever the order in which threads add them.
const UNITS: f64 = (1u64 << 24) as f64;

/// Slabs a thread.
const SLABS_A_THREAD: usize = 4;

/// What the voxels of every particle add up to; slot `i` is particle `i + 1`.
pub(super) struct Sums {
    tallies: Tallies,
    unit_um2: f64,
    /// Start of each particle's part of `hull_points`, and the end.
    hull_starts: Vec<usize>,
    hull_points: Vec<[u32; 3]>,
}

impl Sums {
    /// Number of slots: the largest id.
    pub(super) fn len(&self) -> usize {
        self.tallies.moments.len()
    }

    pub(super) fn moments(&self, slot: usize) -> &Moments {
        &self.tallies.moments[slot]
    }

    pub(super) fn class_voxels(&self, slot: usize) -> &[u64] {
        let classes = self.tallies.classes;
        &self.tallies.voxels[slot * classes..(slot + 1) * classes]
    }

    /// Outer surface: `2 f(1) - f(2)`, see [`super::measure`].
    pub(super) fn surface_um2(&self, slot: usize) -> f64 {
        self.at_step_zero(self.tallies.near[slot], self.tallies.far[slot])
    }

    /// What crossings one and two steps apart tend to when the step tends to 0; on lines of
    /// double step each crossing is met twice.
    fn at_step_zero(&self, near: i64, far: i64) -> f64 {
        (2.0 * near as f64 - 0.5 * far as f64) * self.unit_um2
    }

    /// Exposed surface of each class: its share of the crossings, of `surface_um2`.
    pub(super) fn exposed_um2(&self, slot: usize, surface_um2: f64) -> Vec<f64> {
        let classes = self.tallies.classes;
        let near = self.tallies.near[slot] as f64;
        self.tallies.exposed[slot * classes..(slot + 1) * classes]
            .iter()
            .map(|&crossings| crossings as f64 / near * surface_um2)
            .collect()
    }

    /// Interface area between classes, row-major, symmetric.
    ///
    /// The extrapolation makes good what is lost where the interface ends at the surface. Two
    /// steps leap over grains of a voxel or two, so it may add a quarter at most.
    pub(super) fn interface_um2(&self, slot: usize) -> Vec<f64> {
        let cells = self.tallies.classes * self.tallies.classes;
        let cells = slot * cells..(slot + 1) * cells;
        self.tallies.interface_near[cells.clone()]
            .iter()
            .zip(&self.tallies.interface_far[cells])
            .map(|(&near, &far)| {
                let plain = (near as f64 * self.unit_um2).max(0.0);
                self.at_step_zero(near, far).clamp(plain, 1.25 * plain)
            })
            .collect()
    }

    /// Voxel centres `(x, y, z)` that hold all vertices of the convex hull of the centres.
    pub(super) fn hull_points(&self, slot: usize) -> &[[u32; 3]] {
        &self.hull_points[self.hull_starts[slot]..self.hull_starts[slot + 1]]
    }
}

/// Adds up the voxels of every particle, in one pass over slabs of slices.
pub(super) fn sums(
    particles: &Volume<u32>,
    phases: &Volume<u8>,
    classes: usize,
    progress: &dyn Progress,
) -> Result<Sums, Cancelled> {
    let [nz, ny, nx] = particles.shape();
    let directions = directions(particles.spacing());
    let largest_um2 = directions
        .iter()
        .map(|d| d.area_um2.abs())
        .fold(0.0, f64::max);
    let unit_um2 = largest_um2 / UNITS;
    let steps: Vec<Step> = directions
        .iter()
        .flat_map(|d| [Step::new(d, 1, unit_um2), Step::new(d, 2, unit_um2)])
        .collect();
    let largest = particles
        .data()
        .par_iter()
        .max()
        .map_or(0, |&id| id as usize);

    progress.start("adding up particles", nz as u64);
    let slices = nz
        .div_ceil(SLABS_A_THREAD * rayon::current_num_threads())
        .max(1);
    let starts: Vec<usize> = if ny * nx == 0 {
        Vec::new()
    } else {
        (0..nz).step_by(slices).collect()
    };
    let slabs = starts
        .into_par_iter()
        .map(|start| {
            let mut slab = Slab::new(particles, phases, classes, &steps, (start, largest));
            for z in start..(start + slices).min(nz) {
                progress.check()?;
                slab.add_slice(z);
                progress.advance(1);
            }
            Ok(slab.finish())
        })
        .collect::<Result<Vec<SlabSums>, Cancelled>>()?;

    let mut tallies = Tallies::new(classes, largest);
    let mut hull_starts = vec![0; largest + 1];
    for slab in &slabs {
        for (slot, &id) in slab.ids.iter().enumerate() {
            tallies.merge(id as usize - 1, &slab.tallies, slot);
        }
        for (id, _) in &slab.hull_points {
            hull_starts[*id as usize] += 1;
        }
    }
    for i in 0..largest {
        hull_starts[i + 1] += hull_starts[i];
    }
    let mut next = hull_starts.clone();
    let mut hull_points = vec![[0; 3]; hull_starts[largest]];
    for (id, point) in slabs.iter().flat_map(|slab| &slab.hull_points) {
        let at = &mut next[*id as usize - 1];
        hull_points[*at] = *point;
        *at += 1;
    }
    progress.finish();
    Ok(Sums {
        tallies,
        unit_um2,
        hull_starts,
        hull_points,
    })
}
