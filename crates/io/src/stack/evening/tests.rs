use corelith_core::{Spacing, Volume};

use super::super::phantom::Numbers;
use super::*;

const SHAPE: [usize; 3] = [120, 96, 96];
const RESIN: f64 = 9000.0;
/// Greys of minerals.
const MINERALS: [f64; 3] = [21_000.0, 24_000.0, 36_000.0];
const CONTRAST: f64 = 14_000.0;

/// Balls of minerals in resin with soft borders and noise. `wanted` says how likely a ball at a
/// height from 0 to 1 is, and what mineral it then is.
fn balls(wanted: impl Fn(f64, &mut Numbers) -> Option<usize>) -> Volume<f64> {
    let mut numbers = Numbers(7);
    let mut volume = Volume::filled(SHAPE, Spacing::isotropic(2.0), RESIN);
    let [nz, ny, nx] = SHAPE;
    for _ in 0..220 {
        let centre = [nx, ny, nz].map(|n| numbers.next() * n as f64);
        let radius = 5.0 + 7.0 * numbers.next();
        let Some(mineral) = wanted(centre[2] / nz as f64, &mut numbers) else {
            continue;
        };
        let span = |i: usize, n: usize| {
            let low = (centre[i] - radius - 2.0).max(0.0) as usize;
            low..((centre[i] + radius + 3.0) as usize).min(n)
        };
        for z in span(2, nz) {
            for y in span(1, ny) {
                for x in span(0, nx) {
                    let r = (x as f64 - centre[0])
                        .hypot(y as f64 - centre[1])
                        .hypot(z as f64 - centre[2]);
                    let share = ((radius - r) / 1.5 + 0.5).clamp(0.0, 1.0);
                    let i = volume.index(x, y, z);
                    let grey = &mut volume.data_mut()[i];
                    *grey = grey.max(RESIN + share * (MINERALS[mineral] - RESIN));
                }
            }
        }
    }
    for grey in volume.data_mut() {
        let noise: f64 = (0..6).map(|_| numbers.next() - 0.5).sum();
        *grey += 900.0 * noise;
    }
    volume
}

/// The same share and mix of minerals everywhere.
fn alike() -> Volume<f64> {
    balls(|_, numbers| Some((3.0 * numbers.next()) as usize % 3))
}

/// Few dark balls below, many bright ones above.
fn changing() -> Volume<f64> {
    balls(|height, numbers| {
        let is_there = numbers.next() < 0.15 + 0.85 * height;
        let is_bright = numbers.next() < height;
        is_there.then_some(if is_bright { 2 } else { 0 })
    })
}

/// Greys of slices as a scan would show them.
fn scanned(truth: &Volume<f64>, scale: impl Fn(usize) -> [f64; 2]) -> Volume<u16> {
    let area = truth.shape()[1] * truth.shape()[2];
    let mut z = 0;
    truth.map(|grey| {
        let [gain, offset] = scale(z / area);
        z += 1;
        (gain * grey + offset).round().clamp(0.0, 65_535.0) as u16
    })
}

fn even(volume: &mut Volume<u16>, wanted: &[Unevenness]) -> Evened {
    let found = look(&Gathered::of(volume), volume, wanted).unwrap();
    let applied = found
        .scales
        .as_ref()
        .map(|scales| scales.apply(volume).unwrap());
    found.evened(applied)
}

fn hints(evened: &Evened) -> String {
    let hints = evened.hints.iter().map(|(_, hint)| hint.as_str());
    hints.collect()
}

/// The root mean square of what two volumes differ by, in parts of the contrast, after the best
/// line from one to the other: which scale is right, no one can know.
fn distance(a: &Volume<u16>, truth: &Volume<f64>) -> f64 {
    distance_where(a, truth, |_| true)
}

/// The same of the voxels that count.
fn distance_where(a: &Volume<u16>, truth: &Volume<f64>, counts: impl Fn(usize) -> bool) -> f64 {
    let pairs = || {
        let all = a.data().iter().map(|&a| f64::from(a)).zip(truth.data());
        all.enumerate()
            .filter(|(i, _)| counts(*i))
            .map(|(_, pair)| pair)
    };
    let n = pairs().count() as f64;
    let mean_a = pairs().map(|(a, _)| a).sum::<f64>() / n;
    let mean_t = pairs().map(|(_, t)| t).sum::<f64>() / n;
    let both = pairs()
        .map(|(a, t)| (a - mean_a) * (t - mean_t))
        .sum::<f64>();
    let own = pairs()
        .map(|(a, _)| (a - mean_a) * (a - mean_a))
        .sum::<f64>();
    let gain = both / own;
    let squares = pairs().map(|(a, t)| (gain * (a - mean_a) - (t - mean_t)).powi(2));
    (squares.sum::<f64>() / n).sqrt() / CONTRAST
}

const BOTH: [Unevenness; 2] = [Unevenness::Drift, Unevenness::Seams];

fn drifting(z: usize) -> [f64; 2] {
    let t = z as f64 / SHAPE[0] as f64;
    [1.0 - 0.25 * t, 3000.0 * (3.0 * t).sin()]
}

fn seam(z: usize) -> [f64; 2] {
    match z < 45 {
        true => [1.0, 0.0],
        false => [1.12, -900.0],
    }
}

fn drifting_with_seam(z: usize) -> [f64; 2] {
    let ([a, b], [c, d]) = (drifting(z), seam(z));
    [a * c, c * b + d]
}

#[test]
fn drift_and_a_seam_fall_to_a_small_part() {
    for truth in [alike(), changing()] {
        let mut volume = scanned(&truth, drifting_with_seam);
        let before = distance(&volume, &truth);
        let evened = even(&mut volume, &BOTH);
        let after = distance(&volume, &truth);
        assert!(after < 0.1 * before, "{before} became {after}");
        let evening = evened.evening.unwrap();
        assert_eq!(evening.seams.len(), 1);
        assert_eq!(evening.seams[0].between, [44, 45]);
        assert!(evening.drift.is_some());
        assert_ne!(evening.before, evening.after);
        assert!(
            evened.notes.concat().contains("44 and 45"),
            "{:?}",
            evened.notes
        );
    }
}

#[test]
fn only_what_is_wanted_is_evened_and_the_rest_is_told() {
    let truth = alike();
    let mut volume = scanned(&truth, drifting_with_seam);
    let expected = scanned(&truth, drifting);
    let evened = even(&mut volume, &[Unevenness::Seams]);
    let as_drifting = distance(&volume, &expected.map(|&v| f64::from(v)));
    assert!(as_drifting < 0.01, "{as_drifting}");
    assert!(
        hints(&evened).contains("`even = [\"drift\"]`"),
        "{:?}",
        evened.notes
    );

    let mut volume = scanned(&truth, drifting_with_seam);
    let expected = scanned(&truth, seam);
    let evened = even(&mut volume, &[Unevenness::Drift]);
    let as_stitched = distance(&volume, &expected.map(|&v| f64::from(v)));
    assert!(as_stitched < 0.02, "{as_stitched}");
    assert!(
        hints(&evened).contains("`even = [\"seams\"]`"),
        "{:?}",
        evened.notes
    );

    let untouched = scanned(&truth, drifting_with_seam);
    let mut volume = untouched.clone();
    let evened = even(&mut volume, &[]);
    assert!(evened.evening.is_none() && volume == untouched);
    assert_eq!(evened.hints.len(), 2, "{:?}", evened.hints);
}

#[test]
fn an_even_stack_stays_as_it_is_whatever_it_holds() {
    for truth in [alike(), changing()] {
        let even_stack = scanned(&truth, |_| [1.0, 0.0]);
        let mut volume = even_stack.clone();
        let evened = even(&mut volume, &BOTH);
        assert!(evened.evening.is_none(), "{:?}", evened.notes);
        assert!(volume == even_stack);
        let untold = even(&mut volume, &[]);
        assert!(untold.notes.is_empty() && untold.hints.is_empty());
    }
}

#[test]
fn slices_that_were_scaled_one_by_one_are_evened() {
    let truth = changing();
    let one_by_one = |z: usize| {
        let mut numbers = Numbers(z as u64);
        [0.8 + 0.4 * numbers.next(), 4000.0 * numbers.next() - 2000.0]
    };
    let mut volume = scanned(&truth, one_by_one);
    let before = distance(&volume, &truth);
    even(&mut volume, &BOTH);
    let after = distance(&volume, &truth);
    assert!(after < 0.15 * before, "{before} became {after}");
}

#[test]
fn few_greys_padding_and_dead_slices_are_no_hindrance() {
    // 8 bits, in which a slice differs from the next by a small part of a grey.
    let truth = alike();
    let is_padding = |x: usize, y: usize| (x as f64 - 47.5).hypot(y as f64 - 47.5) > 46.0;
    let seen = |scale: &dyn Fn(usize) -> [f64; 2]| {
        Volume::from_fn(SHAPE, Spacing::isotropic(2.0), |x, y, z| {
            let [gain, offset] = scale(z);
            match (z, is_padding(x, y)) {
                (60..63, _) => 0,
                (_, true) => 30,
                _ => ((gain * truth.at(x, y, z) + offset) / 256.0).round() as u16,
            }
        })
    };
    let flat = seen(&|_| [1.0, 0.0]);
    let mut volume = seen(&drifting);
    let flat = flat.map(|&v| f64::from(v));
    let [_, ny, nx] = SHAPE;
    let is_seen = |i: usize| {
        let (x, y, z) = (i % nx, i / nx % ny, i / (nx * ny));
        !is_padding(x, y) && !(60..63).contains(&z)
    };
    let before = distance_where(&volume, &flat, is_seen);
    let evened = even(&mut volume, &BOTH);
    assert!(evened.evening.unwrap().seams.is_empty());
    let after = distance_where(&volume, &flat, is_seen);
    assert!(after < 0.2 * before, "{before} became {after}");
    assert!((0..SHAPE[0]).all(|z| (60..63).contains(&z) || volume.at(0, 0, z) == 30));
    assert!(volume.slice(61).iter().all(|&v| v == 0));
}

#[test]
fn resin_alone_or_few_slices_are_left_alone() {
    let resin = balls(|_, _| None);
    let mut volume = scanned(&resin, drifting);
    let evened = even(&mut volume, &BOTH);
    assert!(evened.evening.is_none());
    assert!(
        evened.notes[0].contains("cannot be told apart"),
        "{:?}",
        evened.notes
    );
    let mut few = Volume::filled([3, 4, 5], Spacing::isotropic(1.0), 7_u16);
    assert!(even(&mut few, &[]).notes.is_empty());
}
