use std::time::Instant;

use burn::module::Module as _;
use burn::tensor::{Device, Tensor, TensorData};
use corelith_core::{Progress, Volume};
use corelith_gpu::Compute;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::checkpoint::{Reached, decode, encode};
use crate::held_out::{HeldOut, Score};
use crate::labels::{LabelledPlane, SparseLabels, split_labels};
use crate::loss::{Targets, loss};
use crate::network::Network;
use crate::optimizer::{Optimizer, StepSize};
use crate::patch::{Patch, corner};
use crate::random::rng;
use crate::weights::{parameters, with_parameters};
use crate::{CheckpointStore, GreyStatistics, Model, ModelCard, Settings, UnetError, burn_device};

/// Voxels that a planned run shows the network, all steps together: about eight minutes on two
/// cores.
const PLANNED_VOXELS: usize = 120_000_000;

/// Units of the progress: a run ends by steps or by the clock, so they are shares of the run.
const PROGRESS_UNITS: u64 = 1000;

/// Points of the training curve.
const CURVE_POINTS: usize = 20;

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
}

/// Trains a network on the voxels that the planes pass through.
///
/// `classes` counts the background in, whose class is `background`. A state that `checkpoints`
/// holds of the same run is taken up. Same input, settings, seed and device: same weights,
/// unless [`Settings::minutes`] ends the run.
///
/// # Errors
/// When a setting is out of range, when no label lies in the volume, when the volume has no
/// contrast, when the device fails, when the training diverges, or when the user stops it.
#[expect(
    clippy::too_many_arguments,
    reason = "each is an input of its own, and a struct would only rename them"
)]
pub fn train(
    ct: &Volume<u16>,
    planes: &[LabelledPlane<'_>],
    classes: usize,
    background: u8,
    settings: &Settings,
    compute: &Compute,
    seed: u64,
    checkpoints: Option<&dyn CheckpointStore>,
    progress: &dyn Progress,
) -> Result<Trained, UnetError> {
    settings.check()?;
    let device = burn_device(compute)?;
    let grey = GreyStatistics::measure(ct)?;
    let labels = split_labels(planes, ct.shape(), classes, settings.held_out, seed)?;
    let plan = Plan::new(settings, ct.shape());
    let key = serde_json::to_string(&(settings, seed, ct.shape(), grey, compute.name()))?;
    let sampler = Sampler::new(&labels.training);
    let held_out = HeldOut::new(ct, &grey, &labels.held_out, settings, background);
    let class_weights = class_weights(&labels.training, settings.rarity);
    tracing::info!(
        "{} labelled voxels, {} held out, patches of {:?}, {} steps",
        labels.training.voxels.len(),
        labels.held_out.voxels.len(),
        plan.patch,
        plan.steps
    );

    let autodiff = device.clone().autodiff();
    let mut network = Network::new(
        settings.width,
        settings.levels,
        classes,
        &mut rng(seed, "weights"),
        &autodiff,
    );
    let mut optimizer = Optimizer::new(&network, &device);
    let mut reached = Reached {
        key,
        step: 0,
        seconds: 0.0,
        curve: Vec::new(),
    };
    if let Some((found, arrays)) = checkpoints
        .and_then(CheckpointStore::load)
        .and_then(|state| decode(&state).ok())
        .filter(|(found, _)| found.key == reached.key)
    {
        network = with_parameters(network, &arrays)?;
        optimizer.load(&arrays, &device)?;
        reached = found;
        tracing::info!("going on after step {}", reached.step);
    }

    progress.start("train", PROGRESS_UNITS);
    let mut shown = 0;
    let (start, before) = (Instant::now(), reached.seconds);
    let mut losses: Vec<Tensor<1>> = Vec::new();
    while reached.step < plan.steps {
        if progress.is_cancelled() {
            save(checkpoints, &reached, &network, &optimizer)?;
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
        let learning_rate = settings.learning_rate * plan.rate(done);
        let mut rng = rng(seed, &format!("step {}", reached.step));
        let mut patch = sampler.patch(ct, &grey, &labels.training, plan.patch, &mut rng);
        patch.augment(&settings.augmentation, &mut rng);
        let (input, targets) = to_device(&patch, &class_weights, &autodiff);
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
            let loss = f64::from(mean.into_scalar::<f32>());
            if !loss.is_finite() {
                return Err(UnetError::Diverged {
                    step: reached.step,
                    learning_rate,
                });
            }
            let score = held_out.score(&optimizer.mean_of(network.clone()).no_grad(), &device);
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
            save(checkpoints, &reached, &network, &optimizer)?;
        }
    }
    progress.finish();

    let network = optimizer.mean_of(network).no_grad();
    let score = held_out.score(&network, &device);
    let card = ModelCard {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        settings: settings.clone(),
        classes,
        background,
        spacing: ct.spacing(),
        grey,
        maps: planes.iter().map(|p| p.name.to_owned()).collect(),
        labelled_voxels: labels.training.voxels.len(),
        held_out_voxels: labels.held_out.voxels.len(),
        parameters: parameters(&network).iter().map(|a| a.values.len()).sum(),
        steps: reached.step,
        seconds: reached.seconds,
        device: compute.name(),
        seed,
        held_out_dice: score.map_or_else(|| vec![None; classes], |s| s.dice),
    };
    Ok(Trained {
        model: Model::new(card, &network),
        curve: reached.curve,
    })
}

fn save(
    checkpoints: Option<&dyn CheckpointStore>,
    reached: &Reached,
    network: &Network,
    optimizer: &Optimizer,
) -> Result<(), UnetError> {
    if let Some(store) = checkpoints {
        let mut arrays = parameters(network);
        arrays.extend(optimizer.state());
        store.save(&encode(reached, &arrays)?);
    }
    Ok(())
}

fn remark(point: &CurvePoint) -> String {
    match (point.held_out_loss, point.held_out_dice) {
        (Some(loss), Some(dice)) => {
            format!("loss {:.3}, held out {loss:.3}, Dice {dice:.3}", point.loss)
        }
        _ => format!("loss {:.3}", point.loss),
    }
}

/// What of the settings is planned from the data.
struct Plan {
    patch: [usize; 3],
    steps: usize,
    every: usize,
    warm_up: f64,
    minutes: f64,
}

impl Plan {
    fn new(settings: &Settings, volume: [usize; 3]) -> Self {
        let multiple = settings.multiple();
        let wanted = [24, 96, 96];
        let patch = std::array::from_fn(|axis| match settings.patch_vox[axis] {
            0 => wanted[axis].min(volume[axis]).next_multiple_of(multiple),
            given => given,
        });
        let steps = match settings.steps {
            0 => PLANNED_VOXELS / patch.iter().product::<usize>(),
            given => given,
        };
        Self {
            patch,
            steps,
            every: steps.div_ceil(CURVE_POINTS),
            warm_up: settings.warm_up,
            minutes: settings.minutes,
        }
    }

    /// Share of the run that is done, by steps or by the clock, whichever is further.
    fn done(&self, step: usize, seconds: f64) -> f64 {
        let by_steps = step as f64 / self.steps as f64;
        if self.minutes > 0.0 {
            by_steps.max(seconds / (60.0 * self.minutes))
        } else {
            by_steps
        }
    }

    /// Learning rate at a share of the run, as a share of the largest: linear rise, then half a
    /// cosine (Loshchilov and Hutter 2017).
    fn rate(&self, done: f64) -> f64 {
        if done < self.warm_up {
            return (done + 1e-3) / (self.warm_up + 1e-3);
        }
        let rest = (done - self.warm_up) / (1.0 - self.warm_up).max(1e-9);
        0.5 * (1.0 + (std::f64::consts::PI * rest).cos())
    }
}

/// Weight of every class in the cross-entropy; mean 1 over the labelled voxels.
fn class_weights(labels: &SparseLabels, rarity: f64) -> Vec<f32> {
    let totals = labels.totals();
    let all: f64 = totals.iter().sum();
    // Below a voxel in a thousand the weight grows no further: a handful of voxels would else
    // drive the whole network.
    let raw: Vec<f64> = totals
        .iter()
        .map(|t| (t / all).max(1e-3).powf(-rarity))
        .collect();
    let mean: f64 = raw.iter().zip(&totals).map(|(w, t)| w * t / all).sum();
    raw.iter().map(|w| (w / mean) as f32).collect()
}

/// Draws the centres of patches so that rare classes are seen often.
struct Sampler {
    /// Labelled voxels by class, for classes that have any.
    by_class: Vec<Vec<usize>>,
}

impl Sampler {
    fn new(labels: &SparseLabels) -> Self {
        let mut by_class = vec![Vec::new(); labels.classes];
        for i in 0..labels.voxels.len() {
            by_class[labels.class_of(i)].push(i);
        }
        by_class.retain(|voxels| !voxels.is_empty());
        Self { by_class }
    }

    fn patch(
        &self,
        ct: &Volume<u16>,
        grey: &GreyStatistics,
        labels: &SparseLabels,
        shape: [usize; 3],
        rng: &mut ChaCha8Rng,
    ) -> Patch {
        let voxels = &self.by_class[rng.random_range(0..self.by_class.len())];
        let voxel = labels.voxels[voxels[rng.random_range(0..voxels.len())]];
        let centre = std::array::from_fn(|axis| {
            let reach = shape[axis] as i64 / 3;
            i64::from(voxel[axis]) + rng.random_range(-reach..=reach)
        });
        Patch::cut(ct, grey, labels, corner(centre, shape, ct.shape()), shape)
    }
}

fn to_device(patch: &Patch, class_weights: &[f32], device: &Device) -> (Tensor<5>, Targets) {
    let [z, y, x] = patch.shape;
    let classes = class_weights.len();
    let tensor = |values: &[f32], shape: [usize; 5]| {
        Tensor::<5>::from_data(TensorData::new(values.to_vec(), shape), device)
    };
    (
        tensor(&patch.grey, [1, 1, z, y, x]),
        Targets {
            shares: tensor(&patch.shares, [1, classes, z, y, x]),
            weights: tensor(&patch.weights, [1, 1, z, y, x]),
            class_weights: tensor(class_weights, [1, classes, 1, 1, 1]),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_and_falls() {
        let plan = Plan::new(&Settings::default(), [128, 208, 208]);
        assert_eq!(plan.patch, [24, 96, 96]);
        assert!(plan.rate(0.0) < 0.1);
        assert!(plan.rate(0.05) > 0.99);
        assert!(plan.rate(1.0) < 1e-6);
        assert_eq!(plan.done(plan.steps, 0.0), 1.0);
    }

    #[test]
    fn the_clock_ends_a_run() {
        let settings = Settings {
            minutes: 1.0,
            ..Settings::default()
        };
        let plan = Plan::new(&settings, [128, 208, 208]);
        assert_eq!(plan.done(0, 60.0), 1.0);
    }

    #[test]
    fn rare_classes_weigh_more() {
        let labels = SparseLabels {
            voxels: vec![[0; 3]; 100],
            weights: vec![1.0; 100],
            shares: (0..100)
                .flat_map(|i| [f32::from(i >= 10), f32::from(i < 10)])
                .collect(),
            classes: 2,
        };
        let weights = class_weights(&labels, 0.5);
        assert!((weights[1] / weights[0] - 3.0).abs() < 1e-3);
        assert!((0.9 * weights[0] + 0.1 * weights[1] - 1.0).abs() < 1e-5);
    }
}
