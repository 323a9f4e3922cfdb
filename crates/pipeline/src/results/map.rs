use std::sync::{Arc, OnceLock};

use corelith_core::{PlacedMap, Raster};
use corelith_io::VolumeSource;
use corelith_registration::Registration;
use serde::Serialize;

use crate::Error;
use crate::resume::Content;

/// An imported mineral map.
#[derive(Debug, Clone, Serialize)]
pub struct StoredMap {
    /// Name in results.
    pub name: String,
    /// Size of a pixel in micrometres.
    pub pixel_um: f64,
    /// Class labels.
    pub classes: Content,
    /// Backscatter image of the same pixels.
    pub bse: Option<Content>,
}

impl StoredMap {
    /// Class of every pixel: a row of the mineral list, or [`corelith_core::UNMEASURED`].
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read_classes(&self) -> Result<Raster<u8>, Error> {
        Ok(VolumeSource::open(self.classes.path())?.slice(0)?)
    }

    /// Backscatter image, if the map has one.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read_bse(&self) -> Result<Option<Raster<f32>>, Error> {
        let image = |bse: &Content| Ok(VolumeSource::open(bse.path())?.slice(0)?);
        self.bse.as_ref().map(image).transpose()
    }
}

/// A map with its place in the CT volume.
#[derive(Debug, Clone)]
pub struct StoredPlacement {
    /// The map.
    pub map: StoredMap,
    /// `MAP.json`: pose, warp and how sure they are.
    pub registration: Content,
    /// `MAP_coords.tif`.
    pub coordinates: Content,
    /// `MAP_overlay.png`.
    pub overlay: Content,
    read: Arc<OnceLock<PlacedMap>>,
}

/// What a placed map holds, as the stages after depend on it: not how its place was found.
#[derive(Serialize)]
struct PlacedContent<'a> {
    name: &'a str,
    pixel_um: f64,
    classes: &'a Content,
    coordinates: &'a Content,
}

impl Serialize for StoredPlacement {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        PlacedContent {
            name: &self.map.name,
            pixel_um: self.map.pixel_um,
            classes: &self.map.classes,
            coordinates: &self.coordinates,
        }
        .serialize(to)
    }
}

impl StoredPlacement {
    /// A map and the three files of its registration.
    pub fn new(
        map: StoredMap,
        registration: Content,
        coordinates: Content,
        overlay: Content,
    ) -> Self {
        Self {
            map,
            registration,
            coordinates,
            overlay,
            read: Arc::default(),
        }
    }

    /// The map with the CT position of each of its pixels; read once.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn read(&self) -> Result<&PlacedMap, Error> {
        if let Some(placed) = self.read.get() {
            return Ok(placed);
        }
        let placed = PlacedMap {
            name: self.map.name.clone(),
            classes: self.map.read_classes()?,
            coords_vox: corelith_io::read_map_coordinates(self.coordinates.path())?,
            pixel_um: self.map.pixel_um,
        };
        Ok(self.read.get_or_init(|| placed))
    }

    /// How the map was placed.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read_registration(&self) -> Result<Registration, Error> {
        Ok(corelith_io::read_json(self.registration.path())?)
    }
}
