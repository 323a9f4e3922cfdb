//! Phantoms of any kind, drawn at random: for networks that are to know features and borders, not
//! one material (domain randomisation, Tobin et al. 2017), and for judging them on what they never
//! saw.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::settings::{Habit, MineralLook, PhantomSettings, factors};

/// What particles consist of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Grains of one mineral beside grains of others, hardly intergrown.
    Liberated,
    /// Patches of several minerals in a host.
    Intergrown,
    /// Grains of one mineral each, side by side.
    Granular,
    /// Thin parallel layers and veins.
    Lamellar,
    /// Small bright or dark inclusions in a host.
    Specked,
    /// Two minerals of equal grey, told apart by inclusions of a third alone.
    Textured,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Liberated,
        Self::Intergrown,
        Self::Granular,
        Self::Lamellar,
        Self::Specked,
        Self::Textured,
    ];

    /// A word for tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Liberated => "liberated",
            Self::Intergrown => "intergrown",
            Self::Granular => "granular",
            Self::Lamellar => "lamellar",
            Self::Specked => "specked",
            Self::Textured => "textured",
        }
    }
}

/// Compositions of particles that are drawn.
const COMPOSITIONS: usize = 96;

/// Largest size over smallest: one decade.
const SIZES: f64 = 10.0;

impl PhantomSettings {
    /// Settings of a phantom of `kind` with `shape_vox` voxels and no maps.
    ///
    /// Drawn are: 2 to 12 minerals, brighter or darker than each other in any order and distance;
    /// composition, grain and anisotropy; sizes within a decade, shapes from rounded to needles and
    /// plates; packing, pores; voxels of 0.5 to 20 micrometres; blur, noise and its correlation,
    /// rings, shading, cupping, fringes, and grey values of 8 to 16 bits.
    pub fn drawn_at_random(kind: Kind, shape_vox: [usize; 3], rng: &mut impl Rng) -> Self {
        let mut factor_rng = ChaCha8Rng::from_rng(rng);
        let mut factor = factors(&mut factor_rng);
        let mut s = Self {
            shape_vox,
            voxel_um: factor(0.5, 20.0),
            ..Self::default()
        };
        let count = match kind {
            Kind::Textured => rng.random_range(3..=6),
            _ => rng.random_range(2..=12),
        };

        let p = &mut s.particles;
        let shortest = *shape_vox.iter().min().unwrap_or(&8) as f64;
        // Some particles must fit in the volume.
        let largest_vox = factor(14.0, 70.0).min(0.8 * shortest).max(8.0);
        let smallest_vox = (largest_vox / factor(1.2, SIZES)).max(5.0);
        p.diameter_max_um = largest_vox * s.voxel_um;
        p.diameter_min_um = smallest_vox.min(largest_vox) * s.voxel_um;
        p.size_exponent = rng.random_range(0.0..2.5);
        p.solid_fraction = rng.random_range(0.15..0.72);
        p.separation = rng.random_range(0.85..1.1);
        p.elongation_max = factor(1.1, 4.0);
        p.faces[0] = rng.random_range(6..=16);
        p.faces[1] = rng.random_range(p.faces[0]..=24);
        p.rounding_vox = factor(0.2, 3.0);
        p.roughness_vox = factor(0.1, 1.2);
        p.roughness_wavelength_vox = factor(3.0, 14.0);

        let grain_um = 0.5 * (p.diameter_min_um + p.diameter_max_um);
        let t = &mut s.texture;
        t.band_anisotropy_max = match kind {
            Kind::Lamellar => factor(6.0, 25.0),
            _ => factor(1.0, 5.0),
        };
        t.blob_anisotropy_max = factor(1.0, 4.0);
        t.band_raggedness = factor(0.02, 0.5);
        t.pores_per_1000_vox = factor(0.02, 2.0);
        t.pore_radius_um = [0.3, factor(0.6, 2.0)].map(|vox| vox * s.voxel_um);

        s.ct.resin_grey = factor(2_000.0, 20_000.0);
        let contrasts = contrasts(kind, count, rng);
        let unit = factor(2_000.0, 20_000.0);
        s.minerals = (0..count)
            .map(|i| {
                let scale = match kind {
                    Kind::Liberated => factor(0.3, 1.5),
                    Kind::Intergrown => factor(0.08, 0.6),
                    Kind::Granular => factor(0.1, 0.5),
                    Kind::Lamellar => factor(0.05, 0.25),
                    Kind::Specked | Kind::Textured => factor(0.04, 0.15),
                };
                MineralLook {
                    name: format!("Mineral {}", i + 1),
                    rgb: [20 * (i as u8 + 1), 255 - 20 * i as u8, 90],
                    density_g_cm3: 3.0,
                    ct_grey: (s.ct.resin_grey + unit * contrasts[i]).clamp(0.0, 65_535.0),
                    bse_grey: 128.0,
                    habit: match (i, kind) {
                        (0, _) => Habit::Host,
                        (_, Kind::Lamellar | Kind::Liberated) => Habit::Bands,
                        (_, Kind::Granular) => Habit::Grains,
                        _ => Habit::Blobs,
                    },
                    scale_um: Some((scale * grain_um).max(1.5 * s.voxel_um)),
                    share: 0.0,
                }
            })
            .collect();
        s.texture.compositions = (0..COMPOSITIONS)
            .map(|_| composition(kind, count, rng))
            .collect();

        let c = &mut s.ct;
        c.blur_vox = factor(0.4, 2.0);
        let faintest = contrasts.iter().copied().fold(f64::INFINITY, f64::min);
        c.noise = factor(0.01, 0.25).min(0.5 * faintest / contrasts[0]);
        c.noise_correlation = rng.random_range(0.0..0.5);
        c.rings = factor(0.002, 0.08);
        c.shading = factor(0.001, 0.05);
        c.particle_variation = factor(0.003, 0.04);
        c.cupping = if rng.random_bool(0.5) {
            factor(0.01, 0.2)
        } else {
            0.0
        };
        c.fringes = if rng.random_bool(0.3) {
            factor(0.05, 0.8)
        } else {
            0.0
        };
        c.bits = rng.random_range(8..=16);
        s.maps.training = 0;
        s.maps.validation = 0;
        s.maps.pixel_um = s.voxel_um;
        s
    }
}

/// Contrast of every mineral against resin, the host's first.
fn contrasts(kind: Kind, count: usize, rng: &mut impl Rng) -> Vec<f64> {
    // A decade, more than between quartz and pyrite.
    let mut all: Vec<f64> = {
        let mut factor = factors(rng);
        (0..count).map(|_| factor(0.2, 2.0)).collect()
    };
    match kind {
        // The two that are alike; the last one makes the difference.
        Kind::Textured => {
            all[1] = all[0];
            all[count - 1] = all[0] * if rng.random_bool(0.5) { 0.75 } else { 1.3 };
        }
        // Metals and pores filled with gas.
        Kind::Specked => all[count - 1] = rng.random_range(2.0..4.0),
        _ => {}
    }
    all
}

/// Shares of the minerals in one particle, summing to 1.
fn composition(kind: Kind, count: usize, rng: &mut impl Rng) -> Vec<f64> {
    let main = rng.random_range(0..count);
    let mut shares = vec![0.0; count];
    let rest = match kind {
        Kind::Liberated if rng.random_bool(0.7) => 0.0,
        Kind::Liberated => rng.random_range(0.0..0.5),
        Kind::Intergrown | Kind::Granular => rng.random_range(0.1..0.7),
        Kind::Lamellar => rng.random_range(0.1..0.5),
        Kind::Specked => rng.random_range(0.0..0.1),
        Kind::Textured => 0.0,
    };
    let main = match kind {
        Kind::Specked => rng.random_range(0..count - 1),
        Kind::Textured => rng.random_range(0..count - 1),
        _ => main,
    };
    shares[main] = 1.0 - rest;
    let others: Vec<usize> = (0..count).filter(|&i| i != main).collect();
    let some = rng.random_range(1..=others.len().min(3));
    for _ in 0..some {
        shares[others[rng.random_range(0..others.len())]] += rest / some as f64;
    }
    match kind {
        // The twin of the host holds what the host has not.
        Kind::Textured if main == 1 => {
            let inclusions = rng.random_range(0.15..0.35);
            shares[1] = 1.0 - inclusions;
            shares[count - 1] = inclusions;
        }
        Kind::Specked => {
            let specks = rng.random_range(0.0..0.01);
            shares.iter_mut().for_each(|share| *share *= 1.0 - specks);
            shares[count - 1] += specks;
        }
        _ => {}
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phantom;
    use corelith_core::Silent;

    #[test]
    fn every_draw_is_in_range() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for kind in Kind::ALL {
            for _ in 0..60 {
                let settings = PhantomSettings::drawn_at_random(kind, [48, 64, 64], &mut rng);
                settings
                    .check()
                    .unwrap_or_else(|error| panic!("{kind:?}: {error}"));
                settings.mineral_list().unwrap();
                for shares in &settings.texture.compositions {
                    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{kind:?}");
                }
            }
        }
    }

    #[test]
    fn every_kind_makes_particles_of_several_minerals() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        for kind in Kind::ALL {
            let settings = PhantomSettings::drawn_at_random(kind, [32, 56, 56], &mut rng);
            let made = phantom(&settings, 5, &Silent).unwrap();
            let mut voxels = vec![0usize; made.minerals.len()];
            for &class in made.phases.data() {
                voxels[usize::from(class)] += 1;
            }
            let solid: usize = voxels[1..].iter().sum();
            let share = solid as f64 / made.phases.data().len() as f64;
            let wanted = settings.particles.solid_fraction;
            assert!(
                (share - wanted).abs() < 0.08,
                "{kind:?}: {share} of {wanted}"
            );
            let minerals = voxels[1..].iter().filter(|&&n| n > 0).count();
            assert!(minerals >= 2, "{kind:?}: {voxels:?}");
            let steps = 1usize << settings.ct.bits;
            let mut greys = made.ct.data().to_vec();
            greys.sort_unstable();
            greys.dedup();
            assert!(greys.len() > 20 && greys.len() <= steps);
        }
    }
}
