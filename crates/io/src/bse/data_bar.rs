//! Data bars at the bottom of BSE images.

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
