//! Gradient noise (Perlin 2002, "Improving noise"), hashed instead of tabled so that a seed needs
//! no set-up and a volume of any size no memory.

use nalgebra::{Matrix3, Vector3};

/// Finaliser of MurmurHash3 over the lattice point.
#[inline]
fn hash(x: i32, y: i32, z: i32, seed: u32) -> u32 {
    let mut h = seed
        ^ (x as u32).wrapping_mul(0x8da6_b343)
        ^ (y as u32).wrapping_mul(0xd816_3841)
        ^ (z as u32).wrapping_mul(0xcb1a_b31f);
    h ^= h >> 16;
    h = h.wrapping_mul(0x85eb_ca6b);
    h ^= h >> 13;
    h = h.wrapping_mul(0xc2b2_ae35);
    h ^ (h >> 16)
}

/// Dot product with one of the twelve directions to the edges of a cube.
#[inline]
fn gradient(h: u32, x: f32, y: f32, z: f32) -> f32 {
    let h = h & 15;
    let u = if h < 8 { x } else { y };
    let v = if h < 4 {
        y
    } else if h == 12 || h == 14 {
        x
    } else {
        z
    };
    (if h & 1 == 0 { u } else { -u }) + (if h & 2 == 0 { v } else { -v })
}

#[inline]
fn fade(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

#[inline]
fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + t * (b - a)
}

/// Smooth noise of mean 0, about -1 to 1, with features about one unit across.
#[inline]
pub(crate) fn gradient_noise(p: &Vector3<f32>, seed: u32) -> f32 {
    let base = p.map(f32::floor);
    let (x, y, z) = (p.x - base.x, p.y - base.y, p.z - base.z);
    let (i, j, k) = (base.x as i32, base.y as i32, base.z as i32);
    let (u, v, w) = (fade(x), fade(y), fade(z));
    let corner = |di: i32, dj: i32, dk: i32| {
        gradient(
            hash(
                i.wrapping_add(di),
                j.wrapping_add(dj),
                k.wrapping_add(dk),
                seed,
            ),
            x - di as f32,
            y - dj as f32,
            z - dk as f32,
        )
    };
    let near = mix(
        mix(corner(0, 0, 0), corner(1, 0, 0), u),
        mix(corner(0, 1, 0), corner(1, 1, 0), u),
        v,
    );
    let far = mix(
        mix(corner(0, 0, 1), corner(1, 0, 1), u),
        mix(corner(0, 1, 1), corner(1, 1, 1), u),
        v,
    );
    mix(near, far, w)
}

/// A value from 0 to 1 for each cell of a Voronoi tessellation about one point in every unit cube
/// (cellular noise, Worley 1996).
#[inline]
fn cell_noise(p: &Vector3<f32>, seed: u32) -> f32 {
    let base = p.map(|c| c.floor() as i32);
    let mut nearest = (f32::INFINITY, 0);
    for (dz, dy, dx) in (0..27).map(|i| (i / 9 - 1, i / 3 % 3 - 1, i % 3 - 1)) {
        let cube = Vector3::new(
            base.x.wrapping_add(dx),
            base.y.wrapping_add(dy),
            base.z.wrapping_add(dz),
        );
        let h = hash(cube.x, cube.y, cube.z, seed);
        // Ten bits of the hash along each axis.
        let point = Vector3::from_fn(|i, _| (h >> (10 * i) & 1023) as f32 / 1024.0);
        let distance = (cube.cast::<f32>() + point - p).norm_squared();
        if distance < nearest.0 {
            nearest = (distance, h);
        }
    }
    // Hashed again, so that the value is not the place of the point.
    (hash(nearest.1 as i32, 0, 0, seed) >> 8) as f32 / (1 << 24) as f32
}

/// What a field is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Pattern {
    /// Gradient noise, with a second octave of that weight: how ragged the level sets are.
    Waves { raggedness: f32 },
    /// One value a cell.
    Cells,
}

/// A noise field in a frame of its own: turned, and stretched along two of its axes.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// Noise units from voxels.
    frame: Matrix3<f32>,
    pattern: Pattern,
    seed: u32,
}

impl Field {
    /// Waves of `wavelength_vox` across the layers, `anisotropy` times that along them.
    pub(crate) fn new(
        rotation: &Matrix3<f32>,
        wavelength_vox: f32,
        anisotropy: f32,
        raggedness: f32,
        seed: u32,
    ) -> Self {
        Self {
            frame: frame(rotation, wavelength_vox, anisotropy),
            pattern: Pattern::Waves { raggedness },
            seed,
        }
    }

    /// Cells of about `size_vox`, `anisotropy` times that along two of the axes.
    pub(crate) fn cells(
        rotation: &Matrix3<f32>,
        size_vox: f32,
        anisotropy: f32,
        seed: u32,
    ) -> Self {
        Self {
            frame: frame(rotation, size_vox, anisotropy),
            pattern: Pattern::Cells,
            seed,
        }
    }

    /// Value at a point relative to the particle's centre, in voxels.
    #[inline]
    pub(crate) fn at(&self, local: &Vector3<f32>) -> f32 {
        let q = self.frame * local;
        let raggedness = match self.pattern {
            Pattern::Cells => return cell_noise(&q, self.seed),
            Pattern::Waves { raggedness } => raggedness,
        };
        let coarse = gradient_noise(&q, self.seed);
        if raggedness == 0.0 {
            return coarse;
        }
        coarse + raggedness * gradient_noise(&(q * 2.17), self.seed ^ 0x5bd1_e995)
    }
}

fn frame(rotation: &Matrix3<f32>, across_vox: f32, anisotropy: f32) -> Matrix3<f32> {
    let along = 1.0 / (across_vox * anisotropy);
    let scale = Matrix3::from_diagonal(&Vector3::new(along, along, 1.0 / across_vox));
    scale * rotation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_centred_bounded_and_continuous() {
        let at = |i: u32| Vector3::new(0.37, 0.011 * i as f32, -0.23 * i as f32);
        let values: Vec<f32> = (0..20_000).map(|i| gradient_noise(&at(i), 7)).collect();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        assert!(mean.abs() < 0.02, "mean {mean}");
        assert!(values.iter().all(|v| v.abs() <= 1.1));
        assert!(values.iter().any(|v| v.abs() > 0.4));
        let edge = Vector3::new(2.0, 5.5, -1.25);
        let step = Vector3::new(1e-4, 0.0, 0.0);
        let jump = gradient_noise(&(edge + step), 7) - gradient_noise(&(edge - step), 7);
        assert!(jump.abs() < 1e-2, "jump {jump}");
    }

    #[test]
    fn cells_have_even_values_and_about_their_size() {
        let at = |i: u32| Vector3::new(0.031 * i as f32, 0.4, -0.7);
        let values: Vec<f32> = (0..100_000).map(|i| cell_noise(&at(i), 3)).collect();
        let below = |share: f32| values.iter().filter(|v| **v < share).count() as f32 / 1e5;
        for share in [0.1, 0.5, 0.9] {
            assert!(
                (below(share) - share).abs() < 0.04,
                "{share}: {}",
                below(share)
            );
        }
        // A line meets 1.46 cells in the length of the cube that holds one cell on average
        // (Meijering 1953).
        let steps = values.windows(2).filter(|pair| pair[0] != pair[1]).count() as f32;
        let cells = steps / (0.031 * 1e5);
        assert!((1.2..1.7).contains(&cells), "{cells} cells a unit");
    }
}
