//! The network on the GPU against the network on the CPU.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use burn::module::{Module as _, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use corelith_gpu::{Compute, low_limits_context, test_context};
use corelith_unet::{Network, burn_device, conv, norm_activation};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Largest difference, relative to the largest value; infinite where one is no number.
fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().fold(1e-6f32, |m, v| m.max(v.abs()));
    let differences = found.iter().zip(expected).map(|(f, e)| (f - e).abs());
    let largest = differences.fold(0.0, |m: f32, d| {
        m.max(if d.is_nan() { f32::INFINITY } else { d })
    });
    largest / scale
}

/// Sums of some hundred products in another order.
const TOLERANCE: f32 = 2e-4;

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

fn gpu() -> Option<Device> {
    let context = test_context()?;
    Some(burn_device(&Compute::Gpu(context)).unwrap())
}

fn random<const D: usize>(shape: [usize; D], seed: u64) -> TensorData {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let values: Vec<f32> = (0..shape.iter().product())
        .map(|_| rng.random_range(-1.0..1.0))
        .collect();
    TensorData::new(values, shape)
}

#[test]
fn one_changed_value_is_seen() {
    let expected = vec![0.5; 1000];
    let mut found = expected.clone();
    assert_eq!(difference(&found, &expected), 0.0);
    for at in [0, 517, 999] {
        for wrong in [0.501, f32::NAN, f32::NEG_INFINITY] {
            found[at] = wrong;
            assert!(difference(&found, &expected) > TOLERANCE, "{at} {wrong}");
        }
        found[at] = expected[at];
    }
}

#[test]
fn convolution_norm_and_their_gradients() {
    let Some(gpu) = gpu() else { return };
    let x = random([2, 3, 4, 5, 6], 1);
    let weight = random([4, 3, 3, 3, 3], 2);
    let gamma = random([4], 3);
    let beta = random([4], 4);
    let outer = random([2, 4, 4, 5, 6], 5);
    let run = |device: &Device| {
        let device = device.clone().autodiff();
        let leaf5 = |d: &TensorData| Tensor::<5>::from_data(d.clone(), &device).require_grad();
        let leaf1 = |d: &TensorData| Tensor::<1>::from_data(d.clone(), &device).require_grad();
        let (x, weight, gamma, beta) = (leaf5(&x), leaf5(&weight), leaf1(&gamma), leaf1(&beta));
        let out = norm_activation(conv(x.clone(), weight.clone()), gamma.clone(), beta.clone());
        let grads = (out.clone() * Tensor::from_data(outer.clone(), &device))
            .sum()
            .backward();
        [
            values(out.inner()),
            values(x.grad(&grads).unwrap()),
            values(weight.grad(&grads).unwrap()),
            values(gamma.grad(&grads).unwrap()),
            values(beta.grad(&grads).unwrap()),
        ]
    };
    let names = ["output", "input", "weight", "gamma", "beta"];
    for ((found, expected), name) in run(&gpu).iter().zip(run(&Device::flex())).zip(names) {
        let difference = difference(found, &expected);
        assert!(difference < TOLERANCE, "{name}: {difference}");
    }
}

/// The gradients of all parameters, in their order.
struct Collector<'a> {
    gradients: &'a Gradients,
    found: Vec<Vec<f32>>,
}

impl ModuleVisitor for Collector<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let gradient = param.val().grad(self.gradients).unwrap();
        self.found.push(values(gradient));
    }
}

#[test]
fn the_whole_network_and_its_gradients() {
    let Some(gpu) = gpu() else { return };
    assert_network_parity(&gpu);
}

#[test]
fn the_least_limits_that_adapters_have_do() {
    let Some(context) = low_limits_context() else {
        return;
    };
    let compute = Compute::Gpu(context.clone());
    assert_network_parity(&burn_device(&compute).unwrap());
    context.check("the test").unwrap();
    let launches = context.take_counts().launches;
    // A forward pass has a norm behind every convolution but the last and those of skips.
    assert!(launches["conv3d"] > launches["norm_apply"], "{launches:?}");
    assert_eq!(launches["norm_apply"], launches["norm_gradient"]);
    // Weights, and the bias of pointwise convolutions.
    let sums = launches["conv3d_weight"] + 2 * launches["pointwise_weight"];
    assert_eq!(launches["split_sum"], sums);
}

fn assert_network_parity(gpu: &Device) {
    let input = random([1, 1, 8, 12, 16], 6);
    let outer = random([1, 5, 8, 12, 16], 7);
    let run = |device: &Device| {
        let device = device.clone().autodiff();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let network = Network::new(4, 3, 5, &mut rng, &device);
        let tensor = |data: &TensorData| Tensor::<5>::from_data(data.clone(), &device);
        let out = network.forward(tensor(&input));
        let gradients = (out.clone() * tensor(&outer)).sum().backward();
        let mut collector = Collector {
            gradients: &gradients,
            found: vec![values(out.inner())],
        };
        network.visit(&mut collector);
        collector.found
    };
    for (i, (found, expected)) in run(gpu).iter().zip(run(&Device::flex())).enumerate() {
        let difference = difference(found, &expected);
        // A dozen norms, each of which divides by a small number.
        assert!(difference < 2e-3, "{i}: {difference}");
    }
}
