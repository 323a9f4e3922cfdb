use corelith_core::{Artefact, Spacing};

use super::*;
use crate::imaging::artefacts::Artefacts;

const SHAPE: [usize; 3] = [40, 120, 120];

/// A number between -0.5 and 0.5.
fn drawn(i: usize) -> f64 {
    let mut bits = i as u64 + 12_345;
    for factor in [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb] {
        bits = (bits ^ bits >> 31).wrapping_mul(factor);
    }
    (bits >> 11) as f64 / (1u64 << 53) as f64 - 0.5
}

/// Balls of two minerals in resin with noise of a deviation of 400, and what `rings` adds.
fn scan(rings: impl Fn([f64; 2]) -> f64) -> Volume<u16> {
    Volume::from_fn(SHAPE, Spacing::isotropic(1.0), |x, y, z| {
        let from = [x, y, z].map(|v| (v % 20) as f64 - 9.5);
        let ball = from.iter().map(|d| d * d).sum::<f64>() < 64.0;
        let mineral = (x / 20 + y / 20 + z / 20) % 2;
        let grey = [9000.0, 16_000.0, 20_000.0][if ball { 1 + mineral } else { 0 }];
        let i = (z * 120 + y) * 120 + x;
        let noise: f64 = (0..4).map(|k| drawn(4 * i + k)).sum();
        let added = rings([y as f64, x as f64]);
        (grey + 400.0 * 3f64.sqrt() * noise + added).round() as u16
    })
}

/// Rings about an axis, some two voxels wide and of 300 greys at most.
fn about(axis: [f64; 2]) -> impl Fn([f64; 2]) -> f64 {
    move |[y, x]| {
        let at = (y - axis[0]).hypot(x - axis[1]) / 2.0;
        let knot = |i: usize| 600.0 * drawn(90_000_000 + at as usize + i);
        (1.0 - at.fract()) * knot(0) + at.fract() * knot(1)
    }
}

fn measured(volume: &Volume<u16>) -> Option<Rings> {
    Artefacts::measure(volume, &[Artefact::Rings]).rings
}

/// What all rings add in the mean cannot be told from the matter's own grey.
fn variance(values: impl Iterator<Item = f64>) -> f64 {
    let (n, sum, squares) = values.fold((0.0, 0.0, 0.0), |(n, sum, squares), v| {
        (n + 1.0, sum + v, squares + v * v)
    });
    squares / n - (sum / n).powi(2)
}

#[test]
fn rings_are_found_about_any_axis_and_taken_out() {
    for axis in [[59.5, 59.5], [71.0, 52.3], [-12.0, 80.0]] {
        let rings = about(axis);
        let mut volume = scan(&rings);
        let found = measured(&volume).unwrap();
        let off = (found.axis[0] - axis[0]).hypot(found.axis[1] - axis[1]);
        assert!(off < 0.6, "{:?}, {axis:?}", found.axis);
        let artefacts = Artefacts {
            shading: None,
            rings: Some(found),
        };
        artefacts.take_out(&mut volume);
        let clean = scan(|_| 0.0);
        let added = |i: usize| rings([(i / 120 % 120) as f64, (i % 120) as f64]);
        let pairs = volume.data().iter().zip(clean.data());
        let off = pairs.map(|(flat, clean)| f64::from(*flat) - f64::from(*clean));
        let left = variance(off);
        let was = variance((0..volume.len()).map(added));
        assert!(left < 0.2 * was, "{axis:?}: {}", left / was);
    }
}

#[test]
fn stripes_and_noise_are_no_rings() {
    assert_eq!(measured(&scan(|_| 0.0)), None);
    // Straight stripes are rings about an axis far away; those are not looked for.
    let stripes = |[_, x]: [f64; 2]| 400.0 * drawn(70_000_000 + (x / 2.0) as usize);
    assert_eq!(measured(&scan(stripes)), None);
    let flat = Volume::filled(SHAPE, Spacing::isotropic(1.0), 700);
    assert_eq!(measured(&flat), None);
}
