//! How far apart pixels of a frame have to be to tell something of their own.

use corelith_core::{Raster, UNMEASURED};

use super::likeness::FramePixels;

/// Frames that are looked at, evenly over all.
const FRAMES: usize = 16;

/// Correlation with themselves below which pixels count as strangers.
const STRANGERS: f64 = 0.05;

/// Pixels compared for a lag, about.
const SAMPLED_PX: usize = 10_000;

/// Pixels along x and y that count as one observation when frames are compared: the sum of the
/// squared autocorrelation over all lags, by which the variance of a correlation of two images
/// grows over that of independent pixels (Clifford, Richardson and Hémon 1989).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grain([f64; 2]);

impl Grain {
    /// Of the pixels that frames are compared by. 1 along an axis where nothing varies.
    pub(super) fn of(frames: &[FramePixels]) -> Self {
        let step = frames.len().div_ceil(FRAMES).max(1);
        let along = |axis: usize| {
            let each = frames.iter().step_by(step);
            let lengths: Vec<f64> = each.filter_map(|frame| length(frame, axis)).collect();
            let sum: f64 = lengths.iter().sum();
            (sum / lengths.len().max(1) as f64).max(1.0)
        };
        Self([along(0), along(1)])
    }

    /// Observations that an overlap of some columns and rows holds.
    pub(super) fn observations(self, size: [usize; 2]) -> f64 {
        (0..2)
            .map(|axis| (size[axis] as f64 / self.0[axis]).max(1.0))
            .product()
    }
}

fn length(frame: &FramePixels, axis: usize) -> Option<f64> {
    let longest = frame.size()[axis] / 3;
    let mut sum = 1.0;
    // Fine grains need each lag, coarse ones do not.
    let mut lag = 1;
    while lag <= longest {
        let next = lag + 1 + lag / 8;
        let r = match &frame.grey {
            Some(grey) => of_greys(grey, axis, lag)?,
            None => of_classes(&frame.classes, axis, lag)?,
        };
        if r < STRANGERS {
            break;
        }
        sum += 2.0 * r * r * (next - lag) as f64;
        lag = next;
    }
    Some(sum)
}

/// Pixels and those `lag` farther along an axis, thinned out.
fn at_lag<T: Copy>(
    image: &Raster<T>,
    axis: usize,
    lag: usize,
) -> impl Iterator<Item = (T, T)> + '_ {
    let (cols, rows) = (image.cols(), image.rows());
    let (dx, dy) = if axis == 0 { (lag, 0) } else { (0, lag) };
    let step = (cols * rows).div_ceil(SAMPLED_PX).isqrt().max(1);
    (0..rows.saturating_sub(dy))
        .step_by(step)
        .flat_map(move |y| {
            (0..cols.saturating_sub(dx))
                .step_by(step)
                .map(move |x| (image.at(x, y), image.at(x + dx, y + dy)))
        })
}

fn of_classes(classes: &Raster<u8>, axis: usize, lag: usize) -> Option<f64> {
    let mut counts = [[0.0f64; 256]; 2];
    let (mut n, mut same) = (0.0, 0.0);
    for (a, b) in at_lag(classes, axis, lag) {
        if a != UNMEASURED && b != UNMEASURED {
            n += 1.0;
            same += f64::from(u8::from(a == b));
            counts[0][usize::from(a)] += 1.0;
            counts[1][usize::from(b)] += 1.0;
        }
    }
    let by_chance: f64 = (0..256).map(|c| counts[0][c] * counts[1][c]).sum::<f64>() / (n * n);
    (n >= 16.0 && by_chance < 1.0 - 1e-9).then(|| (same / n - by_chance) / (1.0 - by_chance))
}

fn of_greys(grey: &Raster<f32>, axis: usize, lag: usize) -> Option<f64> {
    let values = || {
        at_lag(grey, axis, lag)
            .filter(|(a, b)| a.is_finite() && b.is_finite())
            .map(|(a, b)| [f64::from(a), f64::from(b)])
    };
    let n = values().count() as f64;
    let sums = values().fold([0.0; 2], |s, v| [s[0] + v[0], s[1] + v[1]]);
    let mean = sums.map(|s| s / n.max(1.0));
    let (mut variance, mut covariance) = ([0.0; 2], 0.0);
    for v in values() {
        let [a, b] = [v[0] - mean[0], v[1] - mean[1]];
        variance = [variance[0] + a * a, variance[1] + b * b];
        covariance += a * b;
    }
    let spread = (variance[0] * variance[1]).sqrt();
    (n >= 16.0 && spread > 1e-9).then(|| covariance / spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_one_class_count_once() {
        // Classes that look random, in blocks of 8 x 3 pixels.
        let class = |col: usize, row: usize| {
            let mut x = ((col / 8) * 7919 + row / 3) as u64;
            x = (x ^ 0x5851).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            ((x >> 40) % 3) as u8
        };
        let classes = Raster::from_fn(240, 240, class);
        let grey = classes.map(|class| f32::from(*class));
        for grey in [None, Some(grey)] {
            let classes = classes.clone();
            let Grain([x, y]) = Grain::of(&[FramePixels { classes, grey }]);
            // The sum of the squares of a triangle 8 and 3 pixels to each side.
            assert!((4.5..7.0).contains(&x), "{x}");
            assert!((1.7..3.0).contains(&y), "{y}");
        }
        let blank = FramePixels {
            classes: Raster::from_fn(9, 9, |_, _| 1),
            grey: None,
        };
        assert_eq!(Grain::of(&[blank]).observations([4, 5]), 20.0);
    }
}
