//! The 3D U-Net (Çiçek et al. 2016), with the habits of nnU-Net (Isensee et al. 2021): instance
//! norm, leaky ReLU, strided convolutions down.
//!
//! Down is a 2 x 2 x 2 convolution of stride 2, up a 1 x 1 x 1 convolution to eight times the
//! channels whose result is spread over 2 x 2 x 2 voxels (Shi et al. 2016): both are plain matrix
//! products, where the transposed convolutions of most backends are slow.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use crate::kernels;

/// Convolutions a level and side.
const DEPTH: usize = 2;

/// A 3 x 3 x 3 convolution, instance norm and leaky ReLU.
#[derive(Module, Debug)]
struct Block {
    weight: Param<Tensor<5>>,
    gamma: Param<Tensor<1>>,
    beta: Param<Tensor<1>>,
}

/// A matrix product over the channels of each voxel.
#[derive(Module, Debug)]
struct Pointwise {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

/// One level of the way down.
#[derive(Module, Debug)]
struct Encoder {
    down: Option<Pointwise>,
    blocks: Vec<Block>,
}

/// One level of the way up.
#[derive(Module, Debug)]
struct Decoder {
    up: Pointwise,
    blocks: Vec<Block>,
}

/// The network.
#[derive(Module, Debug)]
pub struct Network {
    encoders: Vec<Encoder>,
    decoders: Vec<Decoder>,
    head: Pointwise,
}

/// Draws initial weights: normal, variance `gain / fan_in` (He et al. 2015).
struct Initial<'a> {
    rng: &'a mut ChaCha8Rng,
    device: &'a Device,
}

impl Initial<'_> {
    fn normal<const D: usize>(
        &mut self,
        shape: [usize; D],
        fan_in: usize,
        gain: f64,
    ) -> Param<Tensor<D>> {
        let sigma = (gain / fan_in as f64).sqrt();
        let values: Vec<f32> = (0..shape.iter().product())
            .map(|_| (self.rng.sample::<f64, _>(StandardNormal) * sigma) as f32)
            .collect();
        self.parameter(values, shape)
    }

    fn constant(&self, value: f32, len: usize) -> Param<Tensor<1>> {
        self.parameter(vec![value; len], [len])
    }

    fn parameter<const D: usize>(&self, values: Vec<f32>, shape: [usize; D]) -> Param<Tensor<D>> {
        Param::from_tensor(Tensor::from_data(
            TensorData::new(values, shape),
            self.device,
        ))
    }

    fn block(&mut self, ci: usize, co: usize) -> Block {
        Block {
            weight: self.normal([co, ci, 3, 3, 3], 27 * ci, 2.0),
            gamma: self.constant(1.0, co),
            beta: self.constant(0.0, co),
        }
    }

    fn pointwise(&mut self, ci: usize, co: usize) -> Pointwise {
        Pointwise {
            weight: self.normal([co, ci], ci, 1.0),
            bias: self.constant(0.0, co),
        }
    }

    fn blocks(&mut self, ci: usize, co: usize) -> Vec<Block> {
        (0..DEPTH)
            .map(|i| self.block(if i == 0 { ci } else { co }, co))
            .collect()
    }
}

impl Block {
    fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        let x = kernels::conv(x, self.weight.val());
        kernels::norm_activation(x, self.gamma.val(), self.beta.val())
    }

    /// [`Block::forward`] of `x` and `y` joined along their channels.
    fn forward_joined(&self, x: Tensor<5>, y: Tensor<5>) -> Tensor<5> {
        let x = kernels::conv_joined(x, y, self.weight.val());
        kernels::norm_activation(x, self.gamma.val(), self.beta.val())
    }
}

impl Pointwise {
    fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        kernels::pointwise(x, self.weight.val(), self.bias.val())
    }
}

impl Network {
    /// A network with random weights: `width` channels at the finest of `levels`, one input
    /// channel, one output a class.
    pub fn new(
        width: usize,
        levels: usize,
        classes: usize,
        rng: &mut ChaCha8Rng,
        device: &Device,
    ) -> Self {
        let mut initial = Initial { rng, device };
        let channels = |level: usize| width << level;
        let encoders = (0..levels)
            .map(|level| Encoder {
                down: (level > 0)
                    .then(|| initial.pointwise(8 * channels(level - 1), channels(level))),
                blocks: initial.blocks(
                    if level == 0 { 1 } else { channels(level) },
                    channels(level),
                ),
            })
            .collect();
        let decoders = (0..levels - 1)
            .rev()
            .map(|level| Decoder {
                up: initial.pointwise(channels(level + 1), 8 * channels(level)),
                blocks: initial.blocks(2 * channels(level), channels(level)),
            })
            .collect();
        Self {
            encoders,
            decoders,
            head: initial.pointwise(width, classes),
        }
    }

    /// Number of weights of a network of that kind.
    pub(crate) fn parameter_count(width: usize, levels: usize, classes: usize) -> usize {
        let channels = |level: usize| width << level;
        let pointwise = |ci: usize, co: usize| ci * co + co;
        let blocks = |ci: usize, co: usize| {
            let block = |ci: usize| 27 * ci * co + 2 * co;
            block(ci) + (DEPTH - 1) * block(co)
        };
        let encoder = |level: usize| match level {
            0 => blocks(1, width),
            level => {
                pointwise(8 * channels(level - 1), channels(level))
                    + blocks(channels(level), channels(level))
            }
        };
        let decoder = |level: usize| {
            pointwise(channels(level + 1), 8 * channels(level))
                + blocks(2 * channels(level), channels(level))
        };
        (0..levels).map(encoder).sum::<usize>()
            + (0..levels - 1).map(decoder).sum::<usize>()
            + pointwise(width, classes)
    }

    /// Floating-point operations (products and sums) of one way through a network of that kind, for
    /// a patch of so many voxels; norms and activations, which memory bounds, are left out.
    pub fn operations(width: usize, levels: usize, classes: usize, voxels: usize) -> f64 {
        let channels = |level: usize| width << level;
        let at = |level: usize| voxels as f64 / f64::from(1_u32 << (3 * level));
        let blocks = |ci: usize, co: usize| 27 * co * (ci + (DEPTH - 1) * co);
        let encoders = (0..levels).map(|level| {
            let ci = if level == 0 { 1 } else { channels(level) };
            let down = level
                .checked_sub(1)
                .map_or(0, |above| 8 * channels(above) * channels(level));
            at(level) * (down + blocks(ci, channels(level))) as f64
        });
        let decoders = (0..levels - 1).map(|level| {
            // Made at the coarser level, eight voxels at once.
            let up = at(level + 1) * (channels(level + 1) * 8 * channels(level)) as f64;
            up + at(level) * blocks(2 * channels(level), channels(level)) as f64
        });
        let head = at(0) * (width * classes) as f64;
        2.0 * (encoders.sum::<f64>() + decoders.sum::<f64>() + head)
    }

    /// Scores of every class, `[batch, classes, depth, height, width]`, of grey values
    /// `[batch, 1, depth, height, width]` whose sides are multiples of `2^(levels - 1)`.
    pub fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        let mut skips = Vec::with_capacity(self.encoders.len());
        let mut x = x;
        for encoder in &self.encoders {
            if let Some(down) = &encoder.down {
                skips.push(x.clone());
                x = down.forward(kernels::gather(x));
            }
            x = encoder.blocks.iter().fold(x, |x, block| block.forward(x));
        }
        for decoder in &self.decoders {
            x = kernels::spread(decoder.up.forward(x));
            let mut blocks = decoder.blocks.iter();
            if let (Some(skip), Some(block)) = (skips.pop(), blocks.next()) {
                x = block.forward_joined(skip, x);
            }
            x = blocks.fold(x, |x, block| block.forward(x));
        }
        self.head.forward(x)
    }

    /// Adds to the score of a class.
    pub(crate) fn with_offset(mut self, class: usize, offset: f64) -> Self {
        let classes = self.head.bias.dims()[0];
        self.head.bias = self.head.bias.map(|bias| {
            let values: Vec<f32> = (0..classes)
                .map(|c| if c == class { offset as f32 } else { 0.0 })
                .collect();
            let data = TensorData::new(values, [classes]);
            let device = bias.device();
            bias + Tensor::from_data(data, &device)
        });
        self
    }

    /// Whether a parameter of that name belongs to the last layer, whose rows are the classes.
    pub(crate) fn is_head(name: &str) -> bool {
        name.starts_with("head")
    }
}

#[cfg(test)]
mod tests {
    use burn::module::ModuleVisitor;
    use burn::tensor::Gradients;
    use rand::SeedableRng as _;
    use serde::Deserialize;

    use super::*;
    use crate::network::weights::{NamedArray, values, with_parameters};

    #[derive(Deserialize)]
    struct Array {
        shape: [usize; 5],
        values: Vec<f32>,
    }

    #[derive(Deserialize)]
    struct Parameter {
        name: String,
        shape: Vec<usize>,
        values: Vec<f32>,
        gradient: Vec<f32>,
    }

    /// What `benches/peers/torch_unet.py --gradients` writes.
    #[derive(Deserialize)]
    struct Torch {
        input: Array,
        outer: Array,
        output: Array,
        parameters: Vec<Parameter>,
    }

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

    /// Largest difference, relative to the largest value.
    fn difference(found: &[f32], expected: &[f32]) -> f32 {
        assert_eq!(found.len(), expected.len());
        let largest = expected.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        let off = found.iter().zip(expected).map(|(f, e)| (f - e).abs());
        off.fold(0.0, f32::max) / largest
    }

    #[test]
    fn the_parameters_are_as_many_as_counted() {
        for (width, levels, classes) in [(4, 1, 2), (4, 2, 3), (8, 4, 6)] {
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            let network = Network::new(width, levels, classes, &mut rng, &Device::flex());
            let found: usize = crate::network::weights::parameters(&network)
                .iter()
                .map(|array| array.values.len())
                .sum();
            assert_eq!(found, Network::parameter_count(width, levels, classes));
        }
    }

    #[test]
    fn output_and_gradients_are_those_of_torch() {
        let torch: Torch =
            serde_json::from_str(include_str!("../../tests/data/torch_gradients.json")).unwrap();
        let device = Device::flex();
        let tensor = |array: &Array| {
            Tensor::<5>::from_data(TensorData::new(array.values.clone(), array.shape), &device)
        };
        let arrays: Vec<NamedArray> = torch
            .parameters
            .iter()
            .map(|p| NamedArray {
                name: p.name.clone(),
                shape: p.shape.clone(),
                values: p.values.clone(),
            })
            .collect();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let network = Network::new(2, 2, 3, &mut rng, &device.clone().autodiff());
        let network = with_parameters(network, &arrays).unwrap();
        let out = network.forward(tensor(&torch.input).autodiff());
        let gradients = (out.clone() * tensor(&torch.outer).autodiff())
            .sum()
            .backward();

        // Ten norms after each other, each of which divides by a deviation of some hundred values;
        // a wrong formula is off by a part in ten at least.
        let tolerance = 1e-4;
        let off = difference(&values(out.inner()), &torch.output.values);
        assert!(off < tolerance, "output: {off}");
        let mut collector = Collector {
            gradients: &gradients,
            found: Vec::new(),
        };
        network.visit(&mut collector);
        let names = crate::network::weights::parameters(&network);
        assert_eq!(names.len(), torch.parameters.len());
        for (found, NamedArray { name, .. }) in collector.found.iter().zip(&names) {
            let expected = torch.parameters.iter().find(|p| p.name == *name).unwrap();
            let off = difference(found, &expected.gradient);
            assert!(off < tolerance, "{name}: {off}");
        }
    }
}
