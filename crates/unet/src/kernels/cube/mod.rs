//! The kernels of `shaders/` inside Burn's wgpu backend.

mod conv;
mod launch;
mod norm;
#[cfg(test)]
mod tests;

use burn::backend::Cube;
use burn::backend::tensor::FloatTensor;

use super::{Kernels, NetworkBackend};

type T = FloatTensor<Cube>;

impl NetworkBackend for Cube {
    fn network_conv(x: T, weight: T) -> T {
        Self::conv(x, weight)
    }

    fn network_norm(x: T, gamma: T, beta: T) -> T {
        Self::norm(x, gamma, beta).0
    }
}

impl Kernels for Cube {
    fn conv(x: T, weight: T) -> T {
        conv::forward(x, weight)
    }

    fn conv_input_gradient(weight: T, grad: T) -> T {
        conv::input_gradient(weight, grad)
    }

    fn conv_weight_gradient(x: T, grad: T) -> T {
        conv::weight_gradient(x, grad)
    }

    fn norm(x: T, gamma: T, beta: T) -> (T, T) {
        let [out, statistics] = norm::forward(x, gamma, beta);
        (out, statistics)
    }

    fn norm_gradients(x: T, gamma: T, beta: T, statistics: T, grad: T) -> [T; 3] {
        norm::gradients(x, gamma, beta, statistics, grad)
    }
}
