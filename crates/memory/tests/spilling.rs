//! An allocator that has less memory than its program takes.

use std::path::Path;

use corelith_memory::Spilling;

#[global_allocator]
static MEMORY: Spilling = Spilling::new(LARGE_BYTES);

const LARGE_BYTES: usize = 32 << 20;

/// Bytes of this process's memory that are no file's.
#[cfg(target_os = "linux")]
fn bytes_of_no_file() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("linux tells");
    let words = status.split_whitespace();
    let bytes = words.skip_while(|word| *word != "RssAnon:").nth(1);
    1024 * bytes.expect("RssAnon").parse::<usize>().expect("a number")
}

fn filled(bytes: usize, with: u8) -> Vec<u8> {
    let mut buffer = vec![0; bytes];
    assert!(buffer.iter().all(|&byte| byte == 0), "zeros");
    buffer.fill(with);
    buffer
}

/// One test, as there is one allocator.
#[test]
fn what_does_not_fit_lies_in_files_and_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let left = || folder.path().read_dir().unwrap().count();

    // Without a folder a limit changes nothing.
    MEMORY.hold_at_most(3 * LARGE_BYTES + LARGE_BYTES / 2);
    drop(filled(5 * LARGE_BYTES, 1));
    assert_eq!(MEMORY.most_spilled_bytes(), 0);

    // Where there can be no file, memory is taken all the same.
    MEMORY.spill_into(Path::new("nowhere").into());
    drop(filled(6 * LARGE_BYTES, 1));
    assert_eq!(MEMORY.most_spilled_bytes(), 0);
    assert_eq!(MEMORY.refused_bytes(), 6 * LARGE_BYTES);

    MEMORY.spill_into(folder.path().into());
    let first = filled(2 * LARGE_BYTES, 1);
    let fits = filled(LARGE_BYTES, 2);
    assert_eq!(MEMORY.most_spilled_bytes(), 0);
    let spilled = filled(4 * LARGE_BYTES, 3);
    assert_eq!(MEMORY.most_spilled_bytes(), 4 * LARGE_BYTES);
    assert_eq!(left(), 0, "files have no name");
    #[cfg(target_os = "linux")]
    assert!(bytes_of_no_file() < 4 * LARGE_BYTES);
    for (buffer, with) in [(&first, 1), (&fits, 2), (&spilled, 3)] {
        assert!(buffer.iter().all(|&byte| byte == with));
    }

    // What is given back can be taken again.
    drop(first);
    drop(filled(2 * LARGE_BYTES, 4));
    drop((fits, spilled));
    assert_eq!(MEMORY.most_spilled_bytes(), 4 * LARGE_BYTES);
    drop(filled(3 * LARGE_BYTES, 4));
    assert_eq!(MEMORY.most_spilled_bytes(), 4 * LARGE_BYTES);

    // Buffers that grow out of memory and back, value by value.
    let mut growing: Vec<u32> = Vec::new();
    for i in 0..2 * LARGE_BYTES as u32 {
        growing.push(i);
    }
    assert!(MEMORY.most_spilled_bytes() > 4 * LARGE_BYTES);
    assert!(
        growing
            .iter()
            .enumerate()
            .all(|(i, &value)| value == i as u32)
    );
    growing.truncate(1000);
    growing.shrink_to_fit();
    assert!(
        growing
            .iter()
            .enumerate()
            .all(|(i, &value)| value == i as u32)
    );
    let whole = MEMORY.most_spilled_bytes();
    drop(filled(3 * LARGE_BYTES, 5));
    assert_eq!(MEMORY.most_spilled_bytes(), whole, "all is given back");

    // Threads at the same time.
    std::thread::scope(|scope| {
        for with in 0..8 {
            scope.spawn(move || {
                for _ in 0..4 {
                    let buffer = filled(LARGE_BYTES + usize::from(with), with);
                    assert!(buffer.iter().all(|&byte| byte == with));
                }
            });
        }
    });
    assert!(MEMORY.most_spilled_bytes() >= whole);
    assert_eq!(left(), 0);
}
