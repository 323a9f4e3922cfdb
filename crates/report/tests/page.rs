//! The page from a small synthetic result.

use std::sync::OnceLock;

use corelith_core::{Mineral, Minerals, Progress, Raster, Silent, Spacing, Volume};
use corelith_report::{
    AT_LEAST_PCT, Association, Basis, BasisCurve, Difference, Direction, Estimate, InputFile,
    Locking, MineralAgreement, MineralCurves, ParticleRow, Provenance, Registration, Report,
    ReportError, ReportInput, Role, SizeLiberation, SliceView, StageTime, TrainingPoint, Truth,
    TruthCheck, Validation, build, particle_models,
};

fn minerals() -> Minerals {
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

fn input(minerals: &Minerals) -> ReportInput<'_> {
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
            size_distance: 0.1,
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

fn report() -> &'static Report {
    static REPORT: OnceLock<Report> = OnceLock::new();
    REPORT.get_or_init(|| {
        let minerals = minerals();
        build(&input(&minerals), &Silent).unwrap()
    })
}

/// The values of an attribute in the order of the page.
fn attribute<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    html.split(&format!(" {name}=\""))
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[test]
fn every_section_is_there_in_order() {
    let html = &report().html;
    let order = [
        "verdict",
        "registration",
        "segmentation",
        "validation",
        "particles",
        "liberation",
        "bias",
        "provenance",
    ];
    let places: Vec<usize> = order
        .iter()
        .map(|id| html.find(&format!("<section id=\"{id}\"")).unwrap())
        .collect();
    assert!(places.is_sorted());
    for id in [
        "truth",
        "gallery",
        "particles-typical",
        "locking",
        "association",
    ] {
        assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
    }
    assert!(html.contains("map_1") && html.contains("no pose stands out"));
}

#[test]
fn nothing_is_fetched_and_every_link_leads_somewhere() {
    let report = report();
    let ids = attribute(&report.html, "id");
    for target in attribute(&report.html, "href") {
        let is_known = target == "data:,"
            || target == "particles.csv"
            || report.files.iter().any(|(path, _)| path == target)
            || target.strip_prefix('#').is_some_and(|id| ids.contains(&id));
        assert!(is_known, "{target}");
    }
    for source in attribute(&report.html, "src") {
        assert!(source.starts_with("data:image/png;base64,"));
    }
    assert!(!report.html.contains("@import") && !report.html.contains("url("));
}

#[test]
fn ids_and_files_are_unique() {
    let report = report();
    let unique = |mut all: Vec<&str>| {
        let before = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), before);
    };
    unique(attribute(&report.html, "id"));
    unique(report.files.iter().map(|(path, _)| path.as_str()).collect());
}

#[test]
fn pictures_have_words_and_names_are_escaped() {
    let html = &report().html;
    let images = html.matches("<img ").count();
    assert!(images >= 3 * 3 + 3 + 4);
    let words = attribute(html, "alt");
    assert_eq!(words.len(), images);
    assert!(words.iter().all(|alt| alt.len() > 8));
    assert!(!html.contains("Ore <A>") && html.contains("Ore &lt;A&gt;"));
    assert!(html.contains("balls &amp; halves"));
}

#[test]
fn the_verdict_names_the_three_numbers() {
    let html = &report().html;
    let verdict = &html[html.find("id=\"verdict\"").unwrap()..];
    let verdict = &verdict[..verdict.find("</section>").unwrap()];
    for number in ["46.0 %", "+6.0 points", "0.987"] {
        assert!(verdict.contains(number), "{number}");
    }
    assert!(verdict.contains("beyond chance") && verdict.contains("One map was not found."));
}

#[test]
fn a_bare_result_still_makes_a_page() {
    let minerals = minerals();
    let mut input = input(&minerals);
    input.registrations.clear();
    input.slices.clear();
    input.training.clear();
    input.validations.clear();
    input.particles.clear();
    input.models.clear();
    input.liberation.clear();
    input.locking.clear();
    input.association = None;
    input.truth = None;
    input.provenance = Provenance::default();
    let html = build(&input, &Silent).unwrap().html;
    assert!(html.contains("<section id=\"bias\"") && !html.contains("NaN"));
}

#[test]
fn labels_past_the_mineral_list_are_refused() {
    let minerals = minerals();
    let mut input = input(&minerals);
    input.validations[0].predicted.data_mut()[3] = 9;
    let error = build(&input, &Silent).unwrap_err();
    assert!(
        matches!(error, ReportError::OtherMinerals { found: 10, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("map_0"));
}

#[test]
fn a_request_to_stop_is_heard() {
    struct Stopped;
    impl Progress for Stopped {
        fn start(&self, _step: &str, _length: u64) {}
        fn advance(&self, _by: u64) {}
        fn remark(&self, _text: &str) {}
        fn finish(&self) {}
        fn is_cancelled(&self) -> bool {
            true
        }
    }
    let minerals = minerals();
    assert!(matches!(
        build(&input(&minerals), &Stopped),
        Err(ReportError::Cancelled(_))
    ));
}
