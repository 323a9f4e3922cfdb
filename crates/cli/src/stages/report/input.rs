use anyhow::Context as _;
use corelith_io::SemMap;
use corelith_report as page;
use corelith_stats::measurements::Measurements;
use corelith_stats::stereology::Section;

use super::super::measure::{self, read_placed_map};
use super::super::summary::target_class;
use super::super::verdict::{TruthVerdict, VERDICT};
use super::super::{import, model_folder, register, segment, train};
use super::provenance::provenance;
use crate::session::Session;

/// Particles in the gallery.
const GALLERY: usize = 24;

/// Tables that lie beside the page, and what each holds.
const TABLES: [(&str, &str); 8] = [
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
];

/// Everything that the page shows, from the results on disk.
pub fn report_input<'a>(
    session: &'a Session,
    measurements: &'a Measurements,
) -> anyhow::Result<page::ReportInput<'a>> {
    let project = &session.project;
    let minerals = &session.minerals;
    let target = target_class(session)?;
    let ct = session.ct()?;
    let phases = segment::read_phases(session)?;
    let labels = segment::read_particles(session)?;
    let models = page::particle_models(
        &measurements.particles,
        &phases,
        &labels,
        minerals,
        target,
        GALLERY,
    );
    let sections = |map: &SemMap| -> anyhow::Result<page::MapSections> {
        let map = read_placed_map(session, map)?;
        Ok(page::MapSections {
            measured: Section::measured(&map, &labels)?,
            predicted: Section::virtual_cut(&map, &phases, &labels, minerals.background())?,
        })
    };
    let maps = &project.sem.maps;
    let places = maps
        .iter()
        .map(|map| place(session, map))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let remarks = page::remarks(&places, measurements, minerals, target);
    let directions = [page::Direction::Z, page::Direction::Y, page::Direction::X];
    Ok(page::ReportInput {
        sample: project.name.clone(),
        fraction_um: project.fraction_um.clone(),
        minerals,
        target,
        places,
        slices: directions
            .into_iter()
            .filter_map(|d| page::SliceView::central(d, &ct, &phases, &labels))
            .collect(),
        training: training_curve(session)?,
        measurements,
        sections: maps.iter().map(sections).collect::<anyhow::Result<_>>()?,
        models,
        provenance: provenance(session, remarks)?,
        truth: truth(session)?,
        tables: TABLES
            .map(|(path, what)| (path.to_owned(), what.to_owned()))
            .into(),
    })
}

fn place(session: &Session, map: &SemMap) -> anyhow::Result<page::MapPlace> {
    let name = map.name();
    let overlay = corelith_io::read_png_rgb(&session.result(register::overlay_path(&name)))?;
    // The overlay may be drawn larger than the map.
    let cols = import::read_classes(session, map)?.cols();
    Ok(page::MapPlace {
        role: map.role,
        registration: register::read_placement(session, &name)?,
        overlay_pixel_um: session.project.sem.pixel_size_um_of(map) * cols as f64
            / overlay.cols() as f64,
        overlay: Some(overlay),
        map: name,
    })
}

fn training_curve(session: &Session) -> anyhow::Result<Vec<page::TrainingPoint>> {
    let curve = model_folder::read_curve(&session.result(train::MODEL))
        .context("the training curve cannot be read")?;
    Ok(model_folder::curve_points(&curve))
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
