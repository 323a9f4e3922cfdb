use corelith_core::{Mineral, Minerals, Spacing};
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::PhantomError;

/// Name of the class that is no particle.
pub const BACKGROUND: &str = "Background";

/// Everything that a phantom is made from, the seed aside. The default looks like lithium slag
/// of the 63 to 100 micrometre fraction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PhantomSettings {
    /// Voxels `[nz, ny, nx]`, each 8 or more.
    pub shape_vox: [usize; 3],
    /// Voxel size in micrometres, above 0.
    pub voxel_um: f64,
    /// Size, shape and packing of the particles.
    pub particles: ParticleSettings,
    /// How minerals are intergrown.
    pub texture: TextureSettings,
    /// The minerals, background left out: one [`Habit::Host`], any number of the others, at most
    /// 254 in all.
    pub minerals: Vec<MineralLook>,
    /// The CT image.
    pub ct: CtSettings,
    /// The mineral maps.
    pub maps: MapSettings,
}

/// Size, shape and packing of the particles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ParticleSettings {
    /// Smallest diameter of the sphere of equal volume, micrometres; at least 4 voxels.
    pub diameter_min_um: f64,
    /// Largest such diameter, micrometres.
    pub diameter_max_um: f64,
    /// Share of the volume that particles fill, 0.02 to 0.8. About 0.35 hardly touching, 0.53
    /// touching everywhere, 0.66 densely packed.
    pub solid_fraction: f64,
    /// How far apart centres are pushed, in sums of equal-volume radii, 0 to 1.5. Below 1
    /// neighbours grow into each other, above 1.15 they hardly touch.
    pub separation: f64,
    /// Longest over shortest axis, at most, 1 to 4.
    pub elongation_max: f64,
    /// Flat faces of a particle, fewest and most, 6 to 40.
    pub faces: [usize; 2],
    /// Radius that rounds the edges between faces, voxels, 0.05 or more.
    pub rounding_vox: f64,
    /// Roughness of the faces, peak, voxels, 0 or more.
    pub roughness_vox: f64,
    /// Wavelength of that roughness, voxels, 1 or more.
    pub roughness_wavelength_vox: f64,
}

/// How minerals are intergrown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TextureSettings {
    /// Share of particles that consist of one banded mineral alone, 0 to 1.
    pub liberated: f64,
    /// Share of particles without any banded mineral, 0 to 1.
    pub barren: f64,
    /// Wavelength across bands, micrometres.
    pub band_um: f64,
    /// How much longer than thick bands are, at most, 1 or more.
    pub band_anisotropy_max: f64,
    /// Weight of the ragged second octave of bands, 0 to 1.
    pub band_raggedness: f64,
    /// Wavelength of blobs, micrometres.
    pub blob_um: f64,
    /// How much longer than thick blobs are, at most, 1 or more.
    pub blob_anisotropy_max: f64,
    /// Radius of specks (as metal), smallest and largest, micrometres.
    pub speck_radius_um: [f64; 2],
    /// Pores in 1000 voxels of particle.
    pub pores_per_1000_vox: f64,
    /// Radius of pores, smallest and largest, micrometres.
    pub pore_radius_um: [f64; 2],
    /// Shares of the minerals, in their order, in particles: each particle takes one at random, its
    /// most common mineral being the host, whatever the habits. Empty: composed by habit.
    pub compositions: Vec<Vec<f64>>,
}

/// How a mineral occurs in a particle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Habit {
    /// Fills what no other mineral takes.
    Host,
    /// Layers and lenses that cut through the particle; may also be a particle of its own.
    Bands,
    /// Patches in the host.
    Blobs,
    /// Small spheres.
    Specks,
}

/// A mineral and its look in CT and SEM.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MineralLook {
    /// Name in the mineral list.
    pub name: String,
    /// Colour in the mineral maps, sRGB.
    pub rgb: [u8; 3],
    /// Density in g/cm3.
    pub density_g_cm3: f64,
    /// Mean CT grey value, 0 to 65535.
    pub ct_grey: f64,
    /// Mean BSE grey value, 0 to 255: rises with the mean atomic number.
    pub bse_grey: f64,
    /// How it occurs.
    pub habit: Habit,
    /// Wavelength of its regions, micrometres; none: that of its habit in the texture.
    #[serde(default)]
    pub scale_um: Option<f64>,
    /// Bands: mean share of a mixed particle. Blobs: mean share of what bands leave. Specks:
    /// number in 1000 voxels. Host: ignored.
    pub share: f64,
}

/// The CT image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CtSettings {
    /// Grey value of resin, 0 to 65535.
    pub resin_grey: f64,
    /// Standard deviation of the noise, over the contrast between host mineral and resin, 0 or
    /// more.
    pub noise: f64,
    /// Correlation of the noise of neighbouring voxels, 0 to 0.6.
    pub noise_correlation: f64,
    /// Standard deviation of the point spread, voxels, 0 to 4.
    pub blur_vox: f64,
    /// Standard deviation of ring artefacts, over the same contrast, 0 or more.
    pub rings: f64,
    /// Amplitude of slow shading, over the same contrast, 0 or more.
    pub shading: f64,
    /// Standard deviation of a particle's grey, as a share of it, 0 or more.
    pub particle_variation: f64,
    /// Share of grey that beam hardening takes at the rotation axis, 0 to 0.5.
    pub cupping: f64,
    /// Strength of phase-contrast fringes: share of the difference to a wider blur that is added at
    /// edges, 0 to 2.
    pub fringes: f64,
    /// Bits of a grey value, 8 to 16. Below 16 their steps cover four times the largest contrast.
    pub bits: u32,
}

/// The mineral maps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MapSettings {
    /// Maps to learn from.
    pub training: usize,
    /// Maps to judge by.
    pub validation: usize,
    /// Pixel size that the project file states, micrometres, above 0.
    pub pixel_um: f64,
    /// Width and height of a map over width and height of the volume, 0.05 to 2; each map is up
    /// to 6 % larger or smaller.
    pub width_fraction: f64,
    /// Smallest tilt against the slices, degrees, 0 to 90.
    pub tilt_min_deg: f64,
    /// Largest tilt against the slices, degrees, 0 to 90.
    pub tilt_max_deg: f64,
    /// Share of maps that show the plane from behind, 0 to 1.
    pub mirrored: f64,
    /// Largest relative error of the stated pixel size, drawn for each axis, 0 to 0.2.
    pub scale_error_max: f64,
    /// Share of the width by which a map is pushed out of the volume, 0 to 0.9.
    pub outside_fraction: f64,
    /// Standard deviation of smooth displacement, each of both in-plane directions, voxels.
    pub displacement_vox: f64,
    /// The same out of the plane.
    pub bending_vox: f64,
    /// Correlation length of the displacement, micrometres, above 0.
    pub displacement_length_um: f64,
    /// Rough rims: each pixel shows the class up to this far away, pixels, 0 or more.
    pub rim_roughness_px: f64,
    /// Share of solid pixels with a random mineral, 0 to 1.
    pub mislabelled: f64,
    /// BSE grey of resin, 0 to 255.
    pub bse_resin_grey: f64,
    /// Standard deviation of the BSE noise, grey values.
    pub bse_noise: f64,
    /// Standard deviation of the BSE point spread, pixels.
    pub bse_blur_px: f64,
}

impl Default for PhantomSettings {
    fn default() -> Self {
        Self {
            shape_vox: [128, 208, 208],
            voxel_um: 2.296,
            particles: ParticleSettings::default(),
            texture: TextureSettings::default(),
            minerals: slag_minerals(),
            ct: CtSettings::default(),
            maps: MapSettings::default(),
        }
    }
}

impl Default for ParticleSettings {
    fn default() -> Self {
        Self {
            diameter_min_um: 56.0,
            diameter_max_um: 86.0,
            solid_fraction: 0.35,
            separation: 1.0,
            elongation_max: 2.0,
            faces: [10, 16],
            rounding_vox: 0.4,
            roughness_vox: 0.5,
            roughness_wavelength_vox: 6.0,
        }
    }
}

impl Default for TextureSettings {
    fn default() -> Self {
        Self {
            liberated: 0.12,
            barren: 0.12,
            band_um: 29.0,
            band_anisotropy_max: 4.0,
            band_raggedness: 0.2,
            blob_um: 18.0,
            blob_anisotropy_max: 2.5,
            speck_radius_um: [0.9, 2.9],
            pores_per_1000_vox: 1.1,
            pore_radius_um: [0.9, 2.0],
            compositions: Vec::new(),
        }
    }
}

impl Default for CtSettings {
    fn default() -> Self {
        Self {
            resin_grey: 9660.0,
            noise: 0.0585,
            noise_correlation: 0.166,
            blur_vox: 0.84,
            rings: 0.023,
            shading: 0.002,
            particle_variation: 0.0125,
            cupping: 0.0,
            fringes: 0.0,
            bits: 16,
        }
    }
}

impl Default for MapSettings {
    fn default() -> Self {
        Self {
            training: 2,
            validation: 1,
            pixel_um: 1.2,
            width_fraction: 0.6,
            tilt_min_deg: 1.0,
            tilt_max_deg: 6.0,
            mirrored: 0.3,
            scale_error_max: 0.02,
            outside_fraction: 0.0,
            displacement_vox: 0.45,
            bending_vox: 0.2,
            displacement_length_um: 30.0,
            rim_roughness_px: 1.35,
            mislabelled: 0.005,
            bse_resin_grey: 17.5,
            bse_noise: 6.0,
            bse_blur_px: 0.7,
        }
    }
}

/// Minerals of lithium slag; grey values as in CT at 80 kV and in BSE of that material.
fn slag_minerals() -> Vec<MineralLook> {
    let look = |name: &str, rgb, density_g_cm3, ct_grey, bse_grey, habit, share| MineralLook {
        name: name.to_owned(),
        rgb,
        density_g_cm3,
        ct_grey,
        bse_grey,
        habit,
        scale_um: None,
        share,
    };
    vec![
        look(
            "LiAlO2",
            [230, 40, 40],
            2.62,
            16_270.0,
            69.5,
            Habit::Bands,
            0.46,
        ),
        look(
            "Gehlenite",
            [60, 120, 220],
            3.04,
            20_250.0,
            127.5,
            Habit::Host,
            0.0,
        ),
        look(
            "Spinel",
            [60, 190, 80],
            3.6,
            20_950.0,
            140.5,
            Habit::Blobs,
            0.13,
        ),
        look(
            "Glass",
            [240, 200, 60],
            2.75,
            18_570.0,
            107.5,
            Habit::Blobs,
            0.15,
        ),
        look(
            "Metal",
            [250, 250, 250],
            7.8,
            38_000.0,
            238.0,
            Habit::Specks,
            0.12,
        ),
    ]
}

impl PhantomSettings {
    /// Lithium slag of the 63 to 100 micrometre fraction: the default.
    pub fn slag_63_100() -> Self {
        Self::default()
    }

    /// Lithium slag of the 100 to 250 micrometre fraction.
    pub fn slag_100_250() -> Self {
        let mut settings = Self {
            shape_vox: [160, 256, 256],
            ..Self::default()
        };
        settings.particles.diameter_min_um = 88.0;
        settings.particles.diameter_max_um = 158.0;
        settings.particles.solid_fraction = 0.445;
        settings.particles.separation = 0.96;
        settings.texture.pores_per_1000_vox = 0.85;
        settings.texture.band_um = 29.0;
        settings.texture.blob_um = 18.0;
        settings
    }

    /// These particles, touching everywhere: 53 % solid.
    pub fn touching(mut self) -> Self {
        self.particles.solid_fraction = 0.53;
        self.particles.separation = 0.95;
        self
    }

    /// These particles, densely packed: 66 % solid.
    pub fn dense(mut self) -> Self {
        self.particles.solid_fraction = 0.66;
        self.particles.separation = 0.95;
        self
    }

    /// Only the first `count` minerals (background left out), in the order in which a phantom
    /// needs them: host, bands, then the others. At least the host stays.
    pub fn with_minerals(mut self, count: usize) -> Self {
        self.minerals.sort_by_key(|m| match m.habit {
            Habit::Host => 0,
            Habit::Bands => 1,
            Habit::Blobs => 2,
            Habit::Specks => 3,
        });
        self.minerals.truncate(count.max(1));
        self
    }

    /// Spacing of the voxels.
    pub fn spacing(&self) -> Spacing {
        Spacing::isotropic(self.voxel_um)
    }

    /// The mineral list: background first, then [`Self::minerals`] in order.
    ///
    /// # Errors
    /// When names or colours repeat.
    pub fn mineral_list(&self) -> Result<Minerals, PhantomError> {
        let background = Mineral {
            name: BACKGROUND.to_owned(),
            rgb: [0, 0, 0],
            density_g_cm3: Some(1.2),
        };
        let rows = std::iter::once(background)
            .chain(self.minerals.iter().map(|m| Mineral {
                name: m.name.clone(),
                rgb: m.rgb,
                density_g_cm3: Some(m.density_g_cm3),
            }))
            .collect();
        Ok(Minerals::new(rows, BACKGROUND)?)
    }

    /// Contrast between host mineral and resin, grey values: the unit of noise and artefacts.
    pub fn contrast_grey(&self) -> f64 {
        self.minerals
            .iter()
            .find(|m| m.habit == Habit::Host)
            .map_or(1.0, |m| m.ct_grey - self.ct.resin_grey)
            .abs()
    }

    /// Whether every setting lies in its range.
    ///
    /// # Errors
    /// [`PhantomError::Setting`] for the first that does not.
    pub fn check(&self) -> Result<(), PhantomError> {
        let range = |setting, value: f64, low: f64, high: f64, expected| {
            if value.is_finite() && (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(PhantomError::Setting {
                    setting,
                    found: value.to_string(),
                    expected,
                })
            }
        };
        for &n in &self.shape_vox {
            range(
                "shape_vox",
                n as f64,
                8.0,
                65_535.0,
                "8 to 65535 along each axis",
            )?;
        }
        range("voxel_um", self.voxel_um, 1e-6, 1e6, "above 0")?;

        let p = &self.particles;
        range(
            "particles.diameter_min_um",
            p.diameter_min_um / self.voxel_um,
            4.0,
            1e5,
            "4 voxels or more (the value is shown in voxels)",
        )?;
        range(
            "particles.diameter_max_um",
            p.diameter_max_um,
            p.diameter_min_um,
            1e6,
            "no less than diameter_min_um",
        )?;
        range(
            "particles.solid_fraction",
            p.solid_fraction,
            0.02,
            0.8,
            "0.02 to 0.8",
        )?;
        range("particles.separation", p.separation, 0.0, 1.5, "0 to 1.5")?;
        range(
            "particles.elongation_max",
            p.elongation_max,
            1.0,
            4.0,
            "1 to 4",
        )?;
        for &n in &p.faces {
            range("particles.faces", n as f64, 6.0, 40.0, "6 to 40")?;
        }
        range(
            "particles.faces",
            p.faces[1] as f64,
            p.faces[0] as f64,
            40.0,
            "the fewest first, the most second, up to 40",
        )?;
        range(
            "particles.rounding_vox",
            p.rounding_vox,
            0.05,
            10.0,
            "0.05 to 10",
        )?;
        range(
            "particles.roughness_vox",
            p.roughness_vox,
            0.0,
            4.0,
            "0 to 4",
        )?;
        range(
            "particles.roughness_wavelength_vox",
            p.roughness_wavelength_vox,
            1.0,
            1e3,
            "1 to 1000",
        )?;

        let t = &self.texture;
        range("texture.liberated", t.liberated, 0.0, 1.0, "0 to 1")?;
        range("texture.barren", t.barren, 0.0, 1.0, "0 to 1")?;
        range(
            "texture.liberated + texture.barren",
            t.liberated + t.barren,
            0.0,
            1.0,
            "0 to 1",
        )?;
        range(
            "texture.band_um",
            t.band_um / self.voxel_um,
            0.5,
            1e5,
            "0.5 voxels or more (the value is shown in voxels)",
        )?;
        range(
            "texture.blob_um",
            t.blob_um / self.voxel_um,
            0.5,
            1e5,
            "0.5 voxels or more (the value is shown in voxels)",
        )?;
        range(
            "texture.band_anisotropy_max",
            t.band_anisotropy_max,
            1.0,
            100.0,
            "1 to 100",
        )?;
        range(
            "texture.blob_anisotropy_max",
            t.blob_anisotropy_max,
            1.0,
            100.0,
            "1 to 100",
        )?;
        range(
            "texture.band_raggedness",
            t.band_raggedness,
            0.0,
            1.0,
            "0 to 1",
        )?;
        range(
            "texture.pores_per_1000_vox",
            t.pores_per_1000_vox,
            0.0,
            100.0,
            "0 to 100",
        )?;
        for (setting, [low, high]) in [
            ("texture.speck_radius_um", t.speck_radius_um),
            ("texture.pore_radius_um", t.pore_radius_um),
        ] {
            range(setting, low, 0.0, 1e6, "the smallest first, both 0 or more")?;
            range(
                setting,
                high,
                low,
                1e6,
                "the smallest first, both 0 or more",
            )?;
        }

        for shares in &t.compositions {
            range(
                "texture.compositions",
                shares.len() as f64,
                self.minerals.len() as f64,
                self.minerals.len() as f64,
                "as many shares as minerals",
            )?;
            for &share in shares {
                range("texture.compositions", share, 0.0, 1.0, "shares of 0 to 1")?;
            }
        }

        let hosts = self
            .minerals
            .iter()
            .filter(|m| m.habit == Habit::Host)
            .count();
        range(
            "minerals of habit host",
            hosts as f64,
            1.0,
            1.0,
            "exactly 1",
        )?;
        range(
            "minerals",
            self.minerals.len() as f64,
            1.0,
            254.0,
            "1 to 254",
        )?;
        for m in &self.minerals {
            range("minerals.ct_grey", m.ct_grey, 0.0, 65_535.0, "0 to 65535")?;
            range("minerals.bse_grey", m.bse_grey, 0.0, 255.0, "0 to 255")?;
            if let Some(scale_um) = m.scale_um {
                range(
                    "minerals.scale_um",
                    scale_um / self.voxel_um,
                    0.5,
                    1e5,
                    "0.5 voxels or more (the value is shown in voxels)",
                )?;
            }
            let (high, expected) = match m.habit {
                Habit::Specks => (100.0, "0 to 100 for specks"),
                _ => (1.0, "0 to 1"),
            };
            range("minerals.share", m.share, 0.0, high, expected)?;
        }

        let c = &self.ct;
        range("ct.resin_grey", c.resin_grey, 0.0, 65_535.0, "0 to 65535")?;
        range("ct.noise", c.noise, 0.0, 10.0, "0 to 10")?;
        range(
            "ct.noise_correlation",
            c.noise_correlation,
            0.0,
            0.6,
            "0 to 0.6",
        )?;
        range("ct.blur_vox", c.blur_vox, 0.0, 4.0, "0 to 4")?;
        range("ct.rings", c.rings, 0.0, 10.0, "0 to 10")?;
        range("ct.shading", c.shading, 0.0, 10.0, "0 to 10")?;
        range(
            "ct.particle_variation",
            c.particle_variation,
            0.0,
            0.3,
            "0 to 0.3",
        )?;
        range("ct.cupping", c.cupping, 0.0, 0.5, "0 to 0.5")?;
        range("ct.fringes", c.fringes, 0.0, 2.0, "0 to 2")?;
        range("ct.bits", f64::from(c.bits), 8.0, 16.0, "8 to 16")?;

        let m = &self.maps;
        range(
            "maps.pixel_um",
            m.pixel_um / self.voxel_um,
            0.05,
            20.0,
            "0.05 to 20 voxels (the value is shown in voxels)",
        )?;
        range(
            "maps.width_fraction",
            m.width_fraction,
            0.05,
            2.0,
            "0.05 to 2",
        )?;
        range("maps.tilt_min_deg", m.tilt_min_deg, 0.0, 90.0, "0 to 90")?;
        range(
            "maps.tilt_max_deg",
            m.tilt_max_deg,
            m.tilt_min_deg,
            90.0,
            "no less than tilt_min_deg, at most 90",
        )?;
        range("maps.mirrored", m.mirrored, 0.0, 1.0, "0 to 1")?;
        range(
            "maps.scale_error_max",
            m.scale_error_max,
            0.0,
            0.2,
            "0 to 0.2",
        )?;
        range(
            "maps.outside_fraction",
            m.outside_fraction,
            0.0,
            0.9,
            "0 to 0.9",
        )?;
        range(
            "maps.displacement_vox",
            m.displacement_vox,
            0.0,
            20.0,
            "0 to 20",
        )?;
        range("maps.bending_vox", m.bending_vox, 0.0, 20.0, "0 to 20")?;
        range(
            "maps.displacement_length_um",
            m.displacement_length_um / self.voxel_um,
            1.0,
            1e6,
            "1 voxel or more (the value is shown in voxels)",
        )?;
        range(
            "maps.rim_roughness_px",
            m.rim_roughness_px,
            0.0,
            20.0,
            "0 to 20",
        )?;
        range("maps.mislabelled", m.mislabelled, 0.0, 1.0, "0 to 1")?;
        range(
            "maps.bse_resin_grey",
            m.bse_resin_grey,
            0.0,
            255.0,
            "0 to 255",
        )?;
        range("maps.bse_noise", m.bse_noise, 0.0, 255.0, "0 to 255")?;
        range("maps.bse_blur_px", m.bse_blur_px, 0.0, 20.0, "0 to 20")
    }
}

/// Settings drawn around `settings` (domain randomisation, Tobin et al. 2017): sizes, shapes,
/// packing, texture, contrast and CT artefacts vary, so that a network pretrained on such
/// phantoms meets a real scan as one more draw. Shape, voxel size, mineral names and maps stay.
pub fn randomised(settings: &PhantomSettings, rng: &mut impl Rng) -> PhantomSettings {
    let mut s = randomised_geometry(settings, rng);
    let mut factor = factors(rng);
    for m in &mut s.minerals {
        let contrast = (m.ct_grey - s.ct.resin_grey) * factor(0.96, 1.04);
        m.ct_grey = (s.ct.resin_grey + contrast).clamp(0.0, 65_535.0);
    }
    s.ct.noise *= factor(0.6, 1.7);
    s.ct.noise_correlation = (s.ct.noise_correlation * factor(0.4, 2.0)).min(0.6);
    s.ct.blur_vox = (s.ct.blur_vox * factor(0.7, 1.45)).min(4.0);
    s.ct.rings *= factor(0.3, 2.0);
    s.ct.shading *= factor(0.3, 4.0);
    s.ct.particle_variation = (s.ct.particle_variation * factor(0.5, 1.8)).min(0.3);
    s
}

/// As [`randomised`], but the CT image and the grey values of the minerals stay.
pub fn randomised_geometry(settings: &PhantomSettings, rng: &mut impl Rng) -> PhantomSettings {
    let mut s = settings.clone();
    let mut factor = factors(rng);

    let size = factor(0.75, 1.35);
    s.particles.diameter_min_um =
        (s.particles.diameter_min_um * size * factor(0.8, 1.0)).max(4.0 * s.voxel_um);
    s.particles.diameter_max_um =
        (s.particles.diameter_max_um * size * factor(1.0, 1.2)).max(s.particles.diameter_min_um);
    s.particles.solid_fraction = (s.particles.solid_fraction * factor(0.8, 1.6)).clamp(0.05, 0.68);
    s.particles.separation = (s.particles.separation * factor(0.85, 1.12)).min(1.5);
    s.particles.elongation_max = (s.particles.elongation_max * factor(0.85, 1.3)).clamp(1.0, 4.0);
    s.particles.rounding_vox = (s.particles.rounding_vox * factor(0.5, 2.5)).clamp(0.05, 10.0);
    s.particles.roughness_vox = (s.particles.roughness_vox * factor(0.3, 2.0)).min(4.0);

    let least_um = 0.5 * s.voxel_um;
    s.texture.band_um = (s.texture.band_um * factor(0.7, 1.4)).max(least_um);
    s.texture.blob_um = (s.texture.blob_um * factor(0.7, 1.4)).max(least_um);
    s.texture.band_raggedness = (s.texture.band_raggedness * factor(0.4, 2.0)).min(1.0);
    s.texture.pores_per_1000_vox = (s.texture.pores_per_1000_vox * factor(0.3, 2.0)).min(100.0);
    for m in s.minerals.iter_mut().filter(|m| m.habit != Habit::Host) {
        m.share = (m.share * factor(0.75, 1.35)).min(0.9);
    }
    s
}

/// Draws factors, alike on a logarithmic scale.
pub(crate) fn factors(rng: &mut impl Rng) -> impl FnMut(f64, f64) -> f64 {
    move |low, high| rng.random_range(low.ln()..=high.ln()).exp()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn presets_and_random_draws_are_in_range() {
        for settings in [
            PhantomSettings::slag_63_100(),
            PhantomSettings::slag_100_250(),
            PhantomSettings::default().touching(),
            PhantomSettings::default().dense().with_minerals(2),
        ] {
            settings.check().unwrap();
            let mut rng = ChaCha8Rng::seed_from_u64(3);
            for _ in 0..200 {
                randomised(&settings, &mut rng).check().unwrap();
            }
        }
    }

    #[test]
    fn a_bad_setting_is_named() {
        let mut settings = PhantomSettings::default();
        settings.particles.solid_fraction = 0.95;
        let message = settings.check().unwrap_err().to_string();
        assert!(message.contains("particles.solid_fraction") && message.contains("0.95"));
        settings = PhantomSettings::default();
        settings.minerals.retain(|m| m.habit != Habit::Host);
        assert!(settings.check().unwrap_err().to_string().contains("host"));
    }
}
