use corelith_core::{Minerals, Progress, Volume};
use nalgebra::Vector3;
use rand::{RngExt as _, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::cut::Plane;
use super::section::same_volume;
use super::{Profile, Settings, StereologyError, profiles};

/// Profiles on [`Settings::random_sections`] isotropic uniform random planes through the 3D
/// result, sampled at the finest voxel pitch. [`Profile::section`] counts the planes from 0.
///
/// A plane has a normal uniform on the sphere and a distance uniform over the sphere around the
/// volume, and is drawn again when it misses the volume, so every position and direction in the
/// sample is met alike (Baddeley and Jensen 2005, chapter 4). Plane `i` depends on `seed` and
/// `i` only.
///
/// # Errors
/// When shapes differ, when a label is past the mineral list, when settings are out of range,
/// or when cancelled.
pub fn random_profiles(
    phases: &Volume<u8>,
    particles: &Volume<u32>,
    minerals: &Minerals,
    settings: &Settings,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Vec<Profile>, StereologyError> {
    settings.check()?;
    same_volume(phases, particles)?;
    if phases.is_empty() {
        return Ok(Vec::new());
    }
    let spacing = phases.spacing();
    let pixel_um = spacing.x_um.min(spacing.y_um).min(spacing.z_um);
    progress.start("random sections", u64::from(settings.random_sections));
    let planes: Vec<Vec<Profile>> = (0..settings.random_sections)
        .into_par_iter()
        .map(|index| {
            progress.check()?;
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(u64::from(index));
            let section = loop {
                let plane = random_plane(phases, &mut random);
                let name = format!("random section {index}");
                let background = minerals.background();
                if let Some(section) = plane.section(name, phases, particles, background, pixel_um)
                {
                    break section;
                }
            };
            let found = profiles(&section, index, minerals, settings);
            progress.advance(1);
            found
        })
        .collect::<Result<_, _>>()?;
    progress.finish();
    Ok(planes.into_iter().flatten().collect())
}

fn random_plane(volume: &Volume<u8>, random: &mut ChaCha8Rng) -> Plane {
    let spacing = volume.spacing();
    let [nz, ny, nx] = volume.shape();
    let size_um = Vector3::new(
        nx as f64 * spacing.x_um,
        ny as f64 * spacing.y_um,
        nz as f64 * spacing.z_um,
    );
    let centre_um = (size_um - Vector3::new(spacing.x_um, spacing.y_um, spacing.z_um)) / 2.0;
    // Uniform height and longitude are uniform on the sphere (Archimedes).
    let z: f64 = random.random_range(-1.0..=1.0);
    let longitude: f64 = random.random_range(0.0..std::f64::consts::TAU);
    let ring = (1.0 - z * z).sqrt();
    let normal = Vector3::new(ring * longitude.cos(), ring * longitude.sin(), z);
    let radius_um = size_um.norm() / 2.0;
    Plane {
        normal,
        offset_um: centre_um.dot(&normal) + random.random_range(-radius_um..=radius_um),
    }
}
