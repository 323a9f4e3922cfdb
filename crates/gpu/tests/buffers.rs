//! Buffers go to the device and come back unchanged.

use corelith_gpu::{GpuError, test_context};

#[test]
fn storage_comes_back_as_it_went() {
    let Some(gpu) = test_context() else { return };
    let sent: Vec<u32> = (0..1000_u32)
        .map(|i| i.wrapping_mul(2_654_435_761))
        .collect();
    let buffer = gpu.storage("test", &sent).unwrap();
    assert_eq!(gpu.read::<u32>(&buffer).unwrap(), sent);
}

#[test]
fn poison_shows_where_nothing_was_written() {
    let Some(gpu) = test_context() else { return };
    let buffer = gpu.output("test", 16).unwrap();
    gpu.write(&buffer, 4, &[7u32]);
    assert_eq!(
        gpu.read::<u32>(&buffer).unwrap(),
        [0xDEAD_BEEF, 7, 0xDEAD_BEEF, 0xDEAD_BEEF]
    );
}

#[test]
fn a_buffer_past_the_binding_limit_is_refused() {
    let Some(gpu) = test_context() else { return };
    let too_large = gpu.max_binding_bytes() + 4;
    assert!(matches!(
        gpu.storage_zeroed("test", too_large),
        Err(GpuError::BindingTooLarge { .. })
    ));
}
