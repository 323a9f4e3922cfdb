//! Legends, scale bars and data bars beside the field of an image.

use crate::Crop;

/// A strip is at most this share of the image along its side.
const STRIP_SHARE_MAX: f64 = 0.5;

/// Pixels that do not fit in the field, in every row or column of it.
struct Profile {
    foreign: Vec<usize>,
    width: usize,
}

impl Profile {
    /// How many of the lines at the end are a strip of another kind than those before: the split
    /// that makes both parts most likely when the pixels of each are foreign at one rate. `None`
    /// when the end is no denser in foreign pixels than the rest.
    fn strip(&self) -> Option<usize> {
        let n = self.foreign.len();
        let mut before: usize = self.foreign.iter().sum();
        let all = log_likelihood(before, n * self.width);
        let mut after = 0;
        let mut best = (0.0, 0);
        for strip in 1..n {
            let line = self.foreign[n - strip];
            after += line;
            before -= line;
            if strip as f64 > STRIP_SHARE_MAX * n as f64 {
                break;
            }
            let (inside, outside) = ((n - strip) * self.width, strip * self.width);
            let denser = after * inside > 4 * before * outside && 50 * after > outside;
            let gain = log_likelihood(after, outside) + log_likelihood(before, inside) - all;
            if denser && gain > best.0 {
                best = (gain, strip);
            }
        }
        // Scattered pixels also give a gain; that of a strip is far above.
        (best.0 > 20.0).then_some(best.1)
    }
}

/// Of `k` foreign pixels among `n`, at the rate `k / n`.
fn log_likelihood(k: usize, n: usize) -> f64 {
    let (k, n) = (k as f64, n as f64);
    let term = |x: f64| if x > 0.0 { x * (x / n).ln() } else { 0.0 };
    term(k) + term(n - k)
}

/// The part of an image that is left without strips along its sides in which pixels that do not
/// `fit` are dense; `None` when there is no such strip.
pub(crate) fn field_of(fits: &[bool], cols: usize, rows: usize) -> Option<Crop> {
    let mut field = Crop::whole(cols, rows);
    // Each round takes one strip: a legend below and a scale at the side are two.
    for _ in 0..4 {
        let count = |along_rows: bool| -> Vec<usize> {
            let mut foreign = vec![
                0;
                if along_rows {
                    field.height
                } else {
                    field.width
                }
            ];
            for row in 0..field.height {
                let start = (field.top + row) * cols + field.left;
                for (col, fit) in fits[start..start + field.width].iter().enumerate() {
                    foreign[if along_rows { row } else { col }] += usize::from(!fit);
                }
            }
            foreign
        };
        let (by_row, by_col) = (count(true), count(false));
        let strip = |mut foreign: Vec<usize>, width: usize, reversed: bool| {
            if reversed {
                foreign.reverse();
            }
            Profile { foreign, width }.strip().unwrap_or(0)
        };
        let below = strip(by_row.clone(), field.width, false);
        let above = strip(by_row, field.width, true);
        let right = strip(by_col.clone(), field.height, false);
        let left = strip(by_col, field.height, true);
        // The strip that takes the fewest pixels of the image.
        let area = |lines: usize, width: usize| {
            if lines == 0 {
                usize::MAX
            } else {
                lines * width
            }
        };
        let areas = [
            area(below, field.width),
            area(above, field.width),
            area(right, field.height),
            area(left, field.height),
        ];
        let least = (0..4).min_by_key(|i| areas[*i]).unwrap_or(0);
        if areas[least] == usize::MAX {
            break;
        }
        match least {
            0 => field.height -= below,
            1 => {
                field.top += above;
                field.height -= above;
            }
            2 => field.width -= right,
            _ => {
                field.left += left;
                field.width -= left;
            }
        }
    }
    (field != Crop::whole(cols, rows)).then_some(field)
}

/// Rows of a data bar at the bottom of a grey image: rows from the first one of a single value
/// down to the end, of which most pixels have that value (the ground of the bar).
pub(crate) fn data_bar_rows(grey: &[f32], cols: usize) -> Option<usize> {
    let rows = grey.len() / cols;
    let ground = *grey.get(rows.checked_sub(1)? * cols)?;
    let share = |row: usize| {
        let line = &grey[row * cols..(row + 1) * cols];
        line.iter().filter(|v| **v == ground).count() as f64 / cols as f64
    };
    let mut first = None;
    for row in (rows - rows / 3..rows).rev() {
        match share(row) {
            s if s >= 1.0 => first = Some(row),
            // Writing and a scale on the ground.
            s if s >= 0.4 => {}
            _ => break,
        }
    }
    let first = first?;
    // Resin of one grey value is no bar: the row above would hold much of it, too.
    (first > 0 && rows - first >= 4 && share(first - 1) < 0.5).then(|| rows - first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(cols: usize, rows: usize, foreign: impl Fn(usize, usize) -> bool) -> Vec<bool> {
        (0..cols * rows)
            .map(|i| !foreign(i % cols, i / cols))
            .collect()
    }

    #[test]
    fn strips_below_and_beside_are_found() {
        let below = fits(64, 78, |_, row| row >= 64 && row != 70);
        assert_eq!(field_of(&below, 64, 78), Some(Crop::whole(64, 64)));
        let both = fits(80, 70, |col, row| (col >= 64 && row % 3 == 0) || row < 5);
        assert_eq!(field_of(&both, 80, 70), Some(Crop::from([0, 5, 64, 65])));
        let text = fits(100, 90, |col, row| {
            row >= 80 && row % 4 < 2 && col % 5 == 0 && col < 60
        });
        assert_eq!(field_of(&text, 100, 90), Some(Crop::whole(100, 80)));
    }

    #[test]
    fn scattered_pixels_and_rims_are_no_strip() {
        let scattered = fits(64, 64, |col, row| (col * 7 + row * 13) % 17 == 0);
        assert_eq!(field_of(&scattered, 64, 64), None);
        let rims = fits(64, 64, |col, _| col % 20 == 7);
        assert_eq!(field_of(&rims, 64, 64), None);
        assert_eq!(field_of(&fits(9, 9, |_, _| false), 9, 9), None);
    }

    #[test]
    fn a_bar_with_writing_is_told_from_resin() {
        let image = |bar: bool| -> Vec<f32> {
            let value = |col: usize, row: usize| match row {
                0..50 => ((col * 31 + row * 17) % 97) as f32,
                _ if !bar => ((col * 31 + row * 17) % 97) as f32,
                54..57 if (10..30).contains(&col) => 255.0,
                _ => 0.0,
            };
            (0..64 * 60).map(|i| value(i % 64, i / 64)).collect()
        };
        assert_eq!(data_bar_rows(&image(true), 64), Some(10));
        assert_eq!(data_bar_rows(&image(false), 64), None);
        assert_eq!(data_bar_rows(&[0.0; 64 * 60], 64), None);
    }
}
