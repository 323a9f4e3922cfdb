//! Gaussian means.

/// Gaussian mean over a box of those sides, cut at three sigma; edges repeat.
pub(super) fn smoothed(values: &[f32], sides: [usize; 3], sigma: f32) -> Vec<f32> {
    let [depth, height, width] = sides;
    let reach = (3.0 * sigma).ceil() as usize;
    let mut taps: Vec<f32> = (0..=reach)
        .map(|i| (-0.5 * (i as f32 / sigma).powi(2)).exp())
        .collect();
    let sum = taps[0] + 2.0 * taps[1..].iter().sum::<f32>();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    let mut from = values.to_vec();
    let mut to = vec![0.0; values.len()];
    // Along z and y whole rows are added, which the compiler makes vectors of.
    for (count, stride) in [(depth, height * width), (height, width)] {
        let outer = count * stride;
        for (source, target) in from.chunks_exact(outer).zip(to.chunks_exact_mut(outer)) {
            for i in 0..count {
                let row = &mut target[i * stride..][..stride];
                row.fill(0.0);
                let mut add = |tap: f32, j: usize| {
                    for (sum, value) in row.iter_mut().zip(&source[j * stride..][..stride]) {
                        *sum += tap * value;
                    }
                };
                add(taps[0], i);
                for (d, &tap) in taps.iter().enumerate().skip(1) {
                    add(tap, i.saturating_sub(d));
                    add(tap, (i + d).min(count - 1));
                }
            }
        }
        std::mem::swap(&mut from, &mut to);
    }
    let mut padded = vec![0.0; width + 2 * reach];
    for (source, target) in from.chunks_exact(width).zip(to.chunks_exact_mut(width)) {
        padded[..reach].fill(source[0]);
        padded[reach..reach + width].copy_from_slice(source);
        padded[reach + width..].fill(source[width - 1]);
        target.fill(0.0);
        for (d, tap) in (0..=2 * reach).map(|d| (d, taps[d.abs_diff(reach)])) {
            for (sum, value) in target.iter_mut().zip(&padded[d..]) {
                *sum += tap * value;
            }
        }
    }
    to
}
