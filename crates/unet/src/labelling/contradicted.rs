//! What a map shows and the scan does not have: resin where a particle was torn out of the section,
//! particles that were pressed into it.

use std::collections::VecDeque;

use corelith_core::{PlacedMap, Raster, UNMEASURED, Volume};
use rayon::prelude::*;

/// Pixels of a class from which on its grey is known.
const LEAST_PIXELS: usize = 50;
/// Contrast of a class to resin over the spread of either, from which on the two are told apart.
const CLEAR: f32 = 3.0;
/// Median of the distances from the median, over the standard deviation, of normal numbers.
const MEDIAN_DEVIATION: f32 = 0.6745;
/// Share of a kind whose greys are beyond what a contradicted part must reach in its median: grains in
/// the resin are greyer than resin, but less than minerals.
const OUTER: f64 = 0.1;
/// How deep a part must reach, in voxels: a displacement and the blur make less.
const DEEP_VOX: f64 = 3.0;
/// What goes with a part around it, in voxels.
const RIM_VOX: f64 = 1.0;

/// Greys of a class: median, and spread.
#[derive(Clone, Copy)]
struct Grey {
    median: f32,
    spread: f32,
}

/// The map without the parts that the scan contradicts, which are not measured then, and the share of
/// the measured pixels that they take, 0 to 1. A class that looks like resin contradicts nothing.
pub(crate) fn without_contradicted(
    map: &PlacedMap,
    ct: &Volume<u16>,
    background: u8,
) -> (PlacedMap, f64) {
    let classes = map.classes.data();
    let greys = greys_at(map, ct);
    let of_classes: Vec<Option<Grey>> = (0..UNMEASURED)
        .into_par_iter()
        .map(|class| grey_of(classes, &greys, |c| c == class))
        .collect();
    let unchanged = || (map.clone(), 0.0);
    let Some(resin) = of_classes[usize::from(background)] else {
        return unchanged();
    };
    // Contrast to resin of the classes that are told apart from it.
    let contrasts: Vec<Option<f32>> = of_classes
        .iter()
        .enumerate()
        .map(|(class, grey)| {
            let grey = (*grey).filter(|_| class != usize::from(background))?;
            let contrast = grey.median - resin.median;
            (contrast.abs() > CLEAR * grey.spread.max(resin.spread)).then_some(contrast)
        })
        .collect();
    let told: Vec<f32> = contrasts.iter().flatten().copied().collect();
    let is_like = |grey: f32, contrast: f32| (grey - resin.median) / contrast > 0.5;
    let contradicted: Vec<bool> = classes
        .iter()
        .zip(&greys)
        .map(|(&class, grey)| match (grey, class) {
            (None, _) | (_, UNMEASURED) => false,
            (Some(grey), class) if class == background => {
                told.iter().any(|&contrast| is_like(*grey, contrast))
            }
            (Some(grey), class) => {
                contrasts[usize::from(class)].is_some_and(|contrast| !is_like(*grey, contrast))
            }
        })
        .collect();
    let pixel_vox = map.pixel_um / ct.spacing().x_um;
    let deep = (DEEP_VOX / pixel_vox).ceil() as u32;
    let cols = map.classes.cols();
    let depths = steps_from(&contradicted.iter().map(|c| !c).collect::<Vec<_>>(), cols);
    // Deviation from resin of the grey from which on a tenth of the resin deviates more, and from which
    // on a tenth of the solid deviates less.
    let deviation = |i: usize| greys[i].map(|grey| (grey - resin.median).abs());
    let outer = |share: f64, wanted: &dyn Fn(usize) -> bool| -> Option<f32> {
        let mut of: Vec<f32> = (0..classes.len())
            .filter(|&i| wanted(i))
            .filter_map(deviation)
            .collect();
        of.sort_by(f32::total_cmp);
        of.get((share * of.len() as f64) as usize).copied()
    };
    let of_resin = outer(1.0 - OUTER, &|i| {
        classes[i] == background && !contradicted[i]
    });
    let of_solid = outer(OUTER, &|i| {
        contrasts
            .get(usize::from(classes[i]))
            .is_some_and(Option::is_some)
            && !contradicted[i]
    });
    let (Some(of_resin), Some(of_solid)) = (of_resin, of_solid) else {
        return unchanged();
    };
    let mut out = vec![false; classes.len()];
    let mut seen = vec![false; classes.len()];
    for first in 0..classes.len() {
        if seen[first] || !contradicted[first] {
            continue;
        }
        let is_resin = classes[first] == background;
        let alike = |i: usize| contradicted[i] && (classes[i] == background) == is_resin;
        let part = part_of(first, cols, &mut seen, alike);
        let reaches = part.iter().any(|&i| depths[i] > deep);
        let mut deviations: Vec<f32> = part.iter().filter_map(|&i| deviation(i)).collect();
        deviations.sort_by(f32::total_cmp);
        let median = deviations[deviations.len() / 2];
        let plain = if is_resin {
            median >= of_solid
        } else {
            median <= of_resin
        };
        if reaches && plain {
            for i in part {
                out[i] = true;
            }
        }
    }
    let reach = (RIM_VOX / pixel_vox).round() as u32;
    let near = steps_from(&out, cols);
    let measured = classes.iter().filter(|&&class| class != UNMEASURED).count();
    let mut left_out = 0;
    let classes = Raster::from_fn(map.classes.rows(), cols, |col, row| {
        let class = map.classes.at(col, row);
        if class != UNMEASURED && near[row * cols + col] <= reach {
            left_out += 1;
            UNMEASURED
        } else {
            class
        }
    });
    let map = PlacedMap {
        classes,
        ..map.clone()
    };
    (map, left_out as f64 / measured.max(1) as f64)
}

/// Mean grey of the 27 voxels about each pixel; nothing outside of the volume.
fn greys_at(map: &PlacedMap, ct: &Volume<u16>) -> Vec<Option<f32>> {
    let shape = ct.shape();
    let [x, y, z] = map.coords_vox.each_ref().map(Raster::data);
    (0..map.classes.len())
        .into_par_iter()
        .map(|i| {
            let at = [z[i], y[i], x[i]].map(f32::round);
            let inside = at
                .iter()
                .zip(shape)
                .all(|(&at, n)| at >= 0.0 && at < n as f32);
            inside.then(|| {
                let near = |axis: usize| {
                    let at = at[axis] as usize;
                    at.saturating_sub(1)..(at + 2).min(shape[axis])
                };
                let (mut sum, mut count) = (0u32, 0u32);
                for z in near(0) {
                    for y in near(1) {
                        let row = ct.index(0, y, z);
                        for &grey in &ct.data()[row + near(2).start..row + near(2).end] {
                            sum += u32::from(grey);
                            count += 1;
                        }
                    }
                }
                sum as f32 / count as f32
            })
        })
        .collect()
}

fn grey_of(classes: &[u8], greys: &[Option<f32>], wanted: impl Fn(u8) -> bool) -> Option<Grey> {
    let mut of: Vec<f32> = classes
        .iter()
        .zip(greys)
        .filter(|(class, _)| wanted(**class))
        .filter_map(|(_, grey)| *grey)
        .collect();
    if of.len() < LEAST_PIXELS {
        return None;
    }
    of.sort_by(f32::total_cmp);
    let median = of[of.len() / 2];
    for grey in &mut of {
        *grey = (*grey - median).abs();
    }
    of.sort_by(f32::total_cmp);
    let spread = of[of.len() / 2] / MEDIAN_DEVIATION;
    Some(Grey { median, spread })
}

/// Steps along rows and columns to the nearest of these pixels.
fn steps_from(these: &[bool], cols: usize) -> Vec<u32> {
    let mut steps: Vec<u32> = these
        .iter()
        .map(|&this| if this { 0 } else { u32::MAX })
        .collect();
    let mut queue: VecDeque<usize> = (0..these.len()).filter(|&i| these[i]).collect();
    while let Some(i) = queue.pop_front() {
        for k in neighbours(i, cols, these.len()) {
            if steps[k] == u32::MAX {
                steps[k] = steps[i] + 1;
                queue.push_back(k);
            }
        }
    }
    steps
}

/// The pixels that hang together with one and are alike.
fn part_of(
    first: usize,
    cols: usize,
    seen: &mut [bool],
    alike: impl Fn(usize) -> bool,
) -> Vec<usize> {
    seen[first] = true;
    let mut part = vec![first];
    let mut at = 0;
    while at < part.len() {
        for k in neighbours(part[at], cols, seen.len()) {
            if !seen[k] && alike(k) {
                seen[k] = true;
                part.push(k);
            }
        }
        at += 1;
    }
    part
}

/// The pixels that share an edge with one.
fn neighbours(i: usize, cols: usize, count: usize) -> impl Iterator<Item = usize> {
    let col = i % cols;
    [
        (col > 0).then(|| i - 1),
        (col + 1 < cols).then(|| i + 1),
        i.checked_sub(cols),
        (i + cols < count).then_some(i + cols),
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    const SIDE: usize = 90;

    /// Discs on a grid, of class 1 or 2 by column; class 3 where it looks like resin, in the last row.
    fn class_at(col: usize, row: usize) -> u8 {
        let centre = |at: usize| (at / 30 * 30 + 15) as f64 - at as f64;
        match centre(col).hypot(centre(row)) < 10.0 {
            false => 0,
            true if row / 30 == 2 => 3,
            true => 1 + u8::from(col / 30 == 1),
        }
    }

    fn placed(classes: Raster<u8>) -> PlacedMap {
        let along = |of: fn(usize, usize) -> usize| {
            Raster::from_fn(SIDE, SIDE, |col, row| of(col, row) as f32)
        };
        PlacedMap {
            name: "map".to_owned(),
            classes,
            coords_vox: [along(|col, _| col), along(|_, row| row), along(|_, _| 2)],
            pixel_um: 2.0,
        }
    }

    fn ct() -> Volume<u16> {
        Volume::from_fn([5, SIDE, SIDE], Spacing::isotropic(2.0), |x, y, z| {
            let noise = ((x * 31 + y * 17 + z * 7) % 41) as u16;
            [1000, 2000, 3000, 1005][usize::from(class_at(x, y))] + noise
        })
    }

    #[test]
    fn torn_out_and_pressed_in_particles_are_no_labels() {
        let is_in = |col: usize, row: usize, disc: [usize; 2]| [col / 30, row / 30] == disc;
        // The first disc was torn out, and one pressed into the resin about the corner of four.
        let classes = Raster::from_fn(SIDE, SIDE, |col, row| {
            let pressed_in = (col as f64 - 30.0).hypot(row as f64 - 30.0) < 8.0;
            match class_at(col, row) {
                1 if is_in(col, row, [0, 0]) => 0,
                0 if pressed_in => 1,
                class => class,
            }
        });
        let (cleaned, share) = without_contradicted(&placed(classes.clone()), &ct(), 0);
        let at = |col, row| cleaned.classes.at(col, row);
        assert_eq!([at(15, 15), at(30, 30)], [UNMEASURED; 2]);
        assert_eq!([at(45, 15), at(75, 15), at(15, 75)], [2, 1, 3]);
        assert_eq!([at(2, 2), at(60, 30)], [0, 0]);
        let discs = std::f64::consts::PI * (100.0 + 64.0) / (SIDE * SIDE) as f64;
        assert!((0.9..1.5).contains(&(share / discs)), "{share}");
    }

    #[test]
    fn a_sound_map_stays_whole_where_it_is_out_of_place() {
        // Two voxels off.
        let classes = Raster::from_fn(SIDE, SIDE, |col, row| class_at(col + 2, row));
        let map = placed(classes);
        assert_eq!(without_contradicted(&map, &ct(), 0), (map.clone(), 0.0));
        let blank = placed(Raster::filled(SIDE, SIDE, 0));
        assert_eq!(without_contradicted(&blank, &ct(), 0), (blank.clone(), 0.0));
    }

    #[test]
    fn grains_in_the_resin_stay_resin() {
        let ct = Volume::from_fn([5, SIDE, SIDE], Spacing::isotropic(2.0), |x, y, _| {
            let grain = (x as f64 - 30.0).hypot(y as f64 - 30.0) < 8.0;
            match class_at(x, y) {
                0 if grain => 1600,
                class => [1000, 2000, 3000, 1000][usize::from(class)] + ((x + y) % 7) as u16,
            }
        });
        let map = placed(Raster::from_fn(SIDE, SIDE, class_at));
        assert_eq!(without_contradicted(&map, &ct, 0), (map.clone(), 0.0));
    }
}
