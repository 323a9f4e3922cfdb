//! The numbers that names share, column by column.

use super::numbered_name::NumberedName;

/// Steps between values in ascending order.
pub(super) fn steps(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.windows(2).map(|w| w[1] - w[0]).collect()
}

/// The step that is there most often, the smallest of them, and how far off others may be.
pub(super) fn usual_step(read: &[NumberedName], column: usize) -> (f64, f64) {
    let decimals = read
        .iter()
        .map(|name| name.numbers[column].decimals)
        .max()
        .unwrap_or(0);
    // Positions are rounded at both ends of a step.
    let tolerance = match decimals {
        0 => 1e-9,
        d => 1.01 * 10_f64.powi(-(d as i32)),
    };
    let mut all = steps(&column_values(read, column));
    all.sort_by(f64::total_cmp);
    let (mut usual, mut most) = (all[0], 0);
    for &step in &all {
        let like = all.partition_point(|s| *s <= step + tolerance)
            - all.partition_point(|s| *s < step - tolerance);
        if like > most {
            (usual, most) = (step, like);
        }
    }
    if decimals > 0 {
        // The middle of those alike: each is rounded.
        let like: Vec<f64> = all
            .iter()
            .copied()
            .filter(|s| (s - usual).abs() <= tolerance)
            .collect();
        usual = like.iter().sum::<f64>() / like.len() as f64;
    }
    (usual, tolerance)
}

pub(super) fn column_values(read: &[NumberedName], column: usize) -> Vec<f64> {
    read.iter().map(|name| name.numbers[column].value).collect()
}

pub(super) fn is_distinct(values: &[f64]) -> bool {
    steps(values).iter().all(|step| *step > 0.0)
}

/// Share of steps that are the usual one.
pub(super) fn regularity(read: &[NumberedName], column: usize) -> f64 {
    let (usual, tolerance) = usual_step(read, column);
    let all = steps(&column_values(read, column));
    let regular = all
        .iter()
        .filter(|s| (**s - usual).abs() <= tolerance)
        .count();
    regular as f64 / all.len() as f64
}

/// The number that tells all names apart and counts most regularly, the leftmost of equals.
pub(super) fn best_column(
    read: &[NumberedName],
    is_wanted: impl Fn(&NumberedName, usize) -> bool,
) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for column in 0..read[0].numbers.len() {
        if !is_wanted(&read[0], column) || !is_distinct(&column_values(read, column)) {
            continue;
        }
        let regular = regularity(read, column);
        if best.is_none_or(|(_, most)| regular > most + 1e-9) {
            best = Some((column, regular));
        }
    }
    best.map(|(column, _)| column)
}
