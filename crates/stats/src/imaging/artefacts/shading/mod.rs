//! Shading: grey values of one kind of matter that differ over a volume, as by beam hardening
//! (cupping) or a detector that drifts. Where minerals differ by less than that, no voxel tells them
//! apart before it is taken out.
//!
//! It is seen on the volume alone. Small cubes that lie in one kind of matter have mean greys that
//! gather at some levels; a smooth field is looked for that makes them gather most, in turn with the
//! levels (as Sled, Zijdenbos and Evans 1998, N3, do for magnetic resonance). What a kind of matter is
//! does not need to be known. A field counts only where it sharpens the levels of cubes that it was
//! not fitted to.

mod fit;
mod polynomial;

use serde::{Deserialize, Serialize};

use super::cubes::Cubes;
use super::levels::Levels;
use fit::{fitted, sharpening};
use polynomial::Polynomial;
pub use polynomial::Terms;
pub(super) use polynomial::from_middle;

/// How much sharper the levels of cubes must become by a field that was fitted to others, in nats a
/// cube: without shading it is below .015, with some of 3 % of the contrast above .09.
const SHARPENING_MIN_NATS: f64 = 0.03;

/// How much better more terms must be to be taken: few large particles that differ in grey by chance
/// let them reach a tenth.
const MORE_TERMS_NATS: f64 = 0.15;

/// The shading of a volume: how grey values of one kind of matter differ over it.
///
/// Matter that would have the grey `t` has `t + a + b (t - middle) / (highest - lowest)`, where the
/// polynomials `a` and `b` depend on the place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shading {
    shape: [usize; 3],
    /// Greys of the darkest and the brightest matter.
    greys: [f64; 2],
    /// What is added, in greys.
    offset: Polynomial,
    /// What is added more from the darkest to the brightest grey, in greys.
    gain: Polynomial,
    /// How much sharper the levels of two halves of the volume become by what the other one shows,
    /// in nats.
    pub sharpening_nats: [f64; 2],
}

impl Shading {
    /// That of a volume of that shape, by its cubes; `None` where there is none to see.
    pub(super) fn measure(cubes: &Cubes, levels: &Levels, shape: [usize; 3]) -> Option<Self> {
        let [radial, general] = [Terms::Radial, Terms::General].map(|terms| {
            let nats = [false, true].map(|half| sharpening(cubes, levels, terms, half));
            (terms, nats)
        });
        let least = |nats: [f64; 2]| nats[0].min(nats[1]);
        let needed = least(radial.1).max(SHARPENING_MIN_NATS) + MORE_TERMS_NATS;
        let (terms, sharpening_nats) = match least(general.1) >= needed {
            true => general,
            false => radial,
        };
        if least(sharpening_nats) < SHARPENING_MIN_NATS {
            return None;
        }
        let [offset, gain] = fitted(cubes, levels, terms, None);
        Some(Self {
            shape,
            greys: levels.greys,
            offset,
            gain,
            sharpening_nats,
        })
    }

    /// By how much matter of the darkest and of the brightest grey differs over the cylinder about
    /// the axis of the volume, as a share of what the two differ by.
    pub fn spread(&self) -> [f64; 2] {
        const STEPS: usize = 8;
        let at = |axis: usize, i: usize| (self.shape[axis] - 1) as f64 * i as f64 / STEPS as f64;
        self.greys.map(|grey| {
            let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
            for i in 0..(STEPS + 1).pow(3) {
                let place = [
                    at(0, i / (STEPS + 1).pow(2)),
                    at(1, i / (STEPS + 1) % (STEPS + 1)),
                    at(2, i % (STEPS + 1)),
                ];
                let [_, y, x] = from_middle(place, self.shape);
                if y * y + x * x <= 1.0 {
                    let added = self.added(place, grey);
                    (least, most) = (least.min(added), most.max(added));
                }
            }
            (most - least) / self.contrast()
        })
    }

    /// What it adds to the brightest matter at a place `[z, y, x]`, in voxels.
    pub fn brightest(&self, place: [f64; 3]) -> f64 {
        self.added(place, self.greys[1])
    }

    /// By how much the greys of the darkest and of the brightest matter differ.
    fn contrast(&self) -> f64 {
        self.greys[1] - self.greys[0]
    }

    /// What it adds to matter of a grey at a place `[z, y, x]`, in voxels.
    fn added(&self, place: [f64; 3], grey: f64) -> f64 {
        self.offset.at(place, self.shape) + self.gain.at(place, self.shape) * self.share(grey)
    }

    /// The grey that matter of `grey` would have without it at a place [`from_middle`].
    pub(super) fn unshaded(&self, place: [f64; 3], grey: f64) -> f64 {
        let added = [&self.offset, &self.gain].map(|field| field.at_unit(place));
        unshaded(grey, added, self.greys)
    }

    /// Where a grey lies, from the middle, in contrasts.
    fn share(&self, grey: f64) -> f64 {
        let [low, high] = self.greys;
        (grey - 0.5 * (low + high)) / self.contrast()
    }

    /// That of the row `[z, y]`.
    pub(super) fn row(&self, zy: [usize; 2]) -> RowShading<'_> {
        RowShading {
            shading: self,
            offset: self.offset.along_x(zy, self.shape),
            gain: self.gain.along_x(zy, self.shape),
        }
    }
}

/// The shading of a row of voxels.
pub(super) struct RowShading<'a> {
    shading: &'a Shading,
    offset: [f64; 5],
    gain: [f64; 5],
}

impl RowShading<'_> {
    /// The grey that matter of this one would have without shading.
    pub fn unshaded(&self, x: usize, grey: f64) -> f64 {
        let x = polynomial::across(x, self.shading.shape);
        let at = |c: &[f64; 5]| c.iter().rev().fold(0.0, |sum, c| sum * x + c);
        let [low, high] = self.shading.greys;
        unshaded(grey, [at(&self.offset), at(&self.gain)], [low, high])
    }
}

/// Solves `grey = t + a + b (t - middle) / (highest - lowest)` for `t`.
fn unshaded(grey: f64, [a, b]: [f64; 2], [low, high]: [f64; 2]) -> f64 {
    let b = b / (high - low);
    (grey - a + 0.5 * b * (low + high)) / (1.0 + b)
}

#[cfg(test)]
mod tests;
