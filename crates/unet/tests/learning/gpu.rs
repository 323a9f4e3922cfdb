//! The GPU against the processor.

use std::time::Instant;

use corelith_core::{Silent, Volume};
use corelith_gpu::{Compute, Fault, GpuError, assert_launched, test_context};
use corelith_unet::{
    Model, Scan, SegmentSettings, Segmentation, Settings, Trained, TrainingInput, UnetError,
    pretrained_phases, segment, train,
};

use super::{classes, ct, map_at, run_by, settings};

/// A model that has seen a few patches. Left to itself it would leave all to the forest.
fn young_model() -> Model {
    let settings = Settings {
        forest_share: Some(0.5),
        ..settings(4)
    };
    run_by(&settings, None, None, &Silent).unwrap().model
}

/// A corner of the volume, in tiles that overlap.
fn small_ct() -> Volume<u16> {
    let ct = ct();
    Volume::from_fn([12, 20, 24], ct.spacing(), |x, y, z| ct.at(x, y, z))
}

fn segmented(model: &Model, compute: &Compute) -> Result<Segmentation, UnetError> {
    let settings = SegmentSettings {
        tile_vox: [8, 16, 16],
        overlap_vox: 2,
        mirrors: false,
        probabilities: true,
    };
    let ct = small_ct();
    segment(&Scan::measure(&ct)?, model, &settings, compute, &Silent)
}

/// The first voxel with a probability that is off by more than a step of 255, or with another class
/// though the probabilities are not that near to each other.
fn first_difference(found: &Segmentation, expected: &Segmentation) -> Option<usize> {
    first_difference_of(0, found, expected)
}

/// The same where resin is class `background`.
fn first_difference_of(
    background: usize,
    found: &Segmentation,
    expected: &Segmentation,
) -> Option<usize> {
    let [found_shares, shares] = [found, expected].map(|s| s.probabilities.as_ref().unwrap());
    assert_eq!(found_shares.len(), shares.len());
    (0..expected.phases.len()).find(|&i| {
        let far = |(f, e): (&Volume<u8>, &Volume<u8>)| f.data()[i].abs_diff(e.data()[i]) > 1;
        let mut minerals: Vec<i32> = shares.iter().map(|s| s.data()[i].into()).collect();
        let resin = minerals.swap_remove(background);
        let solid: i32 = minerals.iter().sum();
        minerals.sort_unstable_by(|a, b| b.cmp(a));
        let undecided = (resin - solid).abs() <= 4 || minerals[0] - minerals[1] <= 3;
        let differs = found.phases.data()[i] != expected.phases.data()[i];
        found_shares.iter().zip(shares).any(far) || (differs && !undecided)
    })
}

#[test]
fn the_gpu_segments_as_the_processor_does() {
    let Some(context) = test_context() else {
        return;
    };
    let model = young_model();
    let expected = segmented(&model, &Compute::Cpu).unwrap();
    assert!((1..3).any(|class| expected.phases.data().contains(&class)));
    let compute = Compute::Gpu(context.clone());
    let found = segmented(&model, &compute).unwrap();
    assert_eq!(first_difference(&found, &expected), None);
    assert_eq!(compute.take_notes(), [""; 0]);
    assert_launched(&context, &["conv3d", "norm_apply"]);

    // One voxel that is off shows.
    let mut changed = found.clone();
    let shares = &mut changed.probabilities.as_mut().unwrap()[2].data_mut()[1234];
    *shares = shares.wrapping_add(3);
    assert_eq!(first_difference(&changed, &expected), Some(1234));

    // Too little memory for a layer of tiles: it is on the host, and the same comes out.
    context.inject(Some(Fault::OutOfMemoryInBurn { checks: 1 }));
    let found = segmented(&model, &compute).unwrap();
    assert_eq!(first_difference(&found, &expected), None);
    let notes = compute.take_notes();
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("smaller bricks"), "{notes:?}");

    // For a tile: the processor, and the GPU again when there is some.
    context.inject(Some(Fault::OutOfMemoryInBurn { checks: 2 }));
    let found = segmented(&model, &compute).unwrap();
    assert!(found.phases == expected.phases && found.evidence == expected.evidence);
    let notes = compute.take_notes();
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("on the processor"), "{notes:?}");
    let found = segmented(&model, &compute).unwrap();
    assert_eq!(first_difference(&found, &expected), None);
    assert_eq!(compute.take_notes(), [""; 0]);
}

/// A network that no forest joins stays on the GPU until its slices are decided.
#[test]
fn a_network_alone_decides_on_the_gpu_as_on_the_processor() {
    let Some(context) = test_context() else {
        return;
    };
    let model = pretrained_phases().unwrap();
    let background = usize::from(model.card().classes.background);
    let expected = segmented(&model, &Compute::Cpu).unwrap();
    let compute = Compute::Gpu(context.clone());
    context.take_counts();
    let found = segmented(&model, &compute).unwrap();
    assert_eq!(first_difference_of(background, &found, &expected), None);
    let near = |(a, b): (&u8, &u8)| a.abs_diff(*b) <= 1;
    let evidence = found.evidence.data().iter().zip(expected.evidence.data());
    assert!(evidence.clone().filter(|pair| near(*pair)).count() * 100 > 99 * evidence.len());
    assert_launched(&context, &["layer_add", "layer_decide", "layer_shares"]);

    // Too little memory for that: the layer of tiles is on the host.
    context.take_counts();
    context.inject(Some(Fault::OutOfMemoryInBurn { checks: 1 }));
    let found = segmented(&model, &compute).unwrap();
    assert_eq!(first_difference_of(background, &found, &expected), None);
    assert!(!context.counts().launches.contains_key("layer_decide"));
    assert!(compute.take_notes()[0].contains("smaller bricks"));
}

/// Trains for a few steps of small patches.
fn trained_on(compute: &Compute) -> Result<Trained, UnetError> {
    let ct = small_ct();
    let settings = Settings {
        width: 4,
        levels: 1,
        patch_vox: [8, 16, 16],
        ..settings(3)
    };
    let input = TrainingInput {
        scan: Scan::measure(&ct)?,
        maps: &[map_at(5)],
        classes: &classes(),
        phantoms: &[],
        starts: &[],
        began: Instant::now(),
    };
    train(&input, &settings, compute, 7, None, &Silent)
}

#[test]
fn the_gpu_learns_as_the_processor_does() {
    let Some(context) = test_context() else {
        return;
    };
    let expected = trained_on(&Compute::Cpu).unwrap();
    let compute = Compute::Gpu(context.clone());
    let found = trained_on(&compute).unwrap();
    let losses = |trained: &Trained| -> Vec<f64> {
        let point = trained.curve.last().unwrap();
        vec![point.loss, point.held_out_loss.unwrap()]
    };
    // Sums in another order, three times through the optimiser, which divides by their squares.
    for (found, expected) in losses(&found).iter().zip(losses(&expected)) {
        assert!(
            (found - expected).abs() < 0.01 * expected,
            "{found} {expected}"
        );
    }

    context.inject(Some(Fault::OutOfMemoryInBurn { checks: 1 }));
    let error = trained_on(&compute).unwrap_err();
    assert!(
        matches!(error, UnetError::Gpu(GpuError::OutOfMemory { .. })),
        "{error:?}"
    );
}

#[test]
fn a_lost_device_ends_training_and_segmentation_with_an_error() {
    let model = young_model();
    let is_lost = |error: &UnetError| matches!(error, UnetError::Gpu(GpuError::DeviceLost { .. }));
    for is_training in [false, true] {
        let Some(context) = test_context() else {
            return;
        };
        let compute = Compute::Gpu(context.clone());
        // Once all is set up, as a driver does it.
        segmented(&model, &compute).unwrap();
        context.device().destroy();
        let error = if is_training {
            trained_on(&compute).map(drop).unwrap_err()
        } else {
            segmented(&model, &compute).map(drop).unwrap_err()
        };
        assert!(is_lost(&error), "{error:?}");
    }
}
