//! Every kernel against its CPU twin. Outputs start as NaN: see [`empty`](super::launch::empty).

use burn::tensor::{Device, Tensor, TensorData};
use corelith_gpu::{Compute, GpuContext, assert_launched, test_context};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::kernels::{burn_device, conv, norm_activation, pointwise};
use crate::learning::{Optimizer, StepSize};
use crate::network::Network;
use crate::network::weights::parameters;

fn gpu() -> Option<(GpuContext, Device)> {
    let context = test_context()?;
    let device = burn_device(&Compute::Gpu(context.clone())).unwrap();
    Some((context, device))
}

/// Numbers from `middle - 1` to `middle + 1`.
fn random<const D: usize>(shape: [usize; D], middle: f32, seed: u64) -> TensorData {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let values: Vec<f32> = (0..shape.iter().product())
        .map(|_| rng.random_range(middle - 1.0..middle + 1.0))
        .collect();
    TensorData::new(values, shape)
}

fn leaf<const D: usize>(data: &TensorData, device: &Device) -> Tensor<D> {
    Tensor::from_data(data.clone(), &device.clone().autodiff()).require_grad()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

/// Where the first value is that is further off than `tolerance`, or not a number.
fn first_difference(found: &[f32], expected: &[f32], tolerance: f32) -> Option<(usize, f32, f32)> {
    assert_eq!(found.len(), expected.len());
    let near = |i: usize| (found[i] - expected[i]).abs() <= tolerance;
    (0..found.len())
        .find(|&i| !near(i))
        .map(|i| (i, found[i], expected[i]))
}

/// Both sum up `terms` products of numbers below 1, in different orders: half an ulp an addition
/// each. A wrong index is off by about 1.
fn of_sums(terms: usize) -> f32 {
    f32::EPSILON * terms.max(8) as f32
}

#[test]
fn one_changed_value_shows() {
    let expected = vec![0.5; 1000];
    let tolerance = of_sums(100_000);
    let mut found = expected.clone();
    assert_eq!(first_difference(&found, &expected, tolerance), None);
    for at in [0, 517, 999] {
        for wrong in [0.52, f32::NAN, f32::INFINITY] {
            found[at] = wrong;
            let difference = first_difference(&found, &expected, tolerance);
            assert_eq!(difference.map(|(i, ..)| i), Some(at), "{wrong}");
        }
        found[at] = expected[at];
    }
}

#[test]
fn convolution_and_both_gradients() {
    let Some((context, gpu)) = gpu() else { return };
    // Tiles that are full and cut on every axis, channels below, at and above a group and a chunk.
    for (batch, [ci, co], [d, h, w]) in [
        (1, [1, 1], [1, 1, 1]),
        (2, [3, 5], [3, 9, 18]),
        (1, [8, 16], [4, 8, 16]),
        (1, [9, 17], [5, 3, 33]),
        (1, [1, 8], [6, 17, 15]),
    ] {
        let x = random([batch, ci, d, h, w], 0.0, 1);
        let weight = random([co, ci, 3, 3, 3], 0.0, 2);
        let outer = random([batch, co, d, h, w], 0.0, 3);
        let run = |device: &Device| {
            let (x, weight) = (leaf::<5>(&x, device), leaf::<5>(&weight, device));
            let out = conv(x.clone(), weight.clone());
            let grads = (out.clone() * leaf(&outer, device)).sum().backward();
            [
                values(out.inner()),
                values(x.grad(&grads).unwrap()),
                values(weight.grad(&grads).unwrap()),
            ]
        };
        let terms = [27 * ci, 27 * co, batch * d * h * w];
        for ((found, expected), terms) in run(&gpu).iter().zip(&run(&Device::flex())).zip(terms) {
            let difference = first_difference(found, expected, of_sums(terms));
            assert_eq!(difference, None, "{batch} {ci} {co} {d} {h} {w}: {terms}");
        }
    }
    assert_launched(&context, &["conv3d", "conv3d_weight", "split_sum"]);
}

#[test]
fn pointwise_and_its_gradients() {
    let Some((context, gpu)) = gpu() else { return };
    // Channels below, at and above a chunk and a side, voxels below, at and above a tile.
    for (batch, [ci, co], [d, h, w]) in [
        (1, [1, 1], [1, 1, 1]),
        (2, [3, 17], [3, 5, 9]),
        (1, [32, 16], [4, 4, 8]),
        (3, [31, 33], [2, 3, 5]),
        (1, [70, 6], [5, 16, 17]),
    ] {
        let x = random([batch, ci, d, h, w], 0.0, 1);
        let (weight, bias) = (random([co, ci], 0.0, 2), random([co], 0.0, 3));
        let outer = random([batch, co, d, h, w], 0.0, 4);
        let run = |device: &Device| {
            let x = leaf::<5>(&x, device);
            let (weight, bias) = (leaf::<2>(&weight, device), leaf::<1>(&bias, device));
            let out = pointwise(x.clone(), weight.clone(), bias.clone());
            let grads = (out.clone() * leaf(&outer, device)).sum().backward();
            [
                values(out.inner()),
                values(x.grad(&grads).unwrap()),
                values(weight.grad(&grads).unwrap()),
                values(bias.grad(&grads).unwrap()),
            ]
        };
        let voxels = batch * d * h * w;
        let terms = [ci + 1, co, voxels, voxels];
        for ((found, expected), terms) in run(&gpu).iter().zip(&run(&Device::flex())).zip(terms) {
            let difference = first_difference(found, expected, of_sums(terms));
            assert_eq!(difference, None, "{batch} {ci} {co} {d} {h} {w}: {terms}");
        }
    }
    assert_launched(&context, &["pointwise", "pointwise_weight", "split_sum"]);
}

#[test]
fn steps_of_the_optimizer() {
    let Some((context, gpu)) = gpu() else { return };
    // With gradients that are cut, and that are not.
    for gradient_norm in [1e-3, 1e6] {
        let run = |device: &Device| {
            let mut rng = ChaCha8Rng::seed_from_u64(5);
            let mut network = Network::new(4, 2, 3, &mut rng, &device.clone().autodiff());
            let mut optimizer = Optimizer::new(&network, device);
            for step in 0..3 {
                let patch = random([1, 1, 4, 6, 8], 0.0, step as u64);
                let patch = Tensor::<5>::from_data(patch, &device.clone().autodiff());
                let gradients = network.forward(patch).square().mean().backward();
                let size = StepSize {
                    step,
                    learning_rate: 1e-3,
                    weight_decay: 0.01,
                    gradient_norm,
                    mean_decay: 0.99,
                };
                network = optimizer.step(network, gradients, size);
            }
            let mut arrays = parameters(&network);
            arrays.extend(optimizer.state());
            arrays
        };
        for (found, expected) in run(&gpu).iter().zip(&run(&Device::flex())) {
            let name = &expected.name;
            // The first steps go by the signs of gradients, which are noise where these are small.
            let largest = expected.values.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
            let tolerance = 1e-3 * largest.max(0.01);
            let difference = first_difference(&found.values, &expected.values, tolerance);
            assert_eq!(difference, None, "{name}, norm {gradient_norm}");
        }
    }
    assert_launched(&context, &["square_sum", "adamw"]);
}

#[test]
fn norm_and_its_gradients() {
    let Some((context, gpu)) = gpu() else { return };
    // One chunk, several whole and cut ones, and more voxels than chunks of the least length hold.
    for (batch, channels, [d, h, w]) in [
        (1, 1, [1, 1, 2]),
        (2, 3, [3, 9, 18]),
        (1, 2, [2, 32, 48]),
        (1, 1, [65, 64, 64]),
    ] {
        // A mean that is large beside the deviation shows a variance from squares of whole values.
        let x = random([batch, channels, d, h, w], 8.0, 1);
        let (gamma, beta) = (random([channels], 0.0, 2), random([channels], 0.0, 3));
        let outer = {
            let at = |data| Tensor::from_data(data, &Device::flex());
            let out = norm_activation(
                at(x.clone()),
                leaf(&gamma, &Device::flex()).inner(),
                leaf(&beta, &Device::flex()).inner(),
            );
            // At the kink of the activation the last bit decides on the slope.
            let kink = out.abs().lower_elem(1e-5);
            let outer: Tensor<5> = at(random([batch, channels, d, h, w], 0.0, 4));
            outer.mask_fill(kink, 0.0).into_data()
        };
        let run = |device: &Device| {
            let x = leaf::<5>(&x, device);
            let (gamma, beta) = (leaf::<1>(&gamma, device), leaf::<1>(&beta, device));
            let out = norm_activation(x.clone(), gamma.clone(), beta.clone());
            let grads = (out.clone() * leaf(&outer, device)).sum().backward();
            [
                values(out.inner()),
                values(x.grad(&grads).unwrap()),
                values(gamma.grad(&grads).unwrap()),
                values(beta.grad(&grads).unwrap()),
            ]
        };
        let voxels = batch * d * h * w;
        // The mean of 8 is exact to an ulp of 8, and the values are stretched by the deviation,
        // which may be small where there are two values.
        let elements = 16.0 * f32::EPSILON * if voxels < 10 { 1000.0 } else { 16.0 };
        let tolerances = [elements, elements, of_sums(8 * voxels), of_sums(voxels)];
        for ((found, expected), tolerance) in
            run(&gpu).iter().zip(&run(&Device::flex())).zip(tolerances)
        {
            let difference = first_difference(found, expected, tolerance);
            assert_eq!(difference, None, "{batch} {channels} {d} {h} {w}");
        }
    }
    assert_launched(
        &context,
        &[
            "norm_moments",
            "norm_statistics",
            "norm_apply",
            "norm_gradient_sums",
            "norm_gradient_affine",
            "norm_gradient",
        ],
    );
}
