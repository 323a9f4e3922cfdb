//! What a CT scan looks like, measured, so that phantoms can be made to look like it.

use corelith_core::{Minerals, PlacedMap, Raster, Volume};
use rand::Rng;

use crate::section::SectionLook;
use crate::settings::{Habit, MineralLook, PhantomSettings, factors};

/// Largest distance of the voxels that are compared, and reach of the neighbourhood that has to be
/// resin around them: beyond the point spread and the correlation of the noise.
const LAG: usize = 3;
/// Steps between voxels that are looked at.
const STRIDE: usize = 2;
/// Resin voxels below which noise is not measured.
const FEWEST_RESIN_VOXELS: usize = 2000;
/// Map pixels below which the grey value of a mineral is not measured.
const FEWEST_PIXELS: usize = 60;
/// Voxels around a map pixel that the map gives to one mineral alone, so that the point spread does
/// not mix another into its grey value; less for minerals whose regions are all smaller.
const PURE_VOX: [f64; 3] = [2.5, 1.5, 0.75];

/// Crossings into regions of half the volume along a wavelength of gradient noise.
const CROSSINGS: f64 = 0.5;

/// Noise, contrast and packing of a CT scan.
#[derive(Debug, Clone, PartialEq)]
pub struct CtLook {
    /// Grey value of resin.
    pub resin_grey: f64,
    /// Standard deviation of the noise, grey values, and its correlation between neighbouring
    /// voxels; none where there is too little resin to tell.
    pub noise: Option<(f64, f64)>,
    /// Standard deviation of ring artefacts, grey values; none as the noise.
    pub rings_grey: Option<f64>,
    /// Share of the volume that is particles.
    pub solid_fraction: f64,
    /// Median grey value of every class inside its regions of the maps; none where these are too
    /// small, and for the background.
    pub class_grey: Vec<Option<f64>>,
    /// Share of every class in the solid pixels of the maps.
    pub class_share: Vec<f64>,
    /// Particles in section; none where the maps show hardly one.
    pub sections: Option<SectionLook>,
    /// Voxel size of the scan, micrometres.
    pub voxel_um: f64,
}

impl CtLook {
    /// Measures a scan whose resin has about the grey value `resin_grey` and whose particles lie
    /// above `threshold`. `classes` is the number of classes, `background` the one that is resin.
    pub fn measure(
        ct: &Volume<u16>,
        [resin_grey, threshold]: [f64; 2],
        maps: &[PlacedMap],
        classes: usize,
        background: u8,
    ) -> Self {
        let solid = ct.data().iter().filter(|&&g| f64::from(g) > threshold);
        let resin = ResinLook::measure(ct, threshold);
        let (class_grey, class_share) = classes_of(ct, maps, classes, background);
        Self {
            // Voxels below the threshold are those of rims, too, which deep resin is free of.
            resin_grey: resin.map_or(resin_grey, |resin| resin.grey),
            noise: resin.map(|resin| (resin.noise, resin.correlation)),
            rings_grey: resin.map(|resin| resin.rings),
            solid_fraction: solid.count() as f64 / ct.data().len().max(1) as f64,
            class_grey,
            class_share,
            sections: SectionLook::measure(maps, classes, background),
            voxel_um: ct.spacing().x_um,
        }
    }

    /// Settings of a phantom that looks like the scan, and the class of each of its minerals; none
    /// when no mineral has a known grey value or the maps show hardly a particle.
    ///
    /// Greys, noise, rings, solid share, composition, grain and size of the particles are the
    /// measured ones, each varied a little; what cannot be measured (shape, blur, shading) is drawn
    /// from a wide range.
    pub fn phantom(
        &self,
        minerals: &Minerals,
        shape_vox: [usize; 3],
        rng: &mut impl Rng,
    ) -> Option<(PhantomSettings, Vec<u8>)> {
        let sections = self.sections.as_ref()?;
        let mut factor = factors(rng);
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
                let row = &minerals.rows()[usize::from(class)];
                let grey = self.class_grey[usize::from(class)].unwrap_or(self.resin_grey);
                let contrast = factor(0.985, 1.015) * (grey - self.resin_grey);
                let scale_um = self
                    .scale_um(sections, class)
                    .map(|um| um * factor(0.7, 1.4));
                MineralLook {
                    name: row.name.clone(),
                    rgb: row.rgb,
                    ct_grey: (self.resin_grey + contrast).clamp(0.0, 65_535.0),
                    density_g_cm3: row.density_g_cm3.unwrap_or(1.0),
                    bse_grey: 0.0,
                    habit: if class == host {
                        Habit::Host
                    } else {
                        Habit::Blobs
                    },
                    scale_um: scale_um.map(|um| um.max(0.5 * self.voxel_um)),
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
        p.diameter_min_um = (smaller * factor(0.8, 1.1)).max(4.0 * self.voxel_um);
        p.diameter_max_um = (larger * factor(0.95, 1.25)).max(1.1 * p.diameter_min_um);
        p.solid_fraction = (self.solid_fraction * factor(0.85, 1.15)).clamp(0.02, 0.68);
        p.separation *= factor(0.9, 1.1);
        p.elongation_max = factor(1.3, 3.0);
        p.rounding_vox *= factor(0.5, 4.0);
        p.roughness_vox *= factor(0.3, 2.0);
        // Noise is in units of the host's contrast, which may be small or none.
        s.ct.resin_grey = self.resin_grey;
        let unit = s.contrast_grey().max(1.0);
        if let (Some((noise, correlation)), Some(rings)) = (self.noise, self.rings_grey) {
            s.ct.noise = (noise / unit * factor(0.95, 1.05)).min(10.0);
            s.ct.noise_correlation = (correlation * factor(0.9, 1.1)).clamp(0.0, 0.6);
            s.ct.rings = (rings / unit * factor(0.7, 1.3)).min(10.0);
        }
        s.ct.blur_vox *= factor(0.7, 1.4);
        s.ct.particle_variation *= factor(0.7, 1.4);
        s.maps.training = 0;
        s.maps.validation = 0;
        s.maps.pixel_um = self.voxel_um;
        Some((s, classes))
    }

    /// Wavelength of the noise whose regions have the measured chord.
    ///
    /// A region that takes a share `s` of a line has mean chord `s` over its crossings a length.
    /// Those of gradient noise of wavelength 1 are about half its zero crossings where `s` is a half
    /// and fall as `4 s (1 - s)` (from Rice's formula for Gaussian noise, 1945).
    fn scale_um(&self, sections: &SectionLook, class: u8) -> Option<f64> {
        let class = usize::from(class);
        let chord_um = sections.chord_um[class]?;
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

/// Resin away from particles, in grey values.
#[derive(Debug, Clone, Copy)]
struct ResinLook {
    grey: f64,
    /// Standard deviation of the noise.
    noise: f64,
    /// Correlation of the noise of neighbouring voxels.
    correlation: f64,
    /// Standard deviation of ring artefacts.
    rings: f64,
}

impl ResinLook {
    /// From differences between voxels deep in resin: slow shading drops out of them, and along
    /// z, the rotation axis, rings do. None where there is too little resin to tell.
    fn measure(ct: &Volume<u16>, threshold: f64) -> Option<Self> {
        let [nz, ny, nx] = ct.shape();
        let at = |x: usize, y: usize, z: usize| f64::from(ct.at(x, y, z));
        let side = 2 * LAG + 1;
        let (mut grey, mut near, mut along, mut across) = (0.0, 0.0, 0.0, 0.0);
        let mut voxels = 0usize;
        for z in (LAG..nz.saturating_sub(LAG)).step_by(STRIDE) {
            for y in (LAG..ny.saturating_sub(LAG)).step_by(STRIDE) {
                for x in (LAG..nx.saturating_sub(LAG)).step_by(STRIDE) {
                    let around = |i: usize| {
                        let (i, j, k) = (i % side, i / side % side, i / side / side);
                        at(x + i - LAG, y + j - LAG, z + k - LAG)
                    };
                    if (0..side.pow(3)).any(|i| around(i) > threshold) {
                        continue;
                    }
                    let here = at(x, y, z);
                    grey += here;
                    near += (here - at(x, y, z + 1)).powi(2);
                    along += (here - at(x, y, z + LAG)).powi(2);
                    across += 0.5 * (here - at(x + LAG, y, z)).powi(2);
                    across += 0.5 * (here - at(x, y + LAG, z)).powi(2);
                    voxels += 1;
                }
            }
        }
        if voxels < FEWEST_RESIN_VOXELS || along == 0.0 {
            return None;
        }
        // The mean squared difference at distance k is 2 variance (1 - rho^k).
        let [near, along, across] = [near, along, across].map(|sum| 0.5 * sum / voxels as f64);
        let mut correlation: f64 = 0.0;
        for _ in 0..20 {
            let variance = along / (1.0 - correlation.powi(LAG as i32));
            correlation = (1.0 - near / variance).clamp(0.0, 0.9);
        }
        let rest = 1.0 - correlation.powi(LAG as i32);
        let rings = (across - along).max(0.0).sqrt();
        Some(Self {
            grey: grey / voxels as f64,
            noise: (along / rest).sqrt(),
            correlation,
            rings,
        })
    }
}

/// Median grey value of every class inside its regions of the maps, and its share of the solid
/// pixels.
fn classes_of(
    ct: &Volume<u16>,
    maps: &[PlacedMap],
    classes: usize,
    background: u8,
) -> (Vec<Option<f64>>, Vec<f64>) {
    // By how pure they are, then by class.
    let mut greys = vec![vec![Vec::<u16>::new(); classes]; PURE_VOX.len()];
    let mut pixels = vec![0usize; classes];
    let [nz, ny, nx] = ct.shape().map(|n| n as f64);
    for placed in maps {
        let map = &placed.classes;
        let pixel_vox = pixel_vox(placed);
        let reaches = PURE_VOX.map(|vox| (vox / pixel_vox).ceil().max(1.0) as usize);
        for row in 0..map.rows() {
            for col in 0..map.cols() {
                let class = map.at(col, row);
                if class == background || usize::from(class) >= classes {
                    continue;
                }
                pixels[usize::from(class)] += 1;
                let position = placed
                    .coords_vox
                    .each_ref()
                    .map(|c| f64::from(c.at(col, row)));
                let [x, y, z] = position.map(f64::round);
                let inside =
                    (0.0..nx).contains(&x) && (0.0..ny).contains(&y) && (0.0..nz).contains(&z);
                if !inside {
                    continue;
                }
                let grey = ct.at(x as usize, y as usize, z as usize);
                for (greys, &reach) in greys.iter_mut().zip(&reaches).rev() {
                    if !is_pure(map, [col, row], reach) {
                        break;
                    }
                    greys[usize::from(class)].push(grey);
                }
            }
        }
    }
    let all = pixels.iter().sum::<usize>().max(1) as f64;
    let median = |class: usize| {
        let mut values = greys
            .iter()
            .map(|by_class| by_class[class].clone())
            .find(|values| values.len() >= FEWEST_PIXELS)?;
        let middle = values.len() / 2;
        Some(f64::from(*values.select_nth_unstable(middle).1))
    };
    (
        (0..classes).map(median).collect(),
        pixels.iter().map(|&n| n as f64 / all).collect(),
    )
}

/// Whether the map gives all pixels within `reach` to one class.
fn is_pure(map: &Raster<u8>, [col, row]: [usize; 2], reach: usize) -> bool {
    let class = map.at(col, row);
    row >= reach
        && col >= reach
        && row + reach < map.rows()
        && col + reach < map.cols()
        && (row - reach..=row + reach)
            .all(|r| (col - reach..=col + reach).all(|c| map.at(c, r) == class))
}

/// Side of a pixel of a map along its rows, in voxels; 1 where its place is unknown.
fn pixel_vox(map: &PlacedMap) -> f64 {
    let (rows, cols) = (map.classes.rows(), map.classes.cols());
    let position =
        |col: usize, row: usize| map.coords_vox.each_ref().map(|c| f64::from(c.at(col, row)));
    let (first, last) = (
        position(0, rows / 2),
        position(cols.saturating_sub(1), rows / 2),
    );
    let length: f64 = (0..3)
        .map(|a| (last[a] - first[a]).powi(2))
        .sum::<f64>()
        .sqrt();
    let pixel = length / (cols.max(2) - 1) as f64;
    if pixel > 0.0 && pixel.is_finite() {
        pixel
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::Silent;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::{Phantom, phantom};

    fn measured(made: &Phantom, settings: &PhantomSettings) -> CtLook {
        let maps: Vec<PlacedMap> = made
            .maps
            .iter()
            .map(|map| PlacedMap {
                name: String::new(),
                classes: map.classes.clone(),
                coords_vox: map.coords_vox.clone(),
                pixel_um: made.pixel_size_um,
            })
            .collect();
        let resin = settings.ct.resin_grey;
        let threshold = resin + 0.4 * settings.contrast_grey();
        CtLook::measure(&made.ct, [resin + 90.0, threshold], &maps, 6, 0)
    }

    #[test]
    fn a_phantom_is_measured_and_made_again() {
        let mut settings = PhantomSettings {
            shape_vox: [48, 96, 96],
            ..PhantomSettings::default()
        };
        settings.ct.resin_grey = 4000.0;
        settings.ct.noise = 0.08;
        settings.ct.noise_correlation = 0.3;
        settings.ct.rings = 0.04;
        settings.maps.width_fraction = 0.9;
        for m in &mut settings.minerals {
            m.ct_grey = 4000.0 + 0.5 * (m.ct_grey - 9660.0);
        }
        let made = phantom(&settings, 11, &Silent).unwrap();
        let look = measured(&made, &settings);
        let near = |found: f64, expected: f64, share: f64| {
            assert!((found / expected - 1.0).abs() < share, "{found} {expected}");
        };
        let unit = settings.contrast_grey();
        let (noise, correlation) = look.noise.unwrap();
        near(noise, 0.08 * unit, 0.05);
        near(correlation, 0.3, 0.15);
        near(look.rings_grey.unwrap(), 0.04 * unit, 0.35);
        // Rings shift the mean over some fifty radii by their deviation over the root of that many,
        // 0.006 of the contrast: three times that.
        let off = (look.resin_grey - 4000.0).abs() / unit;
        assert!(off < 0.02, "{off}");
        near(look.solid_fraction, settings.particles.solid_fraction, 0.1);
        for (class, mineral) in settings.minerals.iter().take(2).enumerate() {
            let grey = look.class_grey[class + 1].unwrap();
            near(grey - 4000.0, mineral.ct_grey - 4000.0, 0.05);
        }
        assert!((look.class_share.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(look.class_grey[5].is_none(), "specks are too small");

        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (again, classes) = look
            .phantom(&made.minerals, [64, 96, 96], &mut rng)
            .unwrap();
        again.check().unwrap();
        assert_eq!(classes, [1, 2, 3, 4]);
        let host = usize::from(look.class_share[2] > look.class_share[1]);
        assert_eq!(again.minerals[host].habit, Habit::Host);
        near(again.ct.noise * again.contrast_grey(), 0.08 * unit, 0.12);
        for (a, b) in again.minerals.iter().zip(&settings.minerals) {
            near(a.ct_grey - 4000.0, b.ct_grey - 4000.0, 0.08);
        }
        // What is made of the measured sections has sections like them.
        let twin = phantom(
            &PhantomSettings {
                shape_vox: settings.shape_vox,
                maps: settings.maps.clone(),
                ..again
            },
            12,
            &Silent,
        )
        .unwrap();
        let of_twin = measured(&twin, &settings);
        let (first, second) = (look.sections.unwrap(), of_twin.sections.unwrap());
        for (a, b) in first.diameters_um.iter().zip(second.diameters_um) {
            near(b, *a, 0.4);
        }
        for class in 1..3 {
            assert!((look.class_share[class] - of_twin.class_share[class]).abs() < 0.15);
            near(
                second.chord_um[class].unwrap(),
                first.chord_um[class].unwrap(),
                0.5,
            );
        }
    }

    #[test]
    fn without_greys_or_sections_there_is_no_phantom() {
        let minerals = PhantomSettings::default().mineral_list().unwrap();
        let sections = SectionLook {
            compositions: vec![vec![0.0, 0.3, 0.7, 0.0, 0.0, 0.0]],
            chord_um: vec![None, Some(9.0), Some(20.0), None, None, None],
            diameters_um: [30.0, 60.0],
        };
        let look = CtLook {
            resin_grey: 900.0,
            noise: None,
            rings_grey: None,
            solid_fraction: 0.4,
            class_grey: vec![None, Some(2000.0), Some(2500.0), None, None, None],
            class_share: vec![0.0, 0.3, 0.69, 0.01, 0.0, 0.0],
            sections: Some(sections),
            voxel_um: 4.0,
        };
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut of = |look: &CtLook| look.phantom(&minerals, [16; 3], &mut rng);
        let (settings, classes) = of(&look).unwrap();
        settings.check().unwrap();
        assert_eq!(classes, [1, 2]);
        assert_eq!(settings.texture.compositions, [[0.3, 0.7]]);
        assert_eq!(settings.voxel_um, 4.0);
        assert!(settings.minerals[0].scale_um.unwrap() < settings.minerals[1].scale_um.unwrap());
        let blind = CtLook {
            class_grey: vec![None; 6],
            ..look.clone()
        };
        assert!(of(&blind).is_none());
        let empty = CtLook {
            sections: None,
            ..look
        };
        assert!(of(&empty).is_none());
    }
}
