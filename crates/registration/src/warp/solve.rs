use nalgebra::SVector;

use crate::warp::affine_modes::{Affine, AffineModes};
use crate::warp::prior::{Field, Prior};
use crate::warp::shape_prior::ShapePrior;
use crate::warp::system::System;

/// Iterations at most.
const ITERATIONS: usize = 400;
/// The energy of the residual falls by this factor.
const PRECISION: f64 = 1e-8;

/// What is solved for: the bending, in units of its deviation before the data speak, and an affine
/// motion, free but for the shape of the pixels.
#[derive(Clone)]
pub(crate) struct Unknowns {
    pub white: Field,
    pub affine: Affine,
}

impl Unknowns {
    fn dot(&self, other: &Self) -> f64 {
        let pairs = self.white.iter().zip(&other.white);
        pairs
            .chain(self.affine.iter().zip(&other.affine))
            .map(|(a, b)| a[0] * b[0] + a[1] * b[1] + a[2] * b[2])
            .sum()
    }

    pub fn add(&mut self, factor: f64, other: &Self) {
        let pairs = self.white.iter_mut().zip(&other.white);
        for (a, b) in pairs.chain(self.affine.iter_mut().zip(&other.affine)) {
            for (a, b) in a.iter_mut().zip(b) {
                *a += factor * b;
            }
        }
    }
}

/// A data term and the priors together.
pub(crate) struct Posterior<'a> {
    pub system: &'a System,
    pub prior: &'a Prior,
    pub modes: &'a AffineModes,
    pub shape: &'a ShapePrior,
}

impl Posterior<'_> {
    /// Bending and affine motion together, as control points.
    pub fn field(&self, unknowns: &Unknowns) -> Field {
        let mut field = self.prior.field(&unknowns.white);
        self.modes.add(&unknowns.affine, &mut field);
        field
    }

    /// The adjoint of [`Self::field`].
    pub fn adjoint(&self, field: &Field) -> Unknowns {
        Unknowns {
            white: self.prior.adjoint(field),
            affine: self.modes.project(field),
        }
    }

    fn apply(&self, unknowns: &Unknowns) -> Unknowns {
        let mut image = self.adjoint(&self.system.apply(&self.field(unknowns)));
        for (a, b) in image.white.iter_mut().zip(&unknowns.white) {
            for (a, b) in a.iter_mut().zip(b) {
                *a += b;
            }
        }
        let shape = self.shape.apply(&unknowns.affine);
        for (a, b) in image.affine.iter_mut().zip(&shape) {
            for (a, b) in a.iter_mut().zip(b) {
                *a += b;
            }
        }
        image
    }

    /// Conjugate gradients; the affine motions are preconditioned by their own normal equations,
    /// the bending by being counted in units of its prior.
    pub fn solve(&self, right: &Unknowns) -> Unknowns {
        let factor = self.modes.factor(self.system, self.shape);
        let precondition = |residual: &Unknowns| {
            let flat = SVector::<f64, 9>::from_fn(|i, _| residual.affine[i / 3][i % 3]);
            let solved = factor.as_ref().map_or(flat, |factor| factor.solve(&flat));
            Unknowns {
                white: residual.white.clone(),
                affine: std::array::from_fn(|mode| {
                    std::array::from_fn(|axis| solved[3 * mode + axis])
                }),
            }
        };
        let mut x = Unknowns {
            white: vec![[0.0; 3]; right.white.len()],
            affine: [[0.0; 3]; 3],
        };
        let mut residual = right.clone();
        let mut direction = precondition(&residual);
        let mut energy = residual.dot(&direction);
        let target = energy * PRECISION;
        for _ in 0..ITERATIONS {
            if energy <= target || energy <= 0.0 {
                break;
            }
            let image = self.apply(&direction);
            let length = energy / direction.dot(&image);
            x.add(length, &direction);
            residual.add(-length, &image);
            let mut next_direction = precondition(&residual);
            let next = residual.dot(&next_direction);
            next_direction.add(next / energy, &direction);
            direction = next_direction;
            energy = next;
        }
        x
    }
}
