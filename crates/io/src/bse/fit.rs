//! Where a mineral map lies in a BSE image of another size.

use corelith_core::{Raster, UNMEASURED};

use super::GreyImage;

/// Map pixels on which a position is judged, about.
const SAMPLED_PX: usize = 40_000;

/// Shifts to each side that are tried for the quarters.
const SHIFT_PX: i64 = 4;

/// Shifts to each side that are tried for an image of the size of the map, as a share of its
/// shorter side.
const SHIFT_SHARE: f64 = 0.1;

/// BSE pixels a map pixel that are tried, besides those at which both are equally wide or high:
/// microscopes halve and double.
const SCALES: [f64; 9] = [1.0, 2.0, 4.0, 3.0, 0.5, 0.25, 1.5, 2.0 / 3.0, 1.0 / 3.0];

/// Share of the variance of the grey values that the minerals have to explain.
const EXPLAINED_MIN: f64 = 0.2;

/// Share of the variance that a quarter of the map has to gain before it contradicts.
const QUARTER_GAIN: f64 = 0.03;

/// The map pixel `(col, row)` covers the BSE pixels from `scale col + left` to
/// `scale (col + 1) + left`, and so on for rows; edges of pixels are whole numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fit {
    pub scale: f64,
    pub left: f64,
    pub top: f64,
}

impl Fit {
    pub(super) fn shifted(left: i64, top: i64) -> Self {
        Self {
            scale: 1.0,
            left: left as f64,
            top: top as f64,
        }
    }

    /// The BSE value under the middle of a map pixel.
    fn sample(&self, image: &GreyImage, col: usize, row: usize) -> f32 {
        let x = (self.scale * (col as f64 + 0.5) + self.left).floor();
        let y = (self.scale * (row as f64 + 0.5) + self.top).floor();
        if x < 0.0 || y < 0.0 || x >= image.cols as f64 || y >= image.rows() as f64 {
            return f32::NAN;
        }
        image.values[y as usize * image.cols + x as usize]
    }

    /// The BSE pixels whose middle a map pixel covers.
    fn each_covered(&self, image: &GreyImage, [col, row]: [usize; 2], add: &mut dyn FnMut(f32)) {
        let covered = |index: usize, start: f64, all: usize| {
            let edge = |at: usize| (self.scale * at as f64 + start).round().max(0.0) as usize;
            edge(index).min(all)..edge(index + 1).min(all)
        };
        for y in covered(row, self.top, image.rows()) {
            for x in covered(col, self.left, image.cols) {
                add(image.values[y * image.cols + x]);
            }
        }
    }

    /// The mean of the BSE pixels that each map pixel covers, weighted by area; NaN where it covers
    /// none. `size` is columns and rows of the map.
    pub(super) fn resampled(&self, image: &GreyImage, size: [usize; 2]) -> Raster<f32> {
        let covered = |index: usize, start: f64, all: usize| -> Vec<(usize, f64)> {
            let from = (self.scale * index as f64 + start).max(0.0);
            let to = (self.scale * (index + 1) as f64 + start).min(all as f64);
            // Rounding of the product leaves slivers of the neighbours.
            let weight = |i: usize| (to.min((i + 1) as f64) - from.max(i as f64), i);
            let (first, end) = (from.floor() as usize, to.max(0.0).ceil() as usize);
            (first..end.max(first))
                .map(weight)
                .filter(|(weight, _)| *weight > 1e-6 * self.scale)
                .map(|(weight, i)| (i, weight))
                .collect()
        };
        let xs: Vec<_> = (0..size[0])
            .map(|c| covered(c, self.left, image.cols))
            .collect();
        let ys: Vec<_> = (0..size[1])
            .map(|r| covered(r, self.top, image.rows()))
            .collect();
        Raster::from_fn(size[1], size[0], |col, row| {
            let (mut sum, mut weights) = (0.0, 0.0);
            for &(y, wy) in &ys[row] {
                for &(x, wx) in &xs[col] {
                    let value = image.values[y * image.cols + x];
                    if value.is_finite() {
                        sum += wx * wy * f64::from(value);
                        weights += wx * wy;
                    }
                }
            }
            if weights > 0.0 {
                (sum / weights) as f32
            } else {
                f32::NAN
            }
        })
    }
}

/// Columns and rows of the map on which a position is judged.
#[derive(Clone, Copy)]
struct Window {
    left: usize,
    top: usize,
    cols: usize,
    rows: usize,
}

/// Share of the variance of the grey values that the means of the classes explain (eta squared of
/// an analysis of variance); 0 where there is one class or no variance.
fn explained_in(image: &GreyImage, classes: &Raster<u8>, fit: &Fit, window: Window) -> f64 {
    explained_of(classes, window, |[col, row], add| {
        add(fit.sample(image, col, row));
    })
}

/// The same of the grey values that each map pixel has.
fn explained_of(
    classes: &Raster<u8>,
    window: Window,
    values: impl Fn([usize; 2], &mut dyn FnMut(f32)),
) -> f64 {
    let step = (window.cols * window.rows)
        .div_ceil(SAMPLED_PX)
        .isqrt()
        .max(1);
    let mut sums = [[0.0f64; 2]; 256];
    let mut squares = 0.0;
    for row in (window.top..window.top + window.rows).step_by(step) {
        for col in (window.left..window.left + window.cols).step_by(step) {
            let class = classes.at(col, row);
            if class == UNMEASURED {
                continue;
            }
            values([col, row], &mut |value| {
                let value = f64::from(value);
                if value.is_finite() {
                    sums[usize::from(class)][0] += 1.0;
                    sums[usize::from(class)][1] += value;
                    squares += value * value;
                }
            });
        }
    }
    let (n, sum) = sums
        .iter()
        .fold((0.0, 0.0), |(n, s), c| (n + c[0], s + c[1]));
    if n < 16.0 {
        return 0.0;
    }
    let total = squares - sum * sum / n;
    let of_classes = sums
        .iter()
        .filter(|c| c[0] > 0.0)
        .map(|c| c[1] * c[1] / c[0]);
    let between = of_classes.sum::<f64>() - sum * sum / n;
    if total > 1e-9 * squares {
        (between / total).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

fn whole(classes: &Raster<u8>) -> Window {
    Window {
        left: 0,
        top: 0,
        cols: classes.cols(),
        rows: classes.rows(),
    }
}

/// Share of the variance of the grey values that the minerals explain.
pub(super) fn explained(image: &GreyImage, classes: &Raster<u8>, fit: &Fit) -> f64 {
    explained_in(image, classes, fit, whole(classes))
}

/// The same of grey values that are found by the column and row of the map.
pub(super) fn explained_at(classes: &Raster<u8>, grey: impl Fn(usize, usize) -> f32) -> f64 {
    explained_of(classes, whole(classes), |[col, row], add| {
        add(grey(col, row))
    })
}

/// The shift of some pixels at which an image of the size of the map follows it best, and the share
/// of the variance that the minerals explain there.
pub(super) fn best_shift(image: &GreyImage, classes: &Raster<u8>) -> (i64, i64, f64) {
    let shorter = classes.cols().min(classes.rows()) as f64;
    let reach = SHIFT_PX.max((SHIFT_SHARE * shorter) as i64);
    let mut step = (reach / 8).max(1);
    let around = |(left, top): (i64, i64), reach: i64, step: i64| {
        let along = move || (-reach..=reach).step_by(step as usize);
        let shifts = along().flat_map(move |y| along().map(move |x| (left + x, top + y)));
        shifts
            .map(|(x, y)| (x, y, explained(image, classes, &Fit::shifted(x, y))))
            .max_by(|a, b| a.2.total_cmp(&b.2))
            .unwrap_or((0, 0, 0.0))
    };
    // Multiples of the step on both sides of 0.
    let mut best = around((0, 0), reach / step * step, step);
    while step > 1 {
        step = (step / 2).max(1);
        let near = around((best.0, best.1), step, step);
        if near.2 > best.2 {
            best = near;
        }
    }
    best
}

/// The best place for the map at one scale, searched from coarse to fine steps.
fn best_at(image: &GreyImage, classes: &Raster<u8>, scale: f64) -> Option<(Fit, f64)> {
    let spare = |all: usize, field: usize| all as f64 - scale * field as f64;
    let (spare_x, spare_y) = (
        spare(image.cols, classes.cols()),
        spare(image.rows(), classes.rows()),
    );
    if spare_x < -0.5 || spare_y < -0.5 {
        return None;
    }
    let (end_x, end_y) = (
        spare_x.max(0.0).round() as usize,
        spare_y.max(0.0).round() as usize,
    );
    let score = |x: usize, y: usize| {
        let fit = Fit {
            scale,
            left: x as f64,
            top: y as f64,
        };
        (fit, explained(image, classes, &fit))
    };
    let mut step = ((end_x + 1) * (end_y + 1)).div_ceil(600).isqrt().max(1);
    let along = |end: usize| (0..=end).step_by(step);
    let mut best = along(end_y)
        .flat_map(|y| along(end_x).map(move |x| (x, y)))
        .map(|(x, y)| score(x, y))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    while step > 1 {
        step /= 2;
        let (x, y) = (best.0.left as usize, best.0.top as usize);
        for near_y in [y.saturating_sub(step), y, (y + step).min(end_y)] {
            for near_x in [x.saturating_sub(step), x, (x + step).min(end_x)] {
                let candidate = score(near_x, near_y);
                if candidate.1 > best.1 {
                    best = candidate;
                }
            }
        }
    }
    // The middle of a map pixel may be the same grain at several places of a finer image; all that
    // the pixel covers is it at one. Means would not do: they gain where noise is evened.
    if scale > 1.0 {
        let all = |fit: &Fit| {
            explained_of(classes, whole(classes), |at, add| {
                fit.each_covered(image, at, add)
            })
        };
        let reach = (scale / 2.0).ceil() as i64 + 1;
        let near = |at: f64, end: usize| {
            let from = (at as i64 - reach).max(0);
            from..=(at as i64 + reach).min(end as i64)
        };
        let mut finest = all(&best.0);
        let middle = best.0;
        for y in near(middle.top, end_y) {
            for x in near(middle.left, end_x) {
                let fit = Fit {
                    scale,
                    left: x as f64,
                    top: y as f64,
                };
                let share = all(&fit);
                if share > finest {
                    finest = share;
                    best.0 = fit;
                }
            }
        }
    }
    // Where BSE pixels are coarser than those of the map, whole ones are too coarse.
    let mut part = 0.5;
    while part >= 0.25 && scale < 1.0 {
        for (x, y) in (-1..=1).flat_map(|y| (-1..=1).map(move |x| (f64::from(x), f64::from(y)))) {
            let fit = Fit {
                left: (best.0.left + part * x).clamp(0.0, spare_x.max(0.0)),
                top: (best.0.top + part * y).clamp(0.0, spare_y.max(0.0)),
                scale,
            };
            let share = explained(image, classes, &fit);
            if share > best.1 {
                best = (fit, share);
            }
        }
        part /= 2.0;
    }
    Some(best)
}

/// Whether a quarter of the map would lie elsewhere: then scale or place is wrong.
fn contradicted(image: &GreyImage, classes: &Raster<u8>, fit: &Fit) -> bool {
    let (cols, rows) = (classes.cols() / 2, classes.rows() / 2);
    let quarters = [(0, 0), (cols, 0), (0, rows), (cols, rows)];
    quarters.into_iter().any(|(left, top)| {
        let window = Window {
            left,
            top,
            cols,
            rows,
        };
        let shifted = |x: i64, y: i64| {
            let fit = Fit {
                left: fit.left + x as f64 * fit.scale,
                top: fit.top + y as f64 * fit.scale,
                ..*fit
            };
            explained_in(image, classes, &fit, window)
        };
        let near = (-1..=1).flat_map(|y| (-1..=1).map(move |x| (x, y)));
        let far = (-SHIFT_PX..=SHIFT_PX)
            .flat_map(|y| (-SHIFT_PX..=SHIFT_PX).map(move |x| (x, y)))
            .filter(|(x, y)| x.abs() > 1 || y.abs() > 1);
        let best = |shifts: &mut dyn Iterator<Item = (i64, i64)>| {
            shifts.map(|(x, y)| shifted(x, y)).fold(0.0, f64::max)
        };
        best(&mut far.into_iter()) > best(&mut near.into_iter()) + QUARTER_GAIN
    })
}

/// Where the map lies in an image of another size: at the same pixel size, at one at which both have
/// the same width or height, or at a simple multiple. On failure, what was found and what to do.
pub(super) fn fitted(image: &GreyImage, classes: &Raster<u8>) -> Result<Fit, String> {
    let across = image.cols as f64 / classes.cols() as f64;
    let down = image.rows() as f64 / classes.rows() as f64;
    let mut scales = vec![across, down];
    for scale in SCALES {
        if scales
            .iter()
            .all(|other| (other / scale - 1.0).abs() > 1e-3)
        {
            scales.push(scale);
        }
    }
    let best = scales
        .into_iter()
        .filter_map(|scale| best_at(image, classes, scale))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let cure = "crop both to the same field with `crop_px` and `bse_crop_px`, or, where their \
                pixels have one size, say with `bse_offset_px = [column, row]` where in the BSE \
                image the map begins";
    match best {
        Some((fit, share)) if share >= EXPLAINED_MIN && !contradicted(image, classes, &fit) => {
            Ok(fit)
        }
        Some((fit, share)) => Err(format!(
            "no place was found at which it clearly follows the minerals (at best, from column \
             {:.0} and row {:.0} at {:.3} BSE pixels a map pixel, they explain {:.0} % of its \
             variance); {cure}",
            fit.left,
            fit.top,
            fit.scale,
            100.0 * share
        )),
        None => Err(format!("it does not cover the map; {cure}")),
    }
}
