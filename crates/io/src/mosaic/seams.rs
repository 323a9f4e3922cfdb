//! Evens the grey values of frames: detectors drift, and each frame has its own brightness.

use corelith_core::Raster;

use super::likeness::{GreySums, Overlap};
use super::links::FrameLink;
use super::placement::{Difference, least_squares};

/// Grey values become `gain * value + offset`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct GreyScale {
    pub gain: f64,
    pub offset: f64,
}

impl GreyScale {
    pub(super) const NONE: Self = Self {
        gain: 1.0,
        offset: 0.0,
    };
}

/// Correlation of the grey values of two frames from which on their overlap tells a gain.
const CORRELATION_MIN: f64 = 0.5;

/// Gain and offset of each frame at which overlaps agree best in spread and mean, by least squares
/// over all overlaps: first of the logarithms of gains, from the ratios of standard deviations
/// (which noise in both frames does not bias), then of offsets. On the average over all frames
/// gains are 1 and offsets 0.
pub(super) fn evened(greys: &[&Raster<f32>], links: &[FrameLink]) -> Vec<GreyScale> {
    let sums: Vec<([usize; 2], GreySums)> = links
        .iter()
        .filter(|link| link.used)
        .filter_map(|link| {
            let [a, b] = link.frames;
            let size = |frame: usize| [greys[frame].cols(), greys[frame].rows()];
            let shift = link.shift_px.map(|v| v.round() as i64);
            let overlap = Overlap::of(size(a), size(b), shift)?;
            Some((link.frames, GreySums::of(greys[a], greys[b], overlap)))
        })
        .filter(|(_, sums)| sums.correlation().is_some_and(|r| r >= CORRELATION_MIN))
        .collect();
    let none = vec![0.0; greys.len()];
    let gains: Vec<Difference> = sums
        .iter()
        .map(|(nodes, sums)| Difference {
            nodes: *nodes,
            // gain b / gain a = spread a / spread b
            difference: 0.5 * (sums.variance[0] / sums.variance[1]).ln(),
            weight: sums.n,
        })
        .collect();
    let gains: Vec<f64> = centred(least_squares(&none, &gains))
        .into_iter()
        .map(f64::exp)
        .collect();
    let offsets: Vec<Difference> = sums
        .iter()
        .map(|(nodes, sums)| Difference {
            nodes: *nodes,
            difference: gains[nodes[0]] * sums.mean[0] - gains[nodes[1]] * sums.mean[1],
            weight: sums.n,
        })
        .collect();
    let offsets = centred(least_squares(&none, &offsets));
    gains
        .into_iter()
        .zip(offsets)
        .map(|(gain, offset)| GreyScale { gain, offset })
        .collect()
}

fn centred(values: Vec<f64>) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    values.into_iter().map(|v| v - mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gains_and_offsets_are_found_up_to_the_average() {
        let value = |x: usize, y: usize| ((x * 31 + y * 17 + x * y) % 97) as f32;
        let frame = |left: usize, gain: f32, offset: f32| {
            Raster::from_fn(30, 40, |col, row| gain * value(left + col, row) + offset)
        };
        let (a, b) = (frame(0, 1.0, 0.0), frame(28, 1.21, -8.0));
        let link = FrameLink {
            frames: [0, 1],
            shift_px: [28.0, 0.0],
            likeness: 1.0,
            used: true,
            residual_px: 0.0,
        };
        let scales = evened(&[&a, &b], std::slice::from_ref(&link));
        let even = |scale: GreyScale, v: f32| scale.gain * f64::from(v) + scale.offset;
        for (x, y) in [(0, 0), (11, 29), (5, 12)] {
            let (first, second) = (a.at(28 + x, y), b.at(x, y));
            assert!((even(scales[0], first) - even(scales[1], second)).abs() < 1e-3);
        }
        assert!((scales[0].gain * scales[1].gain - 1.0).abs() < 1e-9);
        let unused = FrameLink {
            used: false,
            ..link
        };
        assert_eq!(evened(&[&a, &b], &[unused]), [GreyScale::NONE; 2]);
    }
}
