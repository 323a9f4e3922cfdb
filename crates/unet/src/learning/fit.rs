//! The training loop.

use std::cmp::Ordering;
use std::time::Instant;

use burn::module::Module as _;
use burn::tensor::{Device, Tensor, TensorData};
use corelith_core::{Progress, Spacing};
use corelith_gpu::Compute;
use serde::{Deserialize, Serialize};

use super::CheckpointStore;
use super::checkpoint::{CheckpointError, Reached, decode, encode};
use super::examples::Examples;
use super::held_out::{HeldOut, Score};
use super::loss::{Targets, loss};
use super::optimizer::{Optimizer, StepSize};
use super::patch::Patch;
use super::plan::Plan;
use crate::UnetError;
use crate::kernels::{burn_device, checked, guarded};
use crate::network::Network;
use crate::network::weights::{NamedArray, parameters, values, with_parameters};
use crate::network::{Classes, GreyStatistics, Model, ModelCard, Settings};
use crate::random::rng;

/// Units of the progress: a run ends by steps or by the clock, so they are shares of the run.
const PROGRESS_UNITS: u64 = 1000;

/// What errors of the device say was done.
const TASK: &str = "training";

/// Beginning of the names of the best weights in a checkpoint.
const BEST: &str = "best.";

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
    /// Cross-entropy over the held-out voxels, nats.
    pub held_out_loss: Option<f64>,
    /// Mean Dice over the solid classes that the held-out voxels hold.
    pub held_out_dice: Option<f64>,
}

/// A trained model and how it came about.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The model.
    pub model: Model,
    /// The training curve.
    pub curve: Vec<CurvePoint>,
    /// What the user should know, a sentence each.
    pub warnings: Vec<String>,
}

/// What the examples of a run are, for the card.
pub(crate) struct Origin {
    pub spacing: Spacing,
    pub grey: GreyStatistics,
    pub names: Vec<String>,
    pub labelled_voxels: usize,
    pub held_out_voxels: usize,
}

/// What a run learns, from what, and where.
pub(crate) struct Fit<'a> {
    pub settings: &'a Settings,
    pub plan: Plan,
    pub classes: &'a Classes,
    pub examples: &'a dyn Examples,
    pub origin: Origin,
    pub held_out: HeldOut,
    /// Labels by which the rims of particles are set in the end; none leaves them as learned.
    pub rims: Option<HeldOut>,
    pub start: Option<&'a Model>,
    pub compute: &'a Compute,
    pub seed: u64,
    /// Everything that the run depends on; a state of another run is not taken up.
    pub key: String,
}

impl Fit<'_> {
    pub fn run(
        self,
        checkpoints: Option<&dyn CheckpointStore>,
        progress: &dyn Progress,
    ) -> Result<Trained, UnetError> {
        let compute = self.compute;
        guarded(compute, TASK, || self.learn(checkpoints, progress))?
    }

    fn learn(
        self,
        checkpoints: Option<&dyn CheckpointStore>,
        progress: &dyn Progress,
    ) -> Result<Trained, UnetError> {
        let (settings, plan) = (self.settings, &self.plan);
        let device = burn_device(self.compute)?;
        let weighing = Weighing::new(
            &self.examples.totals(),
            usize::from(self.classes.background),
            settings.rarity,
        );
        let autodiff = device.clone().autodiff();
        let mut network = Network::new(
            settings.width,
            settings.levels,
            self.classes.count(),
            &mut rng(self.seed, "weights"),
            &autodiff,
        );
        if let Some(model) = self.start {
            network = model.transferred(network, settings, self.classes)?;
        }
        let mut optimizer = Optimizer::new(&network, &device);
        let mut reached = Reached {
            key: self.key.clone(),
            step: 0,
            seconds: 0.0,
            curve: Vec::new(),
        };
        // Weights at the point of the curve with the lowest held-out loss.
        let mut best: Vec<NamedArray> = Vec::new();
        if let Some((found, arrays)) = checkpoints
            .and_then(CheckpointStore::load)
            .and_then(|state| decode(&state).ok())
            .filter(|(found, _)| found.key == reached.key)
        {
            network = with_parameters(network, &arrays)?;
            optimizer.load(&arrays, &device)?;
            best = named_with(BEST, arrays);
            reached = found;
            tracing::info!("going on after step {}", reached.step);
        }

        progress.start("train", PROGRESS_UNITS);
        let mut shown = 0;
        let (start, before) = (Instant::now(), reached.seconds);
        let mut warnings = Vec::new();
        let mut losses: Vec<Tensor<1>> = Vec::new();
        while reached.step < plan.steps && !is_stale(&reached.curve, settings.patience) {
            if progress.is_cancelled() {
                save(checkpoints, &reached, &network, &optimizer, &best)?
                    .map_err(|source| UnetError::Checkpoint { source })?;
                progress.check()?;
            }
            reached.seconds = before + start.elapsed().as_secs_f64();
            let done = plan.done(reached.step, reached.seconds);
            if done >= 1.0 {
                break;
            }
            let reached_units = (done * PROGRESS_UNITS as f64) as u64;
            progress.advance(reached_units - shown);
            shown = reached_units;
            let learning_rate = plan.rate(done);
            let mut rng = rng(self.seed, &format!("step {}", reached.step));
            let mut patch = self.examples.patch(plan.patch, &mut rng);
            patch.augment(&settings.augmentation, &mut rng);
            let (input, targets) = to_device(&patch, &weighing, &autodiff);
            let loss = loss(
                network.forward(input),
                &targets,
                settings.label_smoothing,
                settings.dice_weight,
            );
            losses.push(loss.clone().inner());
            network = optimizer.step(
                network,
                loss.backward(),
                StepSize {
                    step: reached.step,
                    learning_rate,
                    weight_decay: settings.weight_decay,
                    gradient_norm: settings.gradient_norm,
                    mean_decay: settings.mean_decay,
                },
            );
            reached.step += 1;
            if reached.step.is_multiple_of(plan.every) || reached.step == plan.steps {
                let mean = Tensor::cat(std::mem::take(&mut losses), 0).mean();
                let loss = values(mean).first().map_or(f64::NAN, |&loss| loss.into());
                // Nothing that a failing device has left is kept.
                checked(self.compute, TASK)?;
                if !loss.is_finite() {
                    return Err(UnetError::Diverged {
                        step: reached.step,
                        learning_rate,
                    });
                }
                let mean_network = optimizer.mean_of(network.clone()).no_grad();
                let score = self.held_out.score(&mean_network, &device);
                reached.seconds = before + start.elapsed().as_secs_f64();
                let point = CurvePoint {
                    step: reached.step,
                    seconds: reached.seconds,
                    learning_rate,
                    loss,
                    held_out_loss: score.as_ref().map(|s| s.loss),
                    held_out_dice: score.as_ref().and_then(Score::mean_dice),
                };
                progress.remark(&remark(&point));
                tracing::debug!("{}", remark(&point));
                reached.curve.push(point);
                if best_point(&reached.curve) == Some(reached.curve.len() - 1) {
                    best = parameters(&mean_network);
                }
                if let Err(error) = save(checkpoints, &reached, &network, &optimizer, &best)? {
                    let text = format!(
                        "the state of the training could not be saved ({error}): a run that is \
                         stopped starts anew"
                    );
                    progress.remark(&text);
                    warnings = vec![text];
                }
            }
        }
        progress.finish();

        let mut network = optimizer.mean_of(network).no_grad();
        if is_stale(&reached.curve, settings.patience) {
            tracing::info!("stopped after step {}: no better for long", reached.step);
            network = with_parameters(network, &best)?;
        }
        if let Some(model) = self.start {
            network = model.blended(network, settings.start_share, self.classes)?;
        }
        let resin_offset = self
            .rims
            .and_then(|rims| rims.resin_offset(&network, &device))
            .unwrap_or(0.0);
        network = network.with_offset(usize::from(self.classes.background), resin_offset);
        let score = self.held_out.score(&network, &device);
        let card = ModelCard {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            settings: settings.clone(),
            classes: self.classes.clone(),
            spacing: self.origin.spacing,
            grey: self.origin.grey,
            commands: self
                .start
                .map_or_else(Vec::new, |model| model.card().commands.clone()),
            trained_on: self.origin.names,
            labelled_voxels: self.origin.labelled_voxels,
            held_out_voxels: self.origin.held_out_voxels,
            parameters: parameters(&network).iter().map(|a| a.values.len()).sum(),
            steps: reached.step,
            seed: self.seed,
            resin_offset,
            held_out_dice: score.map_or_else(|| vec![None; self.classes.count()], |s| s.dice),
        };
        Ok(Trained {
            model: Model::new(card, &network),
            curve: reached.curve,
            warnings,
        })
    }
}

/// Keeps the state of the run; the inner error is that of the store.
fn save(
    checkpoints: Option<&dyn CheckpointStore>,
    reached: &Reached,
    network: &Network,
    optimizer: &Optimizer,
    best: &[NamedArray],
) -> Result<Result<(), CheckpointError>, UnetError> {
    if let Some(store) = checkpoints {
        let mut arrays = parameters(network);
        arrays.extend(optimizer.state());
        arrays.extend(best.iter().map(|array| NamedArray {
            name: format!("{BEST}{}", array.name),
            ..array.clone()
        }));
        return Ok(store.save(&encode(reached, &arrays)?));
    }
    Ok(Ok(()))
}

/// The arrays whose names begin so, without that beginning.
fn named_with(beginning: &str, arrays: Vec<NamedArray>) -> Vec<NamedArray> {
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

/// Whether the held-out loss has not fallen for `patience` points; never with a patience of 0.
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

/// Which classes are minerals, and how much each weighs in the cross-entropy.
struct Weighing {
    minerals: Vec<f32>,
    mineral_weights: Vec<f32>,
}

impl Weighing {
    /// From the number of labelled voxels of every class; the weights have the mean 1 over those of
    /// minerals.
    fn new(totals: &[f64], background: usize, rarity: f64) -> Self {
        let minerals: Vec<f32> = (0..totals.len())
            .map(|class| f32::from(u8::from(class != background)))
            .collect();
        let solid = |class: usize| f64::from(minerals[class]) * totals[class];
        let all = (0..totals.len()).map(solid).sum::<f64>().max(1.0);
        // Below a voxel in a thousand the weight grows no further: a handful of voxels would else
        // drive the whole network.
        let raw = |class: usize| (solid(class) / all).max(1e-3).powf(-rarity);
        let mean = (0..totals.len())
            .map(|c| raw(c) * solid(c) / all)
            .sum::<f64>();
        let mineral_weights = (0..totals.len())
            .map(|class| minerals[class] * (raw(class) / mean.max(1e-9)) as f32)
            .collect();
        Self {
            minerals,
            mineral_weights,
        }
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

    #[test]
    fn rare_minerals_weigh_more() {
        let Weighing {
            minerals,
            mineral_weights: weights,
        } = Weighing::new(&[90.0, 500.0, 10.0], 1, 0.5);
        assert_eq!(minerals, [1.0, 0.0, 1.0]);
        assert!((weights[2] / weights[0] - 3.0).abs() < 1e-3);
        assert_eq!(weights[1], 0.0);
        assert!((0.9 * weights[0] + 0.1 * weights[2] - 1.0).abs() < 1e-5);
    }
}
