use nalgebra::DMatrix;

use crate::placement::warp::Warp;

/// Control points of the three components of a displacement.
pub(crate) type Field = Vec<[f64; 3]>;

/// Smoothness of the Matern field: displacements of a scanned beam and of a bent section are
/// smooth, but not without end.
const SMOOTHNESS: f64 = 3.0;
/// Modes of less than this share of the largest variance are left out.
const LEAST_VARIANCE: f64 = 1e-9;

/// How large and how smooth a displacement is before the data speak.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Strength {
    /// Distance at which displacements correlate by about 0.14, in voxels.
    pub range_vox: f64,
    /// Standard deviation of both components within the plane, in voxels.
    pub in_plane_vox: f64,
    /// Standard deviation of the component out of the plane, in voxels.
    pub out_of_plane_vox: f64,
}

impl Strength {
    fn deviations(&self) -> [f64; 3] {
        [self.in_plane_vox, self.in_plane_vox, self.out_of_plane_vox]
    }

    /// Variance of a cosine mode of unit length at the angular frequency `omega` a voxel, on
    /// control points `spacing_vox` apart, for a field of unit variance: the spectral density of
    /// the Matern family in two dimensions (Rasmussen and Williams 2006, eq. 4.15).
    fn unit_variance(&self, omega_squared: f64, spacing_vox: f64) -> f64 {
        let kappa_squared = 8.0 * SMOOTHNESS / self.range_vox.powi(2);
        4.0 * std::f64::consts::PI * SMOOTHNESS * kappa_squared.powf(SMOOTHNESS)
            / (kappa_squared + omega_squared).powf(SMOOTHNESS + 1.0)
            / spacing_vox.powi(2)
    }
}

/// Cosine modes of a grid of control points: the field of a stationary prior has independent
/// coefficients in them (but for the border, where it goes on as in a mirror).
#[derive(Debug, Clone)]
struct Modes {
    /// Column `k`: mode `k` along an axis, of unit length.
    down: DMatrix<f64>,
    along: DMatrix<f64>,
    spacing_vox: f64,
}

impl Modes {
    fn new(rows: usize, cols: usize, spacing_vox: f64) -> Self {
        Self {
            down: cosines(rows),
            along: cosines(cols),
            spacing_vox,
        }
    }

    fn shape(&self) -> [usize; 2] {
        [self.down.nrows(), self.along.nrows()]
    }

    /// Squared angular frequency of mode `(i, j)`, a voxel.
    fn omega_squared(&self, i: usize, j: usize) -> f64 {
        let [rows, cols] = self.shape();
        let omega =
            |k: usize, n: usize| std::f64::consts::PI * k as f64 / (n as f64 * self.spacing_vox);
        omega(i, rows).powi(2) + omega(j, cols).powi(2)
    }

    /// Standard deviation of the coefficient of every mode and component.
    fn deviations(&self, strength: &Strength) -> Field {
        let [rows, cols] = self.shape();
        let largest = strength.unit_variance(0.0, self.spacing_vox);
        (0..rows * cols)
            .map(|index| {
                let omega_squared = self.omega_squared(index / cols, index % cols);
                let variance = strength.unit_variance(omega_squared, self.spacing_vox);
                let root = if variance > LEAST_VARIANCE * largest {
                    variance.sqrt()
                } else {
                    0.0
                };
                strength.deviations().map(|deviation| deviation * root)
            })
            .collect()
    }

    /// Control points from coefficients.
    fn field(&self, coefficients: &Field) -> Field {
        self.transformed(coefficients, |image| {
            &self.down * image * self.along.transpose()
        })
    }

    /// Coefficients from control points: inverse and adjoint of [`Self::field`].
    fn coefficients(&self, field: &Field) -> Field {
        self.transformed(field, |image| self.down.transpose() * image * &self.along)
    }

    fn transformed(
        &self,
        field: &Field,
        transform: impl Fn(&DMatrix<f64>) -> DMatrix<f64>,
    ) -> Field {
        let [rows, cols] = self.shape();
        let mut out = vec![[0.0; 3]; field.len()];
        for component in 0..3 {
            let image = DMatrix::from_fn(rows, cols, |i, j| field[i * cols + j][component]);
            let image = transform(&image);
            for (index, value) in out.iter_mut().enumerate() {
                value[component] = image[(index / cols, index % cols)];
            }
        }
        out
    }
}

/// The discrete cosine modes of `n` points, each of unit length.
fn cosines(n: usize) -> DMatrix<f64> {
    DMatrix::from_fn(n, n, |at, k| {
        let scale = if k == 0 { 1.0 } else { 2.0 } / n as f64;
        scale.sqrt() * (std::f64::consts::PI * (at as f64 + 0.5) * k as f64 / n as f64).cos()
    })
}

/// The prior of one warp: its coefficients in units of their standard deviations are independent
/// standard normal numbers.
#[derive(Debug, Clone)]
pub(crate) struct Prior {
    modes: Modes,
    deviations: Field,
}

impl Prior {
    pub fn new(strength: &Strength, warp: &Warp, spacing_vox: f64) -> Self {
        let modes = Modes::new(warp.grid_rows, warp.grid_cols, spacing_vox);
        let deviations = modes.deviations(strength);
        Self { modes, deviations }
    }

    /// Control points from whitened coefficients.
    pub fn field(&self, white: &Field) -> Field {
        self.modes.field(&product(white, &self.deviations))
    }

    /// Adjoint of [`Self::field`].
    pub fn adjoint(&self, field: &Field) -> Field {
        product(&self.modes.coefficients(field), &self.deviations)
    }

    /// Whitened coefficients of a field that this prior allows.
    pub fn white(&self, field: &Field) -> Field {
        self.modes
            .coefficients(field)
            .iter()
            .zip(&self.deviations)
            .map(|(c, d)| std::array::from_fn(|k| if d[k] > 0.0 { c[k] / d[k] } else { 0.0 }))
            .collect()
    }
}

fn product(a: &Field, b: &Field) -> Field {
    a.iter()
        .zip(b)
        .map(|(a, b)| std::array::from_fn(|k| a[k] * b[k]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modes_are_orthonormal() {
        let modes = Modes::new(5, 7, 10.0);
        let field: Field = (0..35)
            .map(|i| [f64::from(i * 7 % 11), f64::from(i % 5), 1.0])
            .collect();
        let back = modes.field(&modes.coefficients(&field));
        for (a, b) in field.iter().zip(&back) {
            assert!((0..3).all(|k| (a[k] - b[k]).abs() < 1e-9));
        }
    }

    #[test]
    fn a_field_has_the_deviations_that_were_asked_for() {
        let strength = Strength {
            range_vox: 40.0,
            in_plane_vox: 0.5,
            out_of_plane_vox: 0.2,
        };
        let modes = Modes::new(60, 60, 10.0);
        let mut sums = [0.0; 3];
        for deviation in modes.deviations(&strength) {
            for (sum, d) in sums.iter_mut().zip(deviation) {
                *sum += d * d;
            }
        }
        for (sum, wanted) in sums.iter().zip([0.5, 0.5, 0.2]) {
            let found = (sum / 3600.0).sqrt();
            assert!((found / wanted - 1.0).abs() < 0.1, "{found} for {wanted}");
        }
    }
}
