use std::collections::VecDeque;

use crate::map::categories::Categories;

/// The sections of particles that a map shows: connected parts of what is not background.
#[derive(Debug)]
pub(crate) struct Sections {
    /// Number of sections.
    pub count: usize,
    /// The section that each pixel belongs to, or is nearest to; empty when there is none.
    pub nearest: Vec<u32>,
    /// So many sections of equal area would be as uneven: the squared sum of the areas over the
    /// sum of their squares. Specks hardly count.
    pub effective: f64,
}

impl Sections {
    pub fn of(categories: &Categories) -> Self {
        let raster = &categories.raster;
        let (rows, cols) = (raster.rows(), raster.cols());
        let solid = |i: usize| categories.is_solid(i);
        let neighbours = |i: usize| {
            let (row, col) = (i / cols, i % cols);
            [
                (row > 0).then(|| i - cols),
                (row + 1 < rows).then(|| i + cols),
                (col > 0).then(|| i - 1),
                (col + 1 < cols).then(|| i + 1),
            ]
            .into_iter()
            .flatten()
        };
        const NONE: u32 = u32::MAX;
        let mut nearest = vec![NONE; rows * cols];
        let mut count = 0;
        let mut queue = VecDeque::new();
        let (mut area, mut squares) = (0.0, 0.0);
        for seed in 0..rows * cols {
            if !solid(seed) || nearest[seed] != NONE {
                continue;
            }
            nearest[seed] = count;
            queue.push_back(seed);
            let mut pixels = 0.0;
            while let Some(i) = queue.pop_front() {
                pixels += 1.0;
                for k in neighbours(i) {
                    if solid(k) && nearest[k] == NONE {
                        nearest[k] = count;
                        queue.push_back(k);
                    }
                }
            }
            count += 1;
            area += pixels;
            squares += pixels * pixels;
        }
        if count == 0 {
            return Self {
                count: 0,
                nearest: Vec::new(),
                effective: 0.0,
            };
        }
        // All sections grow at once into the background.
        queue.extend((0..rows * cols).filter(|&i| nearest[i] != NONE));
        while let Some(i) = queue.pop_front() {
            for k in neighbours(i) {
                if nearest[k] == NONE {
                    nearest[k] = nearest[i];
                    queue.push_back(k);
                }
            }
        }
        Self {
            count: count as usize,
            nearest,
            effective: area * area / squares,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use corelith_core::{Mineral, Minerals, Raster};

    #[test]
    fn background_goes_to_the_nearest_section() {
        let mineral = |name: &str, grey| Mineral {
            name: name.to_owned(),
            rgb: [grey; 3],
            density_g_cm3: None,
        };
        let rows = vec![mineral("resin", 0), mineral("a", 1), mineral("b", 2)];
        let minerals = Minerals::new(rows, "resin").unwrap();
        let classes = Raster::new(vec![1, 2, 0, 0, 0, 0, 1], 1, 7).unwrap();
        let sections = Sections::of(&Categories::of(&classes, &minerals));
        assert_eq!(sections.count, 2);
        assert_eq!(sections.nearest[..4], [0, 0, 0, 0]);
        assert_eq!(sections.nearest[5..], [1, 1]);
        assert_eq!(sections.effective, 9.0 / 5.0);
        let blank = Raster::filled(2, 2, 0);
        assert_eq!(Sections::of(&Categories::of(&blank, &minerals)).count, 0);
    }
}
