use rand::{Rng, RngExt};

use super::{Habit, PhantomSettings};

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
