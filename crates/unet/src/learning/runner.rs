use std::cmp::Ordering;
use std::time::Instant;

use burn::module::Module as _;
use burn::tensor::{Device, Tensor, TensorData};
use corelith_gpu::Compute;
use serde::{Deserialize, Serialize};

use super::chance::{BlockLoss, mean_loss};
use super::examples::Examples;
use super::fit::TASK;
use super::held_out::HeldOut;
use super::loss::{Targets, loss};
use super::optimizer::{Optimizer, StepSize};
use super::patch::Patch;
use super::plan::Plan;
use super::weighing::Weighing;
use crate::UnetError;
use crate::kernels::checked;
use crate::model::Recipe;
use crate::network::weights::{NamedArray, parameters, values, with_parameters};
use crate::network::{Network, Settings};

/// Beginning of the names of the best weights in a checkpoint.
const BEST: &str = "best.";

/// Name of the losses since the last point in a checkpoint.
const LOSSES: &str = "losses";

/// One point of the training curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Steps done.
    pub step: usize,
    /// Seconds spent.
    pub seconds: f64,
    /// Learning rate of the last step.
    pub learning_rate: f64,
    /// Mean loss since the last point.
    pub loss: f64,
    /// Cross-entropy over the held-out voxels whose pixels agree, or over all where none do, nats.
    pub held_out_loss: Option<f64>,
    /// Mean Dice over the solid classes that the held-out voxels hold.
    pub held_out_dice: Option<f64>,
}

/// What a checkpoint holds of a runner beside its arrays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reached {
    pub recipe: Recipe,
    pub step: usize,
    /// Seconds of its own steps and points.
    pub seconds: f64,
    pub curve: Vec<CurvePoint>,
    /// What it is chosen by: losses of what is held out, at the last point.
    pub losses: Vec<BlockLoss>,
}

/// What all runners of a training share.
#[derive(Clone, Copy)]
pub(crate) struct Course<'a> {
    pub settings: &'a Settings,
    pub compute: &'a Compute,
    pub plan: &'a Plan,
    pub examples: &'a dyn Examples,
    pub weighing: &'a Weighing,
    pub held_out: &'a HeldOut,
    pub device: &'a Device,
    pub seed: u64,
}

/// A network in training by one recipe.
pub(crate) struct Runner {
    pub reached: Reached,
    pub network: Network,
    optimizer: Optimizer,
    /// Weights at the point of the curve with the lowest held-out loss.
    best: Vec<NamedArray>,
    /// Losses of the steps since the last point.
    losses: Vec<Tensor<1>>,
}

impl Runner {
    pub fn new(recipe: Recipe, network: Network, device: &Device) -> Self {
        Self {
            optimizer: Optimizer::new(&network, device),
            network,
            reached: Reached {
                recipe,
                step: 0,
                seconds: 0.0,
                curve: Vec::new(),
                losses: Vec::new(),
            },
            best: Vec::new(),
            losses: Vec::new(),
        }
    }

    /// Takes up a state that [`Runner::state`] gave.
    pub fn resume(
        &mut self,
        reached: Reached,
        arrays: Vec<NamedArray>,
        device: &Device,
    ) -> Result<(), UnetError> {
        self.network = with_parameters(self.network.clone(), &arrays)?;
        self.optimizer.load(&arrays, device)?;
        let losses = arrays.iter().find(|array| array.name == LOSSES);
        let losses =
            losses.map(|array| TensorData::new(array.values.clone(), [array.values.len()]));
        let losses = losses.map(|data| Tensor::from_data(data, device));
        self.losses = losses.into_iter().collect();
        self.best = named_with(BEST, arrays);
        self.reached = reached;
        Ok(())
    }

    /// All arrays of the state.
    pub fn state(&self) -> Vec<NamedArray> {
        let mut arrays = parameters(&self.network);
        arrays.extend(self.optimizer.state());
        arrays.extend(self.best.iter().map(|array| NamedArray {
            name: format!("{BEST}{}", array.name),
            ..array.clone()
        }));
        if self.is_between_points() {
            let values = values(Tensor::cat(self.losses.clone(), 0));
            arrays.push(NamedArray {
                name: LOSSES.to_owned(),
                shape: vec![values.len()],
                values,
            });
        }
        arrays
    }

    /// One step on a patch, at a share `done` of the run; `began` is when waiting for it did.
    pub fn step(&mut self, course: &Course<'_>, patch: &Patch, done: f64, began: Instant) {
        let Course { settings, plan, .. } = *course;
        let Reached { recipe, step, .. } = self.reached;
        let (input, targets) = to_device(patch, course.weighing, &course.device.clone().autodiff());
        let loss = loss(
            self.network.forward(input),
            &targets,
            settings.label_smoothing,
            settings.dice_weight,
        );
        self.losses.push(loss.clone().inner());
        self.network = self.optimizer.step(
            self.network.clone(),
            loss.backward(),
            StepSize {
                step,
                learning_rate: plan.rate(&recipe, done),
                weight_decay: settings.weight_decay,
                gradient_norm: settings.gradient_norm,
                mean_decay: settings.mean_decay,
            },
        );
        self.reached.step += 1;
        self.reached.seconds += began.elapsed().as_secs_f64();
    }

    /// Adds a point to the curve; `seconds` is the time of the stage.
    pub fn point(
        &mut self,
        course: &Course<'_>,
        done: f64,
        seconds: f64,
    ) -> Result<String, UnetError> {
        let began = Instant::now();
        let learning_rate = course.plan.rate(&self.reached.recipe, done);
        let losses = std::mem::take(&mut self.losses);
        let mean = Tensor::cat(losses, 0).mean();
        let loss = values(mean).first().map_or(f64::NAN, |&loss| loss.into());
        // Nothing that a failing device has left is kept.
        checked(course.compute, TASK)?;
        if !loss.is_finite() {
            return Err(UnetError::Diverged {
                step: self.reached.step,
                learning_rate,
            });
        }
        let mean = self.mean();
        let found = course.held_out.by_network(&mean, course.device);
        self.reached.losses = course.held_out.losses(&found);
        let point = CurvePoint {
            step: self.reached.step,
            seconds,
            learning_rate,
            loss,
            held_out_loss: mean_loss(&self.reached.losses),
            held_out_dice: course
                .held_out
                .score_of(&found)
                .and_then(|score| score.mean_dice()),
        };
        let remark = remark(&point);
        tracing::debug!("{:?}: {remark}", self.reached.recipe);
        self.reached.curve.push(point);
        if best_point(&self.reached.curve) == Some(self.reached.curve.len() - 1) {
            self.best = parameters(&mean);
        }
        self.reached.seconds += began.elapsed().as_secs_f64();
        Ok(remark)
    }

    /// Whether steps were made since the last point.
    pub fn is_between_points(&self) -> bool {
        !self.losses.is_empty()
    }

    /// The running mean of the weights.
    pub fn mean(&self) -> Network {
        self.optimizer.mean_of(self.network.clone()).no_grad()
    }

    /// What is kept in the end: the running mean, or the best weights where the curve is stale.
    pub fn result(&self, patience: usize) -> Result<Network, UnetError> {
        let mean = self.mean();
        if !self.is_stale(patience) {
            return Ok(mean);
        }
        tracing::info!(
            "stopped after step {}: no better for long",
            self.reached.step
        );
        with_parameters(mean, &self.best)
    }

    /// Whether the held-out loss has not fallen for `patience` points; never with a patience of 0.
    pub fn is_stale(&self, patience: usize) -> bool {
        is_stale(&self.reached.curve, patience)
    }
}

/// The arrays whose names begin so, without that beginning.
pub(crate) fn named_with(beginning: &str, arrays: Vec<NamedArray>) -> Vec<NamedArray> {
    arrays
        .into_iter()
        .filter_map(|array| {
            let name = array.name.strip_prefix(beginning)?.to_owned();
            Some(NamedArray { name, ..array })
        })
        .collect()
}

/// The first point of a curve with the lowest held-out loss.
fn best_point(curve: &[CurvePoint]) -> Option<usize> {
    let loss = |i: usize| curve[i].held_out_loss;
    (0..curve.len())
        .filter(|&i| loss(i).is_some_and(|loss| !loss.is_nan()))
        .min_by(|&a, &b| loss(a).partial_cmp(&loss(b)).unwrap_or(Ordering::Equal))
}

fn is_stale(curve: &[CurvePoint], patience: usize) -> bool {
    patience > 0 && best_point(curve).is_some_and(|best| curve.len() - 1 - best >= patience)
}

fn remark(point: &CurvePoint) -> String {
    match (point.held_out_loss, point.held_out_dice) {
        (Some(loss), Some(dice)) => {
            format!("loss {:.3}, held out {loss:.3}, Dice {dice:.3}", point.loss)
        }
        _ => format!("loss {:.3}", point.loss),
    }
}

fn to_device(patch: &Patch, weighing: &Weighing, device: &Device) -> (Tensor<5>, Targets) {
    let [z, y, x] = patch.shape;
    let classes = weighing.minerals.len();
    let tensor = |values: &[f32], shape: [usize; 5]| {
        Tensor::<5>::from_data(TensorData::new(values.to_vec(), shape), device)
    };
    (
        tensor(&patch.grey, [1, 1, z, y, x]),
        Targets {
            shares: tensor(&patch.shares, [1, classes, z, y, x]),
            weights: tensor(&patch.weights, [1, 1, z, y, x]),
            mineral_weights: tensor(&weighing.mineral_weights, [1, classes, 1, 1, 1]),
            minerals: tensor(&weighing.minerals, [1, classes, 1, 1, 1]),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_that_rises_for_long_is_stale() {
        let curve = |losses: &[f64]| -> Vec<CurvePoint> {
            losses
                .iter()
                .map(|&loss| CurvePoint {
                    step: 0,
                    seconds: 0.0,
                    learning_rate: 0.0,
                    loss,
                    held_out_loss: Some(loss),
                    held_out_dice: None,
                })
                .collect()
        };
        assert!(!is_stale(&[], 2));
        assert!(!is_stale(&curve(&[3.0, 2.0, 2.5]), 2));
        assert!(is_stale(&curve(&[3.0, 2.0, 2.5, 2.0]), 2));
        assert!(!is_stale(&curve(&[3.0, 2.0, 2.5, 1.9]), 2));
        assert!(!is_stale(&curve(&[3.0, 4.0, 5.0]), 0));
    }
}
