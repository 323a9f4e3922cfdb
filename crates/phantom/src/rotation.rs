use nalgebra::{Matrix3, Quaternion, UnitQuaternion, Vector3};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

/// A direction, all equally likely.
pub(crate) fn random_direction(rng: &mut impl Rng) -> Vector3<f64> {
    loop {
        let v = Vector3::from_fn(|_, _| rng.sample::<f64, _>(StandardNormal));
        if v.norm() > 1e-6 {
            return v.normalize();
        }
    }
}

/// A rotation, all equally likely (Shoemake 1992: a normalised Gaussian quaternion).
pub(crate) fn random_rotation(rng: &mut impl Rng) -> Matrix3<f64> {
    let mut part = || rng.sample::<f64, _>(StandardNormal);
    let quaternion = Quaternion::new(part(), part(), part(), part() + 1e-9);
    *UnitQuaternion::from_quaternion(quaternion)
        .to_rotation_matrix()
        .matrix()
}
