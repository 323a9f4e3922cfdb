use super::directions::Direction;
use super::keys::Keys;
use super::slices::Slices;
use super::tallies::Tallies;
use crate::imaging::components::{Moments, differing, for_each_run, for_each_set};
use crate::imaging::convex_hull::planar_hull;

/// From a voxel to its partner.
pub(super) struct Step {
    vector: [isize; 3],
    is_near: bool,
    /// Units of one crossing.
    units: i64,
}

impl Step {
    pub(super) fn new(direction: &Direction, times: i32, unit_um2: f64) -> Self {
        Self {
            vector: direction.step.map(|d| (d * times) as isize),
            is_near: times == 1,
            units: (direction.area_um2 / unit_um2).round() as i64,
        }
    }
}

/// Sums over some slices.
pub(super) struct Slab<'a> {
    slices: Slices<'a>,
    steps: &'a [Step],
    keys: Keys,
    /// Numbers of the voxels of the slices that steps from the current one reach: that of slice `z`
    /// lies at `z` modulo their number.
    window: Vec<Vec<u32>>,
    /// The slice after the last one that is in the window.
    next: usize,
    classes: usize,
    moments: Vec<Moments>,
    /// Sums by the number of particle and class.
    sums: Vec<KeySums>,
    /// Crossings from one class to another of a slot, one and two steps apart; `classes x classes`.
    interface: [Vec<i64>; 2],
    hull_points: Vec<(u32, [u32; 3])>,
}

/// What the voxels of one particle and class add up to.
#[derive(Clone, Copy, Default)]
struct KeySums {
    voxels: u64,
    /// Crossings to background, one step apart.
    exposed: i64,
    /// Those to other particles and out of the volume.
    touching: i64,
    /// All crossings out of the particle, two steps apart.
    far: i64,
}

/// The sums of some slices, by particle.
pub(super) struct SlabSums {
    pub(super) tallies: Tallies,
    /// Particle of each slot.
    pub(super) ids: Vec<u32>,
    pub(super) hull_points: Vec<(u32, [u32; 3])>,
}

impl<'a> Slab<'a> {
    /// For slices from `first` on, in order.
    pub(super) fn new(
        slices: Slices<'a>,
        classes: usize,
        steps: &'a [Step],
        (first, largest): (usize, usize),
    ) -> Self {
        let [_, ny, nx] = slices.shape();
        let reach = steps.iter().map(|step| step.vector[2].unsigned_abs()).max();
        Self {
            slices,
            steps,
            keys: Keys::new(classes, largest),
            window: vec![vec![0; ny * nx]; 1 + reach.unwrap_or(0)],
            next: first,
            classes,
            moments: Vec::new(),
            sums: Vec::new(),
            interface: [Vec::new(), Vec::new()],
            hull_points: Vec::new(),
        }
    }

    pub(super) fn add_slice(&mut self, z: usize) {
        self.look_ahead(z);
        let [_, ny, _] = self.slices.shape();
        // Ends of runs in this slice: particle and (x, y), rows ascending.
        let mut ends: Vec<(u32, [u32; 2])> = Vec::new();
        for y in 0..ny {
            self.add_voxels(y, z, &mut ends);
            for step in self.steps {
                self.add_crossings(step, y, z);
            }
        }
        ends.sort_by_key(|&(id, _)| id);
        let (mut points, mut hull) = (Vec::new(), Vec::new());
        for of_particle in ends.chunk_by(|a, b| a.0 == b.0) {
            points.clear();
            points.extend(of_particle.iter().map(|&(_, point)| point));
            planar_hull(&points, &mut hull);
            let id = of_particle[0].0;
            self.hull_points
                .extend(hull.iter().map(|&[x, y]| (id, [x, y, z as u32])));
        }
    }

    /// Brings the slices that steps from slice `z` reach into the window.
    fn look_ahead(&mut self, z: usize) {
        let [nz, ny, nx] = self.slices.shape();
        let slices = self.window.len();
        while self.next < (z + slices).min(nz) {
            let keys = &mut self.window[self.next % slices];
            for (y, keys) in (0..ny).zip(keys.chunks_exact_mut(nx)) {
                let start = self.slices.row(y, self.next);
                let particles = &self.slices.particles.data()[start..start + nx];
                let phases = &self.slices.phases.data()[start..start + nx];
                self.keys.number_row(particles, phases, keys);
            }
            self.next += 1;
        }
        let slots = self.keys.ids.len();
        self.moments.resize(slots, Moments::default());
        self.sums.resize(self.keys.pairs.len(), KeySums::default());
        for interface in &mut self.interface {
            interface.resize(slots * self.classes * self.classes, 0);
        }
    }

    fn add_voxels(&mut self, y: usize, z: usize, ends: &mut Vec<(u32, [u32; 2])>) {
        let nx = self.slices.shape()[2];
        let keys = &self.window[z % self.window.len()][y * nx..(y + 1) * nx];
        let start = self.slices.row(y, z);
        for_each_run(
            &self.slices.particles.data()[start..start + nx],
            |id, start, end| {
                let slot = self.keys.slot(id);
                self.moments[slot].add_run(start, end, y as u32, z as u32);
                ends.push((id, [start, y as u32]));
                if end - start > 1 {
                    ends.push((id, [end - 1, y as u32]));
                }
            },
        );
        for_each_run(keys, |key, start, end| {
            self.sums[key as usize].voxels += u64::from(end - start);
        });
    }

    /// Adds the crossings between row `(y, z)` and the row one step further on.
    fn add_crossings(&mut self, step: &Step, y: usize, z: usize) {
        let [nz, ny, nx] = self.slices.shape();
        let [dx, dy, dz] = step.vector;
        let slices = self.window.len();
        let row = |y: usize, z: usize| &self.window[z % slices][y * nx..(y + 1) * nx];
        let outside = |y: Option<usize>, z: Option<usize>| {
            y.is_none_or(|y| y >= ny) || z.is_none_or(|z| z >= nz)
        };
        let here = row(y, z);
        let mut sums = Crossings {
            step,
            classes: self.classes,
            pairs: &self.keys.pairs,
            sums: &mut self.sums,
            interface: &mut self.interface[usize::from(!step.is_near)],
        };
        // Beyond the faces of the volume lies no particle: what they cut is surface too.
        if outside(y.checked_add_signed(-dy), z.checked_add_signed(-dz)) {
            sums.add_cut(here);
        }
        if outside(y.checked_add_signed(dy), z.checked_add_signed(dz)) {
            sums.add_cut(here);
            return;
        }
        let there = row(y.wrapping_add_signed(dy), z.wrapping_add_signed(dz));
        let shift = dx.unsigned_abs().min(nx);
        let (a_skip, b_skip) = if dx < 0 { (shift, 0) } else { (0, shift) };
        let length = nx - shift;
        let (a, b) = (&here[a_skip..][..length], &there[b_skip..][..length]);
        sums.add_cut(&here[..a_skip]);
        sums.add_cut(&here[a_skip + length..]);
        sums.add_cut(&there[..b_skip]);
        sums.add_cut(&there[b_skip + length..]);
        for start in (0..length).step_by(64) {
            for_each_set(differing(a, b, start), |i| {
                let i = start + i as usize;
                sums.add(a[i], b[i]);
            });
        }
    }

    /// The sums by particle.
    pub(super) fn finish(self) -> SlabSums {
        let classes = self.classes;
        let mut tallies = Tallies::new(classes, self.keys.ids.len());
        tallies.moments = self.moments;
        for (&(slot, class), sums) in self.keys.pairs.iter().zip(&self.sums).skip(1) {
            let slot = slot as usize;
            tallies.near[slot] += sums.exposed + sums.touching;
            tallies.far[slot] += sums.far;
            tallies.voxels[slot * classes + class as usize] = sums.voxels;
            tallies.exposed[slot * classes + class as usize] = sums.exposed;
        }
        let [near, far] = self.interface;
        tallies.interface_near = in_both_senses(near, classes);
        tallies.interface_far = in_both_senses(far, classes);
        SlabSums {
            tallies,
            ids: self.keys.ids,
            hull_points: self.hull_points,
        }
    }
}

/// Crossings from one class to another, of each slot, become those between both.
fn in_both_senses(mut interface: Vec<i64>, classes: usize) -> Vec<i64> {
    for slot in interface.chunks_exact_mut(classes * classes) {
        for a in 0..classes {
            for b in 0..a {
                let sum = slot[a * classes + b] + slot[b * classes + a];
                slot[a * classes + b] = sum;
                slot[b * classes + a] = sum;
            }
        }
    }
    interface
}

/// The sums that crossings of one step add to.
struct Crossings<'a> {
    step: &'a Step,
    classes: usize,
    pairs: &'a [(u32, u32)],
    sums: &'a mut [KeySums],
    interface: &'a mut [i64],
}

impl Crossings<'_> {
    /// Adds the crossing between two voxels of these numbers, which are not alike.
    #[inline]
    fn add(&mut self, a: u32, b: u32) {
        let (a, b) = (a as usize, b as usize);
        let units = self.step.units;
        let (of_a, of_b) = (self.pairs[a], self.pairs[b]);
        if of_a.0 == of_b.0 {
            let row = of_a.0 as usize * self.classes + of_a.1 as usize;
            self.interface[row * self.classes + of_b.1 as usize] += units;
        } else if !self.step.is_near {
            self.sums[a].far += units;
            self.sums[b].far += units;
        } else if a == 0 || b == 0 {
            // What is added to nothing is nowhere asked for.
            self.sums[a].exposed += units;
            self.sums[b].exposed += units;
        } else {
            self.sums[a].touching += units;
            self.sums[b].touching += units;
        }
    }

    /// Adds a crossing for every voxel whose partner lies outside the volume.
    fn add_cut(&mut self, keys: &[u32]) {
        for &key in keys {
            let sums = &mut self.sums[key as usize];
            if self.step.is_near {
                sums.touching += self.step.units;
            } else {
                sums.far += self.step.units;
            }
        }
    }
}
