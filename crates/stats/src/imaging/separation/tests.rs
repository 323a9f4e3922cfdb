use corelith_core::{Silent, Spacing};

use super::*;

/// Balls `(x, y, z, radius)`, all as 1.
fn balls(shape: [usize; 3], balls: &[(f64, f64, f64, f64)]) -> Volume<u8> {
    Volume::from_fn(shape, Spacing::isotropic(1.0), |x, y, z| {
        let inside = |&(bx, by, bz, r): &(f64, f64, f64, f64)| {
            let d = [x as f64 - bx, y as f64 - by, z as f64 - bz];
            d.iter().map(|d| d * d).sum::<f64>() <= r * r
        };
        u8::from(balls.iter().any(inside))
    })
}

fn separated(mask: &Volume<u8>) -> Volume<u32> {
    separate(mask.clone(), None, &Settings::default(), &Silent).unwrap()
}

fn count(labels: &Volume<u32>) -> u32 {
    labels.data().iter().copied().max().unwrap_or(0)
}

#[test]
fn touching_balls_of_unlike_size_come_apart() {
    let mask = balls(
        [40, 40, 90],
        &[
            (20.0, 20.0, 20.0, 17.0),
            (44.0, 20.0, 20.0, 9.0),
            (56.5, 20.0, 20.0, 5.0),
            (70.0, 20.0, 20.0, 10.0),
        ],
    );
    let labels = separated(&mask);
    assert_eq!(count(&labels), 4);
    assert_eq!(labels.at(20, 20, 20), labels.at(34, 20, 20));
    assert_ne!(labels.at(44, 20, 20), labels.at(56, 20, 20));
    for (label, voxel) in labels.data().iter().zip(mask.data()) {
        assert_eq!(*label != 0, *voxel != 0);
    }
}

#[test]
fn one_rough_ellipsoid_stays_whole() {
    let mask = Volume::from_fn([40, 40, 90], Spacing::isotropic(1.0), |x, y, z| {
        let d = [
            (x as f64 - 45.0) / 40.0,
            (y as f64 - 20.0) / 14.0,
            (z as f64 - 20.0) / 12.0,
        ];
        let rough = 0.06 * ((x as f64 * 0.8).sin() + (y as f64 * 0.9).cos());
        u8::from(d.iter().map(|d| d * d).sum::<f64>().sqrt() <= 1.0 + rough)
    });
    assert_eq!(count(&separated(&mask)), 1);
}

#[test]
fn a_pore_belongs_to_its_particle_and_a_gap_to_nobody() {
    let mut mask = balls([40, 40, 40], &[(20.0, 20.0, 20.0, 16.0)]);
    let pore = mask.index(14, 20, 20);
    mask.data_mut()[pore] = 0;
    let labels = separated(&mask);
    assert_eq!(count(&labels), 1);
    assert_eq!(labels.data()[pore], 1);

    let mut outside = mask.clone();
    let open = outside.index(0, 0, 0);
    outside.data_mut()[open] = 0;
    assert_eq!(separated(&outside).data()[open], 0);
}

#[test]
fn specks_vanish_and_ids_have_no_gaps() {
    let mut mask = balls(
        [40, 40, 80],
        &[(20.0, 20.0, 20.0, 12.0), (60.0, 20.0, 20.0, 12.0)],
    );
    mask.data_mut()[0] = 1;
    let labels = separated(&mask);
    assert_eq!(labels.data()[0], 0);
    let mut ids: Vec<u32> = labels.data().to_vec();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids, [0, 1, 2]);
}

#[test]
fn a_depth_parts_what_distance_cannot() {
    let shape = [30, 30, 60];
    let mask = Volume::from_fn(shape, Spacing::isotropic(1.0), |x, y, z| {
        u8::from((5..55).contains(&x) && (5..25).contains(&y) && (5..25).contains(&z))
    });
    assert_eq!(count(&separated(&mask)), 1);
    let depth = Volume::from_fn([15, 15, 30], Spacing::isotropic(2.0), |x, y, z| {
        let from_faces = |v: usize, low: f32, high: f32| {
            let at = 2.0 * v as f32 + 0.5;
            (at - low).min(high - at)
        };
        let contact = (2.0 * x as f32 + 0.5 - 30.5).abs();
        from_faces(y, 4.5, 24.5)
            .min(from_faces(z, 4.5, 24.5))
            .min(from_faces(x, 4.5, 54.5))
            .min(contact)
            .clamp(0.0, 8.0)
    });
    let labels = separate(mask.clone(), Some(&depth), &Settings::default(), &Silent).unwrap();
    assert_eq!(count(&labels), 2);
    assert_eq!(labels.at(28, 15, 15), 1);
    assert_eq!(labels.at(34, 15, 15), 2);
    for (label, voxel) in labels.data().iter().zip(mask.data()) {
        assert_eq!(*label != 0, *voxel != 0);
    }
}

#[test]
fn more_particles_than_16_bits_number() {
    let mask = Volume::from_fn([124; 3], Spacing::isotropic(1.0), |x, y, z| {
        u8::from([x, y, z].iter().all(|v| v % 3 < 2))
    });
    let settings = Settings {
        smallest_voxels: 8,
        ..Settings::default()
    };
    // The last layer of each axis is one voxel thick: its parts hold fewer voxels and vanish.
    let labels = separate(mask, None, &settings, &Silent).unwrap();
    assert_eq!(count(&labels), 41 * 41 * 41);
    assert_eq!(labels.at(0, 0, 0), 1);
    assert_eq!(labels.at(121, 121, 121), 41 * 41 * 41);
    assert_eq!(labels.at(123, 0, 0), 0);
}

#[test]
fn empty_full_and_thin_masks() {
    let spacing = Spacing::isotropic(1.0);
    for shape in [[0, 3, 3], [3, 3, 0], [4, 4, 4]] {
        assert_eq!(count(&separated(&Volume::filled(shape, spacing, 0))), 0);
    }
    assert_eq!(count(&separated(&Volume::filled([9, 9, 9], spacing, 1))), 1);
    assert_eq!(
        count(&separated(&Volume::filled([1, 9, 90], spacing, 1))),
        1
    );
}

#[test]
fn bad_settings_and_shapes_are_told() {
    let spacing = Spacing::isotropic(1.0);
    let mask = Volume::filled([2, 3, 4], spacing, 1);
    let settings = Settings {
        neck_ratio: 1.5,
        ..Settings::default()
    };
    let error = separate(mask.clone(), None, &settings, &Silent).unwrap_err();
    assert!(error.to_string().contains("neck_ratio"));
    let depth = Volume::filled([2, 3, 5], spacing, 1.0);
    let error = separate(mask, Some(&depth), &Settings::default(), &Silent).unwrap_err();
    assert!(error.to_string().contains("[2, 3, 5]") && error.to_string().contains("[1, 2, 2]"));
}

#[test]
fn contacts_that_could_be_necks_are_doubtful() {
    let settings = Settings {
        neck_ratio: 0.85,
        ..Settings::default()
    };
    let parted = |apart: f64| {
        let row = [0.0, 1.0, 2.0].map(|i| (25.0 + i * apart, 25.0, 25.0, 20.0));
        let mask = balls([50, 50, 130], &row);
        separate_with_doubts(&Compute::Cpu, mask, None, &settings, &Silent).unwrap()
    };
    let ids = |found: &Separated| ids_at(&found.doubtful, &found.particles);
    // Narrow necks: three particles beyond doubt.
    let clear = parted(38.0);
    assert_eq!((count(&clear.particles), ids(&clear)), (3, vec![]));
    let doubtful = (5..36)
        .map(|apart| parted(f64::from(apart)))
        .filter(|found| !found.doubtful.is_empty());
    let mut counts = Vec::new();
    for found in doubtful {
        let all = count(&found.particles);
        assert!(ids(&found).iter().all(|id| (1..=all).contains(id)));
        counts.push((all, ids(&found).len()));
    }
    // One that might be three, and three that might be one.
    assert!(
        counts.contains(&(1, 1)) && counts.contains(&(3, 3)),
        "{counts:?}"
    );
}

#[test]
fn threads_do_not_change_the_particles() {
    // Rough touching balls over more slices than a slab has, with pores and specks.
    let row = [0.0, 1.0, 2.0, 3.0].map(|i| (20.0, 20.0, 14.0 + 21.0 * i, 12.5 + i));
    let mut mask = balls([96, 40, 40], &row);
    for at in (0..mask.len()).step_by(211) {
        mask.data_mut()[at] ^= 1;
    }
    let settings = Settings {
        smallest_voxels: 3,
        ..Settings::default()
    };
    let parted = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| {
            separate_with_doubts(&Compute::Cpu, mask.clone(), None, &settings, &Silent).unwrap()
        })
    };
    let alone = parted(1);
    assert!(count(&alone.particles) > 1);
    for threads in [2, 8] {
        assert!(parted(threads) == alone, "{threads} threads");
    }
}
