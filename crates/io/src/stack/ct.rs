//! A CT as 16-bit greys, on one scale for the whole stack.

use corelith_core::{Progress, SliceSource, Spacing, Volume};
use rayon::prelude::*;

use super::alternating;
use super::breaks::Breaks;
use super::ct_checks::ct_notes;
use super::evening::{self, Applied, Evened, Evening, Found, Scales, Unevenness};
use super::gathered::Gathered;
use super::grey_scale::{GreyScale, Range, greys, inverted, scale_of};
use super::read::VolumeSource;
use super::sample::Depth;
use super::slice_checks::{SliceNote, slice_notes};
use crate::Error;

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
    /// [`Self::write_ct`] does the same from file to file.
    ///
    /// # Errors
    /// Those of [`Self::read`], and when no voxel is finite.
    pub fn read_ct(&self, spacing: Spacing, progress: &dyn Progress) -> Result<CtVolume, Error> {
        let (scale, notes) = self.grey_scale(progress)?;
        let mut volume = self.read_as(spacing, progress, |voxels, _| Ok(greys(voxels, scale)))?;
        let gathered = Gathered::of(&volume);
        gathered.check(&self.files()[0])?;
        let looked = Looked {
            gathered: &gathered,
            slices: &volume,
            spacing,
            scale,
            wanted: self.wanted_evening(),
        };
        let told = looked.told(notes)?;
        let applied = told.scales().map(|scales| {
            let shape = |reason| Error::Shape {
                path: self.files()[0].clone(),
                reason,
            };
            scales.apply(&mut volume).map_err(shape)
        });
        let (evening, notes) = told.evened(applied.transpose()?);
        Ok(CtVolume {
            volume,
            scale,
            evening,
            notes,
        })
    }

    /// The scale of the greys, and what the user should know of it and of the files.
    pub(super) fn grey_scale(
        &self,
        progress: &dyn Progress,
    ) -> Result<(GreyScale, Vec<String>), Error> {
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
        Ok((scale, notes))
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

/// A CT that is looked at as a whole.
pub(super) struct Looked<'a> {
    pub gathered: &'a Gathered,
    pub slices: &'a dyn SliceSource<u16, Error>,
    pub spacing: Spacing,
    pub scale: GreyScale,
    /// What is evened.
    pub wanted: &'a [Unevenness],
}

/// What there is to say of a CT, and how it is to be evened.
pub(super) struct Told {
    notes: Vec<String>,
    of_slices: Vec<SliceNote>,
    found: Found,
    /// Whether evening may be advised: it mends no broken stack.
    is_broken: bool,
    wanted: Vec<Unevenness>,
}

impl Looked<'_> {
    /// Adds to `notes`, in the order in which they are said.
    ///
    /// # Errors
    /// When a slice cannot be read again.
    pub fn told(&self, mut notes: Vec<String>) -> Result<Told, Error> {
        let gathered = self.gathered;
        notes.extend(crowded(gathered, self.scale));
        let period = gathered.turns.period();
        notes.extend(period.map(|period| alternating::note(period, gathered.shape[0])));
        notes.extend(ct_notes(
            gathered,
            self.spacing,
            self.scale,
            period.is_some(),
        ));
        let breaks = Breaks::of(gathered);
        notes.extend(breaks.notes());
        // Before they are evened: copies are no longer alike afterwards.
        let mut of_slices = slice_notes(gathered, self.slices, &breaks)?;
        if period.is_some() {
            of_slices.retain(|note| note.evened_by.is_none());
        }
        Ok(Told {
            notes,
            of_slices,
            found: evening::look(gathered, self.slices, self.wanted)?,
            is_broken: !breaks.is_empty() || period.is_some(),
            wanted: self.wanted.to_vec(),
        })
    }
}

impl Told {
    /// How slices are to be changed, where they are.
    pub fn scales(&self) -> Option<&Scales> {
        self.found.scales.as_ref()
    }

    /// What was evened, and all that there is to say, once the scales were applied.
    pub fn evened(self, applied: Option<Applied>) -> (Option<Evening>, Vec<String>) {
        let mut notes = self.notes;
        let mut evened = self.found.evened(applied);
        if self.is_broken {
            evened.hints.clear();
        }
        notes.extend(level_notes(self.of_slices, &evened, &self.wanted));
        notes.extend(evened.notes);
        (evened.evening, notes)
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

/// A sentence when outliers stretch the scale, so that nearly all voxels share few greys.
fn crowded(gathered: &Gathered, scale: GreyScale) -> Option<String> {
    if scale.value_a_grey.abs() == 1.0 {
        return None;
    }
    let at = |share: f64| {
        let wanted = (share * gathered.voxels() as f64) as u64;
        let mut below = 0;
        gathered
            .counts
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
}
