//! How likely two regions that touch belong to one particle.

use super::contacts::Contact;
use super::shapes::Shape;
use super::weights;

/// What is known of two regions and their contact, each about from -1 to 1.
pub const FEATURES: usize = 8;

/// Heights of a saddle over the smaller radius below which both are two particles for certain: no
/// hull need be found for them.
const NARROWEST: f32 = 0.4;

/// What a region is judged by.
#[derive(Debug, Clone, Default)]
pub(super) struct Region {
    /// Its greatest height.
    pub(super) maximum: f32,
    pub(super) shape: Shape,
}

/// What speaks for two regions being one particle.
///
/// The neck against the smaller of the two keeps both apart, whatever the sizes of all others
/// (without the ratio this is merging by dynamics, Grimaud 1992); crushed grains are roughly
/// convex, two grains that touch are not. Differences in voxels count beside ratios: what the voxel
/// grid does to small particles is noise. `None` where the neck is too narrow to ask.
pub(super) fn features(a: &Region, b: &Region, contact: &Contact) -> Option<[f32; FEATURES]> {
    let radius = a.maximum.min(b.maximum).max(0.5);
    if contact.faces == 0 || contact.saddle < NARROWEST * radius {
        return None;
    }
    let union = a.shape.union_solidity(&b.shape);
    let parts = [a.shape.solidity(), b.shape.solidity()];
    // As a small part that is not convex itself says little, the larger one counts beside.
    let gain = union - parts[0].min(parts[1]);
    let larger = if a.shape.voxels() >= b.shape.voxels() {
        0
    } else {
        1
    };
    let loss = union - parts[larger];
    let neck = contact.faces as f32 / (std::f32::consts::PI * radius * radius);
    Some([
        2.0 * (contact.saddle / radius).clamp(0.0, 1.0) - 1.0,
        2.0 * (contact.mean_height() / radius).clamp(0.0, 1.0) - 1.0,
        (5.0 * gain).clamp(-1.0, 1.0),
        (5.0 * loss).clamp(-1.0, 1.0),
        (5.0 * (union - 0.8)).clamp(-1.0, 1.0),
        (0.5 * neck.max(1e-3).ln()).clamp(-1.0, 1.0),
        0.5 * (radius - contact.saddle).clamp(0.0, 4.0) - 1.0,
        2.0 * (f32::from(contact.widest) / 2.0 / radius).clamp(0.0, 2.0) - 3.0
            + (0.6 * radius.ln()),
    ])
}

/// A logistic model of the features, their products and squares.
pub(super) struct Judge {
    weights: &'static [f32; TERMS],
}

/// Weights of a model: one for each term.
pub const TERMS: usize = 1 + FEATURES + FEATURES * (FEATURES + 1) / 2;

/// The terms that a logistic model weighs: 1, the features, and the products of any two.
pub fn terms(features: &[f32; FEATURES]) -> [f32; TERMS] {
    let mut terms = [1.0; TERMS];
    terms[1..=FEATURES].copy_from_slice(features);
    let pairs = (0..FEATURES).flat_map(|i| (i..FEATURES).map(move |j| (i, j)));
    for (term, (i, j)) in terms[FEATURES + 1..].iter_mut().zip(pairs) {
        *term = features[i] * features[j];
    }
    terms
}

impl Judge {
    /// For pairs judged with or without a network's depth.
    pub(super) fn new(with_depth: bool) -> Self {
        let weights = if with_depth {
            &weights::NETWORK
        } else {
            &weights::MASK
        };
        Self { weights }
    }

    pub(super) fn likelihood(&self, features: &[f32; FEATURES]) -> f32 {
        let score: f32 = terms(features)
            .iter()
            .zip(self.weights)
            .map(|(t, w)| t * w)
            .sum();
        1.0 / (1.0 + (-score).exp())
    }
}
