//! The kernels of `shaders/` inside Burn's wgpu backend.

mod adamw;
mod conv;
mod launch;
mod layer;
mod norm;
mod pointwise;
mod splits;
#[cfg(test)]
mod tests;

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Cube, TensorMetadata};
use burn::tensor::Shape;

use super::{AdamWStep, Kernels, OptimizerBackend};

type T = FloatTensor<Cube>;

/// One tensor of all channels.
fn joined<const N: usize>(inputs: [T; N]) -> T {
    Cube::float_cat(inputs.into(), 1)
}

fn permuted<const N: usize>(x: T, shape: [usize; 8], axes: [usize; 8], to: [usize; N]) -> T {
    let x = Cube::float_permute(Cube::float_reshape(x, Shape::new(shape)), &axes);
    Cube::float_reshape(x, Shape::new(to))
}

impl Kernels for Cube {
    fn conv<const N: usize>(inputs: [T; N], weight: T) -> T {
        conv::forward(joined(inputs), weight)
    }

    fn conv_input_gradients<const N: usize>(channels: [usize; N], weight: T, grad: T) -> [T; N] {
        let all = conv::input_gradient(weight, grad);
        let shape = all.shape();
        let mut first = 0;
        channels.map(|here| {
            let ranges: Vec<_> = (0..5)
                .map(|axis| match axis {
                    1 => first..first + here,
                    _ => 0..shape[axis],
                })
                .map(Into::into)
                .collect();
            first += here;
            Self::float_slice(all.clone(), &ranges)
        })
    }

    fn conv_weight_gradient<const N: usize>(inputs: [T; N], grad: T) -> T {
        conv::weight_gradient(joined(inputs), grad)
    }

    fn gather(x: T) -> T {
        let s = x.shape();
        let [d, h, w] = [s[2] / 2, s[3] / 2, s[4] / 2];
        permuted(
            x,
            [s[0], s[1], d, 2, h, 2, w, 2],
            [0, 1, 3, 5, 7, 2, 4, 6],
            [s[0], 8 * s[1], d, h, w],
        )
    }

    fn spread(x: T) -> T {
        let s = x.shape();
        permuted(
            x,
            [s[0], s[1] / 8, 2, 2, 2, s[2], s[3], s[4]],
            [0, 1, 5, 2, 6, 3, 7, 4],
            [s[0], s[1] / 8, 2 * s[2], 2 * s[3], 2 * s[4]],
        )
    }

    fn norm(x: T, gamma: T, beta: T) -> (T, T) {
        let [out, statistics] = norm::forward(x, gamma, beta);
        (out, statistics)
    }

    fn norm_gradients(x: T, gamma: T, beta: T, statistics: T, grad: T) -> [T; 3] {
        norm::gradients(x, gamma, beta, statistics, grad)
    }

    fn pointwise(x: T, weight: T, bias: T) -> T {
        pointwise::forward(x, weight, bias)
    }

    fn pointwise_gradients(x: T, weight: T, grad: T) -> [T; 3] {
        pointwise::gradients(x, weight, grad)
    }
}

impl OptimizerBackend for Cube {
    fn optimizer_squares(squares: T, gradient: T, index: usize) -> T {
        adamw::squares(squares, gradient, index)
    }

    fn optimizer_step(
        parameter: T,
        gradient: T,
        moments: T,
        squares: T,
        step: AdamWStep,
    ) -> (T, T) {
        adamw::step(parameter, gradient, moments, &squares, step)
    }
}
