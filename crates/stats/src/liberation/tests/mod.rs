mod volumes;

use corelith_core::{Mineral, Minerals, Silent};
use rand::{RngExt as _, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, LogNormal};

use super::*;
use crate::measure::Particle;
use crate::stereology::Profile;

fn minerals() -> Minerals {
    let row = |name: &str, grey| Mineral {
        name: name.to_owned(),
        rgb: [grey; 3],
        density_g_cm3: None,
    };
    Minerals::new(vec![row("Resin", 0), row("A", 1), row("B", 2)], "Resin").unwrap()
}

/// A particle of so many voxels of A and B, with surfaces of the same shares.
fn particle(id: u32, a: u64, b: u64) -> Particle {
    let voxels = a + b;
    Particle {
        id,
        centroid_um: [0.0; 3],
        bounds_vox: [[0; 3], [9; 3]],
        voxels,
        volume_um3: voxels as f64,
        equivalent_diameter_um: 10.0,
        surface_um2: 100.0,
        sphericity: 0.9,
        feret_max_um: 12.0,
        feret_min_um: 8.0,
        elongation: 0.9,
        flatness: 0.9,
        solidity: 0.95,
        touches_border: false,
        doubtful: false,
        edge_weight: 1.0,
        mineral_voxels: vec![0, a, b],
        mineral_surface_um2: vec![0.0, a as f64, b as f64],
        interface_um2: vec![0.0, 0.0, 0.0, 0.0, 0.0, 5.0, 0.0, 5.0, 0.0],
    }
}

fn profile(particle: u32, a: f64, b: f64) -> Profile {
    Profile {
        section: particle % 3,
        particle,
        mineral_area_um2: vec![0.0, a, b],
        is_cut: false,
        frame_weight: 1.0,
    }
}

fn of<'a>(particles: &'a [Particle], maps: &'a [Profile]) -> Populations<'a> {
    Populations {
        particles,
        maps,
        virtual_maps: &[],
        random: &[],
    }
}

fn analysed(populations: &Populations, settings: &Settings) -> Liberation {
    analyse(&minerals(), populations, settings, 1, &Silent).unwrap()
}

#[test]
fn classes_hold_the_mineral_of_their_particles() {
    let particles = [
        particle(1, 100, 0),
        particle(2, 60, 40),
        particle(3, 40, 60),
        particle(4, 0, 50),
    ];
    let result = analysed(&of(&particles, &[]), &Settings::default());
    let a = result.mineral(1).unwrap().on(Basis::Volume3d);
    let shares: Vec<f64> = a.share.iter().map(|e| e.value).collect();
    let expected = [0.0, 0.0, 0.0, 0.0, 20.0, 0.0, 30.0, 0.0, 0.0, 0.0, 50.0];
    for (share, expected) in shares.iter().zip(expected) {
        assert!((share - expected).abs() < 1e-9, "{shares:?}");
    }
    assert_eq!(a.particles.iter().sum::<u64>(), 3);
    assert!((a.at_least[5].value - 80.0).abs() < 1e-9);
    // (100 x 100 + 60 x 60 + 40 x 40) / 200.
    assert!((a.mean.value - 76.0).abs() < 1e-9);
    for e in a.share.iter().chain(&a.at_least) {
        assert!(e.low <= e.value && e.value <= e.high, "{e:?}");
    }
    let maps = result.mineral(1).unwrap().on(Basis::Area2dMaps);
    assert!(maps.mean.value.is_nan() && maps.share[3].value.is_nan());
    let classes = particles
        .each_ref()
        .map(|p| volume_liberation_class(p, 1, 0));
    assert_eq!(classes, [Some(10), Some(6), Some(4), None]);
    for (class, &count) in a.particles.iter().enumerate() {
        let listed = classes.iter().filter(|&&of| of == Some(class)).count();
        assert_eq!(listed as u64, count);
    }
}

#[test]
fn the_table_has_the_contract_s_columns_and_every_row() {
    let particles = [particle(1, 100, 0), particle(2, 60, 40)];
    let table = liberation_table(&analysed(&of(&particles, &[]), &Settings::default()));
    let names: Vec<&str> = table.columns().iter().map(|c| c.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "mineral",
            "basis",
            "liberation_lower_pct",
            "liberation_upper_pct",
            "share_pct",
            "share_low_pct",
            "share_high_pct",
            "particles"
        ]
    );
    assert_eq!(table.rows(), 2 * Basis::ALL.len() * LIBERATION_CLASSES);
}

#[test]
fn edge_weights_replace_the_particles_that_are_cut() {
    let mut particles: Vec<Particle> = (1..=150).map(|id| particle(id, 50, 50)).collect();
    for p in &mut particles[..10] {
        *p = particle(p.id, 100, 0);
        p.touches_border = true;
        p.edge_weight = 0.0;
    }
    let mean = |cut| {
        let settings = Settings {
            cut_particles: cut,
            ..Settings::default()
        };
        let result = analysed(&of(&particles, &[]), &settings);
        result.mineral(1).unwrap().on(Basis::Volume3d).mean.value
    };
    assert_eq!(mean(Cut::Corrected), 50.0);
    assert!(mean(Cut::Counted) > 55.0);
    // 140 are whole: enough to correct.
    assert_eq!(mean(Cut::Auto), 50.0);
}

#[test]
fn pairing_makes_a_constant_shift_certain() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let particles: Vec<Particle> = (1..=80)
        .map(|id| {
            let a = random.random_range(5..=90);
            particle(id, a, 100 - a)
        })
        .collect();
    let profiles: Vec<Profile> = particles
        .iter()
        .map(|p| {
            let a = p.mineral_voxels[1] as f64;
            profile(p.id, a + 5.0, 95.0 - a)
        })
        .collect();
    let result = analysed(&of(&particles, &profiles), &Settings::default());
    let a = result.mineral(1).unwrap();
    let bias = a
        .bias
        .iter()
        .find(|b| (b.basis, b.against) == (Basis::Area2dMaps, Basis::Volume3d))
        .unwrap();
    let alone = a.on(Basis::Volume3d).mean.half_width();
    assert!(bias.mean.half_width() < 0.4 * alone, "{bias:?} {alone}");
    assert!(bias.mean.low > 0.0 && bias.is_beyond_chance());
}

#[test]
fn threads_do_not_change_the_result() {
    let particles: Vec<Particle> = (1..=50).map(|id| particle(id, id.into(), 60)).collect();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| {
            let result = analysed(&of(&particles, &[]), &Settings::default());
            liberation_table(&result)
        })
    };
    // Empty cells are NaN, which equals nothing: compare what would be written.
    assert_eq!(format!("{:?}", with(1)), format!("{:?}", with(3)));
}

/// Draws a population's particle: a tenth pure, the rest of any composition, lognormal volumes.
fn drawn(random: &mut ChaCha8Rng, id: u32) -> Particle {
    let size: f64 = LogNormal::new(0.0, 0.6).unwrap().sample(random);
    let voxels = (1000.0 * size).ceil();
    let share = if random.random_bool(0.1) {
        1.0
    } else {
        random.random::<f64>()
    };
    let a = (voxels * share).round() as u64;
    // Without a surface nothing is uncertain about its share.
    Particle {
        mineral_surface_um2: vec![0.0; 3],
        interface_um2: vec![0.0; 9],
        ..particle(id, a, voxels as u64 - a)
    }
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let settings = Settings {
        replicates: 200,
        ..Settings::default()
    };
    let curve = |particles: &[Particle]| {
        let result = analysed(&of(particles, &[]), &settings);
        result.mineral(1).unwrap().on(Basis::Volume3d).at_least
    };
    let everything: Vec<Particle> = (1..=40_000).map(|id| drawn(&mut random, id)).collect();
    let population = particle_curve(&everything);
    let (mut held, mut asked) = (0, 0);
    for _ in 0..300 {
        let sample: Vec<Particle> = (1..=60).map(|id| drawn(&mut random, id)).collect();
        for (k, e) in curve(&sample).iter().enumerate().skip(1) {
            asked += 1;
            held += u32::from(e.low <= population[k] && population[k] <= e.high);
        }
    }
    let coverage = f64::from(held) / f64::from(asked);
    assert!((0.93..=0.97).contains(&coverage), "{coverage}");
}

/// The curve of a population, without a bootstrap.
fn particle_curve(particles: &[Particle]) -> [f64; LIBERATION_CLASSES] {
    let mut curve = [0.0; LIBERATION_CLASSES];
    let mut total = 0.0;
    for p in particles {
        let a = p.mineral_voxels[1] as f64;
        for share in &mut curve[..=liberation_class(100.0 * a / p.voxels as f64)] {
            *share += a;
        }
        total += a;
    }
    curve.map(|share| 100.0 * share / total)
}

#[test]
fn size_classes_share_the_volume_and_no_particle_twice() {
    let mut particles: Vec<Particle> = (1..=120).map(|id| particle(id, 50, 50)).collect();
    for (p, size) in particles.iter_mut().zip(1..) {
        p.equivalent_diameter_um = f64::from(size);
        if size > 60 {
            *p = Particle {
                mineral_voxels: vec![0, 90, 10],
                ..p.clone()
            };
        }
    }
    let found = by_size(&minerals(), &particles, &Settings::default(), 1, &Silent).unwrap();
    let a = &found[0].sizes;
    assert_eq!(a.len(), 4);
    assert_eq!(a.iter().map(|s| s.particles).sum::<u64>(), 120);
    assert!((a.iter().map(|s| s.mineral_share_pct).sum::<f64>() - 100.0).abs() < 1e-9);
    assert!(
        a.windows(2)
            .all(|w| w[0].diameter_upper_um < w[1].diameter_lower_um)
    );
    assert!((a[0].liberation.mean.value - 50.0).abs() < 1e-9);
    assert!((a[3].liberation.mean.value - 90.0).abs() < 1e-9);
    assert_eq!(size_table(&found).rows(), 2 * 4);
    // Too few for two classes of 20.
    let few = by_size(
        &minerals(),
        &particles[..39],
        &Settings::default(),
        1,
        &Silent,
    )
    .unwrap();
    assert_eq!(few[0].sizes.len(), 1);
    let none = by_size(&minerals(), &[], &Settings::default(), 1, &Silent).unwrap();
    assert!(none[0].sizes.is_empty());
}

#[test]
fn maps_like_random_sections_are_corrected_to_the_particles() {
    // Every particle is half A, but a section of it shows A alone or B alone.
    let particles: Vec<Particle> = (1..=60).map(|id| particle(id, 50, 50)).collect();
    let sections: Vec<Profile> = (1..=60)
        .map(|id| {
            if id % 2 == 0 {
                profile(id, 10.0, 0.0)
            } else {
                profile(id, 0.0, 10.0)
            }
        })
        .collect();
    let populations = Populations {
        random: &sections,
        ..of(&particles, &sections)
    };
    let settings = Settings::default();
    let seen = analysed(&populations, &settings);
    let seen = seen.mineral(1).unwrap().on(Basis::Area2dMaps).at_least;
    assert!((seen[10].value - 100.0).abs() < 1e-9);
    let corrected = correct_maps(&minerals(), &populations, &settings, 1, &Silent).unwrap();
    assert!((corrected[0].share[5].value - 100.0).abs() < 1e-6);
    assert_eq!(correction_table(&corrected).rows(), 2 * LIBERATION_CLASSES);
    let none = correct_maps(&minerals(), &of(&particles, &[]), &settings, 1, &Silent).unwrap();
    assert!(none[0].share[5].value.is_nan());
}

#[test]
fn locking_counts_minerals_from_the_wanted_share() {
    let particles = [
        particle(1, 100, 0),
        particle(2, 199, 1),
        particle(3, 50, 50),
    ];
    let rows = locking(&minerals(), &particles, &Settings::default()).unwrap();
    let a = &rows[0];
    assert!((a.free_pct - 100.0 * 299.0 / 349.0).abs() < 1e-9);
    assert!((a.binary_total_pct() - 100.0 * 50.0 / 349.0).abs() < 1e-9);
    assert_eq!(a.ternary_and_above_pct, 0.0);
}

#[test]
fn association_adds_interfaces_and_exposed_surface() {
    let particles = [particle(1, 30, 70), particle(2, 65, 35)];
    let found = association(&minerals(), &particles, &Settings::default()).unwrap();
    assert_eq!(found.area_um2(1, 2), 10.0);
    assert_eq!(found.area_um2(1, 0), 95.0);
    assert!((found.share_pct(1, 2) - 100.0 * 10.0 / 105.0).abs() < 1e-9);
}

#[test]
fn other_minerals_and_bad_settings_are_refused() {
    let mut wrong = particle(7, 1, 1);
    wrong.mineral_voxels.pop();
    let populations = [wrong];
    let refused = |particles: &[Particle], settings: &Settings| {
        analyse(&minerals(), &of(particles, &[]), settings, 1, &Silent)
            .unwrap_err()
            .to_string()
    };
    assert!(refused(&populations, &Settings::default()).contains("particle 7"));
    let few = Settings {
        replicates: 3,
        ..Settings::default()
    };
    assert!(refused(&[], &few).contains("replicates"));
}

#[test]
fn nothing_at_all_is_not_an_error() {
    let result = analysed(&of(&[], &[]), &Settings::default());
    assert!(
        result
            .mineral(1)
            .unwrap()
            .on(Basis::Volume3d)
            .mean
            .value
            .is_nan()
    );
}
