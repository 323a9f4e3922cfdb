//! Maps that show the section of another one.

use std::path::Path;

use corelith_core::Raster;

use super::FoundMap;
use crate::MineralMap;
use crate::same_section::{PARTICLES_MIN, PARTICLES_MIN_PX, SAME_PIXELS, same_sections};

/// Share of the pixels of particles, in either of two maps, with one class in both, from which on
/// the maps show one section. Those of different sections agree by chance only.
const SAME_SECTION: f64 = 0.8;

/// Leaves out maps that show the section of another one: a second export in another format would
/// pass for a section of its own, and a network be checked against what it learned from.
pub(super) fn leave_out_doubles(
    root: &Path,
    found: &mut Vec<FoundMap>,
    read: &mut Vec<Option<MineralMap>>,
    notes: &mut Vec<String>,
) {
    let sum = |map: &FoundMap| {
        let record = crate::record_file(&root.join(&map.mineral_map));
        record.map(|record| record.sha256).ok()
    };
    let sums: Vec<Option<String>> = found.iter().map(sum).collect();
    let is_double = |a: usize, b: usize| {
        if sums[a].is_some() && sums[a] == sums[b] {
            return true;
        }
        let same_pixels = found[a].size_px == found[b].size_px;
        let corner = |i: usize| {
            found[i]
                .crop_px
                .map_or([0, 0], |crop| [crop.left, crop.top])
        };
        match (&read[a], &read[b]) {
            (Some(first), Some(second)) if same_pixels => {
                let pair = [(&first.classes, corner(a)), (&second.classes, corner(b))];
                agreement(pair) >= SAME_SECTION
            }
            _ => false,
        }
    };
    let rasters: Vec<(usize, &Raster<u8>)> = read
        .iter()
        .enumerate()
        .filter_map(|(i, map)| Some((i, &map.as_ref()?.classes)))
        .collect();
    let classes: Vec<&Raster<u8>> = rasters.iter().map(|(_, classes)| *classes).collect();
    // Original, copy, and what was done to it.
    let copies: Vec<([usize; 2], String)> = same_sections(&classes, SAME_SECTION)
        .into_iter()
        .map(|same| (same.maps.map(|i| rasters[i].0), same.how))
        .collect();
    // A map that reads as it is goes before one that does not, and the original before its copies;
    // the sort is stable.
    let mut order: Vec<usize> = (0..found.len()).collect();
    let is_copy = |i: usize| {
        copies.iter().any(|([original, copy], how)| {
            *copy == i && found[*original].problem.is_none() && how != SAME_PIXELS
        })
    };
    order.sort_by_key(|&i| (found[i].problem.is_some(), is_copy(i)));
    let mut kept: Vec<usize> = Vec::new();
    for i in order {
        let how = |first: usize| {
            let pair = copies
                .iter()
                .find(|(maps, _)| maps.contains(&first) && maps.contains(&i));
            match pair {
                Some(([original, _], how)) if *original == first && how != SAME_PIXELS => {
                    Some(format!(", {how}"))
                }
                Some(_) => Some(String::new()),
                None => is_double(first, i).then(String::new),
            }
        };
        match kept.iter().find_map(|&first| Some((first, how(first)?))) {
            Some((first, how)) => notes.push(format!(
                "{} is left out: it shows the same section as {}{how}",
                found[i].mineral_map, found[first].mineral_map
            )),
            None => kept.push(i),
        }
    }
    kept.sort_unstable();
    let mut maps = std::mem::take(found)
        .into_iter()
        .zip(std::mem::take(read))
        .enumerate();
    for (i, (map, classes)) in &mut maps {
        if kept.binary_search(&i).is_ok() {
            found.push(map);
            read.push(classes);
        }
    }
}

/// Share of one class in both, among the pixels that are not of the most frequent class, which is
/// resin mostly, in at least one of two maps; over what two crops of images of one size share. Each
/// map comes with the column and row of its image where it begins.
fn agreement([(a, a_at), (b, b_at)]: [(&Raster<u8>, [usize; 2]); 2]) -> f64 {
    let mut counts = [0_u64; 256];
    for class in a.data() {
        counts[usize::from(*class)] += 1;
    }
    let most = (0..=255_u8).max_by_key(|class| counts[usize::from(*class)]);
    let from = [a_at[0].max(b_at[0]), a_at[1].max(b_at[1])];
    let to = [
        (a_at[0] + a.cols()).min(b_at[0] + b.cols()),
        (a_at[1] + a.rows()).min(b_at[1] + b.rows()),
    ];
    let (mut all, mut same) = (0_u64, 0_u64);
    for row in from[1]..to[1] {
        for col in from[0]..to[0] {
            let first = a.at(col - a_at[0], row - a_at[1]);
            let second = b.at(col - b_at[0], row - b_at[1]);
            if Some(first) != most || Some(second) != most {
                all += 1;
                same += u64::from(first == second);
            }
        }
    }
    let area = (to[0].saturating_sub(from[0]) * to[1].saturating_sub(from[1])) as f64;
    if (all as f64) < PARTICLES_MIN_PX.max(PARTICLES_MIN * area) {
        0.0
    } else {
        same as f64 / all as f64
    }
}
