use corelith_core::{Silent, Spacing};

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
