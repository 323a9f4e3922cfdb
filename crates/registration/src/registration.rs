use corelith_core::{CtFromMap, Raster};
use serde::{Deserialize, Serialize};

use crate::map::units::Misfit;
use crate::placement::frames::Frames;
use crate::placement::warp::Warp;

/// Whether the map's place is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The pose stands out from all other places.
    Found,
    /// No place stands out, or one outside of the region that was given does; the pose is the best
    /// guess (in the region) and not to be used.
    NotFound,
}

/// Where a map lies in the CT volume, and how sure that is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// Affine pose: `(col, row, 1)` in map pixels to `(x, y, z)` in CT voxels.
    pub ct_from_map: CtFromMap,
    /// Whether the map shows the plane from behind.
    pub mirrored: bool,
    /// Angle between map and CT slices, 0 to 90 degrees.
    pub tilt_deg: f64,
    /// Share of the smoothed CT's variance below the map that the map explains, at most 1, at the
    /// pose of the search.
    pub score: f64,
    /// Score minus that of the best other place, refined alike.
    pub margin: f64,
    /// Probability that the pose is the right one: the figure that decides. 0 when a place outside
    /// of the region that was given fits better.
    pub probability: f64,
    /// What the probability must reach for the pose to count as found.
    pub probability_needed: f64,
    /// Lead of the pose over the best other place, refined alike, as the logarithm of the
    /// likelihood a pixel, units of the map that do not fit counted as telling nothing. Negative
    /// when a place outside of the region fits better.
    pub lead_nats: f64,
    /// Units of the map that do not fit the CT at the pose.
    pub misfits: Vec<Misfit>,
    /// Share of the measured map that they take, 0 to 1.
    pub misfit_share: f64,
    /// Expected mean distance between found and true positions of the map's pixels, in voxels.
    /// Infinite, written as `null`, when the map was not found.
    #[serde(with = "null_as_infinity")]
    pub uncertainty_vox: f64,
    /// Whether the pose is to be trusted.
    pub status: Status,
    /// Why, in a sentence.
    pub reason: String,
    /// Time taken, in seconds.
    pub seconds: f64,
    /// What computed it.
    pub device: String,
    /// Smooth displacement that is added to the pose.
    pub warp: Option<Warp>,
}

impl Registration {
    /// The frames of the map that lie out of place; none where it is of one piece.
    pub fn frames(&self) -> Option<&Frames> {
        self.warp.as_ref()?.frames.as_ref()
    }

    /// CT position `[x, y, z]` in voxels of every map pixel: affine pose plus displacement.
    pub fn coords(&self, rows: usize, cols: usize) -> [Raster<f32>; 3] {
        let mut coords = [(); 3].map(|()| Raster::filled(rows, cols, 0f32));
        for row in 0..rows {
            for col in 0..cols {
                let (c, r) = (col as f64, row as f64);
                let mut point = self.ct_from_map.apply(c, r);
                if let Some(warp) = &self.warp {
                    point += warp.displacement(c, r);
                }
                for (raster, value) in coords.iter_mut().zip(point.iter()) {
                    raster.data_mut()[row * cols + col] = *value as f32;
                }
            }
        }
        coords
    }
}

/// JSON has no infinity.
mod null_as_infinity {
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
        if value.is_finite() {
            to.serialize_f64(*value)
        } else {
            to.serialize_none()
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        Ok(Option::<f64>::deserialize(from)?.unwrap_or(f64::INFINITY))
    }
}
