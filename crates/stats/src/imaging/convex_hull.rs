use nalgebra::Vector3;
use parry3d_f64::math::Vector;
use parry3d_f64::transformation::try_convex_hull;

/// Directions tried for the smallest width, beside the normals of the faces.
const DIRECTIONS: usize = 100;

/// Directions from which the smallest width is searched.
const DESCENTS: usize = 3;

/// A convex polyhedron, from the voxel centres of a particle.
pub(crate) struct Hull {
    vertices: Vec<Vector3<f64>>,
    triangles: Vec<[u32; 3]>,
}

impl Hull {
    /// Hull of the face centres of all voxels whose centres are `centres`, in voxels.
    ///
    /// Face centres, as in scikit-image: corners would make a ball 7 % too wide at 20 voxels
    /// across, centres would make a cube one voxel too narrow and leave flat particles without
    /// volume. A cube of n voxels is n wide, its body diagonal 1.15 voxels short.
    ///
    /// None when the hull cannot be computed.
    pub(crate) fn of_voxels(centres: &[[u32; 3]]) -> Option<Self> {
        let outer = outer_centres(centres);
        let mut points = Vec::with_capacity(6 * outer.len());
        for centre in outer {
            let centre = to_vector(centre);
            for half in [
                Vector::new(0.5, 0.0, 0.0),
                Vector::new(0.0, 0.5, 0.0),
                Vector::new(0.0, 0.0, 0.5),
            ] {
                points.push(centre - half);
                points.push(centre + half);
            }
        }
        let (vertices, triangles) = try_convex_hull(&points).ok()?;
        Some(Self {
            vertices: vertices
                .into_iter()
                .map(|v| Vector3::new(v.x, v.y, v.z))
                .collect(),
            triangles,
        })
    }

    /// The box around all voxels between two corners, both included.
    pub(crate) fn of_box([low, high]: [[u32; 3]; 2]) -> Self {
        let corner = |i: usize, axis: usize| {
            if i >> axis & 1 == 0 {
                f64::from(low[axis]) - 0.5
            } else {
                f64::from(high[axis]) + 0.5
            }
        };
        Self {
            vertices: (0..8)
                .map(|i| Vector3::from_fn(|axis, _| corner(i, axis)))
                .collect(),
            triangles: [
                [0, 2, 3, 1],
                [4, 5, 7, 6],
                [0, 1, 5, 4],
                [2, 6, 7, 3],
                [0, 4, 6, 2],
                [1, 3, 7, 5],
            ]
            .iter()
            .flat_map(|&[a, b, c, d]| [[a, b, c], [a, c, d]])
            .collect(),
        }
    }

    /// The hull with each axis scaled.
    pub(crate) fn scaled(mut self, scale: Vector3<f64>) -> Self {
        for vertex in &mut self.vertices {
            vertex.component_mul_assign(&scale);
        }
        self
    }

    /// Enclosed volume.
    pub(crate) fn volume(&self) -> f64 {
        let origin = self.vertices[0];
        self.triangles
            .iter()
            .map(|t| {
                let [a, b, c] = t.map(|i| self.vertices[i as usize] - origin);
                a.dot(&b.cross(&c)) / 6.0
            })
            .sum::<f64>()
            .abs()
    }

    /// Largest distance between two parallel tangent planes: between two vertices.
    pub(crate) fn feret_max(&self) -> f64 {
        let mut largest = 0.0f64;
        for (i, a) in self.vertices.iter().enumerate() {
            for b in &self.vertices[i + 1..] {
                largest = largest.max((a - b).norm_squared());
            }
        }
        largest.sqrt()
    }

    /// Smallest distance between two parallel tangent planes.
    ///
    /// It lies on a face or on two edges (Houle and Toussaint 1988). The normals of all faces
    /// and directions spread over the half sphere are tried; from the narrowest of them a
    /// search over directions goes down to the nearest face or pair of edges.
    pub(crate) fn feret_min(&self) -> f64 {
        let face_normals = self.triangles.iter().filter_map(|t| {
            let [a, b, c] = t.map(|i| self.vertices[i as usize]);
            (b - a).cross(&(c - a)).try_normalize(1e-12)
        });
        let mut tried: Vec<(f64, Vector3<f64>)> = face_normals
            .chain(half_sphere(DIRECTIONS))
            .map(|normal| (self.width(normal), normal))
            .collect();
        tried.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        tried
            .into_iter()
            .take(DESCENTS)
            .map(|(width, normal)| self.descend(width, normal))
            .fold(f64::INFINITY, f64::min)
    }

    /// The smallest width that can be reached from a direction by ever smaller turns.
    fn descend(&self, mut width: f64, mut normal: Vector3<f64>) -> f64 {
        let mut reach = 0.1;
        while reach > 1e-3 {
            let side = if normal.x.abs() < 0.8 {
                Vector3::x()
            } else {
                Vector3::y()
            };
            let u = normal.cross(&side).normalize();
            let v = normal.cross(&u);
            let better = [u, -u, v, -v, u + v, u - v, v - u, -u - v]
                .into_iter()
                .map(|tilt| (normal + reach * tilt).normalize())
                .map(|n| (self.width(n), n))
                .filter(|&(w, _)| w < width)
                .min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some(found) = better {
                (width, normal) = found;
            } else {
                reach /= 2.0;
            }
        }
        width
    }

    fn width(&self, normal: Vector3<f64>) -> f64 {
        let (low, high) = self
            .vertices
            .iter()
            .map(|v| v.dot(&normal))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), t| {
                (low.min(t), high.max(t))
            });
        high - low
    }
}

/// Those of `centres` that can be vertices of their convex hull, and few others.
pub(crate) fn outer_centres(centres: &[[u32; 3]]) -> Vec<[u32; 3]> {
    const WORTHWHILE: usize = 64;
    if centres.len() <= WORTHWHILE {
        return centres.to_vec();
    }
    let points: Vec<Vector> = centres.iter().map(|&c| to_vector(c)).collect();
    // Flat sets have no hull: all their points are kept.
    try_convex_hull(&points).map_or_else(
        |_| centres.to_vec(),
        |(vertices, _)| {
            vertices
                .iter()
                .map(|v| [v.x as u32, v.y as u32, v.z as u32])
                .collect()
        },
    )
}

fn to_vector([x, y, z]: [u32; 3]) -> Vector {
    Vector::new(f64::from(x), f64::from(y), f64::from(z))
}

/// Unit vectors spread evenly over the half sphere z > 0, on a Fibonacci spiral.
pub(crate) fn half_sphere(count: usize) -> impl Iterator<Item = Vector3<f64>> {
    let golden = std::f64::consts::PI * (1.0 + 5f64.sqrt());
    (0..count).map(move |i| {
        let t = i as f64 + 0.5;
        let z = 1.0 - t / count as f64;
        let r = (1.0 - z * z).sqrt();
        Vector3::new(r * (golden * t).cos(), r * (golden * t).sin(), z)
    })
}

/// Vertices of the convex hull of points of a slice that are sorted by `(y, x)`
/// (Andrew's monotone chain, 1979).
pub(crate) fn planar_hull(points: &[[u32; 2]], hull: &mut Vec<[u32; 2]>) {
    hull.clear();
    if points.len() < 3 {
        hull.extend_from_slice(points);
        return;
    }
    let turn = |o: [u32; 2], a: [u32; 2], b: [u32; 2]| {
        let d = |p: [u32; 2], axis: usize| i64::from(p[axis]) - i64::from(o[axis]);
        d(a, 1) * d(b, 0) - d(a, 0) * d(b, 1)
    };
    let mut extend = |points: &mut dyn Iterator<Item = [u32; 2]>, keep: usize| {
        for point in points {
            while hull.len() >= keep + 2
                && turn(hull[hull.len() - 2], hull[hull.len() - 1], point) <= 0
            {
                hull.pop();
            }
            hull.push(point);
        }
        hull.len() - 1
    };
    let lower = extend(&mut points.iter().copied(), 0);
    extend(&mut points.iter().rev().skip(1).copied(), lower);
    hull.pop();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuboid(n: [u32; 3]) -> Vec<[u32; 3]> {
        let mut centres = Vec::new();
        for z in 0..n[2] {
            for y in 0..n[1] {
                for x in 0..n[0] {
                    centres.push([x, y, z]);
                }
            }
        }
        centres
    }

    #[test]
    fn cuboids_are_as_wide_as_their_voxels() {
        for n in [[20, 20, 20], [12, 7, 5], [1, 1, 1], [30, 1, 1], [9, 9, 1]] {
            let hull = Hull::of_voxels(&cuboid(n)).unwrap();
            let [x, y, z] = n.map(f64::from);
            assert!(hull.volume() <= x * y * z + 1e-9);
            let diagonal = (x * x + y * y + z * z).sqrt();
            assert!((diagonal - 1.2..=diagonal).contains(&hull.feret_max()));
            assert!(hull.feret_min() <= x.min(y).min(z) + 1e-9, "{n:?}");
        }
        let cube = Hull::of_voxels(&cuboid([20, 20, 20])).unwrap();
        assert!((cube.volume() / 8000.0 - 1.0).abs() < 0.01);
        assert!((cube.feret_min() - 20.0).abs() < 1e-6);
    }

    #[test]
    fn a_box_is_closed_and_faces_outwards() {
        let hull = Hull::of_box([[3, 4, 5], [4, 6, 8]]);
        assert!((hull.volume() - 24.0).abs() < 1e-9);
        assert!((hull.feret_min() - 2.0).abs() < 1e-6);
    }

    #[test]
    fn the_narrowest_way_through_a_tetrahedron_lies_between_edges() {
        let hull = Hull {
            vertices: [[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]
                .map(|v: [i32; 3]| Vector3::from(v.map(f64::from)))
                .to_vec(),
            triangles: vec![[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]],
        };
        assert!(
            (hull.feret_min() - 2.0).abs() < 0.01,
            "{}",
            hull.feret_min()
        );
        assert!((hull.feret_max() - 8f64.sqrt()).abs() < 1e-12);
        assert!((hull.volume() - 8.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_slice_keeps_its_corners() {
        let points: Vec<[u32; 2]> = (0..5).flat_map(|y| (2..9).map(move |x| [x, y])).collect();
        let mut hull = Vec::new();
        planar_hull(&points, &mut hull);
        hull.sort_unstable();
        assert_eq!(hull, [[2, 0], [2, 4], [8, 0], [8, 4]]);
        planar_hull(&[[3, 1], [4, 1], [5, 1], [6, 1]], &mut hull);
        hull.sort_unstable();
        assert_eq!(hull, [[3, 1], [6, 1]]);
    }
}
