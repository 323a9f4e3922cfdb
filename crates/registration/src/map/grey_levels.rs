//! Categories from a BSE image alone: a handful of grey levels.

use corelith_core::{Raster, UNMEASURED};
use rayon::prelude::*;

use crate::map::categories::Categories;

/// Grey levels at most.
const LEVELS: usize = 5;
/// Bins of the histogram that is parted into levels.
const BINS: usize = 256;
/// Share of the pixels at either end of the histogram that share its outer bins, so that a few
/// very bright grains don't take all the levels.
const TAIL: f64 = 0.001;
/// Levels whose mean greys are nearer than so many deviations of the noise are one: parting what
/// is a single grey with normal noise puts the means of the two halves 1.6 deviations apart.
const APART: f64 = 3.0;

impl Categories {
    /// Parts a BSE image into grey levels, the darkest of which is the background: resin has the
    /// lowest mean atomic number. A median over about a voxel goes first, so that levels are
    /// regions rather than speckle. What is unknown (not
    /// finite) over more than that, and what was not measured of `classes`, was not measured.
    pub fn of_bse(bse: &Raster<f32>, classes: &Raster<u8>, pixel_vox: f64) -> Self {
        let reach = ((1.0 / pixel_vox).round() as usize).min(2);
        let measured = |index: usize| classes.data()[index] != UNMEASURED;
        let known = Raster::from_fn(bse.rows(), bse.cols(), |col, row| {
            if measured(row * bse.cols() + col) {
                bse.at(col, row)
            } else {
                f32::NAN
            }
        });
        let smooth = median(&known, reach);
        let noise = noise_of(&smooth, 2 * reach + 1);
        let thresholds = thresholds(smooth.data(), noise);
        let levels = Raster::from_fn(bse.rows(), bse.cols(), |col, row| {
            let grey = smooth.at(col, row);
            if grey.is_finite() && measured(row * bse.cols() + col) {
                thresholds.partition_point(|&t| t < grey) as u8
            } else {
                UNMEASURED
            }
        });
        Self::ranked(&levels, 0)
    }
}

/// Median of the finite greys among the `2 * reach + 1` squared pixels about each; NaN where none
/// is finite.
fn median(image: &Raster<f32>, reach: usize) -> Raster<f32> {
    let (rows, cols) = (image.rows(), image.cols());
    let mut out = Raster::filled(rows, cols, f32::NAN);
    out.data_mut()
        .par_chunks_mut(cols)
        .enumerate()
        .for_each_init(Vec::new, |greys, (row, line)| {
            for (col, out) in line.iter_mut().enumerate() {
                greys.clear();
                for v in row.saturating_sub(reach)..(row + reach + 1).min(rows) {
                    let from = v * cols;
                    let near = from + col.saturating_sub(reach)..from + (col + reach + 1).min(cols);
                    greys.extend(image.data()[near].iter().filter(|grey| grey.is_finite()));
                }
                if !greys.is_empty() {
                    let middle = greys.len() / 2;
                    *out = *greys.select_nth_unstable_by(middle, f32::total_cmp).1;
                }
            }
        });
    out
}

/// Standard deviation of the noise of an image, from the median difference of pixels `lag` apart
/// in a row: most lie in one mineral, and the median does not mind those that don't.
fn noise_of(image: &Raster<f32>, lag: usize) -> f32 {
    let mut steps: Vec<f32> = image
        .data()
        .chunks(image.cols())
        .flat_map(|row| row.iter().zip(row.iter().skip(lag)))
        .map(|(a, b)| (a - b).abs())
        .filter(|step| step.is_finite())
        .collect();
    if steps.is_empty() {
        return 0.0;
    }
    let middle = steps.len() / 2;
    let typical = *steps.select_nth_unstable_by(middle, f32::total_cmp).1;
    // The median of the absolute value of a normal number is 0.6745 deviations, and that of a
    // difference of two has root two of them.
    typical / (0.6745 * std::f32::consts::SQRT_2)
}

/// Greys that part the levels, ascending: those that leave the least variance within the levels
/// (Otsu 1979; found exactly, Fisher 1958), less those between levels that noise does not let tell
/// apart.
fn thresholds(greys: &[f32], noise: f32) -> Vec<f32> {
    let mut known: Vec<f32> = greys.iter().copied().filter(|g| g.is_finite()).collect();
    if known.is_empty() {
        return Vec::new();
    }
    known.par_sort_unstable_by(f32::total_cmp);
    let tail = (TAIL * known.len() as f64) as usize;
    let (low, high) = (known[tail], known[known.len() - 1 - tail]);
    if low >= high {
        return Vec::new();
    }
    let width = (high - low) / BINS as f32;
    let mut moments = [[0.0f64; 3]; BINS + 1];
    for &grey in &known {
        let bin = (((grey - low) / width).max(0.0) as usize).min(BINS - 1);
        let grey = f64::from(grey.clamp(low, high) - low);
        let sum = &mut moments[bin + 1];
        *sum = [sum[0] + 1.0, sum[1] + grey, sum[2] + grey * grey];
    }
    for bin in 0..BINS {
        for k in 0..3 {
            moments[bin + 1][k] += moments[bin][k];
        }
    }
    let part = |from: usize, to: usize| {
        let [n, sum, square] = [0, 1, 2].map(|k| moments[to][k] - moments[from][k]);
        (n, sum, square)
    };
    let scatter = |from: usize, to: usize| {
        let (n, sum, square) = part(from, to);
        if n > 0.0 { square - sum * sum / n } else { 0.0 }
    };
    let mut edges = least_scatter(LEVELS, scatter);
    let apart = APART * f64::from(noise);
    let mean = |from: usize, to: usize| {
        let (n, sum, _) = part(from, to);
        (n > 0.0).then(|| sum / n)
    };
    // The nearest two levels first, until all are apart.
    while edges.len() > 2 {
        let distance = |i: usize| {
            let (below, above) = (mean(edges[i - 1], edges[i]), mean(edges[i], edges[i + 1]));
            below.zip(above).map_or(0.0, |(below, above)| above - below)
        };
        let nearest = (1..edges.len() - 1)
            .map(|i| (distance(i), i))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        match nearest {
            Some((distance, i)) if distance <= apart => edges.remove(i),
            _ => break,
        };
    }
    edges[1..edges.len() - 1]
        .iter()
        .map(|&edge| low + width * edge as f32)
        .collect()
}

/// Edges of the `levels` runs of bins, first and last included, whose summed scatter is least.
fn least_scatter(levels: usize, scatter: impl Fn(usize, usize) -> f64) -> Vec<usize> {
    // Least scatter of the first bins in so many levels, and where the last of these begins.
    let mut best: Vec<f64> = (0..=BINS).map(|to| scatter(0, to)).collect();
    let mut begins: Vec<Vec<usize>> = Vec::new();
    for level in 1..levels {
        let (next, begin): (Vec<f64>, Vec<usize>) = (0..=BINS)
            .map(|to| {
                (level.min(to)..=to)
                    .map(|from| (best[from] + scatter(from, to), from))
                    .min_by(|a, b| a.0.total_cmp(&b.0))
                    .unwrap_or((0.0, to))
            })
            .unzip();
        best = next;
        begins.push(begin);
    }
    let mut edges = vec![BINS];
    for begin in begins.iter().rev() {
        edges.push(begin[edges[edges.len() - 1]]);
    }
    edges.push(0);
    edges.reverse();
    edges
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    fn of_bse(bse: &Raster<f32>, pixel_vox: f64) -> Categories {
        let classes = Raster::filled(bse.rows(), bse.cols(), 0);
        Categories::of_bse(bse, &classes, pixel_vox)
    }

    /// Stripes of greys, 12 pixels wide, with about normal noise.
    fn stripes(greys: &[f32], noise: f32) -> (Raster<f32>, Raster<u8>) {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let truth = Raster::from_fn(96, 120, |col, _| (col / 12 % greys.len()) as u8);
        let image = truth.map(|&stripe| {
            let normal: f32 = (0..12).map(|_| rng.random::<f32>() - 0.5).sum();
            greys[usize::from(stripe)] + noise * normal
        });
        (image, truth)
    }

    #[test]
    fn levels_are_the_greys_of_the_image() {
        let (image, truth) = stripes(&[20.0, 70.0, 20.0, 130.0, 20.0], 8.0);
        let categories = of_bse(&image, 0.5);
        let background = categories.background.unwrap();
        assert_eq!(background, 0, "the most frequent, here");
        let right = categories
            .raster
            .data()
            .iter()
            .zip(truth.data())
            .filter(|&(&category, &stripe)| (category == background) == [0, 2, 4].contains(&stripe))
            .count();
        assert!(
            right * 100 >= 99 * truth.len(),
            "{right} of {}",
            truth.len()
        );
        assert!((3..=LEVELS).contains(&categories.len()));
    }

    #[test]
    fn noise_alone_is_one_level() {
        let (image, _) = stripes(&[50.0], 20.0);
        assert_eq!(of_bse(&image, 0.5).len(), 1);
        assert_eq!(of_bse(&image, 3.0).len(), 1);
        let blank = Raster::filled(30, 30, 7.0);
        assert_eq!(of_bse(&blank, 0.5).len(), 1);
    }

    #[test]
    fn unknown_greys_take_the_level_around_them_or_were_not_measured() {
        let (mut image, truth) = stripes(&[20.0, 120.0], 2.0);
        let at = |col: usize, row: usize| row * 120 + col;
        image.data_mut()[at(18, 50)] = f32::NAN;
        for row in 10..20 {
            for col in 12..24 {
                image.data_mut()[at(col, row)] = f32::INFINITY;
            }
        }
        let categories = of_bse(&image, 0.5);
        let background = categories.background.unwrap();
        assert_eq!(truth.at(18, 50), 1);
        assert_ne!(categories.raster.at(18, 50), background);
        assert_eq!(categories.raster.at(18, 15), UNMEASURED);
        let unknown = Raster::filled(30, 30, f32::NAN);
        assert_eq!(of_bse(&unknown, 0.5).len(), 0);
    }
}
