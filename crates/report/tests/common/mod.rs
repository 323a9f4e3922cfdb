//! A page from a small synthetic result.

use std::sync::OnceLock;

use corelith_core::{Mineral, Minerals, Raster, Silent, Spacing, Volume};
use corelith_report::{
    AT_LEAST_PCT, Association, Basis, BasisCurve, Difference, Direction, Estimate, InputFile,
    Locking, MineralAgreement, MineralCurves, ParticleRow, Provenance, Registration, Report,
    ReportInput, Role, SizeLiberation, SliceView, StageTime, TrainingPoint, Truth, TruthCheck,
    Validation, build, particle_models,
};

/// Resin, ore and gangue.
pub fn minerals() -> Minerals {
    let row = |name: &str, rgb| Mineral {
        name: name.to_owned(),
        rgb,
        density_g_cm3: Some(2.6),
    };
    Minerals::new(
        vec![
            row("Resin", [0; 3]),
            row("Ore <A>", [230, 40, 40]),
            row("Gangue", [60, 120, 220]),
        ],
        "Resin",
    )
    .unwrap()
}

/// Four balls side by side, more of the ore in each.
fn volumes() -> (Volume<u16>, Volume<u8>, Volume<u32>) {
    let spacing = Spacing::isotropic(2.0);
    let particles = Volume::from_fn([20, 20, 80], spacing, |x, y, z| {
        let centred = |i: usize, centre: f64| i as f64 - centre;
        let ball = x / 20;
        let r = centred(x, 20.0 * ball as f64 + 9.5)
            .hypot(centred(y, 9.5))
            .hypot(centred(z, 9.5));
        if r < 8.0 { ball as u32 + 1 } else { 0 }
    });
    let phases = Volume::from_fn([20, 20, 80], spacing, |x, y, z| {
        match particles.at(x, y, z) as usize {
            0 => 0,
            ball if y < 5 * ball => 1,
            _ => 2,
        }
    });
    let ct = phases.map(|&p| 1000 * u16::from(p));
    (ct, phases, particles)
}

fn rows(phases: &Volume<u8>, particles: &Volume<u32>) -> Vec<ParticleRow> {
    (1..=4)
        .map(|id| {
            let count = |class: u8| {
                let both = particles.data().iter().zip(phases.data());
                both.filter(|&(&p, &c)| p == id && c == class).count() as f64
            };
            let (a, b) = (count(1), count(2));
            let left = 20 * (id - 1);
            ParticleRow {
                id,
                volume_um3: 8.0 * (a + b),
                equivalent_diameter_um: 32.0,
                feret_max_um: 33.0,
                sphericity: 0.97,
                elongation: 0.98,
                flatness: 0.97,
                solidity: 0.96,
                touches_border: false,
                weight: 1.0,
                volume_pct: vec![0.0, 100.0 * a / (a + b), 100.0 * b / (a + b)],
                surface_pct: vec![0.0, 50.0, 50.0],
                bounds_vox: [[left, 0, 0], [left + 19, 19, 19]],
            }
        })
        .collect()
}

fn falling(from: f64) -> [Estimate; 11] {
    AT_LEAST_PCT.map(|x| {
        let value = from - 0.6 * x;
        Estimate {
            value,
            low: value - 4.0,
            high: value + 4.0,
        }
    })
}

fn liberation() -> MineralCurves {
    let mean = |value| Estimate {
        value,
        low: value - 3.0,
        high: value + 3.0,
    };
    let bases = [
        Basis::Volume3d,
        Basis::Surface3d,
        Basis::Area2dMaps,
        Basis::Area2dVirtual,
        Basis::Area2dRandom,
    ];
    MineralCurves {
        class: 1,
        curves: bases
            .into_iter()
            .map(|basis| BasisCurve {
                basis,
                at_least: falling(100.0),
                mean: mean(60.0),
                particles: 4,
                sections: 1,
                needed_particles: 1234.0,
                needed_sections: 17.0,
            })
            .collect(),
        differences: vec![Difference {
            basis: Basis::Area2dRandom,
            against: Basis::Volume3d,
            at_least: falling(60.0),
            mean: mean(6.0),
            p_value: 0.004,
        }],
        sizes: [32.0, 45.0]
            .map(|um| SizeLiberation {
                diameter_um: [um, um + 10.0],
                particles: 20,
                mineral_share_pct: 50.0,
                mean: mean(60.0),
                at_least_50: mean(70.0),
                at_least_90: mean(20.0),
            })
            .into(),
        corrected: Some(falling(90.0)),
        half_width_goal_points: 5.0,
    }
}

/// Everything that a page can show.
pub fn input(minerals: &Minerals) -> ReportInput<'_> {
    let (ct, phases, particles) = volumes();
    let rows = rows(&phases, &particles);
    let section = Raster::from_fn(20, 80, |x, y| phases.at(x, y, 10));
    let directions = [Direction::Z, Direction::Y, Direction::X];
    ReportInput {
        sample: "balls & halves".to_owned(),
        fraction_um: Some("63-100".to_owned()),
        minerals,
        target: 1,
        registrations: vec![
            Registration {
                map: "map_0".to_owned(),
                role: Role::Validation,
                found: true,
                reason: None,
                overlay: Some(Raster::filled(20, 80, [90; 3])),
                overlay_pixel_um: 2.0,
                score: 0.9,
                margin: 0.2,
                uncertainty_vox: 0.3,
                tilt_deg: 4.0,
                mirrored: true,
                seconds: 5.0,
            },
            Registration {
                map: "map_1".to_owned(),
                role: Role::Training,
                found: false,
                reason: Some("no pose stands out".to_owned()),
                overlay: None,
                overlay_pixel_um: 2.0,
                score: 0.5,
                margin: 0.0,
                uncertainty_vox: f64::NAN,
                tilt_deg: f64::NAN,
                mirrored: false,
                seconds: 5.0,
            },
        ],
        slices: directions
            .into_iter()
            .filter_map(|d| SliceView::central(d, &ct, &phases, &particles))
            .collect(),
        training: vec![
            TrainingPoint {
                step: 0,
                loss: 1.4,
                held_out_dice: f64::NAN,
            },
            TrainingPoint {
                step: 100,
                loss: 0.3,
                held_out_dice: 0.9,
            },
        ],
        validations: vec![Validation {
            map: "map_0".to_owned(),
            role: Role::Validation,
            measured: section.clone(),
            predicted: section,
            inside: Raster::filled(20, 80, true),
            pixel_um: 2.0,
            foreground_dice: 1.0,
            minerals: vec![MineralAgreement {
                class: 1,
                dice: 0.987,
                modal_measured_pct: 40.0,
                modal_predicted_pct: 41.0,
                liberation_measured_pct: AT_LEAST_PCT.map(|x| 100.0 - x),
                liberation_predicted_pct: AT_LEAST_PCT.map(|x| 100.0 - 0.9 * x),
                liberation_gap_points: 10.0,
            }],
            profiles_measured: 4,
            profiles_predicted: 4,
            diameter_measured_um: 30.0,
            diameter_predicted_um: 30.0,
            sizes_measured: vec![(28.0, 40.0), (32.0, 100.0)],
            sizes_predicted: vec![(29.0, 50.0), (32.0, 100.0)],
            size_distance: 0.1,
            size_distance_um: 0.4,
        }],
        models: particle_models(&rows, &phases, &particles, minerals, 1, 10),
        particles: rows,
        liberation: vec![liberation()],
        locking: vec![Locking {
            class: 1,
            free_pct: 30.0,
            binary_with_pct: vec![0.0, 0.0, 70.0],
            ternary_and_above_pct: 0.0,
        }],
        association: Some(Association {
            share_pct: vec![0.0, 0.0, 0.0, 60.0, 0.0, 40.0, 50.0, 50.0, 0.0],
        }),
        provenance: Provenance {
            program: "corelith 0.1.0".to_owned(),
            made: "2026-01-01 12:00 UTC".to_owned(),
            device: "CPU".to_owned(),
            seed: 7,
            threads: 2,
            peak_memory_bytes: Some(1 << 30),
            stages: vec![StageTime {
                stage: "train".to_owned(),
                seconds: 600.0,
                device: "CPU".to_owned(),
            }],
            versions: vec![("burn".to_owned(), "0.22.1".to_owned())],
            inputs: vec![InputFile {
                path: "ct/*.tif".to_owned(),
                bytes: 1000,
                sha256: "ab".repeat(32),
            }],
            settings_toml: "[training]\nminutes = 12\n".to_owned(),
            remarks: vec!["One map was not found.".to_owned()],
        },
        truth: Some(Truth {
            checks: vec![TruthCheck {
                what: "Ore Dice".to_owned(),
                found: "0.95".to_owned(),
                goal: "at least 0.88".to_owned(),
                passed: true,
            }],
        }),
        tables: vec![("particles.csv".to_owned(), "one row a particle".to_owned())],
    }
}

/// The page, built once.
pub fn report() -> &'static Report {
    static REPORT: OnceLock<Report> = OnceLock::new();
    REPORT.get_or_init(|| {
        let minerals = minerals();
        build(&input(&minerals), &Silent).unwrap()
    })
}
