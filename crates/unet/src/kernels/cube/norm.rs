use burn::backend::TensorMetadata as _;
use burn::tensor::Shape;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use corelith_gpu::Work;
use corelith_gpu::shaders::shared::norm::Params;
use corelith_gpu::shaders::{
    norm_apply, norm_gradient, norm_gradient_affine, norm_gradient_sums, norm_moments,
    norm_statistics,
};

use super::launch::{empty, run};

/// Voxels of a chunk: at least four an invocation.
const CHUNK: u32 = 4 * norm_apply::GROUP;

/// Most chunks of a channel.
const CHUNKS: u32 = 256;

/// How the channels of `x` are cut.
fn cut(x: &CubeTensor) -> Params {
    let shape = x.shape();
    let voxels = (shape[2] * shape[3] * shape[4]) as u32;
    let chunk = CHUNK.max(voxels.div_ceil(CHUNKS));
    Params {
        voxels,
        channels: shape[1] as u32,
        batch: shape[0] as u32,
        chunk,
        chunks: voxels.div_ceil(chunk),
        padding: 0,
    }
}

/// Channels of all samples.
fn rows(params: Params) -> u32 {
    params.batch * params.channels
}

/// One workgroup a chunk.
fn by_chunk(params: Params) -> [u32; 3] {
    [params.chunks, rows(params), 1]
}

/// At most three arrays of the size of `x` go to and fro.
fn of_all(params: Params) -> Work {
    let voxels = u64::from(rows(params)) * u64::from(params.voxels);
    Work::of(voxels, 12, 12)
}

/// Pairs of numbers of all chunks.
fn of_chunks(params: Params) -> Work {
    let chunks = u64::from(rows(params)) * u64::from(params.chunks);
    Work::of(chunks, 16, 16)
}

/// A pair of numbers for every chunk, and for every channel of a sample.
fn pairs(params: Params, x: &CubeTensor) -> [CubeTensor; 2] {
    let (rows, chunks) = (rows(params) as usize, params.chunks as usize);
    [
        empty(x, Shape::new([rows, chunks, 2])),
        empty(x, Shape::new([rows, 2])),
    ]
}

/// The result, and mean and inverse standard deviation of every channel.
pub(super) fn forward(x: CubeTensor, gamma: CubeTensor, beta: CubeTensor) -> [CubeTensor; 2] {
    let [x, gamma, beta] = [x, gamma, beta].map(into_contiguous);
    let params = cut(&x);
    let [moments, statistics] = pairs(params, &x);
    run(
        &norm_moments::KERNEL.launch(params, by_chunk(params), of_all(params)),
        [&x, &moments],
    );
    run(
        &norm_statistics::KERNEL.launch(params, [rows(params), 1, 1], of_chunks(params)),
        [&moments, &statistics],
    );
    let out = empty(&x, x.shape());
    run(
        &norm_apply::KERNEL.launch(params, by_chunk(params), of_all(params)),
        [&x, &gamma, &beta, &statistics, &out],
    );
    [out, statistics]
}

/// Gradients of input, scale and shift.
pub(super) fn gradients(
    x: CubeTensor,
    gamma: CubeTensor,
    beta: CubeTensor,
    statistics: CubeTensor,
    grad: CubeTensor,
) -> [CubeTensor; 3] {
    let [x, gamma, beta, grad] = [x, gamma, beta, grad].map(into_contiguous);
    let params = cut(&x);
    let [partial, sums] = pairs(params, &x);
    run(
        &norm_gradient_sums::KERNEL.launch(params, by_chunk(params), of_all(params)),
        [&x, &gamma, &beta, &statistics, &grad, &partial],
    );
    let [grad_gamma, grad_beta] = [&gamma, &beta].map(|like| empty(&x, like.shape()));
    run(
        &norm_gradient_affine::KERNEL.launch(params, [params.channels, 1, 1], of_chunks(params)),
        [&partial, &sums, &grad_gamma, &grad_beta],
    );
    let out = empty(&x, x.shape());
    run(
        &norm_gradient::KERNEL.launch(params, by_chunk(params), of_all(params)),
        [&x, &gamma, &beta, &statistics, &grad, &sums, &out],
    );
    [out, grad_gamma, grad_beta]
}
