use burn::backend::ops::{ActivationOps, FloatTensorOps};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Cube, Scalar, TensorMetadata};
use burn::tensor::Shape;

use super::{Kernels, NetworkBackend, norm};

type T = FloatTensor<Cube>;

impl NetworkBackend for Cube {
    fn network_conv(x: T, weight: T) -> T {
        Self::conv(x, weight)
    }

    fn network_norm(x: T, gamma: T, beta: T) -> T {
        Self::norm(x, gamma, beta).0
    }
}

/// `[batch, channels, voxels]` of an input.
fn sizes(x: &T) -> [usize; 3] {
    let shape = x.shape();
    [shape[0], shape[1], shape[2] * shape[3] * shape[4]]
}

fn per_channel(x: T, channels: usize) -> T {
    Cube::float_reshape(x, Shape::new([1, channels, 1]))
}

impl Kernels for Cube {
    fn norm(x: T, gamma: T, beta: T) -> (T, T) {
        let shape = x.shape();
        let [batch, channels, voxels] = sizes(&x);
        let x = Self::float_reshape(x, Shape::new([batch, channels, voxels]));
        let mean = Self::float_mean_dim(x.clone(), 2);
        let centred = Self::float_sub(x, mean.clone());
        let variance = Self::float_mean_dim(Self::float_mul(centred.clone(), centred.clone()), 2);
        let inverse = Self::float_recip(Self::float_sqrt(Self::float_add_scalar(
            variance,
            Scalar::from(norm::EPSILON),
        )));
        let scaled = Self::float_mul(
            Self::float_mul(centred, inverse.clone()),
            per_channel(gamma, channels),
        );
        let shifted = Self::float_add(scaled, per_channel(beta, channels));
        let out = Self::leaky_relu(shifted, Scalar::from(norm::SLOPE));
        (
            Self::float_reshape(out, shape),
            Self::float_cat(vec![mean, inverse], 2),
        )
    }

    fn norm_gradients(x: T, gamma: T, beta: T, statistics: T, grad: T) -> [T; 3] {
        let shape = x.shape();
        let [batch, channels, voxels] = sizes(&x);
        let flat = Shape::new([batch, channels, voxels]);
        let column = |c: usize| {
            Self::float_slice(
                statistics.clone(),
                &[(0..batch).into(), (0..channels).into(), (c..c + 1).into()],
            )
        };
        let (mean, inverse) = (column(0), column(1));
        let gamma = per_channel(gamma, channels);
        let normalised = Self::float_mul(
            Self::float_sub(Self::float_reshape(x, flat.clone()), mean),
            inverse.clone(),
        );
        let before = Self::float_add(
            Self::float_mul(normalised.clone(), gamma.clone()),
            per_channel(beta, channels),
        );
        let grad = Self::float_reshape(grad, flat);
        // Slope everywhere, and the rest of the gradient where the activation is positive.
        let positive = Self::relu_backward(Self::relu(before), grad.clone());
        let grad = Self::float_add(
            Self::float_mul_scalar(grad, Scalar::from(norm::SLOPE)),
            Self::float_mul_scalar(positive, Scalar::from(1.0 - norm::SLOPE)),
        );
        let weighted = Self::float_mul(grad.clone(), normalised.clone());
        let (mean_beta, mean_gamma) = (
            Self::float_mean_dim(grad.clone(), 2),
            Self::float_mean_dim(weighted.clone(), 2),
        );
        let grad_x = Self::float_mul(
            Self::float_sub(
                Self::float_sub(grad.clone(), mean_beta),
                Self::float_mul(normalised, mean_gamma),
            ),
            Self::float_mul(inverse, gamma),
        );
        let over_batch = |x: T| {
            let sums = Self::float_sum_dim(Self::float_sum_dim(x, 2), 0);
            Self::float_reshape(sums, Shape::new([channels]))
        };
        [
            Self::float_reshape(grad_x, shape),
            over_batch(weighted),
            over_batch(grad),
        ]
    }
}
