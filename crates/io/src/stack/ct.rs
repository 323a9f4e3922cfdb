//! A CT as 16-bit greys, on one scale for the whole stack.

use corelith_core::{Progress, Spacing, Volume};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::alternating;
use super::breaks::Breaks;
use super::ct_checks::ct_notes;
use super::evening::{Evened, Evening, Unevenness, even};
use super::read::VolumeSource;
use super::sample::Depth;
use super::slice_checks::{SliceNote, slice_notes};
use super::voxels::Voxels;
use crate::Error;

/// What a grey of the 16-bit CT was in the file: `value = value_at_0 + value_a_grey * grey`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GreyScale {
    /// Value in the file of grey 0.
    pub value_at_0: f64,
    /// Value in the file of one step of grey; negative where 0 is shown white.
    pub value_a_grey: f64,
}

impl GreyScale {
    /// Greys that are the values in the file.
    pub const IDENTITY: Self = Self {
        value_at_0: 0.0,
        value_a_grey: 1.0,
    };

    fn grey(self, value: f64) -> u16 {
        // Rust's conversion saturates; NaN and infinities are sorted out before.
        ((value - self.value_at_0) / self.value_a_grey).round() as u16
    }
}

/// A CT and how its greys came about.
#[derive(Debug, Clone, PartialEq)]
pub struct CtVolume {
    /// 16-bit greys.
    pub volume: Volume<u16>,
    /// What they were in the files.
    pub scale: GreyScale,
    /// How slices were evened, where they were; `scale` is that of the greys before.
    pub evening: Option<Evening>,
    /// What the user should know of them, a sentence each.
    pub notes: Vec<String>,
}

impl VolumeSource {
    /// Reads a CT of any type. Values of 1, 8 and 16 bits without sign are kept; all others are
    /// moved and, where they need it, scaled linearly into 16 bits, by their range in the whole
    /// stack. Where files show 0 as white, greys are inverted, so that bright is dense. Then drift
    /// and seams are evened as [`VolumeOptions::even`](crate::VolumeOptions::even) says.
    ///
    /// # Errors
    /// Those of [`Self::read`], and when no voxel is finite.
    pub fn read_ct(&self, spacing: Spacing, progress: &dyn Progress) -> Result<CtVolume, Error> {
        // Where the spacing is given, that of the files is not taken.
        let mut notes = self.notes_without_spacing();
        let path = self.files()[0].display().to_string();
        let largest = match self.depth() {
            Depth::U1 => Some(1.0),
            Depth::U8 => Some(255.0),
            Depth::U16 => Some(65_535.0),
            _ => None,
        };
        let mut not_finite = 0;
        let mut scale = GreyScale::IDENTITY;
        if largest.is_none() {
            let range = self.value_range(progress)?;
            not_finite = range.not_finite;
            let [low, high] = range.finite.ok_or_else(|| Error::Volume {
                path: self.files()[0].clone(),
                problem: "no voxel holds a finite number".to_owned(),
            })?;
            scale = scale_of(self.depth(), low, high);
            if scale != GreyScale::IDENTITY {
                notes.push(format!(
                    "the {} values of {path}, from {low} to {high} in the whole stack, became \
                     16-bit greys: value = {} + {} x grey",
                    self.depth(),
                    scale.value_at_0,
                    scale.value_a_grey
                ));
            }
            if self.is_white_zero() {
                scale = inverted(scale, 65_535.0);
            }
        } else if let (Some(largest), true) = (largest, self.is_white_zero()) {
            scale = inverted(scale, largest);
        }
        if self.is_white_zero() {
            notes.push(format!(
                "{path} shows 0 as white; its greys were inverted, so that dense is bright"
            ));
        }
        if not_finite > 0 {
            notes.push(format!(
                "{not_finite} voxels of {path} hold no finite number (NaN or infinity); they \
                 became grey 0"
            ));
        }
        let mut volume = self.read_as(spacing, progress, |voxels, _| Ok(greys(voxels, scale)))?;
        if let Some(note) = crowded(&volume, scale) {
            notes.push(note);
        }
        let period = alternating::period(&volume);
        notes.extend(period.map(|period| alternating::note(period, self.shape()[0])));
        notes.extend(ct_notes(&volume, scale, period.is_some()));
        let breaks = Breaks::of(&volume);
        notes.extend(breaks.notes());
        // Before they are evened: copies are no longer alike afterwards.
        let mut of_slices = slice_notes(&volume, &breaks);
        let wanted = self.wanted_evening();
        let mut evened = even(&mut volume, wanted);
        // Evening mends no broken stack.
        if !breaks.is_empty() || period.is_some() {
            evened.hints.clear();
        }
        if period.is_some() {
            of_slices.retain(|note| note.evened_by.is_none());
        }
        notes.extend(level_notes(of_slices, &evened, wanted));
        notes.extend(evened.notes);
        Ok(CtVolume {
            volume,
            scale,
            evening: evened.evening,
            notes,
        })
    }

    fn value_range(&self, progress: &dyn Progress) -> Result<Range, Error> {
        let slices = self.shape()[0];
        let run = self.run();
        progress.start("finding the range of values", slices as u64);
        let ranges: Vec<Range> = (0..slices.div_ceil(run))
            .into_par_iter()
            .map(|i| {
                let mut reader = self.reader(i * run)?;
                let mut range = Range::default();
                for _ in i * run..((i + 1) * run).min(slices) {
                    progress.check()?;
                    range = range.with(&Range::of(&reader.next_slice()?));
                    progress.advance(1);
                }
                Ok(range)
            })
            .collect::<Result<_, Error>>()?;
        progress.finish();
        Ok(ranges
            .iter()
            .fold(Range::default(), |all, range| all.with(range)))
    }
}

/// What is said of grey levels: nothing of what was evened, no advice that was followed already,
/// and the same once.
fn level_notes(of_slices: Vec<SliceNote>, evened: &Evened, wanted: &[Unevenness]) -> Vec<String> {
    let said: Vec<Unevenness> = of_slices.iter().filter_map(|note| note.evened_by).collect();
    let hints = evened.hints.iter().filter(|(what, _)| !said.contains(what));
    let mut notes: Vec<String> = hints.map(|(_, hint)| hint.clone()).collect();
    for note in of_slices {
        match note.evened_by {
            Some(what) if evened.did(what) => {}
            Some(what) if !wanted.contains(&what) => {
                notes.push(format!("{}; {}", note.sentence, what.cure()));
            }
            _ => notes.push(note.sentence),
        }
    }
    notes
}

/// Smallest and largest finite value, and how many are none.
#[derive(Debug, Clone, Copy, Default)]
struct Range {
    finite: Option<[f64; 2]>,
    not_finite: u64,
}

impl Range {
    fn of(voxels: &Voxels) -> Self {
        let not_finite = match voxels {
            Voxels::F32(v) => v.iter().filter(|v| !v.is_finite()).count(),
            Voxels::F64(v) => v.iter().filter(|v| !v.is_finite()).count(),
            _ => 0,
        };
        Self {
            finite: voxels.range(),
            not_finite: not_finite as u64,
        }
    }

    fn with(self, other: &Self) -> Self {
        Self {
            finite: match (self.finite, other.finite) {
                (Some([a, b]), Some([c, d])) => Some([a.min(c), b.max(d)]),
                (some, None) | (None, some) => some,
            },
            not_finite: self.not_finite + other.not_finite,
        }
    }
}

fn scale_of(depth: Depth, low: f64, high: f64) -> GreyScale {
    let is_float = matches!(depth, Depth::F16 | Depth::F32 | Depth::F64);
    if !is_float && low >= 0.0 && high <= 65_535.0 {
        return GreyScale::IDENTITY;
    }
    let span = high - low;
    GreyScale {
        value_at_0: low,
        value_a_grey: match span {
            0.0 => 1.0,
            span if !is_float && span <= 65_535.0 => 1.0,
            span => span / 65_535.0,
        },
    }
}

/// The scale on which the grey of `largest` is 0.
fn inverted(scale: GreyScale, largest: f64) -> GreyScale {
    GreyScale {
        value_at_0: scale.value_at_0 + largest * scale.value_a_grey,
        value_a_grey: -scale.value_a_grey,
    }
}

fn greys(voxels: Voxels, scale: GreyScale) -> Vec<u16> {
    match voxels {
        Voxels::U16(v) if scale == GreyScale::IDENTITY => v,
        Voxels::U8(v) if scale == GreyScale::IDENTITY => v.into_iter().map(u16::from).collect(),
        other => other
            .to_f64()
            .into_iter()
            .map(|v| if v.is_finite() { scale.grey(v) } else { 0 })
            .collect(),
    }
}

/// A sentence when outliers stretch the scale, so that nearly all voxels share few greys.
fn crowded(volume: &Volume<u16>, scale: GreyScale) -> Option<String> {
    if scale.value_a_grey.abs() == 1.0 || volume.is_empty() {
        return None;
    }
    let mut counts = vec![0_u64; 65_536];
    for &grey in volume.data() {
        counts[usize::from(grey)] += 1;
    }
    let at = |share: f64| {
        let wanted = (share * volume.len() as f64) as u64;
        let mut below = 0;
        counts
            .iter()
            .position(|n| {
                below += n;
                below > wanted
            })
            .unwrap_or(65_535)
    };
    let (low, high) = (at(0.001), at(0.999));
    (high - low < 1024).then(|| {
        format!(
            "a few outliers stretch the scale: 99.8 % of the voxels share the {} greys from {low} \
             to {high} of 65536; clip the outliers in the program that reconstructed the CT if \
             contrasts are lost",
            high - low + 1
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_covers_its_range() {
        let scale = scale_of(Depth::F32, -1.0, 3.0);
        assert_eq!(scale.grey(-1.0), 0);
        assert_eq!(scale.grey(3.0), 65_535);
        assert!((scale.value_at_0 + scale.value_a_grey * 65_535.0 - 3.0).abs() < 1e-12);
        let turned = inverted(scale, 65_535.0);
        assert_eq!([turned.grey(-1.0), turned.grey(3.0)], [65_535, 0]);
    }

    #[test]
    fn notes_on_levels_give_no_advice_that_was_followed_and_lose_none() {
        let note = |sentence: &str, evened_by| SliceNote {
            sentence: sentence.to_owned(),
            evened_by,
        };
        let of_slices = vec![
            note("a copy", None),
            note("a step", Some(Unevenness::Seams)),
        ];
        let evened = Evened {
            evening: None,
            notes: Vec::new(),
            hints: vec![
                (Unevenness::Drift, "drift".to_owned()),
                (Unevenness::Seams, "seams".to_owned()),
            ],
        };
        let notes = level_notes(of_slices.clone(), &evened, &[]);
        assert_eq!(notes[..2], ["drift", "a copy"]);
        assert!(notes[2].starts_with("a step; `even = [\"seams\"]`"));
        assert_eq!(notes.len(), 3);
        // It was looked for, and none was found to be evened.
        let notes = level_notes(of_slices, &evened, &[Unevenness::Seams]);
        assert_eq!(notes, ["drift", "a copy", "a step"]);
    }

    #[test]
    fn whole_numbers_are_moved_and_not_scaled_where_they_fit() {
        assert_eq!(scale_of(Depth::I16, 0.0, 9.0), GreyScale::IDENTITY);
        let moved = scale_of(Depth::I16, -1000.0, 3000.0);
        assert_eq!(moved.value_a_grey, 1.0);
        assert_eq!(moved.grey(-1000.0), 0);
        assert_eq!(scale_of(Depth::F32, 2.0, 2.0).grey(2.0), 0);
    }
}
