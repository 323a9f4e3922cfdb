//! AdamW (Loshchilov and Hutter 2019) with the norm of all gradients together clipped, and the
//! running mean of the weights. Two launches a parameter, and no wait for the host.
//!
//! Burn's own optimizer clips each parameter alone, and its state cannot be written beside the
//! weights in one file.

use burn::backend::Dispatch;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData, s};

use crate::UnetError;
use crate::kernels::{AdamWStep, BETA1, BETA2, OptimizerBackend, SQUARE_PARTS};
use crate::network::weights::{NamedArray, parameters, values};

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
    /// First and second moments and running mean of every parameter, `[3, values]`.
    moments: Vec<Tensor<2>>,
    device: Device,
}

/// Names of the arrays of a parameter in a checkpoint.
const ARRAYS: [&str; 3] = ["first", "second", "mean"];

impl Optimizer {
    /// Starts at the weights of `module`.
    pub fn new<M: Module>(module: &M, device: &Device) -> Self {
        let moments = parameters(module)
            .into_iter()
            .map(|array| {
                let zeros = vec![0.0; array.values.len()];
                moments_of([&zeros, &zeros, &array.values], device)
            })
            .collect();
        Self {
            moments,
            device: device.clone(),
        }
    }

    /// One step down the gradients.
    pub fn step<M: Module>(&mut self, module: M, gradients: Gradients, size: StepSize) -> M {
        let mut collector = Collector {
            gradients,
            flat: Vec::with_capacity(self.moments.len()),
        };
        module.visit(&mut collector);
        let flat = collector.flat;
        let squares = Tensor::<1>::zeros([SQUARE_PARTS * flat.len()], &self.device);
        let squares = flat.iter().enumerate().fold(squares, |squares, (i, g)| {
            Tensor::from_dispatch(<Dispatch as OptimizerBackend>::optimizer_squares(
                squares.into_dispatch(),
                g.clone().into_dispatch(),
                i,
            ))
        });
        module.map(&mut Update {
            gradients: flat.into_iter(),
            moments: self.moments.iter_mut(),
            squares,
            size,
        })
    }

    /// The running mean of the weights, in the place of the weights of `module`.
    pub fn mean_of<M: Module>(&self, module: M) -> M {
        struct Replace<'a>(std::slice::Iter<'a, Tensor<2>>);
        impl ModuleMapper for Replace<'_> {
            fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
                match self.0.next() {
                    Some(moments) => {
                        param.map(|old| moments.clone().slice(s![2..3]).reshape(old.shape()))
                    }
                    None => param,
                }
            }
        }
        module.map(&mut Replace(self.moments.iter()))
    }

    /// The state as named arrays: what a checkpoint holds beside the weights.
    pub(crate) fn state(&self) -> Vec<NamedArray> {
        let of_parameter = |(i, moments): (usize, &Tensor<2>)| {
            let all = values(moments.clone());
            let each = all.chunks_exact((all.len() / ARRAYS.len()).max(1));
            let named = |(values, what): (&[f32], &str)| NamedArray {
                name: format!("optimizer.{i}.{what}"),
                shape: vec![values.len()],
                values: values.to_vec(),
            };
            each.zip(ARRAYS).map(named).collect::<Vec<_>>()
        };
        self.moments
            .iter()
            .enumerate()
            .flat_map(of_parameter)
            .collect()
    }

    /// Takes up the state of a checkpoint.
    ///
    /// # Errors
    /// [`UnetError::Weights`] when an array is missing or of another length.
    pub(crate) fn load(&mut self, arrays: &[NamedArray], device: &Device) -> Result<(), UnetError> {
        for (i, moments) in self.moments.iter_mut().enumerate() {
            let count = moments.dims()[1];
            let mut found = Vec::with_capacity(ARRAYS.len());
            for what in ARRAYS {
                let name = format!("optimizer.{i}.{what}");
                let array = arrays
                    .iter()
                    .find(|a| a.name == name && a.values.len() == count)
                    .ok_or_else(|| UnetError::Weights {
                        problem: format!("`{name}` is missing or of another length"),
                    })?;
                found.push(array.values.as_slice());
            }
            *moments = moments_of([found[0], found[1], found[2]], device);
        }
        Ok(())
    }
}

fn moments_of(arrays: [&[f32]; 3], device: &Device) -> Tensor<2> {
    let shape = [arrays.len(), arrays[0].len()];
    Tensor::from_data(TensorData::new(arrays.concat(), shape), device)
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
    moments: std::slice::IterMut<'a, Tensor<2>>,
    squares: Tensor<1>,
    size: StepSize,
}

impl Update<'_> {
    /// What a parameter of so many dimensions is stepped with.
    fn step(&self, dimensions: usize) -> AdamWStep {
        let size = self.size;
        let t = size.step as i32 + 1;
        let decay = if dimensions > 1 {
            size.weight_decay
        } else {
            0.0
        };
        // A young mean follows the weights closely, or it would remember their random start.
        let mean_decay = size.mean_decay.min((1.0 + t as f64) / (10.0 + t as f64));
        AdamWStep {
            gradient_norm: size.gradient_norm as f32,
            learning_rate: size.learning_rate as f32,
            kept: (1.0 - size.learning_rate * decay) as f32,
            first_share: (1.0 - BETA1.powi(t)) as f32,
            second_share: (1.0 - BETA2.powi(t)) as f32,
            mean_decay: mean_decay as f32,
        }
    }
}

impl ModuleMapper for Update<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let step = self.step(D);
        let (Some(gradient), Some(moments)) = (self.gradients.next(), self.moments.next()) else {
            return param;
        };
        param.map(|old| {
            let (new, new_moments) = <Dispatch as OptimizerBackend>::optimizer_step(
                old.inner().into_dispatch(),
                gradient.into_dispatch(),
                moments.clone().into_dispatch(),
                self.squares.clone().into_dispatch(),
                step,
            );
            *moments = Tensor::from_dispatch(new_moments);
            Tensor::<D>::from_dispatch(new).autodiff().require_grad()
        })
    }
}
