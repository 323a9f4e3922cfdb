use corelith_core::Spacing;
use nalgebra::{DMatrix, DVector, Vector3};

use crate::imaging::convex_hull::half_sphere;

/// Kinds of lattice directions, by their sorted absolute components: 37 directions in all.
const KINDS: [[i32; 3]; 5] = [[0, 0, 1], [0, 1, 1], [1, 1, 1], [0, 1, 2], [1, 1, 2]];

/// Normals on the half sphere that the weights are fitted to, beside the axes and the directions.
const NORMALS: usize = 750;

/// Rounds of the fit; the largest error settles after some twenty.
const ROUNDS: usize = 40;

/// A lattice direction and the surface that one crossing along it stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Direction {
    /// Step `(x, y, z)` in voxels; the partner lies later in storage order.
    pub(super) step: [i32; 3],
    /// Area of one crossing, in square micrometres.
    pub(super) area_um2: f64,
}

/// Directions with the weights of the Crofton formula `S = 2 sum c_k A_k N_k`, where `N_k`
/// crossings were counted on lines `A_k` apart along direction `k`
/// (Ohser and Muecklich, Statistical Analysis of Microstructures, 2000, ch. 4).
///
/// Instead of solid angles the weights `c_k` come from a fit: the largest error over all plane
/// orientations is made small by Lawson's iteratively reweighted least squares (1961). For
/// equal spacing it is 1.7 %; 13 directions would leave 4.5 %, and 7.8 % with solid angles.
pub(super) fn directions(spacing: Spacing) -> Vec<Direction> {
    let h = Vector3::new(spacing.x_um, spacing.y_um, spacing.z_um);
    let steps: Vec<[i32; 3]> = steps();
    let vectors: Vec<Vector3<f64>> = steps
        .iter()
        .map(|step| Vector3::from(step.map(f64::from)).component_mul(&h))
        .collect();
    let units: Vec<Vector3<f64>> = vectors.iter().map(|v| v.normalize()).collect();
    let weights = fit(&units);
    steps
        .into_iter()
        .zip(&vectors)
        .zip(&weights)
        .map(|((step, vector), weight)| Direction {
            step,
            area_um2: 2.0 * weight * spacing.voxel_um3() / vector.norm(),
        })
        .collect()
}

fn steps() -> Vec<[i32; 3]> {
    let mut steps = Vec::new();
    for z in 0..=2i32 {
        for y in -2..=2i32 {
            for x in -2..=2i32 {
                let mut kind = [x.abs(), y.abs(), z.abs()];
                kind.sort_unstable();
                if KINDS.contains(&kind) && (z, y, x) > (0, 0, 0) {
                    steps.push([x, y, z]);
                }
            }
        }
    }
    steps
}

fn fit(units: &[Vector3<f64>]) -> Vec<f64> {
    let normals: Vec<Vector3<f64>> = half_sphere(NORMALS)
        .chain([Vector3::x(), Vector3::y(), Vector3::z()])
        .chain(units.iter().copied())
        .collect();
    let seen = DMatrix::from_fn(normals.len(), units.len(), |i, k| {
        2.0 * normals[i].dot(&units[k]).abs()
    });
    let mut importance = DVector::from_element(normals.len(), 1.0 / normals.len() as f64);
    let mut best = (f64::INFINITY, vec![1.0 / units.len() as f64; units.len()]);
    for _ in 0..ROUNDS {
        let root = importance.map(f64::sqrt);
        let mut weighted = seen.clone();
        for mut column in weighted.column_iter_mut() {
            column.component_mul_assign(&root);
        }
        let squares = weighted.transpose() * &weighted;
        let Some(cholesky) = squares.cholesky() else {
            break;
        };
        let weights = cholesky.solve(&(weighted.transpose() * &root));
        let errors = (&seen * &weights).map(|found| (found - 1.0).abs());
        let largest = errors.max();
        if largest < best.0 {
            best = (largest, weights.iter().copied().collect());
        }
        importance.component_mul_assign(&errors);
        importance /= importance.sum();
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_of_every_orientation_are_seen_alike() {
        let spacing = Spacing::isotropic(2.0);
        let directions = directions(spacing);
        assert_eq!(directions.len(), 37);
        for i in 0..400 {
            let t = f64::from(i);
            let normal = Vector3::new(t.sin(), (1.7 * t).cos(), (0.3 * t).sin() + 0.2).normalize();
            // Crossings of a unit area: its projection over the area that a line stands for.
            let area: f64 = directions
                .iter()
                .map(|d| {
                    let v = Vector3::from(d.step.map(f64::from)) * 2.0;
                    d.area_um2 * v.dot(&normal).abs() / spacing.voxel_um3()
                })
                .sum();
            assert!((area - 1.0).abs() < 0.018, "{area} for {normal:?}");
        }
    }
}
