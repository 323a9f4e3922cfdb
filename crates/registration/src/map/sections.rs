use std::collections::VecDeque;

use crate::map::categories::Categories;

/// Area from which a section is taken for one of several particles that touch, in squared mean
/// chords. A disc has 4 / pi of them; where sizes differ, the largest ones have several.
const TOUCHING_CHORDS: f64 = 4.0;

/// The sections of particles that a map shows: connected parts of what is not background.
#[derive(Debug)]
pub(crate) struct Sections {
    /// Number of sections.
    pub count: usize,
    /// The section that each pixel belongs to, or is nearest to; empty when there is none.
    pub nearest: Vec<u32>,
    /// Area of each, pixels.
    areas_px: Vec<f64>,
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
        let mut areas_px = Vec::new();
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
            areas_px.push(pixels);
        }
        if count == 0 {
            return Self {
                count: 0,
                nearest: Vec::new(),
                areas_px,
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
            areas_px,
        }
    }

    /// So many sections of equal area would be as uneven: the squared sum of the areas over the
    /// sum of their squares. Specks hardly count.
    pub fn effective(&self) -> f64 {
        effective(self.areas_px.iter().map(|&area| (area, 1.0)))
    }

    /// As [`Self::effective`], of particles: where those touch, a section is that of several.
    pub fn effective_particles(&self, chord_px: f64) -> f64 {
        let of_several = TOUCHING_CHORDS * chord_px * chord_px;
        effective(
            self.areas_px
                .iter()
                .map(|&area| (area, (area / of_several).ceil())),
        )
    }
}

/// From areas, each of so many equal parts.
fn effective(areas: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (sum, squares) = areas.fold((0.0, 0.0), |(sum, squares), (area, parts)| {
        (sum + area, squares + area * area / parts)
    });
    if squares > 0.0 {
        sum * sum / squares
    } else {
        0.0
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
        assert_eq!(sections.effective(), 9.0 / 5.0);
        let blank = Raster::filled(2, 2, 0);
        let blank = Sections::of(&Categories::of(&blank, &minerals));
        assert_eq!((blank.count, blank.effective()), (0, 0.0));
    }

    #[test]
    fn a_section_of_many_particles_counts_as_many() {
        // Two squares of 10 by 10, and a bar that is as large as ten of them.
        let classes = Raster::from_fn(60, 120, |col, row| {
            let square = |from: usize| (from..from + 10).contains(&col) && (10..20).contains(&row);
            u8::from(square(10) || square(60) || ((36..46).contains(&row) && col < 100))
        });
        let sections = Sections::of(&Categories::ranked(&classes, 0));
        assert!((sections.effective() - 1.41).abs() < 0.01);
        // Parts of 289 pixels at most: four of 250 beside two of 100.
        let particles = sections.effective_particles(8.5);
        assert!((particles - 1200.0f64.powi(2) / 270_000.0).abs() < 1e-9);
    }
}
