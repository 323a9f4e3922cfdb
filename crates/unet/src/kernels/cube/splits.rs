use burn::tensor::Shape;
use burn_cubecl::tensor::CubeTensor;
use corelith_gpu::Work;
use corelith_gpu::shaders::split_sum;

use super::launch::{empty, run};

/// Workgroups that share the work of a sum over voxels: enough for a large GPU, and few enough that
/// their partial sums stay near 14 MiB.
const WORKGROUPS: u32 = 1024;

/// In how many splits `tiles` tiles are summed up by workgroups that are `groups` times as many.
pub(super) fn count(groups: u32, tiles: u32) -> u32 {
    (WORKGROUPS / groups).clamp(1, tiles.max(1))
}

/// Room for the sums of all splits, of `pitch` values each.
pub(super) fn partial(like: &CubeTensor, splits: u32, pitch: usize) -> CubeTensor {
    empty(like, Shape::new([splits as usize, pitch]))
}

/// The sums over all splits, from position `first` on, as a tensor of `shape`.
pub(super) fn sum(partial: &CubeTensor, first: usize, shape: Shape) -> CubeTensor {
    let [splits, pitch] = [partial.meta.shape()[0], partial.meta.shape()[1]].map(|n| n as u32);
    let count = shape.num_elements() as u32;
    let out = empty(partial, shape);
    let work = Work::of(u64::from(count) * u64::from(splits), 4, 1);
    let launch = split_sum::KERNEL.launch(
        split_sum::Params {
            count,
            splits,
            pitch,
            first: first as u32,
        },
        [count.div_ceil(split_sum::WIDTH), 1, 1],
        work,
    );
    run(&launch, [partial, &out]);
    out
}
