use std::fmt;
use std::path::Path;

use corelith_core::{Silent, Spacing, Volume};
use corelith_evaluation::against_truth;
use corelith_phantom::truth::{SegmentationScores, registration_error};
use corelith_stats::liberation::{self, Deviation, MeasuredWith, Segmented};

use crate::{Result, SampleTruth};

/// How good the results of one sample are.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Name of the sample.
    pub sample: String,
    /// Every map with its target registration error in voxels, or why there is none.
    pub tre_vox: Vec<(String, std::result::Result<f64, String>)>,
    /// Phases and particles.
    pub segmentation: SegmentationScores,
    /// Modal share, liberation and 2D-3D bias of each mineral against the truth's own, both
    /// measured with the default settings.
    pub deviations: Vec<(String, Deviation)>,
}

impl Evaluation {
    /// Dice of a mineral; 0 when there is no such mineral.
    pub fn dice_of(&self, mineral: &str) -> f64 {
        self.segmentation
            .dice
            .iter()
            .find(|(name, _)| name == mineral)
            .map_or(0.0, |(_, dice)| *dice)
    }

    /// Deviation of a mineral's modal share, liberation and bias.
    pub fn deviation_of(&self, mineral: &str) -> Option<&Deviation> {
        let found = self.deviations.iter().find(|(name, _)| name == mineral);
        found.map(|(_, deviation)| deviation)
    }
}

/// Seed of the random planes through result and truth.
const PLANES_SEED: u64 = 0;

/// Compares the results in folder `results` with the truth of a sample.
///
/// # Errors
/// When a label volume is missing, unreadable or of another shape. A map without coordinates is
/// no error: it is part of the answer.
pub fn evaluate(sample: &str, truth: &SampleTruth, results: &Path) -> Result<Evaluation> {
    let unknown = Spacing::isotropic(1.0);
    let tre_vox = truth
        .maps
        .iter()
        .map(|(name, expected)| {
            let path = results.join(format!("registration/{name}_coords.tif"));
            let tre = corelith_io::read_map_coordinates(&path)
                .map_err(|e| e.to_string())
                .and_then(|found| {
                    registration_error(found.each_ref(), expected.each_ref())
                        .map_err(|e| e.to_string())
                })
                .map(|error| error.mean_vox);
            (name.clone(), tre)
        })
        .collect();

    let segmentation = results.join("segmentation");
    let phases = corelith_io::read_volume(&segmentation.join("phases.tif"), unknown, &Silent)?;
    let particles =
        corelith_io::read_volume(&segmentation.join("particles.tif"), unknown, &Silent)?;
    if phases.shape() != truth.phases.shape() || particles.shape() != truth.particles.shape() {
        return Err(format!(
            "label volumes of shape {:?} and {:?}, expected {:?}",
            phases.shape(),
            particles.shape(),
            truth.phases.shape()
        )
        .into());
    }
    let minerals = &truth.minerals;
    // Only the results carry the size of their voxels.
    let (spacing, shape) = (phases.spacing(), phases.shape());
    let true_phases = Volume::new(truth.phases.data().to_vec(), shape, spacing)?;
    let true_particles = Volume::new(truth.particles.data().to_vec(), shape, spacing)?;
    let held = against_truth(
        Segmented {
            phases: &phases,
            particles: &particles,
            minerals,
        },
        Segmented {
            phases: &true_phases,
            particles: &true_particles,
            minerals,
        },
        MeasuredWith {
            measurement: &Default::default(),
            stereology: &Default::default(),
            liberation: &liberation::Settings::default(),
            seed: PLANES_SEED,
        },
        &Silent,
    )?;
    Ok(Evaluation {
        sample: sample.to_owned(),
        tre_vox,
        segmentation: held.segmentation,
        deviations: held
            .deviations
            .into_iter()
            .map(|d| (minerals.name(d.class).to_owned(), d))
            .collect(),
    })
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.sample)?;
        for (name, tre) in &self.tre_vox {
            match tre {
                Ok(tre) => writeln!(f, "  TRE {name:<14} {tre:7.3} voxels")?,
                Err(problem) => writeln!(f, "  TRE {name:<14} none: {problem}")?,
            }
        }
        let scores = &self.segmentation;
        writeln!(
            f,
            "  Dice {:<13} {:7.3}",
            "foreground", scores.foreground_dice
        )?;
        for (name, dice) in &scores.dice {
            writeln!(f, "  Dice {name:<13} {dice:7.3}")?;
        }
        writeln!(
            f,
            "  particles          {} found, {} true; F1 {:.3} at IoU 0.5, {:.3} over 0.5 to 0.95",
            scores.particles_found,
            scores.particles_true,
            scores.particle_f1,
            scores.particle_f1_mean
        )?;
        writeln!(
            f,
            "  against the truth, points: modal share; 3D curve at 10, 20 ... 100 %; largest \
             distance of the bias curves; mean bias found, true"
        )?;
        for (name, d) in &self.deviations {
            let curve: Vec<String> = d.curve_points[1..]
                .iter()
                .map(|points| format!("{points:5.1}"))
                .collect();
            writeln!(
                f,
                "  {name:<12} {:5.2};{}; {:4.1}; {:5.2} {:5.2}",
                d.modal_points,
                curve.join(""),
                d.largest_bias_points(),
                d.mean_bias_found,
                d.mean_bias_true
            )?;
        }
        Ok(())
    }
}
