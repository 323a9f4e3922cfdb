//! The smooth field that makes greys gather most.

use nalgebra::{DMatrix, DVector};

use super::super::cubes::Cubes;
use super::super::density::Density;
use super::super::levels::{Levels, RAREST};
use super::polynomial::{Polynomial, Terms};
use super::unshaded;

/// Rounds of levels and field in turn.
const ROUNDS: i32 = 25;

/// Bandwidth of the levels in the first round, as a share of the range of greys, and by how much it
/// narrows from round to round.
const FIRST_BANDWIDTH: f64 = 0.03;
const NARROWING: f64 = 0.85;

/// Greys further from their level than so many bandwidths count little.
const FAR: f64 = 1.5;

/// Draws factors to zero that the cubes do not tell.
const RIDGE: f64 = 1e-3;

/// Offset and gain of the field that fits the cubes of one half, or of both.
pub(super) fn fitted(
    cubes: &Cubes,
    levels: &Levels,
    terms: Terms,
    half: Option<bool>,
) -> [Polynomial; 2] {
    let is_in = |&i: &usize| half.is_none_or(|half| cubes.halves[i] == half);
    let members: Vec<usize> = (0..cubes.len()).filter(is_in).collect();
    let greys: Vec<f64> = members.iter().map(|&i| cubes.greys[i]).collect();
    let count = terms.count();
    let mut rows: Vec<Vec<f64>> = members.iter().map(|&i| terms.at(cubes.places[i])).collect();
    let mean = |k: usize| rows.iter().map(|row| row[k]).sum::<f64>() / rows.len() as f64;
    let means: Vec<f64> = (0..count).map(mean).collect();
    for row in &mut rows {
        row.iter_mut().zip(&means).for_each(|(v, mean)| *v -= mean);
    }
    let squares = rows.iter().flatten().map(|v| v * v).sum::<f64>();
    let square = squares / (rows.len() * count) as f64;

    let [low, high] = levels.greys;
    let (middle, range) = (0.5 * (low + high), high - low);
    let mut flat = greys.clone();
    let mut factors = DVector::zeros(2 * count);
    for round in 0..ROUNDS {
        let bandwidth = levels
            .bandwidth
            .max(FIRST_BANDWIDTH * range * NARROWING.powi(round));
        let density = Density::of(flat.iter().map(|&g| (g, 1.0)), levels.greys, bandwidth);
        let modes = density.modes();
        let least = RAREST * density.highest();
        let mut normal = DMatrix::zeros(2 * count, 2 * count);
        let mut right = DVector::zeros(2 * count);
        let mut total = 0.0;
        let mut terms_of = DVector::zeros(2 * count);
        for ((grey, flat), row) in greys.iter().zip(&flat).zip(&rows) {
            let level = modes.of(*flat);
            let off = (flat - level) / (FAR * bandwidth);
            let weight = (1.0 + off * off).powi(-2) / (density.at(level) + least);
            let share = (level - middle) / range;
            for (k, &term) in row.iter().enumerate() {
                terms_of[k] = term;
                terms_of[count + k] = term * share;
            }
            normal.syger(weight, &terms_of, &terms_of, 1.0);
            right.axpy(weight * (grey - level), &terms_of, 1.0);
            total += weight;
        }
        normal.fill_upper_triangle_with_lower_triangle();
        for k in 0..2 * count {
            normal[(k, k)] += RIDGE * total * square;
        }
        let Some(cholesky) = normal.cholesky() else {
            break;
        };
        factors = cholesky.solve(&right);
        for ((flat, grey), row) in flat.iter_mut().zip(&greys).zip(&rows) {
            let of = |first: usize| row.iter().enumerate().map(move |(k, v)| (first + k, v));
            let sum = |first: usize| of(first).map(|(k, v)| v * factors[k]).sum::<f64>();
            *flat = unshaded(*grey, [sum(0), sum(count)], levels.greys);
        }
    }
    [0, count].map(|first| {
        let factors: Vec<f64> = factors.iter().skip(first).take(count).copied().collect();
        let at_mean = factors.iter().zip(&means).map(|(f, mean)| f * mean);
        Polynomial {
            terms,
            constant: -at_mean.sum::<f64>(),
            factors,
        }
    })
}

/// How much sharper the levels of the cubes of one half become by the field of the other: the rise of
/// the mean log density that the other half's cubes give them, in nats.
pub(super) fn sharpening(cubes: &Cubes, levels: &Levels, terms: Terms, half: bool) -> f64 {
    let [offset, gain] = fitted(cubes, levels, terms, Some(!half));
    let flat: Vec<f64> = (0..cubes.len())
        .map(|i| {
            let added = [&offset, &gain].map(|field| field.at_unit(cubes.places[i]));
            unshaded(cubes.greys[i], added, levels.greys)
        })
        .collect();
    let log_density = |greys: &[f64]| {
        let of = |wanted: bool| (0..greys.len()).filter(move |&i| cubes.halves[i] == wanted);
        let learned = of(!half).map(|i| (greys[i], levels.weights[i]));
        let density = Density::of(learned, levels.greys, levels.bandwidth);
        let floor = 1e-3 / (levels.greys[1] - levels.greys[0]);
        let (mut sum, mut total) = (0.0, 0.0);
        for i in of(half) {
            sum += levels.weights[i] * (density.at(greys[i]) + floor).ln();
            total += levels.weights[i];
        }
        sum / total
    };
    log_density(&flat) - log_density(&cubes.greys)
}
