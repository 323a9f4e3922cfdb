use corelith_core::{Artefact, Spacing, Volume};

use super::*;
use crate::imaging::artefacts::Artefacts;

const SHAPE: [usize; 3] = [80, 140, 140];

/// Resin and three minerals, two of which differ by less than the shading of the tests.
const GREYS: [f64; 4] = [9000.0, 16_000.0, 20_000.0, 20_800.0];

const NOISE: f64 = 700.0;

fn measured(volume: &Volume<u16>) -> Option<Shading> {
    Artefacts::measure(volume, &[Artefact::Shading]).shading
}

fn take_out(shading: Shading, volume: &mut Volume<u16>) {
    let artefacts = Artefacts {
        shading: Some(shading),
        rings: None,
    };
    artefacts.take_out(volume);
}

/// A number of a voxel between 0 and 1.
fn drawn(x: usize, y: usize, z: usize) -> f64 {
    let mut bits = ((z * 4099 + y) * 4099 + x) as u64;
    for factor in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
        bits = (bits ^ bits >> 31).wrapping_mul(factor);
    }
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// Which matter lies at a voxel: balls 20 voxels apart, the mineral of each as `mineral` says.
fn matter(at: [usize; 3], mineral: &dyn Fn([usize; 3]) -> usize) -> usize {
    let ball = at.map(|v| v / 20);
    let from = at.map(|v| (v % 20) as f64 - 9.5);
    let inside = from.iter().map(|d| d * d).sum::<f64>() < 64.0;
    if inside { mineral(ball) } else { 0 }
}

fn any_mineral([z, y, x]: [usize; 3]) -> usize {
    1 + (3.0 * drawn(x + 500, y, z)) as usize
}

/// A scan whose greys `shade` changes, by the place from the middle.
fn scan(
    mineral: &dyn Fn([usize; 3]) -> usize,
    shade: &dyn Fn([f64; 3], f64) -> f64,
) -> Volume<u16> {
    Volume::from_fn(SHAPE, Spacing::isotropic(1.0), |x, y, z| {
        let grey = GREYS[matter([z, y, x], mineral)];
        let place = from_middle([z as f64, y as f64, x as f64], SHAPE);
        let noise = (0..4).map(|i| drawn(x, y + 1000 * i, z)).sum::<f64>() - 2.0;
        // Four uniform numbers have a deviation of the root of 1/3.
        (shade(place, grey) + NOISE * 3f64.sqrt() * noise).round() as u16
    })
}

fn cupped([_, y, x]: [f64; 3], grey: f64) -> f64 {
    8000.0 + (grey - 8000.0) * (1.0 + 0.06 * (x * x + y * y))
}

/// Slopes of a matter's grey on the square of the distance from the axis.
fn slope(volume: &Volume<u16>, wanted: usize) -> f64 {
    let (mut n, mut sums, mut products) = (0.0, [0.0; 2], [0.0; 2]);
    for z in 0..SHAPE[0] {
        for y in 0..SHAPE[1] {
            for x in 0..SHAPE[2] {
                if matter([z, y, x], &any_mineral) != wanted {
                    continue;
                }
                let [_, v, u] = from_middle([z as f64, y as f64, x as f64], SHAPE);
                let (square, grey) = (u * u + v * v, f64::from(volume.at(x, y, z)));
                n += 1.0;
                sums = [sums[0] + square, sums[1] + grey];
                products = [products[0] + square * square, products[1] + square * grey];
            }
        }
    }
    (n * products[1] - sums[0] * sums[1]) / (n * products[0] - sums[0] * sums[0])
}

#[test]
fn cupping_is_found_and_taken_out() {
    let mut volume = scan(&any_mineral, &cupped);
    let before = volume.clone();
    let shading = measured(&volume).unwrap();
    assert_eq!(shading.offset.terms, Terms::Radial, "{shading:?}");
    // From the axis to the rim, the brightest gains 768 of 11,800 greys.
    let [dark, bright] = shading.spread();
    assert!(
        dark < 0.015 && (0.055..0.075).contains(&bright),
        "{dark} {bright}"
    );
    take_out(shading, &mut volume);
    for mineral in 1..4 {
        let (was, is) = (slope(&before, mineral), slope(&volume, mineral));
        assert!(
            was > 400.0 && is.abs() < 0.15 * was,
            "{mineral}: {was}, {is}"
        );
    }
    // Nothing is left to find.
    assert_eq!(measured(&volume), None);
}

#[test]
fn shading_with_an_axis_elsewhere_needs_more_terms() {
    let shade = |[z, y, x]: [f64; 3], grey: f64| {
        let square = (x - 0.5).powi(2) + (y + 0.2).powi(2);
        grey + (grey - 8000.0) * (0.06 * square + 0.04 * z)
    };
    let mut volume = scan(&any_mineral, &shade);
    let shading = measured(&volume).unwrap();
    assert_eq!(shading.offset.terms, Terms::General);
    let added = |place: [f64; 3]| shading.added(place, GREYS[2]);
    let places = [[70.0, 20.0, 20.0], [4.0, 60.0, 100.0]];
    let range = added(places[0]) - added(places[1]);
    let place = |v: [f64; 3]| shade(from_middle(v, SHAPE), GREYS[2]);
    let expected = place(places[0]) - place(places[1]);
    assert!((range / expected - 1.0).abs() < 0.2, "{range}, {expected}");
    take_out(shading, &mut volume);
    assert_eq!(measured(&volume), None);
}

#[test]
fn none_is_found_where_minerals_lie_apart_or_noise_is_all() {
    let same = |_: [f64; 3], grey: f64| grey;
    assert_eq!(measured(&scan(&any_mineral, &same)), None);
    // The densest minerals outside, or at one end.
    let outside =
        |[_, y, x]: [usize; 3]| 1 + (y.abs_diff(3).max(x.abs_diff(3)).saturating_sub(1)).min(2);
    let sunk = |[z, _, _]: [usize; 3]| 1 + (z / 2).min(2);
    assert_eq!(measured(&scan(&outside, &same)), None);
    assert_eq!(measured(&scan(&sunk, &same)), None);
    assert_eq!(measured(&scan(&|_| 0, &same)), None);
    let flat = Volume::filled(SHAPE, Spacing::isotropic(1.0), 700);
    assert_eq!(measured(&flat), None);
    let tiny = Volume::filled([3, 4, 0], Spacing::isotropic(1.0), 700);
    assert_eq!(measured(&tiny), None);
}

#[test]
fn voxels_without_a_value_stay_without() {
    let mut volume = scan(&any_mineral, &cupped);
    for z in 0..SHAPE[0] {
        for at in [(0, 0), (139, 3), (40, 139)] {
            let i = volume.index(at.0, at.1, z);
            volume.data_mut()[i] = 0;
        }
    }
    take_out(measured(&volume).unwrap(), &mut volume);
    assert_eq!(volume.at(139, 3, 9), 0);
    assert_eq!(
        volume.data().iter().filter(|&&grey| grey == 0).count(),
        3 * 80
    );
}
