use corelith_core::Volume;
use rayon::prelude::*;

/// Smooths heights with the binomial kernel (1 2 1)/4 along each axis, `rounds` times: a
/// Gaussian of variance `rounds / 2` voxels. Voxels at 0 stay there. Memory: some slices a thread.
pub(super) fn binomial_filter(height: &mut Volume<f32>, rounds: usize) {
    if height.is_empty() {
        return;
    }
    for _ in 0..rounds {
        smooth_once(height);
    }
}

/// Each thread goes through a slab of its own, its slices blurred in turn.
fn smooth_once(height: &mut Volume<f32>) {
    let [nz, ny, nx] = height.shape();
    let slices = nz.div_ceil(rayon::current_num_threads());
    let blurred = |z: usize| {
        let mut out = vec![0.0; ny * nx];
        blur_slice(height.slice(z), nx, &mut out);
        out
    };
    // The slices before and after each slab, which the next thread may overwrite.
    let beyond: Vec<[Vec<f32>; 2]> = (0..nz.div_ceil(slices))
        .into_par_iter()
        .map(|slab| {
            let (first, next) = (slab * slices, (slab + 1) * slices);
            [blurred(first.saturating_sub(1)), blurred(next.min(nz - 1))]
        })
        .collect();
    height
        .data_mut()
        .par_chunks_mut(slices * ny * nx)
        .zip(beyond)
        .for_each(|(slab, [mut above, after])| {
            let mut here = vec![0.0; ny * nx];
            blur_slice(&slab[..ny * nx], nx, &mut here);
            let mut below = vec![0.0; ny * nx];
            let last = slab.len() / (ny * nx) - 1;
            for z in 0..=last {
                let (out, rest) = slab[z * ny * nx..].split_at_mut(ny * nx);
                if z < last {
                    blur_slice(&rest[..ny * nx], nx, &mut below);
                } else {
                    below.copy_from_slice(&after);
                }
                for (i, out) in out.iter_mut().enumerate() {
                    if *out > 0.0 {
                        *out = 0.25 * (above[i] + 2.0 * here[i] + below[i]);
                    }
                }
                std::mem::swap(&mut above, &mut here);
                std::mem::swap(&mut here, &mut below);
            }
        });
}

/// A slice of rows of `nx`, blurred along x and y.
fn blur_slice(slice: &[f32], nx: usize, out: &mut [f32]) {
    let mut along_x = vec![0f32; slice.len()];
    for (to, row) in along_x.chunks_mut(nx).zip(slice.chunks(nx)) {
        for x in 0..nx {
            let (left, right) = (row[x.saturating_sub(1)], row[(x + 1).min(nx - 1)]);
            to[x] = 0.25 * (left + 2.0 * row[x] + right);
        }
    }
    let ny = slice.len() / nx;
    for (y, to) in out.chunks_mut(nx).enumerate() {
        let row = |y: usize| &along_x[y * nx..(y + 1) * nx];
        let (above, here) = (row(y.saturating_sub(1)), row(y));
        let below = row((y + 1).min(ny - 1));
        for (x, to) in to.iter_mut().enumerate() {
            *to = 0.25 * (above[x] + 2.0 * here[x] + below[x]);
        }
    }
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::*;

    #[test]
    fn as_many_slabs_as_there_are_threads_change_nothing() {
        let heights = Volume::from_fn([7, 5, 6], Spacing::isotropic(1.0), |x, y, z| {
            ((x * 7 + y * 13 + z * 29) % 11) as f32 - 2.0
        });
        let [nz, ny, nx] = heights.shape();
        let smoothed = |threads: usize| {
            let mut height = heights.clone();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build()
                .unwrap()
                .install(|| binomial_filter(&mut height, 1));
            height
        };
        let alone = smoothed(1);
        for threads in [2, 3, 7, 12] {
            assert!(smoothed(threads) == alone, "{threads} threads");
        }
        // Against the kernel itself, the outermost voxels repeated.
        let near = |at: usize, n: usize| [at.saturating_sub(1), at, (at + 1).min(n - 1)];
        for (x, y, z) in [(0, 0, 0), (3, 2, 3), (5, 4, 6), (1, 0, 5)] {
            let mut expected = 0.0;
            for (k, z) in near(z, nz).into_iter().enumerate() {
                for (j, y) in near(y, ny).into_iter().enumerate() {
                    for (i, x) in near(x, nx).into_iter().enumerate() {
                        let weight = [0.25, 0.5, 0.25];
                        expected += weight[i] * weight[j] * weight[k] * heights.at(x, y, z);
                    }
                }
            }
            if heights.at(x, y, z) <= 0.0 {
                expected = heights.at(x, y, z);
            }
            assert!((alone.at(x, y, z) - expected).abs() < 1e-5, "{x} {y} {z}");
        }
    }
}
