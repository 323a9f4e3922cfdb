use corelith_core::{Minerals, Raster, UNMEASURED};

use crate::RegistrationError;
use crate::map::categories::Categories;
use crate::placement::whereabouts::Whereabouts;
use crate::settings::MapChannels;

/// Pixels along the shorter side below which a map holds no pattern.
const LEAST_SIDE: usize = 24;

/// A mineral map to be placed.
#[derive(Debug, Clone, Copy)]
pub struct MapInput<'a> {
    /// Name for messages.
    pub name: &'a str,
    /// Class of every pixel: a row of `minerals`, or [`UNMEASURED`], which counts nowhere. With
    /// [`MapChannels::Bse`] only what was measured counts of it.
    pub classes: &'a Raster<u8>,
    /// The mineral list, with its background.
    pub minerals: &'a Minerals,
    /// Backscatter image on the same pixels, where there is one: brighter where the mean atomic
    /// number is higher, in any unit; NaN where unknown.
    pub bse: Option<&'a Raster<f32>>,
    /// Side of a pixel in micrometres.
    pub pixel_size_um: f64,
    /// What is known of where the map lies. Without it every position, rotation and both ways
    /// round are searched.
    pub whereabouts: Option<Whereabouts>,
}

impl<'a> MapInput<'a> {
    /// Checks the map against the mineral list and the volume's voxels, its classes when they
    /// count; returns the side of its pixels in voxels.
    pub(crate) fn check(
        &self,
        voxel_um: f64,
        channels: MapChannels,
    ) -> Result<f64, RegistrationError> {
        let (rows, cols) = (self.classes.rows(), self.classes.cols());
        if rows.min(cols) < LEAST_SIDE {
            return Err(RegistrationError::MapTooSmall {
                map: self.name.to_owned(),
                rows,
                cols,
                least: LEAST_SIDE,
            });
        }
        let ratio = self.pixel_size_um / voxel_um;
        if !(0.1..=10.0).contains(&ratio) {
            return Err(RegistrationError::PixelSize {
                map: self.name.to_owned(),
                pixel_um: self.pixel_size_um,
                voxel_um,
                ratio,
            });
        }
        let minerals = self.minerals.len();
        if channels != MapChannels::Bse
            && let Some(index) = self
                .classes
                .data()
                .iter()
                .position(|&class| class != UNMEASURED && usize::from(class) >= minerals)
        {
            return Err(RegistrationError::UnknownClass {
                map: self.name.to_owned(),
                class: self.classes.data()[index],
                col: index % cols,
                row: index / cols,
                minerals,
            });
        }
        if let Some(bse) = self.bse
            && (bse.rows() != rows || bse.cols() != cols)
        {
            return Err(RegistrationError::BseShape {
                map: self.name.to_owned(),
                bse_rows: bse.rows(),
                bse_cols: bse.cols(),
                rows,
                cols,
            });
        }
        if channels == MapChannels::Bse && self.bse.is_none() {
            return Err(RegistrationError::NoBse {
                map: self.name.to_owned(),
            });
        }
        Ok(ratio)
    }

    /// What of the map is compared with the CT: its categories, and its BSE greys when they count.
    pub(crate) fn compared(
        &self,
        channels: MapChannels,
        pixel_vox: f64,
    ) -> Result<(Categories, Option<&'a Raster<f32>>), RegistrationError> {
        match channels {
            MapChannels::Both => Ok((Categories::of(self.classes, self.minerals), self.bse)),
            MapChannels::Classes => Ok((Categories::of(self.classes, self.minerals), None)),
            MapChannels::Bse => {
                let bse = self.bse.ok_or_else(|| RegistrationError::NoBse {
                    map: self.name.to_owned(),
                })?;
                Ok((Categories::of_bse(bse, self.classes, pixel_vox), Some(bse)))
            }
        }
    }
}
