//! Phase correlation of two images.

use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

/// An image of complex values, row by row.
pub(super) struct Signal {
    pub values: Vec<Complex32>,
    pub cols: usize,
    pub rows: usize,
}

/// Shifts that are looked at, both ends included: `[x, y]` of the first pixel of the second image
/// in the first one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shifts {
    pub from: [i64; 2],
    pub to: [i64; 2],
}

/// The smallest size from `n` on with no prime factor above 5.
fn smooth_size(n: usize) -> usize {
    let is_smooth = |size: &usize| {
        let mut rest = *size;
        for prime in [2, 3, 5] {
            while rest.is_multiple_of(prime) {
                rest /= prime;
            }
        }
        rest == 1
    };
    (n.max(1)..).find(is_smooth).unwrap_or(n)
}

fn transposed(values: &[Complex32], cols: usize) -> Vec<Complex32> {
    let rows = values.len() / cols;
    let mut turned = vec![Complex32::default(); values.len()];
    for row in 0..rows {
        for col in 0..cols {
            turned[col * rows + row] = values[row * cols + col];
        }
    }
    turned
}

/// The phase correlation (Kuglin and Hines, 1975) of images of at most the given sizes, padded so
/// that no shift wraps around.
pub(super) struct PhaseCorrelation {
    size: [usize; 2],
    forward: [Arc<dyn Fft<f32>>; 2],
    inverse: [Arc<dyn Fft<f32>>; 2],
}

impl PhaseCorrelation {
    /// For two images of at most `cols` x `rows` pixels each.
    pub(super) fn new(cols: usize, rows: usize) -> Self {
        let size = [smooth_size(2 * cols), smooth_size(2 * rows)];
        let mut planner = FftPlanner::new();
        Self {
            size,
            forward: size.map(|n| planner.plan_fft_forward(n)),
            inverse: size.map(|n| planner.plan_fft_inverse(n)),
        }
    }

    /// The spectrum, transposed.
    fn spectrum(&self, image: &Signal) -> Vec<Complex32> {
        let [cols, rows] = self.size;
        let mut padded = vec![Complex32::default(); cols * rows];
        for (row, line) in image.values.chunks_exact(image.cols).enumerate() {
            padded[row * cols..row * cols + image.cols].copy_from_slice(line);
        }
        self.forward[0].process(&mut padded);
        let mut turned = transposed(&padded, cols);
        self.forward[1].process(&mut turned);
        turned
    }

    /// The shifts of the `count` highest local maxima, the highest first.
    pub(super) fn peaks(
        &self,
        first: &Signal,
        second: &Signal,
        shifts: Shifts,
        count: usize,
    ) -> Vec<[i64; 2]> {
        let [cols, rows] = self.size;
        let (mut product, second) = (self.spectrum(first), self.spectrum(second));
        let mean = product
            .iter()
            .zip(&second)
            .map(|(a, b)| (a * b.conj()).norm())
            .sum::<f32>()
            / product.len() as f32;
        // Where there is nothing but rounding, a phase means nothing.
        let least = 1e-4 * mean + f32::MIN_POSITIVE;
        for (a, b) in product.iter_mut().zip(&second) {
            let cross = *a * b.conj();
            *a = cross / (cross.norm() + least);
        }
        self.inverse[1].process(&mut product);
        let mut surface = transposed(&product, rows);
        self.inverse[0].process(&mut surface);
        let at = |x: i64, y: i64| {
            let (x, y) = (x.rem_euclid(cols as i64), y.rem_euclid(rows as i64));
            surface[y as usize * cols + x as usize].re
        };
        let mut peaks: Vec<(f32, [i64; 2])> = Vec::new();
        for y in shifts.from[1]..=shifts.to[1] {
            for x in shifts.from[0]..=shifts.to[0] {
                let value = at(x, y);
                let is_peak = (-1..=1)
                    .flat_map(|dy| (-1..=1).map(move |dx| (dx, dy)))
                    .all(|(dx, dy)| value >= at(x + dx, y + dy));
                if is_peak {
                    peaks.push((value, [x, y]));
                }
            }
        }
        peaks.sort_by(|a, b| b.0.total_cmp(&a.0));
        peaks
            .into_iter()
            .take(count)
            .map(|(_, shift)| shift)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shift_of_two_cuts_of_one_image_is_the_highest_peak() {
        let value = |x: usize, y: usize| {
            let mut noise = (x as u64 * 7919 + y as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            noise = (noise ^ (noise >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            Complex32::new(((noise >> 33) % 101) as f32 - 50.0, 0.0)
        };
        let cut = |left: usize, top: usize| Signal {
            values: (0..40 * 30)
                .map(|i| value(left + i % 40, top + i / 40))
                .collect(),
            cols: 40,
            rows: 30,
        };
        let shifts = Shifts {
            from: [-39, -29],
            to: [39, 29],
        };
        let correlation = PhaseCorrelation::new(40, 30);
        for (x, y) in [(25, 3), (0, 0), (3, 17)] {
            let peaks = correlation.peaks(&cut(5, 5), &cut(5 + x, 5 + y), shifts, 3);
            assert_eq!(peaks[0], [x as i64, y as i64]);
        }
    }
}
