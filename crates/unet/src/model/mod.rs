//! A trained model: weights, card and forest, and the file that holds them.

mod choice;
mod pretrained;
mod scan_range;

pub use choice::{Beginning, Choice, Recipe, Standing, Yardstick};
pub use pretrained::{
    pretrained_particles, pretrained_particles_sha256, pretrained_phases, pretrained_phases_sha256,
};
pub use scan_range::ScanRange;

use burn::module::Module as _;
use burn::tensor::Device;
use corelith_core::Spacing;
use serde::{Deserialize, Serialize};

use crate::UnetError;
use crate::forest::Forest;
use crate::network::weights::{
    NamedArray, from_safetensors, parameters, to_safetensors, with_parameters,
};
use crate::network::{Classes, GreyStatistics, Network, Settings};
use crate::random::rng;

/// What a model is, what it was trained on, and how well it did. Travels with the weights, so it
/// holds nothing that differs between equal runs, such as times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Version of the program that trained it.
    pub version: String,
    /// How it was built and trained.
    pub settings: Settings,
    /// The classes that labels are numbers of.
    pub classes: Classes,
    /// Numbers of those that it has learned of and tells apart, ascending: its labels hold no other. None
    /// where it tells all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub learned: Vec<u8>,
    /// Voxels of the scan that it was trained on, of several the first.
    pub spacing: Spacing,
    /// Grey values of that scan.
    pub grey: GreyStatistics,
    /// What the scans look like, where it was trained on several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scans: Option<ScanRange>,
    /// Commands that made it, the first from random weights or from those that the program brings.
    #[serde(default)]
    pub commands: Vec<String>,
    /// Names of the maps that it was trained on, or how many phantoms.
    pub trained_on: Vec<String>,
    /// Labelled voxels that it was trained on.
    pub labelled_voxels: usize,
    /// Labelled voxels that were held out.
    pub held_out_voxels: usize,
    /// Weights of the network.
    pub parameters: usize,
    /// Steps trained.
    pub steps: usize,
    /// Seed of all random numbers.
    pub seed: u64,
    /// What was added to the score of resin in the end, so that as much is particle as the labels
    /// say.
    #[serde(default)]
    pub resin_offset: f64,
    /// Dice of every class over the held-out voxels; none for a class that they lack.
    pub held_out_dice: Vec<Option<f64>>,
    /// How start, phantoms and augmentation were chosen.
    #[serde(default)]
    pub choice: Option<Choice>,
    /// What the probabilities of the classes are weighed by where minerals are decided, so that as
    /// much of each is called as they sum to; none where all weigh the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decision_weights: Vec<f32>,
    /// Share of a random forest in what it and the network say together, 0 to 1; the file holds the
    /// forest where it is above 0.
    #[serde(default)]
    pub forest_share: f64,
    /// How well a random forest alone does.
    #[serde(default)]
    pub yardstick: Option<Yardstick>,
}

impl ModelCard {
    /// Numbers of the classes that the model tells apart, ascending.
    pub fn told(&self) -> Vec<u8> {
        match self.learned.as_slice() {
            [] => self.classes.numbers(),
            learned => learned.to_vec(),
        }
    }

    /// The classes that the model tells apart, as the network and the forest number them.
    pub(crate) fn classes_told(&self) -> Classes {
        self.classes.only(&self.told())
    }
}

/// A trained network: its weights on the host, and its card.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    card: ModelCard,
    arrays: Vec<NamedArray>,
    /// What has a share in the probabilities.
    forest: Option<Forest>,
}

impl Model {
    pub(crate) fn new(card: ModelCard, network: &Network, forest: Option<Forest>) -> Self {
        Self {
            card,
            arrays: parameters(network),
            forest,
        }
    }

    /// The forest that has a share in the probabilities, and its share, above 0 to 1.
    pub(crate) fn forest(&self) -> Option<(&Forest, f32)> {
        let share = self.card.forest_share as f32;
        self.forest.as_ref().map(|forest| (forest, share))
    }

    /// What the probability of each class that it tells is weighed by where minerals are decided.
    pub(crate) fn decision_weights(&self) -> Vec<f32> {
        let weights = &self.card.decision_weights;
        let of = |class: u8| weights.get(usize::from(class)).copied().unwrap_or(1.0);
        self.card.told().into_iter().map(of).collect()
    }

    /// What the model is.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Adds a command to those that made it.
    pub fn made_by(&mut self, command: String) {
        self.card.commands.push(command);
    }

    /// Weights and card as one safetensors file.
    ///
    /// # Errors
    /// [`UnetError::Card`] or [`UnetError::Weights`] when they cannot be written down.
    pub fn to_bytes(&self) -> Result<Vec<u8>, UnetError> {
        let mut arrays = self.arrays.clone();
        arrays.extend(self.forest.iter().flat_map(Forest::arrays));
        to_safetensors(&arrays, serde_json::to_string(&self.card)?)
    }

    /// Reads what [`Model::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`UnetError::Card`] or [`UnetError::Weights`] when the bytes are something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, UnetError> {
        let (arrays, card) = from_safetensors(bytes)?;
        let card: ModelCard = serde_json::from_str(&card)?;
        check_classes(&card)?;
        let (of_forest, arrays): (Vec<_>, Vec<_>) =
            arrays.into_iter().partition(Forest::is_of_forest);
        let forest = match card.forest_share {
            0.0 => None,
            share if (0.0..=1.0).contains(&share) => {
                Some(Forest::from_arrays(&card.classes_told(), &of_forest)?)
            }
            share => {
                return Err(UnetError::Weights {
                    problem: format!("the share of the forest is {share}, expected 0 to 1"),
                });
            }
        };
        let model = Self {
            card,
            arrays,
            forest,
        };
        model.card.settings.check()?;
        check_size(&model.card, &model.arrays)?;
        check_decision(&model.card)?;
        model.arrays.iter().try_for_each(check_values)?;
        // Building the network once finds weights that do not fit it.
        model.network(&Device::flex())?;
        Ok(model)
    }

    /// The network on a device, for inference.
    pub(crate) fn network(&self, device: &Device) -> Result<Network, UnetError> {
        let Settings { width, levels, .. } = self.card.settings;
        let start = Network::new(
            width,
            levels,
            self.card.told().len(),
            &mut rng(0, "shape"),
            device,
        );
        Ok(with_parameters(start, &self.arrays)?.no_grad())
    }

    /// Fails where a training with these settings cannot start from this model.
    ///
    /// # Errors
    /// [`UnetError::Architecture`].
    pub fn check_start(&self, settings: &Settings) -> Result<(), UnetError> {
        let [expected, found] = [settings, &self.card.settings].map(|s| [s.width, s.levels]);
        match expected == found {
            true => Ok(()),
            false => Err(UnetError::Architecture { expected, found }),
        }
    }

    /// `network` with these weights, of the last layer only the rows of classes that both know by
    /// name.
    pub(crate) fn transferred(
        &self,
        network: Network,
        settings: &Settings,
        classes: &Classes,
    ) -> Result<Network, UnetError> {
        self.check_start(settings)?;
        self.blended(network, 1.0, classes)
    }

    /// `network` with weights that consist to a `share` of these; of the last layer only the rows
    /// of classes that both know by name. Both are of one architecture.
    pub(crate) fn blended(
        &self,
        network: Network,
        share: f64,
        classes: &Classes,
    ) -> Result<Network, UnetError> {
        let mut arrays = parameters(&network);
        let known_names = self.card.classes_told().names;
        for array in &mut arrays {
            let Some(known) = self.arrays.iter().find(|a| a.name == array.name) else {
                continue;
            };
            if Network::is_head(&array.name) {
                let row = array.values.len() / classes.count();
                for (to, name) in classes.names.iter().enumerate() {
                    if let Some(from) = known_names.iter().position(|k| k == name) {
                        let known = &known.values[from * row..][..row];
                        blend(&mut array.values[to * row..][..row], known, share);
                    }
                }
            } else {
                blend(&mut array.values, &known.values, share);
            }
        }
        with_parameters(network, &arrays)
    }
}

/// Largest weight that a training leaves; normal ones are a thousandth of it.
const LARGEST_WEIGHT: f32 = 1e3;

/// What some weight of each layer is beyond.
const LEAST_WEIGHT: f32 = 1e-9;

/// Fails unless the classes that it has learned of are some of its classes, the background among them.
fn check_classes(card: &ModelCard) -> Result<(), UnetError> {
    let (learned, classes) = (&card.learned, &card.classes);
    let ascends = learned.is_sorted_by(|a, b| a < b);
    let exist = learned
        .last()
        .is_none_or(|last| usize::from(*last) < classes.count());
    let tells_resin = learned.is_empty() || learned.contains(&classes.background);
    if ascends && exist && tells_resin && usize::from(classes.background) < classes.count() {
        return Ok(());
    }
    Err(UnetError::Weights {
        problem: format!(
            "its card tells of {} classes, of resin as number {} and of {learned:?} as learned",
            classes.count(),
            classes.background
        ),
    })
}

/// Fails unless there is one weight a class, or none.
fn check_decision(card: &ModelCard) -> Result<(), UnetError> {
    let weights = &card.decision_weights;
    let fits = weights.is_empty() || weights.len() == card.classes.count();
    if fits && weights.iter().all(|w| (1e-3..=1e3).contains(w)) {
        return Ok(());
    }
    Err(UnetError::Weights {
        problem: format!("the decision weights are {weights:?}, expected one above 0 a class"),
    })
}

/// Fails where the file holds another number of weights than its card promises, before memory is
/// asked for on the word of the card.
fn check_size(card: &ModelCard, arrays: &[NamedArray]) -> Result<(), UnetError> {
    let Settings { width, levels, .. } = card.settings;
    let promised = Network::parameter_count(width, levels, card.told().len());
    let found: usize = arrays.iter().map(|array| array.values.len()).sum();
    if promised == found {
        return Ok(());
    }
    Err(UnetError::Weights {
        problem: format!("the file holds {found} weights, its card tells of {promised}"),
    })
}

/// Fails on weights that no training leaves.
fn check_values(array: &NamedArray) -> Result<(), UnetError> {
    let refuse = |what: String| {
        Err(UnetError::Weights {
            problem: format!("`{}` {what}", array.name),
        })
    };
    let absurd = |value: &f32| !value.is_finite() || value.abs() > LARGEST_WEIGHT;
    if let Some(at) = array.values.iter().position(absurd) {
        let value = array.values[at];
        return refuse(format!(
            "is {value} at position {at}, beyond any trained weight"
        ));
    }
    if array.shape.len() > 1 && array.values.iter().all(|value| value.abs() < LEAST_WEIGHT) {
        return refuse("is zero throughout".to_owned());
    }
    Ok(())
}

/// Takes `values` to a `share` from `known`.
fn blend(values: &mut [f32], known: &[f32], share: f64) {
    for (value, known) in values.iter_mut().zip(known) {
        *value += share as f32 * (known - *value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_that_no_training_leaves_are_refused() {
        let model = pretrained_phases().unwrap();
        let read = |change: &dyn Fn(&mut Model)| {
            let mut changed = model.clone();
            change(&mut changed);
            Model::from_bytes(&changed.to_bytes().unwrap()).map_err(|error| error.to_string())
        };
        assert!(read(&|_| ()).is_ok_and(|same| same.arrays == model.arrays));
        for (value, said) in [
            (f32::NAN, "NaN at position 3"),
            (f32::INFINITY, "inf at position 3"),
            (-1e30, "at position 3, beyond"),
        ] {
            let error = read(&|model| model.arrays[0].values[3] = value).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        let matrix = model.arrays.iter().position(|a| a.shape.len() > 1).unwrap();
        for nothing in [0.0, 1e-30] {
            let error = read(&|model| model.arrays[matrix].values.fill(nothing)).unwrap_err();
            assert!(error.contains("is zero throughout"), "{error}");
        }
        for learned in [vec![1, 0], vec![0, 99], vec![1, 2]] {
            let error = read(&|model| {
                model.card.classes.background = 0;
                model.card.learned.clone_from(&learned);
            });
            let error = error.unwrap_err();
            assert!(error.contains("its card tells of"), "{learned:?}: {error}");
        }
        // On the word of this card a network of gigabytes would be built.
        let error = read(&|model| {
            model.card.settings.width = 128;
            model.card.settings.levels = 6;
        })
        .unwrap_err();
        assert!(error.contains("its card tells of"), "{error}");
    }

    #[test]
    fn a_forest_with_all_the_share_decides_alone() {
        use corelith_core::{PlacedMap, Raster, Silent, Spacing, Volume};

        let mut model = pretrained_phases().unwrap();
        // Every class, as a forest leaves those to the network that it does not know.
        let class_of = |x: usize| (x / 7) as u8;
        let ct = Volume::from_fn([20, 30, 42], Spacing::isotropic(2.296), |x, y, z| {
            let noise = ((z * 41 + y) * 43 + x).wrapping_mul(2_654_435_761) >> 9 & 2047;
            (9_000 + 5_000 * usize::from(class_of(x)) + noise) as u16
        });
        let scan = crate::Scan::measure(&ct).unwrap();
        let map = PlacedMap {
            name: "map".to_owned(),
            classes: Raster::from_fn(42, 30, |x, _| class_of(x)),
            coords_vox: [
                Raster::from_fn(42, 30, |x, _| x as f32),
                Raster::from_fn(42, 30, |_, y| y as f32),
                Raster::filled(42, 30, 10.0),
            ],
            pixel_um: 2.296,
        };
        let forest = Forest::train(&scan, &[map], &model.card.classes, 1, &Silent).unwrap();
        let alone = forest
            .segment(&scan, &corelith_gpu::Compute::Cpu, &Silent)
            .unwrap();
        let segmented = |model: &Model| {
            let (settings, cpu) = (
                crate::SegmentSettings::default(),
                corelith_gpu::Compute::Cpu,
            );
            crate::segment(&scan, model, &settings, &cpu, &Silent)
                .unwrap()
                .phases
        };
        assert!(
            segmented(&model) != alone,
            "the network sees something else"
        );
        model.card.forest_share = 1.0;
        model.forest = Some(forest);
        assert!(segmented(&model) == alone);
    }
}
