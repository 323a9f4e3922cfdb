//! A page from a small synthetic result.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]
// Each test file uses a part.
#![allow(dead_code)]

use std::sync::OnceLock;

use corelith_core::{CtFromMap, Mineral, Minerals, Raster, Role, Silent, Spacing, Volume};
use corelith_registration::{Registration, Status};
use corelith_report::{
    Direction, EvenedCt, InputFile, MapPlace, MapSections, Provenance, Report, ReportInput,
    SampleResult, SliceView, StageTime, Truth, TruthCheck, build, particle_grids, particle_models,
};
use corelith_stats::Particle;
use corelith_stats::agreement::{
    Agreement, MineralAgreement, PartedBy, SectionAgreement, SeparationCheck, SizeDistribution,
};
use corelith_stats::liberation::{
    AT_LEAST_PCT, Association, Basis, BasisLiberation, Bias, Corrected, CurveDifference, Cut,
    Estimate, LIBERATION_CLASSES, Liberation, Locking, MineralLiberation, SizeLiberation,
    SizeResolved, WithoutDoubtful,
};
use corelith_stats::measurements::{MapAgreement, Measurements, composition};
use corelith_stats::stereology::Section;
use corelith_unet::{
    Beginning, Choice, Classes, CurvePoint, GreyStatistics, ModelCard, Recipe, Settings, Standing,
    Yardstick,
};
use nalgebra::Vector3;

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

fn particles(phases: &Volume<u8>, particles: &Volume<u32>) -> Vec<Particle> {
    (1..=4)
        .map(|id| {
            let count = |class: u8| {
                let both = particles.data().iter().zip(phases.data());
                both.filter(|&(&p, &c)| p == id && c == class).count() as u64
            };
            let (a, b) = (count(1), count(2));
            let left = 20 * (id - 1);
            Particle {
                id,
                centroid_um: [0.0; 3],
                bounds_vox: [[left, 0, 0], [left + 19, 19, 19]],
                voxels: a + b,
                volume_um3: 8.0 * (a + b) as f64,
                equivalent_diameter_um: 32.0,
                surface_um2: 3200.0,
                sphericity: 0.97,
                feret_max_um: 33.0,
                feret_min_um: 31.0,
                elongation: 0.98,
                flatness: 0.97,
                solidity: 0.96,
                touches_border: false,
                doubtful: id == 3,
                edge_weight: 1.0,
                mineral_voxels: vec![0, a, b],
                mineral_surface_um2: vec![0.0, 1600.0, 1600.0],
                interface_um2: vec![0.0; 9],
            }
        })
        .collect()
}

fn falling(from: f64) -> [Estimate; LIBERATION_CLASSES] {
    AT_LEAST_PCT.map(|x| {
        let value = from - 0.6 * x;
        Estimate {
            value,
            low: value - 4.0,
            high: value + 4.0,
        }
    })
}

fn mean(value: f64) -> Estimate {
    Estimate {
        value,
        low: value - 3.0,
        high: value + 3.0,
    }
}

pub fn of_basis(basis: Basis, at_least: [Estimate; LIBERATION_CLASSES]) -> BasisLiberation {
    let mut particles = [0; LIBERATION_CLASSES];
    particles[3] = 4;
    BasisLiberation {
        basis,
        share: [mean(9.0); LIBERATION_CLASSES],
        at_least,
        mean: mean(60.0),
        particles,
        sections: 1,
        seen_particles: 4,
        needed_particles: 1234.0,
        needed_sections: 17.0,
    }
}

pub fn size_class(
    lower_um: f64,
    upper_um: f64,
    mean: Estimate,
    at: [Estimate; 2],
) -> SizeLiberation {
    let mut at_least = falling(100.0);
    [at_least[5], at_least[9]] = at;
    SizeLiberation {
        diameter_lower_um: lower_um,
        diameter_upper_um: upper_um,
        particles: 20,
        mineral_share_pct: 50.0,
        liberation: BasisLiberation {
            mean,
            ..of_basis(Basis::Volume3d, at_least)
        },
    }
}

fn liberation() -> Liberation {
    Liberation {
        minerals: vec![MineralLiberation {
            class: 1,
            name: "Ore <A>".to_owned(),
            bases: Basis::ALL
                .map(|basis| of_basis(basis, falling(100.0)))
                .into(),
            bias: vec![Bias {
                basis: Basis::Area2dRandom,
                against: Basis::Volume3d,
                at_least: falling(60.0),
                mean: mean(6.0),
                p_value: 0.004,
            }],
        }],
        particles_cut: 0,
        cut_particles: Cut::Counted,
        cut_profiles: Cut::Counted,
    }
}

fn agreement() -> Agreement {
    Agreement {
        minerals: vec![MineralAgreement {
            class: 1,
            dice: 0.987,
            modal_measured_pct: 40.0,
            modal_predicted_pct: 41.0,
            liberation_measured_pct: AT_LEAST_PCT.map(|x| 100.0 - x),
            liberation_predicted_pct: AT_LEAST_PCT.map(|x| 100.0 - 0.9 * x),
            small_grains_measured_pct: 0.4,
            small_grains_predicted_pct: 0.1,
            liberation_gap_points: 10.0,
        }],
        foreground_dice: 1.0,
        profiles_measured: 4,
        profiles_predicted: 4,
        diameter_measured_um: 30.0,
        diameter_predicted_um: 30.0,
        sizes_measured: SizeDistribution {
            shares: vec![(28.0, 0.4), (32.0, 0.6)],
        },
        sizes_predicted: SizeDistribution {
            shares: vec![(29.0, 0.5), (32.0, 0.5)],
        },
        size_distance: 0.1,
        size_distance_um: 0.4,
        pixels: 1600,
        smallest_grain_um: 3.0,
        smallest_grain_px: 1.8,
    }
}

/// The numbers of four balls.
pub fn measurements(minerals: &Minerals) -> Measurements {
    let (_, phases, labels) = volumes();
    let found = particles(&phases, &labels);
    let weights = vec![1.0; found.len()];
    Measurements {
        shape: phases.shape(),
        spacing: phases.spacing(),
        composition: composition(minerals, &found, &weights),
        particles: found,
        particle_weights: weights,
        liberation: liberation(),
        sizes: vec![SizeResolved {
            class: 1,
            name: "Ore <A>".to_owned(),
            sizes: [32.0, 45.0]
                .map(|um| size_class(um, um + 10.0, mean(60.0), [mean(70.0), mean(20.0)]))
                .into(),
        }],
        corrected: vec![Corrected {
            class: 1,
            name: "Ore <A>".to_owned(),
            share: [mean(9.0); LIBERATION_CLASSES],
            at_least: falling(90.0),
            profiles: 4,
        }],
        locking: vec![Locking {
            class: 1,
            free_pct: 30.0,
            binary_with_pct: vec![0.0, 0.0, 70.0],
            ternary_and_above_pct: 0.0,
        }],
        without_doubtful: vec![WithoutDoubtful {
            class: 1,
            doubtful_pct: 25.0,
            curve_points: 7.25,
            mean_points: -1.5,
        }],
        association: Association::from_areas_um2(
            3,
            vec![0.0, 0.0, 0.0, 60.0, 0.0, 40.0, 50.0, 50.0, 0.0],
        ),
        maps: vec![MapAgreement {
            name: "map_0".to_owned(),
            role: Role::Validation,
            agreement: agreement(),
        }],
        half_width_goal_points: 5.0,
    }
}

fn registration(status: Status) -> Registration {
    let found = status == Status::Found;
    let figure = |found_as: f64, else_as: f64| if found { found_as } else { else_as };
    Registration {
        ct_from_map: CtFromMap::new(Vector3::x(), Vector3::y(), 10.0 * Vector3::z()),
        mirrored: found,
        tilt_deg: figure(4.0, f64::NAN),
        score: figure(0.9, 0.5),
        margin: figure(0.2, 0.0),
        probability: figure(0.999, 0.3),
        probability_needed: 0.95,
        lead_nats: figure(1.7, 0.3),
        lead_spreads: figure(5.0, 1.0),
        misfits: Vec::new(),
        misfit_share: 0.0,
        uncertainty_vox: figure(0.3, f64::NAN),
        status,
        reason: if found { "" } else { "no pose stands out" }.to_owned(),
        seconds: 5.0,
        device: "CPU".to_owned(),
        warp: None,
    }
}

/// Everything that a page can show.
pub fn input<'a>(minerals: &'a Minerals, measurements: &'a Measurements) -> ReportInput<'a> {
    let (ct, phases, labels) = volumes();
    let section = Section {
        name: "map_0".to_owned(),
        classes: Raster::from_fn(20, 80, |x, y| phases.at(x, y, 10)),
        particles: Raster::from_fn(20, 80, |x, y| labels.at(x, y, 10)),
        counted: Raster::filled(20, 80, true),
        pixel_um: 2.0,
    };
    let found = &measurements.particles;
    let models = particle_models(found, &phases, &labels, minerals, 1, 10);
    let directions = [Direction::Z, Direction::Y, Direction::X];
    ReportInput {
        sample: "balls & halves".to_owned(),
        fraction_um: Some("63-100".to_owned()),
        minerals,
        target: 1,
        places: vec![
            MapPlace {
                map: "map_0".to_owned(),
                role: Role::Validation,
                registration: registration(Status::Found),
                overlay: Some(Raster::filled(20, 80, [90; 3])),
                overlay_pixel_um: 2.0,
            },
            MapPlace {
                map: "map_1".to_owned(),
                role: Role::Training,
                registration: registration(Status::NotFound),
                overlay: None,
                overlay_pixel_um: 2.0,
            },
        ],
        slices: directions
            .into_iter()
            .filter_map(|d| SliceView::central(d, &ct, &phases, &labels))
            .collect(),
        evening: Some(EvenedCt {
            said: vec!["grey levels drifted & were evened".to_owned()],
            picture: Raster::filled(30, 66, [90; 3]),
            pixel_um: 2.0,
        }),
        training: vec![curve_point(0, 1.4, None), curve_point(100, 0.3, Some(0.9))],
        model: Some(model_card(minerals)),
        separation: Some(SeparationCheck {
            parted_by: PartedBy::Mask,
            agreement: SectionAgreement {
                sections: 4,
                overlaps: 3.6,
            },
            other: Some(SectionAgreement {
                sections: 4,
                overlaps: 2.0,
            }),
            doubtful: vec![3],
        }),
        measurements,
        grids: particle_grids(found, &phases, &labels, minerals, 1, &models),
        models,
        sections: vec![MapSections {
            measured: section.clone(),
            predicted: section,
        }],
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

/// A value with two points to either side.
pub fn estimate(value: f64) -> Estimate {
    Estimate {
        value,
        low: value - 2.0,
        high: value + 2.0,
    }
}

/// One of the samples that are compared, its curve falling from a share.
pub fn sample(name: &str, from: f64, sizes: Vec<SizeLiberation>) -> SampleResult {
    let bases = Basis::ALL.map(|basis| BasisLiberation {
        mean: estimate(from - 30.0),
        ..of_basis(basis, AT_LEAST_PCT.map(|x| estimate(from - 0.6 * x)))
    });
    SampleResult {
        name: name.to_owned(),
        fraction_um: Some("63-100".to_owned()),
        particles: 120,
        median_diameter_um: 70.0,
        modal_volume_pct: 34.0,
        liberation: MineralLiberation {
            class: 1,
            name: "Ore".to_owned(),
            bases: bases.into(),
            bias: vec![Bias {
                basis: Basis::Area2dRandom,
                against: Basis::Volume3d,
                at_least: AT_LEAST_PCT.map(|x| estimate(0.1 * x)),
                mean: estimate(5.0),
                p_value: 0.01,
            }],
        },
        sizes,
    }
}

/// The second sample minus the first.
pub fn difference() -> CurveDifference {
    CurveDifference {
        of: 1,
        against: 0,
        share: [estimate(0.5); LIBERATION_CLASSES],
        at_least: [estimate(-4.0); LIBERATION_CLASSES],
    }
}

/// The page, built once.
pub fn report() -> &'static Report {
    static REPORT: OnceLock<Report> = OnceLock::new();
    REPORT.get_or_init(|| {
        let minerals = minerals();
        let measurements = measurements(&minerals);
        build(&input(&minerals, &measurements), &Silent).unwrap()
    })
}

fn curve_point(step: usize, loss: f64, held_out_dice: Option<f64>) -> CurvePoint {
    CurvePoint {
        step,
        seconds: 0.0,
        learning_rate: 1e-3,
        loss,
        held_out_loss: None,
        held_out_dice,
    }
}

/// A network that a random forest beats.
fn model_card(minerals: &Minerals) -> ModelCard {
    let recipe = Recipe {
        beginning: Beginning::Random,
        rehearsal: 0.25,
        augmentation: 1.0,
    };
    let standing = |recipe: Recipe, figure: f64, kept: bool| Standing {
        recipe,
        steps: 25,
        figure,
        kept,
    };
    let given = Recipe {
        beginning: Beginning::Phases,
        ..recipe
    };
    ModelCard {
        version: "0.1.0".to_owned(),
        settings: Settings::default(),
        classes: Classes {
            names: minerals.rows().iter().map(|m| m.name.clone()).collect(),
            background: minerals.background(),
        },
        spacing: Spacing::isotropic(2.0),
        grey: GreyStatistics {
            resin: 1000.0,
            particles: 3000.0,
            threshold: 2000.0,
        },
        scans: None,
        commands: Vec::new(),
        trained_on: vec!["map_0".to_owned()],
        labelled_voxels: 1000,
        held_out_voxels: 100,
        parameters: 100,
        steps: 100,
        seed: 7,
        resin_offset: 0.0,
        held_out_dice: vec![Some(0.95), Some(0.8), None],
        choice: Some(Choice {
            recipe,
            race: vec![standing(given, 0.7, false), standing(recipe, 0.8, true)],
            start_share: 0.0,
            start_shares: Vec::new(),
        }),
        forest_share: 0.5,
        yardstick: Some(Yardstick {
            forest_dice: vec![Some(0.96), Some(0.85), None],
            forest_foreground: 0.97,
            forest_mean: Some(0.85),
            forest_figure: 0.91,
            network_foreground: 0.96,
            network_mean: Some(0.8),
            network_figure: 0.88,
        }),
    }
}
