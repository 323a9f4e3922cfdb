use burn::backend::TensorMetadata as _;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use corelith_gpu::Work;
use corelith_gpu::shaders::{adamw, square_sum};

use super::launch::{empty, run};
use crate::kernels::AdamWStep;

/// Writes the parts of a gradient into `squares`, which nothing else reads before all are there.
pub(super) fn squares(squares: CubeTensor, gradient: CubeTensor, index: usize) -> CubeTensor {
    let [squares, gradient] = [squares, gradient].map(into_contiguous);
    let count = gradient.shape().num_elements() as u32;
    let launch = square_sum::KERNEL.launch(
        square_sum::Params {
            count,
            first: index as u32 * square_sum::PARTS,
        },
        [square_sum::PARTS, 1, 1],
        Work::of(count.into(), 4, 2),
    );
    run(&launch, [&gradient, &squares]);
    squares
}

pub(super) fn step(
    parameter: CubeTensor,
    gradient: CubeTensor,
    moments: CubeTensor,
    squares: &CubeTensor,
    step: AdamWStep,
) -> (CubeTensor, CubeTensor) {
    let [parameter, gradient, moments] = [parameter, gradient, moments].map(into_contiguous);
    let count = parameter.shape().num_elements() as u32;
    let parameter_out = empty(&parameter, parameter.shape());
    let moments_out = empty(&moments, moments.shape());
    let AdamWStep {
        gradient_norm,
        learning_rate,
        kept,
        first_share,
        second_share,
        mean_decay,
    } = step;
    let launch = adamw::KERNEL.launch_over(
        adamw::Params {
            count,
            parts: squares.shape().num_elements() as u32,
            gradient_norm,
            learning_rate,
            kept,
            first_share,
            second_share,
            mean_decay,
        },
        [count, 1, 1],
        Work::of(count.into(), 36, 24),
    );
    run(
        &launch,
        [
            &parameter,
            &gradient,
            &moments,
            squares,
            &parameter_out,
            &moments_out,
        ],
    );
    (parameter_out, moments_out)
}
