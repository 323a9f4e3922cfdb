//! Sections placed by their BSE image.

use corelith_core::{Raster, Silent};
use corelith_gpu::Compute;
use corelith_registration::{MapChannels, MapInput, PreparedCt, Settings, Status, register};
use nalgebra::Vector3;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{balls, bse_of, ct, input, map, minerals, true_pose};

/// The classes are noise, so that nothing but the BSE image can tell the place.
#[test]
fn a_section_is_found_by_its_bse_image_alone_and_one_of_another_sample_is_not() {
    let (here, elsewhere, minerals) = (balls(7), balls(8), minerals());
    let ct = ct(&here, 1);
    let prepared = PreparedCt::new(&ct, &Compute::Cpu).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let noise = Raster::from_fn(120, 130, |_, _| rng.random_range(0..200u8));
    let settings = Settings {
        channels: MapChannels::Bse,
        ..Settings::default()
    };
    let placed = |bse: Option<&Raster<f32>>| {
        let map = MapInput {
            bse,
            ..input(&noise, &minerals)
        };
        register(&prepared, &map, &settings, 1, &Silent)
    };
    let pose = true_pose();
    let own = placed(Some(&bse_of(&map(&here, &pose, [120, 130]), 5))).unwrap();
    assert_eq!(own.status, Status::Found, "{}", own.reason);
    let [x, y, z] = own.coords(120, 130);
    let error = (0..noise.len())
        .map(|i| {
            let point = Vector3::from([&x, &y, &z].map(|c| f64::from(c.data()[i])));
            (point - pose.apply((i % 130) as f64, (i / 130) as f64)).norm()
        })
        .sum::<f64>()
        / noise.len() as f64;
    assert!(error < 0.5, "mean error {error} voxels");

    let other = placed(Some(&bse_of(&map(&elsewhere, &pose, [120, 130]), 5))).unwrap();
    assert_eq!(other.status, Status::NotFound, "{}", other.reason);
    let blank = placed(Some(&Raster::filled(120, 130, 0.1))).unwrap();
    assert_eq!(blank.status, Status::NotFound, "{}", blank.reason);
    let missing = placed(None).unwrap_err().to_string();
    assert!(missing.contains("`section` has no BSE image"), "{missing}");
}

#[test]
fn the_bse_image_does_not_count_when_the_classes_alone_do() {
    let (balls, minerals) = (balls(7), minerals());
    let ct = ct(&balls, 1);
    let prepared = PreparedCt::new(&ct, &Compute::Cpu).unwrap();
    let classes = map(&balls, &true_pose(), [120, 130]);
    let bse = bse_of(&classes, 5);
    let place = |bse, channels| {
        let map = MapInput {
            bse,
            ..input(&classes, &minerals)
        };
        let settings = Settings {
            channels,
            ..Settings::default()
        };
        register(&prepared, &map, &settings, 1, &Silent).unwrap()
    };
    let classes_alone = place(Some(&bse), MapChannels::Classes);
    let without_bse = place(None, MapChannels::Both);
    let both = place(Some(&bse), MapChannels::Both);
    assert_eq!(classes_alone.ct_from_map, without_bse.ct_from_map);
    assert_ne!(classes_alone.ct_from_map, both.ct_from_map);
}
