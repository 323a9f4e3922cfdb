//! Smooth fields over a volume.

use serde::{Deserialize, Serialize};

/// What a field over a volume is made of; x, y and z lie between -1 and 1 on the longer side across.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Terms {
    /// `r^2` and `r^4` about the axis of the volume: beam hardening.
    Radial,
    /// These, and `x`, `y`, `z`, `x^2 - y^2`, `x y` and `z^2`: an axis elsewhere, a beam that is
    /// harder on one side.
    General,
}

impl Terms {
    /// Their number.
    pub fn count(self) -> usize {
        match self {
            Self::Radial => 2,
            Self::General => 8,
        }
    }

    /// Their values at `[z, y, x]`.
    pub(super) fn at(self, [z, y, x]: [f64; 3]) -> Vec<f64> {
        let square = x * x + y * y;
        let radial = [square, square * square];
        match self {
            Self::Radial => radial.to_vec(),
            Self::General => {
                let more = [x, y, z, x * x - y * y, x * y, z * z];
                radial.into_iter().chain(more).collect()
            }
        }
    }
}

/// A field: a sum of terms, 0 on the mean of where it was fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Polynomial {
    pub terms: Terms,
    pub constant: f64,
    /// One a term.
    pub factors: Vec<f64>,
}

impl Polynomial {
    /// At a place `[z, y, x]` in voxels.
    pub fn at(&self, place: [f64; 3], shape: [usize; 3]) -> f64 {
        self.at_unit(from_middle(place, shape))
    }

    /// At a place from the middle of the volume ([`from_middle`]).
    pub fn at_unit(&self, place: [f64; 3]) -> f64 {
        let terms = self.terms.at(place);
        let sum = terms.iter().zip(&self.factors).map(|(t, f)| t * f);
        self.constant + sum.sum::<f64>()
    }

    /// Along a row: factors of the powers of x.
    pub fn along_x(&self, [z, y]: [usize; 2], shape: [usize; 3]) -> [f64; 5] {
        let [z, y, _] = from_middle([z as f64, y as f64, 0.0], shape);
        let f = &self.factors;
        let mut powers = [
            self.constant + f[0] * y * y + f[1] * y.powi(4),
            0.0,
            f[0] + 2.0 * f[1] * y * y,
            0.0,
            f[1],
        ];
        if self.terms == Terms::General {
            powers[0] += f[3] * y + f[4] * z - f[5] * y * y + f[7] * z * z;
            powers[1] += f[2] + f[6] * y;
            powers[2] += f[5];
        }
        powers
    }
}

/// A place `[z, y, x]` in voxels, from the middle of the volume in halves of the longer side across.
pub(in super::super) fn from_middle(place: [f64; 3], shape: [usize; 3]) -> [f64; 3] {
    let unit = 0.5 * shape[1].max(shape[2]) as f64;
    std::array::from_fn(|axis| (place[axis] - 0.5 * (shape[axis] as f64 - 1.0)) / unit)
}

/// The last of these coordinates alone.
pub(super) fn across(x: usize, shape: [usize; 3]) -> f64 {
    from_middle([0.0, 0.0, x as f64], shape)[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_the_field_along_it() {
        let shape = [20, 30, 41];
        for terms in [Terms::Radial, Terms::General] {
            let field = Polynomial {
                terms,
                constant: 0.7,
                factors: (0..terms.count()).map(|i| 1.5 - i as f64).collect(),
            };
            let powers = field.along_x([7, 22], shape);
            for x in [0, 13, 40] {
                let of_row: f64 = (0..5)
                    .map(|i| powers[i] * across(x, shape).powi(i as i32))
                    .sum();
                let expected = field.at([7.0, 22.0, x as f64], shape);
                assert!((of_row - expected).abs() < 1e-12, "{terms:?} {x}");
            }
        }
        let corner = from_middle([0.0, 0.0, 40.0], shape);
        assert!((corner[2] - 20.0 / 20.5).abs() < 1e-12 && corner[1] < -0.7);
    }
}
