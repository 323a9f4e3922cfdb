//! Maps of many phantoms, placed and compared with the truth.

mod cases;
mod summary;
mod trial;

use std::fmt;
use std::path::PathBuf;

use clap::{Args, ValueEnum, value_parser};
use corelith_core::{Progress, Raster, Region, Within};
use corelith_gpu::Compute;
use corelith_phantom::truth::registration_error;
use corelith_phantom::{Phantom, Scene, blank_map, noise_map, phantom};
use corelith_registration::{
    MapChannels, MapInput, PreparedCt, Registration, Settings, Status, Whereabouts, register,
};
use serde::Serialize;

use crate::Error;
use cases::{MapCase, Sample, Samples};
use trial::{Kind, Trial};

/// Smaller sections of a particle are not counted.
const SECTION_LEAST_PX: usize = 20;
/// Of so many negatives one is blank and one is noise.
const NEGATIVE_ROUND: u64 = 20;

/// What is placed in what.
#[derive(Debug, Clone, Args)]
pub struct Plan {
    /// Phantoms; their fractions or kinds take turns
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = value_parser!(u64).range(1..=100_000))]
    pub phantoms: u64,
    /// Phantoms of kinds drawn at random, in place of lithium slag
    #[arg(long)]
    pub any_kind: bool,
    /// Maps of every phantom
    #[arg(long, default_value_t = 4, value_name = "N", value_parser = value_parser!(u64).range(1..=1000))]
    pub maps: u64,
    /// Maps of other samples (one in ten blank or noise), shared out among the phantoms
    #[arg(long, default_value_t = 64, value_name = "N")]
    pub negatives: u64,
    /// Width of the phantoms, in voxels; their height is five eighths of it
    #[arg(long = "width", default_value_t = 192, value_name = "VOXELS", value_parser = value_parser!(u64).range(96..=1024))]
    pub width_vox: u64,
    /// What of the maps is compared with the CT
    #[arg(long, default_value = "both")]
    pub channels: Channels,
    /// Tell the search the height of every map's middle to within so many voxels; that of maps of
    /// other samples is the height that they were cut at there
    #[arg(long = "height-within", value_name = "VOXELS", value_parser = value_parser!(u32).range(1..=1000))]
    pub height_within_vox: Option<u32>,
    /// Where the table of all maps goes, one row a map (CSV)
    #[arg(short = 'o', long = "output", value_name = "TABLE.csv")]
    pub table: Option<PathBuf>,
}

/// What of a map is compared with the CT: [`MapChannels`] as words.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Channels {
    /// Classes and BSE greys
    Both,
    /// Classes alone
    Classes,
    /// BSE greys alone
    Bse,
}

impl From<Channels> for MapChannels {
    fn from(channels: Channels) -> Self {
        match channels {
            Channels::Both => Self::Both,
            Channels::Classes => Self::Classes,
            Channels::Bse => Self::Bse,
        }
    }
}

/// The success curve.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct RegistrationStudy {
    whole: summary::Whole,
}

impl fmt::Display for RegistrationStudy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&summary::text(&self.whole))
    }
}

/// Places maps of phantoms with default settings but for the channels, and maps that show no part
/// of them.
///
/// # Errors
/// When the device fails, the table cannot be written, or the user asks to stop.
pub fn registration(
    plan: &Plan,
    seed: u64,
    compute: &Compute,
    progress: &dyn Progress,
) -> Result<RegistrationStudy, Error> {
    let settings = Settings {
        channels: plan.channels.into(),
        ..Settings::default()
    };
    let samples = match plan.any_kind {
        true => Samples::AnyKind,
        false => Samples::Slag,
    };
    let mut trials = Vec::new();
    progress.start(
        "placing maps of phantoms",
        plan.phantoms * plan.maps + plan.negatives,
    );
    for index in 0..plan.phantoms {
        let [width_vox, maps] = [plan.width_vox, plan.maps].map(|n| n as usize);
        let sample = Sample::draw(samples, seed, index, width_vox, maps);
        let truth = phantom(&sample.without_maps(), sample.seed, &Within(progress))?;
        let bench = Bench {
            ct: PreparedCt::new(&truth.ct, compute)?,
            truth: &truth,
            sample: &sample,
            settings: &settings,
            height_within_vox: plan.height_within_vox.map(f64::from),
            progress,
        };
        for map in 0..sample.maps.len() {
            trials.push(bench.own(map)?);
            progress.advance(1);
        }
        for negative in (index..plan.negatives).step_by(plan.phantoms as usize) {
            trials.push(bench.foreign(negative)?);
            progress.advance(1);
        }
        progress.remark(&summary::short(&trials));
        // After every phantom, so that a run that is stopped leaves what it found.
        if let Some(path) = &plan.table {
            corelith_io::write_csv(path, &trial::table(&trials))?;
        }
    }
    progress.finish();
    Ok(RegistrationStudy {
        whole: summary::whole(&trials),
    })
}

/// One phantom, ready for maps to be placed in it.
struct Bench<'a> {
    ct: PreparedCt<'a>,
    truth: &'a Phantom,
    sample: &'a Sample,
    settings: &'a Settings,
    height_within_vox: Option<f64>,
    progress: &'a dyn Progress,
}

impl Bench<'_> {
    /// Places a map of this phantom.
    fn own(&self, index: usize) -> Result<Trial, Error> {
        let case = &self.sample.maps[index];
        let scene = Scene::new(
            &self.sample.with_map(case),
            self.sample.seed,
            &Within(self.progress),
        )?;
        let map = scene.map(index, &Within(self.progress))?;
        let found = self.place(
            &format!("map {index}"),
            &map.classes,
            &map.bse,
            case.pixel_vox * self.sample.settings.voxel_um,
            &map.coords_vox[2],
        )?;
        let coords = found.coords(map.classes.rows(), map.classes.cols());
        let error = registration_error(coords.each_ref(), map.coords_vox.each_ref())
            .map_err(Error::Truth)?;
        let particles = sections(&map.particles_truth);
        let tre_vox = error.mean_vox;
        Ok(self.trial(Kind::Own, case, particles, tre_vox, found))
    }

    /// Places a map that shows no part of this phantom.
    fn foreign(&self, index: u64) -> Result<Trial, Error> {
        let (seed, case) = self.sample.foreign(index);
        let settings = self.sample.with_map(&case);
        let scene = Scene::new(&settings, seed, &Within(self.progress))?;
        let map = scene.map(0, &Within(self.progress))?;
        let (rows, cols) = (map.classes.rows(), map.classes.cols());
        let (kind, classes, bse) = match index % NEGATIVE_ROUND {
            18 => (
                Kind::Blank,
                blank_map(rows, cols),
                Raster::filled(rows, cols, 0),
            ),
            19 => {
                let classes = self.truth.minerals.len() as u8;
                (
                    Kind::Noise,
                    noise_map(rows, cols, classes, seed),
                    noise_map(rows, cols, u8::MAX, seed),
                )
            }
            _ => (Kind::Foreign, map.classes, map.bse),
        };
        let found = self.place(
            &format!("foreign map {index}"),
            &classes,
            &bse,
            case.pixel_vox * self.sample.settings.voxel_um,
            &map.coords_vox[2],
        )?;
        let particles = sections(&map.particles_truth);
        Ok(self.trial(kind, &case, particles, f64::NAN, found))
    }

    fn place(
        &self,
        name: &str,
        classes: &Raster<u8>,
        bse: &Raster<u8>,
        pixel_size_um: f64,
        height_vox: &Raster<f32>,
    ) -> Result<Registration, Error> {
        let bse = bse.map(|&grey| f32::from(grey));
        let whereabouts = self.height_within_vox.map(|within| {
            let middle = height_vox.at(height_vox.cols() / 2, height_vox.rows() / 2);
            let z = f64::from(middle);
            Whereabouts::Region(Region {
                z: Some([z - within, z + within]),
                ..Region::default()
            })
        });
        let map = MapInput {
            name,
            classes,
            minerals: &self.truth.minerals,
            bse: Some(&bse),
            pixel_size_um,
            whereabouts,
        };
        Ok(register(
            &self.ct,
            &map,
            self.settings,
            self.sample.seed,
            &Within(self.progress),
        )?)
    }

    fn trial(
        &self,
        kind: Kind,
        case: &MapCase,
        particles: usize,
        tre_vox: f64,
        found: Registration,
    ) -> Trial {
        Trial {
            phantom: self.sample.index,
            sort: self.sample.sort,
            kind,
            noise: self.sample.settings.ct.noise,
            case: *case,
            particles: particles as u64,
            found: found.status == Status::Found,
            tre_vox,
            uncertainty_vox: found.uncertainty_vox,
            score: found.score,
            margin: found.margin,
            probability: found.probability,
            probability_needed: found.probability_needed,
            seconds: found.seconds,
        }
    }
}

/// Particles that a map shows.
fn sections(particles: &Raster<u32>) -> usize {
    let mut ids: Vec<u32> = particles
        .data()
        .iter()
        .copied()
        .filter(|&p| p > 0)
        .collect();
    ids.sort_unstable();
    ids.chunk_by(|a, b| a == b)
        .filter(|section| section.len() >= SECTION_LEAST_PX)
        .count()
}
