use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::map::categories::Categories;
use crate::map::sections::Sections;

/// Sections above this area, in squared mean chords, are parted: in dense samples most touch.
const PARTED_CHORDS: f64 = 2.0;
/// Side of the parts of large sections and of resin, in mean chords.
const TILE_CHORDS: f64 = 1.0;
/// Width of the rim that goes with a section, in voxels: about as far as the CT's blur reaches.
const RIM_VOX: f64 = 1.5;

/// Smaller units that do not fit are not told of.
const LEAST_MISFIT_PX: f64 = 20.0;

/// The parts of a map that vote for or against a pose, each as a whole: sections of particles with
/// the rim about them, and resin of about the size of a particle between them. Damage takes all of
/// a unit or leaves it: a particle is torn out or is not.
#[derive(Debug)]
pub(crate) struct Units {
    /// The unit of every pixel.
    pub of_pixel: Vec<u32>,
    /// One entry a unit.
    pub kinds: Vec<UnitKind>,
}

/// A part of the map that does not fit the CT.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Misfit {
    /// What the map shows there.
    pub shows: UnitKind,
    /// Mean column of its pixels.
    pub col: f64,
    /// Mean row of its pixels.
    pub row: f64,
    /// Its pixels.
    pub area_px: usize,
}

/// What a unit shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// The section of a particle, or a part of a large one. Where it does not fit, the CT shows
    /// something else: a particle that was pressed in, or a mineral that the CT has elsewhere.
    Section,
    /// Resin. Where it does not fit, the CT shows a particle: one that was torn out.
    Resin,
}

impl Units {
    pub fn of(categories: &Categories, sections: &Sections, pixel_vox: f64) -> Self {
        let (rows, cols) = (categories.raster.rows(), categories.raster.cols());
        let chord_px = categories.chord_px().min(rows.max(cols) as f64).max(4.0);
        let tile_px = (TILE_CHORDS * chord_px).ceil().max(4.0) as usize;
        let tile_cols = cols.div_ceil(tile_px);
        let tile = |i: usize| (i / cols / tile_px * tile_cols + i % cols / tile_px) as u64;
        let mut areas = vec![0usize; sections.count];
        for i in 0..rows * cols {
            if categories.is_solid(i) {
                areas[sections.nearest[i] as usize] += 1;
            }
        }
        let rim = within_rim(categories, (RIM_VOX / pixel_vox).round() as u16);
        let parted =
            |section: u32| areas[section as usize] as f64 > PARTED_CHORDS * chord_px * chord_px;
        // Section and tile, each plus one where they count.
        let keys: Vec<(u64, u64)> = (0..rows * cols)
            .map(|i| {
                if !rim[i] {
                    return (0, tile(i) + 1);
                }
                let section = sections.nearest[i];
                let tile = if parted(section) { tile(i) + 1 } else { 0 };
                (u64::from(section) + 1, tile)
            })
            .collect();
        let mut distinct = keys.clone();
        distinct.sort_unstable();
        distinct.dedup();
        Self {
            of_pixel: keys
                .iter()
                .map(|key| distinct.binary_search(key).unwrap_or(0) as u32)
                .collect(),
            kinds: distinct
                .iter()
                .map(|&(section, _)| match section {
                    0 => UnitKind::Resin,
                    _ => UnitKind::Section,
                })
                .collect(),
        }
    }
}

impl Units {
    /// The units that `fits` says no of, specks left out, and the share of the area of all that it
    /// says something of; `cols` pixels a row.
    pub fn misfits(&self, fits: &[Option<bool>], cols: usize) -> (Vec<Misfit>, f64) {
        let mut sums = vec![[0.0f64; 3]; self.kinds.len()];
        for (i, &unit) in self.of_pixel.iter().enumerate() {
            let sum = &mut sums[unit as usize];
            sum[0] += 1.0;
            sum[1] += (i % cols) as f64;
            sum[2] += (i / cols) as f64;
        }
        let area = |wanted: Option<bool>| -> f64 {
            let of = sums.iter().zip(fits).filter(|(_, fits)| **fits == wanted);
            of.map(|(sum, _)| sum[0]).sum()
        };
        let (against, all) = (area(Some(false)), area(Some(false)) + area(Some(true)));
        let misfits = (0..self.kinds.len())
            .filter(|&unit| fits.get(unit) == Some(&Some(false)))
            .filter(|&unit| sums[unit][0] >= LEAST_MISFIT_PX)
            .map(|unit| Misfit {
                shows: self.kinds[unit],
                col: sums[unit][1] / sums[unit][0],
                row: sums[unit][2] / sums[unit][0],
                area_px: sums[unit][0] as usize,
            })
            .collect();
        (misfits, if all > 0.0 { against / all } else { 0.0 })
    }
}

/// Whether each pixel is solid or at most `reach` steps along rows and columns from solid.
fn within_rim(categories: &Categories, reach: u16) -> Vec<bool> {
    let (rows, cols) = (categories.raster.rows(), categories.raster.cols());
    let mut steps = vec![u16::MAX; rows * cols];
    let mut queue: VecDeque<usize> = (0..rows * cols)
        .filter(|&i| categories.is_solid(i))
        .collect();
    for &i in &queue {
        steps[i] = 0;
    }
    while let Some(i) = queue.pop_front() {
        let next = steps[i] + 1;
        if next > reach {
            continue;
        }
        let (row, col) = (i / cols, i % cols);
        let neighbours = [
            (row > 0).then(|| i - cols),
            (row + 1 < rows).then(|| i + cols),
            (col > 0).then(|| i - 1),
            (col + 1 < cols).then(|| i + 1),
        ];
        for k in neighbours.into_iter().flatten() {
            if steps[k] > next {
                steps[k] = next;
                queue.push_back(k);
            }
        }
    }
    steps.iter().map(|&s| s <= reach).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use corelith_core::Raster;

    #[test]
    fn sections_and_resin_vote_apart_and_large_sections_in_parts() {
        // Two small squares, and a long bar below.
        let classes = Raster::from_fn(60, 120, |col, row| {
            let square = |from: usize| (from..from + 10).contains(&col) && (10..20).contains(&row);
            u8::from(square(10) || square(60) || (36..48).contains(&row))
        });
        let categories = Categories::ranked(&classes, 0);
        let sections = Sections::of(&categories);
        let units = Units::of(&categories, &sections, 1.0);
        let at = |col: usize, row: usize| units.of_pixel[row * 120 + col];
        let kind = |col: usize, row: usize| units.kinds[at(col, row) as usize];
        assert_eq!(kind(15, 15), UnitKind::Section);
        assert_eq!(at(15, 15), at(10, 19), "a section is one unit");
        assert_eq!(at(15, 15), at(15, 21), "with its rim");
        assert_ne!(at(15, 15), at(65, 15));
        assert_eq!(kind(40, 5), UnitKind::Resin);
        assert_ne!(at(2, 40), at(115, 40), "a large section is parted");
        assert_eq!(kind(2, 40), UnitKind::Section);
    }
}
