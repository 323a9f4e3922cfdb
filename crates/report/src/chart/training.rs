use corelith_stats::liberation::Estimate;
use corelith_unet::CurvePoint;

use super::{Axis, Curve, curves};
use crate::palette::{BLUE, INK, Marker};

/// Training loss and held-out Dice over the steps, as an SVG document.
pub fn training_curve(points: &[CurvePoint]) -> String {
    let over_steps = |value: fn(&CurvePoint) -> f64| {
        let exact = |value| Estimate {
            value,
            low: f64::NAN,
            high: f64::NAN,
        };
        points
            .iter()
            .map(|p| (p.step as f64, exact(value(p))))
            .collect()
    };
    let loss = Curve {
        name: "Training loss".to_owned(),
        colour: INK,
        dash: "",
        marker: None,
        points: over_steps(|p| p.loss),
        band: false,
        marks: None,
    };
    let dice = Curve {
        name: "Mean Dice on the blocks kept back".to_owned(),
        colour: BLUE,
        dash: "5 3",
        marker: Some(Marker::Diamond),
        points: over_steps(|p| p.held_out_dice.unwrap_or(f64::NAN)),
        band: false,
        marks: None,
    };
    let last_step = points.iter().map(|p| p.step).max().unwrap_or(1);
    let highest = points
        .iter()
        .map(|p| p.loss)
        .filter(|l| l.is_finite())
        .fold(1.0, f64::max);
    curves(
        "Training loss and held-out Dice over the optimiser steps",
        &Axis::around("Optimiser step", 0.0, last_step as f64),
        &Axis::around("Loss, Dice", 0.0, highest),
        &[loss, dice],
    )
}
