//! What is known of a model.

use corelith_core::{Minerals, Spacing};
use corelith_unet::{
    Beginning, Choice, Classes, CurvePoint, GreyStatistics, ModelCard, Recipe, Settings, Standing,
    Yardstick,
};

pub fn curve_point(step: usize, loss: f64, held_out_dice: Option<f64>) -> CurvePoint {
    CurvePoint {
        step,
        seconds: 0.0,
        learning_rate: 1e-3,
        loss,
        held_out_loss: None,
        held_out_dice,
    }
}

/// A network that a random forest beats.
pub fn model_card(minerals: &Minerals) -> ModelCard {
    let recipe = Recipe {
        beginning: Beginning::Random,
        rehearsal: 0.25,
        augmentation: 1.0,
    };
    let standing = |recipe: Recipe, loss: f64, kept: bool| Standing {
        recipe,
        steps: 25,
        loss: Some(loss),
        kept,
    };
    let given = Recipe {
        beginning: Beginning::Phases,
        ..recipe
    };
    ModelCard {
        learned: Vec::new(),
        version: "0.1.0".to_owned(),
        settings: Settings::default(),
        classes: Classes {
            names: minerals.rows().iter().map(|m| m.name.clone()).collect(),
            background: minerals.background(),
        },
        spacing: Spacing::isotropic(2.0),
        grey: GreyStatistics {
            resin: 1000.0,
            particles: 3000.0,
            threshold: 2000.0,
        },
        scans: None,
        commands: Vec::new(),
        trained_on: vec!["map_0".to_owned()],
        labelled_voxels: 1000,
        held_out_voxels: 100,
        parameters: 100,
        steps: 100,
        seed: 7,
        resin_offset: 0.0,
        decision_weights: Vec::new(),
        held_out_dice: vec![Some(0.95), Some(0.8), None],
        choice: Some(Choice {
            recipe,
            race: vec![standing(given, 0.3, false), standing(recipe, 0.2, true)],
            start_share: 0.0,
            start_shares: Vec::new(),
        }),
        forest_share: 0.5,
        yardstick: Some(Yardstick {
            forest_dice: vec![Some(0.96), Some(0.85), None],
            forest_foreground: 0.97,
            forest_mean: Some(0.85),
            forest_figure: 0.91,
            network_foreground: 0.96,
            network_mean: Some(0.8),
            network_figure: 0.88,
        }),
    }
}
