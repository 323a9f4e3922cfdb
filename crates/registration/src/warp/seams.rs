//! What a map tells by itself of lines where frames meet: more changes across than there are
//! between other neighbours.

use crate::map::channels::Channels;

/// How much more changes across a seam than elsewhere, usually: standard deviation over that of
/// other lines.
const USUAL_EXCESS: f64 = 3.0;
/// Excess beyond which it tells no more: there are scratches, too.
const EXCESS_MAX: f64 = 5.0;
/// Median of the distances from the median, over the standard deviation, of normal numbers.
const MEDIAN_DEVIATION: f64 = 0.6745;

/// Evidence that frames meet before each column and each row, in nats.
pub(crate) struct Seams {
    of_cols: Vec<f64>,
    of_rows: Vec<f64>,
}

impl Seams {
    pub fn of(channels: &Channels) -> Self {
        let (rows, cols) = (channels.rows, channels.cols);
        let (classes, bse) = channels.images.split_at(channels.categories);
        let along = |count: usize, length: usize, step: usize, stride: usize| -> Vec<f64> {
            let mut evidence = vec![0.0; count];
            for images in [classes, bse]
                .into_iter()
                .filter(|images| !images.is_empty())
            {
                let changes: Vec<f64> = (1..count)
                    .map(|line| {
                        let pixels = (0..length).map(|k| line * step + k * stride);
                        changes_between(channels, images, pixels.map(|i| [i - step, i]))
                    })
                    .collect();
                for (sum, excess) in evidence[1..].iter_mut().zip(excesses(&changes)) {
                    *sum += evidence_of(excess);
                }
            }
            evidence
        };
        Self {
            of_cols: along(cols, rows, 1, cols),
            of_rows: along(rows, cols, cols, 1),
        }
    }

    /// Evidence that frames meet at all these lines, of columns and of rows.
    pub fn evidence(&self, col_starts: &[usize], row_starts: &[usize]) -> f64 {
        let sum = |starts: &[usize], of: &[f64]| -> f64 {
            starts.iter().filter_map(|&start| of.get(start)).sum()
        };
        sum(col_starts, &self.of_cols) + sum(row_starts, &self.of_rows)
    }
}

/// Root of the mean change between pairs of pixels, which is about as uneven for few changes as for
/// many; pairs that were not measured do not count.
fn changes_between(
    channels: &Channels,
    images: &[Vec<f32>],
    pairs: impl Iterator<Item = [usize; 2]>,
) -> f64 {
    let (mut sum, mut count) = (0.0, 0usize);
    for pair in pairs {
        if pair.iter().all(|&i| channels.is_measured(i)) {
            let [a, b] = pair;
            let changes = images.iter().map(|image| (image[a] - image[b]).abs());
            sum += f64::from(changes.sum::<f32>());
            count += 1;
        }
    }
    (sum / count.max(1) as f64).sqrt()
}

/// By how much each line stands out among the two on either side, in standard deviations of how much
/// lines usually do: what goes on over some lines is no seam.
fn excesses(changes: &[f64]) -> Vec<f64> {
    let near = |line: usize| line.saturating_sub(2)..(line + 3).min(changes.len());
    let above: Vec<f64> = (0..changes.len())
        .map(|line| {
            let others = near(line).filter(|&other| other != line);
            let most = others.map(|other| changes[other]).fold(0.0, f64::max);
            changes[line] - most
        })
        .collect();
    let middle = median(above.iter().copied());
    let spread = median(above.iter().map(|a| (a - middle).abs())) / MEDIAN_DEVIATION;
    above
        .iter()
        .map(|a| {
            if spread > 0.0 {
                (a - middle) / spread
            } else {
                0.0
            }
        })
        .collect()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Logarithm of how much likelier an excess is at a seam, where it has a larger deviation.
fn evidence_of(excess: f64) -> f64 {
    let variance = 1.0 + USUAL_EXCESS * USUAL_EXCESS;
    let excess = excess.clamp(0.0, EXCESS_MAX);
    0.5 * excess * excess * (1.0 - 1.0 / variance) - 0.5 * variance.ln()
}

#[cfg(test)]
mod tests {
    use corelith_core::Raster;

    use super::*;
    use crate::map::categories::Categories;

    #[test]
    fn lines_where_the_picture_jumps_tell_of_a_seam() {
        // Slanted stripes, that jump before column 40 and, 3 pixels wide, have a scratch at row 20.
        let classes = Raster::from_fn(60, 90, |col, row| {
            let jump = if col >= 40 { 4 } else { 0 };
            let scratch = (20..23).contains(&row) && col % 5 < 3;
            u8::from((2 * row + col + jump + row * col / 50) % 17 < 8 && !scratch)
        });
        let categories = Categories::ranked(&classes, 0);
        let seams = Seams::of(&Channels::new(&categories, None, 1.0));
        let of_col = |col: usize| seams.evidence(&[0, col], &[0]);
        assert!(of_col(40) > 5.0, "{}", of_col(40));
        for col in (1..90).filter(|&col| col != 40) {
            assert!(of_col(col) < of_col(40), "{col}: {}", of_col(col));
        }
        assert_eq!(
            seams.evidence(&[0, 40], &[0, 30]),
            of_col(40) + seams.evidence(&[0], &[0, 30])
        );
    }
}
