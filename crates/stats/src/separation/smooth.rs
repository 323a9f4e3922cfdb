use corelith_core::Volume;
use rayon::prelude::*;

/// Smooths heights with the binomial kernel (1 2 1)/4 along each axis, `rounds` times: a
/// Gaussian of variance `rounds / 2` voxels. Voxels at 0 stay there.
pub(super) fn smooth(height: &mut Volume<f32>, rounds: usize) {
    let [_, ny, nx] = height.shape();
    if height.is_empty() {
        return;
    }
    let area = ny * nx;
    for _ in 0..rounds {
        let blurred: Vec<f32> = blur_slices(height);
        let last = blurred.len() / area - 1;
        height
            .data_mut()
            .par_chunks_mut(area)
            .enumerate()
            .for_each(|(z, out)| {
                let slice = |z: usize| &blurred[z * area..(z + 1) * area];
                let (above, here) = (slice(z.saturating_sub(1)), slice(z));
                let below = slice((z + 1).min(last));
                for (i, out) in out.iter_mut().enumerate() {
                    if *out > 0.0 {
                        *out = 0.25 * (above[i] + 2.0 * here[i] + below[i]);
                    }
                }
            });
    }
}

/// The slices of a volume, each blurred along x and y.
fn blur_slices(volume: &Volume<f32>) -> Vec<f32> {
    let [_, ny, nx] = volume.shape();
    let mut out = vec![0f32; volume.len()];
    out.par_chunks_mut(ny * nx)
        .zip(volume.data().par_chunks(ny * nx))
        .for_each(|(out, slice)| {
            let mut along_x = vec![0f32; ny * nx];
            for (to, row) in along_x.chunks_mut(nx).zip(slice.chunks(nx)) {
                for x in 0..nx {
                    let (left, right) = (row[x.saturating_sub(1)], row[(x + 1).min(nx - 1)]);
                    to[x] = 0.25 * (left + 2.0 * row[x] + right);
                }
            }
            for (y, to) in out.chunks_mut(nx).enumerate() {
                let row = |y: usize| &along_x[y * nx..(y + 1) * nx];
                let (above, here) = (row(y.saturating_sub(1)), row(y));
                let below = row((y + 1).min(ny - 1));
                for (x, to) in to.iter_mut().enumerate() {
                    *to = 0.25 * (above[x] + 2.0 * here[x] + below[x]);
                }
            }
        });
    out
}
