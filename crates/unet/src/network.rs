//! The 3D U-Net (Çiçek et al. 2016), with the habits of nnU-Net (Isensee et al. 2021): instance
//! norm, leaky ReLU, strided convolutions down.
//!
//! Down is a 2 x 2 x 2 convolution of stride 2, up a 1 x 1 x 1 convolution to eight times the
//! channels whose result is spread over 2 x 2 x 2 voxels (Shi et al. 2016): both are plain matrix
//! products, where the transposed convolutions of most backends are slow.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;

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
            .map(|_| (crate::random::normal(self.rng) * sigma) as f32)
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
}

impl Pointwise {
    fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        let [batch, ci, depth, height, width] = x.dims();
        let co = self.bias.dims()[0];
        let x = x.reshape([batch, ci, depth * height * width]);
        let weight = self.weight.val().reshape([1, co, ci]);
        let out = weight.matmul(x) + self.bias.val().reshape([1, co, 1]);
        out.reshape([batch, co, depth, height, width])
    }
}

/// Every 2 x 2 x 2 voxels become one voxel of eight times the channels.
fn gather(x: Tensor<5>) -> Tensor<5> {
    let [batch, channels, depth, height, width] = x.dims();
    let [d, h, w] = [depth / 2, height / 2, width / 2];
    x.reshape([batch, channels, d, 2, h, 2, w, 2])
        .permute([0, 1, 3, 5, 7, 2, 4, 6])
        .reshape([batch, 8 * channels, d, h, w])
}

/// The reverse of [`gather`].
fn spread(x: Tensor<5>) -> Tensor<5> {
    let [batch, channels, d, h, w] = x.dims();
    x.reshape([batch, channels / 8, 2, 2, 2, d, h, w])
        .permute([0, 1, 5, 2, 6, 3, 7, 4])
        .reshape([batch, channels / 8, 2 * d, 2 * h, 2 * w])
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

    /// Scores of every class, `[batch, classes, depth, height, width]`, of grey values
    /// `[batch, 1, depth, height, width]` whose sides are multiples of `2^(levels - 1)`.
    pub fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        let mut skips = Vec::with_capacity(self.encoders.len());
        let mut x = x;
        for encoder in &self.encoders {
            if let Some(down) = &encoder.down {
                skips.push(x.clone());
                x = down.forward(gather(x));
            }
            x = run(&encoder.blocks, x);
        }
        for decoder in &self.decoders {
            x = spread(decoder.up.forward(x));
            if let Some(skip) = skips.pop() {
                x = Tensor::cat(vec![skip, x], 1);
            }
            x = run(&decoder.blocks, x);
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

fn run(blocks: &[Block], x: Tensor<5>) -> Tensor<5> {
    blocks.iter().fold(x, |x, block| block.forward(x))
}
