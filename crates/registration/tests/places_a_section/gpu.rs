//! The GPU against the processor.

use corelith_core::{CtFromMap, Silent};
use corelith_gpu::{Compute, Fault, GpuError, assert_launched, test_context};
use corelith_registration::{
    MapInput, PreparedCt, Registration, RegistrationError, Settings, Whereabouts, register,
};
use nalgebra::Vector3;

use super::{balls, ct, input, map, minerals, true_pose};

/// Scores are of whole counts, the same on every device: so is all that follows from them.
#[test]
fn the_gpu_places_exactly_as_the_processor_does() {
    let Some(context) = test_context() else {
        return;
    };
    let balls = balls(7);
    let (ct, minerals, pose) = (ct(&balls, 1), minerals(), true_pose());
    let classes = map(&balls, &pose, [60, 65]);
    let start = Whereabouts::Start(CtFromMap::new(
        pose.du_vox(),
        pose.dv_vox(),
        pose.origin_vox() + Vector3::new(1.0, -1.0, 0.5),
    ));
    let map = MapInput {
        whereabouts: Some(start),
        ..input(&classes, &minerals)
    };
    let on = |compute: &Compute| {
        let prepared = PreparedCt::new(&ct, compute)?;
        register(&prepared, &map, &Settings::default(), 1, &Silent)
    };
    let expected = on(&Compute::Cpu).unwrap();
    let compute = Compute::Gpu(context.clone());
    let same = |found: &Registration| {
        assert_eq!(found.ct_from_map, expected.ct_from_map);
        assert_eq!(
            (found.status, found.score),
            (expected.status, expected.score)
        );
        let coords = |of: &Registration| of.coords(60, 65).map(|axis| axis.data().to_vec());
        assert_eq!(coords(found), coords(&expected));
    };
    same(&on(&compute).unwrap());
    assert_launched(&context, &["joint_histogram"]);
    assert_eq!(compute.take_notes(), [""; 0]);

    context.inject(Some(Fault::OutOfMemory { above_bytes: 1000 }));
    same(&on(&compute).unwrap());
    assert!(compute.take_notes()[0].contains("on the processor"));

    context.inject(Some(Fault::Lost { after_submits: 3 }));
    let error = on(&compute).map(drop).unwrap_err();
    assert!(
        matches!(error, RegistrationError::Gpu(GpuError::DeviceLost { .. })),
        "{error:?}"
    );
}
