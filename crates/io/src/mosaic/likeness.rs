//! How alike two frames are where they overlap.

use corelith_core::{Raster, UNMEASURED};

use super::grain::Grain;

/// Overlapping pixels that are compared, about.
const SAMPLED_PX: usize = 40_000;

/// Least share of pixels that are not of the most frequent class for an overlap to tell a place.
const VARIETY_MIN: f64 = 0.02;

/// Least likeness, less two standard errors, of frames that overlap.
pub(super) const SURE_MIN: f64 = 0.3;

/// A frame as it was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FramePixels {
    pub classes: Raster<u8>,
    pub grey: Option<Raster<f32>>,
}

/// What two frames share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Overlap {
    /// First pixel in the first frame.
    pub first: [usize; 2],
    /// First pixel in the second frame.
    pub second: [usize; 2],
    /// Columns and rows.
    pub size: [usize; 2],
}

impl Overlap {
    /// Of frames of the given columns and rows, the second at `shift` in the first.
    pub(super) fn of(first: [usize; 2], second: [usize; 2], shift: [i64; 2]) -> Option<Self> {
        let mut overlap = Self {
            first: [0; 2],
            second: [0; 2],
            size: [0; 2],
        };
        for axis in 0..2 {
            let from = shift[axis].max(0);
            let to = (first[axis] as i64).min(shift[axis] + second[axis] as i64);
            if to <= from {
                return None;
            }
            overlap.first[axis] = from as usize;
            overlap.second[axis] = (from - shift[axis]) as usize;
            overlap.size[axis] = (to - from) as usize;
        }
        Some(overlap)
    }

    /// Pixels of both frames, thinned out, as `[column, row]` each.
    fn pairs(self) -> impl Iterator<Item = ([usize; 2], [usize; 2])> {
        let [cols, rows] = self.size;
        let step = (cols * rows).div_ceil(SAMPLED_PX).isqrt().max(1);
        (0..rows).step_by(step).flat_map(move |row| {
            (0..cols).step_by(step).map(move |col| {
                (
                    [self.first[0] + col, self.first[1] + row],
                    [self.second[0] + col, self.second[1] + row],
                )
            })
        })
    }
}

impl FramePixels {
    pub(super) fn size(&self) -> [usize; 2] {
        [self.classes.cols(), self.classes.rows()]
    }
}

/// How alike two frames are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Likeness {
    /// Cohen's kappa of the classes, or Pearson's correlation of the grey values.
    pub value: f64,
    /// `value` less two standard errors: what a small overlap shows by chance is not sure.
    pub sure: f64,
    /// `value` and two standard errors.
    pub surely_less: f64,
}

impl Likeness {
    fn of(value: f64, observations: f64) -> Self {
        let observations = observations.max(1.0);
        let value = value.clamp(-1.0, 1.0);
        // A few observations that all agree are no proof that the next one will.
        let shrunk = value * observations / (observations + 1.0);
        let error = ((1.0 - shrunk * shrunk) / observations).sqrt();
        Self {
            value,
            sure: shrunk - 2.0 * error,
            surely_less: shrunk + 2.0 * error,
        }
    }
}

/// Likeness of two frames, by grey values where both have some; `None` where the overlap holds
/// nothing that varies.
pub(super) fn likeness(
    a: &FramePixels,
    b: &FramePixels,
    shift: [i64; 2],
    grain: Grain,
) -> Option<Likeness> {
    let overlap = Overlap::of(a.size(), b.size(), shift)?;
    let full = grain.observations(overlap.size);
    match (&a.grey, &b.grey) {
        (Some(first), Some(second)) => {
            let sums = GreySums::of(first, second, overlap);
            let share = sums.n / overlap.pairs().count().max(1) as f64;
            let coarse = Likeness::of(sums.correlation()?, share * full);
            // Few grains tell little, the same noise on them tells all: frames that were cut out of
            // one image, or scanned once and tiled.
            let fine = texture_likeness(first, second, overlap);
            Some(match fine.filter(|fine| fine.sure > coarse.sure) {
                Some(fine) => Likeness {
                    value: coarse.value,
                    ..fine
                },
                None => coarse,
            })
        }
        _ => {
            let (kappa, share) = kappa(&a.classes, &b.classes, overlap)?;
            Some(Likeness::of(kappa, share * full))
        }
    }
}

/// Pixels that count as one observation of texture: neighbouring differences share a pixel, and
/// the beam of the microscope is wider than one.
const TEXTURE_PX: f64 = 8.0;

/// Likeness of the differences between neighbouring pixels, which are noise and fine texture.
fn texture_likeness(a: &Raster<f32>, b: &Raster<f32>, overlap: Overlap) -> Option<Likeness> {
    let step = |image: &Raster<f32>, [col, row]: [usize; 2]| {
        f64::from(image.at(col + 1, row)) - f64::from(image.at(col, row))
    };
    let end = overlap.first[0] + overlap.size[0];
    let differences = overlap
        .pairs()
        .filter(|(first, _)| first[0] + 1 < end)
        .map(|(first, second)| [step(a, first), step(b, second)])
        .filter(|pair| pair.iter().all(|d| d.is_finite()));
    let (mut n, mut sums) = (0.0, [0.0; 3]);
    for [x, y] in differences {
        n += 1.0;
        sums = [sums[0] + x * x, sums[1] + y * y, sums[2] + x * y];
    }
    let spread = (sums[0] * sums[1]).sqrt();
    (n >= 64.0 && spread > 1e-12).then(|| Likeness::of(sums[2] / spread, n / TEXTURE_PX))
}

/// Agreement of classes over chance (Cohen 1960), and the share of pixels measured in both.
fn kappa(a: &Raster<u8>, b: &Raster<u8>, overlap: Overlap) -> Option<(f64, f64)> {
    let (mut of_a, mut of_b) = ([0u32; 256], [0u32; 256]);
    let (mut n, mut same, mut all) = (0u32, 0u32, 0u32);
    for (first, second) in overlap.pairs() {
        let (x, y) = (a.at(first[0], first[1]), b.at(second[0], second[1]));
        all += 1;
        if x != UNMEASURED && y != UNMEASURED {
            n += 1;
            same += u32::from(x == y);
            of_a[usize::from(x)] += 1;
            of_b[usize::from(y)] += 1;
        }
    }
    if n < 16 {
        return None;
    }
    let n_f = f64::from(n);
    let by_chance: f64 = of_a
        .iter()
        .zip(&of_b)
        .map(|(x, y)| f64::from(*x) * f64::from(*y) / (n_f * n_f))
        .sum();
    (by_chance < 1.0 - 1e-9).then(|| {
        let agreement = f64::from(same) / n_f;
        (
            (agreement - by_chance) / (1.0 - by_chance),
            n_f / f64::from(all),
        )
    })
}

/// Whether the overlap holds, in both frames, enough besides the most frequent class to tell a
/// place, and more grains than could agree by chance.
pub(super) fn tells_a_place(
    a: &FramePixels,
    b: &FramePixels,
    shift: [i64; 2],
    grain: Grain,
) -> bool {
    let Some(overlap) = Overlap::of(a.size(), b.size(), shift) else {
        return false;
    };
    if Likeness::of(1.0, grain.observations(overlap.size)).sure < SURE_MIN {
        return false;
    }
    let mut counts = [[0usize; 256]; 2];
    // Single pixels are noise, and no grains.
    let mut count = |of: usize, frame: &FramePixels, [col, row]: [usize; 2]| {
        let class = frame.classes.at(col, row);
        let beside = if col > 0 { col - 1 } else { col + 1 };
        let is_grain = beside < frame.classes.cols() && frame.classes.at(beside, row) == class;
        counts[of][usize::from(class)] += usize::from(is_grain);
    };
    for (first, second) in overlap.pairs() {
        count(0, a, first);
        count(1, b, second);
    }
    counts.iter_mut().all(|counts| {
        counts[usize::from(UNMEASURED)] = 0;
        let all: usize = counts.iter().sum();
        let most = counts.iter().copied().max().unwrap_or(0);
        all >= 64 && (all - most) as f64 >= VARIETY_MIN * all as f64
    })
}

/// Sums of grey values over an overlap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct GreySums {
    pub n: f64,
    pub mean: [f64; 2],
    pub variance: [f64; 2],
    covariance: f64,
}

impl GreySums {
    pub(super) fn of(a: &Raster<f32>, b: &Raster<f32>, overlap: Overlap) -> Self {
        let values = || {
            overlap.pairs().filter_map(|(first, second)| {
                let x = f64::from(a.at(first[0], first[1]));
                let y = f64::from(b.at(second[0], second[1]));
                (x.is_finite() && y.is_finite()).then_some([x, y])
            })
        };
        let (mut n, mut sum) = (0.0, [0.0; 2]);
        for value in values() {
            n += 1.0;
            sum = [sum[0] + value[0], sum[1] + value[1]];
        }
        let mean = sum.map(|s| s / f64::max(n, 1.0));
        let (mut variance, mut covariance) = ([0.0; 2], 0.0);
        for [x, y] in values() {
            let (x, y) = (x - mean[0], y - mean[1]);
            variance = [variance[0] + x * x, variance[1] + y * y];
            covariance += x * y;
        }
        let per = f64::max(n - 1.0, 1.0);
        Self {
            n,
            mean,
            variance: variance.map(|v| v / per),
            covariance: covariance / per,
        }
    }

    pub(super) fn correlation(&self) -> Option<f64> {
        let spread = (self.variance[0] * self.variance[1]).sqrt();
        (self.n >= 16.0 && spread > 1e-12).then(|| self.covariance / spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(left: usize, class: impl Fn(usize, usize) -> u8) -> FramePixels {
        FramePixels {
            classes: Raster::from_fn(40, 40, |col, row| class(left + col, row)),
            grey: None,
        }
    }

    #[test]
    fn kappa_is_one_at_the_right_shift_and_near_zero_elsewhere() {
        let class = |x: usize, y: usize| ((x / 4 * 7 + y / 4 * 13) % 5 % 3) as u8;
        let (a, b) = (frame(0, class), frame(28, class));
        let grain = Grain::of(&[a.clone(), b.clone()]);
        assert_eq!(likeness(&a, &b, [28, 0], grain).unwrap().value, 1.0);
        assert!(likeness(&a, &b, [22, 3], grain).unwrap().sure < 0.3);
        assert!(tells_a_place(&a, &b, [28, 0], grain));
        let blank = frame(0, |_, _| 0);
        assert_eq!(likeness(&blank, &blank, [28, 0], grain), None);
        assert!(!tells_a_place(&blank, &blank, [28, 0], grain));
        assert_eq!(Overlap::of([40, 40], [40, 40], [40, 0]), None);
    }

    #[test]
    fn the_same_noise_on_few_grains_is_sure_and_other_noise_is_not() {
        let noise = |x: usize, y: usize, seed: u64| {
            let mixed =
                (x as u64 * 7919 + y as u64 * 104_729 + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            ((mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 60) as f32
        };
        // One edge, which is a grain or two.
        let frame = |left: usize, seed: u64| FramePixels {
            classes: Raster::from_fn(40, 40, |_, row| u8::from(row > 20)),
            grey: Some(Raster::from_fn(40, 40, |col, row| {
                noise(left + col, row, seed) + if row > 20 { 90.0 } else { 0.0 }
            })),
        };
        let (a, b, other) = (frame(0, 1), frame(30, 1), frame(30, 2));
        let grain = Grain::of(&[a.clone(), b.clone()]);
        assert!(likeness(&a, &b, [30, 0], grain).unwrap().sure > 0.8);
        assert!(likeness(&a, &b, [29, 0], grain).unwrap().sure < SURE_MIN);
        assert!(likeness(&a, &other, [30, 0], grain).unwrap().sure < SURE_MIN);
    }

    #[test]
    fn a_few_grains_are_never_sure() {
        assert!(Likeness::of(1.0, 3.0).sure < SURE_MIN);
        assert!(Likeness::of(0.74, 7.0).sure < SURE_MIN);
        assert!(Likeness::of(1.0, 13.0).sure > 0.6);
        let unlike = Likeness::of(0.1, 60.0);
        assert!(unlike.sure < 0.0 && unlike.surely_less < 0.4);
    }
}
