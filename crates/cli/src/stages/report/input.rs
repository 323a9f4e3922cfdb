use anyhow::Context as _;
use corelith_core::Raster;
use corelith_io::{Role, SemMap};
use corelith_registration::Status;
use corelith_report as page;
use corelith_stats::Particle;
use corelith_stats::agreement::SizeDistribution;
use corelith_stats::liberation::{self, Basis, Estimate, LIBERATION_CLASSES, MineralLiberation};

use super::super::measure::{self, Analysis, MapSections};
use super::super::summary::target_class;
use super::super::verdict::{TruthVerdict, VERDICT};
use super::super::{model_folder, register, segment, train};
use super::provenance::provenance;
use super::remarks::remarks;
use crate::session::Session;

/// Particles in the gallery.
const GALLERY: usize = 24;

/// Everything that the page shows, from the results on disk and the analysis.
pub fn report_input<'a>(
    session: &'a Session,
    analysis: &Analysis,
) -> anyhow::Result<page::ReportInput<'a>> {
    let project = &session.project;
    let minerals = &session.minerals;
    let target = target_class(session)?;
    let ct = session.ct()?;
    let phases = segment::read_phases(session)?;
    let labels = segment::read_particles(session)?;
    let weights =
        liberation::particle_weights(&analysis.particles, project.liberation.cut_particles);
    let particles: Vec<page::ParticleRow> = analysis
        .particles
        .iter()
        .zip(weights)
        .map(|(p, weight)| particle_row(p, weight, minerals.background()))
        .collect();
    let models = page::particle_models(&particles, &phases, &labels, minerals, target, GALLERY);
    let directions = [page::Direction::Z, page::Direction::Y, page::Direction::X];
    Ok(page::ReportInput {
        sample: project.name.clone(),
        fraction_um: project.fraction_um.clone(),
        minerals,
        target,
        registrations: project
            .sem
            .maps
            .iter()
            .map(|map| registration(session, map))
            .collect::<anyhow::Result<_>>()?,
        slices: directions
            .into_iter()
            .filter_map(|d| page::SliceView::central(d, &ct, &phases, &labels))
            .collect(),
        training: training_curve(session)?,
        validations: analysis.maps.iter().map(validation).collect(),
        particles,
        models,
        liberation: analysis
            .liberation
            .minerals
            .iter()
            .map(|m| curves(m, analysis, project.liberation.half_width_goal_points))
            .collect(),
        locking: analysis
            .locking
            .iter()
            .map(|l| page::Locking {
                class: l.class,
                free_pct: l.free_pct,
                binary_with_pct: l.binary_with_pct.clone(),
                ternary_and_above_pct: l.ternary_and_above_pct,
            })
            .collect(),
        association: Some(page::Association {
            share_pct: (0..minerals.len() as u8)
                .flat_map(|class| {
                    (0..minerals.len() as u8)
                        .map(move |with| analysis.association.share_pct(class, with))
                })
                .collect(),
        }),
        provenance: page::Provenance {
            remarks: remarks(session, analysis)?,
            ..provenance(session)?
        },
        truth: truth(session)?,
        tables: [
            (measure::PARTICLES_CSV, "one row a particle"),
            (
                measure::LIBERATION_CSV,
                "liberation in classes, with intervals",
            ),
            (measure::CURVES_CSV, "the liberation curves"),
            (measure::SIZES_CSV, "liberation by size class"),
            (
                measure::CORRECTED_CSV,
                "3D liberation that the measured maps tell",
            ),
            (measure::BIAS_CSV, "differences of the liberation curves"),
            (measure::LOCKING_CSV, "free, binary and ternary shares"),
            (measure::ASSOCIATION_CSV, "what each mineral borders on"),
        ]
        .map(|(path, what)| (path.to_owned(), what.to_owned()))
        .into(),
    })
}

fn page_role(role: Role) -> page::Role {
    match role {
        Role::Training => page::Role::Training,
        Role::Validation => page::Role::Validation,
    }
}

fn registration(session: &Session, map: &SemMap) -> anyhow::Result<page::Registration> {
    let name = map.name();
    let placement = register::read_placement(session, &name)?;
    let overlay = corelith_io::read_png_rgb(&session.result(register::overlay_path(&name)))?;
    Ok(page::Registration {
        role: page_role(map.role),
        found: placement.status == Status::Found,
        reason: Some(placement.reason),
        overlay_pixel_um: session.project.sem.pixel_size_um_of(map)
            * read_cols(session, map)? as f64
            / overlay.cols() as f64,
        overlay: Some(overlay),
        score: placement.score,
        margin: placement.margin,
        uncertainty_vox: placement.uncertainty_vox,
        tilt_deg: placement.tilt_deg,
        mirrored: placement.mirrored,
        seconds: placement.seconds,
        map: name,
    })
}

/// Columns of a map: the overlay may be drawn larger.
fn read_cols(session: &Session, map: &SemMap) -> anyhow::Result<usize> {
    let classes: Raster<u8> = super::super::import::read_classes(session, map)?;
    Ok(classes.cols())
}

fn training_curve(session: &Session) -> anyhow::Result<Vec<page::TrainingPoint>> {
    let curve = model_folder::read_curve(&session.result(train::MODEL))
        .context("the training curve cannot be read")?;
    Ok(model_folder::curve_points(&curve))
}

fn particle_row(p: &Particle, weight: f64, background: u8) -> page::ParticleRow {
    let share = |amounts: &[f64]| {
        let solid: f64 = amounts
            .iter()
            .enumerate()
            .filter(|&(class, _)| class != usize::from(background))
            .map(|(_, amount)| amount)
            .sum();
        amounts
            .iter()
            .map(|amount| {
                if solid > 0.0 {
                    100.0 * amount / solid
                } else {
                    0.0
                }
            })
            .collect()
    };
    let voxels: Vec<f64> = p.mineral_voxels.iter().map(|&n| n as f64).collect();
    page::ParticleRow {
        id: p.id,
        volume_um3: p.volume_um3,
        equivalent_diameter_um: p.equivalent_diameter_um,
        feret_max_um: p.feret_max_um,
        sphericity: p.sphericity,
        elongation: p.elongation,
        flatness: p.flatness,
        solidity: p.solidity,
        touches_border: p.touches_border,
        weight,
        volume_pct: share(&voxels),
        surface_pct: share(&p.mineral_surface_um2),
        bounds_vox: p.bounds_vox,
    }
}

fn validation(map: &MapSections) -> page::Validation {
    let a = &map.agreement;
    page::Validation {
        map: map.name.clone(),
        role: page_role(map.role),
        measured: map.measured.classes.clone(),
        predicted: map.predicted.classes.clone(),
        inside: map.predicted.inside.clone(),
        pixel_um: map.measured.pixel_um,
        foreground_dice: a.foreground_dice,
        minerals: a
            .minerals
            .iter()
            .map(|m| page::MineralAgreement {
                class: m.class,
                dice: m.dice,
                modal_measured_pct: m.modal_measured_pct,
                modal_predicted_pct: m.modal_predicted_pct,
                liberation_measured_pct: m.liberation_measured_pct,
                liberation_predicted_pct: m.liberation_predicted_pct,
                liberation_gap_points: m.liberation_gap_points,
            })
            .collect(),
        profiles_measured: a.profiles_measured,
        profiles_predicted: a.profiles_predicted,
        diameter_measured_um: a.diameter_measured_um,
        diameter_predicted_um: a.diameter_predicted_um,
        sizes_measured: cumulative_pct(&a.sizes_measured),
        sizes_predicted: cumulative_pct(&a.sizes_predicted),
        size_distance: a.size_distance,
        size_distance_um: a.size_distance_um,
    }
}

fn cumulative_pct(sizes: &SizeDistribution) -> Vec<(f64, f64)> {
    let mut below = 0.0;
    let shares = sizes.shares.iter();
    shares
        .map(|&(diameter_um, share)| {
            below += 100.0 * share;
            (diameter_um, below)
        })
        .collect()
}

fn estimate(e: &Estimate) -> page::Estimate {
    page::Estimate {
        value: e.value,
        low: e.low,
        high: e.high,
    }
}

fn estimates(all: &[Estimate; LIBERATION_CLASSES]) -> [page::Estimate; LIBERATION_CLASSES] {
    all.each_ref().map(estimate)
}

fn page_basis(basis: Basis) -> page::Basis {
    match basis {
        Basis::Volume3d => page::Basis::Volume3d,
        Basis::Surface3d => page::Basis::Surface3d,
        Basis::Area2dMaps => page::Basis::Area2dMaps,
        Basis::Area2dVirtual => page::Basis::Area2dVirtual,
        Basis::Area2dRandom => page::Basis::Area2dRandom,
    }
}

fn curves(
    m: &MineralLiberation,
    analysis: &Analysis,
    half_width_goal_points: f64,
) -> page::MineralCurves {
    let sizes = analysis.sizes.iter().find(|s| s.class == m.class);
    let corrected = analysis.corrected.iter().find(|c| c.class == m.class);
    page::MineralCurves {
        sizes: sizes.map_or(Vec::new(), |found| {
            let sizes = found.sizes.iter();
            sizes
                .map(|s| page::SizeLiberation {
                    diameter_um: [s.diameter_lower_um, s.diameter_upper_um],
                    particles: s.particles,
                    mineral_share_pct: s.mineral_share_pct,
                    mean: estimate(&s.liberation.mean),
                    at_least_50: estimate(&s.liberation.at_least[5]),
                    at_least_90: estimate(&s.liberation.at_least[9]),
                })
                .collect()
        }),
        corrected: corrected.map(|c| estimates(&c.at_least)),
        class: m.class,
        curves: m
            .bases
            .iter()
            .map(|b| page::BasisCurve {
                basis: page_basis(b.basis),
                at_least: estimates(&b.at_least),
                mean: estimate(&b.mean),
                particles: b.particles.iter().sum(),
                sections: b.sections,
                needed_particles: b.needed_particles,
                needed_sections: b.needed_sections,
            })
            .collect(),
        differences: m
            .bias
            .iter()
            .map(|d| page::Difference {
                basis: page_basis(d.basis),
                against: page_basis(d.against),
                at_least: estimates(&d.at_least),
                mean: estimate(&d.mean),
                p_value: d.p_value,
            })
            .collect(),
        half_width_goal_points,
    }
}

/// The verdict against an exact truth, when the demo left one.
fn truth(session: &Session) -> anyhow::Result<Option<page::Truth>> {
    let path = session.result(VERDICT);
    if !path.exists() {
        return Ok(None);
    }
    let verdict: TruthVerdict = corelith_io::read_json(&path)?;
    Ok(Some(page::Truth {
        checks: verdict
            .checks()
            .into_iter()
            .map(|check| page::TruthCheck {
                what: check.what,
                found: check.found,
                goal: check.goal,
                passed: check.passed,
            })
            .collect(),
    }))
}
