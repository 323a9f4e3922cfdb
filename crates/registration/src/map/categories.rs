use corelith_core::{Minerals, Raster, UNMEASURED};

use crate::placement::pose::MapPoint;
use crate::similarity::shader::CLASSES;

/// The classes, or grey levels, that a map really shows, numbered without gaps by falling
/// frequency; what is past the kernel's limit shares the last category. Pixels that are
/// [`UNMEASURED`] are of no category and keep that value.
#[derive(Debug, Clone)]
pub(crate) struct Categories {
    pub raster: Raster<u8>,
    /// Pixels of each category.
    pub counts: Vec<usize>,
    /// Category of the background, when the map shows any.
    pub background: Option<u8>,
}

impl Categories {
    /// The classes of a mineral map.
    pub fn of(classes: &Raster<u8>, minerals: &Minerals) -> Self {
        Self::ranked(classes, minerals.background())
    }

    /// From any labels, of which `background` is no particle.
    pub fn ranked(classes: &Raster<u8>, background: u8) -> Self {
        let mut frequency = [0usize; 256];
        for &class in classes.data() {
            frequency[usize::from(class)] += 1;
        }
        frequency[usize::from(UNMEASURED)] = 0;
        let mut order: Vec<usize> = (0..256).filter(|&class| frequency[class] > 0).collect();
        order.sort_by_key(|&class| std::cmp::Reverse(frequency[class]));
        let mut category_of = [UNMEASURED; 256];
        let mut counts = vec![0; order.len().min(CLASSES as usize)];
        for (rank, &class) in order.iter().enumerate() {
            let category = rank.min(CLASSES as usize - 1);
            category_of[class] = category as u8;
            counts[category] += frequency[class];
        }
        let background = usize::from(background);
        Self {
            raster: classes.map(|&class| category_of[usize::from(class)]),
            counts,
            background: (frequency[background] > 0).then_some(category_of[background]),
        }
    }

    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// The middle of the map.
    pub fn middle(&self) -> MapPoint {
        MapPoint {
            col: (self.raster.cols() as f64 - 1.0) / 2.0,
            row: (self.raster.rows() as f64 - 1.0) / 2.0,
        }
    }

    /// Whether a pixel shows a particle.
    pub fn is_solid(&self, index: usize) -> bool {
        let category = self.raster.data()[index];
        category != UNMEASURED && Some(category) != self.background
    }

    /// The most frequent category that is not the background.
    pub fn main_solid(&self) -> Option<u8> {
        (0..self.counts.len() as u8).find(|&category| Some(category) != self.background)
    }

    /// Mean length in pixels of a run of solid pixels along the rows and columns: the size of the
    /// particles as seen in the section. A run goes on behind unmeasured pixels.
    pub fn chord_px(&self) -> f64 {
        let (rows, cols) = (self.raster.rows(), self.raster.cols());
        let solid = |col: usize, row: usize| self.is_solid(row * cols + col);
        let resin = |col: usize, row: usize| Some(self.raster.at(col, row)) == self.background;
        let (mut pixels, mut starts) = (0usize, 0usize);
        for row in 0..rows {
            for col in 0..cols {
                if solid(col, row) {
                    pixels += 2;
                    starts += usize::from(col == 0 || resin(col - 1, row));
                    starts += usize::from(row == 0 || resin(col, row - 1));
                }
            }
        }
        pixels as f64 / starts.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use corelith_core::Mineral;

    #[test]
    fn categories_are_counted_by_falling_frequency() {
        let row = |name: &str, grey| Mineral {
            name: name.to_owned(),
            rgb: [grey; 3],
            density_g_cm3: None,
        };
        let minerals =
            Minerals::new(vec![row("resin", 0), row("a", 1), row("b", 2)], "resin").unwrap();
        let classes = Raster::new(vec![2, 2, 2, 0, 0, 2], 2, 3).unwrap();
        let categories = Categories::of(&classes, &minerals);
        assert_eq!(categories.raster.data(), [0, 0, 0, 1, 1, 0]);
        assert_eq!(categories.counts, [4, 2]);
        assert_eq!(categories.background, Some(1));
        assert_eq!(categories.main_solid(), Some(0));
        assert_eq!(categories.chord_px(), 8.0 / 5.0);
    }
}
