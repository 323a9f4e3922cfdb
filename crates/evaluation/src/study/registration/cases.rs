//! What phantoms and maps are drawn: as different as real ones are.

use corelith_core::seed_of;
use corelith_phantom::{Kind, PhantomSettings};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// How one map is cut.
#[derive(Debug, Clone, Copy)]
pub struct MapCase {
    pub tilt_deg: f64,
    /// Pixel size over voxel size.
    pub pixel_vox: f64,
    pub width_fraction: f64,
    pub scale_error_max: f64,
}

impl MapCase {
    fn draw(rng: &mut ChaCha8Rng) -> Self {
        Self {
            tilt_deg: rng.random_range(5.0..=10.0),
            pixel_vox: rng.random_range(0.4..=1.05),
            width_fraction: rng.random_range(0.4..=0.8),
            scale_error_max: rng.random_range(0.01..=0.03),
        }
    }
}

/// What samples are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Samples {
    /// Lithium slag, of the fine and the coarse fraction in turn.
    Slag,
    /// Drawn at random, every [`Kind`] in turn.
    AnyKind,
}

/// One phantom and the maps that are cut from it.
#[derive(Debug, Clone)]
pub struct Sample {
    pub index: u64,
    pub seed: u64,
    /// Name of its fraction or kind.
    pub sort: &'static str,
    pub settings: PhantomSettings,
    pub maps: Vec<MapCase>,
}

impl Sample {
    /// Phantom `index` of a run, `width_vox` wide.
    pub fn draw(
        samples: Samples,
        run_seed: u64,
        index: u64,
        width_vox: usize,
        maps: usize,
    ) -> Self {
        let seed = seed_of(run_seed, &format!("evaluated phantom {index}"));
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let shape_vox = [5 * width_vox / 8, width_vox, width_vox];
        let (sort, mut settings) = match samples {
            Samples::AnyKind => {
                let kind = Kind::ALL[index as usize % Kind::ALL.len()];
                let drawn = PhantomSettings::drawn_at_random(kind, shape_vox, &mut rng);
                (kind.name(), drawn)
            }
            Samples::Slag => {
                let (fraction, mut settings) = if index.is_multiple_of(2) {
                    ("63-100", PhantomSettings::slag_63_100())
                } else {
                    ("100-250", PhantomSettings::slag_100_250())
                };
                settings.shape_vox = shape_vox;
                settings.ct.noise = rng.random_range(0.04..=0.09);
                (fraction, settings)
            }
        };
        settings.maps.mirrored = 0.5;
        Self {
            index,
            seed,
            sort,
            settings,
            maps: (0..maps).map(|_| MapCase::draw(&mut rng)).collect(),
        }
    }

    /// For the CT alone.
    pub fn without_maps(&self) -> PhantomSettings {
        let mut settings = self.settings.clone();
        settings.maps.training = 0;
        settings.maps.validation = 0;
        settings
    }

    /// The same sample, all of its maps cut as `case` says: pixel sizes are one a phantom, and
    /// here every map has its own.
    pub fn with_map(&self, case: &MapCase) -> PhantomSettings {
        let mut settings = self.settings.clone();
        let pixel_um = case.pixel_vox * settings.voxel_um;
        let maps = &mut settings.maps;
        maps.training = self.maps.len();
        maps.validation = 0;
        maps.tilt_min_deg = case.tilt_deg;
        maps.tilt_max_deg = case.tilt_deg;
        maps.pixel_um = pixel_um;
        maps.width_fraction = case.width_fraction;
        maps.scale_error_max = case.scale_error_max;
        settings
    }

    /// Seed and map of another sample of the same kind.
    pub fn foreign(&self, index: u64) -> (u64, MapCase) {
        let seed = seed_of(self.seed, &format!("another sample {index}"));
        (seed, MapCase::draw(&mut ChaCha8Rng::seed_from_u64(seed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_another_one_and_can_be_made() {
        for samples in [Samples::Slag, Samples::AnyKind] {
            let [a, b] = [0, 1].map(|index| Sample::draw(samples, 5, index, 160, 3));
            assert!(a.seed != b.seed && a.seed != a.foreign(0).0);
            assert_ne!(a.sort, b.sort);
            check(&[a, b]);
        }
    }

    fn check(samples: &[Sample]) {
        for sample in samples {
            sample.without_maps().check().unwrap();
            for case in &sample.maps {
                sample.with_map(case).check().unwrap();
            }
        }
    }
}
