//! One row a particle, liberation, and the 2D-3D bias.

use std::path::PathBuf;

use corelith_core::{Raster, seed_of};
use corelith_io::{Role, SemMap};
use corelith_stats::Particle;
use corelith_stats::agreement::{Agreement, agreement};
use corelith_stats::liberation::{
    self, Association, Corrected, Liberation, Locking, Populations, SizeResolved,
};
use corelith_stats::measure::{measure, particle_table};
use corelith_stats::stereology::{self, Coordinates, Profile, Section, profiles, random_profiles};

use super::{Fingerprint, Stage, import, register, segment};
use crate::session::Session;

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

/// A map beside the section that the 3D result predicts at its pixels.
pub struct MapSections {
    /// Name of the map.
    pub name: String,
    /// Whether it was kept back from the training.
    pub role: Role,
    /// The map.
    pub measured: Section,
    /// The 3D result at its pixels.
    pub predicted: Section,
    /// How well the two agree.
    pub agreement: Agreement,
}

/// All numbers of a result.
pub struct Analysis {
    /// Every particle.
    pub particles: Vec<Particle>,
    /// Liberation by every basis.
    pub liberation: Liberation,
    /// Liberation by size class.
    pub sizes: Vec<SizeResolved>,
    /// The 3D liberation that the measured maps tell.
    pub corrected: Vec<Corrected>,
    /// Locking classes.
    pub locking: Vec<Locking>,
    /// Boundaries between minerals.
    pub association: Association,
    /// One entry a map, in file order.
    pub maps: Vec<MapSections>,
}

fn map_sections(
    session: &Session,
    map: &SemMap,
    phases: &corelith_core::Volume<u8>,
    particles: &corelith_core::Volume<u32>,
) -> anyhow::Result<MapSections> {
    let name = map.name();
    let [x, y, z]: [Raster<f32>; 3] = register::read_coordinates(session, &name)?;
    let coordinates = Coordinates {
        x_vox: &x,
        y_vox: &y,
        z_vox: &z,
    };
    let pixel_um = session.project.sem.pixel_size_um_of(map);
    let measured = Section::measured(
        name.clone(),
        import::read_classes(session, map)?,
        coordinates,
        particles,
        pixel_um,
    )?;
    let predicted = Section::virtual_cut(
        name.clone(),
        coordinates,
        phases,
        particles,
        session.minerals.background(),
        pixel_um,
    )?;
    let agreement = agreement(
        &measured,
        &predicted,
        &session.minerals,
        &session.project.stereology,
    )?;
    Ok(MapSections {
        name,
        role: map.role,
        measured,
        predicted,
        agreement,
    })
}

/// Measures everything from the segmentation on disk.
///
/// # Errors
/// When a file cannot be read, settings are out of range, or the user asked to stop.
pub fn analyse(session: &Session) -> anyhow::Result<Analysis> {
    let project = &session.project;
    let minerals = &session.minerals;
    let phases = segment::read_phases(session)?;
    let labels = segment::read_particles(session)?;
    let particles = measure(
        &labels,
        &phases,
        minerals,
        &project.measurement,
        &session.terminal,
    )?;
    let maps = project
        .sem
        .maps
        .iter()
        .map(|map| map_sections(session, map, &phases, &labels))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let of_maps = |section: fn(&MapSections) -> &Section| -> anyhow::Result<Vec<Profile>> {
        let mut all = Vec::new();
        for (index, map) in (0..).zip(&maps) {
            all.extend(profiles(
                section(map),
                index,
                minerals,
                &project.stereology,
            )?);
        }
        Ok(all)
    };
    let measured = of_maps(|map| &map.measured)?;
    let predicted = of_maps(|map| &map.predicted)?;
    let random = random_profiles(
        &phases,
        &labels,
        minerals,
        &project.stereology,
        seed_of(session.seed, "random sections"),
        &session.terminal,
    )?;
    let populations = Populations {
        particles: &particles,
        maps: &measured,
        virtual_maps: &predicted,
        random: &random,
    };
    let (settings, terminal) = (&project.liberation, &session.terminal);
    let seed = |of: &str| seed_of(session.seed, of);
    let liberation = liberation::analyse(
        minerals,
        &populations,
        settings,
        seed("bootstrap"),
        terminal,
    )?;
    let corrected = liberation::correct_maps(
        minerals,
        &populations,
        settings,
        seed("correction"),
        terminal,
    )?;
    let sizes = liberation::by_size(minerals, &particles, settings, seed("sizes"), terminal)?;
    let locking = liberation::locking(minerals, &particles, &project.liberation)?;
    let association = liberation::association(minerals, &particles, &project.liberation)?;
    Ok(Analysis {
        particles,
        liberation,
        sizes,
        corrected,
        locking,
        association,
        maps,
    })
}

impl Stage for Measure {
    fn name(&self) -> String {
        "measure".to_owned()
    }

    fn fingerprint(&self, session: &Session) -> anyhow::Result<Fingerprint> {
        let project = &session.project;
        let mut fingerprint = Fingerprint::new("measure", 3)
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
        let analysis = session.analysis()?;
        let minerals = &session.minerals;
        let particles = particle_table(&analysis.particles, minerals);
        corelith_io::write_parquet(&session.result(PARTICLES_PARQUET), &particles)?;
        let tables = [
            (PARTICLES_CSV, particles),
            (
                LIBERATION_CSV,
                liberation::liberation_table(&analysis.liberation),
            ),
            (CURVES_CSV, liberation::curve_table(&analysis.liberation)),
            (SIZES_CSV, liberation::size_table(&analysis.sizes)),
            (
                CORRECTED_CSV,
                liberation::correction_table(&analysis.corrected),
            ),
            (BIAS_CSV, liberation::bias_table(&analysis.liberation)),
            (
                LOCKING_CSV,
                liberation::locking_table(minerals, &analysis.locking),
            ),
            (
                ASSOCIATION_CSV,
                liberation::association_table(minerals, &analysis.association),
            ),
        ];
        let mut outputs = vec![PathBuf::from(PARTICLES_PARQUET)];
        for (path, table) in &tables {
            corelith_io::write_csv(&session.result(path), table)?;
            outputs.push(path.into());
        }
        Ok(outputs)
    }
}
