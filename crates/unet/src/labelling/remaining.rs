use super::{LabelCells, SparseLabels};

/// Labels that are taken box by box.
pub(crate) struct Remaining<'a> {
    labels: &'a SparseLabels,
    cells: LabelCells,
    is_taken: Vec<bool>,
    /// All before this one are taken.
    first: usize,
}

impl<'a> Remaining<'a> {
    /// All labels; boxes have about those sides.
    pub fn new(labels: &'a SparseLabels, sides: [usize; 3]) -> Self {
        Self {
            labels,
            cells: LabelCells::new(labels, sides),
            is_taken: vec![false; labels.voxels.len()],
            first: 0,
        }
    }

    /// The voxel of the first label that is left.
    pub fn first(&mut self) -> Option<[u32; 3]> {
        while *self.is_taken.get(self.first)? {
            self.first += 1;
        }
        Some(self.labels.voxels[self.first])
    }

    /// Takes the labels that are `wanted` in a box, which may reach beyond the volume; they keep their order.
    pub fn take(
        &mut self,
        corner: [i64; 3],
        shape: [usize; 3],
        wanted: impl Fn(&[u32; 3]) -> bool,
    ) -> SparseLabels {
        let labels = self.labels;
        let numbers = self
            .cells
            .take(corner, shape, |i| wanted(&labels.voxels[i]));
        let mut taken = SparseLabels::none(labels.classes);
        for i in numbers {
            self.is_taken[i] = true;
            taken.push(labels.voxels[i], labels.weights[i], labels.shares_of(i));
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_take_what_they_hold_once_and_in_order() {
        let mut labels = SparseLabels::none(1);
        for i in 0..600_u32 {
            let voxel = [i % 7, i * 31 % 50, i * 17 % 40];
            labels.push(voxel, i as f32, &[1.0]);
        }
        let mut left: Vec<usize> = (0..600).collect();
        let mut remaining = Remaining::new(&labels, [4, 16, 9]);
        let cells = LabelCells::new(&labels, [4, 16, 9]);
        let shape = [5, 20, 11];
        while let Some(first) = remaining.first() {
            assert_eq!(first, labels.voxels[left[0]]);
            let corner = first.map(|p| i64::from(p) - 3);
            let wanted = |voxel: &[u32; 3]| {
                (0..3).all(|axis| {
                    let off = i64::from(voxel[axis]) - corner[axis];
                    (1..shape[axis] as i64).contains(&off)
                })
            };
            let (taken, others): (Vec<usize>, Vec<usize>) =
                left.iter().partition(|&&i| wanted(&labels.voxels[i]));
            let near = cells.near(corner, shape);
            assert!(near.is_sorted() && taken.iter().all(|i| near.contains(i)));
            let found = remaining.take(corner, shape, wanted);
            let expected: Vec<f32> = taken.iter().map(|&i| i as f32).collect();
            assert_eq!(found.weights, expected);
            left = others;
        }
        assert!(left.is_empty());
    }
}
