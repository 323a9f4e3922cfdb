use corelith_core::{Minerals, Progress, RangedSettings as _, Volume};
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
    settings.check_ranges()?;
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

#[cfg(test)]
mod tests {
    use corelith_core::{Mineral, Silent, Spacing};

    use super::*;

    fn minerals() -> Minerals {
        let row = |name: &str, grey| Mineral {
            name: name.to_owned(),
            rgb: [grey; 3],
            density_g_cm3: None,
        };
        Minerals::new(vec![row("Resin", 0), row("A", 1), row("B", 2)], "Resin").unwrap()
    }

    /// A ball of 20 voxels radius, one half A and one half B.
    fn halves() -> (Volume<u8>, Volume<u32>) {
        let phases = Volume::from_fn([48, 48, 48], Spacing::isotropic(2.0), |x, y, z| {
            let centred = |i: usize| i as f64 - 23.5;
            let r = centred(x).hypot(centred(y)).hypot(centred(z));
            match r <= 20.0 {
                true if z < 24 => 1,
                true => 2,
                false => 0,
            }
        });
        let particles = phases.map(|&p| u32::from(p > 0));
        (phases, particles)
    }

    #[test]
    fn sections_of_a_half_and_half_ball_are_as_pure_as_geometry_says() {
        let (phases, particles) = halves();
        let settings = Settings {
            random_sections: 6000,
            smallest_profile_um: 0.0,
            smallest_grain_um: 0.0,
        };
        let found =
            random_profiles(&phases, &particles, &minerals(), &settings, 5, &Silent).unwrap();
        let (mut pure, mut all, mut both) = (0.0, 0.0, 0.0);
        let mut sections: Vec<u32> = found.iter().map(|p| p.section).collect();
        sections.dedup();
        for p in &found {
            let (a, b) = (p.mineral_area_um2[1], p.mineral_area_um2[2]);
            all += a;
            both += a + b;
            if b == 0.0 {
                pure += a;
            }
        }
        // A plane at distance h from the centre, at an angle of sine s to the interface, misses it
        // inside the unit ball when h > s. With the cosine uniform, the share of the area in such
        // sections is 1 - 9 pi / 32.
        let expected = 100.0 * (1.0 - 9.0 * std::f64::consts::PI / 32.0);
        let share = 100.0 * pure / all;
        assert!((share - expected).abs() < 1.0, "{share} for {expected}");
        assert!((all / both - 0.5).abs() < 0.01);
        // The mean area of the sections that hit the ball is two thirds of its great circle.
        let mean_um2 = both / sections.len() as f64;
        let great_um2 = std::f64::consts::PI * 40.0f64.powi(2);
        assert!(
            (mean_um2 / great_um2 - 2.0 / 3.0).abs() < 0.02,
            "{mean_um2}"
        );
    }

    #[test]
    fn planes_depend_on_the_seed_alone() {
        let (phases, particles) = halves();
        let settings = Settings {
            random_sections: 20,
            ..Settings::default()
        };
        let with = |threads: usize, seed: u64| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap()
                .install(|| {
                    random_profiles(&phases, &particles, &minerals(), &settings, seed, &Silent)
                })
                .unwrap()
        };
        assert_eq!(with(1, 1), with(3, 1));
        assert_ne!(with(1, 1), with(1, 2));
    }
}
