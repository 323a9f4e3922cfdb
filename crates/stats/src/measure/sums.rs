use std::ops::Range;

use corelith_core::{Cancelled, Progress, Spacing};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::MeasureError;
use super::directions::directions;
use super::slab::{Slab, SlabSums, Step};
use super::slices::Slices;
use super::tallies::Tallies;
use crate::imaging::components::Moments;

/// The largest area of a crossing in units of the sums: sums are integers, so that they come
/// out the same whatever the order in which threads add them, and in whatever parts.
const UNITS: f64 = (1u64 << 24) as f64;

/// Slabs a thread.
const SLABS_A_THREAD: usize = 4;

/// What the voxels of every particle add up to, over the whole volume or some of its slices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sums {
    shape: [usize; 3],
    spacing: Spacing,
    /// Those of the volume that are added up.
    slices: Range<usize>,
    unit_um2: f64,
    /// Particle of each slot, rising.
    ids: Vec<u32>,
    tallies: Tallies,
    /// Start of each particle's part of `hull_points`, and the end.
    hull_starts: Vec<usize>,
    hull_points: Vec<[u32; 3]>,
}

impl Sums {
    /// Adds up the voxels of every particle in some slices of a volume, in one pass; `here` holds
    /// these and what borders on them ([`Slices::needed`]). `classes` is the length of the mineral
    /// list. Micrometres come from the spacing of the particles.
    ///
    /// # Errors
    /// When the shapes differ, when a phase is not below `classes`, when ids lie far above the
    /// number of voxels, or when the user asked to stop.
    ///
    /// # Panics
    /// When `here` lacks slices.
    pub fn of(
        here: Slices<'_>,
        wanted: Range<usize>,
        classes: usize,
        progress: &dyn Progress,
    ) -> Result<Self, MeasureError> {
        here.check(classes)?;
        let held = here.first..here.first + here.particles.shape()[0];
        let needed = Slices::needed(wanted.clone(), here.of);
        assert!(held.start <= needed.start && needed.end <= held.end);
        let spacing = here.particles.spacing();
        let directions = directions(spacing);
        let largest_um2 = directions
            .iter()
            .map(|d| d.area_um2.abs())
            .fold(0.0, f64::max);
        let unit_um2 = largest_um2 / UNITS;
        let steps: Vec<Step> = directions
            .iter()
            .flat_map(|d| [Step::new(d, 1, unit_um2), Step::new(d, 2, unit_um2)])
            .collect();
        let slabs = slabs(here, wanted.clone(), classes, &steps, progress)?;
        let nothing = Self {
            shape: here.shape(),
            spacing,
            slices: wanted,
            unit_um2,
            ids: Vec::new(),
            tallies: Tallies::new(classes, 0),
            hull_starts: vec![0],
            hull_points: Vec::new(),
        };
        Ok(nothing.with(slabs))
    }

    /// Adds those of the slices that follow.
    ///
    /// # Panics
    /// When others follow.
    pub fn append(&mut self, next: Self) {
        assert_eq!(
            (self.shape, self.spacing, self.slices.end),
            (next.shape, next.spacing, next.slices.start),
            "slices follow one another"
        );
        let nothing = Self {
            slices: self.slices.start..next.slices.end,
            ids: Vec::new(),
            tallies: Tallies::new(self.tallies.classes, 0),
            hull_starts: vec![0],
            hull_points: Vec::new(),
            ..*self
        };
        let before = std::mem::replace(self, nothing.clone());
        *self = nothing.with(vec![before.into_slab(), next.into_slab()]);
    }

    /// With what slabs hold, in the order of their slices, in place of nothing.
    fn with(self, slabs: Vec<SlabSums>) -> Self {
        let of_slabs = slabs.iter().flat_map(|slab| &slab.ids);
        let mut ids: Vec<u32> = of_slabs.copied().collect();
        ids.sort_unstable();
        ids.dedup();
        let slot = |id: u32| ids.binary_search(&id).expect("the id of a slab");
        let mut tallies = Tallies::new(self.tallies.classes, ids.len());
        let mut hull_starts = vec![0; ids.len() + 1];
        for slab in &slabs {
            for (from, &id) in slab.ids.iter().enumerate() {
                tallies.merge(slot(id), &slab.tallies, from);
            }
            for of_particle in slab.hull_points.chunk_by(|a, b| a.0 == b.0) {
                hull_starts[slot(of_particle[0].0) + 1] += of_particle.len();
            }
        }
        for i in 0..ids.len() {
            hull_starts[i + 1] += hull_starts[i];
        }
        let mut next = hull_starts.clone();
        let mut hull_points = vec![[0; 3]; hull_starts[ids.len()]];
        for slab in &slabs {
            for of_particle in slab.hull_points.chunk_by(|a, b| a.0 == b.0) {
                let at = &mut next[slot(of_particle[0].0)];
                for (_, point) in of_particle {
                    hull_points[*at] = *point;
                    *at += 1;
                }
            }
        }
        Self {
            ids,
            tallies,
            hull_starts,
            hull_points,
            ..self
        }
    }

    fn into_slab(self) -> SlabSums {
        let points = self.ids.iter().enumerate().flat_map(|(slot, &id)| {
            let points = self.hull_points(slot).iter();
            points.map(move |&point| (id, point))
        });
        SlabSums {
            hull_points: points.collect(),
            tallies: self.tallies,
            ids: self.ids,
        }
    }

    /// `[nz, ny, nx]` of the volume.
    pub(super) fn shape(&self) -> [usize; 3] {
        self.shape
    }

    pub(super) fn spacing(&self) -> Spacing {
        self.spacing
    }

    /// Number of slots.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The particle of a slot.
    pub(super) fn id(&self, slot: usize) -> u32 {
        self.ids[slot]
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

/// Sums of slabs of some slices, in their order.
fn slabs(
    here: Slices<'_>,
    wanted: Range<usize>,
    classes: usize,
    steps: &[Step],
    progress: &dyn Progress,
) -> Result<Vec<SlabSums>, Cancelled> {
    let [_, ny, nx] = here.shape();
    let largest = here.largest() as usize;
    progress.start("adding up particles", wanted.len() as u64);
    let slices = wanted
        .len()
        .div_ceil(SLABS_A_THREAD * rayon::current_num_threads())
        .max(1);
    let starts: Vec<usize> = if ny * nx == 0 {
        Vec::new()
    } else {
        wanted.clone().step_by(slices).collect()
    };
    let slabs = starts
        .into_par_iter()
        .map(|start| {
            let mut slab = Slab::new(here, classes, steps, (start, largest));
            for z in start..(start + slices).min(wanted.end) {
                progress.check()?;
                slab.add_slice(z);
                progress.advance(1);
            }
            Ok(slab.finish())
        })
        .collect();
    progress.finish();
    slabs
}

#[cfg(test)]
mod tests {
    use corelith_core::{Mineral, Minerals, Silent, Volume};
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;
    use crate::measure::{Settings, measure};

    fn minerals() -> Minerals {
        let row = |name: &str, grey: u8| Mineral {
            name: name.to_owned(),
            rgb: [grey; 3],
            density_g_cm3: Some(1.0),
        };
        Minerals::new(vec![row("Resin", 0), row("A", 1), row("B", 2)], "Resin").unwrap()
    }

    /// Voxels, crossings and interfaces of a particle, by every pair of voxels.
    fn by_pairs(
        particles: &Volume<u32>,
        phases: &Volume<u8>,
        id: u32,
    ) -> (Vec<u64>, [f64; 2], Vec<f64>) {
        let [nz, ny, nx] = particles.shape();
        let mut voxels = vec![0; 3];
        let (mut crossings, mut interface) = ([0.0; 2], vec![0.0; 9]);
        let at = |at: [i64; 3]| {
            let inside = at
                .iter()
                .zip([nx, ny, nz])
                .all(|(&v, n)| v >= 0 && v < n as i64);
            inside.then(|| {
                let [x, y, z] = at.map(|v| v as usize);
                (particles.at(x, y, z), usize::from(phases.at(x, y, z)))
            })
        };
        for i in 0..particles.len() {
            let here = [i % nx, i / nx % ny, i / nx / ny].map(|v| v as i64);
            let (own, class) = at(here).unwrap();
            if own != id {
                continue;
            }
            voxels[class] += 1;
            for direction in directions(particles.spacing()) {
                for sense in [-1, 1] {
                    for times in [1i64, 2] {
                        let step = direction.step.map(|d| i64::from(d) * sense * times);
                        let there = at(std::array::from_fn(|axis| here[axis] + step[axis]));
                        match there {
                            Some((other, of)) if other == id => {
                                if of != class && times == 1 {
                                    interface[class * 3 + of] += direction.area_um2;
                                }
                            }
                            _ => crossings[times as usize - 1] += direction.area_um2,
                        }
                    }
                }
            }
        }
        (voxels, crossings, interface)
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        let shape = [23, 9, 30];
        let particles = Volume::from_fn(shape, Spacing::isotropic(2.0), |x, _, z| {
            let id = (1 + x / 10 + 3 * (z / 7)) as u32;
            if random.random_bool(0.1) { 0 } else { id }
        });
        let phases = particles.map(|_| random.random_range(0..3u8));
        let whole = Sums::of(Slices::all(&particles, &phases), 0..23, 3, &Silent).unwrap();
        let some = |wanted: Range<usize>| {
            let needed = Slices::needed(wanted.clone(), 23);
            let cut = [needed.len(), 9, 30];
            let voxels = needed.start * 9 * 30..needed.end * 9 * 30;
            let um = Spacing::isotropic(2.0);
            let particles = particles.data()[voxels.clone()].to_vec();
            let phases = phases.data()[voxels].to_vec();
            let here = Slices {
                particles: &Volume::new(particles, cut, um).unwrap(),
                phases: &Volume::new(phases, cut, um).unwrap(),
                first: needed.start,
                of: 23,
            };
            Sums::of(here, wanted, 3, &Silent).unwrap()
        };
        let mut joined = some(0..2);
        for part in [2..9, 9..9, 9..22, 22..23] {
            joined.append(some(part));
        }
        assert!(joined == whole);
        assert!(some(0..22) != whole);
    }

    #[test]
    fn sums_are_those_of_all_pairs_of_voxels_with_any_number_of_threads() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(11);
        let shape = [19, 8, 75];
        let particles = Volume::from_fn(shape, Spacing::isotropic(2.0), |x, y, z| {
            let id = (x / 25 + 3 * (y / 5) + 6 * (z / 9)) as u32;
            if random.random_bool(0.1) { 0 } else { id }
        });
        let phases = particles.map(|_| random.random_range(0..3u8));
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let settings = Settings::default();
            pool.build()
                .unwrap()
                .install(|| measure(&particles, &phases, &minerals(), &settings, &Silent))
                .unwrap()
        };
        let alone = with(1);
        assert_eq!(alone.len(), 17);
        for particle in &alone {
            let (voxels, [near, far], interface) = by_pairs(&particles, &phases, particle.id);
            assert_eq!(particle.mineral_voxels, voxels);
            let surface = 2.0 * near - 0.5 * far;
            let ball = std::f64::consts::PI * particle.equivalent_diameter_um.powi(2);
            let error = particle.surface_um2 / surface.max(ball) - 1.0;
            assert!(error.abs() < 1e-5, "surface is {error} off");
            for (found, least) in particle.interface_um2.iter().zip(&interface) {
                // At least the crossings one step apart, and at most a quarter more.
                assert!((0.9999..1.2501).contains(&(found / least)) || *least == 0.0);
                assert!(*least > 0.0 || *found == 0.0);
            }
        }
        for threads in [2, 8] {
            assert!(with(threads) == alone, "{threads} threads");
        }
    }
}
