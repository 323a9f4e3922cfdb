use corelith_core::LabelError;

use super::union_find;

/// Components of a volume that was labelled slab by slab: joins those that touch across seams
/// and numbers the result.
pub(super) struct Seams {
    /// First provisional number of each slab.
    bases: Vec<u32>,
    parent: Vec<u32>,
}

impl Seams {
    /// From the number of components of each slab, in order.
    pub(super) fn new(counts: impl IntoIterator<Item = u32>) -> Result<Self, LabelError> {
        let mut bases = Vec::new();
        let mut total = 0u32;
        for count in counts {
            bases.push(total);
            total = total
                .checked_add(count)
                .filter(|&sum| sum < u32::MAX)
                .ok_or(LabelError)?;
        }
        Ok(Self {
            bases,
            parent: (0..total).collect(),
        })
    }

    /// Joins component `a` of slab `slab` with component `b` of the next slab, counted from 1.
    pub(super) fn join(&mut self, slab: usize, a: u32, b: u32) {
        let (a, b) = (self.bases[slab] + a - 1, self.bases[slab + 1] + b - 1);
        union_find::union(&mut self.parent, a, b);
    }

    /// Numbers the joined components.
    ///
    /// Slabs follow each other in storage order and number their components by first voxel, and
    /// the smallest member is the root, so the order of the roots is the order of first voxels.
    pub(super) fn finish(mut self) -> Numbering {
        let count = union_find::number_sets(&mut self.parent);
        Numbering {
            bases: self.bases,
            number: self.parent,
            count,
        }
    }
}

/// Final ids of the components of every slab.
pub(super) struct Numbering {
    bases: Vec<u32>,
    number: Vec<u32>,
    pub(super) count: u32,
}

impl Numbering {
    /// Replaces components of slab `slab`, counted from 1, by their final ids; 0 stays.
    pub(super) fn renumber(&self, slab: usize, components: &mut [u32]) {
        let number = &self.number[self.bases[slab] as usize..];
        for component in components {
            if let Some(index) = component.checked_sub(1) {
                *component = number[index as usize] + 1;
            }
        }
    }
}
