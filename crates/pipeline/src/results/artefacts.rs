use corelith_core::{Raster, Spacing};
use corelith_report::CtChange;
use corelith_stats::imaging::artefacts::{Artefacts, Rings, Shading};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::resume::Content;

/// The artefacts of the CT, among the results.
#[derive(Debug, Clone, Serialize)]
pub struct StoredArtefacts {
    /// The [`ArtefactsRecord`].
    pub record: Content,
}

/// What was found of the artefacts of a CT.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ArtefactsRecord {
    /// What is taken out.
    pub artefacts: Artefacts,
    /// By how much shading makes matter of the darkest and of the brightest grey differ over the
    /// volume, as a share of the contrast of the two.
    pub shading_spread: Option<[f64; 2]>,
}

impl ArtefactsRecord {
    /// Of what was found.
    pub fn of(artefacts: Artefacts) -> Self {
        Self {
            shading_spread: artefacts.shading.as_ref().map(Shading::spread),
            artefacts,
        }
    }

    /// What there is to say of them, a sentence each.
    pub fn said(&self) -> Vec<String> {
        let shading = self.shading_spread.map(said_of_shading);
        let rings = self.artefacts.rings.as_ref().map(said_of_rings);
        shading.into_iter().chain(rings).collect()
    }
}

fn said_of_shading([dark, bright]: [f64; 2]) -> String {
    format!(
        "grey values of the same matter differ over the CT by up to {:.1} % of the contrast between \
         its darkest and its brightest matter (cupping, or an uneven beam); maps are placed, \
         minerals learned and told apart without that",
        100.0 * dark.max(bright)
    )
}

fn said_of_rings(rings: &Rings) -> String {
    let [y, x] = rings.axis;
    format!(
        "the CT has rings about x = {x:.1}, y = {y:.1} of {:.0} % of the noise of a voxel; maps are \
         placed, minerals learned and told apart without them",
        100.0 * rings.strength / rings.noise
    )
}

impl StoredArtefacts {
    /// What was found.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self) -> Result<ArtefactsRecord, Error> {
        Ok(corelith_io::read_json(self.record.path())?)
    }
}

/// What pages show of the artefacts of a volume of that shape.
pub fn artefact_changes(
    record: &ArtefactsRecord,
    [nz, ny, nx]: [usize; 3],
    spacing: Spacing,
) -> Vec<CtChange> {
    let middle = (nz as f64 - 1.0) / 2.0;
    let change = |said: String, added: &dyn Fn([f64; 2]) -> f64, of: &str, figure| {
        let added = Raster::from_fn(ny, nx, |x, y| added([y as f64, x as f64]));
        let range = |range: [f64; 2], &v: &f64| [range[0].min(v), range[1].max(v)];
        let [low, high] = added
            .data()
            .iter()
            .fold([f64::INFINITY, f64::NEG_INFINITY], range);
        CtChange {
            said: vec![said],
            picture: added.map(|v| [(255.0 * (v - low) / (high - low).max(1e-9)).round() as u8; 3]),
            caption: format!("{of}, from {low:.1} (black) to {high:.1} greys (white)"),
            figure,
            pixel_um: spacing.x_um,
        }
    };
    let shading = record.artefacts.shading.as_ref();
    let shading = shading.zip(record.shading_spread).map(|(shading, spread)| {
        change(
            said_of_shading(spread),
            &|[y, x]| shading.brightest([middle, y, x]),
            "What the shading adds to the brightest matter in the middle slice",
            "ct_shading",
        )
    });
    let rings = record.artefacts.rings.as_ref().map(|rings| {
        change(
            said_of_rings(rings),
            &|place| rings.at(place),
            "What the rings add in every slice",
            "ct_rings",
        )
    });
    shading.into_iter().chain(rings).collect()
}
