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

#[cfg(test)]
mod tests {
    use corelith_core::{Mineral, Minerals, Silent, Spacing};
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
