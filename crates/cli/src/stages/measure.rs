//! One row a particle, liberation, and the 2D-3D bias.

use std::path::PathBuf;

use corelith_core::{PlacedMap, Role};
use corelith_io::SemMap;
use corelith_stats::liberation::{self, Segmented};
use corelith_stats::measure::particle_table;
use corelith_stats::measurements::{Measurements, measure_sample};

use super::{Fingerprint, Stage, import, register, segment};
use crate::session::Session;

/// All numbers, for the stages that follow.
pub const MEASUREMENTS: &str = "measurements.cbor";
/// One row a particle, relative to the results.
pub const PARTICLES_CSV: &str = "particles.csv";
/// The same as Parquet.
pub const PARTICLES_PARQUET: &str = "particles.parquet";
/// Liberation in classes.
pub const LIBERATION_CSV: &str = "liberation.csv";
/// Differences of the liberation curves.
pub const BIAS_CSV: &str = "bias.csv";
/// The liberation curves.
pub const CURVES_CSV: &str = "liberation_curves.csv";
/// Liberation by size class.
pub const SIZES_CSV: &str = "liberation_by_size.csv";
/// The 3D liberation that the measured maps tell.
pub const CORRECTED_CSV: &str = "liberation_corrected.csv";
/// Free, binary, ternary.
pub const LOCKING_CSV: &str = "locking.csv";
/// What each mineral borders on.
pub const ASSOCIATION_CSV: &str = "association.csv";

/// Measures particles and liberation.
pub struct Measure;

/// A map with the CT position of each of its pixels.
///
/// # Errors
/// When a file of its import or registration cannot be read.
pub fn read_placed_map(session: &Session, map: &SemMap) -> anyhow::Result<PlacedMap> {
    let name = map.name();
    Ok(PlacedMap {
        classes: import::read_classes(session, map)?,
        coords_vox: register::read_coordinates(session, &name)?,
        pixel_um: session.project.sem.pixel_size_um_of(map),
        name,
    })
}

/// The numbers that the stage wrote.
///
/// # Errors
/// When the file cannot be read.
pub fn read_measurements(session: &Session) -> anyhow::Result<Measurements> {
    Ok(corelith_io::read_cbor(&session.result(MEASUREMENTS))?)
}

/// Measures everything from the segmentation on disk.
fn measure(session: &Session) -> anyhow::Result<Measurements> {
    let project = &session.project;
    let phases = segment::read_phases(session)?;
    let particles = segment::read_particles(session)?;
    let maps = project
        .sem
        .maps
        .iter()
        .map(|map| Ok((map.role, read_placed_map(session, map)?)))
        .collect::<anyhow::Result<Vec<(Role, PlacedMap)>>>()?;
    Ok(measure_sample(
        Segmented {
            phases: &phases,
            particles: &particles,
            minerals: &session.minerals,
        },
        &maps,
        project.measured_with(session.seed),
        &session.terminal,
    )?)
}

impl Stage for Measure {
    fn name(&self) -> String {
        "measure".to_owned()
    }

    fn fingerprint(&self, session: &Session) -> anyhow::Result<Fingerprint> {
        let project = &session.project;
        let mut fingerprint = Fingerprint::new("measure", 4)
            .settings(&project.measurement)?
            .settings(&project.liberation)?
            .settings(&project.stereology)?
            .settings(&(session.seed, &project.target))?
            .after(&session.out, "segment")?;
        for map in &project.sem.maps {
            fingerprint = fingerprint.after(&session.out, &register::stage_name(&map.name()))?;
        }
        Ok(fingerprint)
    }

    fn run(&self, session: &Session) -> anyhow::Result<Vec<PathBuf>> {
        let measured = measure(session)?;
        let minerals = &session.minerals;
        let particles = particle_table(&measured.particles, minerals);
        corelith_io::write_parquet(&session.result(PARTICLES_PARQUET), &particles)?;
        let tables = [
            (PARTICLES_CSV, particles),
            (
                LIBERATION_CSV,
                liberation::liberation_table(&measured.liberation),
            ),
            (CURVES_CSV, liberation::curve_table(&measured.liberation)),
            (SIZES_CSV, liberation::size_table(&measured.sizes)),
            (
                CORRECTED_CSV,
                liberation::correction_table(&measured.corrected),
            ),
            (BIAS_CSV, liberation::bias_table(&measured.liberation)),
            (
                LOCKING_CSV,
                liberation::locking_table(minerals, &measured.locking),
            ),
            (
                ASSOCIATION_CSV,
                liberation::association_table(minerals, &measured.association),
            ),
        ];
        corelith_io::write_cbor(&session.result(MEASUREMENTS), &measured)?;
        let mut outputs = vec![PathBuf::from(PARTICLES_PARQUET), MEASUREMENTS.into()];
        for (path, table) in &tables {
            corelith_io::write_csv(&session.result(path), table)?;
            outputs.push(path.into());
        }
        Ok(outputs)
    }
}
