use std::fmt;

use corelith_core::duration_text;
use serde::Serialize;

use super::stages::StageTime;

/// Maps of the scan.
const MAPS: f64 = 3.0;

/// What a scan would take, extrapolated from the stages of a phantom.
#[derive(Debug, Serialize)]
pub(super) struct Estimate {
    shape_vox: [usize; 3],
    places: Vec<PlaceEstimate>,
}

#[derive(Debug, Serialize)]
struct PlaceEstimate {
    place: String,
    /// Stage and its seconds; training is left out, for it takes the minutes that it is given.
    stages: Vec<(&'static str, f64)>,
    seconds: f64,
}

impl Estimate {
    /// Import, segmentation and measuring grow with the voxels, and a map with the area of a
    /// section; the page stays as it is.
    pub(super) fn new(stages: &[StageTime], measured: [usize; 3], wanted: [usize; 3]) -> Self {
        let voxels = |shape: [usize; 3]| shape.map(|n| n as f64).iter().product::<f64>();
        let growth = voxels(wanted) / voxels(measured);
        let mut places: Vec<PlaceEstimate> = Vec::new();
        for stage in stages {
            let factor = match stage.stage {
                "train" => continue,
                "register" => MAPS * growth.powf(2.0 / 3.0),
                "report" => 1.0,
                _ => growth,
            };
            if places.last().is_none_or(|last| last.place != stage.place) {
                places.push(PlaceEstimate {
                    place: stage.place.clone(),
                    stages: Vec::new(),
                    seconds: 0.0,
                });
            }
            if let Some(place) = places.last_mut() {
                let seconds = factor * stage.seconds;
                place.stages.push((stage.stage, seconds));
                place.seconds += seconds;
            }
        }
        Self {
            shape_vox: wanted,
            places,
        }
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [nz, ny, nx] = self.shape_vox;
        writeln!(
            f,
            "A scan of {nz} x {ny} x {nx} voxels with {MAPS} maps, extrapolated; training takes the \
             minutes that it is given"
        )?;
        for place in &self.places {
            let stages = place.stages.iter();
            let stages = stages.map(|(stage, s)| format!("{stage} {}", duration_text(*s)));
            writeln!(
                f,
                "  {:<32} {}  ({})",
                place.place,
                duration_text(place.seconds),
                stages.collect::<Vec<_>>().join(", ")
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_with_the_volume_grows_and_training_is_left_out() {
        let stage = |stage, seconds| StageTime {
            stage,
            place: "cpu".to_owned(),
            seconds,
            of: "",
        };
        let stages = [
            stage("import", 1.0),
            stage("register", 2.0),
            stage("train", 100.0),
            stage("segment", 10.0),
            stage("report", 5.0),
        ];
        let found = Estimate::new(&stages, [10, 10, 10], [20, 20, 20]);
        assert_eq!(found.places.len(), 1);
        // 8 + 3 * 4 * 2 + 80 + 5
        assert!((found.places[0].seconds - 117.0).abs() < 1e-9);
        assert!(found.to_string().contains("20 x 20 x 20"));
    }
}
