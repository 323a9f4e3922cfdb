use std::collections::BTreeMap;

use corelith_report::{
    CtChange, Direction, MapPlace, MapSections, ReportInput, SliceView, Truth, central_slice,
};
use corelith_stats::measurements::Measurements;
use corelith_stats::stereology::Section;

use super::provenance::{provenance, stage_names};
use super::{MapSummary, Report, ReportedMap, Summary};
use crate::model_folder::{read_card, read_curve};
use crate::results::{StoredArtefacts, artefact_changes};
use crate::resume::StageRecord;
use crate::stage::measure::TABLES;
use crate::{Context, Error};

/// Particles in the gallery.
const GALLERY: usize = 24;

/// The headline numbers.
pub fn summary(
    report: &Report<'_>,
    found: &Measurements,
    context: &Context<'_>,
) -> Result<Summary, Error> {
    let (project, minerals) = (report.project, report.minerals);
    let [nz, ny, nx] = found.shape;
    let spacing = report.ct.spacing();
    let mut registration = BTreeMap::new();
    for map in &report.maps {
        let placed = map.placed.read_registration()?;
        registration.insert(
            map.placed.map.name.clone(),
            MapSummary::new(map.role, &placed),
        );
    }
    let seconds = stage_names(&report.maps).into_iter().filter_map(|stage| {
        let seconds = StageRecord::load(context.out, &stage)?.seconds;
        Some((stage, seconds))
    });
    Ok(Summary {
        name: project.name.clone(),
        fraction_um: project.fraction_um.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        device: context.compute.name(),
        seed: project.seed,
        volume_vox: [nx, ny, nz],
        voxel_um: [spacing.x_um, spacing.y_um, spacing.z_um],
        target: minerals.name(project.target_class(minerals)?).to_owned(),
        registration,
        training_steps: read_card(report.model.folder()).map(|card| card.steps),
        particles: found.particle_summary(minerals),
        minerals: found.mineral_summaries(minerals),
        validation: found.validation_summaries(minerals),
        seconds: seconds.collect(),
    })
}

/// Everything that the page shows.
pub fn input<'a>(
    report: &Report<'a>,
    found: &'a Measurements,
    context: &Context<'_>,
) -> Result<ReportInput<'a>, Error> {
    let (project, minerals) = (report.project, report.minerals);
    let target = project.target_class(minerals)?;
    // Dropped before the labels are read, which are larger.
    let greys = {
        let ct = report.ct.read(context.progress)?;
        Direction::ALL.map(|direction| (direction, central_slice(&ct, direction).1))
    };
    let phases = report.segmented.phases.read(context.progress)?;
    let particles = report.segmented.particles.read(context.progress)?;
    let sections = report.maps.iter().map(|map| {
        let placed = map.placed.read()?;
        Ok(MapSections {
            measured: Section::measured(placed, &particles)?,
            predicted: Section::virtual_cut(placed, &phases, &particles, minerals.background())?,
        })
    });
    let sections = sections.collect::<Result<_, Error>>()?;
    let places: Vec<MapPlace> = report.maps.iter().map(place).collect::<Result<_, _>>()?;
    let mut provenance = provenance(report, context)?;
    let model = read_card(report.model.folder());
    provenance.remarks = corelith_report::remarks(&places, model.as_ref(), found, minerals, target);
    let models = corelith_report::particle_models(
        &found.particles,
        &phases,
        &particles,
        minerals,
        target,
        GALLERY,
    );
    let grids = corelith_report::particle_grids(
        &found.particles,
        &phases,
        &particles,
        minerals,
        target,
        &models,
    );
    Ok(ReportInput {
        sample: project.name.clone(),
        fraction_um: project.fraction_um.clone(),
        minerals,
        target,
        places,
        slices: greys
            .into_iter()
            .filter_map(|(d, grey)| SliceView::central(d, grey, &phases, &particles))
            .collect(),
        ct_changes: ct_changes(report, phases.shape())?,
        training: read_curve(report.model.folder())?,
        model,
        separation: Some(corelith_io::read_json(report.segmented.check.path())?),
        measurements: found,
        sections,
        models,
        grids,
        provenance,
        truth: truth(report)?,
        tables: TABLES
            .map(|(path, what)| (path.to_owned(), what.to_owned()))
            .into(),
    })
}

/// What was changed of the CT's greys.
fn ct_changes(report: &Report<'_>, shape: [usize; 3]) -> Result<Vec<CtChange>, Error> {
    let spacing = report.ct.spacing();
    let evening = report.evening.map(|evening| evening.read(spacing));
    let record = report.artefacts.map(StoredArtefacts::read).transpose()?;
    let taken_out = record.iter();
    let taken_out = taken_out.flat_map(|record| artefact_changes(record, shape, spacing));
    Ok(evening.transpose()?.into_iter().chain(taken_out).collect())
}

fn place(map: &ReportedMap<'_>) -> Result<MapPlace, Error> {
    let overlay = corelith_io::read_png_rgb(map.overlay.path())?;
    let placed = map.placed.read()?;
    Ok(MapPlace {
        map: placed.name.clone(),
        role: map.role,
        registration: map.placed.read_registration()?,
        // The overlay may be drawn larger than the map.
        overlay_pixel_um: placed.pixel_um * placed.classes.cols() as f64 / overlay.cols() as f64,
        overlay: Some(overlay),
    })
}

/// The judgement by an exact truth, where there is one.
fn truth(report: &Report<'_>) -> Result<Option<Truth>, Error> {
    let read = |judgement: &crate::resume::Content| Ok(corelith_io::read_json(judgement.path())?);
    report.judgement.as_ref().map(read).transpose()
}
