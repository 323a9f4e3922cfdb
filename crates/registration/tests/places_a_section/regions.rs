//! Sections whose region the project says.

use corelith_core::{Raster, Region, Silent, Spacing, Volume};
use corelith_gpu::Compute;
use corelith_registration::{
    MapInput, PreparedCt, Registration, Settings, Status, Whereabouts, register,
};

use super::{SHAPE, balls, ct, input, map, minerals, true_pose};

/// The middle of [`CUT`] is said to lie in `region`.
fn found_in(region: &str) -> Registration {
    let balls = balls(7);
    let (ct, minerals) = (ct(&balls, 1), minerals());
    let classes = map(&balls, &true_pose(), [120, 130]);
    register(
        &PreparedCt::new(&ct, &Compute::Cpu).unwrap(),
        &MapInput {
            whereabouts: Some(Whereabouts::Region(region.parse().unwrap())),
            ..input(&classes, &minerals)
        },
        &Settings::default(),
        1,
        &Silent,
    )
    .unwrap()
}

#[test]
fn a_section_is_found_in_the_right_region_and_not_in_a_wrong_one() {
    let truth = true_pose().apply(64.5, 59.5);
    for region in ["z=22..32", "x=40..70,y=50..60,z=25..30"] {
        let found = found_in(region);
        assert_eq!(found.status, Status::Found, "{}", found.reason);
        let off = (found.ct_from_map.apply(64.5, 59.5) - truth).norm();
        assert!(off < 0.6, "{region}: {off} voxels");
    }
    for (axis, wrong) in [(2, "z=36..50"), (0, "x=5..40")] {
        let found = found_in(wrong);
        assert_eq!(found.status, Status::NotFound, "{wrong}: {}", found.reason);
        let [low, high] = wrong.parse::<Region>().unwrap().ranges()[axis].unwrap();
        let middle = found.ct_from_map.apply(64.5, 59.5)[axis];
        assert!((low..=high).contains(&middle), "{wrong}: {middle}");
    }
}

#[test]
fn a_region_that_is_none_is_named() {
    let ct = Volume::filled(SHAPE, Spacing::isotropic(2.0), 100u16);
    let (minerals, classes) = (minerals(), Raster::filled(40, 40, 0));
    let error = |z: [f64; 2]| {
        let region = Region {
            z: Some(z),
            ..Region::default()
        };
        register(
            &PreparedCt::new(&ct, &Compute::Cpu).unwrap(),
            &MapInput {
                whereabouts: Some(Whereabouts::Region(region)),
                ..input(&classes, &minerals)
            },
            &Settings::default(),
            1,
            &Silent,
        )
        .unwrap_err()
        .to_string()
    };
    let outside = error([56.0, 70.0]);
    assert!(
        outside.contains("`section`") && outside.contains("0 to 55 along z"),
        "{outside}"
    );
    let backwards = error([30.0, 20.0]);
    assert!(backwards.contains("30..20 along z"), "{backwards}");
}
