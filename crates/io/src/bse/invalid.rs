//! Areas of a BSE image that show nothing of the section.

use corelith_core::{Raster, UNMEASURED};

use super::data_bar::data_bar_rows;

/// Smallest constant area that is looked at, in pixels.
const AREA_MIN_PX: usize = 64;

/// A constant area over one mineral is that mineral; over several it was not imaged. This is the
/// largest share that one mineral may have of such an area.
const ONE_MINERAL_SHARE: f64 = 0.9;

/// Makes data bars and constant areas across several minerals NaN.
pub(super) fn leave_out(
    grey: &mut Raster<f32>,
    classes: &Raster<u8>,
    was_cropped: bool,
    notes: &mut Vec<String>,
) {
    let cols = grey.cols();
    if !was_cropped && let Some(bar) = data_bar_rows(grey.data(), cols) {
        let first = grey.rows() - bar;
        if several_minerals(classes.data()[first * cols..].iter().copied()) {
            grey.data_mut()[first * cols..].fill(f32::NAN);
            notes.push(format!(
                "the last {bar} rows look like a data bar and are left out; set `bse_crop_px` when \
                 the bar lies beside the field, so that the field is brought onto the map"
            ));
        }
    }
    let mut left_out = 0;
    for area in constant_areas(grey) {
        if several_minerals(area.iter().map(|i| classes.data()[*i])) {
            left_out += area.len();
            for i in area {
                grey.data_mut()[i] = f32::NAN;
            }
        }
    }
    if left_out > 0 {
        notes.push(format!(
            "{left_out} pixels in areas of one grey value across several minerals are left out: \
             nothing was imaged there"
        ));
    }
}

fn several_minerals(classes: impl Iterator<Item = u8>) -> bool {
    let mut counts = [0usize; 256];
    classes.for_each(|class| counts[usize::from(class)] += 1);
    counts[usize::from(UNMEASURED)] = 0;
    let all: usize = counts.iter().sum();
    let most = counts.iter().max().copied().unwrap_or(0);
    all > 0 && (most as f64) < ONE_MINERAL_SHARE * all as f64
}

/// Connected pixels (across edges) of one value, where there are many.
fn constant_areas(grey: &Raster<f32>) -> Vec<Vec<usize>> {
    let (cols, values) = (grey.cols(), grey.data());
    let mut seen = vec![false; values.len()];
    let mut areas = Vec::new();
    for start in 0..values.len() {
        if seen[start] || values[start].is_nan() {
            continue;
        }
        seen[start] = true;
        let mut area = vec![start];
        let mut next = 0;
        while let Some(&i) = area.get(next) {
            next += 1;
            let col = i % cols;
            let neighbours = [
                (col > 0).then(|| i.wrapping_sub(1)),
                (col + 1 < cols).then_some(i + 1),
                i.checked_sub(cols),
                Some(i + cols).filter(|i| *i < values.len()),
            ];
            for n in neighbours.into_iter().flatten() {
                if !seen[n] && values[n] == values[start] {
                    seen[n] = true;
                    area.push(n);
                }
            }
        }
        if area.len() >= AREA_MIN_PX {
            areas.push(area);
        }
    }
    areas
}
