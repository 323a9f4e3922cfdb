//! Buffers go to the device and come back unchanged, and all of it is counted.

use corelith_gpu::{GpuError, low_limits_context, small_bindings_context, test_context};

#[test]
fn storage_comes_back_as_it_went() {
    let Some(gpu) = test_context() else { return };
    let sent: Vec<u32> = (0..1000_u32)
        .map(|i| i.wrapping_mul(2_654_435_761))
        .collect();
    let buffer = gpu.storage("test", &sent).unwrap();
    assert_eq!(gpu.read::<u32>(&buffer).unwrap(), sent);
    assert_eq!(gpu.read_part::<u32>(&buffer, 998, 2).unwrap(), sent[998..]);
    let wide: Vec<u64> = bytemuck::pod_collect_to_vec(&sent);
    assert_eq!(gpu.read::<u64>(&buffer).unwrap(), wide);
}

/// More than the staging buffers hold, and ends in every place within one.
#[test]
fn long_storage_comes_back_in_portions() {
    let Some(gpu) = test_context() else { return };
    let sent: Vec<u32> = (0..11_000_003_u32)
        .map(|i| i.wrapping_mul(2_654_435_761))
        .collect();
    let buffer = gpu.storage("test", &sent).unwrap();
    for (first, count) in [
        (0, sent.len()),
        (1, 4 << 20),
        (77, (4 << 20) + 1),
        (5, 8 << 20),
    ] {
        let mut found = vec![0; count];
        gpu.read_into(&buffer, first, &mut found).unwrap();
        assert!(found == sent[first..first + count], "{count} from {first}");
    }
    let mut none: [u32; 0] = [];
    gpu.read_into(&buffer, 3, &mut none).unwrap();
    assert_eq!(gpu.read_part::<u32>(&buffer, 7, 1).unwrap(), sent[7..8]);
}

#[test]
fn bytes_that_fill_no_word_come_back_too() {
    let Some(gpu) = test_context() else { return };
    for count in [0u8, 1, 3, 4, 5] {
        let sent: Vec<u8> = (1..=count).collect();
        let buffer = gpu.storage("test", &sent).unwrap();
        let found: Vec<u8> = bytemuck::pod_collect_to_vec(&gpu.read::<u32>(&buffer).unwrap());
        assert_eq!(found[..sent.len()], sent);
        assert!(
            found[sent.len()..].iter().all(|&byte| byte == 0),
            "{found:?}"
        );
    }
}

#[test]
fn outputs_are_poisoned_and_sums_begin_with_zero() {
    let Some(gpu) = test_context() else { return };
    assert!(gpu.poisons());
    let output = gpu.read::<u32>(&gpu.output("test", 12).unwrap()).unwrap();
    assert_eq!(output.len(), 3);
    assert!(
        output.iter().all(|&word| f32::from_bits(word).is_nan()),
        "{output:x?}"
    );
    let sums = gpu.output("test", 12).unwrap();
    let mut commands = gpu.commands("test");
    commands.clear(&sums);
    commands.submit().unwrap();
    assert_eq!(gpu.read::<u32>(&sums).unwrap(), [0; 3]);
}

#[test]
fn a_buffer_past_the_binding_limit_is_refused() {
    for context in [
        test_context(),
        low_limits_context(),
        small_bindings_context(4096),
    ] {
        let Some(gpu) = context else { return };
        let limit = gpu.max_binding_bytes();
        let error = gpu.output("test", limit + 4).unwrap_err();
        assert!(
            matches!(error, GpuError::BindingTooLarge { limit: told, .. } if told == limit),
            "{error:?}"
        );
    }
}

#[test]
fn traffic_is_counted() {
    let Some(gpu) = test_context() else { return };
    gpu.take_counts();
    let buffer = gpu.storage("test", &[1u32, 2, 3]).unwrap();
    let counts = gpu.counts();
    assert_eq!(
        (counts.bytes_up, counts.buffers, counts.submits),
        (12, 1, 0)
    );
    gpu.read::<u32>(&buffer).unwrap();
    let counts = gpu.take_counts();
    assert_eq!((counts.bytes_up, counts.bytes_down), (12, 12));
    // Two staging buffers more, which the next readback finds.
    assert_eq!((counts.buffers, counts.submits, counts.polls), (3, 1, 1));
    gpu.read::<u32>(&buffer).unwrap();
    assert_eq!(gpu.take_counts().buffers, 0);
    assert_eq!(counts.all_launches(), 0);
    assert_eq!(gpu.counts(), Default::default());
}
