use super::bit_rows::{BitRows, for_each_run_of_word};
use super::contacts::{join_equal, join_foreground};
use super::voxel::Voxel;
use super::write::{PADDING, write_row};
use super::{Connectivity, Values, union_find};

/// Components of a slab of whole slices, by its runs.
pub(super) struct SlabComponents {
    pub(super) rows: BitRows,
    /// Component of each run; both count from 1, components in the order of their first voxel
    /// within the slab. What stands at 0 and past the last run is background.
    pub(super) component: Vec<u32>,
    pub(super) count: u32,
}

/// Which voxels belong together, and the bundles that these rules allow.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(super) connectivity: Connectivity,
    pub(super) values: Values,
}

impl Rules {
    pub(super) fn new(connectivity: Connectivity, values: Values) -> Self {
        Self {
            connectivity,
            values,
        }
    }

    /// Edge of a bundle whose every column is connected, and connected to the next.
    pub(super) fn bundle_edge(self) -> usize {
        match (self.connectivity, self.values) {
            (Connectivity::TwentySix, Values::Binary) => 2,
            _ => 1,
        }
    }
}

impl SlabComponents {
    /// Labels `slab`, slices of `ny` rows of `nx` voxels.
    pub(super) fn of<T: Voxel>(slab: &[T], shape: (usize, usize), rules: Rules) -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("bmi1")
            && std::arch::is_x86_feature_detected!("bmi2")
            && std::arch::is_x86_feature_detected!("popcnt")
        {
            // SAFETY: the processor has what the function is compiled for.
            return unsafe { Self::with_bit_instructions(slab, shape, rules) };
        }
        Self::with_any_instructions(slab, shape, rules)
    }

    /// Bits are counted, found and cut off by one instruction each.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
    fn with_bit_instructions<T: Voxel>(slab: &[T], shape: (usize, usize), rules: Rules) -> Self {
        Self::with_any_instructions(slab, shape, rules)
    }

    /// Inlined, as is all that it calls for each word, so that it is compiled for the instructions
    /// of its caller.
    #[inline(always)]
    fn with_any_instructions<T: Voxel>(slab: &[T], (ny, nx): (usize, usize), rules: Rules) -> Self {
        let nz = slab.len() / (ny * nx);
        let mut rows = BitRows::new([nz, ny, nx], rules.bundle_edge());
        let mut parent = vec![0];
        let mut known = vec![0; rows.words];
        // Voxels count where bundles are rows, and layers slices.
        let layer = |bz: usize| &slab[bz * ny * nx..];
        for bz in 0..rows.bundles_z() {
            for by in 0..rows.bundles_y() {
                rows.push_bundle(slab, rules.values);
                parent.extend(parent.len() as u32..=rows.runs());
                known.fill(0);
                for &offset in rules.connectivity.preceding_rows() {
                    let Some(other_bz) = bz.checked_add_signed(offset.1) else {
                        continue;
                    };
                    join_bundles(
                        (&rows, layer(other_bz), other_bz),
                        (&rows, layer(bz), bz),
                        (by, offset),
                        rules,
                        &mut known,
                        |a, b| union_find::union(&mut parent, a, b),
                    );
                }
            }
        }
        let sets = if rules.bundle_edge() == 1 {
            union_find::number_sets(&mut parent)
        } else {
            number_by_first_voxel(&rows, &mut parent)
        };
        parent.extend([0; PADDING]);
        // Many slabs are kept for a while.
        parent.shrink_to_fit();
        Self {
            rows,
            component: parent,
            count: sets - 1,
        }
    }

    /// From the component of each run of `rows`, one of `count`.
    pub(super) fn of_runs(rows: BitRows, ids: &[u32], count: u32) -> Self {
        let component = [&[0], ids, &[0; PADDING]].concat();
        Self {
            rows,
            component,
            count,
        }
    }

    /// Writes the component of each run, which may be renumbered, to its voxels in slice `z` of the
    /// slab, where there is 0.
    pub(super) fn write_slice(&self, z: usize, slice: &mut [u32]) {
        for (y, row) in slice.chunks_exact_mut(self.rows.nx).enumerate() {
            let (set, bundle) = self.rows.row(y, z);
            write_row(row, set, bundle.starts, bundle.before, &self.component);
        }
    }

    /// Calls `join(component of above, component of self)` where `self`, which begins with the voxels
    /// of slice `first`, touches the slab above, which ends with those of slice `last`.
    pub(super) fn join_above<T: Voxel>(
        &self,
        first: &[T],
        (above, last): (&Self, &[T]),
        rules: Rules,
        mut join: impl FnMut(u32, u32),
    ) {
        let last_layer = above.rows.bundles_z() - 1;
        let mut known = vec![0; self.rows.words];
        for by in 0..self.rows.bundles_y() {
            known.fill(0);
            for &offset in rules.connectivity.preceding_rows() {
                if offset.1 == 0 {
                    continue;
                }
                join_bundles(
                    (&above.rows, last, last_layer),
                    (&self.rows, first, 0),
                    (by, offset),
                    rules,
                    &mut known,
                    |a, b| join(above.component[a as usize], self.component[b as usize]),
                );
            }
        }
    }
}

/// Joins the runs of bundle `by` of layer `b` with those of the bundle `offset` away, in layer `a`; each
/// comes with the voxels of its layer.
#[inline(always)]
fn join_bundles<T: Voxel>(
    (a, a_voxels, a_layer): (&BitRows, &[T], usize),
    (b, b_voxels, b_layer): (&BitRows, &[T], usize),
    (by, (dy, dz, diagonal)): (usize, (isize, isize, bool)),
    rules: Rules,
    known: &mut [u64],
    join: impl FnMut(u32, u32),
) {
    let Some(other) = by
        .checked_add_signed(dy)
        .filter(|&other| other < b.bundles_y())
    else {
        return;
    };
    let (a_side, b_side) = (
        a.side((other, a_layer), (-dy, -dz)),
        b.side((by, b_layer), (dy, dz)),
    );
    match (rules.values, diagonal) {
        (Values::Binary, false) => join_foreground::<false>(&a_side, &b_side, join),
        (Values::Binary, true) => join_foreground::<true>(&a_side, &b_side, join),
        (Values::Multi, _) => {
            let (a, b) = (
                (&a_side, a.voxels_of_row(a_voxels, other)),
                (&b_side, b.voxels_of_row(b_voxels, by)),
            );
            // With 26 neighbours the voxel above is one of all others that precede a voxel.
            let is_above = rules.connectivity == Connectivity::TwentySix && dy == 0;
            if diagonal {
                join_equal::<T, true>(a, b, known, is_above, join);
            } else {
                join_equal::<T, false>(a, b, known, is_above, join);
            }
        }
    }
}

/// Replaces each parent by the number of its set, counted from 0 in the order of the first voxels
/// of the sets; returns how many there are.
///
/// The runs of bundles are not in the order of their first voxels.
#[inline(always)]
fn number_by_first_voxel(rows: &BitRows, parent: &mut [u32]) -> u32 {
    const NONE: u32 = u32::MAX;
    union_find::point_to_roots(parent);
    let mut number = vec![NONE; parent.len()];
    number[0] = 0;
    let mut sets = 1;
    for z in 0..rows.nz {
        for y in 0..rows.ny {
            let (set, bundle) = rows.row(y, z);
            for word in 0..set.len() {
                let (starts, before) = (bundle.starts[word], bundle.before[word]);
                for_each_run_of_word(set[word], starts, before, |run, _| {
                    let number = &mut number[parent[run as usize] as usize];
                    if *number == NONE {
                        *number = sets;
                        sets += 1;
                    }
                });
            }
        }
    }
    for parent in parent {
        *parent = number[*parent as usize];
    }
    sets
}
