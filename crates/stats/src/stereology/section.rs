use corelith_core::{Raster, Volume};

use super::StereologyError;
use super::cut::nearest;

/// A labelled section through the sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Name in messages: that of the map.
    pub name: String,
    /// Rows of the mineral list.
    pub classes: Raster<u8>,
    /// Particle of the 3D result at each pixel, 0 for none.
    pub particles: Raster<u32>,
    /// Where the section lies inside the CT volume; nothing is counted elsewhere.
    pub inside: Raster<bool>,
    /// Distance between pixel centres in micrometres.
    pub pixel_um: f64,
}

/// Where each pixel of a map lies: CT voxels, voxel centres at integers. Pixels that lie nowhere
/// are NaN.
#[derive(Debug, Clone, Copy)]
pub struct Coordinates<'a> {
    /// Columns of the CT slices.
    pub x_vox: &'a Raster<f32>,
    /// Rows of the CT slices.
    pub y_vox: &'a Raster<f32>,
    /// CT slices.
    pub z_vox: &'a Raster<f32>,
}

impl Coordinates<'_> {
    fn check(&self, name: &str) -> Result<(), StereologyError> {
        for (axis, raster) in [("y", self.y_vox), ("z", self.z_vox)] {
            same_shape(
                (&format!("the {axis} coordinates of {name}"), raster),
                ("the x coordinates", self.x_vox),
            )?;
        }
        Ok(())
    }

    fn voxel_indices<T>(&self, volume: &Volume<T>) -> Raster<Option<usize>> {
        let (x, y, z) = (self.x_vox, self.y_vox, self.z_vox);
        Raster::from_fn(x.rows(), x.cols(), |col, row| {
            let at = |raster: &Raster<f32>| f64::from(raster.at(col, row));
            nearest(volume.shape(), [at(x), at(y), at(z)])
        })
    }
}

impl Section {
    /// A measured map, where it was found in the CT. Its pixels take the particle ids of the
    /// nearest voxels of the 3D result, so that touching particles are apart on the map as they
    /// are in 3D.
    ///
    /// # Errors
    /// When shapes differ.
    pub fn measured(
        name: impl Into<String>,
        classes: Raster<u8>,
        coordinates: Coordinates,
        particles: &Volume<u32>,
        pixel_um: f64,
    ) -> Result<Self, StereologyError> {
        let name = name.into();
        coordinates.check(&name)?;
        same_shape((&name, &classes), ("its coordinates", coordinates.x_vox))?;
        let indices = coordinates.voxel_indices(particles);
        Ok(Self {
            name,
            classes,
            particles: indices.map(|i| i.map_or(0, |i| particles.data()[i])),
            inside: indices.map(Option::is_some),
            pixel_um,
        })
    }

    /// The 3D result at the pixels of a map: classes and particles of the nearest voxels.
    ///
    /// # Errors
    /// When shapes differ.
    pub fn virtual_cut(
        name: impl Into<String>,
        coordinates: Coordinates,
        phases: &Volume<u8>,
        particles: &Volume<u32>,
        background: u8,
        pixel_um: f64,
    ) -> Result<Self, StereologyError> {
        let name = name.into();
        coordinates.check(&name)?;
        same_volume(phases, particles)?;
        let indices = coordinates.voxel_indices(particles);
        Ok(Self {
            name,
            classes: indices.map(|i| i.map_or(background, |i| phases.data()[i])),
            particles: indices.map(|i| i.map_or(0, |i| particles.data()[i])),
            inside: indices.map(Option::is_some),
            pixel_um,
        })
    }

    pub(super) fn check(&self, classes: usize) -> Result<(), StereologyError> {
        let name = &self.name;
        same_shape(
            (&format!("the particles of {name}"), &self.particles),
            ("its class raster", &self.classes),
        )?;
        same_shape(
            (&format!("the mask of {name}"), &self.inside),
            ("its class raster", &self.classes),
        )?;
        match self.classes.data().iter().max() {
            Some(&found) if usize::from(found) >= classes => Err(StereologyError::UnknownClass {
                what: name.clone(),
                found,
                expected: classes,
            }),
            _ => Ok(()),
        }
    }
}

pub(crate) fn same_shape<A, B>(
    (what, a): (&str, &Raster<A>),
    (with, b): (&str, &Raster<B>),
) -> Result<(), StereologyError> {
    if (a.rows(), a.cols()) == (b.rows(), b.cols()) {
        return Ok(());
    }
    Err(StereologyError::Shape {
        what: what.to_owned(),
        found: vec![a.rows(), a.cols()],
        with: with.to_owned(),
        expected: vec![b.rows(), b.cols()],
    })
}

pub(super) fn same_volume(
    phases: &Volume<u8>,
    particles: &Volume<u32>,
) -> Result<(), StereologyError> {
    if phases.shape() == particles.shape() {
        return Ok(());
    }
    Err(StereologyError::Shape {
        what: "the particle volume".to_owned(),
        found: particles.shape().to_vec(),
        with: "the phase volume".to_owned(),
        expected: phases.shape().to_vec(),
    })
}
