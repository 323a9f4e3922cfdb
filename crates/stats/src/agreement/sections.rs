use corelith_core::{Silent, Spacing, Volume};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::imaging::components::{ComponentsError, Connectivity, Values, label};
use crate::stereology::Section;

/// Smaller sections tell little of shapes, pixels.
const LEAST_PX: usize = 60;

/// Share of its convex hull that a section must fill to be taken for one particle's: two that touch
/// leave notches between them.
const LEAST_SOLIDITY: f64 = 0.85;

/// How well the particles of a volume agree with the sections that a mineral map shows of them.
///
/// On a map, resin parts particles more finely than a CT volume resolves. A convex section that
/// resin surrounds is one particle: where the volume has several there, too many were parted, and
/// where the particle goes on in another section, too few.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SectionAgreement {
    /// Convex sections that were looked at.
    pub sections: u64,
    /// Sum over them of the largest overlap with a particle's section (intersection over union).
    pub overlaps: f64,
}

impl SectionAgreement {
    /// Looks at every convex section of a map; `section` has the particles of the volume at its
    /// pixels ([`Section::measured`]).
    ///
    /// # Errors
    /// When the map has too many pixels to label.
    pub fn of(section: &Section, background: u8) -> Result<Self, ComponentsError> {
        let (rows, cols) = (section.classes.rows(), section.classes.cols());
        let mut solid = Volume::from_fn([1, rows, cols], Spacing::isotropic(1.0), |x, y, _| {
            u8::from(section.counted.at(x, y) && section.classes.at(x, y) != background)
        });
        fill_pores(&mut solid, section)?;
        let parts = label(&solid, Connectivity::Six, Values::Binary, &Silent)?.labels;
        let mut pixels: Vec<Vec<usize>> = Vec::new();
        let mut areas: FxHashMap<u32, usize> = FxHashMap::default();
        for (i, &part) in parts.data().iter().enumerate() {
            let particle = section.particles.data()[i];
            if section.counted.data()[i] && particle != 0 {
                *areas.entry(particle).or_default() += 1;
            }
            if part != 0 {
                let at = part as usize - 1;
                if pixels.len() <= at {
                    pixels.resize(at + 1, Vec::new());
                }
                pixels[at].push(i);
            }
        }
        let mut agreement = Self::default();
        for part in pixels.iter().filter(|part| part.len() >= LEAST_PX) {
            if part.len() as f64 >= LEAST_SOLIDITY * hull_area(part, cols) {
                agreement.sections += 1;
                agreement.overlaps += largest_overlap(part, section, &areas);
            }
        }
        Ok(agreement)
    }

    /// Mean largest overlap, 0 to 1; none without sections.
    pub fn mean_overlap(&self) -> Option<f64> {
        (self.sections > 0).then(|| self.overlaps / self.sections as f64)
    }

    /// Of two maps together.
    pub fn with(self, other: Self) -> Self {
        Self {
            sections: self.sections + other.sections,
            overlaps: self.overlaps + other.overlaps,
        }
    }
}

/// Makes solid what solid surrounds: a particle with pores is as convex as one without.
fn fill_pores(solid: &mut Volume<u8>, section: &Section) -> Result<(), ComponentsError> {
    let [_, rows, cols] = solid.shape();
    let open = solid.map(|&value| u8::from(value == 0));
    let areas = label(&open, Connectivity::TwentySix, Values::Binary, &Silent)?;
    let mut is_pore = vec![true; areas.count as usize + 1];
    for (i, &area) in areas.labels.data().iter().enumerate() {
        let (row, col) = (i / cols, i % cols);
        let at_the_rim = row == 0 || col == 0 || row + 1 == rows || col + 1 == cols;
        if at_the_rim || !section.counted.data()[i] {
            is_pore[area as usize] = false;
        }
    }
    for (value, &area) in solid.data_mut().iter_mut().zip(areas.labels.data()) {
        if area != 0 && is_pore[area as usize] {
            *value = 1;
        }
    }
    Ok(())
}

/// The largest intersection over union of these pixels with a particle.
fn largest_overlap(part: &[usize], section: &Section, areas: &FxHashMap<u32, usize>) -> f64 {
    let mut common: FxHashMap<u32, usize> = FxHashMap::default();
    for &i in part {
        let particle = section.particles.data()[i];
        if particle != 0 {
            *common.entry(particle).or_default() += 1;
        }
    }
    let overlap = |(particle, &both): (&u32, &usize)| {
        let of_particle = areas.get(particle).copied().unwrap_or(both);
        both as f64 / (part.len() + of_particle - both) as f64
    };
    common.iter().map(overlap).fold(0.0, f64::max)
}

/// Area of the convex hull of pixels, their corners included, by Andrew's monotone chain (1979).
/// Pixels are numbers in rows of `cols`, rising.
fn hull_area(pixels: &[usize], cols: usize) -> f64 {
    // Of every row the outer corners are enough.
    let mut corners: Vec<[i64; 2]> = Vec::new();
    for row in pixels.chunk_by(|a, b| a / cols == b / cols) {
        let (Some(first), Some(last)) = (row.first(), row.last()) else {
            continue;
        };
        let y = (first / cols) as i64;
        let (low, high) = ((first % cols) as i64, (last % cols) as i64 + 1);
        corners.extend([[low, y], [low, y + 1], [high, y], [high, y + 1]]);
    }
    corners.sort_unstable();
    corners.dedup();
    let cross = |o: [i64; 2], a: [i64; 2], b: [i64; 2]| {
        (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])
    };
    let chain = |points: &mut dyn Iterator<Item = [i64; 2]>| {
        let mut chain: Vec<[i64; 2]> = Vec::new();
        for point in points {
            while chain.len() > 1
                && cross(chain[chain.len() - 2], chain[chain.len() - 1], point) <= 0
            {
                chain.pop();
            }
            chain.push(point);
        }
        chain.pop();
        chain
    };
    let mut hull = chain(&mut corners.iter().copied());
    hull.extend(chain(&mut corners.iter().rev().copied()));
    let double: i64 = (0..hull.len())
        .map(|i| {
            let (a, b) = (hull[i], hull[(i + 1) % hull.len()]);
            a[0] * b[1] - a[1] * b[0]
        })
        .sum();
    0.5 * double.abs() as f64
}

#[cfg(test)]
mod tests {
    use corelith_core::Raster;

    use super::*;

    /// Two squares of 12 x 12 pixels with resin between, and an L that is not convex.
    fn section(particle: impl Fn(usize, usize) -> u32) -> Section {
        let solid = |x: usize, y: usize| {
            let square = |low: usize| (low..low + 12).contains(&x) && (4..16).contains(&y);
            let arm = (20..44).contains(&y) && (4..8).contains(&x);
            let foot = (40..44).contains(&y) && (4..30).contains(&x);
            square(4) || square(24) || arm || foot
        };
        Section {
            name: "map".to_owned(),
            classes: Raster::from_fn(50, 50, |x, y| u8::from(solid(x, y))),
            particles: Raster::from_fn(50, 50, |x, y| match solid(x, y) {
                true => particle(x, y),
                false => 0,
            }),
            counted: Raster::filled(50, 50, true),
            pixel_um: 1.0,
        }
    }

    fn mean(section: &Section) -> f64 {
        let agreement = SectionAgreement::of(section, 0).unwrap();
        assert_eq!(agreement.sections, 2, "the L is left out");
        agreement.mean_overlap().unwrap()
    }

    #[test]
    fn both_too_many_and_too_few_particles_cost() {
        let right = |x: usize, y: usize| match (x < 20, y < 18) {
            (true, true) => 1,
            (false, true) => 2,
            _ => 3,
        };
        assert_eq!(mean(&section(right)), 1.0);
        // The first square in two halves.
        let parted = |x: usize, y: usize| if x < 10 && y < 18 { 4 } else { right(x, y) };
        assert_eq!(mean(&section(parted)), 0.75);
        // Both squares in one.
        let joined = |x: usize, y: usize| right(x, y).max(2);
        assert_eq!(mean(&section(joined)), 0.5);
        assert_eq!(SectionAgreement::default().mean_overlap(), None);
    }

    #[test]
    fn a_pore_leaves_a_section_convex() {
        let mut porous = section(|x, y| if x < 20 && y < 18 { 1 } else { 2 });
        for x in 6..14 {
            for y in 6..14 {
                porous.classes.data_mut()[50 * y + x] = 0;
            }
        }
        assert_eq!(SectionAgreement::of(&porous, 0).unwrap().sections, 2);
        // What was not measured may be anything.
        porous.counted.data_mut()[50 * 10 + 10] = false;
        assert_eq!(SectionAgreement::of(&porous, 0).unwrap().sections, 1);
    }

    #[test]
    fn the_hull_of_a_square_is_the_square() {
        let square: Vec<usize> = (0..25).map(|i| (i / 5 + 2) * 40 + i % 5 + 3).collect();
        assert_eq!(hull_area(&square, 40), 25.0);
        // A triangle of steps: its hull cuts the corners off.
        let steps: Vec<usize> = (0..4)
            .flat_map(|y| (0..=y).map(move |x| y * 40 + x))
            .collect();
        assert_eq!(hull_area(&steps, 40), 10.0 + 3.0 * 0.5);
    }
}
