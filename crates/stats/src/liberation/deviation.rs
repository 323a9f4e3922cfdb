use corelith_core::{Minerals, Progress, Volume};
use serde::{Deserialize, Serialize};

use super::liberation_class::LIBERATION_CLASSES;
use super::{
    Basis, Cut, Liberation, LiberationError, MineralLiberation, Populations, Settings, analyse,
};
use crate::measure::{self, MeasureError, measure};
use crate::stereology::{self, StereologyError, random_profiles};

/// A phase and particle volume with the mineral list of its phases.
#[derive(Debug, Clone, Copy)]
pub struct Segmented<'a> {
    /// Rows of the mineral list.
    pub phases: &'a Volume<u8>,
    /// Particles, 0 for none.
    pub particles: &'a Volume<u32>,
    /// The mineral list.
    pub minerals: &'a Minerals,
}

/// How far the liberation of one mineral in a result lies from that in the exact truth, both
/// measured alike; result minus truth, percentage points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deviation {
    /// Row of the mineral list.
    pub class: u8,
    /// Share of the solid volume.
    #[serde(with = "crate::nan_as_null")]
    pub modal_points: f64,
    /// 3D liberation curve by volume at or above 0, 10, ... 100 %.
    #[serde(with = "crate::nan_as_null")]
    pub curve_points: [f64; LIBERATION_CLASSES],
    /// The 2D-3D bias of the curve: random planes minus volume, each in its own volume.
    #[serde(with = "crate::nan_as_null")]
    pub bias_points: [f64; LIBERATION_CLASSES],
    /// Mean liberation on random planes minus that by volume, in the result.
    #[serde(with = "crate::nan_as_null")]
    pub mean_bias_found: f64,
    /// The same in the truth.
    #[serde(with = "crate::nan_as_null")]
    pub mean_bias_true: f64,
}

/// Why a segmented volume could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// Particles could not be measured.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// Planes could not be cut.
    #[error(transparent)]
    Stereology(#[from] StereologyError),
    /// Liberation could not be computed.
    #[error(transparent)]
    Liberation(#[from] LiberationError),
}

/// Settings of everything that is measured in both volumes.
#[derive(Debug, Clone, Copy)]
pub struct MeasuredWith<'a> {
    /// Particles.
    pub measurement: &'a measure::Settings,
    /// Planes.
    pub stereology: &'a stereology::Settings,
    /// Liberation.
    pub liberation: &'a Settings,
    /// Seed of the random planes, the same in both volumes.
    pub seed: u64,
}

impl MeasuredWith<'_> {
    /// Fails where settings contradict each other.
    ///
    /// # Errors
    /// [`LiberationError::NoEdgeWeights`].
    pub fn check(&self) -> Result<(), LiberationError> {
        if !self.measurement.edge_correction && self.liberation.cut_particles == Cut::Corrected {
            return Err(LiberationError::NoEdgeWeights);
        }
        Ok(())
    }

    /// The liberation settings, where without edge weights particles that are cut count like whole
    /// ones, however many those are.
    ///
    /// # Errors
    /// See [`MeasuredWith::check`].
    pub fn liberation(&self) -> Result<Settings, LiberationError> {
        self.check()?;
        let mut settings = self.liberation.clone();
        if !self.measurement.edge_correction {
            settings.cut_particles = Cut::Counted;
        }
        Ok(settings)
    }
}

/// Deviation of every solid mineral.
///
/// Particles that the faces cut are treated in the truth as [`Settings::cut_particles`] makes it
/// for the result, so that the two differ by their labels alone.
///
/// # Errors
/// When volumes and mineral list do not fit, settings are out of range, or when cancelled.
pub fn deviation(
    found: Segmented,
    truth: Segmented,
    with: MeasuredWith,
    progress: &dyn Progress,
) -> Result<Vec<Deviation>, AnalysisError> {
    let result = liberation_of(found, &with.liberation()?, with, progress)?;
    let same_rule = Settings {
        cut_particles: result.cut_particles,
        ..with.liberation.clone()
    };
    let exact = liberation_of(truth, &same_rule, with, progress)?;
    let pairs = result.minerals.iter().zip(&exact.minerals);
    Ok(pairs
        .map(|(result, exact)| {
            let volume = |m: &MineralLiberation| m.on(Basis::Volume3d).at_least.map(|e| e.value);
            let planes =
                |m: &MineralLiberation| m.on(Basis::Area2dRandom).at_least.map(|e| e.value);
            let mean_bias = |m: &MineralLiberation| {
                m.on(Basis::Area2dRandom).mean.value - m.on(Basis::Volume3d).mean.value
            };
            let minus = |a: [f64; LIBERATION_CLASSES], b: [f64; LIBERATION_CLASSES]| {
                std::array::from_fn::<f64, LIBERATION_CLASSES, _>(|k| a[k] - b[k])
            };
            let curve_points = minus(volume(result), volume(exact));
            Deviation {
                class: result.class,
                modal_points: modal_pct(found, result.class) - modal_pct(truth, exact.class),
                bias_points: minus(minus(planes(result), planes(exact)), curve_points),
                curve_points,
                mean_bias_found: mean_bias(result),
                mean_bias_true: mean_bias(exact),
            }
        })
        .collect())
}

impl Deviation {
    /// Largest distance of the two 3D curves.
    pub fn largest_curve_points(&self) -> f64 {
        largest(&self.curve_points)
    }

    /// Largest distance of the two bias curves.
    pub fn largest_bias_points(&self) -> f64 {
        largest(&self.bias_points)
    }

    /// Whether 2D errs to the same side in result and truth.
    pub fn bias_has_the_true_sign(&self) -> bool {
        self.mean_bias_found * self.mean_bias_true > 0.0
    }
}

fn largest(points: &[f64]) -> f64 {
    points.iter().map(|p| p.abs()).fold(f64::NAN, f64::max)
}

fn liberation_of(
    volume: Segmented,
    settings: &Settings,
    with: MeasuredWith,
    progress: &dyn Progress,
) -> Result<Liberation, AnalysisError> {
    let Segmented {
        phases,
        particles,
        minerals,
    } = volume;
    let measured = measure(particles, phases, minerals, with.measurement, progress)?;
    let random = random_profiles(
        phases,
        particles,
        minerals,
        with.stereology,
        with.seed,
        progress,
    )?;
    let populations = Populations {
        random: &random,
        ..Populations::of_particles(&measured)
    };
    Ok(analyse(
        minerals,
        &populations,
        settings,
        with.seed,
        progress,
    )?)
}

/// Share of a mineral in the solid volume.
fn modal_pct(volume: Segmented, class: u8) -> f64 {
    let labels = volume.phases.data();
    let of = |class: u8| labels.iter().filter(|&&l| l == class).count() as f64;
    let solid: f64 = volume.minerals.solids().map(of).sum();
    100.0 * of(class) / solid
}
