use corelith_core::{Raster, Spacing};
use corelith_io::{Evening, Seam, SliceScale};
use corelith_report::CtChange;
use serde::{Deserialize, Serialize};

use super::StoredVolume;
use crate::Error;
use crate::resume::Content;

/// The CT among the results, as it was imported.
pub struct ImportedCt {
    /// Its voxels.
    pub volume: StoredVolume<u16>,
    /// How they were evened, where they were.
    pub evening: Option<StoredEvening>,
}

/// How a CT was evened, among the results.
#[derive(Debug, Clone, Serialize)]
pub struct StoredEvening {
    /// The [`EveningRecord`].
    pub record: Content,
    /// A section before and after.
    pub picture: Content,
}

/// How the slices of a CT were changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EveningRecord {
    /// What was done, a sentence each.
    pub said: Vec<String>,
    /// Greys of resin and of solids to which slices were brought.
    pub levels: [f64; 2],
    /// How far resin and solids had drifted, in greys.
    pub drift: Option<[f64; 2]>,
    /// Steps between slices.
    pub seams: Vec<Seam>,
    /// Every slice.
    pub slices: Vec<SliceScale>,
}

impl EveningRecord {
    /// Of a CT that was read.
    pub fn of(evening: &Evening) -> Self {
        Self {
            said: evening.said.clone(),
            levels: evening.levels,
            drift: evening.drift,
            seams: evening.seams.clone(),
            slices: evening.slices.clone(),
        }
    }
}

impl StoredEvening {
    /// What the page shows of it.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn read(&self, spacing: Spacing) -> Result<CtChange, Error> {
        let record: EveningRecord = corelith_io::read_json(self.record.path())?;
        Ok(CtChange {
            said: record.said,
            picture: corelith_io::read_png_rgb(self.picture.path())?,
            caption: CAPTION.to_owned(),
            figure: FIGURE,
            pixel_um: spacing.x_um,
        })
    }
}

/// What the picture shows, and the name of its file.
const CAPTION: &str = "CT along z, before (left) and after (right) it was evened";
const FIGURE: &str = "ct_evened";

/// Pixels between the two sections.
const GAP: usize = 6;

/// What pages show of a CT that was evened.
pub fn evened_ct(evening: &Evening, spacing: Spacing) -> CtChange {
    let (before, after) = (&evening.before, &evening.after);
    let mut sorted = [before.data(), after.data()].concat();
    sorted.sort_unstable();
    let at = |share: f64| {
        let last = sorted.len().saturating_sub(1) as f64;
        sorted.get((share * last) as usize).copied().unwrap_or(0)
    };
    // Single bright grains shall not darken the rest.
    let (low, high) = (f64::from(at(0.005)), f64::from(at(0.995)));
    let shade = |grey: u16| {
        let share = (f64::from(grey) - low) / (high - low).max(1.0);
        [(255.0 * share.clamp(0.0, 1.0)).round() as u8; 3]
    };
    let cols = before.cols();
    let rows = ((before.rows() as f64 * spacing.z_um / spacing.x_um).round() as usize).max(1);
    let picture = Raster::from_fn(rows, 2 * cols + GAP, |x, y| {
        let z = y * before.rows() / rows;
        if x < cols {
            shade(before.at(x, z))
        } else if x < cols + GAP {
            [255; 3]
        } else {
            shade(after.at(x - cols - GAP, z))
        }
    });
    CtChange {
        said: evening.said.clone(),
        picture,
        caption: CAPTION.to_owned(),
        figure: FIGURE,
        pixel_um: spacing.x_um,
    }
}
