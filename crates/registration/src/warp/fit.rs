//! Regularised least squares of the smooth displacement.
//!
//! The data term is Gauss-Newton on the grey values; the prior of the displacement is a Matern
//! field, that of the affine pose is the stated pixel size. Draws from the posterior tell how far the
//! result may be off (perturb and maximise: Papandreou and Yuille 2010).

use corelith_core::CtFromMap;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use rayon::prelude::*;

use crate::fit::observation::Observation;
use crate::fit::prediction::Prediction;
use crate::fit::slab::Slab;
use crate::placement::pose::{Allowed, frame_of};
use crate::placement::warp::Warp;
use crate::settings::WarpSettings;
use crate::warp::affine_modes::AffineModes;
use crate::warp::prior::{Prior, Strength};
use crate::warp::shape_prior::ShapePrior;
use crate::warp::solve::{Posterior, Unknowns};
use crate::warp::system::System;

/// Rounds of Gauss-Newton at most.
const ROUNDS: usize = 12;
/// Draws from the posterior.
const DRAWS: usize = 8;
/// What the model leaves out (rims that are rough together, blur that varies) makes true errors
/// larger than the posterior says, by this factor; measured on phantoms.
const MODEL_ERROR: f64 = 1.47;

/// The fitted displacement.
pub(crate) struct WarpFit {
    /// The affine pose, with what is affine in the displacement taken over.
    pub pose: CtFromMap,
    pub warp: Warp,
    /// Expected mean distance to the true positions, in voxels, what all of a section has in common
    /// left out.
    pub uncertainty_vox: f64,
    /// See [`Observation::correlated_pixels`].
    pub correlated_pixels: f64,
}

/// What a displacement is fitted to.
#[derive(Clone, Copy)]
pub(crate) struct Compared<'a> {
    /// The CT about the map.
    pub slab: &'a Slab,
    /// The CT as the map has it.
    pub prediction: &'a Prediction<'a>,
    /// Pixels over which residuals are alike, at most.
    pub reach: usize,
}

/// Goes on from `start` and, where there is one already, a displacement.
pub(crate) fn fit(
    compared: Compared<'_>,
    (start, warp): (CtFromMap, Option<Warp>),
    settings: &WarpSettings,
    allowed: Allowed,
    seed: u64,
) -> WarpFit {
    let Compared {
        slab,
        prediction,
        reach,
    } = compared;
    let mut pose = start;
    let (rows, cols) = (prediction.rows, prediction.cols);
    let pixel_vox = (pose.du_vox().norm() * pose.dv_vox().norm()).sqrt();
    let mut warp = warp.unwrap_or_else(|| flat(&pose, [rows, cols], settings));
    let spacing_vox = warp.spacing_px * pixel_vox;
    let modes = AffineModes::new(&warp, rows, cols);
    let strength = Strength {
        range_vox: settings.range_vox,
        in_plane_vox: settings.in_plane_vox,
        out_of_plane_vox: settings.out_of_plane_vox,
    };
    let prior = Prior::new(&strength, &warp, spacing_vox);
    let half_px = [cols as f64 / 2.0, rows as f64 / 2.0];
    let shape_about =
        |pose: &CtFromMap, warp: &Warp| ShapePrior::about(pose, allowed, &warp.axes, half_px);
    let mut correlated_pixels = 1.0;
    let mut system = None;
    for _ in 0..ROUNDS {
        let observation = Observation::new(slab, prediction, &pose, Some(&warp), 1);
        if observation.used() < 16 {
            break;
        }
        correlated_pixels = observation.correlated_pixels(cols, reach);
        let current = System::new(&observation, prediction, &warp, correlated_pixels);
        let shape = shape_about(&pose, &warp);
        let posterior = Posterior {
            system: &current,
            prior: &prior,
            modes: &modes,
            shape: &shape,
        };
        let mut right = posterior.adjoint(&current.right);
        let white = prior.white(&warp.control_vox);
        for (r, w) in right.white.iter_mut().zip(&white) {
            for (r, w) in r.iter_mut().zip(w) {
                *r -= w;
            }
        }
        for (r, s) in right
            .affine
            .iter_mut()
            .flatten()
            .zip(shape.right().iter().flatten())
        {
            *r += s;
        }
        let delta = posterior.solve(&right);
        let moved = posterior
            .field(&delta)
            .iter()
            .flatten()
            .fold(0.0, |most: f64, d| most.max(d.abs()));
        let bending = prior.field(&delta.white);
        for (control, d) in warp.control_vox.iter_mut().zip(&bending) {
            for (c, d) in control.iter_mut().zip(d) {
                *c += d;
            }
        }
        pose = modes.moved(&pose, &warp, &delta.affine);
        system = Some(current);
        if moved < 0.01 {
            break;
        }
    }
    let uncertainty_vox = system.map_or(f64::INFINITY, |system| {
        let shape = shape_about(&pose, &warp);
        let posterior = Posterior {
            system: &system,
            prior: &prior,
            modes: &modes,
            shape: &shape,
        };
        MODEL_ERROR * expected_error(&posterior, &warp, [rows, cols], seed)
    });
    WarpFit {
        pose,
        warp,
        uncertainty_vox,
        correlated_pixels,
    }
}

/// No displacement yet, for a map of `[rows, cols]` that lies at a pose.
pub(crate) fn flat(pose: &CtFromMap, [rows, cols]: [usize; 2], settings: &WarpSettings) -> Warp {
    let pixel_vox = (pose.du_vox().norm() * pose.dv_vox().norm()).sqrt();
    let spacing_px = (settings.spacing_vox / pixel_vox).max(2.0);
    Warp::zero(rows, cols, spacing_px, frame_of(pose))
}

/// Expected mean distance to the truth, in voxels: from draws from the posterior.
fn expected_error(
    posterior: &Posterior<'_>,
    warp: &Warp,
    [rows, cols]: [usize; 2],
    seed: u64,
) -> f64 {
    let stride = (rows.max(cols) / 48).max(1);
    let lengths: Vec<f64> = (0..DRAWS as u64)
        .into_par_iter()
        .map(|draw| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed ^ (draw << 32));
            let data = posterior.adjoint(&posterior.system.draw(&mut rng));
            let prior = Unknowns {
                white: data
                    .white
                    .iter()
                    .map(|_| std::array::from_fn(|_| rng.sample(StandardNormal)))
                    .collect(),
                affine: posterior
                    .shape
                    .draw(std::array::from_fn(|_| rng.sample(StandardNormal))),
            };
            let mut right = data;
            right.add(1.0, &prior);
            let mut off = warp.clone();
            off.frames = None;
            off.control_vox = posterior.field(&posterior.solve(&right));
            let (mut sum, mut count) = (0.0, 0usize);
            for row in (0..rows).step_by(stride) {
                for col in (0..cols).step_by(stride) {
                    sum += off.displacement(col as f64, row as f64).norm();
                    count += 1;
                }
            }
            sum / count.max(1) as f64
        })
        .collect();
    lengths.iter().sum::<f64>() / lengths.len() as f64
}
