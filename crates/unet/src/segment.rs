use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};
use corelith_core::{Progress, Volume};
use corelith_gpu::Compute;
use rayon::prelude::*;

use crate::decision::decide;
use crate::network::Network;
use crate::patch::grey_of;
use crate::tiles::{starts, weights};
use crate::weights::values;
use crate::{Classes, GreyStatistics, Model, SegmentSettings, UnetError, burn_device};

/// Below this normalised grey value even the brightest 2 x 2 x 2 voxels of a tile are resin.
const EMPTY: f32 = 0.35;

/// What a network found in a volume.
#[derive(Debug, Clone)]
pub struct Segmentation {
    /// Class of every voxel: resin where it is as probable as all minerals together, else the most
    /// probable mineral.
    pub phases: Volume<u8>,
    /// How much speaks for the most probable mineral of every voxel against the second most
    /// probable one: the logarithm of their odds in steps of [`Self::EVIDENCE_STEP_NATS`], 0 to 255,
    /// whether the voxel is a mineral or resin.
    pub evidence: Volume<u8>,
    /// Probability of every class, one volume a class, 0 to 255, when asked for.
    pub probabilities: Option<Vec<Volume<u8>>>,
}

impl Segmentation {
    /// Size of a step of [`Self::evidence`], in nats: the scale ends at odds of 2900.
    pub const EVIDENCE_STEP_NATS: f32 = 1.0 / 32.0;
}

/// Applies a model to a volume, tile by tile.
///
/// Grey values are scaled by the statistics of this volume, not those of the model's. Beside the
/// result, memory holds the class probabilities of one layer of tiles.
///
/// # Errors
/// When a setting is out of range, when the volume has no contrast, when the device fails, or when
/// the user stops it.
pub fn segment(
    ct: &Volume<u16>,
    model: &Model,
    settings: &SegmentSettings,
    compute: &Compute,
    progress: &dyn Progress,
) -> Result<Segmentation, UnetError> {
    let multiple = model.card().settings.multiple();
    settings.check(multiple)?;
    let device = burn_device(compute)?;
    let applied = Applied {
        network: model.network(&device)?,
        device,
        grey: GreyStatistics::measure(ct)?,
        classes: model.card().classes.count(),
        background: usize::from(model.card().classes.background),
        mirrors: settings.mirrors,
    };
    let shape = ct.shape();
    let tile: [usize; 3] = std::array::from_fn(|axis| {
        settings.tile_vox[axis].min(shape[axis].next_multiple_of(multiple))
    });
    let starts: [Vec<usize>; 3] =
        std::array::from_fn(|axis| starts(shape[axis], tile[axis], settings.overlap_vox));
    let weights = tile.map(weights);

    progress.start("segment", starts.iter().map(|s| s.len() as u64).product());
    let mut out = Segmentation {
        phases: Volume::filled(shape, ct.spacing(), 0),
        evidence: Volume::filled(shape, ct.spacing(), 0),
        probabilities: settings
            .probabilities
            .then(|| vec![Volume::filled(shape, ct.spacing(), 0); applied.classes]),
    };
    let mut layer = Layer::new(&model.card().classes, tile[0], [shape[1], shape[2]]);
    for (i, &z) in starts[0].iter().enumerate() {
        for &y in &starts[1] {
            for &x in &starts[2] {
                progress.check()?;
                let corner = [z, y, x];
                let probabilities = applied.tile(ct, corner, tile);
                layer.add(&probabilities, [y, x], tile, &weights);
                progress.advance(1);
            }
        }
        let next = starts[0].get(i + 1).copied().unwrap_or(shape[0]);
        layer.finish(z, next, &mut out);
        layer.shift(next - z);
    }
    progress.finish();
    Ok(out)
}

/// A network on its device.
struct Applied {
    network: Network,
    device: Device,
    grey: GreyStatistics,
    classes: usize,
    background: usize,
    mirrors: bool,
}

impl Applied {
    /// Probabilities of one tile, `[classes, z, y, x]`.
    fn tile(&self, ct: &Volume<u16>, corner: [usize; 3], tile: [usize; 3]) -> Vec<f32> {
        let grey = grey_of(ct, &self.grey, corner.map(|c| c as i64), tile);
        let voxels = grey.len();
        if is_empty(&grey, tile) {
            let mut certain = vec![0.0; self.classes * voxels];
            certain[self.background * voxels..][..voxels].fill(1.0);
            return certain;
        }
        let [z, y, x] = tile;
        let input: Tensor<5> =
            Tensor::from_data(TensorData::new(grey, [1, 1, z, y, x]), &self.device);
        if !self.mirrors {
            return values(softmax(self.network.forward(input), 1));
        }
        let mut sum: Option<Tensor<5>> = None;
        for image in 0..8u32 {
            let mirror = |x: Tensor<5>| {
                (0..3)
                    .filter(|axis| image >> axis & 1 == 1)
                    .fold(x, |x, axis| x.flip([axis + 2]))
            };
            let found = mirror(softmax(self.network.forward(mirror(input.clone())), 1));
            sum = Some(match sum {
                None => found,
                Some(sum) => sum + found,
            });
        }
        sum.map(|s| values(s / 8.0)).unwrap_or_default()
    }
}

/// Whether nothing but resin is in a tile. Single voxels are too noisy to tell; means over eight
/// are not.
fn is_empty(grey: &[f32], [depth, height, width]: [usize; 3]) -> bool {
    let at = |z: usize, y: usize, x: usize| grey[(z * height + y) * width + x];
    (0..depth - 1).into_par_iter().step_by(2).all(|z| {
        (0..height - 1).step_by(2).all(|y| {
            (0..width - 1).step_by(2).all(|x| {
                let sum: f32 = (0..8)
                    .map(|i| at(z + (i >> 2 & 1), y + (i >> 1 & 1), x + (i & 1)))
                    .sum();
                sum / 8.0 < EMPTY
            })
        })
    })
}

/// Weighted probabilities of the slices under the current layer of tiles.
struct Layer {
    classes: usize,
    background: usize,
    depth: usize,
    height: usize,
    width: usize,
    /// `[depth, classes, height, width]`, so that finished slices leave at the front.
    sums: Vec<f32>,
    /// `[depth, height, width]`.
    weights: Vec<f32>,
}

impl Layer {
    fn new(classes: &Classes, depth: usize, [height, width]: [usize; 2]) -> Self {
        let background = usize::from(classes.background);
        let classes = classes.count();
        Self {
            classes,
            background,
            depth,
            height,
            width,
            sums: vec![0.0; depth * classes * height * width],
            weights: vec![0.0; depth * height * width],
        }
    }

    /// Adds a tile whose rows and columns begin at `[y, x]`.
    fn add(&mut self, tile: &[f32], [y, x]: [usize; 2], shape: [usize; 3], axes: &[Vec<f32>; 3]) {
        let (height, width, classes) = (self.height, self.width, self.classes);
        let rows = shape[1].min(height - y);
        let columns = shape[2].min(width - x);
        let (area, voxels) = (height * width, shape.iter().product::<usize>());
        self.sums
            .par_chunks_exact_mut(classes * area)
            .zip(self.weights.par_chunks_exact_mut(area))
            .enumerate()
            .for_each(|(z, (sums, weights))| {
                for row in 0..rows {
                    let across = axes[0][z] * axes[1][row];
                    let target = (y + row) * width + x;
                    for (weight, along) in weights[target..][..columns].iter_mut().zip(&axes[2]) {
                        *weight += across * along;
                    }
                    for class in 0..classes {
                        let source = class * voxels + (z * shape[1] + row) * shape[2];
                        let sums = &mut sums[class * area + target..][..columns];
                        let found = &tile[source..][..columns];
                        for ((sum, &p), along) in sums.iter_mut().zip(found).zip(&axes[2]) {
                            *sum += across * along * p;
                        }
                    }
                }
            });
    }

    /// Writes slices `first..next`, which no further tile touches; the layer begins at `first`.
    fn finish(&self, first: usize, next: usize, out: &mut Segmentation) {
        let area = self.height * self.width;
        let background = self.background;
        for z in first..next {
            let sums = &self.sums[(z - first) * self.classes * area..][..self.classes * area];
            let weights = &self.weights[(z - first) * area..][..area];
            out.phases.data_mut()[z * area..][..area]
                .par_iter_mut()
                .zip(&mut out.evidence.data_mut()[z * area..][..area])
                .enumerate()
                .for_each(|(i, (phase, evidence))| {
                    let decision = decide(self.classes, background, |class| sums[class * area + i]);
                    *phase = decision.class as u8;
                    // The cast ends at 255.
                    *evidence = (decision.mineral_log_odds / Segmentation::EVIDENCE_STEP_NATS)
                        .round() as u8;
                });
            for (class, volume) in out.probabilities.iter_mut().flatten().enumerate() {
                for (i, p) in volume.data_mut()[z * area..][..area].iter_mut().enumerate() {
                    *p = (255.0 * sums[class * area + i] / weights[i]).round() as u8;
                }
            }
        }
    }

    /// Moves the layer down by `slices`.
    fn shift(&mut self, slices: usize) {
        let area = self.height * self.width;
        for (values, slice) in [
            (&mut self.sums, self.classes * area),
            (&mut self.weights, area),
        ] {
            let kept = self.depth.saturating_sub(slices) * slice;
            let begin = values.len() - kept;
            values.copy_within(begin.., 0);
            values[kept..].fill(0.0);
        }
    }
}
