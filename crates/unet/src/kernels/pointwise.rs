//! 1 x 1 x 1 convolution on the CPU: products of matrices.

use burn::backend::ops::FloatTensorOps as _;
use burn::backend::{Flex, TensorMetadata as _};
use burn::tensor::Shape;
use burn_flex::FlexTensor;

/// `[batch, channels, voxels]`.
fn flat(x: FlexTensor) -> FlexTensor {
    let shape = x.shape();
    let voxels = shape[2] * shape[3] * shape[4];
    Flex::float_reshape(x, Shape::new([shape[0], shape[1], voxels]))
}

/// `out = weight * x + bias`, for `x` of `[batch, ci, depth, height, width]`, `weight` of `[co, ci]`
/// and `bias` of `[co]`.
pub(super) fn forward(x: FlexTensor, weight: FlexTensor, bias: FlexTensor) -> FlexTensor {
    let [co, ci] = [weight.shape()[0], weight.shape()[1]];
    let mut shape = x.shape();
    let weight = Flex::float_reshape(weight, Shape::new([1, co, ci]));
    let bias = Flex::float_reshape(bias, Shape::new([1, co, 1]));
    let out = Flex::float_add(Flex::float_matmul(weight, flat(x)), bias);
    shape[1] = co;
    Flex::float_reshape(out, shape)
}

/// Gradients of input, weights and bias.
pub(super) fn gradients(x: FlexTensor, weight: FlexTensor, grad: FlexTensor) -> [FlexTensor; 3] {
    let [co, ci] = [weight.shape()[0], weight.shape()[1]];
    let shape = x.shape();
    let transposed = Flex::float_swap_dims(weight, 0, 1);
    let transposed = Flex::float_reshape(transposed, Shape::new([1, ci, co]));
    let (x, grad) = (flat(x), flat(grad));
    let of_input = Flex::float_matmul(transposed, grad.clone());
    let each = Flex::float_matmul(grad.clone(), Flex::float_swap_dims(x, 1, 2));
    let of_weight = Flex::float_sum_dim(each, 0);
    let of_bias = Flex::float_sum_dim(Flex::float_sum_dim(grad, 2), 0);
    [
        Flex::float_reshape(of_input, shape),
        Flex::float_reshape(of_weight, Shape::new([co, ci])),
        Flex::float_reshape(of_bias, Shape::new([co])),
    ]
}
