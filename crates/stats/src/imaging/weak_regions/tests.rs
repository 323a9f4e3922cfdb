use corelith_core::{Silent, Spacing};
use rand::{RngExt as _, SeedableRng as _};

use super::region::Region;
use super::*;

/// One slice of phases and particles, reassigned with the same log odds for every voxel.
fn reassigned(
    phases: &[u8],
    particles: &[u32],
    steps: &[u8],
    width: usize,
    settings: Settings,
) -> (Vec<u8>, Vec<u32>) {
    let shape = [1, phases.len() / width, width];
    let spacing = Spacing::isotropic(1.0);
    let mut phases = Volume::new(phases.to_vec(), shape, spacing).unwrap();
    let mut particles = Volume::new(particles.to_vec(), shape, spacing).unwrap();
    let steps = Volume::new(steps.to_vec(), shape, spacing).unwrap();
    let log_odds = LogOdds {
        steps: &steps,
        step_nats: 0.5,
    };
    reassign_weak_regions(&mut phases, &mut particles, 0, log_odds, &settings, &Silent).unwrap();
    (phases.into_data(), particles.into_data())
}

const PHASES: [u8; 24] = [
    0, 1, 1, 1, 1, 0, //
    1, 1, 2, 1, 3, 0, //
    1, 1, 1, 1, 3, 0, //
    0, 0, 4, 0, 0, 2,
];

/// Grains of the minerals 2, 3 and 4 in a particle of their own.
const GRAINS: [u8; 24] = [
    0, 0, 0, 0, 0, 0, //
    2, 2, 2, 2, 2, 2, //
    3, 3, 3, 3, 3, 3, //
    4, 4, 4, 4, 4, 4,
];

fn with_grains(phases: [u8; 24]) -> Vec<u8> {
    [phases, GRAINS].concat()
}

fn in_one_particle() -> Vec<u32> {
    let first = PHASES[..23].iter().map(|&p| u32::from(p != 0));
    let grains = GRAINS.iter().map(|&p| 3 * u32::from(p != 0));
    first.chain([2]).chain(grains).collect()
}

/// 8 steps are 4 nats a voxel, but half of one in the rim.
fn steps() -> Vec<u8> {
    let rim = PHASES.iter().map(|&p| if p == 3 { 1 } else { 8 });
    rim.chain([8; 24]).collect()
}

#[test]
fn weak_regions_join_what_they_touch_most_and_strong_ones_stay() {
    let of = |evidence_nats| {
        let settings = Settings {
            evidence_nats,
            border_vox: 0.0,
        };
        let phases = with_grains(PHASES);
        reassigned(&phases, &in_one_particle(), &steps(), 6, settings)
    };
    let (phases, particles) = of(4.0);
    let rim_joined = PHASES.map(|p| if p == 3 { 1 } else { p });
    assert_eq!(phases, with_grains(rim_joined));
    assert_eq!(particles, in_one_particle());

    let (phases, particles) = of(4.5);
    // The last voxel is a particle of its own and has nothing to join.
    let mut all_joined = PHASES.map(|p| p.min(1));
    all_joined[23] = 2;
    assert_eq!(phases, with_grains(all_joined));
    assert_eq!(particles, in_one_particle());
}

#[test]
fn what_touches_its_particle_by_an_edge_alone_becomes_what_that_is() {
    let phases = [
        2, 1, 1, 0, //
        1, 1, 1, 0, //
        0, 0, 0, 3, //
        0, 2, 2, 2,
    ];
    let particles = [
        1, 1, 1, 0, //
        1, 1, 1, 0, //
        0, 0, 0, 1, //
        0, 2, 2, 3,
    ];
    let settings = Settings {
        evidence_nats: 5.0,
        border_vox: 0.0,
    };
    let steps = [8; 16];
    let strong_3 = [[0; 8], [3; 8]].concat();
    let with_3 = |phases: [u8; 16]| [phases.to_vec(), strong_3.clone()].concat();
    let with_4 =
        |particles: [u32; 16]| [particles.to_vec(), [vec![0; 8], vec![4; 8]].concat()].concat();
    let (found, own) = reassigned(
        &with_3(phases),
        &with_4(particles),
        &[steps.to_vec(), vec![8; 16]].concat(),
        4,
        settings,
    );
    let mut expected = phases;
    (expected[0], expected[11]) = (1, 1);
    assert_eq!(found, with_3(expected));
    assert_eq!(own, with_4(particles));
}

#[test]
fn a_mineral_of_specks_does_not_vanish() {
    let settings = Settings {
        evidence_nats: 4.5,
        border_vox: 0.0,
    };
    let (phases, particles) = reassigned(
        &PHASES,
        &in_one_particle()[..24],
        &steps()[..24],
        6,
        settings,
    );
    assert_eq!(phases, PHASES);
    assert_eq!(particles, in_one_particle()[..24]);
}

#[test]
fn zeros_switch_it_off() {
    let off = Settings {
        evidence_nats: 0.0,
        border_vox: 0.0,
    };
    let phases = with_grains(PHASES);
    let (after, particles) = reassigned(&phases, &in_one_particle(), &steps(), 6, off);
    assert_eq!(after, phases);
    assert_eq!(particles, in_one_particle());
}

#[test]
fn a_layer_of_the_mineral_next_door_goes_over_the_border_and_a_grain_does_not() {
    // Mineral 1 of the left particle, mineral 2 of the right one; the border is a voxel off in the
    // upper rows, and a true grain of three voxels touches it in the last row.
    let phases = [
        1, 1, 1, 1, 2, 2, 2, 2, //
        1, 1, 1, 1, 2, 2, 2, 2, //
        1, 1, 1, 1, 1, 2, 2, 2, //
        1, 2, 2, 2, 2, 2, 2, 2,
    ];
    let particles = [
        1, 1, 1, 1, 1, 2, 2, 2, //
        1, 1, 1, 1, 1, 2, 2, 2, //
        1, 1, 1, 1, 1, 2, 2, 2, //
        1, 1, 1, 1, 2, 2, 2, 2,
    ];
    let settings = Settings {
        evidence_nats: 1.0,
        border_vox: 1.5,
    };
    let (after, of) = reassigned(&phases, &particles, &[8; 32], 8, settings);
    assert_eq!(after, phases);
    let mut moved = particles;
    (moved[4], moved[12]) = (2, 2);
    assert_eq!(of, moved);
}

#[test]
fn a_particle_of_one_region_does_not_vanish() {
    let settings = Settings {
        evidence_nats: 100.0,
        border_vox: 9.0,
    };
    let (phases, particles) = reassigned(&[1, 1, 1, 1], &[1, 2, 2, 2], &[0; 4], 4, settings);
    assert_eq!(phases, [1, 1, 1, 1]);
    assert_eq!(particles, [1, 2, 2, 2]);
}

#[test]
fn what_cannot_be_used_is_named() {
    let spacing = Spacing::isotropic(1.0);
    let mut phases = Volume::filled([1, 2, 2], spacing, 1);
    let mut particles = Volume::filled([1, 2, 2], spacing, 1);
    let steps = Volume::filled([1, 2, 3], spacing, 1);
    let mut run = |steps: &Volume<u8>, evidence_nats| {
        let settings = Settings {
            evidence_nats,
            ..Settings::default()
        };
        let log_odds = LogOdds {
            steps,
            step_nats: 1.0,
        };
        let result =
            reassign_weak_regions(&mut phases, &mut particles, 0, log_odds, &settings, &Silent);
        result.unwrap_err().to_string()
    };
    assert!(run(&steps, 1.0).contains("[1, 2, 3]"));
    let steps = Volume::filled([1, 2, 2], spacing, 1);
    assert!(run(&steps, -1.0).contains("evidence_nats"));
    assert!(run(&steps, f64::NAN).contains("evidence_nats"));
}

/// Regions by flood fill, their sums and faces voxel by voxel, then [`new_homes`].
fn by_voxels(
    phases: &Volume<u8>,
    particles: &Volume<u32>,
    log_odds: LogOdds,
    settings: &Settings,
) -> (Vec<u8>, Vec<u32>) {
    let log_odds_of = log_odds.steps.slices(0..phases.shape()[0]).unwrap();
    let around = |at: usize| -> Vec<usize> { phases.face_neighbours(at).collect() };
    let kind = |at: usize| (particles.data()[at], phases.data()[at]);
    let mut labels = vec![0u32; phases.len()];
    let mut all = vec![Region::default()];
    let mut steps = vec![0u64];
    for seed in 0..labels.len() {
        if labels[seed] != 0 || kind(seed).0 == 0 || kind(seed).1 == 0 {
            continue;
        }
        let label = all.len() as u32;
        let (particle, class) = kind(seed);
        all.push(Region {
            class,
            particle,
            ..Region::default()
        });
        steps.push(0);
        labels[seed] = label;
        let mut open = vec![seed];
        while let Some(at) = open.pop() {
            all[label as usize].voxels += 1;
            steps[label as usize] += u64::from(log_odds_of[at]);
            for to in around(at) {
                if labels[to] == 0 && kind(to) == kind(seed) {
                    labels[to] = label;
                    open.push(to);
                }
            }
        }
    }
    for (region, steps) in all.iter_mut().zip(steps) {
        region.log_odds_nats = steps as f64 * log_odds.step_nats;
    }
    let mut faces = Vec::new();
    for at in 0..labels.len() {
        for to in around(at) {
            let (a, b) = (labels[at], labels[to]);
            if a != 0 && b > a {
                faces.push(((a, b), 1));
            }
        }
    }
    let regions = Regions {
        all,
        faces: vec![faces],
    };
    let homes = new_homes(&regions, settings);
    let mut after = (phases.data().to_vec(), particles.data().to_vec());
    for (at, &label) in labels.iter().enumerate().filter(|(_, label)| **label != 0) {
        let region = regions.all[homes[label as usize] as usize];
        (after.0[at], after.1[at]) = (region.class, region.particle);
    }
    renumber_by_first_voxel(&mut after.1).unwrap();
    after
}

#[test]
fn slabs_and_threads_change_nothing() {
    // More slices than a slab has; regions of a few voxels and of many.
    let shape = [45, 9, 66];
    let spacing = Spacing::isotropic(1.0);
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(10);
    let particles = Volume::from_fn(shape, spacing, |x, y, z| {
        if random.random_bool(0.1) {
            0
        } else {
            ((x / 30 + 3 * (z / 17)) * 2 + usize::from(y > 5)) as u32 + 1
        }
    });
    let phases = Volume::from_fn(shape, spacing, |x, _, z| match random.random_range(0..20) {
        0 => 0,
        1 => 3,
        _ => 1 + ((x / 7 + z / 5) % 2) as u8,
    });
    let steps = Volume::from_fn(shape, spacing, |_, _, _| random.random_range(0..30u8));
    let log_odds = LogOdds {
        steps: &steps,
        step_nats: 0.5,
    };
    let settings = Settings {
        evidence_nats: 20.0,
        border_vox: 1.5,
    };
    let expected = by_voxels(&phases, &particles, log_odds, &settings);
    assert!(expected.0 != phases.data() && expected.1 != particles.data());
    for threads in [1, 2, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let (mut phases, mut particles) = (phases.clone(), particles.clone());
        pool.build()
            .unwrap()
            .install(|| {
                let particles = &mut particles;
                reassign_weak_regions(&mut phases, particles, 0, log_odds, &settings, &Silent)
            })
            .unwrap();
        assert!(phases.data() == expected.0, "{threads} threads");
        assert!(particles.data() == expected.1, "{threads} threads");
    }
}
