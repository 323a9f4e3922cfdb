use corelith_core::{Mineral, Raster};

use super::*;
use crate::stereology::small_grains_pct;

fn minerals() -> Minerals {
    let row = |name: &str, grey| Mineral {
        name: name.to_owned(),
        rgb: [grey; 3],
        density_g_cm3: None,
    };
    Minerals::new(vec![row("Resin", 0), row("A", 1), row("B", 2)], "Resin").unwrap()
}

/// A section from digits: classes in one picture, particles in another.
fn section(classes: &[&str], particles: &[&str]) -> Section {
    let (rows, cols) = (classes.len(), classes[0].len());
    let digit = |picture: &[&str], col: usize, row: usize| picture[row].as_bytes()[col] - b'0';
    Section {
        name: "test".to_owned(),
        classes: Raster::from_fn(rows, cols, |c, r| digit(classes, c, r)),
        particles: Raster::from_fn(rows, cols, |c, r| u32::from(digit(particles, c, r))),
        counted: Raster::filled(rows, cols, true),
        pixel_um: 2.0,
    }
}

fn settings(smallest_profile_um: f64) -> Settings {
    Settings {
        smallest_profile_um,
        smallest_grain_um: 0.0,
        ..Settings::default()
    }
}

#[test]
fn ids_part_what_touches_and_spread_over_what_has_none() {
    let section = section(
        &["000000", "011220", "011220", "000000", "000022"],
        &["000000", "010020", "010020", "000000", "000000"],
    );
    let found = profiles(&section, 7, &minerals(), &settings(0.0)).unwrap();
    let seen: Vec<_> = found
        .iter()
        .map(|p| (p.section, p.particle, p.mineral_area_um2.clone(), p.is_cut))
        .collect();
    assert_eq!(
        seen,
        [
            (7, 1, vec![0.0, 16.0, 0.0], false),
            (7, 2, vec![0.0, 0.0, 16.0], false),
            (7, 0, vec![0.0, 0.0, 8.0], true),
        ]
    );
}

#[test]
fn specks_join_their_longest_neighbour_or_go() {
    let section = section(
        &["0000000", "0111110", "0111110", "0000000", "0000010"],
        &["0000000", "0111220", "0111120", "0000000", "0000030"],
    );
    let found = profiles(&section, 0, &minerals(), &settings(5.0)).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].particle, 1);
    assert_eq!(found[0].area_um2(), 40.0);
}

#[test]
fn a_mislabelled_pixel_does_not_make_a_pure_profile_impure() {
    let section = section(
        &["00000000", "01111100", "01121120", "01111220", "00000000"],
        &["00000000", "01111100", "01111110", "01111110", "00000000"],
    );
    let share_of_b = |smallest_grain_um| {
        let settings = Settings {
            smallest_grain_um,
            ..settings(0.0)
        };
        let found = profiles(&section, 0, &minerals(), &settings).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].area_um2(), 68.0);
        found[0].mineral_area_um2[2]
    };
    // Pixels of 4 um2: one alone, three together.
    assert_eq!(share_of_b(0.0), 16.0);
    assert_eq!(share_of_b(3.0), 12.0);
    assert_eq!(share_of_b(5.0), 0.0);
    let settings = Settings {
        smallest_grain_um: 3.0,
        ..settings(0.0)
    };
    let taken = small_grains_pct(&section, &minerals(), &settings).unwrap();
    assert!(taken[0].is_nan());
    assert_eq!(taken[1..], [0.0, 25.0]);
}

#[test]
fn frame_weights_count_the_places_of_the_box() {
    let section = section(
        &["000000", "011000", "000000", "000000"],
        &["000000", "011000", "000000", "000000"],
    );
    let found = profiles(&section, 0, &minerals(), &settings(0.0)).unwrap();
    // A 4 x 3 box with its rim has 3 x 2 places among 24 pixels.
    assert_eq!(found[0].frame_weight, 4.0);
    // The same by counting, when one corner was not seen: two boxes fewer fit.
    let mut cornered = section.clone();
    cornered.counted.data_mut()[23] = false;
    let found = profiles(&cornered, 0, &minerals(), &settings(0.0)).unwrap();
    assert_eq!(found[0].frame_weight, 23.0 / 5.0);
}

#[test]
fn labels_past_the_list_are_refused() {
    let section = section(&["03"], &["00"]);
    let error = profiles(&section, 0, &minerals(), &settings(0.0)).unwrap_err();
    assert!(error.to_string().contains("the class 3"), "{error}");
}
