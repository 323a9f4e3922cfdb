use corelith_core::{Minerals, RangedSettings as _, Raster};
use rustc_hash::FxHashMap;

use super::profiles::{NONE, neighbours, pieces_of};
use super::{Section, Settings, StereologyError};
use crate::imaging::faces::heirs_of_small;

/// Classes of a section once grains below a size are given to what surrounds them.
pub(super) struct WithoutSmallGrains {
    /// Row of the mineral list at every pixel.
    pub(super) classes: Vec<u8>,
    /// Pixels of each class that became another.
    pub(super) pixels_taken: Vec<u64>,
}

/// Gives every grain of less than `smallest_px` pixels to the grain of its profile with which it
/// shares the longest border, smallest first. A grain is a connected piece (4 neighbours) of one
/// mineral in one profile; one that is alone in its profile stays.
///
/// `piece` is the profile of each pixel, `NONE` where there is none.
pub(super) fn without_small_grains(
    classes: &Raster<u8>,
    piece: &[u32],
    smallest_px: f64,
    class_count: usize,
) -> WithoutSmallGrains {
    let mut cleaned = WithoutSmallGrains {
        classes: classes.data().to_vec(),
        pixels_taken: vec![0; class_count],
    };
    if smallest_px <= 1.0 {
        return cleaned;
    }
    let (cols, rows) = (classes.cols(), classes.rows());
    let before = classes.data();
    let is_one = |a: usize, b: usize| piece[a] == piece[b] && before[a] == before[b];
    // Grains count from 1.
    let mut grain = vec![0u32; before.len()];
    let (mut sizes, mut class_of_grain) = (vec![0u64], vec![0u8]);
    let mut open = Vec::new();
    for seed in 0..before.len() {
        if piece[seed] == NONE || grain[seed] != 0 {
            continue;
        }
        let number = sizes.len() as u32;
        let mut pixels = 0;
        grain[seed] = number;
        open.push(seed);
        while let Some(at) = open.pop() {
            pixels += 1;
            for to in neighbours(cols, rows, at).into_iter().flatten() {
                if grain[to] == 0 && is_one(seed, to) {
                    grain[to] = number;
                    open.push(to);
                }
            }
        }
        sizes.push(pixels);
        class_of_grain.push(before[seed]);
    }
    let smallest = smallest_px.ceil() as u64;
    let mut contacts: FxHashMap<u32, FxHashMap<u32, u64>> = FxHashMap::default();
    for at in (0..before.len()).filter(|&at| grain[at] != 0) {
        if sizes[grain[at] as usize] >= smallest {
            continue;
        }
        for to in neighbours(cols, rows, at).into_iter().flatten() {
            if piece[to] == piece[at] && grain[to] != grain[at] {
                let with = contacts.entry(grain[at]).or_default();
                *with.entry(grain[to]).or_default() += 1;
            }
        }
    }
    let heirs = heirs_of_small(sizes, contacts, smallest);
    for (at, class) in cleaned.classes.iter_mut().enumerate() {
        let heir = heirs[grain[at] as usize];
        if heir != 0 && class_of_grain[heir as usize] != *class {
            cleaned.pixels_taken[usize::from(*class)] += 1;
            *class = class_of_grain[heir as usize];
        }
    }
    cleaned
}

/// Area of each class that [`super::profiles`] gives to another as grains too small to be trusted,
/// in percent of the class's own area; NaN where there is none of it.
///
/// # Errors
/// Those of [`super::profiles`].
pub fn small_grains_pct(
    section: &Section,
    minerals: &Minerals,
    settings: &Settings,
) -> Result<Vec<f64>, StereologyError> {
    settings.check_ranges()?;
    section.check(minerals.len())?;
    let pieces = pieces_of(section, minerals, settings);
    let mut all = vec![0u64; minerals.len()];
    for (&class, &piece) in section.classes.data().iter().zip(&pieces.of_pixel) {
        if piece != NONE {
            all[usize::from(class)] += 1;
        }
    }
    let cleaned = without_small_grains(
        &section.classes,
        &pieces.of_pixel,
        settings.smallest_grain_px(section.pixel_um),
        minerals.len(),
    );
    let both = cleaned.pixels_taken.iter().zip(all);
    Ok(both
        .map(|(&taken, all)| 100.0 * taken as f64 / all as f64)
        .collect())
}
