use burn::backend::TensorMetadata as _;
use burn::tensor::Shape;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use bytemuck::{Pod, Zeroable};
use corelith_gpu::shaders::{
    norm_apply, norm_gradient, norm_gradient_affine, norm_gradient_sums, norm_moments,
    norm_statistics,
};

use super::launch::{empty, launch};

/// Voxels of a chunk: at least four an invocation.
const CHUNK: u32 = 4 * norm_apply::GROUP;

/// Most chunks of a channel.
const CHUNKS: u32 = 256;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Params {
    voxels: u32,
    channels: u32,
    batch: u32,
    chunk: u32,
    chunks: u32,
    padding: u32,
}

impl Params {
    fn new(x: &CubeTensor) -> Self {
        let shape = x.shape();
        let voxels = (shape[2] * shape[3] * shape[4]) as u32;
        let chunk = CHUNK.max(voxels.div_ceil(CHUNKS));
        Self {
            voxels,
            channels: shape[1] as u32,
            batch: shape[0] as u32,
            chunk,
            chunks: voxels.div_ceil(chunk),
            padding: 0,
        }
    }

    /// Channels of all samples.
    fn rows(self) -> u32 {
        self.batch * self.channels
    }

    /// One workgroup a chunk.
    fn workgroups(self) -> [u32; 3] {
        [self.chunks, self.rows(), 1]
    }

    /// A pair of numbers for every chunk, and for every channel of a sample.
    fn pairs(self, x: &CubeTensor) -> [CubeTensor; 2] {
        let (rows, chunks) = (self.rows() as usize, self.chunks as usize);
        [
            empty(x, Shape::new([rows, chunks, 2])),
            empty(x, Shape::new([rows, 2])),
        ]
    }
}

/// The result, and mean and inverse standard deviation of every channel.
pub(super) fn forward(x: CubeTensor, gamma: CubeTensor, beta: CubeTensor) -> [CubeTensor; 2] {
    let [x, gamma, beta] = [x, gamma, beta].map(into_contiguous);
    let params = Params::new(&x);
    let [moments, statistics] = params.pairs(&x);
    launch(
        &norm_moments::SHADER,
        &[&x, &moments],
        params,
        params.workgroups(),
    );
    launch(
        &norm_statistics::SHADER,
        &[&moments, &statistics],
        params,
        norm_statistics::SHADER.workgroups([params.rows(), 1, 1]),
    );
    let out = empty(&x, x.shape());
    launch(
        &norm_apply::SHADER,
        &[&x, &gamma, &beta, &statistics, &out],
        params,
        params.workgroups(),
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
    let params = Params::new(&x);
    let [partial, sums] = params.pairs(&x);
    launch(
        &norm_gradient_sums::SHADER,
        &[&x, &gamma, &beta, &statistics, &grad, &partial],
        params,
        params.workgroups(),
    );
    let [grad_gamma, grad_beta] = [&gamma, &beta].map(|like| empty(&x, like.shape()));
    launch(
        &norm_gradient_affine::SHADER,
        &[&partial, &sums, &grad_gamma, &grad_beta],
        params,
        norm_gradient_affine::SHADER.workgroups([params.channels, 1, 1]),
    );
    let out = empty(&x, x.shape());
    launch(
        &norm_gradient::SHADER,
        &[&x, &gamma, &beta, &statistics, &grad, &sums, &out],
        params,
        params.workgroups(),
    );
    [out, grad_gamma, grad_beta]
}
