//! What a CT scan looks like, measured, so that phantoms can be made to look like it.

mod classes;
mod drawn;
mod matched;
mod resin;
mod section;
mod threshold;

use corelith_core::{PlacedMap, Volume};

pub use section::{Chords, SectionLook};

use classes::classes_of;
use resin::ResinLook;
use threshold::threshold_by_maps;

/// Largest distance of the voxels that are compared, and reach of the neighbourhood that has to be
/// resin around them: beyond the point spread and the correlation of the noise.
const LAG: usize = 3;

/// Voxels that are looked at, about, in a large volume.
const LOOKED_AT: usize = 1 << 21;

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
    /// Mean squared difference of neighbouring voxels over that of voxels three apart: the smaller,
    /// the wider the point spread. None where all voxels are alike.
    pub sharpness: Option<f64>,
    /// Share of the volume that is particles.
    pub solid_fraction: f64,
    /// Grey value of every class by the maps, nearer its neighbours' than it is where its regions are
    /// small; none where there is too little of it.
    pub class_grey: Vec<Option<f64>>,
    /// Share of every class in the solid pixels of the maps.
    pub class_share: Vec<f64>,
    /// Particles in section; none where the maps show hardly one.
    pub sections: Option<SectionLook>,
    /// Voxel size of the scan, micrometres.
    pub voxel_um: f64,
    /// Pixel size of the maps, micrometres; that of the scan where there is none.
    pub pixel_um: f64,
}

impl CtLook {
    /// Measures a scan whose resin has about the grey value `resin_grey` and whose particles lie
    /// above `threshold`; the maps know better, where they show resin and particles. `classes` is the
    /// number of classes, `background` the one that is resin.
    pub fn measure(
        ct: &Volume<u16>,
        [resin_grey, threshold]: [f64; 2],
        maps: &[PlacedMap],
        classes: usize,
        background: u8,
    ) -> Self {
        let threshold = threshold_by_maps(ct, maps, classes, background).unwrap_or(threshold);
        let solid = ct.data().iter().filter(|&&g| f64::from(g) > threshold);
        let (class_grey, class_share) = classes_of(ct, maps, classes, background);
        let resin_grey = class_grey
            .get(usize::from(background))
            .copied()
            .flatten()
            .unwrap_or(resin_grey);
        let resin = ResinLook::measure(ct, resin_grey, threshold);
        Self {
            // Voxels below the threshold are those of rims, too, which deep resin is free of.
            resin_grey: resin.map_or(resin_grey, |resin| resin.grey),
            noise: resin.map(|resin| (resin.noise, resin.correlation)),
            rings_grey: resin.map(|resin| resin.rings),
            sharpness: sharpness(ct),
            solid_fraction: solid.count() as f64 / ct.data().len().max(1) as f64,
            class_grey,
            class_share,
            sections: SectionLook::measure(maps, classes, background),
            voxel_um: ct.spacing().x_um,
            pixel_um: maps.first().map_or(ct.spacing().x_um, |map| map.pixel_um),
        }
    }
}

/// Steps between voxels that are looked at.
fn stride_of(ct: &Volume<u16>) -> usize {
    let times = ct.data().len() as f64 / LOOKED_AT as f64;
    (times.cbrt().ceil() as usize).max(2)
}

/// The voxel that pixel `i` of a map lies in; none outside.
fn voxel_at(ct: &Volume<u16>, map: &PlacedMap, i: usize) -> Option<usize> {
    let [x, y, z] = map
        .coords_vox
        .each_ref()
        .map(|coordinate| f64::from(coordinate.data()[i]).round());
    let [nz, ny, nx] = ct.shape().map(|n| n as f64);
    let inside = (0.0..nx).contains(&x) && (0.0..ny).contains(&y) && (0.0..nz).contains(&z);
    inside.then(|| ct.index(x as usize, y as usize, z as usize))
}

fn sharpness(ct: &Volume<u16>) -> Option<f64> {
    let [nz, ny, nx] = ct.shape();
    let stride = stride_of(ct);
    let (mut near, mut far) = (0.0, 0.0);
    for z in (0..nz.saturating_sub(LAG)).step_by(stride) {
        for y in (0..ny.saturating_sub(LAG)).step_by(stride) {
            for x in (0..nx.saturating_sub(LAG)).step_by(stride) {
                let square = |to: [usize; 3]| {
                    let [x1, y1, z1] = to;
                    let apart = f64::from(ct.at(x, y, z)) - f64::from(ct.at(x1, y1, z1));
                    apart * apart
                };
                near += square([x + 1, y, z]) + square([x, y + 1, z]) + square([x, y, z + 1]);
                far += square([x + LAG, y, z]) + square([x, y + LAG, z]) + square([x, y, z + LAG]);
            }
        }
    }
    (far > 0.0).then(|| near / far)
}

#[cfg(test)]
mod tests {
    use corelith_core::Silent;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::drawn::Draft;
    use super::matched::measured_again;
    use super::*;
    use crate::phantom;
    use crate::settings::{Habit, PhantomSettings};

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
        let look = measured_again(&made, &settings);
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
        assert!(look.class_grey[5].is_none(), "too few specks");

        let draft = look.draft(&made.minerals, [64, 96, 96]).unwrap();
        assert_eq!(draft.classes, [1, 2, 3, 4]);
        let again = look.matched(draft, 3).unwrap().settings;
        again.check().unwrap();
        let host = usize::from(look.class_share[2] > look.class_share[1]);
        assert_eq!(again.minerals[host].habit, Habit::Host);
        near(again.ct.noise * again.contrast_grey(), 0.08 * unit, 0.12);
        for (a, b) in again.minerals.iter().zip(&settings.minerals) {
            near(a.ct_grey - 4000.0, b.ct_grey - 4000.0, 0.05);
        }
        // What is made of the measured sections has sections like them; a single phantom holds too few
        // particles to tell.
        let twins: Vec<CtLook> = (12..16)
            .map(|seed| {
                let settings = PhantomSettings {
                    shape_vox: settings.shape_vox,
                    maps: settings.maps.clone(),
                    ..again.clone()
                };
                measured_again(&phantom(&settings, seed, &Silent).unwrap(), &settings)
            })
            .collect();
        let mean =
            |of: &dyn Fn(&CtLook) -> f64| twins.iter().map(of).sum::<f64>() / twins.len() as f64;
        fn sections(look: &CtLook) -> &SectionLook {
            look.sections.as_ref().unwrap()
        }
        for i in 0..2 {
            let of = |look: &CtLook| sections(look).diameters_um[i];
            near(mean(&of), of(&look), 0.4);
        }
        for class in 1..3 {
            let off = mean(&|twin| twin.class_share[class]) - look.class_share[class];
            assert!(off.abs() < 0.12, "class {class}: {off}");
            let of = |look: &CtLook| sections(look).chords[class].unwrap().mean_um;
            near(mean(&of), of(&look), 0.4);
        }
    }

    #[test]
    fn without_greys_or_sections_there_is_no_phantom() {
        let minerals = PhantomSettings::default().mineral_list().unwrap();
        let chords = |mean_um: f64| {
            Some(Chords {
                mean_um,
                dispersion: 1.6,
            })
        };
        let sections = SectionLook {
            compositions: vec![vec![0.0, 0.3, 0.7, 0.0, 0.0, 0.0]],
            chords: vec![None, chords(9.0), chords(20.0), None, None, None],
            diameters_um: [30.0, 60.0],
        };
        let look = CtLook {
            resin_grey: 900.0,
            noise: None,
            rings_grey: None,
            solid_fraction: 0.4,
            sharpness: None,
            class_grey: vec![None, Some(2000.0), Some(2500.0), None, None, None],
            class_share: vec![0.0, 0.3, 0.69, 0.01, 0.0, 0.0],
            sections: Some(sections),
            voxel_um: 4.0,
            pixel_um: 2.0,
        };
        let of = |look: &CtLook| look.draft(&minerals, [16; 3]);
        let draft = of(&look).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        draft.varied(&mut rng).check().unwrap();
        let Draft { settings, classes } = draft;
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
