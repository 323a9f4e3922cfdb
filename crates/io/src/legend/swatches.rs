//! Legends of squares that all have colours of the mineral list, on a ground that has one, too.

use super::{Counts, FOREIGN, Lines, sides};
use crate::Crop;

/// Fewest pixels along the sides of a square of a legend, and fewest squares.
const SWATCH_MIN: usize = 3;
const SWATCHES_MIN: usize = 3;

impl Lines<'_> {
    /// How many of the last lines are a legend of nothing but squares of one size, each of another
    /// colour of the list, on one ground; 0 for none.
    fn swatches(&self) -> usize {
        let count = self.count();
        let Some(ground) = Counts::of(self.line(count - 1)).most else {
            return 0;
        };
        let is_ground = |i: usize| self.line(i).all(|label| label == ground);
        let grounds_before = |end: usize| (0..end).rev().take_while(|i| is_ground(*i)).count();
        let margin = grounds_before(count);
        let mut end = count - margin;
        let (mut seen, mut size, mut start) = (Vec::new(), None, None);
        while end > 0 {
            let last = end - 1;
            let like = |i: &usize| self.line(*i).eq(self.line(last));
            let high = (0..end).rev().take_while(like).count();
            let Some((wide, labels)) = squares(self.line(last), ground) else {
                break;
            };
            let new = labels.iter().all(|label| !seen.contains(label));
            if high < SWATCH_MIN || !new || size.is_some_and(|size| size != (wide, high)) {
                break;
            }
            size = Some((wide, high));
            seen.extend(labels);
            end -= high;
            let gap = grounds_before(end);
            if gap == 0 {
                // The field begins here, so that these are grains in it.
                return 0;
            }
            // As much ground as on the other side belongs to the legend.
            start = Some(end - gap.min(margin.max(1)));
            end -= gap;
        }
        match start {
            Some(start) if seen.len() >= SWATCHES_MIN && 2 * start >= count => count - start,
            _ => 0,
        }
    }
}

/// Width and labels of the squares in a line, when all are as wide and each is another one.
fn squares(line: impl Iterator<Item = u16>, ground: u16) -> Option<(usize, Vec<u16>)> {
    let labels: Vec<u16> = line.collect();
    let runs: Vec<&[u16]> = labels
        .chunk_by(|a, b| a == b)
        .filter(|run| run[0] != ground)
        .collect();
    let wide = runs.first()?.len();
    let mut found = Vec::new();
    for run in runs {
        if run.len() != wide || wide < SWATCH_MIN || found.contains(&run[0]) || run[0] == FOREIGN {
            return None;
        }
        found.push(run[0]);
    }
    Some((wide, found))
}

/// The part of an image without a legend whose squares all have colours of the list, and stand on
/// one of them; `None` when there is no such legend.
pub(crate) fn field_beside_swatches(labels: &[u16], cols: usize, rows: usize) -> Option<Crop> {
    let strips =
        sides(labels, cols, Crop::whole(cols, rows)).map(|lines| (lines, lines.swatches()));
    let found = strips.iter().filter(|(_, strip)| *strip > 0);
    let least = found.min_by_key(|(lines, strip)| strip * lines.width());
    least.map(|(lines, strip)| lines.without(*strip))
}

#[cfg(test)]
mod tests {
    use super::super::tests::grain;
    use super::*;

    #[test]
    fn a_legend_of_squares_in_colours_of_the_list_is_found_at_every_side() {
        let square = |along: usize, across: usize| -> u16 {
            let inside = (4..12).contains(&across) && along % 12 >= 4 && along / 12 < 5;
            if inside { 1 + (along / 12) as u16 } else { 0 }
        };
        let below: Vec<u16> = (0..64 * 80)
            .map(|i| (i % 64, i / 64))
            .map(|(col, row)| match row {
                0..64 => grain(col, row),
                _ => square(col, row - 64),
            })
            .collect();
        assert_eq!(
            field_beside_swatches(&below, 64, 80),
            Some(Crop::whole(64, 64))
        );
        let right: Vec<u16> = (0..80 * 64)
            .map(|i| (i % 80, i / 80))
            .map(|(col, row)| match col {
                0..64 => grain(col, row),
                _ => square(row, col - 64),
            })
            .collect();
        assert_eq!(
            field_beside_swatches(&right, 80, 64),
            Some(Crop::whole(64, 64))
        );
        let field: Vec<u16> = (0..64 * 64).map(|i| grain(i % 64, i / 64)).collect();
        assert_eq!(field_beside_swatches(&field, 64, 64), None);
        assert_eq!(field_beside_swatches(&vec![0; 64 * 64], 64, 64), None);
        // Squares throughout are a pattern.
        let chequered: Vec<u16> = (0..64 * 64)
            .map(|i| ((i % 64 / 8 + i / 512) % 4) as u16)
            .collect();
        assert_eq!(field_beside_swatches(&chequered, 64, 64), None);
    }
}
