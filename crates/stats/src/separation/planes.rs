//! Contacts of particles made plane.

use corelith_core::Volume;
use nalgebra::{Matrix3, Vector3};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Voxel faces of a contact from which on a plane is laid through it.
const LEAST_FACES: u64 = 12;

/// Most that the faces of a contact scatter about their plane (standard deviation), in voxels: one
/// that is bent more is not that of two convex particles.
const MOST_SCATTER_VOX: f64 = 1.5;

/// How far a voxel may lie beyond the plane, in voxels, to change hands.
const REACH_VOX: f64 = 3.0;

/// How far out along the plane voxels change hands, in standard deviations of the faces: a disc
/// ends at 2.
const EXTENT: f64 = 2.5;

/// Sums over the faces between two particles, their middles doubled to be integers.
#[derive(Debug, Clone, Copy, Default)]
struct Faces {
    count: u64,
    first: [i64; 3],
    /// xx, yy, zz, xy, xz, yz.
    second: [i64; 6],
    /// Faces that look along each axis, from the lower label to the higher.
    facing: [i64; 3],
}

impl Faces {
    fn add(&mut self, [x, y, z]: [i64; 3], axis: usize, sign: i64) {
        self.count += 1;
        for (sum, v) in self.first.iter_mut().zip([x, y, z]) {
            *sum += v;
        }
        for (sum, v) in self.second.iter_mut().zip([x * x, y * y, z * z, x * y, x * z, y * z]) {
            *sum += v;
        }
        self.facing[axis] += sign;
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        for (a, b) in self.first.iter_mut().zip(other.first) {
            *a += b;
        }
        for (a, b) in self.second.iter_mut().zip(other.second) {
            *a += b;
        }
        for (a, b) in self.facing.iter_mut().zip(other.facing) {
            *a += b;
        }
    }

    /// The plane through the faces, unless they are few or do not lie on one.
    fn plane(&self) -> Option<Plane> {
        if self.count < LEAST_FACES {
            return None;
        }
        let n = self.count as f64;
        let middle = Vector3::from(self.first.map(|sum| sum as f64 / n / 2.0));
        let covariance = {
            let [xx, yy, zz, xy, xz, yz] = self.second.map(|sum| sum as f64 / n / 4.0);
            Matrix3::new(xx, xy, xz, xy, yy, yz, xz, yz, zz) - middle * middle.transpose()
        };
        let eigen = covariance.symmetric_eigen();
        let mut order = [0, 1, 2];
        order.sort_by(|&a, &b| eigen.eigenvalues[a].total_cmp(&eigen.eigenvalues[b]));
        let spread = |i: usize| eigen.eigenvalues[order[i]].max(0.0).sqrt();
        if spread(0) > MOST_SCATTER_VOX {
            return None;
        }
        let axis = |i: usize| -> Vector3<f64> { eigen.eigenvectors.column(order[i]).into() };
        let facing = Vector3::from(self.facing.map(|sum| sum as f64));
        let normal = axis(0);
        Some(Plane {
            middle,
            normal: if normal.dot(&facing) < 0.0 { -normal } else { normal },
            along: [axis(1) / spread(1).max(1.0), axis(2) / spread(2).max(1.0)],
        })
    }
}

/// The plane of a contact.
#[derive(Debug, Clone, Copy)]
struct Plane {
    middle: Vector3<f64>,
    /// From the lower label to the higher.
    normal: Vector3<f64>,
    /// Directions in the plane, over the spread of the faces along them.
    along: [Vector3<f64>; 2],
}

impl Plane {
    /// How far a voxel near the contact lies on the side of the higher label.
    fn height(&self, voxel: Vector3<f64>) -> Option<f64> {
        let from_middle = voxel - self.middle;
        let height = self.normal.dot(&from_middle);
        let out: f64 = self.along.iter().map(|a| a.dot(&from_middle).powi(2)).sum();
        (height.abs() <= REACH_VOX && out <= EXTENT.powi(2)).then_some(height)
    }
}

/// Lets neighbours meet in planes: two convex bodies can always be parted by one. A voxel near a
/// contact that lies on the side of the neighbour goes over to it.
pub(super) fn make_contacts_plane(labels: &mut Volume<u32>) {
    let planes: FxHashMap<(u32, u32), Plane> = faces(labels)
        .into_iter()
        .filter_map(|(pair, faces)| Some((pair, faces.plane()?)))
        .collect();
    let mut of_label: FxHashMap<u32, Vec<(u32, Plane)>> = FxHashMap::default();
    for (&(low, high), plane) in &planes {
        of_label.entry(low).or_default().push((high, *plane));
        of_label.entry(high).or_default().push((low, *plane));
    }
    for neighbours in of_label.values_mut() {
        neighbours.sort_by_key(|(other, _)| *other);
    }
    let [_, ny, nx] = labels.shape();
    labels
        .data_mut()
        .par_chunks_mut(nx.max(1))
        .enumerate()
        .for_each(|(row, labels)| {
            let (y, z) = ((row % ny) as f64, (row / ny) as f64);
            let mut known: (u32, &[(u32, Plane)]) = (0, &[]);
            for (x, label) in labels.iter_mut().enumerate() {
                if *label == 0 {
                    continue;
                }
                if known.0 != *label {
                    known = (*label, of_label.get(label).map_or(&[], Vec::as_slice));
                }
                let voxel = Vector3::new(x as f64, y, z);
                // The neighbour on whose side it lies furthest.
                let beyond = known
                    .1
                    .iter()
                    .filter_map(|(other, plane)| {
                        let height = plane.height(voxel)?;
                        Some((if other > label { height } else { -height }, *other))
                    })
                    .filter(|(beyond, _)| *beyond > 0.0)
                    .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
                if let Some((_, other)) = beyond {
                    *label = other;
                }
            }
        });
}

type Pairs = FxHashMap<(u32, u32), Faces>;

fn faces(labels: &Volume<u32>) -> Pairs {
    let [nz, ny, nx] = labels.shape();
    let data = labels.data();
    (0..nz)
        .into_par_iter()
        .fold(Pairs::default, |mut found, z| {
            for a in z * ny * nx..(z + 1) * ny * nx {
                if data[a] == 0 {
                    continue;
                }
                let (x, y) = (a % nx, a / nx % ny);
                let next = [
                    (x + 1 < nx).then_some(a + 1),
                    (y + 1 < ny).then_some(a + nx),
                    (z + 1 < nz).then_some(a + nx * ny),
                ];
                for (axis, b) in next.into_iter().enumerate() {
                    let Some(b) = b.filter(|&b| data[b] != 0 && data[b] != data[a]) else {
                        continue;
                    };
                    let mut middle = [x, y, z].map(|v| 2 * v as i64);
                    middle[axis] += 1;
                    let pair = (data[a].min(data[b]), data[a].max(data[b]));
                    let sign = if data[a] < data[b] { 1 } else { -1 };
                    found.entry(pair).or_default().add(middle, axis, sign);
                }
            }
            found
        })
        .reduce(Pairs::default, |mut a, b| {
            for (pair, faces) in b {
                a.entry(pair).or_default().merge(&faces);
            }
            a
        })
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn a_ragged_contact_becomes_plane_and_a_round_one_stays() {
        let shape = [24, 24, 40];
        let side = |x: usize, y: usize, z: usize| 1 + u32::from(x as f64 + 0.3 * y as f64 > 23.7 + 0.1 * z as f64);
        let truth = Volume::from_fn(shape, Spacing::isotropic(1.0), side);
        let mut ragged = Volume::from_fn(shape, Spacing::isotropic(1.0), |x, y, z| {
            side(x + (7 * y + 5 * z) % 3, y + 1, z)
        });
        make_contacts_plane(&mut ragged);
        let wrong = |found: &Volume<u32>| {
            found.data().iter().zip(truth.data()).filter(|(a, b)| a != b).count()
        };
        // The raggedness shifts the contact by 1.3 voxels; that remains, the teeth do not.
        let flat = faces(&ragged)[&(1, 2)];
        assert!(wrong(&ragged) < 24 * 24 * 2);
        let scatter = {
            let plane = flat.plane().unwrap();
            (plane.normal - Vector3::new(1.0, 0.3, -0.1).normalize()).norm()
        };
        assert!(scatter < 0.05, "{scatter}");

        let ball = Volume::from_fn([30; 3], Spacing::isotropic(1.0), |x, y, z| {
            let d = [x, y, z].map(|v| (v as f64 - 14.5).powi(2));
            1 + u32::from(d.iter().sum::<f64>() < 81.0)
        });
        let mut after = ball.clone();
        make_contacts_plane(&mut after);
        assert_eq!(after, ball);
    }
}
