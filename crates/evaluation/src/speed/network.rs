use burn::module::Module as _;
use burn::tensor::{Device, Tensor, TensorData};
use corelith_unet::{Network, Optimizer, StepSize, values};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// The network that is timed, as the default settings build it for six classes.
const WIDTH: usize = 16;
const LEVELS: usize = 3;
const CLASSES: usize = 6;

/// Floating-point operations of one way through the network, for a patch of that side.
pub(super) fn operations(side: usize) -> f64 {
    Network::operations(WIDTH, LEVELS, CLASSES, side.pow(3))
}

/// A network of random weights on one device, and a patch of noise.
pub(super) struct OnNoise {
    network: Network,
    patch: Tensor<5>,
}

impl OnNoise {
    /// The same weights and the same noise on every device.
    pub(super) fn new(side: usize, seed: u64, device: &Device) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let network = Network::new(WIDTH, LEVELS, CLASSES, &mut rng, device);
        let noise: Vec<f32> = (0..side.pow(3))
            .map(|_| rng.random_range(-1.0..1.0))
            .collect();
        let noise = TensorData::new(noise, [1, 1, side, side, side]);
        Self {
            network,
            patch: Tensor::from_data(noise, device),
        }
    }

    /// The scores of all classes.
    pub(super) fn scores(&self) -> Vec<f32> {
        values(self.network.clone().no_grad().forward(self.patch.clone()))
    }

    /// What steps are made with.
    pub(super) fn optimizer(&self, device: &Device) -> Optimizer {
        Optimizer::new(&self.network, device)
    }

    /// One step down the mean square of the scores; that mean before it. The network stays as it is.
    pub(super) fn step(&self, optimizer: &mut Optimizer, device: &Device) -> Vec<f32> {
        let loss = self
            .network
            .forward(self.patch.clone().autodiff())
            .square()
            .mean();
        let before = loss.clone();
        let size = StepSize {
            step: 1,
            learning_rate: 1e-3,
            weight_decay: 0.01,
            gradient_norm: 1.0,
            mean_decay: 0.99,
        };
        std::hint::black_box(optimizer.step(self.network.clone(), loss.backward(), size));
        device.sync().ok();
        values(before)
    }
}
