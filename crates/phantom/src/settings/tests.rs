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
    for (spoil, name, found) in [
        (
            (|s| s.particles.solid_fraction = 0.95) as fn(&mut PhantomSettings),
            "particles.solid_fraction",
            "0.95",
        ),
        (|s| s.shape_vox[2] = 4, "shape_vox", "4]"),
        (|s| s.voxel_um = f64::NAN, "voxel_um", "NaN"),
        (
            |s| s.maps.pixel_um = 100.0 * s.voxel_um,
            "maps.pixel_um",
            "100",
        ),
        (|s| s.particles.faces = [20, 10], "particles.faces", "10"),
        (|s| s.maps.tilt_min_deg = 7.0, "maps.tilt_max_deg", "6"),
        (
            |s| s.texture.barren = 0.9,
            "liberated + texture.barren",
            "1.02",
        ),
        (
            |s| s.minerals[2].share = 1.5,
            "minerals.Spinel.share",
            "1.5",
        ),
        (
            |s| s.minerals[0].ct_grey = -1.0,
            "minerals.LiAlO2.ct_grey",
            "-1",
        ),
        (
            |s| s.minerals.retain(|m| m.habit != Habit::Host),
            "host",
            "0",
        ),
        (|s| s.minerals.clear(), "minerals", "0"),
    ] {
        let mut settings = PhantomSettings::default();
        spoil(&mut settings);
        let message = settings.check().unwrap_err().to_string();
        assert!(
            message.contains(name) && message.contains(found),
            "{message}"
        );
    }
}
