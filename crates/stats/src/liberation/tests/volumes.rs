//! Liberation of what is measured in volumes of labels.

use corelith_core::{PlacedMap, Raster, Silent, Spacing, Volume};
use rand::{RngExt as _, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

use super::*;
use crate::stereology::{self, Section, profiles, random_profiles};

/// Four blocks, each with `a` of its 10 columns of A.
fn blocks(a: [usize; 4]) -> (Volume<u8>, Volume<u32>) {
    let spacing = Spacing::isotropic(4.0);
    let particles = Volume::from_fn([12, 12, 48], spacing, |x, y, z| {
        let inside = |i: usize| (1..11).contains(&i);
        if inside(x % 12) && inside(y) && inside(z) {
            x as u32 / 12 + 1
        } else {
            0
        }
    });
    let phases = Volume::from_fn([12, 12, 48], spacing, |x, y, z| {
        match particles.at(x, y, z) as usize {
            0 => 0,
            id if x % 12 <= a[id - 1] => 1,
            _ => 2,
        }
    });
    (phases, particles)
}

#[test]
fn a_result_deviates_from_the_truth_by_what_its_labels_differ() {
    let list = minerals();
    let between = |found: [usize; 4], truth: [usize; 4]| {
        let (found, truth) = (blocks(found), blocks(truth));
        let found = Segmented {
            phases: &found.0,
            particles: &found.1,
            minerals: &list,
        };
        let truth = Segmented {
            phases: &truth.0,
            particles: &truth.1,
            minerals: &list,
        };
        deviation(
            found,
            truth,
            MeasuredWith {
                measurement: &Default::default(),
                stereology: &Default::default(),
                liberation: &Settings::default(),
                seed: 2,
            },
            &Silent,
        )
        .unwrap()
        .remove(0)
    };
    let same = between([10, 7, 5, 2], [10, 7, 5, 2]);
    assert_eq!((same.modal_points, same.largest_curve_points()), (0.0, 0.0));
    assert_eq!(same.largest_bias_points(), 0.0);
    assert!(same.bias_has_the_true_sign() && same.mean_bias_true > 1.0);
    // One block fully A where the truth has half: 5 of 40 columns more, and the freest.
    let off = between([10, 7, 10, 2], [10, 7, 5, 2]);
    assert!((off.modal_points - 12.5).abs() < 1e-9);
    let expected = 100.0 * (20.0 / 29.0 - 10.0 / 24.0);
    assert!((off.curve_points[10] - expected).abs() < 1e-9);
    assert!(off.largest_curve_points() > expected - 1e-9);
    assert!(off.largest_bias_points() > 0.1, "{off:?}");
}

/// Balls of A and B halved through the middle, each of a place and a direction of its own.
fn halves() -> (Volume<u8>, Volume<u32>) {
    const CELL: usize = 26;
    let mut random = ChaCha8Rng::seed_from_u64(17);
    let balls: Vec<([f64; 3], [f64; 3])> = (0..16)
        .map(|_| {
            let centre = [(); 3].map(|()| 12.5 + random.random_range(-0.5..0.5));
            let along = [(); 3].map(|()| StandardNormal.sample(&mut random));
            (centre, along)
        })
        .collect();
    let at = |x: usize, y: usize, z: usize| {
        let ball = x / CELL + 4 * (y / CELL);
        let (centre, along) = &balls[ball];
        let d = [x % CELL, y % CELL, z].map(|v| v as f64);
        let d: [f64; 3] = std::array::from_fn(|i| d[i] - centre[i]);
        let side: f64 = (0..3).map(|i| d[i] * along[i]).sum();
        let inside = d.iter().map(|d| d * d).sum::<f64>() <= 11.0 * 11.0;
        (inside, ball, side < 0.0)
    };
    let shape = [CELL, 4 * CELL, 4 * CELL];
    let spacing = Spacing::isotropic(2.0);
    let particles = Volume::from_fn(shape, spacing, |x, y, z| match at(x, y, z) {
        (true, ball, _) => ball as u32 + 1,
        _ => 0,
    });
    let phases = Volume::from_fn(shape, spacing, |x, y, z| match at(x, y, z) {
        (true, _, is_a) => 2 - u8::from(is_a),
        _ => 0,
    });
    (phases, particles)
}

#[test]
fn halved_particles_are_halves_wherever_their_voxels_fall() {
    let (phases, labels) = halves();
    let found =
        crate::measure::measure(&labels, &phases, &minerals(), &Default::default(), &Silent)
            .unwrap();
    let shares: Vec<f64> = found.iter().map(|p| p.volume_pct(1, 0)).collect();
    assert!(shares.iter().any(|s| *s < 50.0) && shares.iter().any(|s| *s > 50.0));
    let off = shares.iter().map(|s| (s - 50.0).abs()).fold(0.0, f64::max);
    for p in &found {
        let resolution = p.volume_resolution_points(1, 0);
        assert!(off < resolution && resolution < 0.6, "{off} {resolution}");
    }
    for class in [1, 2] {
        let result = analysed(&of(&found, &[]), &Settings::default());
        let volume = result.mineral(class).unwrap().on(Basis::Volume3d).clone();
        assert_eq!(volume.particles[5], 16);
        assert!((volume.at_least[5].value - 100.0).abs() < 1e-9);
        assert_eq!(volume.at_least[6].value, 0.0);
    }
}

#[test]
fn the_correction_looks_past_mislabelled_pixels() {
    // Pure balls and balls of B: sections are pure, but one pixel in 60 of the maps is mislabelled.
    let spacing = Spacing::isotropic(2.0);
    let labels = Volume::from_fn([20, 80, 80], spacing, |x, y, z| {
        let centred = |v: usize| (v % 20) as f64 - 9.5;
        let r = centred(x).hypot(centred(y)).hypot(centred(z));
        if r < 8.5 {
            (1 + x / 20 + 4 * (y / 20)) as u32
        } else {
            0
        }
    });
    let phases = labels.map(|&id| if id == 0 { 0 } else { 1 + (id % 2) as u8 });
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let coords_vox = [
        Raster::from_fn(130, 130, |x, _| x as f32 * 0.6),
        Raster::from_fn(130, 130, |_, y| y as f32 * 0.6),
        Raster::filled(130, 130, 9.0),
    ];
    let mut map = PlacedMap {
        name: "map".to_owned(),
        classes: Raster::filled(130, 130, 0),
        coords_vox,
        pixel_um: 1.2,
    };
    let cut = Section::virtual_cut(&map, &phases, &labels, 0).unwrap();
    map.classes = cut.classes.map(|&class| match class {
        0 => 0,
        _ if random.random_ratio(1, 60) => 3 - class,
        class => class,
    });
    let on_map = Section::measured(&map, &labels).unwrap();
    let particles =
        crate::measure::measure(&labels, &phases, &minerals(), &Default::default(), &Silent)
            .unwrap();
    let at_100 = |smallest_grain_um| {
        let settings = stereology::Settings {
            random_sections: 100,
            smallest_grain_um,
            ..Default::default()
        };
        let maps = profiles(&on_map, 0, &minerals(), &settings).unwrap();
        let random = random_profiles(&phases, &labels, &minerals(), &settings, 2, &Silent).unwrap();
        let populations = Populations {
            random: &random,
            ..of(&particles, &maps)
        };
        let seen = analysed(&populations, &Settings::default());
        let seen = seen.mineral(1).unwrap().on(Basis::Area2dMaps).at_least[10];
        let corrected =
            correct_maps(&minerals(), &populations, &Settings::default(), 1, &Silent).unwrap();
        [seen.value, corrected[0].at_least[10].value]
    };
    let [seen, corrected] = at_100(0.0);
    assert!(
        seen < 20.0 && (corrected.is_nan() || corrected < 20.0),
        "{seen} {corrected}"
    );
    let [seen, corrected] = at_100(stereology::Settings::default().smallest_grain_um);
    assert!(seen > 99.0 && corrected > 99.0, "{seen} {corrected}");
}
