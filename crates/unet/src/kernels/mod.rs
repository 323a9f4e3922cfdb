//! The operations that most of a network's time goes into, as an extension of Burn's backends.
//!
//! [`Kernels`] is what a backend computes: on the CPU in threaded, vectorised Rust, on a GPU in the
//! WGSL of `shaders/`. [`NetworkBackend`] is what a network calls, on any device and with or
//! without autodiff.

mod adamw;
mod autodiff;
mod conv;
mod cube;
pub(crate) mod device;
mod extent;
mod flex;
mod layer;
mod norm;
mod pointwise;
mod shuffle;
pub(crate) mod simd;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Cube, Dispatch, Flex, backend_extension};
use burn::tensor::Tensor;

pub use adamw::AdamWStep;
pub(crate) use adamw::{BETA1, BETA2, SQUARE_PARTS};
pub use device::burn_device;
pub(crate) use device::{checked, guarded};
pub(crate) use extent::Extent;
pub(crate) use layer::{DecisionRule, LayerBackend, TilePlace};

/// Forward and backward of each operation, without autodiff.
pub trait Kernels: Backend {
    /// Convolves `inputs`, `[batch, channels, depth, height, width]` each and joined along their
    /// channels, with `weight`, `[co, ci, 3, 3, 3]`.
    fn conv<const N: usize>(
        inputs: [FloatTensor<Self>; N],
        weight: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// Gradients of the inputs of [`Kernels::conv`], which have so many `channels`.
    fn conv_input_gradients<const N: usize>(
        channels: [usize; N],
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; N];

    /// Gradient of the weights of [`Kernels::conv`].
    fn conv_weight_gradient<const N: usize>(
        inputs: [FloatTensor<Self>; N],
        grad: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// Every 2 x 2 x 2 voxels become one voxel of eight times the channels.
    fn gather(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// The reverse of [`Kernels::gather`], and the gradient of its input.
    fn spread(x: FloatTensor<Self>) -> FloatTensor<Self>;

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

    /// Convolves `x`, `[batch, ci, depth, height, width]`, with `weight`, `[co, ci]`, and adds
    /// `bias`, `[co]`.
    fn pointwise(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// Gradients of input, weights and bias of [`Kernels::pointwise`].
    fn pointwise_gradients(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 3];
}

/// What an optimizer does, on every device and without autodiff.
#[backend_extension(Flex, Cube)]
pub trait OptimizerBackend: Backend {
    /// `squares`, `[SQUARE_PARTS * parameters]`, with the sum of the squares of the gradient of
    /// parameter `index` in parts.
    fn optimizer_squares(
        squares: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        index: usize,
    ) -> FloatTensor<Self>;

    /// A parameter, and its moments, `[3, values]`, after a step: see [`AdamWStep`].
    fn optimizer_step(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        squares: FloatTensor<Self>,
        step: AdamWStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// The operations of a network, on every device.
#[backend_extension(Flex, Cube, Autodiff)]
pub trait NetworkBackend: Backend {
    /// See [`conv`].
    fn network_conv(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self>;

    /// See [`conv_joined`].
    fn network_conv_joined(
        x: FloatTensor<Self>,
        y: FloatTensor<Self>,
        weight: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`norm_activation`].
    fn network_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`pointwise`].
    fn network_pointwise(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// See [`gather`].
    fn network_gather(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// See [`spread`].
    fn network_spread(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

macro_rules! without_autodiff {
    ($backend:ty) => {
        impl NetworkBackend for $backend {
            fn network_conv(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
                Self::conv([x], weight)
            }

            fn network_conv_joined(
                x: FloatTensor<Self>,
                y: FloatTensor<Self>,
                weight: FloatTensor<Self>,
            ) -> FloatTensor<Self> {
                Self::conv([x, y], weight)
            }

            fn network_norm(
                x: FloatTensor<Self>,
                gamma: FloatTensor<Self>,
                beta: FloatTensor<Self>,
            ) -> FloatTensor<Self> {
                Self::norm(x, gamma, beta).0
            }

            fn network_pointwise(
                x: FloatTensor<Self>,
                weight: FloatTensor<Self>,
                bias: FloatTensor<Self>,
            ) -> FloatTensor<Self> {
                Self::pointwise(x, weight, bias)
            }

            fn network_gather(x: FloatTensor<Self>) -> FloatTensor<Self> {
                Self::gather(x)
            }

            fn network_spread(x: FloatTensor<Self>) -> FloatTensor<Self> {
                Self::spread(x)
            }
        }
    };
}

without_autodiff!(Flex);
without_autodiff!(Cube);

/// 3 x 3 x 3 convolution with zero padding, stride 1 and no bias.
///
/// `x` is `[batch, ci, depth, height, width]`, `weight` is `[co, ci, 3, 3, 3]`.
pub fn conv(x: Tensor<5>, weight: Tensor<5>) -> Tensor<5> {
    Tensor::from_dispatch(<Dispatch as NetworkBackend>::network_conv(
        x.into_dispatch(),
        weight.into_dispatch(),
    ))
}

/// [`conv`] of `x` and `y` joined along their channels, without a copy on the CPU.
pub fn conv_joined(x: Tensor<5>, y: Tensor<5>, weight: Tensor<5>) -> Tensor<5> {
    Tensor::from_dispatch(<Dispatch as NetworkBackend>::network_conv_joined(
        x.into_dispatch(),
        y.into_dispatch(),
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

/// 1 x 1 x 1 convolution with a bias.
///
/// `x` is `[batch, ci, depth, height, width]`, `weight` is `[co, ci]`, `bias` is `[co]`.
pub fn pointwise(x: Tensor<5>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<5> {
    Tensor::from_dispatch(<Dispatch as NetworkBackend>::network_pointwise(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
    ))
}

/// Every 2 x 2 x 2 voxels become one voxel of eight times the channels:
/// `[batch, channels, 2 d, 2 h, 2 w]` to `[batch, 8 channels, d, h, w]`.
pub fn gather(x: Tensor<5>) -> Tensor<5> {
    Tensor::from_dispatch(<Dispatch as NetworkBackend>::network_gather(
        x.into_dispatch(),
    ))
}

/// The reverse of [`gather`].
pub fn spread(x: Tensor<5>) -> Tensor<5> {
    Tensor::from_dispatch(<Dispatch as NetworkBackend>::network_spread(
        x.into_dispatch(),
    ))
}
