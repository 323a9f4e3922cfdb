use serde::{Deserialize, Serialize};

use crate::imaging::components::Moments;

/// Sums of some particles, one slot each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tallies {
    pub(super) classes: usize,
    pub(super) moments: Vec<Moments>,
    /// Crossings between voxels one step apart, weighted, in units.
    pub(super) near: Vec<i64>,
    /// Crossings between voxels two steps apart.
    pub(super) far: Vec<i64>,
    /// Voxels a class.
    pub(super) voxels: Vec<u64>,
    /// Crossings from a class to background, one step apart.
    pub(super) exposed: Vec<i64>,
    /// Crossings between two classes of the particle, one step apart; `classes x classes`.
    pub(super) interface_near: Vec<i64>,
    /// The same two steps apart.
    pub(super) interface_far: Vec<i64>,
}

impl Tallies {
    pub(super) fn new(classes: usize, slots: usize) -> Self {
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

    pub(super) fn resize(&mut self, slots: usize) {
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
    pub(super) fn merge(&mut self, to: usize, other: &Self, from: usize) {
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
