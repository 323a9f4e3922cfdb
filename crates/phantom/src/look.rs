//! What a CT scan looks like, measured, so that phantoms can be made to look like it.

use corelith_core::{Mineral, Minerals, PlacedMap, Volume};
use rand::Rng;

use crate::settings::{Habit, MineralLook, PhantomSettings, factors, randomised_geometry};

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
/// not mix another into its grey value.
const PURE_VOX: f64 = 2.5;

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
        }
    }

    /// Settings of a phantom that looks like the scan, drawn around `base`, and the class of each
    /// of its minerals; none when no mineral has a known grey value.
    ///
    /// Minerals of the same name keep how they occur and, where the maps show too little of them,
    /// their contrast relative to the others. Others are patches, the most common mineral being
    /// the host.
    pub fn phantom(
        &self,
        base: &PhantomSettings,
        minerals: &Minerals,
        rng: &mut impl Rng,
    ) -> Option<(PhantomSettings, Vec<u8>)> {
        let mut s = randomised_geometry(base, rng);
        let mut factor = factors(rng);
        let known = |mineral: &Mineral| s.minerals.iter().find(|m| m.name == mineral.name);
        let contrast = |grey: f64| grey - self.resin_grey;

        // How much stronger the contrast of this scan is than that of the base.
        let ratios: Vec<f64> = minerals
            .solids()
            .filter_map(|class| {
                let look = known(&minerals.rows()[usize::from(class)])?;
                let usual = look.ct_grey - s.ct.resin_grey;
                Some(contrast(self.class_grey[usize::from(class)]?) / usual)
            })
            .collect();
        let ratio = (!ratios.is_empty()).then(|| ratios.iter().sum::<f64>() / ratios.len() as f64);

        let mut classes = Vec::new();
        let mut looks = Vec::new();
        for class in minerals.solids() {
            let mineral = &minerals.rows()[usize::from(class)];
            let look = known(mineral);
            let usual = look
                .zip(ratio)
                .map(|(look, ratio)| self.resin_grey + ratio * (look.ct_grey - s.ct.resin_grey));
            let Some(grey) = self.class_grey[usize::from(class)].or(usual) else {
                continue;
            };
            let grey = self.resin_grey + factor(0.985, 1.015) * contrast(grey);
            looks.push(MineralLook {
                name: mineral.name.clone(),
                rgb: mineral.rgb,
                ct_grey: grey.clamp(0.0, 65_535.0),
                density_g_cm3: mineral.density_g_cm3.unwrap_or(1.0),
                bse_grey: look.map_or(0.0, |look| look.bse_grey),
                habit: look.map_or(Habit::Blobs, |look| look.habit),
                share: look.map_or(self.class_share[usize::from(class)], |look| look.share),
            });
            classes.push(class);
        }
        if !looks.iter().any(|look| look.habit == Habit::Host) {
            let share = |i: &usize| self.class_share[usize::from(classes[*i])];
            let most = (0..looks.len()).max_by(|a, b| share(a).total_cmp(&share(b)))?;
            looks[most].habit = Habit::Host;
        }
        s.minerals = looks;

        s.particles.solid_fraction = (self.solid_fraction * factor(0.85, 1.15)).clamp(0.02, 0.68);
        s.ct.resin_grey = self.resin_grey;
        let unit = s.contrast_grey().max(1.0);
        if let (Some((noise, correlation)), Some(rings)) = (self.noise, self.rings_grey) {
            s.ct.noise = noise / unit * factor(0.95, 1.05);
            s.ct.noise_correlation = (correlation * factor(0.9, 1.1)).clamp(0.0, 0.6);
            s.ct.rings = rings / unit * factor(0.7, 1.3);
        }
        s.ct.blur_vox *= factor(0.8, 1.2);
        s.ct.particle_variation *= factor(0.7, 1.4);
        Some((s, classes))
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
    let mut greys: Vec<Vec<u16>> = vec![Vec::new(); classes];
    let mut pixels = vec![0usize; classes];
    for placed in maps {
        let map = &placed.classes;
        let position = |col: usize, row: usize| {
            placed
                .coords_vox
                .each_ref()
                .map(|c| f64::from(c.at(col, row)))
        };
        let reach = pure_reach(placed).max(1);
        for row in 0..map.rows() {
            for col in 0..map.cols() {
                let class = map.at(col, row);
                if class == background || usize::from(class) >= classes {
                    continue;
                }
                pixels[usize::from(class)] += 1;
                let inside = row >= reach
                    && col >= reach
                    && row + reach < map.rows()
                    && col + reach < map.cols();
                let pure = inside
                    && (row - reach..=row + reach)
                        .all(|r| (col - reach..=col + reach).all(|c| map.at(c, r) == class));
                let [x, y, z] = position(col, row).map(f64::round);
                let [nz, ny, nx] = ct.shape().map(|n| n as f64);
                if pure
                    && (0.0..nx).contains(&x)
                    && (0.0..ny).contains(&y)
                    && (0.0..nz).contains(&z)
                {
                    greys[usize::from(class)].push(ct.at(x as usize, y as usize, z as usize));
                }
            }
        }
    }
    let all = pixels.iter().sum::<usize>().max(1) as f64;
    let median = |mut values: Vec<u16>| {
        let middle = values.len() / 2;
        (values.len() >= FEWEST_PIXELS).then(|| f64::from(*values.select_nth_unstable(middle).1))
    };
    (
        greys.into_iter().map(median).collect(),
        pixels.into_iter().map(|n| n as f64 / all).collect(),
    )
}

/// [`PURE_VOX`] in pixels of a map.
fn pure_reach(map: &PlacedMap) -> usize {
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
        (PURE_VOX / pixel).ceil() as usize
    } else {
        1
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
        let base = PhantomSettings::slag_100_250();
        let (again, classes) = look.phantom(&base, &made.minerals, &mut rng).unwrap();
        again.check().unwrap();
        assert_eq!(classes, [1, 2, 3, 4, 5]);
        near(again.ct.noise, 0.08, 0.12);
        for (a, b) in again.minerals.iter().zip(&settings.minerals) {
            assert_eq!(a.habit, b.habit);
            near(a.ct_grey - 4000.0, b.ct_grey - 4000.0, 0.08);
        }
    }

    #[test]
    fn unknown_minerals_are_patches_in_the_most_common_one() {
        let row = |name: &str, rgb| Mineral {
            name: name.to_owned(),
            rgb,
            density_g_cm3: None,
        };
        let rows = vec![
            row("Epoxy", [0, 0, 0]),
            row("Quartz", [9, 9, 9]),
            row("Mica", [5, 5, 5]),
            row("Gold", [7, 7, 7]),
        ];
        let minerals = Minerals::new(rows, "Epoxy").unwrap();
        let mut look = CtLook {
            resin_grey: 900.0,
            noise: None,
            rings_grey: None,
            solid_fraction: 0.4,
            class_grey: vec![None, Some(2000.0), Some(2500.0), None],
            class_share: vec![0.0, 0.3, 0.69, 0.01],
        };
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let base = PhantomSettings::default();
        let (settings, classes) = look.phantom(&base, &minerals, &mut rng).unwrap();
        settings.check().unwrap();
        assert_eq!(classes, [1, 2]);
        assert_eq!(settings.minerals[0].habit, Habit::Blobs);
        assert_eq!(settings.minerals[1].habit, Habit::Host);
        look.class_grey = vec![None; 4];
        assert!(look.phantom(&base, &minerals, &mut rng).is_none());
    }
}
