use burn::backend::TensorMetadata as _;
use burn::tensor::Shape;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use corelith_gpu::Work;
use corelith_gpu::shaders::{pointwise, pointwise_weight};

use super::launch::{empty, run};
use super::splits;

/// Multiply-adds, as two operations, and bytes of a voxel read and written.
fn work(voxels: u64, inputs: u32, outputs: u32) -> Work {
    let channels = u64::from(inputs) + u64::from(outputs);
    Work::of(
        voxels,
        4 * channels,
        2 * u64::from(inputs) * u64::from(outputs),
    )
}

/// Batch, channels, and voxels of a channel.
fn sizes(x: &CubeTensor) -> [u32; 3] {
    let shape = x.shape();
    [shape[0], shape[1], shape[2] * shape[3] * shape[4]].map(|n| n as u32)
}

/// `bias` is whatever tensor where `mirrored` says that there is none.
fn convolve(
    x: &CubeTensor,
    weight: &CubeTensor,
    bias: &CubeTensor,
    outputs: usize,
    mirrored: bool,
) -> CubeTensor {
    let [batch, inputs, voxels] = sizes(x);
    let mut shape = x.shape();
    shape[1] = outputs;
    let out = empty(x, shape);
    let outputs = outputs as u32;
    let launch = pointwise::KERNEL.launch(
        pointwise::Params {
            voxels,
            inputs,
            outputs,
            mirrored: mirrored.into(),
        },
        [
            voxels.div_ceil(pointwise::VOXELS),
            outputs.div_ceil(pointwise::CHANNELS),
            batch,
        ],
        work(u64::from(batch) * u64::from(voxels), inputs, outputs),
    );
    run(&launch, [x, weight, bias, &out]);
    out
}

pub(super) fn forward(x: CubeTensor, weight: CubeTensor, bias: CubeTensor) -> CubeTensor {
    let [x, weight, bias] = [x, weight, bias].map(into_contiguous);
    convolve(&x, &weight, &bias, weight.shape()[0], false)
}

/// Gradients of input, weights and bias.
pub(super) fn gradients(x: CubeTensor, weight: CubeTensor, grad: CubeTensor) -> [CubeTensor; 3] {
    let [x, weight, grad] = [x, weight, grad].map(into_contiguous);
    let of_input = convolve(&grad, &weight, &weight, weight.shape()[1], true);

    let [batch, inputs, voxels] = sizes(&x);
    let outputs = grad.shape()[1] as u32;
    let tiles = batch * voxels.div_ceil(pointwise_weight::VOXELS);
    let groups = [inputs + 1, outputs].map(|n| n.div_ceil(pointwise_weight::SIDE));
    let splits = splits::count(groups[0] * groups[1], tiles);
    let [inputs_len, outputs_len] = [inputs, outputs].map(|n| n as usize);
    let weights = inputs_len * outputs_len;
    let partial = splits::partial(&x, splits, weights + outputs_len);
    let launch = pointwise_weight::KERNEL.launch(
        pointwise_weight::Params {
            voxels,
            batch,
            inputs,
            outputs,
            splits,
        },
        [splits, groups[0], groups[1]],
        work(u64::from(batch) * u64::from(voxels), inputs + 1, outputs),
    );
    run(&launch, [&x, &grad, &partial]);
    [
        of_input,
        splits::sum(&partial, 0, Shape::new([outputs_len, inputs_len])),
        splits::sum(&partial, weights, Shape::new([outputs_len])),
    ]
}
