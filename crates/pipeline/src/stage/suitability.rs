//! Whether networks suit the scan that they are to be applied to.

use std::path::PathBuf;

use corelith_core::Minerals;
use corelith_stats::imaging::separation::block_means;
use corelith_unet::{Likeness, Scan};
use serde::{Deserialize, Serialize};

use super::networks::Networks;
use super::part::{Part, Parted};
use super::segment::{ParticleNetwork, check_minerals};
use crate::results::{CorrectedCt, StoredModel};
use crate::resume::{Stage, StageFiles};
use crate::{Context, Error};

/// How the scan compares with those that the networks were trained on ([`Suitability`]), relative to
/// the results.
pub const SUITABILITY: &str = "segmentation/suitability.json";

/// How a scan compares with those that networks were trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suitability {
    /// For the network that tells phases apart.
    pub phases: Likeness,
    /// For the one that tells touching particles apart, which sees 2 x 2 x 2 voxels as one; none
    /// where the mask alone does.
    pub particles: Option<Likeness>,
}

impl Suitability {
    /// Holds networks against a scan.
    ///
    /// # Errors
    /// When a model tells apart something else than it is wanted for, or all voxels have the same
    /// grey value.
    pub fn of(networks: Networks<'_>, scan: &Scan<'_>) -> Result<Self, Error> {
        networks.check()?;
        let of_blocks =
            |model| Ok::<_, Error>(Scan::measure(&block_means(scan.ct))?.likeness(model));
        Ok(Self {
            phases: scan.likeness(networks.phases),
            particles: networks.depth.map(of_blocks).transpose()?,
        })
    }

    /// In what the scan differs, a line each; none where the networks suit it.
    pub fn differences(&self) -> Vec<String> {
        let of_particles = self.particles.iter().flat_map(|found| &found.differs);
        let of_particles = of_particles.map(|difference| {
            format!("the particle network, which sees 2 x 2 x 2 voxels as one: {difference}")
        });
        self.phases
            .differs
            .iter()
            .cloned()
            .chain(of_particles)
            .collect()
    }

    /// Warns of the differences.
    pub fn warn(&self, context: &Context<'_>) {
        for difference in self.differences() {
            context.warn(&format!("{difference}: look at the result with care"));
        }
    }
}

/// Holds the networks of a segmentation against the scan.
#[derive(Serialize)]
pub struct Suit<'a> {
    /// The CT volume.
    pub ct: &'a CorrectedCt,
    /// The model that tells phases apart.
    pub model: &'a StoredModel,
    /// What tells touching particles apart.
    pub particle_network: &'a ParticleNetwork,
    /// The mineral list, without densities.
    pub minerals: &'a Minerals,
    /// The part of the volume that is to be seen; each keeps its own answer, which is about the
    /// whole volume, so that several can be at work at the same time.
    pub part: Part,
}

impl Suit<'_> {
    /// Kind of the stage, and its name where the volume is seen as a whole.
    pub const KIND: &'static str = "suitability";

    fn file(&self) -> PathBuf {
        match self.part {
            Part::WHOLE => SUITABILITY.into(),
            part => part.folder(Parted::Segmentation).join("suitability.json"),
        }
    }
}

impl Stage for Suit<'_> {
    const VERSION: u32 = 1;
    type Outputs = Suitability;

    fn name(&self) -> String {
        match self.part {
            Part::WHOLE => Self::KIND.to_owned(),
            part => part.stage_name(Self::KIND),
        }
    }

    fn run(&self, context: &Context<'_>) -> Result<Vec<PathBuf>, Error> {
        let model = self.model.read()?;
        check_minerals(&model, self.model, self.minerals)?;
        let depth = self.particle_network.read()?;
        let networks = Networks {
            phases: &model,
            depth: depth.as_ref(),
        };
        let ct = self.ct.read(context.progress)?;
        let found = Suitability::of(networks, &Scan::measure(&ct)?)?;
        corelith_io::write_json(&context.result(self.file()), &found)?;
        Ok(vec![self.file()])
    }

    fn outputs(&self, files: &StageFiles) -> Result<Self::Outputs, Error> {
        Ok(corelith_io::read_json(files.get(self.file())?.path())?)
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::{Spacing, Volume};

    use super::*;

    /// A ball in resin, either with grey values spread to nearly half of their contrast, alike in
    /// blocks of 2 x 2 x 2 voxels.
    fn ball(voxel_um: f64, resin: u16, particles: u16) -> Volume<u16> {
        Volume::from_fn([24; 3], Spacing::isotropic(voxel_um), |x, y, z| {
            let inside = [x, y, z]
                .map(|v| v.abs_diff(12).pow(2))
                .iter()
                .sum::<usize>()
                < 81;
            let spread = (x / 2 * 7 + y / 2 * 13 + z / 2 * 29) % 41;
            let low = if inside { particles } else { resin } - 20 * ((particles - resin) / 45);
            low + spread as u16 * ((particles - resin) / 45)
        })
    }

    #[test]
    fn each_network_is_held_against_the_scan() {
        let (phases, depth) = (
            corelith_unet::pretrained_phases().unwrap(),
            corelith_unet::pretrained_particles().unwrap(),
        );
        let alone = Networks {
            phases: &phases,
            depth: None,
        };
        let both = Networks {
            depth: Some(&depth),
            ..alone
        };
        let found = |networks, ct: &Volume<u16>| {
            Suitability::of(networks, &Scan::measure(ct).unwrap()).unwrap()
        };
        // The particle network knows voxels and greys of many kinds.
        for (ct, expected) in [
            (ball(2.296, 10_000, 17_000), [0, 0]),
            (ball(4.6, 10_000, 17_000), [1, 1]),
            (ball(4.6, 10_000, 11_000), [2, 2]),
            (ball(150.0, 10_000, 17_000), [1, 2]),
        ] {
            let counts = [alone, both].map(|networks| found(networks, &ct).differences().len());
            assert_eq!(counts, expected, "{:?}", found(both, &ct));
        }
        let coarse = found(both, &ball(150.0, 10_000, 17_000));
        let said = coarse.differences();
        assert!(said[1].contains("particle network") && said[1].contains("voxels of 300 um"));
        assert!(!coarse.phases.suits && coarse.phases.found.voxel_um == [150.0; 2]);
        assert_eq!(coarse.particles.unwrap().found.voxel_um, [300.0; 2]);
    }
}
