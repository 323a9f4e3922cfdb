//! Whether two mineral maps show one section: a copy of a map, also mirrored, turned, cut out of it
//! or of another pixel size, is no second section.

mod patches;
mod place;

use corelith_core::Raster;

use crate::Error;
use patches::likely_places;
use place::Place;
pub(crate) use place::{PARTICLES_MIN, PARTICLES_MIN_PX};

/// Share of the pixels of particles with one class in both from which on one map is a copy of the
/// other. Two measurements of one section, or two sections a grain apart, stay below.
const COPY: f64 = 0.97;

/// Share of the smaller map that the other one has to show: frames that overlap are no copies.
const OVERLAP: f64 = 0.5;

/// What is said of a copy to which nothing was done.
pub(crate) const SAME_PIXELS: &str = "the same pixel by pixel";

/// Two maps that show one section.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SameSection {
    /// Positions of the original and of its copy.
    pub maps: [usize; 2],
    /// What the copy is of the original, in words.
    pub how: String,
}

/// The pairs among some maps that show one section: their classes agree at a share of `least` of
/// the pixels of particles. Each pair is named once, in the order of the maps.
pub(crate) fn same_sections(maps: &[&Raster<u8>], least: f64) -> Vec<SameSection> {
    let mut best: Vec<((usize, usize), f64, Place)> = Vec::new();
    for ((fine, coarse), place) in likely_places(maps) {
        let (agreement, overlap) = place.agreement(maps[fine], maps[coarse]);
        if agreement < least || overlap < OVERLAP {
            continue;
        }
        let pair = (fine.min(coarse), fine.max(coarse));
        match best.iter_mut().find(|(known, ..)| *known == pair) {
            Some(known) if known.1 >= agreement => {}
            Some(known) => *known = (pair, agreement, place),
            None => best.push((pair, agreement, place)),
        }
    }
    best.sort_by_key(|(pair, ..)| *pair);
    best.into_iter()
        .map(|(_, _, place)| place.described(maps))
        .collect()
}

/// Fails when one of some maps is a copy of another one, as it is or mirrored, turned, cut out of
/// it or of another pixel size: what is learned from a section cannot be checked against it, and
/// counts once.
///
/// # Errors
/// [`Error::SameSection`] with the names of a pair, of several pairs [`Error::Several`].
pub fn check_sections_differ(names: &[String], maps: &[&Raster<u8>]) -> Result<(), Error> {
    let errors = same_sections(maps, COPY).into_iter().map(|same| {
        let [original, copy] = same.maps.map(|i| names[i].clone());
        Error::SameSection {
            original,
            copy,
            how: same.how,
        }
    });
    Error::of_all(errors.collect()).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Grains of four minerals in resin, another arrangement for each seed.
    fn map(seed: usize, cols: usize, rows: usize) -> Raster<u8> {
        let grains: Vec<(f64, f64, f64, u8)> = (0..60)
            .map(|i| {
                let n = (i * 7919 + seed * 104_729 + i * i * seed) % 99_991;
                let at = |m: usize, all: usize| (n * m % 99_991 % all) as f64;
                (
                    at(31, cols),
                    at(57, rows),
                    3.0 + at(11, 6),
                    1 + (n % 4) as u8,
                )
            })
            .collect();
        Raster::from_fn(rows, cols, |col, row| {
            let inside = |(x, y, r, _): &&(f64, f64, f64, u8)| {
                (col as f64 - x).hypot(0.8 * (row as f64 - y)) < *r
            };
            grains.iter().find(inside).map_or(0, |grain| grain.3)
        })
    }

    fn found(a: &Raster<u8>, b: &Raster<u8>) -> Vec<SameSection> {
        same_sections(&[a, b], COPY)
    }

    #[test]
    fn a_copy_is_told_however_it_lies_and_whatever_is_left_of_it() {
        let whole = map(1, 90, 70);
        let mirrored = Raster::from_fn(70, 90, |c, r| whole.at(89 - c, r));
        let turned = Raster::from_fn(90, 70, |c, r| whole.at(r, 69 - c));
        let part = Raster::from_fn(40, 50, |c, r| whole.at(c + 7, r + 21));
        let turned_part = Raster::from_fn(50, 40, |c, r| whole.at(r + 30, 60 - c));
        let half = Raster::from_fn(35, 45, |c, r| whole.at(2 * c, 2 * r));
        let noisy = Raster::from_fn(70, 90, |c, r| match (c * 31 + r * 17) % 199 {
            0 => 3,
            _ => whole.at(c, r),
        });
        for (copy, words) in [
            (&whole.clone(), "the same pixel by pixel"),
            (&noisy, "the same pixel by pixel"),
            (&mirrored, "mirrored left to right"),
            (&turned, "turned by 90 degrees"),
            (&part, "cut out of it"),
            (&turned_part, "cut out of it"),
            (&half, "2 times as large"),
        ] {
            for (maps, expected) in [([&whole, copy], [0, 1]), ([copy, &whole], [1, 0])] {
                let found = same_sections(&maps, COPY);
                let [one] = &*found else {
                    panic!("{words}: {found:?}");
                };
                assert!(one.how.contains(words), "{words}: {}", one.how);
                if copy.len() < whole.len() {
                    assert_eq!(one.maps, expected, "{words}");
                }
            }
        }
    }

    #[test]
    fn pixels_that_were_doubled_are_the_copy() {
        let whole = map(2, 60, 50);
        let doubled = Raster::from_fn(100, 120, |c, r| whole.at(c / 2, r / 2));
        let found = found(&doubled, &whole);
        assert_eq!(found[0].maps, [1, 0], "{found:?}");
    }

    #[test]
    fn other_sections_neighbouring_fields_and_empty_maps_are_no_copies() {
        let whole = map(3, 90, 70);
        assert_eq!(found(&whole, &map(4, 90, 70)), []);
        // Fields that share a margin.
        let left = Raster::from_fn(70, 50, |c, r| whole.at(c, r));
        let right = Raster::from_fn(70, 50, |c, r| whole.at(c + 40, r));
        assert_eq!(found(&left, &right), []);
        let empty = Raster::filled(70, 90, 0);
        assert_eq!(found(&empty, &empty.clone()), []);
        // The same section measured again: a tenth of the pixels of particles differ.
        let again = Raster::from_fn(70, 90, |c, r| match whole.at(c, r) {
            class if (c * 13 + r * 29) % 10 == 0 => (class + 1) % 5,
            class => class,
        });
        assert_eq!(found(&whole, &again), []);
    }

    #[test]
    fn a_few_pixels_of_particles_are_no_evidence() {
        // The same two small grains in two maps, which hold others outside of what they share.
        let rim = |left: usize| {
            Raster::from_fn(40, 40, move |c, r| match (c + left, r) {
                (28..32, 10..15) => 1,
                (30..33, 25..29) => 2,
                _ => 0,
            })
        };
        assert_eq!(found(&rim(0), &rim(12)), []);
        let whole = map(7, 90, 70);
        assert_eq!(found(&whole, &whole.clone()).len(), 1);
    }

    #[test]
    fn the_error_names_both_and_what_to_do() {
        let whole = map(5, 60, 60);
        let names = ["a".to_owned(), "b".to_owned()];
        let error = check_sections_differ(&names, &[&whole, &whole.clone()]).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("`a`") && text.contains("`b`"), "{text}");
        assert!(text.contains("take one of them out"), "{text}");
        check_sections_differ(&names, &[&whole, &map(6, 60, 60)]).unwrap();
    }
}
