//! Settings on whose phantoms is measured what was measured on the scan.
//!
//! A median in small regions is not the grey value of the mineral, a chord not the wavelength of a
//! texture, a share above a threshold not that of the solid. So a phantom is made, measured as the
//! scan was, and the settings are moved by what differs (the method of simulated moments, McFadden
//! 1989).

use corelith_core::{PlacedMap, Silent, seed_of};

use super::CtLook;
use super::drawn::{Draft, MOST_SOLID};
use crate::{Phantom, PhantomError, PhantomSettings, phantom};

/// Share of what differs by which settings are moved after each phantom: what is measured on one
/// scatters, so that the steps grow smaller.
const GAINS: [f64; 4] = [1.0, 0.7, 0.5, 0.3];

/// Maps through each of them.
const MAPS: usize = 16;

/// Largest factor by which a length changes in a round.
const LARGEST_FACTOR: f64 = 1.6;

impl CtLook {
    /// Moves settings until their phantoms look like the scan.
    ///
    /// # Errors
    /// A look out of what phantoms can show.
    pub(crate) fn matched(&self, mut draft: Draft, seed: u64) -> Result<Draft, PhantomError> {
        for round in 0..GAINS.len() {
            let mut settings = draft.settings.clone();
            settings.maps.training = MAPS;
            settings.maps.width_fraction = 0.9;
            let made = phantom(
                &settings,
                seed_of(seed, &format!("matching {round}")),
                &Silent,
            )?;
            let found = measured_again(&made, &settings);
            self.move_towards(&mut draft, &found, GAINS[round]);
        }
        Ok(draft)
    }

    /// Moves settings by what differs between the scan and what was `found` on a phantom of them.
    fn move_towards(&self, draft: &mut Draft, found: &Self, gain: f64) {
        let step = |wanted: f64, found: f64| factor(wanted, found).powf(gain);
        let Draft { settings, classes } = draft;
        let least_um = 0.5 * settings.voxel_um;
        for (i, (mineral, &class)) in settings.minerals.iter_mut().zip(&*classes).enumerate() {
            let greys = self.class_grey[usize::from(class)].zip(found.class_grey[i + 1]);
            if let Some((wanted, found)) = greys {
                mineral.ct_grey = (mineral.ct_grey + gain * (wanted - found)).clamp(0.0, 65_535.0);
            }
            let chord =
                |look: &Self, class: usize| Some(look.sections.as_ref()?.chords[class]?.mean_um);
            let chords = chord(self, usize::from(class)).zip(chord(found, i + 1));
            if let (Some(scale_um), Some((wanted, found))) = (&mut mineral.scale_um, chords) {
                *scale_um = (*scale_um * step(wanted, found)).max(least_um);
            }
        }
        if let (Some(wanted), Some(found)) = (&self.sections, &found.sections) {
            let p = &mut settings.particles;
            // One factor for both: which sections are small hangs on where they are cut, too.
            let of_both = |look: &[f64; 2]| (look[0] * look[1]).sqrt();
            let size = step(of_both(&wanted.diameters_um), of_both(&found.diameters_um));
            p.diameter_min_um = (p.diameter_min_um * size).max(4.0 * settings.voxel_um);
            p.diameter_max_um = (p.diameter_max_um * size).max(1.1 * p.diameter_min_um);
        }
        let solid = &mut settings.particles.solid_fraction;
        *solid = (*solid * step(self.solid_fraction, found.solid_fraction)).clamp(0.02, MOST_SOLID);
        if let Some((wanted, found)) = self.sharpness.zip(found.sharpness) {
            let blur = &mut settings.ct.blur_vox;
            *blur = (*blur * step(found, wanted)).clamp(0.2, 4.0);
        }
        // In units of the host's contrast, which has moved.
        self.set_noise(settings);
    }
}

/// What is measured on a phantom as on a scan; its classes are in the order of its minerals.
pub(super) fn measured_again(made: &Phantom, settings: &PhantomSettings) -> CtLook {
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
    let threshold = resin + 0.5 * settings.contrast_grey();
    let classes = settings.minerals.len() + 1;
    CtLook::measure(&made.ct, [resin, threshold], &maps, classes, 0)
}

fn factor(wanted: f64, found: f64) -> f64 {
    let factor = wanted / found;
    if factor.is_finite() {
        factor.clamp(1.0 / LARGEST_FACTOR, LARGEST_FACTOR)
    } else {
        1.0
    }
}
