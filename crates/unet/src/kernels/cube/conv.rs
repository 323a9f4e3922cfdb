use burn::backend::TensorMetadata as _;
use burn::tensor::Shape;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use bytemuck::{Pod, Zeroable};
use corelith_gpu::shaders::{conv3d, conv3d_weight, conv3d_weight_sum};

use super::launch::{empty, launch};

/// Workgroups that share the work of a weight gradient: enough for a large GPU, and few enough
/// that their partial sums stay near 14 MiB.
const WEIGHT_WORKGROUPS: u32 = 1024;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Params {
    shape: [u32; 3],
    inputs: u32,
    outputs: u32,
    mirrored: u32,
    padding: [u32; 2],
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct WeightParams {
    shape: [u32; 3],
    batch: u32,
    inputs: u32,
    outputs: u32,
    splits: u32,
    padding: u32,
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct SumParams {
    weights: u32,
    splits: u32,
}

/// Batch and channels of an input, and its voxels along x, y and z.
fn sizes(x: &CubeTensor) -> ([u32; 2], [u32; 3]) {
    let shape = x.shape();
    let [batch, channels, z, y, x] = std::array::from_fn(|axis| shape[axis] as u32);
    ([batch, channels], [x, y, z])
}

fn convolve(x: CubeTensor, weight: CubeTensor, outputs: usize, mirrored: bool) -> CubeTensor {
    let (x, weight) = (into_contiguous(x), into_contiguous(weight));
    let ([batch, inputs], shape) = sizes(&x);
    let mut dims = x.shape();
    dims[1] = outputs;
    let out = empty(&x, dims);
    let outputs = outputs as u32;
    let tiles_z = shape[2].div_ceil(conv3d::TILE_Z);
    launch(
        &conv3d::SHADER,
        &[&x, &weight, &out],
        Params {
            shape,
            inputs,
            outputs,
            mirrored: mirrored.into(),
            padding: [0; 2],
        },
        [
            shape[0].div_ceil(conv3d::TILE_X),
            shape[1].div_ceil(conv3d::TILE_Y),
            batch * outputs.div_ceil(conv3d::CHANNELS) * tiles_z,
        ],
    );
    out
}

pub(super) fn forward(x: CubeTensor, weight: CubeTensor) -> CubeTensor {
    let outputs = weight.shape()[0];
    convolve(x, weight, outputs, false)
}

pub(super) fn input_gradient(weight: CubeTensor, grad: CubeTensor) -> CubeTensor {
    let inputs = weight.shape()[1];
    convolve(grad, weight, inputs, true)
}

pub(super) fn weight_gradient(x: CubeTensor, grad: CubeTensor) -> CubeTensor {
    let (x, grad) = (into_contiguous(x), into_contiguous(grad));
    let ([batch, inputs], shape) = sizes(&x);
    let outputs = grad.shape()[1] as u32;
    let tile = [
        conv3d_weight::TILE_X,
        conv3d_weight::TILE_Y,
        conv3d_weight::TILE_Z,
    ];
    let tiles: u32 = (0..3)
        .map(|axis| shape[axis].div_ceil(tile[axis]))
        .product();
    let groups = [
        inputs.div_ceil(conv3d_weight::INPUTS),
        outputs.div_ceil(conv3d_weight::OUTPUTS),
    ];
    let splits = (WEIGHT_WORKGROUPS / (groups[0] * groups[1])).clamp(1, batch * tiles);
    let dims = [outputs as usize, inputs as usize, 3, 3, 3];
    let weights = dims.iter().product();
    let partial = empty(&x, Shape::new([splits as usize, weights]));
    launch(
        &conv3d_weight::SHADER,
        &[&x, &grad, &partial],
        WeightParams {
            shape,
            batch,
            inputs,
            outputs,
            splits,
            padding: 0,
        },
        [splits, groups[0], groups[1]],
    );
    let out = empty(&x, Shape::new(dims));
    launch(
        &conv3d_weight_sum::SHADER,
        &[&partial, &out],
        SumParams {
            weights: weights as u32,
            splits,
        },
        conv3d_weight_sum::SHADER.workgroups([weights as u32, 1, 1]),
    );
    out
}
