//! AdamW (Loshchilov and Hutter 2019) with the norm of all gradients together clipped, and the
//! running mean of the weights. On tensors, so that a GPU need not wait for the host.
//!
//! Burn's own optimizer clips each parameter alone, and its state cannot be written beside the
//! weights in one file.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};

use crate::UnetError;
use crate::network::weights::{NamedArray, parameters, values};

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.99;
const EPSILON: f64 = 1e-8;

/// State of one parameter.
#[derive(Debug, Clone)]
struct Moments {
    first: Tensor<1>,
    second: Tensor<1>,
    mean: Tensor<1>,
}

/// How a step is made.
#[derive(Debug, Clone, Copy)]
pub struct StepSize {
    /// Step, counted from 0.
    pub step: usize,
    /// Learning rate.
    pub learning_rate: f64,
    /// Decay of matrices; vectors are left alone.
    pub weight_decay: f64,
    /// Largest norm of all gradients together.
    pub gradient_norm: f64,
    /// Decay of the running mean of the weights.
    pub mean_decay: f64,
}

/// State of all parameters, in the order of the module's fields.
#[derive(Debug, Clone)]
pub struct Optimizer {
    moments: Vec<Moments>,
}

/// Names of the arrays of a parameter in a checkpoint.
const ARRAYS: [&str; 3] = ["first", "second", "mean"];

impl Optimizer {
    /// Starts at the weights of `module`.
    pub fn new<M: Module>(module: &M, device: &Device) -> Self {
        let moments = parameters(module)
            .into_iter()
            .map(|array| {
                let zeros = Tensor::zeros([array.values.len()], device);
                Moments {
                    first: zeros.clone(),
                    second: zeros,
                    mean: to_device(array.values, device),
                }
            })
            .collect();
        Self { moments }
    }

    /// One step down the gradients.
    pub fn step<M: Module>(&mut self, module: M, gradients: Gradients, size: StepSize) -> M {
        let mut collector = Collector {
            gradients,
            flat: Vec::with_capacity(self.moments.len()),
        };
        module.visit(&mut collector);
        let flat = collector.flat;
        let squares: Vec<Tensor<1>> = flat.iter().map(|g| g.clone().square().sum()).collect();
        let norm = Tensor::cat(squares, 0).sum().sqrt();
        let scale = (norm + 1e-6).recip() * size.gradient_norm;
        module.map(&mut Update {
            gradients: flat.into_iter(),
            moments: self.moments.iter_mut(),
            scale: scale.clamp_max(1.0),
            size,
        })
    }

    /// The running mean of the weights, in the place of the weights of `module`.
    pub fn mean_of<M: Module>(&self, module: M) -> M {
        struct Replace<'a>(std::slice::Iter<'a, Moments>);
        impl ModuleMapper for Replace<'_> {
            fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
                match self.0.next() {
                    Some(moments) => param.map(|old| moments.mean.clone().reshape(old.shape())),
                    None => param,
                }
            }
        }
        module.map(&mut Replace(self.moments.iter()))
    }

    /// The state as named arrays: what a checkpoint holds beside the weights.
    pub(crate) fn state(&self) -> Vec<NamedArray> {
        self.moments
            .iter()
            .enumerate()
            .flat_map(|(i, m)| {
                [&m.first, &m.second, &m.mean]
                    .into_iter()
                    .zip(ARRAYS)
                    .map(move |(tensor, what)| {
                        let values = values(tensor.clone());
                        NamedArray {
                            name: format!("optimizer.{i}.{what}"),
                            shape: vec![values.len()],
                            values,
                        }
                    })
            })
            .collect()
    }

    /// Takes up the state of a checkpoint.
    ///
    /// # Errors
    /// [`UnetError::Weights`] when an array is missing or of another length.
    pub(crate) fn load(&mut self, arrays: &[NamedArray], device: &Device) -> Result<(), UnetError> {
        for (i, moments) in self.moments.iter_mut().enumerate() {
            let targets = [&mut moments.first, &mut moments.second, &mut moments.mean];
            for (target, what) in targets.into_iter().zip(ARRAYS) {
                let name = format!("optimizer.{i}.{what}");
                let found = arrays
                    .iter()
                    .find(|a| a.name == name && a.values.len() == target.dims()[0])
                    .ok_or_else(|| UnetError::Weights {
                        problem: format!("`{name}` is missing or of another length"),
                    })?;
                *target = to_device(found.values.clone(), device);
            }
        }
        Ok(())
    }
}

fn to_device(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let len = values.len();
    Tensor::from_data(TensorData::new(values, [len]), device)
}

struct Collector {
    gradients: Gradients,
    flat: Vec<Tensor<1>>,
}

impl ModuleVisitor for Collector {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        let gradient = tensor
            .grad_remove(&mut self.gradients)
            .unwrap_or_else(|| tensor.inner().zeros_like());
        self.flat.push(gradient.flatten(0, D as isize - 1));
    }
}

struct Update<'a> {
    gradients: std::vec::IntoIter<Tensor<1>>,
    moments: std::slice::IterMut<'a, Moments>,
    scale: Tensor<1>,
    size: StepSize,
}

impl ModuleMapper for Update<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (Some(gradient), Some(m)) = (self.gradients.next(), self.moments.next()) else {
            return param;
        };
        let size = self.size;
        let gradient = gradient * self.scale.clone();
        m.first = m.first.clone() * BETA1 + gradient.clone() * (1.0 - BETA1);
        m.second = m.second.clone() * BETA2 + gradient.square() * (1.0 - BETA2);
        let t = size.step as i32 + 1;
        let first = m.first.clone() / (1.0 - BETA1.powi(t));
        let second = m.second.clone() / (1.0 - BETA2.powi(t));
        let direction = first / (second.sqrt() + EPSILON);
        let decay = if D > 1 { size.weight_decay } else { 0.0 };
        // A young mean follows the weights closely, or it would remember their random start.
        let mean_decay = size.mean_decay.min((1.0 + t as f64) / (10.0 + t as f64));
        param.map(|old| {
            let shape = old.shape();
            let flat: Tensor<1> = old.inner().flatten(0, D as isize - 1);
            let new = flat * (1.0 - size.learning_rate * decay) - direction * size.learning_rate;
            m.mean = m.mean.clone() * mean_decay + new.clone() * (1.0 - mean_decay);
            new.reshape(shape).autodiff().require_grad()
        })
    }
}
