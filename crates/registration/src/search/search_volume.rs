//! The coarse volume as the first search sees it: spectra of its slices.

use std::ops::Range;

use rayon::prelude::*;
use rustfft::num_complex::Complex32;

use crate::ct::coarse_volume::CoarseVolume;
use crate::search::fourier::Fourier;

/// Discs over less than this share of the volume's variance are flat: noise decides there.
const LEAST_VARIANCE: f32 = 0.05;

/// A coarse volume, or a box of one, with the spectrum of each of its slices.
pub(crate) struct SearchVolume {
    pub coarse: CoarseVolume,
    pub fourier: Fourier,
    /// One spectrum of [`Fourier::len`] numbers a slice.
    spectra: Vec<Complex32>,
    spread: Spread,
}

impl SearchVolume {
    pub fn new(coarse: CoarseVolume) -> Self {
        let spread = Spread::of(&coarse);
        Self::with_spread(coarse, spread)
    }

    fn with_spread(coarse: CoarseVolume, spread: Spread) -> Self {
        let [_, ny, nx] = coarse.shape;
        let fourier = Fourier::new(nx, ny);
        let spectra = slice_spectra(&coarse, &fourier);
        Self {
            coarse,
            fourier,
            spectra,
            spread,
        }
    }

    /// A box of it, given as ranges along x, y and z; what is flat is still told by the spread of
    /// the whole.
    pub fn cropped(&self, ranges: [Range<usize>; 3]) -> Self {
        Self::with_spread(self.coarse.cropped(ranges), self.spread)
    }

    /// Spectrum of slice `z`.
    pub fn spectrum(&self, z: usize) -> &[Complex32] {
        &self.spectra[z * self.fourier.len()..][..self.fourier.len()]
    }

    /// One over the sum of squared deviations below a disc of these voxels, 0 where the disc is
    /// flat against the spread of the whole volume.
    pub fn inverse_variance(&self, offsets: &[(i32, i32)]) -> Vec<f32> {
        local_variance(&self.coarse, self.spread, &self.fourier, offsets)
    }
}

fn slice_spectra(volume: &CoarseVolume, fourier: &Fourier) -> Vec<Complex32> {
    let [nz, ny, nx] = volume.shape;
    let mut spectra = vec![Complex32::default(); nz * fourier.len()];
    spectra
        .par_chunks_mut(fourier.len())
        .enumerate()
        .for_each_init(
            || fourier.workspace(),
            |space, (z, spectrum)| {
                let slice = &volume.data[z * nx * ny..][..nx * ny];
                for (row, from) in spectrum.chunks_mut(fourier.width).zip(slice.chunks(nx)) {
                    for (out, &grey) in row.iter_mut().zip(from) {
                        *out = Complex32::new(grey - 0.5, 0.0);
                    }
                }
                fourier.forward(spectrum, space);
            },
        );
    spectra
}

/// Mean and variance of a volume's grey values.
#[derive(Debug, Clone, Copy)]
struct Spread {
    mean: f64,
    variance: f64,
}

impl Spread {
    fn of(volume: &CoarseVolume) -> Self {
        let voxels = volume.data.len() as f64;
        let mean = volume.data.iter().map(|&g| f64::from(g)).sum::<f64>() / voxels;
        let squares = volume.data.iter().map(|&g| (f64::from(g) - mean).powi(2));
        Self {
            mean,
            variance: squares.sum::<f64>() / voxels,
        }
    }
}

/// One over the sum of squared deviations below the disc, 0 where the disc is flat against the
/// spread of the whole volume.
fn local_variance(
    volume: &CoarseVolume,
    spread: Spread,
    fourier: &Fourier,
    offsets: &[(i32, i32)],
) -> Vec<f32> {
    let [nz, ny, nx] = volume.shape;
    let count = offsets.len() as f64;
    let mean = spread.mean;
    let least = f64::from(LEAST_VARIANCE) * spread.variance * count;
    let mut space = fourier.workspace();
    let mut disc = vec![Complex32::default(); fourier.len()];
    for &(x, y) in offsets {
        disc[fourier.wrapped(x, y)] = Complex32::new(1.0, 0.0);
    }
    fourier.forward(&mut disc, &mut space);
    let mut out = vec![0.0; nz * ny * nx];
    out.par_chunks_mut(nx * ny).enumerate().for_each_init(
        || {
            (
                fourier.workspace(),
                vec![Complex32::default(); fourier.len()],
            )
        },
        |(space, sums), (z, out)| {
            let slice = &volume.data[z * nx * ny..][..nx * ny];
            sums.fill(Complex32::default());
            for (row, from) in sums.chunks_mut(fourier.width).zip(slice.chunks(nx)) {
                for (sum, &grey) in row.iter_mut().zip(from) {
                    let centred = grey - mean as f32;
                    *sum = Complex32::new(centred, centred * centred);
                }
            }
            fourier.forward(sums, space);
            for (s, d) in sums.iter_mut().zip(&disc) {
                *s *= d.conj();
            }
            fourier.inverse(sums, space);
            let norm = fourier.len() as f64;
            for y in 0..ny {
                for x in 0..nx {
                    let sum = sums[y * fourier.width + x];
                    let (first, second) = (f64::from(sum.re) / norm, f64::from(sum.im) / norm);
                    let spread = second - first * first / count;
                    if spread > least {
                        out[y * nx + x] = (1.0 / spread) as f32;
                    }
                }
            }
        },
    );
    out
}
