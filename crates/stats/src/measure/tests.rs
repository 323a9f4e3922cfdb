use corelith_core::{Mineral, Minerals, Silent, Spacing, Volume};
use nalgebra::{Rotation3, Vector3};

use super::*;

fn minerals() -> Minerals {
    let row = |name: &str, grey: u8| Mineral {
        name: name.to_owned(),
        rgb: [grey; 3],
        density_g_cm3: Some(f64::from(grey) + 1.0),
    };
    Minerals::new(vec![row("Resin", 0), row("A", 1), row("B", 2)], "Resin").unwrap()
}

fn measured(particles: &Volume<u32>) -> Vec<Particle> {
    let phases = particles.map(|&id| u8::from(id != 0));
    measure(
        particles,
        &phases,
        &minerals(),
        &Settings::default(),
        &Silent,
    )
    .unwrap()
}

/// A volume with room around a body of this size; `inside` sees positions from the centre.
fn body(across: f64, inside: impl Fn(Vector3<f64>) -> bool) -> Volume<u32> {
    let n = (across * 1.8) as usize + 6;
    let centre = (n as f64 - 1.0) / 2.0 + 0.2;
    Volume::from_fn([n; 3], Spacing::isotropic(2.0), |x, y, z| {
        let from_centre = Vector3::new(x as f64, y as f64, z as f64).add_scalar(-centre);
        u32::from(inside(from_centre))
    })
}

fn rotations() -> Vec<Rotation3<f64>> {
    [
        (0.0, 0.0, 0.0),
        (0.0, 0.0, 0.6),
        (0.3, 0.0, 0.1),
        (0.7, 0.4, 1.1),
        (1.2, 0.9, 0.2),
    ]
    .iter()
    .map(|&(a, b, c)| Rotation3::from_euler_angles(a, b, c))
    .collect()
}

/// Surface of an ellipsoid with these semi-axes, to 1 % (Thomsen 2004).
fn ellipsoid_surface([a, b, c]: [f64; 3]) -> f64 {
    let p = 1.6075;
    let mean = ((a * b).powf(p) + (a * c).powf(p) + (b * c).powf(p)) / 3.0;
    4.0 * std::f64::consts::PI * mean.powf(1.0 / p)
}

#[track_caller]
fn assert_near(found: f64, expected: f64, percent: f64, what: &str) {
    let error = 100.0 * (found / expected - 1.0);
    assert!(error.abs() <= percent, "{what}: {error:.2} % off");
}

#[test]
fn balls_ellipsoids_and_cubes_from_20_voxels() {
    for across in [20.0, 32.0, 60.0] {
        let um = 2.0 * across;
        let ball = body(across, |p| p.norm() <= across / 2.0);
        let ball = &measured(&ball)[0];
        let pi = std::f64::consts::PI;
        assert_near(ball.volume_um3, pi / 6.0 * um.powi(3), 1.0, "ball volume");
        assert_near(ball.surface_um2, pi * um * um, 3.0, "ball surface");
        assert_near(ball.feret_max_um, um, 5.0, "ball largest Feret");
        assert_near(ball.feret_min_um, um, 5.0, "ball smallest Feret");
        assert!(ball.sphericity > 0.97 && ball.solidity > 0.95);
        assert!(ball.elongation > 0.98 && ball.flatness > 0.98);

        for (index, turn) in rotations().iter().enumerate() {
            if across > 40.0 && index > 2 {
                continue;
            }
            let cube = body(across, |p| (turn * p).abs().max() <= across / 2.0);
            let cube = &measured(&cube)[0];
            let what = |name: &str| format!("{name} of cube {across}, rotation {index}");
            // An unrotated cube has a whole number of voxels; its own size is the truth then.
            let um = if index == 0 {
                cube.volume_um3.cbrt()
            } else {
                um
            };
            assert_near(cube.volume_um3, um.powi(3), 1.0, &what("volume"));
            assert_near(cube.surface_um2, 6.0 * um * um, 3.0, &what("surface"));
            assert_near(cube.feret_max_um, 3f64.sqrt() * um, 5.0, &what("feret"));
            assert_near(cube.feret_min_um, um, 5.0, &what("feret_min"));
            assert!(
                cube.solidity > 0.85,
                "{}: {}",
                what("solidity"),
                cube.solidity
            );

            let axes = [0.7 * across, 0.5 * across, 0.35 * across];
            let ellipsoid = body(1.4 * across, |p| {
                (turn * p).component_div(&Vector3::from(axes)).norm() <= 1.0
            });
            let ellipsoid = &measured(&ellipsoid)[0];
            let semi_um = axes.map(|a| 2.0 * a);
            let volume = 4.0 / 3.0 * pi * semi_um.iter().product::<f64>();
            assert_near(ellipsoid.volume_um3, volume, 1.0, "ellipsoid volume");
            let surface = ellipsoid_surface(semi_um);
            assert_near(ellipsoid.surface_um2, surface, 3.0, "ellipsoid surface");
            assert_near(ellipsoid.elongation, 0.5 / 0.7, 2.0, "elongation");
            assert_near(ellipsoid.flatness, 0.35 / 0.5, 2.0, "flatness");
        }
    }
}

/// Largest errors of volume and surface in percent, over all rotations and three positions on the
/// grid, of bodies this many voxels across.
fn largest_errors(across: f64, body_of: &str) -> [f64; 2] {
    let um = 2.0 * across;
    let pi = std::f64::consts::PI;
    let axes = [0.7 * across, 0.5 * across, 0.35 * across];
    let (volume, surface) = match body_of {
        "ball" => (pi / 6.0 * um.powi(3), pi * um * um),
        "cube" => (um.powi(3), 6.0 * um * um),
        _ => {
            let semi_um = axes.map(|a| 2.0 * a);
            let volume = 4.0 / 3.0 * pi * semi_um.iter().product::<f64>();
            (volume, ellipsoid_surface(semi_um))
        }
    };
    let mut largest = [0f64; 2];
    // An unturned cube has a whole number of voxels, whatever its size.
    for turn in &rotations()[1..] {
        for shift in [0.0, 0.23, 0.41] {
            let inside = |p: Vector3<f64>| {
                let p = turn * p.add_scalar(shift);
                match body_of {
                    "ball" => p.norm() <= across / 2.0,
                    "cube" => p.abs().max() <= across / 2.0,
                    _ => p.component_div(&Vector3::from(axes)).norm() <= 1.0,
                }
            };
            let found = &measured(&body(across, inside))[0];
            for (largest, (found, truth)) in largest
                .iter_mut()
                .zip([(found.volume_um3, volume), (found.surface_um2, surface)])
            {
                *largest = largest.max(100.0 * (found / truth - 1.0).abs());
            }
        }
    }
    largest
}

/// The table of `accuracy.md`, which stands in the docs, is what comes out.
#[test]
fn the_accuracy_table_holds() {
    let rows = include_str!("accuracy.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .map(|line| -> Vec<&str> { line.split('|').map(str::trim).collect() })
        .filter(|cells| cells[0].parse::<f64>().is_ok());
    let (mut sizes, mut wrong) = (0, Vec::new());
    for cells in rows {
        let across: f64 = cells[0].parse().unwrap();
        let stated: Vec<f64> = cells[1..7].iter().map(|c| c.parse().unwrap()).collect();
        for (i, name) in ["ball", "ellipsoid", "cube"].into_iter().enumerate() {
            let [volume, surface] = largest_errors(across, name);
            for (what, found, stated) in [
                ("volume", volume, stated[2 * i]),
                ("surface", surface, stated[2 * i + 1]),
            ] {
                if (found - stated).abs() > 0.06 {
                    wrong.push(format!("{across} {name} {what}: {found:.1}, not {stated}"));
                }
                let goal = if what == "volume" { 1.0 } else { 3.0 };
                assert!(across < 20.0 || found <= goal, "{what} of {name} {across}");
            }
        }
        sizes += 1;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(sizes, 6);
}

#[test]
fn anisotropic_voxels_measure_the_same_ball() {
    let (radius_um, spacing) = (
        20.0,
        Spacing {
            x_um: 1.0,
            y_um: 1.2,
            z_um: 1.6,
        },
    );
    let ball = Volume::from_fn([32, 42, 50], spacing, |x, y, z| {
        let p = Vector3::new(
            (x as f64 - 24.3) * 1.0,
            (y as f64 - 20.6) * 1.2,
            (z as f64 - 15.4) * 1.6,
        );
        u32::from(p.norm() <= radius_um)
    });
    let ball = &measured(&ball)[0];
    let pi = std::f64::consts::PI;
    assert_near(ball.volume_um3, 4.0 / 3.0 * pi * 8000.0, 1.0, "volume");
    assert_near(ball.surface_um2, 4.0 * pi * 400.0, 4.0, "surface");
    assert_near(ball.feret_max_um, 40.0, 5.0, "feret");
}

#[test]
fn tiny_and_flat_particles() {
    let mut labels = Volume::filled([12, 12, 12], Spacing::isotropic(1.0), 0u32);
    let mut set = |id: u32, [x, y, z]: [usize; 3], [w, h, d]: [usize; 3]| {
        for z in z..z + d {
            for y in y..y + h {
                for x in x..x + w {
                    let at = labels.index(x, y, z);
                    labels.data_mut()[at] = id;
                }
            }
        }
    };
    set(1, [1, 1, 1], [1, 1, 1]);
    set(2, [3, 3, 1], [8, 8, 1]);
    set(3, [1, 1, 4], [9, 1, 1]);
    set(5, [0, 4, 4], [1, 5, 8]);
    let found = measured(&labels);
    assert_eq!(found.iter().map(|p| p.id).collect::<Vec<_>>(), [1, 2, 3, 5]);
    for p in &found {
        assert!(p.surface_um2 > 0.0 && p.sphericity > 0.0 && p.sphericity <= 1.0);
        assert!(p.solidity > 0.0 && p.solidity <= 1.0);
        assert!(p.feret_min_um > 0.0 && p.feret_max_um >= p.feret_min_um);
        assert!((0.0..=1.0).contains(&p.elongation) && (0.0..=1.0).contains(&p.flatness));
    }
    assert!(found[3].touches_border && found[3].edge_weight == 0.0);
    assert!(found[2].elongation < 0.2);
    assert!(found[1].flatness < 0.2);
}

#[test]
fn touching_neighbours_change_nothing() {
    let lone = Volume::from_fn([30, 30, 60], Spacing::isotropic(1.0), |x, y, z| {
        u32::from((5..27).contains(&x) && (6..24).contains(&y) && (4..25).contains(&z))
    });
    let mut crowd = lone.clone();
    for z in 2..28 {
        for y in 1..29 {
            for x in 27..55 {
                let at = crowd.index(x, y, z);
                crowd.data_mut()[at] = 2;
            }
        }
    }
    let (lone, crowd) = (measured(&lone), measured(&crowd));
    let strip = |p: &Particle| Particle {
        mineral_surface_um2: Vec::new(),
        ..p.clone()
    };
    assert_eq!(strip(&lone[0]), strip(&crowd[0]));
    // The contact is surface, but not exposed.
    let (alone, touching) = (
        lone[0].mineral_surface_um2[1],
        crowd[0].mineral_surface_um2[1],
    );
    assert_near(alone, lone[0].surface_um2, 1e-6, "all of it exposed");
    assert_near(alone - touching, 18.0 * 21.0, 12.0, "contact");
}

#[test]
fn minerals_share_volume_surface_and_interface() {
    // A cube of A and B halves, with a pore inside A.
    let particles = Volume::from_fn([40, 40, 40], Spacing::isotropic(1.0), |x, y, z| {
        u32::from([x, y, z].iter().all(|v| (8..32).contains(v)))
    });
    let mut phases = Volume::from_fn([40, 40, 40], Spacing::isotropic(1.0), |x, y, z| {
        u8::from(particles.at(x, y, z) != 0) * (1 + u8::from(x >= 20))
    });
    let pore = phases.index(12, 20, 20);
    phases.data_mut()[pore] = 0;
    let found = measure(
        &particles,
        &phases,
        &minerals(),
        &Settings::default(),
        &Silent,
    )
    .unwrap();
    let p = &found[0];
    assert_eq!(p.mineral_voxels, [1, 6911, 6912]);
    assert_near(p.mineral_surface_um2[1], p.surface_um2 / 2.0, 0.01, "half");
    assert_near(p.interface_um2[3 + 2], 576.0, 3.0, "interface");
    assert_eq!(p.interface_um2[3 + 2], p.interface_um2[6 + 1]);
    assert!(p.interface_um2[1] > 0.0 && p.interface_um2[2] == 0.0);

    let table = particle_table(&found, &minerals());
    let value = |name: &str| match &table.column(name).unwrap().values {
        corelith_core::Values::F64(values) => values[0],
        _ => panic!("{name} holds no numbers"),
    };
    assert!((value("A_volume_pct") + value("B_volume_pct") - 100.0).abs() < 1e-9);
    assert!((value("A_surface_pct") + value("B_surface_pct") - 100.0).abs() < 1e-9);
    assert!((value("pore_volume_pct") - 100.0 / 13_824.0).abs() < 1e-9);
    assert!(value("B_mass_pct") > value("B_volume_pct"));
    assert!(table.column("Resin_volume_pct").is_none());
}

#[test]
fn bad_input_is_told() {
    let spacing = Spacing::isotropic(1.0);
    let particles = Volume::filled([2, 3, 4], spacing, 1u32);
    let settings = Settings::default();
    let run = |particles: &Volume<u32>, phases: &Volume<u8>| {
        measure(particles, phases, &minerals(), &settings, &Silent)
            .unwrap_err()
            .to_string()
    };
    let shape = run(&particles, &Volume::filled([2, 3, 5], spacing, 1));
    assert!(shape.contains("[2, 3, 4]") && shape.contains("[2, 3, 5]"));
    let phase = run(&particles, &Volume::filled([2, 3, 4], spacing, 9));
    assert!(
        phase.contains("phase 9") && phase.contains("3 rows"),
        "{phase}"
    );
    let ids = run(
        &Volume::filled([2, 3, 4], spacing, 4_000_000_000),
        &Volume::filled([2, 3, 4], spacing, 1),
    );
    assert!(ids.contains("4000000000"));
}

#[test]
fn nothing_to_measure() {
    let spacing = Spacing::isotropic(1.0);
    assert!(measured(&Volume::filled([3, 3, 3], spacing, 0)).is_empty());
    assert!(measured(&Volume::filled([0, 3, 3], spacing, 0)).is_empty());
    assert!(measured(&Volume::filled([3, 3, 0], spacing, 0)).is_empty());
}

/// Particles thrown at random into a larger space than the volume: the weights give back their
/// number density by size, which plain counts of whole particles do not.
#[test]
fn edge_weights_take_the_bias_away() {
    use rand::{RngExt, SeedableRng};
    const N: i64 = 40;
    const ROUNDS: usize = 400_000;
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    let (mut plain, mut weighted) = ([0.0; 2], [0.0; 2]);
    for round in 0..ROUNDS {
        let size = if round % 2 == 0 { 4 } else { 24 };
        // The lowest corner lies in a window wide enough for every particle that can touch.
        let corner = [(); 3].map(|()| random.random_range(-30..N + 30));
        let low = corner.map(|v| v.max(0) as u32);
        let high = corner.map(|v| (v + size - 1).min(N - 1));
        if high.iter().any(|&v| v < 0) || low.iter().any(|&v| i64::from(v) >= N) {
            continue;
        }
        // The bounding box is all that counts.
        let mut moments = Moments::default();
        moments.add_run(low[0], high[0] as u32 + 1, low[1], low[2]);
        moments.add_run(low[0], high[0] as u32 + 1, high[1] as u32, high[2] as u32);
        let weight = edge_weight(&moments, [N as usize; 3]);
        plain[round % 2] += f64::from(weight > 0.0);
        weighted[round % 2] += weight;
    }
    let places = (N as f64 / (N as f64 + 60.0)).powi(3);
    let expected = ROUNDS as f64 / 2.0 * places;
    assert_near(plain[0], 0.67 * expected, 5.0, "whole small particles");
    assert_near(plain[1], 0.053 * expected, 10.0, "whole large particles");
    assert_near(weighted[0], expected, 3.0, "small particles, weighted");
    assert_near(weighted[1], expected, 10.0, "large particles, weighted");
}
