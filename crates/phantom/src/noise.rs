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

/// A noise field in a frame of its own: turned, and stretched along two of its axes.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// Noise units from voxels.
    frame: Matrix3<f32>,
    /// Weight of a second octave: how ragged the level sets are.
    raggedness: f32,
    seed: u32,
}

impl Field {
    /// `wavelength_vox` across the layers, `anisotropy` times that along them.
    pub(crate) fn new(
        rotation: &Matrix3<f32>,
        wavelength_vox: f32,
        anisotropy: f32,
        raggedness: f32,
        seed: u32,
    ) -> Self {
        let along = 1.0 / (wavelength_vox * anisotropy);
        let scale = Matrix3::from_diagonal(&Vector3::new(along, along, 1.0 / wavelength_vox));
        Self {
            frame: scale * rotation,
            raggedness,
            seed,
        }
    }

    /// Value at a point relative to the particle's centre, in voxels.
    #[inline]
    pub(crate) fn at(&self, local: &Vector3<f32>) -> f32 {
        let q = self.frame * local;
        let coarse = gradient_noise(&q, self.seed);
        if self.raggedness == 0.0 {
            return coarse;
        }
        coarse + self.raggedness * gradient_noise(&(q * 2.17), self.seed ^ 0x5bd1_e995)
    }
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
}
