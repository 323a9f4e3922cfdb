use corelith_core::Volume;

use super::directions::Direction;
use super::tallies::Tallies;
use crate::imaging::components::{for_each_run, for_each_set, pack};
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
    particles: &'a Volume<u32>,
    phases: &'a Volume<u8>,
    steps: &'a [Step],
    pub(super) tallies: Tallies,
    /// Particle of each slot.
    pub(super) ids: Vec<u32>,
    /// Slot of each particle plus 1; 0 for none yet.
    slot_of_id: Vec<u32>,
    pub(super) hull_points: Vec<(u32, [u32; 3])>,
}

impl<'a> Slab<'a> {
    pub(super) fn new(
        particles: &'a Volume<u32>,
        phases: &'a Volume<u8>,
        classes: usize,
        steps: &'a [Step],
        largest: usize,
    ) -> Self {
        Self {
            particles,
            phases,
            steps,
            tallies: Tallies::new(classes, 0),
            ids: Vec::new(),
            slot_of_id: vec![0; largest + 1],
            hull_points: Vec::new(),
        }
    }

    fn slot(&mut self, id: u32) -> usize {
        let known = self.slot_of_id[id as usize];
        if known != 0 {
            return known as usize - 1;
        }
        self.ids.push(id);
        self.slot_of_id[id as usize] = self.ids.len() as u32;
        self.tallies.resize(self.ids.len());
        self.ids.len() - 1
    }

    pub(super) fn add_slice(&mut self, z: usize) {
        let ny = self.particles.shape()[1];
        // Ends of runs in this slice: particle and (x, y), rows ascending.
        let mut ends: Vec<(u32, [u32; 2])> = Vec::new();
        for y in 0..ny {
            self.add_voxels(y, z, &mut ends);
            for index in 0..self.steps.len() {
                self.add_crossings(&self.steps[index], y, z);
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

    fn row(&self, y: usize, z: usize) -> std::ops::Range<usize> {
        let start = self.particles.index(0, y, z);
        start..start + self.particles.shape()[2]
    }

    fn add_voxels(&mut self, y: usize, z: usize, ends: &mut Vec<(u32, [u32; 2])>) {
        let row = self.row(y, z);
        let (labels, phases) = (
            &self.particles.data()[row.clone()],
            &self.phases.data()[row],
        );
        for_each_run(labels, |id, start, end| {
            let slot = self.slot(id);
            self.tallies.moments[slot].add_run(start, end, y as u32, z as u32);
            let classes = slot * self.tallies.classes;
            for &phase in &phases[start as usize..end as usize] {
                self.tallies.voxels[classes + usize::from(phase)] += 1;
            }
            ends.push((id, [start, y as u32]));
            if end - start > 1 {
                ends.push((id, [end - 1, y as u32]));
            }
        });
    }

    /// Adds the crossings between row `(y, z)` and the row one step further on.
    fn add_crossings(&mut self, step: &Step, y: usize, z: usize) {
        let [nz, ny, nx] = self.particles.shape();
        let [dx, dy, dz] = step.vector;
        let here = self.row(y, z);
        let labels = self.particles.data();
        let outside = |y: Option<usize>, z: Option<usize>| {
            y.is_none_or(|y| y >= ny) || z.is_none_or(|z| z >= nz)
        };
        // Beyond the faces of the volume lies no particle: what they cut is surface too.
        if outside(y.checked_add_signed(-dy), z.checked_add_signed(-dz)) {
            self.add_cut(step, &labels[here.clone()]);
        }
        if outside(y.checked_add_signed(dy), z.checked_add_signed(dz)) {
            self.add_cut(step, &labels[here]);
            return;
        }
        let there = self.row(y.wrapping_add_signed(dy), z.wrapping_add_signed(dz));
        let shift = dx.unsigned_abs().min(nx);
        let (a_skip, b_skip) = if dx < 0 { (shift, 0) } else { (0, shift) };
        let length = nx - shift;
        let a = here.start + a_skip..here.start + a_skip + length;
        let b = there.start + b_skip..there.start + b_skip + length;
        self.add_cut(step, &labels[here.start..a.start]);
        self.add_cut(step, &labels[a.end..here.end]);
        self.add_cut(step, &labels[there.start..b.start]);
        self.add_cut(step, &labels[b.end..there.end]);

        let (a_labels, b_labels) = (&labels[a.clone()], &labels[b.clone()]);
        let (a_phases, b_phases) = (&self.phases.data()[a], &self.phases.data()[b]);
        for start in (0..length).step_by(64) {
            let end = (start + 64).min(length);
            let differ = differing(&a_labels[start..end], &b_labels[start..end])
                | differing(&a_phases[start..end], &b_phases[start..end]);
            for_each_set(differ, |i| {
                let i = start + i as usize;
                self.add_crossing(
                    step,
                    (a_labels[i], usize::from(a_phases[i])),
                    (b_labels[i], usize::from(b_phases[i])),
                );
            });
        }
    }

    #[inline]
    fn add_crossing(&mut self, step: &Step, a: (u32, usize), b: (u32, usize)) {
        let classes = self.tallies.classes;
        if a.0 == b.0 {
            if a.0 != 0 {
                let slot = self.slot(a.0) * classes * classes;
                let sum = if step.is_near {
                    &mut self.tallies.interface_near
                } else {
                    &mut self.tallies.interface_far
                };
                sum[slot + a.1 * classes + b.1] += step.units;
                sum[slot + b.1 * classes + a.1] += step.units;
            }
            return;
        }
        for ((id, class), (other, _)) in [(a, b), (b, a)] {
            if id == 0 {
                continue;
            }
            let slot = self.slot(id);
            if step.is_near {
                self.tallies.near[slot] += step.units;
                if other == 0 {
                    self.tallies.exposed[slot * classes + class] += step.units;
                }
            } else {
                self.tallies.far[slot] += step.units;
            }
        }
    }

    /// Adds a crossing for every voxel whose partner lies outside the volume.
    fn add_cut(&mut self, step: &Step, labels: &[u32]) {
        for &id in labels {
            if id != 0 {
                let slot = self.slot(id);
                let sum = if step.is_near {
                    &mut self.tallies.near
                } else {
                    &mut self.tallies.far
                };
                sum[slot] += step.units;
            }
        }
    }
}

/// Bits of the places at which two stretches of at most 64 values differ.
#[inline]
fn differing<T: PartialEq>(a: &[T], b: &[T]) -> u64 {
    if let (Ok(a), Ok(b)) = (<&[T; 64]>::try_from(a), <&[T; 64]>::try_from(b)) {
        pack(|i| a[i] != b[i])
    } else {
        a.iter()
            .zip(b)
            .enumerate()
            .fold(0, |bits, (i, (a, b))| bits | u64::from(a != b) << i)
    }
}
