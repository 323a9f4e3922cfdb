//! Positions of slices, as lengths in their names.

use super::columns::{is_distinct, rounded, usual_step};
use super::numbered_name::NumberedName;
use crate::Error;

/// A distance of slices is known where rounding of the positions changes it by less than this
/// share.
const STEP_UNSURE_MAX: f64 = 0.005;

/// More steps than this share that are no others' are no gaps: the lengths are no positions.
const IRREGULAR_MAX: f64 = 0.2;

fn values(read: &[NumberedName], column: usize, places: &[usize]) -> Vec<f64> {
    let value = |&i: &usize| read[i].numbers[column].value;
    places.iter().map(value).collect()
}

/// The distance of slices in the order `places` by the positions in names that are numbered, too;
/// `None` where there are none.
///
/// # Errors
/// [`Error::SliceGap`] when positions jump at a few places: the slices were numbered anew after
/// some were lost.
pub(super) fn check(
    names: &[String],
    read: &[NumberedName],
    places: &[usize],
) -> Result<Option<f64>, Error> {
    let mut step_of_any = None;
    for column in 0..read[0].numbers.len() {
        if !read[0].has_unit(column) || !is_distinct(read, column) {
            continue;
        }
        let values = values(read, column, places);
        let (step, tolerance) = usual_step(read, column);
        let wrong: Vec<usize> = (1..values.len())
            .filter(|&i| {
                let found = (values[i] - values[i - 1]).abs();
                (found - step).abs() > tolerance.max(0.5 * step)
            })
            .collect();
        let few = wrong.len() as f64 <= IRREGULAR_MAX * (values.len() - 1) as f64;
        if let (Some(&i), true) = (wrong.first(), few) {
            let direction = (values[values.len() - 1] - values[0]).signum();
            return Err(Error::SliceGap {
                before: names[places[i - 1]].clone(),
                expected: rounded(values[i - 1] + direction * step),
                after: names[places[i]].clone(),
                more: " (a position: the names are numbered through, their positions are not)"
                    .to_owned(),
            });
        }
        if few && step_of_any.is_none() {
            step_of_any = step_um(read, column, places);
        }
    }
    Ok(step_of_any)
}

/// The distance of slices whose positions are regular, in micrometres; `None` where they have no
/// unit or are rounded too much.
pub(super) fn step_um(read: &[NumberedName], column: usize, places: &[usize]) -> Option<f64> {
    let unit_um = read[0].unit_um(column)?;
    let values = values(read, column, places);
    let steps = (values.len() - 1) as f64;
    let step = (values[values.len() - 1] - values[0]).abs() / steps;
    let is_exact = values
        .windows(2)
        .all(|w| ((w[1] - w[0]).abs() / step - 1.0).abs() < 1e-6);
    let decimals = read.iter().map(|name| name.numbers[column].decimals).max();
    let last_place = 10_f64.powi(-(decimals? as i32));
    let is_sure = is_exact || last_place / steps < STEP_UNSURE_MAX * step;
    (is_sure && step > 0.0).then_some(step * unit_um)
}

#[cfg(test)]
mod tests {
    use corelith_core::Spacing;

    use super::super::read::VolumeSource;
    use super::super::write::{StackLayout, write_slice};

    #[test]
    fn a_stack_says_the_distance_of_its_slices_by_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let open = |pixel_um: f64| {
            for i in 0..10 {
                let name = format!("rec_{i:04}_z{:.3}um.tif", 4.592 * f64::from(i));
                let layout = StackLayout::new([1, 2, 3], Spacing::isotropic(pixel_um));
                write_slice(&folder.path().join(name), &[i as u16; 6], layout).unwrap();
            }
            VolumeSource::open(folder.path()).unwrap()
        };
        assert_eq!(open(4.592).notes(), Vec::<String>::new());
        let notes = open(2.296).notes().concat();
        assert!(notes.contains("? x ? x 4.592 um"), "{notes}");
    }
}
