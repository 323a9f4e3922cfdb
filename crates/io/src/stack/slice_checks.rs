//! What looks wrong in a CT from slice to slice.

use std::collections::HashMap;

use corelith_core::SliceSource;
use rayon::prelude::*;

use super::breaks::Breaks;
use super::evening::Unevenness;
use super::gathered::Gathered;
use super::statistics::median;
use crate::Error;

/// Grey statistics of a slice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Greys {
    deviation: f64,
    /// The one grey of a slice that has no other.
    pub constant: Option<u16>,
    /// Slices of one digest are compared.
    digest: u64,
}

impl Greys {
    pub fn of(slice: &[u16]) -> Self {
        let n = slice.len() as f64;
        let (sum, squares) = slice.iter().fold((0_u64, 0_u64), |(sum, squares), &v| {
            let v = u64::from(v);
            (sum + v, squares + v * v)
        });
        let mean = sum as f64 / n;
        let first = slice[0];
        Self {
            deviation: (squares as f64 / n - mean * mean).max(0.0).sqrt(),
            constant: slice.iter().all(|&v| v == first).then_some(first),
            digest: digest_of(slice),
        }
    }
}

/// The median change of pixels that are noise alone is off by less than this share of their
/// contrast: four times its standard error, 1.25 sqrt(2 / pixels).
fn chance_of_contrast(pixels: usize) -> f64 {
    let step = pixels.div_ceil(PIXELS_COMPARED).max(1);
    let compared = pixels.div_ceil(step).max(1) as f64;
    4.0 * 1.25 * (2.0 / compared).sqrt()
}

/// Pixels that are compared between slices: enough for a median.
const PIXELS_COMPARED: usize = 1 << 14;

/// By how much most pixels change from one slice to the next: the median over pixels. Matter that
/// begins or ends between them changes few, another scale changes all.
fn level_change(from: &[u16], to: &[u16]) -> f64 {
    let changes = from.iter().zip(to);
    median(changes.map(|(&a, &b)| f64::from(b) - f64::from(a))).unwrap_or(0.0)
}

/// How the grey level changes from each slice that holds more than one grey to the next such one.
#[derive(Debug)]
pub(super) struct Levels {
    /// Distance of the pixels that are compared.
    step: usize,
    /// Those of the last slice.
    last: Option<Vec<u16>>,
    pub changes: Vec<f64>,
}

impl Levels {
    /// Of no slice yet; `shape` is `[nz, ny, nx]`.
    pub fn new([_, ny, nx]: [usize; 3]) -> Self {
        Self {
            step: (ny * nx).div_ceil(PIXELS_COMPARED).max(1),
            last: None,
            changes: Vec::new(),
        }
    }

    /// Adds the next slices that hold more than one grey.
    pub fn add(&mut self, slices: &[(usize, &[u16])]) {
        let pixels = |slice: &[u16]| slice.iter().step_by(self.step).copied().collect();
        let mut all: Vec<Vec<u16>> = self.last.take().into_iter().collect();
        all.extend(slices.iter().map(|(_, slice)| pixels(slice)));
        let changes = all.par_windows(2).map(|w| level_change(&w[0], &w[1]));
        self.changes.extend(changes.collect::<Vec<_>>());
        self.last = all.pop();
    }
}

/// Fewer slices than this have no usual change from one to the next.
const SLICES_MIN: usize = 8;

/// Slices out of line that are named.
const LISTED_MAX: usize = 8;

/// A jump is this many times the usual change from slice to slice ...
const JUMP: f64 = 10.0;

/// ... and this share of the contrast within slices.
const JUMP_OF_CONTRAST: f64 = 0.1;

/// Levels that change by this share of the contrast from each slice to the next were scaled one
/// by one: neighbouring slices show nearly the same matter.
const UNEVEN_OF_CONTRAST: f64 = 0.1;

/// What looks wrong with grey levels, and the setting that evens it, if one does.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SliceNote {
    pub sentence: String,
    pub evened_by: Option<Unevenness>,
}

impl SliceNote {
    fn plain(sentence: String) -> Self {
        Self {
            sentence,
            evened_by: None,
        }
    }
}

/// What looks wrong in slices as they were read: such as are dead, constant or out of line with
/// their neighbours; not what comes of a stack that is broken.
///
/// # Errors
/// When a slice cannot be read again.
pub(super) fn slice_notes(
    gathered: &Gathered,
    slices: &dyn SliceSource<u16, Error>,
    breaks: &Breaks,
) -> Result<Vec<SliceNote>, Error> {
    let greys = &gathered.greys;
    let mut notes = Vec::new();
    notes.extend(constant_slices(greys).map(SliceNote::plain));
    notes.extend(doubled_slices(slices, greys)?.map(SliceNote::plain));
    notes.extend(level_notes(gathered, breaks));
    Ok(notes)
}

/// Notes on the changes from slice to slice.
fn level_notes(gathered: &Gathered, breaks: &Breaks) -> Vec<SliceNote> {
    let (greys, changes) = (&gathered.greys, &gathered.levels.changes);
    let alive = gathered.alive();
    let mut notes = Vec::new();
    if alive.len() < SLICES_MIN {
        return notes;
    }
    let (Some(usual), Some(contrast)) = (
        median(changes.iter().map(|c| c.abs())),
        median(alive.iter().map(|&z| greys[z].deviation)),
    ) else {
        return notes;
    };
    let [_, ny, nx] = gathered.shape;
    let chance = chance_of_contrast(ny * nx);
    if usual > UNEVEN_OF_CONTRAST.max(chance) * contrast {
        notes.push(SliceNote {
            sentence: format!(
                "the grey level changes from slice to slice by {usual:.0}, of a contrast of \
                 {contrast:.0}: the slices may have been scaled one by one when they were exported; \
                 export them on one scale"
            ),
            evened_by: Some(Unevenness::Drift),
        });
        return notes;
    }
    let limit = (JUMP * usual).max(JUMP_OF_CONTRAST.max(chance) * contrast);
    let mut of_levels = Vec::new();
    let mut i = 0;
    while i < changes.len() {
        let (before, z) = (alive[i], alive[i + 1]);
        if changes[i].abs() <= limit || breaks.is_between(before, z) {
            i += 1;
            continue;
        }
        let back = changes
            .get(i + 1)
            .is_some_and(|next| (next + changes[i]).abs() <= 0.5 * changes[i].abs());
        if back {
            of_levels.push(SliceNote::plain(format!(
                "slice {z} stands out: its grey level is off by {:.0} from its neighbours, of a \
                 contrast of {contrast:.0}; check whether it is whole",
                changes[i]
            )));
            i += 2;
            continue;
        }
        of_levels.push(SliceNote {
            sentence: format!(
                "between slices {before} and {z} the grey level steps by {:.0}, of a contrast of \
                 {contrast:.0}, and stays there: a seam of stitched scans, or another scale",
                changes[i]
            ),
            evened_by: Some(Unevenness::Seams),
        });
        i += 1;
    }
    // More sentences than these say no more.
    let more = of_levels.len().saturating_sub(LISTED_MAX);
    of_levels.truncate(LISTED_MAX);
    notes.extend(of_levels);
    if more > 0 {
        notes.push(SliceNote::plain(format!(
            "further slices stand out from their neighbours: {more}"
        )));
    }
    notes
}

fn constant_slices(greys: &[Greys]) -> Option<String> {
    let constant: Vec<(usize, u16)> = greys
        .iter()
        .enumerate()
        .filter_map(|(z, g)| Some((z, g.constant?)))
        .collect();
    let listed: Vec<String> = constant
        .iter()
        .take(6)
        .map(|(z, grey)| format!("{z} (grey {grey})"))
        .collect();
    (!constant.is_empty()).then(|| {
        format!(
            "{} of {} slices hold one grey only: {}{}; they are dead, or padding",
            constant.len(),
            greys.len(),
            listed.join(", "),
            if constant.len() > 6 { " ..." } else { "" }
        )
    })
}

/// A sentence on slices that hold what an earlier one does, to the last voxel: noise makes no two
/// slices of a scan alike.
fn doubled_slices(
    slices: &dyn SliceSource<u16, Error>,
    greys: &[Greys],
) -> Result<Option<String>, Error> {
    let mut first: HashMap<u64, usize> = HashMap::new();
    let mut doubled = Vec::new();
    for (z, grey) in greys.iter().enumerate() {
        if grey.constant.is_some() {
            continue;
        }
        let earlier = *first.entry(grey.digest).or_insert(z);
        if earlier != z && slices.slice(earlier)? == slices.slice(z)? {
            doubled.push((earlier, z));
        }
    }
    let listed: Vec<String> = doubled
        .iter()
        .take(6)
        .map(|(earlier, z)| format!("{z} (as {earlier})"))
        .collect();
    Ok((!doubled.is_empty()).then(|| {
        format!(
            "{} of {} slices hold what an earlier one holds, to the last voxel: {}{}; slices were \
             doubled when they were exported or copied, and others may be missing",
            doubled.len(),
            greys.len(),
            listed.join(", "),
            if doubled.len() > 6 { " ..." } else { "" }
        )
    }))
}

/// FNV-1a of the greys of a slice: slices of one digest are compared.
fn digest_of(slice: &[u16]) -> u64 {
    slice.iter().fold(0xcbf2_9ce4_8422_2325, |digest, &grey| {
        (digest ^ u64::from(grey)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use corelith_core::{Spacing, Volume};

    use super::*;

    /// Slices whose grey is `change(z, grey)`.
    fn stack(change: impl Fn(usize, f64) -> f64) -> Volume<u16> {
        Volume::from_fn([40, 16, 16], Spacing::isotropic(1.0), |x, y, z| {
            let ball = (x as f64 - 8.0)
                .hypot(y as f64 - 8.0)
                .hypot(z as f64 - 20.0)
                < 9.0;
            let mixed = ((x * 31 + y) * 37 + z + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let noise = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 54;
            let grey = if ball { 30_000.0 } else { 10_000.0 } + noise as f64;
            change(z, grey) as u16
        })
    }

    fn notes_of(volume: &Volume<u16>) -> Vec<String> {
        let gathered = Gathered::of(volume);
        let notes = slice_notes(&gathered, volume, &Breaks::of(&gathered)).unwrap();
        let notes = notes.into_iter();
        notes.map(|note| note.sentence).collect()
    }

    #[test]
    fn an_even_stack_gives_no_note() {
        assert_eq!(notes_of(&stack(|_, grey| grey)), Vec::<String>::new());
    }

    #[test]
    fn dead_slices_seams_and_slices_out_of_line_are_named() {
        let dead = notes_of(&stack(|z, grey| if z == 7 { 0.0 } else { grey }));
        assert!(
            dead[0].contains("1 of 40 slices") && dead[0].contains("7 (grey 0)"),
            "{dead:?}"
        );
        let seam = notes_of(&stack(|z, grey| if z >= 20 { grey + 9000.0 } else { grey }));
        assert_eq!(seam.len(), 1, "{seam:?}");
        assert!(seam[0].contains("between slices 19 and 20"), "{seam:?}");
        let odd = notes_of(&stack(|z, grey| if z == 12 { 2.0 * grey } else { grey }));
        assert!(odd[0].contains("slice 12 stands out"), "{odd:?}");
    }

    #[test]
    fn slices_that_hold_the_same_are_named_unless_they_are_constant() {
        let mut doubled = stack(|z, grey| if z < 3 { 5.0 } else { grey });
        let earlier = doubled.slice(11).to_vec();
        let area = earlier.len();
        doubled.data_mut()[25 * area..26 * area].copy_from_slice(&earlier);
        let notes = notes_of(&doubled);
        assert!(
            notes[0].contains("3 of 40 slices hold one grey"),
            "{notes:?}"
        );
        assert!(
            notes[1].contains("1 of 40 slices hold what an earlier one holds"),
            "{notes:?}"
        );
        assert!(notes[1].contains("25 (as 11)"), "{notes:?}");
        doubled.data_mut()[25 * area] += 1;
        assert!(!notes_of(&doubled).concat().contains("earlier"));
    }

    #[test]
    fn slices_that_were_scaled_one_by_one_are_noticed() {
        let uneven = notes_of(&stack(|z, grey| grey * (1.0 + 0.3 * ((z * 7) % 5) as f64)));
        assert!(uneven[0].contains("scaled one by one"), "{uneven:?}");
    }
}
