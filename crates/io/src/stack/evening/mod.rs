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

use corelith_core::{Raster, Volume};
use serde::{Deserialize, Serialize};

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

/// What was found along a stack, and sentences on it.
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

/// Looks for drift and seams, and evens what is `wanted`.
pub(super) fn even(volume: &mut Volume<u16>, wanted: &[Unevenness]) -> Evened {
    let (mut notes, mut hints) = (Vec::new(), Vec::new());
    let none = |notes, hints| Evened {
        evening: None,
        notes,
        hints,
    };
    let columns = Columns::of(volume);
    let steps = match columns.alive.len() >= SLICES_MIN {
        true => Steps::between(volume, &columns),
        false => None,
    };
    let Some(steps) = steps else {
        if !wanted.is_empty() {
            notes.push(
                "no drift or seams were evened: resin and solids cannot be told apart in enough \
                 slices"
                    .to_owned(),
            );
        }
        return none(notes, hints);
    };
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
    let (drift, seams) = (
        drift && found_drift.is_some(),
        seams && !steps.seams.is_empty(),
    );
    if !drift && !seams {
        return none(notes, hints);
    }
    let Some(course) = steps.course(drift, seams) else {
        notes.push(
            "no drift or seams were evened: the contrast of resin and solids changes so much along \
             the stack that it is no drift of one scan"
                .to_owned(),
        );
        return none(notes, hints);
    };
    let slices = course.scales(&columns.alive, volume.shape()[0]);
    let before = apply::section(volume);
    let clipped = apply::apply(volume, &slices, &columns);
    if let (true, Some(greys)) = (drift, found_drift) {
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
    if clipped > 0 {
        notes.push(format!(
            "{clipped} voxels were evened to greys beyond 0 or 65535, and have these now"
        ));
    }
    let evening = Evening {
        slices,
        seams: if seams { steps.seams } else { Vec::new() },
        drift: found_drift.filter(|_| drift),
        levels: course.levels,
        said: notes.clone(),
        before,
        after: apply::section(volume),
    };
    Evened {
        evening: Some(evening),
        notes,
        hints,
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
