//! What is planned to take too long at once goes to the device in several submissions.

use std::time::Duration;

use corelith_gpu::shaders::label_scan;
use corelith_gpu::shaders::shared::label_brick::Brick;
use corelith_gpu::{LONGEST_SUBMISSION, Work, test_context};

#[test]
fn long_batches_are_cut() {
    let Some(gpu) = test_context() else { return };
    // As much as a submission may take, and shares of it.
    let most = Work::of(1, 8, 1).most_elements(&gpu);
    for (share, launches, submits) in [(1, 3, 3), (2, 4, 2), (3, 4, 2), (10, 9, 1)] {
        let work = Work::of(most / share, 8, 1);
        let roots = gpu.storage("roots of blocks", &[5u32, 7, 0]).unwrap();
        let brick = Brick {
            nx: 2048,
            ny: 1,
            nz: 1,
            reach: 1,
            ..Brick::default()
        };
        gpu.take_counts();
        let mut commands = gpu.commands("test");
        for _ in 0..launches {
            let launch = label_scan::KERNEL.launch(brick, [1, 1, 1], work);
            commands.run(&launch, [&roots]).unwrap();
        }
        commands.submit().unwrap();
        let counts = gpu.take_counts();
        assert_eq!(counts.all_launches(), launches);
        assert_eq!(counts.submits, submits, "{share}");
        assert!(counts.longest_planned <= LONGEST_SUBMISSION + Duration::from_micros(1));
        gpu.wait("the test").unwrap();
    }
}
