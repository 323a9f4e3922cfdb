use corelith_core::{Minerals, Volume};
use serde::{Deserialize, Serialize};

use super::{TruthError, instances, overlaps};

/// How well phases and particles of a volume agree with the truth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentationScores {
    /// Dice of all solid minerals together.
    pub foreground_dice: f64,
    /// Dice of each solid mineral, in the order of the mineral list.
    pub dice: Vec<(String, f64)>,
    /// Particles of the result.
    pub particles_found: usize,
    /// Particles of the truth.
    pub particles_true: usize,
    /// F1 of the particles, matched at IoU 0.5.
    pub particle_f1: f64,
    /// The same, mean over IoU 0.5 to 0.95.
    pub particle_f1_mean: f64,
}

/// Scores phases and particles, each given as found and then as they truly are; phases are rows
/// of `minerals`.
///
/// # Errors
/// When sizes differ or a phase is not a row of the mineral list.
pub fn segmentation_scores(
    [phases, true_phases]: [&Volume<u8>; 2],
    [particles, true_particles]: [&Volume<u32>; 2],
    minerals: &Minerals,
) -> Result<SegmentationScores, TruthError> {
    let overlaps = overlaps(
        phases.data(),
        true_phases.data(),
        minerals.len(),
        minerals.background(),
    )?;
    let instances = instances(particles.data(), true_particles.data())?;
    let dice = minerals.solids().map(|class| {
        let overlap = overlaps.classes[usize::from(class)];
        (minerals.name(class).to_owned(), overlap.dice())
    });
    Ok(SegmentationScores {
        foreground_dice: overlaps.foreground.dice(),
        dice: dice.collect(),
        particles_found: instances.found,
        particles_true: instances.truth,
        particle_f1: instances.f1(0.5),
        particle_f1_mean: instances.f1_mean(),
    })
}

#[cfg(test)]
mod tests {
    use corelith_core::{Mineral, Spacing};

    use super::*;

    #[test]
    fn every_solid_mineral_has_its_dice() {
        let row = |name: &str, red| Mineral {
            name: name.to_owned(),
            rgb: [red, 0, 0],
            density_g_cm3: None,
        };
        let rows = vec![row("Glass", 1), row("Resin", 2), row("Spinel", 3)];
        let minerals = Minerals::new(rows, "Resin").unwrap();
        let spacing = Spacing::isotropic(1.0);
        let line = |of: [u8; 6]| Volume::new(of.to_vec(), [1, 1, 6], spacing).unwrap();
        let (found, truth) = (line([1, 0, 0, 2, 2, 1]), line([0, 0, 0, 2, 1, 1]));
        let ids = |of: [u32; 6]| Volume::new(of.to_vec(), [1, 1, 6], spacing).unwrap();
        let (particles, true_particles) = (ids([0, 1, 1, 2, 2, 0]), ids([1, 1, 1, 2, 0, 0]));
        let scores =
            segmentation_scores([&found, &truth], [&particles, &true_particles], &minerals)
                .unwrap();
        let dice = [("Glass".to_owned(), 0.8), ("Spinel".to_owned(), 2.0 / 3.0)];
        assert_eq!(scores.dice, dice);
        assert_eq!(scores.foreground_dice, 0.75);
        assert_eq!((scores.particles_found, scores.particles_true), (2, 2));
        assert_eq!(scores.particle_f1, 1.0);
        assert!(scores.particle_f1_mean < 0.5);
    }
}
