//! Settings of phantoms from what was measured on a scan.

use corelith_core::Minerals;
use rand::Rng;

use super::{CtLook, SectionLook};
use crate::settings::{Habit, MineralLook, PhantomSettings, factors};

/// Crossings into regions of half the volume along a wavelength of gradient noise.
const CROSSINGS: f64 = 0.5;

/// Settings of a phantom, and the class of each of its minerals.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draft {
    pub settings: PhantomSettings,
    pub classes: Vec<u8>,
}

impl CtLook {
    /// Settings that follow from what was measured; none when no mineral has a known grey value or
    /// the maps show hardly a particle.
    pub(crate) fn draft(&self, minerals: &Minerals, shape_vox: [usize; 3]) -> Option<Draft> {
        let sections = self.sections.as_ref()?;
        let classes: Vec<u8> = minerals
            .solids()
            .filter(|&class| self.class_grey[usize::from(class)].is_some())
            .collect();
        let host = classes.iter().copied().max_by(|&a, &b| {
            let share = |class: u8| self.class_share[usize::from(class)];
            share(a).total_cmp(&share(b))
        })?;
        let mut s = PhantomSettings {
            shape_vox,
            voxel_um: self.voxel_um,
            ..PhantomSettings::default()
        };
        s.minerals = classes
            .iter()
            .map(|&class| {
                // Names and colours of its own: a list may call or paint a mineral as phantoms do
                // their background.
                MineralLook {
                    name: format!("class {class}"),
                    rgb: [class, 1, 0],
                    ct_grey: self.class_grey[usize::from(class)]
                        .unwrap_or(self.resin_grey)
                        .clamp(0.0, 65_535.0),
                    density_g_cm3: 1.0,
                    bse_grey: 0.0,
                    habit: if class == host {
                        Habit::Host
                    } else {
                        Habit::Blobs
                    },
                    scale_um: self
                        .scale_um(sections, class)
                        .map(|um| um.max(0.5 * self.voxel_um)),
                    share: self.class_share[usize::from(class)],
                }
            })
            .collect();
        s.texture.compositions = sections
            .compositions
            .iter()
            .map(|shares| {
                classes
                    .iter()
                    .map(|&class| shares[usize::from(class)])
                    .collect()
            })
            .filter(|shares: &Vec<f64>| shares.iter().sum::<f64>() > 0.0)
            .collect();
        if s.texture.compositions.is_empty() {
            return None;
        }
        let [smaller, larger] = sections.diameters_um;
        let p = &mut s.particles;
        p.diameter_min_um = smaller.max(4.0 * self.voxel_um);
        p.diameter_max_um = larger.max(1.1 * p.diameter_min_um);
        p.solid_fraction = self.solid_fraction.clamp(0.02, MOST_SOLID);
        s.ct.resin_grey = self.resin_grey;
        self.set_noise(&mut s);
        s.maps.training = 0;
        s.maps.validation = 0;
        s.maps.pixel_um = self
            .pixel_um
            .clamp(0.05 * self.voxel_um, 20.0 * self.voxel_um);
        Some(Draft {
            settings: s,
            classes,
        })
    }

    /// Noise and rings as measured: they are in units of the host's contrast, which may be small or
    /// none.
    pub(super) fn set_noise(&self, settings: &mut PhantomSettings) {
        let unit = settings.contrast_grey().max(1.0);
        if let (Some((noise, correlation)), Some(rings)) = (self.noise, self.rings_grey) {
            settings.ct.noise = (noise / unit).min(10.0);
            settings.ct.noise_correlation = correlation.clamp(0.0, 0.6);
            settings.ct.rings = (rings / unit).min(10.0);
        }
    }

    /// Wavelength of the noise whose regions have the measured chord.
    ///
    /// A region that takes a share `s` of a line has mean chord `s` over its crossings a length.
    /// Those of gradient noise of wavelength 1 are about half its zero crossings where `s` is a half
    /// and fall as `4 s (1 - s)` (from Rice's formula for Gaussian noise, 1945).
    fn scale_um(&self, sections: &SectionLook, class: u8) -> Option<f64> {
        let class = usize::from(class);
        let chord_um = sections.chords[class]?.mean_um;
        let in_others: Vec<f64> = sections
            .compositions
            .iter()
            .map(|shares| shares[class])
            .filter(|&share| share > 0.0 && share < 0.5)
            .collect();
        let mean = in_others.iter().sum::<f64>() / in_others.len().max(1) as f64;
        Some(CROSSINGS * 4.0 * (1.0 - mean) * chord_um)
    }
}

/// Densest packing that a phantom is asked for.
pub(super) const MOST_SOLID: f64 = 0.68;

impl Draft {
    /// The same a little otherwise: what was measured is varied within its uncertainty, what cannot be
    /// measured (shape, shading) is drawn from a wide range.
    pub fn varied(&self, rng: &mut impl Rng) -> PhantomSettings {
        let mut factor = factors(rng);
        let mut s = self.settings.clone();
        let least_um = 0.5 * s.voxel_um;
        for mineral in &mut s.minerals {
            let contrast = factor(0.985, 1.015) * (mineral.ct_grey - s.ct.resin_grey);
            mineral.ct_grey = (s.ct.resin_grey + contrast).clamp(0.0, 65_535.0);
            mineral.scale_um = mineral
                .scale_um
                .map(|um| (um * factor(0.7, 1.4)).max(least_um));
        }
        let p = &mut s.particles;
        p.diameter_min_um = (p.diameter_min_um * factor(0.8, 1.1)).max(4.0 * s.voxel_um);
        p.diameter_max_um = (p.diameter_max_um * factor(0.95, 1.25)).max(1.1 * p.diameter_min_um);
        p.solid_fraction = (p.solid_fraction * factor(0.85, 1.15)).clamp(0.02, MOST_SOLID);
        p.separation *= factor(0.9, 1.1);
        p.elongation_max = factor(1.3, 3.0);
        p.rounding_vox *= factor(0.5, 4.0);
        p.roughness_vox *= factor(0.3, 2.0);
        s.ct.noise = (s.ct.noise * factor(0.95, 1.05)).min(10.0);
        s.ct.noise_correlation = (s.ct.noise_correlation * factor(0.9, 1.1)).clamp(0.0, 0.6);
        s.ct.rings = (s.ct.rings * factor(0.7, 1.3)).min(10.0);
        s.ct.blur_vox = (s.ct.blur_vox * factor(0.85, 1.18)).min(4.0);
        s.ct.particle_variation *= factor(0.7, 1.4);
        s
    }
}
