use std::collections::HashMap;

use super::SparseLabels;

/// Which labels lie in which part of a volume, so that a box costs what it holds, however many labels there
/// are.
pub(crate) struct LabelCells {
    /// Sides of a cell, voxels.
    sides: [usize; 3],
    /// Numbers of the labels in every cell, rising.
    cells: HashMap<[usize; 3], Vec<usize>>,
}

impl LabelCells {
    /// All labels, in cells of those `sides`.
    pub fn new(labels: &SparseLabels, sides: [usize; 3]) -> Self {
        let mut cells: HashMap<_, Vec<usize>> = HashMap::new();
        for (i, voxel) in labels.voxels.iter().enumerate() {
            let cell = std::array::from_fn(|axis| voxel[axis] as usize / sides[axis]);
            cells.entry(cell).or_default().push(i);
        }
        Self { sides, cells }
    }

    /// Numbers of the labels in a box and some around it, rising; the box may reach beyond the volume.
    pub fn near(&self, corner: [i64; 3], shape: [usize; 3]) -> Vec<usize> {
        let cells = self.cells_of(corner, shape);
        let mut numbers: Vec<usize> = cells
            .filter_map(|cell| self.cells.get(&cell))
            .flatten()
            .copied()
            .collect();
        numbers.sort_unstable();
        numbers
    }

    /// Takes out the labels of a box that are `wanted`; their numbers, rising.
    pub fn take(
        &mut self,
        corner: [i64; 3],
        shape: [usize; 3],
        wanted: impl Fn(usize) -> bool,
    ) -> Vec<usize> {
        let mut taken = Vec::new();
        for cell in self.cells_of(corner, shape) {
            if let Some(numbers) = self.cells.get_mut(&cell) {
                numbers.retain(|&i| {
                    let takes = wanted(i);
                    if takes {
                        taken.push(i);
                    }
                    !takes
                });
            }
        }
        taken.sort_unstable();
        taken
    }

    /// The cells that a box lies in.
    fn cells_of(
        &self,
        corner: [i64; 3],
        shape: [usize; 3],
    ) -> impl Iterator<Item = [usize; 3]> + use<> {
        let [z, y, x] = std::array::from_fn(|axis| {
            let end = (corner[axis] + shape[axis] as i64).max(1) as usize;
            corner[axis].max(0) as usize / self.sides[axis]..=(end - 1) / self.sides[axis]
        });
        z.flat_map(move |z| {
            let x = x.clone();
            y.clone()
                .flat_map(move |y| x.clone().map(move |x| [z, y, x]))
        })
    }
}
