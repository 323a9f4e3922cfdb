//! Whatever the device does, there is an error and no panic.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use corelith_gpu::{Compute, Fault, GpuContext, GpuError, MayBeShort, Shortage, test_context};

#[test]
fn what_nobody_catches_is_told_once() {
    let Some(gpu) = test_context() else { return };
    gpu.check("the test").unwrap();
    // No such usage: an error outside of any scope, on which wgpu would panic.
    drop(gpu.device().create_buffer(&wgpu::BufferDescriptor {
        label: Some("wrong"),
        size: 16,
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::STORAGE,
        mapped_at_creation: false,
    }));
    let error = gpu.check("the test").unwrap_err();
    assert!(matches!(error, GpuError::Device { .. }), "{error:?}");
    assert!(error.to_string().contains("in the test"), "{error}");
    gpu.check("the test").unwrap();
    // And the device goes on.
    let buffer = gpu.storage("test", &[5u32]).unwrap();
    assert_eq!(gpu.read::<u32>(&buffer).unwrap(), [5]);
}

#[test]
fn too_little_memory_is_an_error_that_says_how_much() {
    let Some(gpu) = test_context() else { return };
    gpu.inject(Some(Fault::OutOfMemory { above_bytes: 100 }));
    gpu.output("small", 100).unwrap();
    let error = gpu.output("large", 104).unwrap_err();
    assert!(
        matches!(
            error,
            GpuError::OutOfMemory {
                wanted: Some(104),
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(error.shortage(), Some(Shortage::Memory));
    assert!(error.to_string().contains("large (104 bytes)"), "{error}");
    gpu.inject(None);
    gpu.output("large", 104).unwrap();
}

#[test]
fn a_lost_device_says_so_at_every_step() {
    let Some(gpu) = test_context() else { return };
    let buffer = gpu.storage("test", &[5u32]).unwrap();
    gpu.inject(Some(Fault::Lost { after_submits: 1 }));
    assert_eq!(gpu.read::<u32>(&buffer).unwrap(), [5]);
    for _ in 0..2 {
        let error = gpu.read::<u32>(&buffer).unwrap_err();
        assert!(matches!(error, GpuError::DeviceLost { .. }), "{error:?}");
        assert_eq!(error.shortage(), None);
    }
    assert!(matches!(
        gpu.wait("waiting"),
        Err(GpuError::DeviceLost { .. })
    ));
    assert!(matches!(
        gpu.check("checking"),
        Err(GpuError::DeviceLost { .. })
    ));
    assert!(gpu.storage("test", &[5u32]).is_err());
}

/// Bricks that a stage tries where it has memory for bricks of `fits`, and what comes of it.
fn tried(gpu: &GpuContext, least: u64, most: u64, fits: u64) -> (Vec<u64>, Option<u64>, usize) {
    let compute = Compute::Gpu(gpu.clone());
    let mut tried = Vec::new();
    let done = compute.on_gpu("the test", least..=most, |gpu, brick| {
        tried.push(brick);
        gpu.inject(Some(Fault::OutOfMemory {
            above_bytes: 4 * fits,
        }));
        gpu.output("brick", 4 * brick).map(|_| brick)
    });
    (tried, done.unwrap(), compute.take_notes().len())
}

#[test]
fn bricks_are_halved_as_far_as_they_may_be() {
    let Some(gpu) = test_context() else { return };
    assert_eq!(tried(&gpu, 1, 100, 200), (vec![100], Some(100), 0));
    assert_eq!(tried(&gpu, 1, 100, 30), (vec![100, 50, 25], Some(25), 1));
    assert_eq!(tried(&gpu, 40, 100, 30), (vec![100, 50], None, 1));
    assert_eq!(tried(&gpu, 1, 5, 0), (vec![5, 2, 1], None, 1));
    assert_eq!(tried(&gpu, 10, 5, 1), (vec![10], None, 1));
}

#[test]
fn past_the_limits_there_is_the_processor_at_once() {
    let Some(gpu) = test_context() else { return };
    let compute = Compute::Gpu(gpu);
    let mut times = 0;
    let done = compute.on_gpu("the test", 1..=8, |gpu, _| {
        times += 1;
        gpu.output("too large", gpu.max_binding_bytes() + 4)
            .map(drop)
    });
    assert_eq!((done.unwrap(), times), (None, 1));
    let notes = compute.take_notes();
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("too large"), "{notes:?}");
    assert!(compute.take_notes().is_empty(), "told once");
}

#[test]
fn the_processor_does_nothing_on_a_gpu() {
    let done = Compute::Cpu.on_gpu("the test", 1..=8, |_, _| Ok::<(), GpuError>(()));
    assert_eq!(done.unwrap(), None);
    assert_eq!(Compute::Cpu.take_notes(), [""; 0]);
}
