//! Sections with unmeasured pixels.

use corelith_core::{Raster, Silent, UNMEASURED};
use corelith_gpu::Compute;
use corelith_registration::{
    MapChannels, MapInput, PreparedCt, Registration, Settings, Status, register,
};
use nalgebra::Vector3;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::{balls, bse_of, ct, input, map, minerals, true_pose};

/// What stands in unmeasured pixels changes nothing, and neither does where they lie.
#[test]
fn unmeasured_pixels_count_nowhere() {
    let (balls, minerals, pose) = (balls(7), minerals(), true_pose());
    let ct = ct(&balls, 1);
    let prepared = PreparedCt::new(&ct, &Compute::Cpu).unwrap();
    let whole = map(&balls, &pose, [120, 130]);
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    // A missing frame, and specks.
    let measured = whole.map(|_| !rng.random_bool(0.02));
    let measured = Raster::from_fn(120, 130, |col, row| {
        measured.at(col, row) && !(col < 40 && row < 40)
    });
    let classes = Raster::from_fn(120, 130, |col, row| {
        if measured.at(col, row) {
            whole.at(col, row)
        } else {
            UNMEASURED
        }
    });
    let bse_with = |beneath: f32| {
        let bse = bse_of(&whole, 5);
        Raster::from_fn(120, 130, |col, row| {
            if measured.at(col, row) {
                bse.at(col, row)
            } else {
                beneath
            }
        })
    };
    let place = |bse: &Raster<f32>, channels| {
        let map = MapInput {
            bse: Some(bse),
            ..input(&classes, &minerals)
        };
        let settings = Settings {
            channels,
            ..Settings::default()
        };
        register(&prepared, &map, &settings, 1, &Silent).unwrap()
    };
    for channels in [MapChannels::Both, MapChannels::Classes, MapChannels::Bse] {
        let found = place(&bse_with(0.9), channels);
        assert_eq!(found.status, Status::Found, "{}", found.reason);
        let [x, y, z] = found.coords(120, 130);
        let error = (0..whole.len())
            .map(|i| {
                let point = Vector3::from([&x, &y, &z].map(|c| f64::from(c.data()[i])));
                (point - pose.apply((i % 130) as f64, (i / 130) as f64)).norm()
            })
            .sum::<f64>()
            / whole.len() as f64;
        assert!(error < 0.6, "{channels:?}: mean error {error} voxels");
        let other = place(&bse_with(f32::NAN), channels);
        assert_eq!(
            Registration {
                seconds: found.seconds,
                ..other
            },
            found,
            "{channels:?}"
        );
    }
    let nothing = Raster::filled(120, 130, UNMEASURED);
    let blank = register(
        &prepared,
        &input(&nothing, &minerals),
        &Settings::default(),
        1,
        &Silent,
    )
    .unwrap();
    assert_eq!(blank.status, Status::NotFound, "{}", blank.reason);
}
