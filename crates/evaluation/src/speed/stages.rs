use std::fmt;
use std::fs;

use corelith_core::{Progress, Silent, duration_text};
use corelith_phantom::{PhantomSettings, phantom};
use corelith_pipeline::resume::StageRecord;
use corelith_pipeline::{Options, Sample};
use serde::Serialize;

use super::Plan;
use super::place::Place;
use crate::{Error, write_phantom};

/// Steps of training that are timed.
const STEPS: usize = 20;

/// One stage at one place.
#[derive(Debug, Serialize)]
pub(super) struct StageTime {
    /// `import`, `register`, `train`, `segment`, `measure` or `report`.
    pub stage: &'static str,
    pub place: String,
    pub seconds: f64,
    /// What the seconds are for: a map, a step, or the whole volume.
    pub of: &'static str,
}

/// The phantom that the stages run on.
pub(super) fn shape_vox(plan: &Plan) -> [usize; 3] {
    if plan.quick {
        [80, 144, 144]
    } else {
        [128, 208, 208]
    }
}

/// Runs every stage on a phantom, in a folder that is gone afterwards.
///
/// # Errors
/// When a stage fails, or the user asks to stop.
pub(super) fn times(
    place: &Place,
    shape_vox: [usize; 3],
    plan: &Plan,
    progress: &dyn Progress,
) -> Result<Vec<StageTime>, Error> {
    let folder = tempfile::tempdir().map_err(|reason| corelith_io::Error::Write {
        path: std::env::temp_dir(),
        reason,
    })?;
    let mut settings = PhantomSettings {
        shape_vox,
        ..PhantomSettings::default()
    };
    (settings.maps.training, settings.maps.validation) = (1, 1);
    let made = phantom(&settings, plan.seed, &Silent)?;
    let project = write_phantom(folder.path(), "bench", "63-100", &made, &Silent)?;
    let text = fs::read_to_string(&project).map_err(|reason| corelith_io::Error::Read {
        path: project.clone(),
        reason,
    })?;
    let text = format!("{text}\n[training]\nsteps = {STEPS}\nphantoms = 0\n");
    corelith_io::write_bytes(&project, text.as_bytes())?;
    let options = Options {
        device: place.choice(),
        ..Options::default()
    };
    let sample = Sample::open(&project, &options, progress)?;
    sample.report(progress)?;
    let seconds = |stage: &str| StageRecord::load(sample.out(), stage).map(|record| record.seconds);
    let all = [
        ("import", "import", 1.0, "the volume"),
        ("register", "register map_0", 1.0, "a map"),
        (
            "train",
            "train",
            STEPS as f64,
            "a step, what comes before the first included",
        ),
        ("segment", "segment", 1.0, "the volume"),
        ("measure", "measure", 1.0, "the volume"),
        ("report", "report", 1.0, "the page"),
    ];
    let times = all.into_iter().filter_map(|(stage, record, parts, of)| {
        Some(StageTime {
            stage,
            place: place.name(),
            seconds: seconds(record)? / parts,
            of,
        })
    });
    Ok(times.collect())
}

impl fmt::Display for StageTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = if self.seconds < 1.0 {
            format!("{:.0} ms", 1e3 * self.seconds)
        } else {
            duration_text(self.seconds)
        };
        write!(
            f,
            "{:<32} {:<9} {time:>10}  {}",
            self.place, self.stage, self.of
        )
    }
}
