use burn::backend::TensorMetadata as _;
use burn::tensor::Shape;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use corelith_gpu::Work;
use corelith_gpu::shaders::{conv3d, conv3d_weight};

use super::launch::{empty, run};
use super::splits;

/// Multiply-adds of a tap, as two operations, and bytes of a voxel read and written: the same for
/// all three kernels, as tiles are read from caches again.
fn work(voxels: u64, inputs: u32, outputs: u32) -> Work {
    let channels = u64::from(inputs) + u64::from(outputs);
    let products = u64::from(inputs) * u64::from(outputs) * 27;
    Work::of(voxels, 4 * channels, 2 * products)
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
    let voxels = u64::from(batch) * shape.map(u64::from).iter().product::<u64>();
    let launch = conv3d::KERNEL.launch(
        conv3d::Params {
            shape,
            inputs,
            outputs,
            mirrored: mirrored.into(),
            ..Default::default()
        },
        [
            shape[0].div_ceil(conv3d::TILE_X),
            shape[1].div_ceil(conv3d::TILE_Y),
            batch * outputs.div_ceil(conv3d::CHANNELS) * tiles_z,
        ],
        work(voxels, inputs, outputs),
    );
    run(&launch, [&x, &weight, &out]);
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
    let splits = splits::count(groups[0] * groups[1], batch * tiles);
    let shape_of_weights = Shape::new([outputs as usize, inputs as usize, 3, 3, 3]);
    let partial = splits::partial(&x, splits, shape_of_weights.num_elements());
    let voxels = u64::from(batch) * shape.map(u64::from).iter().product::<u64>();
    let launch = conv3d_weight::KERNEL.launch(
        conv3d_weight::Params {
            shape,
            batch,
            inputs,
            outputs,
            splits,
            ..Default::default()
        },
        [splits, groups[0], groups[1]],
        work(voxels, inputs, outputs),
    );
    run(&launch, [&x, &grad, &partial]);
    splits::sum(&partial, 0, shape_of_weights)
}
