//! What came of one map.

use corelith_core::{Table, Values};

use super::cases::MapCase;

/// Where a map comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// From the phantom that it is placed in.
    Own,
    /// From another phantom of the same kind.
    Foreign,
    /// Background only.
    Blank,
    /// Random classes.
    Noise,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Foreign => "other sample",
            Self::Blank => "blank",
            Self::Noise => "noise",
        }
    }
}

/// What came of one map.
#[derive(Debug, Clone)]
pub struct Trial {
    pub phantom: u64,
    /// Fraction or kind of the phantom.
    pub sort: &'static str,
    pub kind: Kind,
    /// CT noise over the contrast between host mineral and resin.
    pub noise: f64,
    pub case: MapCase,
    /// Particles that the map shows.
    pub particles: u64,
    pub found: bool,
    /// NaN for a map that lies nowhere.
    pub tre_vox: f64,
    pub uncertainty_vox: f64,
    pub score: f64,
    pub margin: f64,
    pub probability: f64,
    pub probability_needed: f64,
    pub seconds: f64,
}

impl Trial {
    /// Found, and within a voxel of the truth.
    pub fn succeeded(&self) -> bool {
        self.found && self.tre_vox < 1.0
    }
}

/// One row a map.
pub fn table(trials: &[Trial]) -> Table {
    let text = |value: &dyn Fn(&Trial) -> &'static str| {
        Values::Text(trials.iter().map(|t| value(t).to_owned()).collect())
    };
    let number = |value: &dyn Fn(&Trial) -> f64| Values::F64(trials.iter().map(value).collect());
    let count = |value: &dyn Fn(&Trial) -> u64| Values::U64(trials.iter().map(value).collect());
    let mut table = Table::new();
    table.push("phantom", count(&|t| t.phantom));
    table.push("sort", text(&|t| t.sort));
    table.push("map_of", text(&|t| t.kind.name()));
    table.push("tilt_deg", number(&|t| t.case.tilt_deg));
    table.push("ct_noise", number(&|t| t.noise));
    table.push("pixel_vox", number(&|t| t.case.pixel_vox));
    table.push("width_fraction", number(&|t| t.case.width_fraction));
    table.push("scale_error_max", number(&|t| t.case.scale_error_max));
    table.push("particles", count(&|t| t.particles));
    table.push(
        "found",
        Values::Bool(trials.iter().map(|t| t.found).collect()),
    );
    table.push("tre_vox", number(&|t| t.tre_vox));
    // An empty cell where the map was not found.
    table.push(
        "uncertainty_vox",
        number(&|t| {
            if t.found { t.uncertainty_vox } else { f64::NAN }
        }),
    );
    table.push("score", number(&|t| t.score));
    table.push("margin", number(&|t| t.margin));
    table.push("probability", number(&|t| t.probability));
    table.push("probability_needed", number(&|t| t.probability_needed));
    table.push("seconds", number(&|t| t.seconds));
    table
}
