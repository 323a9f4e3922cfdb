//! Separable filters on stacks of slices, edges repeated.

use rayon::prelude::*;

/// Symmetric kernel: the middle tap, then one side.
pub(crate) type Kernel = Vec<f32>;

/// Gaussian of standard deviation `sigma`, cut at three of it, summing to 1.
pub(crate) fn gaussian(sigma: f64) -> Kernel {
    let reach = (3.0 * sigma).ceil() as i32;
    let taps: Vec<f64> = (0..=reach)
        .map(|i| {
            if i == 0 {
                1.0
            } else {
                (-0.5 * (f64::from(i) / sigma).powi(2)).exp()
            }
        })
        .collect();
    let sum = taps[0] + 2.0 * taps[1..].iter().sum::<f64>();
    taps.iter().map(|t| (t / sum) as f32).collect()
}

/// Filters each row.
fn along_x(slice: &mut [f32], nx: usize, kernel: &Kernel) {
    let reach = kernel.len() - 1;
    let mut padded = vec![0f32; nx + 2 * reach];
    for row in slice.chunks_exact_mut(nx) {
        padded[..reach].fill(row[0]);
        padded[reach..reach + nx].copy_from_slice(row);
        padded[reach + nx..].fill(row[nx - 1]);
        for (x, value) in row.iter_mut().enumerate() {
            let centre = x + reach;
            let mut sum = kernel[0] * padded[centre];
            for (d, tap) in kernel.iter().enumerate().skip(1) {
                sum += tap * (padded[centre - d] + padded[centre + d]);
            }
            *value = sum;
        }
    }
}

/// Filters each column.
fn along_y(slice: &mut [f32], nx: usize, kernel: &Kernel) {
    let input = slice.to_vec();
    let ny = slice.len() / nx;
    let row = |y: usize| &input[y * nx..(y + 1) * nx];
    for y in 0..ny {
        let output = &mut slice[y * nx..(y + 1) * nx];
        for (value, v) in output.iter_mut().zip(row(y)) {
            *value = kernel[0] * v;
        }
        for (d, tap) in kernel.iter().enumerate().skip(1) {
            let (above, below) = (row(y.saturating_sub(d)), row((y + d).min(ny - 1)));
            for ((value, a), b) in output.iter_mut().zip(above).zip(below) {
                *value += tap * (a + b);
            }
        }
    }
}

/// Filters one image.
pub(crate) fn image(data: &mut [f32], nx: usize, kernel: &Kernel) {
    along_x(data, nx, kernel);
    along_y(data, nx, kernel);
}

/// Filters a stack in all three directions. The stack holds `halo` more slices at either end
/// than the result, at least the kernel's reach.
pub(crate) fn stack(
    mut data: Vec<f32>,
    [ny, nx]: [usize; 2],
    halo: usize,
    kernel: &Kernel,
) -> Vec<f32> {
    let area = ny * nx;
    data.par_chunks_mut(area)
        .for_each(|slice| image(slice, nx, kernel));
    let depth = data.len() / area - 2 * halo;
    let mut result = vec![0f32; depth * area];
    result
        .par_chunks_mut(area)
        .enumerate()
        .for_each(|(z, output)| {
            let slice = |z: usize| &data[z * area..(z + 1) * area];
            for (value, v) in output.iter_mut().zip(slice(z + halo)) {
                *value = kernel[0] * v;
            }
            for (d, tap) in kernel.iter().enumerate().skip(1) {
                let (before, after) = (slice(z + halo - d), slice(z + halo + d));
                for ((value, a), b) in output.iter_mut().zip(before).zip(after) {
                    *value += tap * (a + b);
                }
            }
        });
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_becomes_the_kernel_in_all_directions() {
        let kernel = gaussian(0.8);
        let halo = kernel.len() - 1;
        let n = 2 * halo + 3;
        let mut data = vec![0f32; n * n * n];
        let middle = n / 2;
        data[(middle * n + middle) * n + middle] = 1.0;
        let filtered = stack(data, [n, n], halo, &kernel);
        assert!((filtered.iter().sum::<f32>() - 1.0).abs() < 0.2);
        let at = |x: usize, y: usize, z: usize| filtered[((z - halo) * n + y) * n + x];
        let near = kernel[0] * kernel[0] * kernel[1];
        for value in [
            at(middle + 1, middle, middle),
            at(middle, middle - 1, middle),
            at(middle, middle, middle + 1),
        ] {
            assert!((value - near).abs() < 1e-6);
        }
    }
}
