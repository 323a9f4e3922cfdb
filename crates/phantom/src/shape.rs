use nalgebra::{Matrix3, Vector3};
use rand::{Rng, RngExt};

use crate::noise::gradient_noise;
use crate::rotation::{random_direction, random_rotation};
use crate::settings::ParticleSettings;

/// Below this depth a face is neither rounded nor rough: it can't be seen there.
const SKIN_VOX: f32 = 4.0;
/// Faces of a particle, box and contacts included.
const MOST_FACES: usize = 64;

/// A convex polyhedron with rounded, rough faces, around its centre; lengths in voxels.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    /// Outward unit normal and distance of each face: its own, then contacts with neighbours.
    faces: Vec<(Vector3<f32>, f32)>,
    /// Faces that are its own.
    own: usize,
    /// Corners of the box that holds it without contacts, skin included.
    pub(crate) low: Vector3<f32>,
    pub(crate) high: Vector3<f32>,
    rounding: f32,
    roughness: f32,
    wavelength: f32,
    seed: u32,
}

impl Shape {
    /// A random polyhedron as large as a sphere of radius `radius_vox`.
    pub(crate) fn random(settings: &ParticleSettings, radius_vox: f64, rng: &mut impl Rng) -> Self {
        let count = rng.random_range(settings.faces[0]..=settings.faces[1]);
        let mut normals: Vec<Vector3<f64>> = Vec::with_capacity(count + 6);
        for _ in 0..count {
            // The best of a few candidates (Mitchell 1991) keeps faces from piling up.
            let best = (0..6)
                .map(|_| random_direction(rng))
                .map(|n| {
                    let nearest = normals.iter().map(|m| m.dot(&n)).fold(-1.0, f64::max);
                    (nearest, n)
                })
                .min_by(|a, b| a.0.total_cmp(&b.0));
            normals.extend(best.map(|(_, n)| n));
        }
        let mut faces: Vec<(Vector3<f64>, f64)> = normals
            .into_iter()
            .map(|n| (n, rng.random_range(0.75..=1.0)))
            .collect();
        // A loose box closes polyhedra whose few random faces leave a side open.
        for axis in 0..3 {
            for sign in [-1.0, 1.0] {
                let mut normal = Vector3::zeros();
                normal[axis] = sign;
                faces.push((normal, 1.35));
            }
        }
        let stretch = random_stretch(settings.elongation_max, rng);
        for (normal, distance) in &mut faces {
            let turned = stretch * *normal;
            *distance /= turned.norm();
            *normal = turned.normalize();
        }
        let scale = radius_vox / equivalent_radius(&faces);
        let mut shape = Self {
            faces: faces
                .iter()
                .map(|(n, d)| (n.cast::<f32>(), (d * scale) as f32))
                .collect(),
            own: faces.len(),
            low: Vector3::zeros(),
            high: Vector3::zeros(),
            rounding: settings.rounding_vox as f32,
            roughness: settings.roughness_vox as f32,
            wavelength: settings.roughness_wavelength_vox as f32,
            seed: rng.random(),
        };
        shape.enclose();
        shape
    }

    /// Makes it `factor` times as large, without contacts.
    pub(crate) fn scale(&mut self, factor: f32) {
        self.faces.truncate(self.own);
        for (_, distance) in &mut self.faces {
            *distance *= factor;
        }
        let skin = self.skin();
        self.low = (self.low.add_scalar(skin) * factor).add_scalar(-skin);
        self.high = (self.high.add_scalar(-skin) * factor).add_scalar(skin);
    }

    /// Cuts it where it meets neighbours: outward unit normals and distances of contact planes.
    /// Planes that it does not reach change nothing.
    pub(crate) fn touch(&mut self, planes: impl Iterator<Item = (Vector3<f32>, f32)>) {
        self.faces.truncate(self.own);
        for (normal, distance) in planes {
            let furthest = Vector3::from_fn(|i, _| {
                if normal[i] > 0.0 {
                    self.high[i]
                } else {
                    self.low[i]
                }
            });
            if distance < normal.dot(&furthest) && self.faces.len() < MOST_FACES {
                self.faces.push((normal, distance));
            }
        }
    }

    /// How far beyond its faces a particle may reach into CT voxels.
    fn skin(&self) -> f32 {
        self.roughness + 1.5
    }

    /// Box around all corners, where three faces meet inside all others.
    fn enclose(&mut self) {
        let (mut low, mut high) = (Vector3::repeat(0f32), Vector3::repeat(0f32));
        let n = self.faces.len();
        for i in 0..n {
            for j in i + 1..n {
                let cross = self.faces[i].0.cross(&self.faces[j].0);
                for k in j + 1..n {
                    let determinant = cross.dot(&self.faces[k].0);
                    if determinant.abs() < 1e-4 {
                        continue;
                    }
                    let corner = (self.faces[j].0.cross(&self.faces[k].0) * self.faces[i].1
                        + self.faces[k].0.cross(&self.faces[i].0) * self.faces[j].1
                        + cross * self.faces[k].1)
                        / determinant;
                    if self
                        .faces
                        .iter()
                        .all(|(normal, d)| normal.dot(&corner) <= d * 1.001 + 1e-3)
                    {
                        low = low.inf(&corner);
                        high = high.sup(&corner);
                    }
                }
            }
        }
        let skin = self.skin();
        self.low = low.add_scalar(-skin);
        self.high = high.add_scalar(skin);
    }

    /// Signed distance to the surface at a point relative to the centre, negative inside; exact
    /// beside faces, an approximation beyond edges.
    ///
    /// Faces are joined by a log-sum-exp, which rounds edges by `rounding`.
    #[inline]
    pub(crate) fn signed_distance(&self, local: &Vector3<f32>) -> f32 {
        let mut values = [0f32; MOST_FACES];
        let mut largest = f32::NEG_INFINITY;
        for ((normal, distance), value) in self.faces.iter().zip(&mut values) {
            *value = normal.dot(local) - distance;
            largest = largest.max(*value);
        }
        if largest > self.roughness + 2.0 {
            return largest;
        }
        let mut sum = 0f32;
        let floor = largest - 4.0 * self.rounding;
        for value in &values[..self.faces.len()] {
            if *value > floor {
                sum += ((value - largest) / self.rounding).exp();
            }
        }
        let smooth = largest + self.rounding * sum.ln();
        if self.roughness == 0.0 || smooth < -SKIN_VOX {
            return smooth;
        }
        let fade = ((smooth + SKIN_VOX) / (0.5 * SKIN_VOX)).min(1.0);
        smooth + fade * self.roughness * gradient_noise(&(local / self.wavelength), self.seed)
    }

    /// Where the line `y`, `z` may lie within `margin` of the shape: lowest and highest x,
    /// relative to the centre.
    #[inline]
    pub(crate) fn reach_x(&self, y: f32, z: f32, margin: f32) -> Option<(f32, f32)> {
        let (mut low, mut high) = (self.low.x, self.high.x);
        for (normal, distance) in &self.faces {
            let rest = distance + margin - normal.y * y - normal.z * z;
            if normal.x > 1e-6 {
                high = high.min(rest / normal.x);
            } else if normal.x < -1e-6 {
                low = low.max(rest / normal.x);
            } else if rest < 0.0 {
                return None;
            }
        }
        (low <= high).then_some((low, high))
    }
}

/// A symmetric matrix of determinant 1 that takes normals of a round body to those of one
/// stretched along a random axis.
fn random_stretch(elongation_max: f64, rng: &mut impl Rng) -> Matrix3<f64> {
    let rotation = random_rotation(rng);
    let longest = rng.random_range(0.0..=elongation_max.ln());
    let middle = rng.random_range(0.0..=longest);
    let mean = (longest + middle) / 3.0;
    let shrink = Vector3::new(mean - longest, mean - middle, mean).map(f64::exp);
    rotation * Matrix3::from_diagonal(&shrink) * rotation.transpose()
}

/// Radius of the sphere of the polyhedron's volume, from its radial function in directions of a
/// Fibonacci lattice.
fn equivalent_radius(faces: &[(Vector3<f64>, f64)]) -> f64 {
    const DIRECTIONS: usize = 800;
    let golden = std::f64::consts::PI * (3.0 - 5f64.sqrt());
    let sum: f64 = (0..DIRECTIONS)
        .map(|i| {
            let z = 1.0 - (2.0 * i as f64 + 1.0) / DIRECTIONS as f64;
            let r = (1.0 - z * z).sqrt();
            let (sin, cos) = (golden * i as f64).sin_cos();
            let direction = Vector3::new(r * cos, r * sin, z);
            let radius = faces
                .iter()
                .filter_map(|(normal, distance)| {
                    let towards = normal.dot(&direction);
                    (towards > 1e-9).then(|| distance / towards)
                })
                .fold(f64::INFINITY, f64::min);
            radius.powi(3)
        })
        .sum();
    (sum / DIRECTIONS as f64).cbrt()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn volume_is_that_of_the_sphere_and_the_box_holds_it() {
        let settings = ParticleSettings {
            roughness_vox: 0.3,
            rounding_vox: 0.2,
            ..ParticleSettings::default()
        };
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        for _ in 0..4 {
            let shape = Shape::random(&settings, 14.0, &mut rng);
            let reach = 40;
            let mut volume = 0;
            for z in -reach..=reach {
                for y in -reach..=reach {
                    let interval = shape.reach_x(y as f32, z as f32, 1.5);
                    for x in -reach..=reach {
                        let p = Vector3::new(x as f32, y as f32, z as f32);
                        if shape.signed_distance(&p) < 0.0 {
                            volume += 1;
                            assert!((0..3).all(|i| shape.low[i] <= p[i] && p[i] <= shape.high[i]));
                            let (low, high) = interval.unwrap();
                            assert!(low <= p.x && p.x <= high);
                        }
                    }
                }
            }
            let expected = 4.0 / 3.0 * std::f64::consts::PI * 14f64.powi(3);
            let error = f64::from(volume) / expected - 1.0;
            assert!(error.abs() < 0.05, "volume off by {error}");
        }
    }
}
