use corelith_core::{Cancelled, Progress, Volume};
use rayon::prelude::*;

use super::directions::{Direction, directions};
use crate::imaging::components::{Moments, for_each_run, for_each_set, pack};
use crate::imaging::convex_hull::planar_hull;

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

/// Sums of some particles, one slot each.
struct Tallies {
    classes: usize,
    moments: Vec<Moments>,
    /// Crossings between voxels one step apart, weighted, in units.
    near: Vec<i64>,
    /// Crossings between voxels two steps apart.
    far: Vec<i64>,
    /// Voxels a class.
    voxels: Vec<u64>,
    /// Crossings from a class to background, one step apart.
    exposed: Vec<i64>,
    /// Crossings between two classes of the particle, one step apart; `classes x classes`.
    interface_near: Vec<i64>,
    /// The same two steps apart.
    interface_far: Vec<i64>,
}

impl Tallies {
    fn new(classes: usize, slots: usize) -> Self {
        let mut tallies = Self {
            classes,
            moments: Vec::new(),
            near: Vec::new(),
            far: Vec::new(),
            voxels: Vec::new(),
            exposed: Vec::new(),
            interface_near: Vec::new(),
            interface_far: Vec::new(),
        };
        tallies.resize(slots);
        tallies
    }

    fn resize(&mut self, slots: usize) {
        self.moments.resize(slots, Moments::default());
        self.near.resize(slots, 0);
        self.far.resize(slots, 0);
        self.voxels.resize(slots * self.classes, 0);
        self.exposed.resize(slots * self.classes, 0);
        let cells = slots * self.classes * self.classes;
        self.interface_near.resize(cells, 0);
        self.interface_far.resize(cells, 0);
    }

    /// Adds slot `from` of `other` to slot `to`.
    fn merge(&mut self, to: usize, other: &Self, from: usize) {
        fn add<T: Copy + std::ops::AddAssign>(
            to: &mut [T],
            from: &[T],
            slots: (usize, usize),
            n: usize,
        ) {
            let from = &from[slots.1 * n..(slots.1 + 1) * n];
            for (a, b) in to[slots.0 * n..(slots.0 + 1) * n].iter_mut().zip(from) {
                *a += *b;
            }
        }
        let (slots, classes) = ((to, from), self.classes);
        self.moments[to].merge(&other.moments[from]);
        add(&mut self.near, &other.near, slots, 1);
        add(&mut self.far, &other.far, slots, 1);
        add(&mut self.voxels, &other.voxels, slots, classes);
        add(&mut self.exposed, &other.exposed, slots, classes);
        for (to, from) in [
            (&mut self.interface_near, &other.interface_near),
            (&mut self.interface_far, &other.interface_far),
        ] {
            add(to, from, slots, classes * classes);
        }
    }
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
            let mut slab = Slab::new(particles, phases, classes, &steps, largest);
            for z in start..(start + slices).min(nz) {
                progress.check()?;
                slab.add_slice(z);
                progress.advance(1);
            }
            Ok(slab)
        })
        .collect::<Result<Vec<Slab>, Cancelled>>()?;

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

/// From a voxel to its partner.
struct Step {
    vector: [isize; 3],
    is_near: bool,
    /// Units of one crossing.
    units: i64,
}

impl Step {
    fn new(direction: &Direction, times: i32, unit_um2: f64) -> Self {
        Self {
            vector: direction.step.map(|d| (d * times) as isize),
            is_near: times == 1,
            units: (direction.area_um2 / unit_um2).round() as i64,
        }
    }
}

/// Sums over some slices.
struct Slab<'a> {
    particles: &'a Volume<u32>,
    phases: &'a Volume<u8>,
    steps: &'a [Step],
    tallies: Tallies,
    /// Particle of each slot.
    ids: Vec<u32>,
    /// Slot of each particle plus 1; 0 for none yet.
    slot_of_id: Vec<u32>,
    hull_points: Vec<(u32, [u32; 3])>,
}

impl<'a> Slab<'a> {
    fn new(
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

    fn add_slice(&mut self, z: usize) {
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
