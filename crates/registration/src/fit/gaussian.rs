use rayon::prelude::*;

/// Weights of a sampled Gaussian, cut at three standard deviations, summing to one; a single one
/// for `sigma` near zero.
pub(crate) fn kernel(sigma: f64) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil().max(0.0) as i32;
    if reach == 0 || sigma < 0.2 {
        return vec![1.0];
    }
    let weights: Vec<f64> = (-reach..=reach)
        .map(|i| (-0.5 * (f64::from(i) / sigma).powi(2)).exp())
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|w| (w / sum) as f32).collect()
}

/// Convolves lines of `n` values that lie `stride` apart; values beyond the ends repeat the last.
///
/// `data` is `outer` blocks of `n * stride` values.
pub(crate) fn along_axis(data: &mut [f32], n: usize, stride: usize, weights: &[f32]) {
    if weights.len() == 1 || n == 0 {
        return;
    }
    let reach = weights.len() / 2;
    if stride == 1 {
        return along_lines(data, n, weights);
    }
    data.par_chunks_mut(n * stride).for_each(|block| {
        let source = block.to_vec();
        block.fill(0.0);
        for i in 0..n {
            let line = &mut block[i * stride..][..stride];
            for (k, &weight) in weights.iter().enumerate() {
                let j = (i + k).saturating_sub(reach).min(n - 1);
                let from = &source[j * stride..][..stride];
                for (out, &value) in line.iter_mut().zip(from) {
                    *out += weight * value;
                }
            }
        }
    });
}

/// [`along_axis`] for lines without gaps: each is padded once, so that all of it goes through
/// vector registers.
fn along_lines(data: &mut [f32], n: usize, weights: &[f32]) {
    let reach = weights.len() / 2;
    data.par_chunks_mut(n).with_min_len(16).for_each_init(
        || vec![0f32; n + 2 * reach],
        |padded, line| {
            padded[..reach].fill(line[0]);
            padded[reach..reach + n].copy_from_slice(line);
            padded[reach + n..].fill(line[n - 1]);
            line.fill(0.0);
            for (k, &weight) in weights.iter().enumerate() {
                for (out, &value) in line.iter_mut().zip(&padded[k..k + n]) {
                    *out += weight * value;
                }
            }
        },
    );
}

/// Smooths an image of `cols` columns in place.
pub(crate) fn smooth_image(data: &mut [f32], cols: usize, sigma: f64) {
    let weights = kernel(sigma);
    let rows = data.len() / cols.max(1);
    along_axis(data, cols, 1, &weights);
    along_axis(data, rows, cols, &weights);
}

/// Smooths a volume `[nz, ny, nx]` in place.
pub(crate) fn smooth_volume(data: &mut [f32], [nz, ny, nx]: [usize; 3], sigma: f64) {
    let weights = kernel(sigma);
    along_axis(data, nx, 1, &weights);
    along_axis(data, ny, nx, &weights);
    along_axis(data, nz, nx * ny, &weights);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impulse_becomes_a_gaussian_of_sum_one() {
        let shape = [15, 15, 15];
        let mut data = vec![0.0; 15 * 15 * 15];
        data[(7 * 15 + 7) * 15 + 7] = 1.0;
        smooth_volume(&mut data, shape, 1.5);
        assert!((data.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        let variance: f32 = data
            .iter()
            .enumerate()
            .map(|(i, v)| v * ((i % 15) as f32 - 7.0).powi(2))
            .sum();
        assert!((variance - 2.25).abs() < 0.1, "{variance}");
    }
}
