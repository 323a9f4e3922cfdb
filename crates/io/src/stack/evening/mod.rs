//! Evens grey levels that drift along a stack, and the steps of stitched scans.
//!
//! Neighbouring slices show nearly the same matter. How the greys of voxels change from a slice to
//! the next is seen on the very same columns, in resin and in solids apart, so that a stack that
//! holds more solids on one side is no drift: where matter begins or ends, a voxel belongs to
//! neither. These changes, one after the other, give each slice the offset and the gain that bring
//! it to the scale of most.

mod apply;
mod pair;
mod steps;

use corelith_core::{Raster, SliceSource};
use serde::{Deserialize, Serialize};

use super::gathered::Gathered;
use crate::Error;
pub(super) use apply::{Applied, Scales, Section};
use pair::Columns;
pub(super) use pair::otsu;
use steps::Steps;

/// An unevenness of a CT that is not one of the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unevenness {
    /// Grey levels that change little by little, or from each slice to the next.
    Drift,
    /// Grey levels that step between two slices, as where scans were stitched.
    Seams,
}

/// How the greys of a slice were changed: `evened = gain * grey + offset`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SliceScale {
    /// Above 0.
    pub gain: f64,
    /// In greys.
    pub offset: f64,
}

/// A step between two slices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Seam {
    /// The slices before and behind it.
    pub between: [usize; 2],
    /// By how much resin and solids step, in greys.
    pub steps: [f64; 2],
}

/// What was evened, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Evening {
    /// How each slice was changed, first to last.
    pub slices: Vec<SliceScale>,
    /// The steps that were evened.
    pub seams: Vec<Seam>,
    /// How far resin and solids drifted from the lowest to the highest slice, in greys; `None`
    /// where drift was not evened.
    pub drift: Option<[f64; 2]>,
    /// Grey levels of resin and of solids to which the slices were brought.
    pub levels: [f64; 2],
    /// What was done, a sentence each.
    pub said: Vec<String>,
    /// The section in the middle along y before, x to the right and z down.
    pub before: Raster<u16>,
    /// The same section as it is now.
    pub after: Raster<u16>,
}

/// What was found along a stack, before anything is evened.
#[derive(Debug)]
pub(super) struct Found {
    /// How slices are to be changed, where they are.
    pub scales: Option<Scales>,
    seams: Vec<Seam>,
    drift: Option<[f64; 2]>,
    levels: [f64; 2],
    /// What is done, or was not found.
    notes: Vec<String>,
    /// What could be evened and was not asked for.
    hints: Vec<(Unevenness, String)>,
}

/// What was found along a stack and evened, and sentences on it.
#[derive(Debug)]
pub(super) struct Evened {
    pub evening: Option<Evening>,
    /// What was done.
    pub notes: Vec<String>,
    /// What could be evened and was not asked for.
    pub hints: Vec<(Unevenness, String)>,
}

impl Unevenness {
    /// How it is evened, as the end of a sentence.
    pub(super) fn cure(self) -> &'static str {
        match self {
            Self::Drift => "`even = [\"drift\"]` in section [ct] evens that",
            Self::Seams => "`even = [\"seams\"]` in section [ct] evens that",
        }
    }
}

impl Evened {
    /// Whether that was evened.
    pub(super) fn did(&self, what: Unevenness) -> bool {
        self.evening.as_ref().is_some_and(|evening| match what {
            Unevenness::Drift => evening.drift.is_some(),
            Unevenness::Seams => !evening.seams.is_empty(),
        })
    }
}

/// Fewer slices than this have no course.
const SLICES_MIN: usize = 8;

/// Looks for drift and seams, and how to even what is `wanted`.
///
/// # Errors
/// When a slice cannot be read.
pub(super) fn look(
    gathered: &Gathered,
    slices: &dyn SliceSource<u16, Error>,
    wanted: &[Unevenness],
) -> Result<Found, Error> {
    let columns = Columns::of(gathered);
    let [nz, _, nx] = gathered.shape;
    let steps = match columns.alive.len() >= SLICES_MIN {
        true => Steps::between(slices, nx, &columns)?,
        false => None,
    };
    Ok(match steps {
        Some(steps) => found_in(steps, columns, nz, wanted),
        None if wanted.is_empty() => Found::nothing(Vec::new(), Vec::new()),
        None => {
            let note = "no drift or seams were evened: resin and solids cannot be told apart in \
                        enough slices";
            Found::nothing(vec![note.to_owned()], Vec::new())
        }
    })
}

fn found_in(steps: Steps, columns: Columns, slices: usize, wanted: &[Unevenness]) -> Found {
    let (mut notes, mut hints) = (Vec::new(), Vec::new());
    let contrast = steps.levels[1] - steps.levels[0];
    let share = |greys: [f64; 2]| 100.0 * greys[0].abs().max(greys[1].abs()) / contrast;
    let [drift, seams] = [Unevenness::Drift, Unevenness::Seams].map(|u| wanted.contains(&u));
    let found_drift = steps.drift();
    if let (Some(greys), false) = (found_drift, drift) {
        let sentence = format!(
            "grey levels drift along the stack by {:.0} % of the contrast of resin and solids; {}",
            share(greys),
            Unevenness::Drift.cure()
        );
        hints.push((Unevenness::Drift, sentence));
    }
    if !steps.seams.is_empty() && !seams {
        let sentence = format!(
            "{}; {}",
            seam_words(&steps.seams, contrast),
            Unevenness::Seams.cure()
        );
        hints.push((Unevenness::Seams, sentence));
    }
    if drift && found_drift.is_none() {
        notes.push("no drift of grey levels was found, so none was evened".to_owned());
    }
    if seams && steps.seams.is_empty() {
        notes.push("no seams were found, so none were evened".to_owned());
    }
    let drift = found_drift.filter(|_| drift);
    let seams = seams && !steps.seams.is_empty();
    if drift.is_none() && !seams {
        return Found::nothing(notes, hints);
    }
    let Some(course) = steps.course(drift.is_some(), seams) else {
        notes.push(
            "no drift or seams were evened: the contrast of resin and solids changes so much along \
             the stack that it is no drift of one scan"
                .to_owned(),
        );
        return Found::nothing(notes, hints);
    };
    if let Some(greys) = drift {
        notes.push(format!(
            "grey levels drifted along the stack by {:.0} % of the contrast of resin and solids, \
             and were evened",
            share(greys)
        ));
    }
    if seams {
        notes.push(format!(
            "{}; that was evened",
            seam_words(&steps.seams, contrast)
        ));
    }
    Found {
        scales: Some(Scales {
            slices: course.scales(&columns.alive, slices),
            varies: columns.varies,
        }),
        seams: if seams { steps.seams } else { Vec::new() },
        drift,
        levels: course.levels,
        notes,
        hints,
    }
}

impl Found {
    fn nothing(notes: Vec<String>, hints: Vec<(Unevenness, String)>) -> Self {
        Self {
            scales: None,
            seams: Vec::new(),
            drift: None,
            levels: [0.0; 2],
            notes,
            hints,
        }
    }

    /// What is to be told once the scales were applied, where there are any.
    pub fn evened(self, applied: Option<Applied>) -> Evened {
        let mut notes = self.notes;
        let evening = self.scales.zip(applied).map(|(scales, applied)| {
            if applied.clipped > 0 {
                notes.push(format!(
                    "{} voxels were evened to greys beyond 0 or 65535, and have these now",
                    applied.clipped
                ));
            }
            Evening {
                slices: scales.slices,
                seams: self.seams,
                drift: self.drift,
                levels: self.levels,
                said: notes.clone(),
                before: applied.before,
                after: applied.after,
            }
        });
        Evened {
            evening,
            notes,
            hints: self.hints,
        }
    }
}

fn seam_words(seams: &[Seam], contrast: f64) -> String {
    let listed: Vec<String> = seams
        .iter()
        .take(6)
        .map(|seam| {
            let step = seam.steps[0].abs().max(seam.steps[1].abs());
            let [before, behind] = seam.between;
            format!("{before} and {behind} ({:.0} %)", 100.0 * step / contrast)
        })
        .collect();
    format!(
        "grey levels step between slices {}{} (percentages are of the contrast of resin and solids)",
        listed.join(", "),
        match seams.len() - listed.len() {
            0 => String::new(),
            more => format!(", and {more} times more"),
        }
    )
}

#[cfg(test)]
mod tests;
