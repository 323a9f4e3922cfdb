use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

/// Two-dimensional Fourier transforms of one size. Spectra are transposed, which saves a pass
/// each way and does not matter to products of spectra.
pub(crate) struct Fourier {
    pub width: usize,
    pub height: usize,
    forward: [Arc<dyn Fft<f32>>; 2],
    inverse: [Arc<dyn Fft<f32>>; 2],
}

/// Buffers that one thread reuses between transforms.
pub(crate) struct Workspace {
    turned: Vec<Complex32>,
    scratch: Vec<Complex32>,
}

impl Fourier {
    /// For images of at least `width` x `height`, padded to sizes that transform fast.
    pub fn new(width: usize, height: usize) -> Self {
        let (width, height) = (smooth_size(width), smooth_size(height));
        let mut planner = FftPlanner::new();
        Self {
            width,
            height,
            forward: [width, height].map(|n| planner.plan_fft_forward(n)),
            inverse: [width, height].map(|n| planner.plan_fft_inverse(n)),
        }
    }

    pub fn len(&self) -> usize {
        self.width * self.height
    }

    /// Index of the offset `(x, y)` from the origin, which negative ones reach around the ends.
    pub fn wrapped(&self, x: i32, y: i32) -> usize {
        let x = x.rem_euclid(self.width as i32) as usize;
        let y = y.rem_euclid(self.height as i32) as usize;
        y * self.width + x
    }

    pub fn workspace(&self) -> Workspace {
        let scratch = self
            .forward
            .iter()
            .chain(&self.inverse)
            .map(|plan| plan.get_inplace_scratch_len())
            .max();
        Workspace {
            turned: vec![Complex32::default(); self.len()],
            scratch: vec![Complex32::default(); scratch.unwrap_or(0)],
        }
    }

    /// Image (rows of `width`) to transposed spectrum (rows of `height`), in place.
    pub fn forward(&self, image: &mut [Complex32], space: &mut Workspace) {
        self.forward[0].process_with_scratch(image, &mut space.scratch);
        transpose(image, &mut space.turned, self.width, self.height);
        self.forward[1].process_with_scratch(&mut space.turned, &mut space.scratch);
        image.copy_from_slice(&space.turned);
    }

    /// Transposed spectrum to image times [`Self::len`], in place.
    pub fn inverse(&self, spectrum: &mut [Complex32], space: &mut Workspace) {
        self.inverse[1].process_with_scratch(spectrum, &mut space.scratch);
        transpose(spectrum, &mut space.turned, self.height, self.width);
        self.inverse[0].process_with_scratch(&mut space.turned, &mut space.scratch);
        spectrum.copy_from_slice(&space.turned);
    }
}

fn transpose(from: &[Complex32], to: &mut [Complex32], width: usize, height: usize) {
    const TILE: usize = 16;
    for top in (0..height).step_by(TILE) {
        for left in (0..width).step_by(TILE) {
            for y in top..(top + TILE).min(height) {
                for x in left..(left + TILE).min(width) {
                    to[x * height + y] = from[y * width + x];
                }
            }
        }
    }
}

/// The smallest size from `n` on with no prime factor above 5.
fn smooth_size(n: usize) -> usize {
    (n.max(1)..)
        .find(|&size| {
            let mut rest = size;
            for prime in [2, 3, 5] {
                while rest % prime == 0 {
                    rest /= prime;
                }
            }
            rest == 1
        })
        .unwrap_or(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_is_the_image() {
        let fourier = Fourier::new(11, 7);
        assert_eq!((fourier.width, fourier.height), (12, 8));
        let image: Vec<Complex32> = (0..fourier.len())
            .map(|i| Complex32::new((i * 7 % 13) as f32, (i * 5 % 11) as f32))
            .collect();
        let mut space = fourier.workspace();
        let mut back = image.clone();
        fourier.forward(&mut back, &mut space);
        fourier.inverse(&mut back, &mut space);
        for (a, b) in image.iter().zip(&back) {
            assert!((a - b / fourier.len() as f32).norm() < 1e-4);
        }
    }
}
