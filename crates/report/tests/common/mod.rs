//! A page from a small synthetic result.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]
// Each test file uses a part.
#![allow(dead_code)]

mod maps;
mod model;
mod results;

use std::sync::OnceLock;

use corelith_core::{Mineral, Minerals, Raster, Role, Silent, Spacing, Volume};
use corelith_registration::Status;
use corelith_report::{
    CtChange, Direction, InputFile, MapPlace, MapSections, Provenance, Report, ReportInput,
    SliceView, StageTime, Truth, TruthCheck, build, central_slice, particle_grids, particle_models,
};
use corelith_stats::Particle;
use corelith_stats::agreement::{PartedBy, SectionAgreement, SeparationCheck};
use corelith_stats::measurements::Measurements;
use corelith_stats::stereology::Section;

pub use results::*;

use maps::registration;
use model::{curve_point, model_card};

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
    let directions = Direction::ALL;
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
            .filter_map(|d| SliceView::central(d, central_slice(&ct, d).1, &phases, &labels))
            .collect(),
        ct_changes: vec![CtChange {
            said: vec!["grey levels drifted & were evened".to_owned()],
            picture: Raster::filled(30, 66, [90; 3]),
            caption: "CT along z, before (left) and after (right) it was evened".to_owned(),
            figure: "ct_evened",
            pixel_um: 2.0,
        }],
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

/// The page, built once.
pub fn report() -> &'static Report {
    static REPORT: OnceLock<Report> = OnceLock::new();
    REPORT.get_or_init(|| {
        let minerals = minerals();
        let measurements = measurements(&minerals);
        build(&input(&minerals, &measurements), &Silent).unwrap()
    })
}
