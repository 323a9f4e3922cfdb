//! What scripts of the page know of every particle: numbers that `measure` found, rounded, a column
//! each; and the grids of those that can be turned.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use corelith_stats::Particle;
use serde::{Serialize, Serializer};

use crate::figures::{Figures, ParticleGroup};
use crate::picture::Rgb;
use crate::{ParticleGrid, ReportError, ReportInput};

/// The data as JSON, fit for a script element.
pub fn json(input: &ReportInput, figures: &Figures) -> Result<String, ReportError> {
    let minerals = input.minerals.rows().iter().map(|row| Mineral {
        name: &row.name,
        rgb: row.rgb,
    });
    let groups = figures.groups().iter();
    let data = Data {
        target: input.target,
        minerals: minerals.collect(),
        particles: particles(input),
        groups: groups
            .map(|(name, group)| (&**name, Group::of(group)))
            .collect(),
        grids: input
            .grids
            .iter()
            .map(|grid| (grid.id, Grid::of(grid)))
            .collect(),
    };
    let json = serde_json::to_string(&data).map_err(ReportError::Data)?;
    // Nothing in a name may end the script element.
    Ok(json.replace('<', "\\u003c"))
}

#[derive(Serialize)]
struct Data<'a> {
    target: u8,
    minerals: Vec<Mineral<'a>>,
    particles: Particles,
    groups: BTreeMap<&'a str, Group>,
    grids: BTreeMap<u32, Grid>,
}

#[derive(Serialize)]
struct Mineral<'a> {
    name: &'a str,
    rgb: Rgb,
}

/// One entry a particle in every column.
#[derive(Serialize)]
struct Particles {
    id: Vec<u32>,
    diameter_um: Vec<Short>,
    /// Share of the volume of all particles that count; 0 for those that do not.
    volume_share_pct: Vec<Short>,
    minerals: BTreeMap<u8, InParticles>,
}

/// A mineral in the particles.
#[derive(Serialize)]
struct InParticles {
    liberation_pct: Vec<Short>,
    /// Share of the mineral in all particles that count.
    share_pct: Vec<Short>,
}

/// One letter a particle: its bin in base 36, a dash for none.
#[derive(Serialize)]
struct Group {
    bins: String,
    mineral: Option<u8>,
}

#[derive(Serialize)]
struct Grid {
    size: [usize; 3],
    voxel_um: [f64; 3],
    labels: String,
}

fn particles(input: &ReportInput) -> Particles {
    let found = input.measurements;
    let all = || found.particles.iter();
    let shares = |amount: &dyn Fn(&Particle) -> f64| -> Vec<Short> {
        let weighted = all().zip(&found.particle_weights);
        let amounts: Vec<f64> = weighted.map(|(p, weight)| weight * amount(p)).collect();
        let total: f64 = amounts.iter().sum();
        amounts
            .iter()
            .map(|a| Short::figures(100.0 * a / total))
            .collect()
    };
    let of_mineral = |class: u8| InParticles {
        liberation_pct: all()
            .map(|p| Short::decimal(p.volume_pct(class, input.minerals.background())))
            .collect(),
        share_pct: shares(&|p| p.mineral_voxels[usize::from(class)] as f64),
    };
    Particles {
        id: all().map(|p| p.id).collect(),
        diameter_um: all()
            .map(|p| Short::decimal(p.equivalent_diameter_um))
            .collect(),
        volume_share_pct: shares(&|p| p.volume_um3),
        minerals: input
            .minerals
            .solids()
            .map(|class| (class, of_mineral(class)))
            .collect(),
    }
}

impl Group {
    fn of(group: &ParticleGroup) -> Self {
        let letter = |bin: &Option<usize>| bin.and_then(|bin| char::from_digit(bin as u32, 36));
        Self {
            bins: group
                .bins
                .iter()
                .map(|bin| letter(bin).unwrap_or('-'))
                .collect(),
            mineral: group.mineral,
        }
    }
}

impl Grid {
    fn of(grid: &ParticleGrid) -> Self {
        Self {
            size: grid.size,
            voxel_um: grid.voxel_um,
            labels: STANDARD.encode(&grid.labels),
        }
    }
}

/// A number with few digits; nothing for one that is not finite.
struct Short(f64);

impl Short {
    /// One decimal.
    fn decimal(value: f64) -> Self {
        Self((value * 10.0).round() / 10.0)
    }

    /// Three figures.
    fn figures(value: f64) -> Self {
        Self(format!("{value:.2e}").parse().unwrap_or(value))
    }
}

impl Serialize for Short {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 && self.0.abs() < 1e9 {
            to.serialize_i64(self.0 as i64)
        } else {
            to.serialize_f64(self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let text = |value: Short| serde_json::to_string(&value).unwrap();
        assert_eq!(text(Short::decimal(99.96)), "100");
        assert_eq!(text(Short::decimal(31.04)), "31");
        assert_eq!(text(Short::decimal(f64::NAN)), "null");
        assert_eq!(text(Short::figures(0.012_345)), "0.0123");
        assert_eq!(text(Short::figures(0.0)), "0");
    }
}
