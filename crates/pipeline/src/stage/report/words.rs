//! The headline numbers in words.

use std::fmt;

use corelith_stats::liberation::Basis;
use corelith_stats::measurements::{MineralSummary, ParticleSummary, ValidationSummary};

use super::{MapSummary, Summary};

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let maps = self
            .registration
            .iter()
            .map(|(name, map)| placed(name, map));
        let maps: Vec<String> = maps.collect();
        writeln!(f, "{}: maps placed: {}", self.name, maps.join(", "))?;
        writeln!(f, "{}", particles(&self.particles))?;
        for (name, validation) in &self.validation {
            writeln!(f, "{}", validated(name, validation))?;
        }
        match self.minerals.get(&self.target) {
            Some(target) => write_target(f, &self.target, target),
            None => Ok(()),
        }
    }
}

fn placed(name: &str, map: &MapSummary) -> String {
    format!(
        "{name} to {:.2} voxels (probability {:.3}, {:.2} needed)",
        map.uncertainty_vox.unwrap_or(f64::INFINITY),
        map.probability,
        map.probability_needed
    )
}

fn particles(particles: &ParticleSummary) -> String {
    let median = particles.median_equivalent_diameter_um;
    format!(
        "{} particles, {} of them cut by the volume's faces{}",
        particles.count,
        particles.touching_border,
        median.map_or(String::new(), |um| format!(", median diameter {um:.0} um"))
    )
}

fn validated(name: &str, validation: &ValidationSummary) -> String {
    let dice = validation.dice.iter();
    let dice = dice.filter_map(|(mineral, dice)| Some(format!("{mineral} {:.2}", (*dice)?)));
    let dice: Vec<String> = dice.collect();
    let foreground = validation.foreground_dice;
    format!(
        "against {name} (kept back), Dice: foreground {}, {}",
        foreground.map_or("none".to_owned(), |dice| format!("{dice:.3}")),
        dice.join(", ")
    )
}

fn write_target(f: &mut fmt::Formatter<'_>, name: &str, target: &MineralSummary) -> fmt::Result {
    let mean = |basis: Basis| target.mean_liberation_pct[basis.name()].to_string();
    let Some(share) = target.modal_volume_pct else {
        return writeln!(f, "{name}: no particles, so nothing to tell");
    };
    writeln!(
        f,
        "{name}: {share:.1} % of the solid volume; mean liberation in 3D {}",
        mean(Basis::Volume3d)
    )?;
    writeln!(
        f,
        "  random 2D sections of the same result say {}; the curves {} beyond chance",
        mean(Basis::Area2dRandom),
        match target.bias_beyond_chance {
            true => "differ",
            false => "do not differ",
        }
    )?;
    // What would narrow the curves to the wanted interval, where it is known.
    let Some(particles) = target.needed_particles_3d else {
        return Ok(());
    };
    let maps = target.needed_maps_2d;
    writeln!(
        f,
        "  its curve to +-{} points needs {particles:.0} particles in 3D{}",
        target.half_width_goal_points,
        maps.map_or(String::new(), |maps| format!(", or {maps:.0} maps in 2D"))
    )
}
