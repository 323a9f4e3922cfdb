//! The operations that most of a network's time goes into, as an extension of Burn's backends.
//!
//! [`Kernels`] is what a backend computes: on the CPU in threaded, vectorised Rust, on a GPU in the
//! WGSL of `shaders/`. [`NetworkBackend`] is what a network calls, on any device and with or
//! without autodiff.

mod autodiff;
mod conv;
mod cube;
mod extent;
mod flex;
mod norm;
mod simd;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

pub(crate) use extent::Extent;

/// Forward and backward of each operation, without autodiff.
pub trait Kernels: Backend {
    /// Convolves `x`, `[batch, ci, depth, height, width]`, with `weight`, `[co, ci, 3, 3, 3]`.
    fn conv(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Gradient of the input of [`Kernels::conv`].
    fn conv_input_gradient(weight: FloatTensor<Self>, grad: FloatTensor<Self>)
    -> FloatTensor<Self>;

    /// Gradient of the weights of [`Kernels::conv`].
    fn conv_weight_gradient(x: FloatTensor<Self>, grad: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Instance norm of `x`, `[batch, channels, ..]`, with scale and shift of shape `[channels]`,
    /// then leaky ReLU. The second result is whatever [`Kernels::norm_gradients`] needs.
    fn norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// Gradients of input, scale and shift of [`Kernels::norm`].
    fn norm_gradients(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        statistics: FloatTensor<Self>,
        grad: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 3];
}

/// The operations of a network, on every device.
#[backend_extension(Flex, Cube, Autodiff)]
pub trait NetworkBackend: Backend {
    /// See [`conv`].
    fn network_conv(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self>;

    /// See [`norm_activation`].
    fn network_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// 3 x 3 x 3 convolution with zero padding, stride 1 and no bias.
///
/// `x` is `[batch, ci, depth, height, width]`, `weight` is `[co, ci, 3, 3, 3]`.
pub fn conv(x: Tensor<5>, weight: Tensor<5>) -> Tensor<5> {
    Tensor::from_dispatch(<Dispatch as NetworkBackend>::network_conv(
        x.into_dispatch(),
        weight.into_dispatch(),
    ))
}

/// Instance norm, scale, shift and leaky ReLU of slope 0.01.
///
/// `x` is `[batch, channels, depth, height, width]`, `gamma` and `beta` are `[channels]`.
pub fn norm_activation(x: Tensor<5>, gamma: Tensor<1>, beta: Tensor<1>) -> Tensor<5> {
    Tensor::from_dispatch(<Dispatch as NetworkBackend>::network_norm(
        x.into_dispatch(),
        gamma.into_dispatch(),
        beta.into_dispatch(),
    ))
}
