//! One row a particle, liberation, and the 2D-3D bias: everything that the report reads.

use std::path::{Path, PathBuf};

use corelith_core::{Minerals, PlacedMap, Role, Table};
use corelith_stats::agreement::SeparationCheck;
use corelith_stats::liberation::{self, MeasuredWith, Segmented as Labels};
use corelith_stats::measure::{self, particle_table};
use corelith_stats::measurements::{Measurements, measure_sample};
use corelith_stats::stereology;
use serde::Serialize;

use super::part::Part;
use super::segment::Segmented;
use super::sum_part::SumPart;
use crate::results::StoredPlacement;
use crate::resume::{Content, Stage, StageFiles};
use crate::{Context, Error};

/// All numbers of the sample, relative to the results.
pub const MEASUREMENTS: &str = "measurements.cbor";
/// One row a particle.
pub const PARTICLES_CSV: &str = "particles.csv";
/// The same as Parquet.
pub const PARTICLES_PARQUET: &str = "particles.parquet";

/// The tables, relative to the results, and what each holds.
pub const TABLES: [(&str, &str); 8] = [
    (PARTICLES_CSV, "one row a particle"),
    ("liberation.csv", "liberation in classes, with intervals"),
    ("liberation_curves.csv", "the liberation curves"),
    ("liberation_by_size.csv", "liberation by size class"),
    (
        "liberation_corrected.csv",
        "3D liberation that the measured maps tell",
    ),
    ("bias.csv", "differences of the liberation curves"),
    ("locking.csv", "free, binary and ternary shares"),
    ("association.csv", "what each mineral borders on"),
];

/// Measures particles and liberation.
#[derive(Serialize)]
pub struct Measure<'a> {
    /// Phases and particles.
    pub segmented: &'a Segmented,
    /// The placed maps, in file order, and what each is used for.
    pub maps: &'a [(Role, &'a StoredPlacement)],
    /// The mineral list.
    pub minerals: &'a Minerals,
    /// How particles are measured.
    pub measurement: &'a measure::Settings,
    /// How sections are cut.
    pub stereology: &'a stereology::Settings,
    /// How liberation is counted.
    pub liberation: &'a liberation::Settings,
    /// Seed of the run.
    pub seed: u64,
}

/// All numbers of the sample.
#[derive(Debug, Clone)]
pub struct Measured {
    measurements: Content,
}

impl Measured {
    /// `measurements.cbor`.
    pub fn content(&self) -> &Content {
        &self.measurements
    }

    /// Reads all numbers.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self) -> Result<Measurements, Error> {
        Ok(corelith_io::read_cbor(self.measurements.path())?)
    }

    /// Where the tables are.
    pub fn tables(&self) -> Vec<PathBuf> {
        let folder = self.measurements.path().parent().unwrap_or(Path::new(""));
        TABLES.iter().map(|(file, _)| folder.join(file)).collect()
    }
}

impl Stage for Measure<'_> {
    const VERSION: u32 = 7;
    type Outputs = Measured;

    fn name(&self) -> String {
        "measure".to_owned()
    }

    fn run(&self, context: &Context<'_>) -> Result<Vec<PathBuf>, Error> {
        let progress = context.progress;
        let sums = self.part(Part::WHOLE).joined(context)?;
        let phases = self.segmented.phases.read(progress)?;
        let particles = self.segmented.particles.read(progress)?;
        let check: SeparationCheck = corelith_io::read_json(self.segmented.check.path())?;
        let maps = self
            .maps
            .iter()
            .map(|(role, map)| Ok((*role, map.read()?.clone())))
            .collect::<Result<Vec<(Role, PlacedMap)>, Error>>()?;
        let labels = Labels {
            phases: &phases,
            particles: &particles,
            minerals: self.minerals,
        };
        let measurements = measure_sample(
            labels,
            sums,
            &maps,
            MeasuredWith {
                measurement: self.measurement,
                stereology: self.stereology,
                liberation: self.liberation,
                seed: self.seed,
            },
            &check.doubtful,
            progress,
        )?;
        corelith_io::write_cbor(&context.result(MEASUREMENTS), &measurements)?;
        let particles = particle_table(&measurements.particles, self.minerals);
        corelith_io::write_parquet(&context.result(PARTICLES_PARQUET), &particles)?;
        let mut files = vec![PathBuf::from(MEASUREMENTS), PARTICLES_PARQUET.into()];
        let tables = tables(&measurements, particles, self.minerals);
        for ((path, _), table) in TABLES.iter().zip(&tables) {
            corelith_io::write_csv(&context.result(path), table)?;
            files.push(path.into());
        }
        Ok(files)
    }

    fn outputs(&self, files: &StageFiles) -> Result<Self::Outputs, Error> {
        Ok(Measured {
            measurements: files.get(MEASUREMENTS)?,
        })
    }
}

impl<'a> Measure<'a> {
    /// The sums of a part, which [`Stage::run`] joins with the others.
    pub fn part(&self, part: Part) -> SumPart<'a> {
        SumPart {
            phases: &self.segmented.phases,
            particles: &self.segmented.particles,
            minerals: self.minerals.len(),
            part,
        }
    }
}

/// The tables in the order of [`TABLES`]; the first is [`particle_table`].
pub fn tables(
    found: &Measurements,
    particles: Table,
    minerals: &Minerals,
) -> [Table; TABLES.len()] {
    [
        particles,
        liberation::liberation_table(&found.liberation),
        liberation::curve_table(&found.liberation),
        liberation::size_table(&found.sizes),
        liberation::correction_table(&found.corrected),
        liberation::bias_table(&found.liberation),
        liberation::locking_table(minerals, &found.locking),
        liberation::association_table(minerals, &found.association),
    ]
}
