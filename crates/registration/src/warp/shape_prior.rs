use corelith_core::CtFromMap;
use nalgebra::{SMatrix, SVector, Vector3};

use crate::placement::pose::Allowed;
use crate::warp::affine_modes::Affine;

/// What is known of the shape of a map's pixels before the data speak, linearised about a pose:
/// the sides are the stated pixel size times one plus a scale error, and at right angles up to a
/// shear of the same size. The standard deviation of both is that of an even spread over the
/// allowed scale errors.
///
/// Every row is one of the three numbers (two scales, shear) in standard deviations.
#[derive(Debug)]
pub(crate) struct ShapePrior {
    rows: SMatrix<f64, 3, 9>,
    residuals: SVector<f64, 3>,
}

/// The data's equations overstate what the data tell (errors of the model are common to many
/// pixels), so that the prior has to, by this factor in its deviations.
const OVERSTATED: f64 = 2.0;
/// Smallest standard deviation, so that a scale stated as exact leaves the equations solvable.
const LEAST_DEVIATION: f64 = 1e-4;

impl ShapePrior {
    /// For affine motions along `axes`, their unit `half_px` (columns, rows) from the centre of
    /// the map.
    pub fn about(
        pose: &CtFromMap,
        allowed: Allowed,
        axes: &[[f64; 3]; 3],
        half_px: [f64; 2],
    ) -> Self {
        let even_spread = allowed.scale_error_max / 3f64.sqrt();
        let deviation = (even_spread / OVERSTATED).max(LEAST_DEVIATION);
        let (du, dv) = (pose.du_vox(), pose.dv_vox());
        let (length_u, length_v) = (du.norm(), dv.norm());
        let (u, v) = (du / length_u, dv / length_v);
        let shear = u.dot(&v);
        // Derivatives of the three numbers by `du` and by `dv`.
        let by_u = [
            u / allowed.pixel_vox,
            Vector3::zeros(),
            (v - u * shear) / length_u,
        ];
        let by_v = [
            Vector3::zeros(),
            v / allowed.pixel_vox,
            (u - v * shear) / length_v,
        ];
        let rows = SMatrix::from_fn(|number, column| {
            let axis = Vector3::from(axes[column % 3]);
            let slope = match column / 3 {
                0 => 0.0,
                1 => by_u[number].dot(&axis) / half_px[0],
                _ => by_v[number].dot(&axis) / half_px[1],
            };
            slope / deviation
        });
        let residuals = SVector::from([
            length_u / allowed.pixel_vox - 1.0,
            length_v / allowed.pixel_vox - 1.0,
            shear,
        ]) / deviation;
        Self { rows, residuals }
    }

    /// Its normal equations.
    pub fn normal(&self) -> SMatrix<f64, 9, 9> {
        self.rows.transpose() * self.rows
    }

    /// Its normal equations times a motion.
    pub fn apply(&self, affine: &Affine) -> Affine {
        let motion = SVector::<f64, 9>::from_fn(|i, _| affine[i / 3][i % 3]);
        to_affine(&(self.rows.transpose() * (self.rows * motion)))
    }

    /// Minus its gradient.
    pub fn right(&self) -> Affine {
        to_affine(&(self.rows.transpose() * -self.residuals))
    }

    /// A right-hand side with its normal equations as the covariance, from three standard normal
    /// numbers.
    pub fn draw(&self, numbers: [f64; 3]) -> Affine {
        to_affine(&(self.rows.transpose() * SVector::from(numbers)))
    }
}

fn to_affine(motion: &SVector<f64, 9>) -> Affine {
    std::array::from_fn(|mode| std::array::from_fn(|axis| motion[3 * mode + axis]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The residuals change as the rows say.
    #[test]
    fn rows_are_the_derivatives_of_the_residuals() {
        let allowed = Allowed {
            tilt_max_deg: 10.0,
            scale_error_max: 0.03,
            pixel_vox: 0.5,
        };
        let axes = [[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]];
        let (du, dv) = (
            Vector3::new(0.02, 0.51, 0.03),
            Vector3::new(-0.48, 0.01, 0.02),
        );
        let prior = |du, dv| {
            let pose = CtFromMap::new(du, dv, Vector3::zeros());
            ShapePrior::about(&pose, allowed, &axes, [40.0, 30.0])
        };
        let here = prior(du, dv);
        for column in 0..9 {
            let step = Vector3::from(axes[column % 3]) * 1e-4;
            let there = match column / 3 {
                0 => prior(du, dv),
                1 => prior(du + step / 40.0, dv),
                _ => prior(du, dv + step / 30.0),
            };
            let slope = (there.residuals - here.residuals) / 1e-4;
            let expected = here.rows.column(column).into_owned();
            assert!(
                (slope - expected).norm() < 1e-3,
                "{column}: {slope} {expected}"
            );
        }
    }
}
