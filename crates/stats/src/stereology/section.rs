use corelith_core::{PlacedMap, Raster, UNMEASURED, Volume};

use super::StereologyError;
use super::cut::nearest;

/// A labelled section through the sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Name in messages: that of the map.
    pub name: String,
    /// Rows of the mineral list, where [`Section::counted`].
    pub classes: Raster<u8>,
    /// Particle of the 3D result at each pixel, 0 for none.
    pub particles: Raster<u32>,
    /// Pixels inside the CT volume that were measured; nothing is counted elsewhere.
    pub counted: Raster<bool>,
    /// Distance between pixel centres in micrometres.
    pub pixel_um: f64,
}

impl Section {
    /// A measured map, where it was found in the CT. Its pixels take the particle ids of the
    /// nearest voxels of the 3D result, so that touching particles are apart on the map as they
    /// are in 3D. Pixels that were not measured are not counted.
    ///
    /// # Errors
    /// When shapes differ.
    pub fn measured(map: &PlacedMap, particles: &Volume<u32>) -> Result<Self, StereologyError> {
        let voxels = voxel_indices(map, particles.shape())?;
        Ok(Self {
            name: map.name.clone(),
            classes: map.classes.clone(),
            particles: voxels.map(|i| i.map_or(0, |i| particles.data()[i])),
            counted: counted(map, &voxels),
            pixel_um: map.pixel_um,
        })
    }

    /// The 3D result at the pixels of a map: classes and particles of the nearest voxels. Only
    /// pixels that the map measured are counted, so that the two are alike.
    ///
    /// # Errors
    /// When shapes differ.
    pub fn virtual_cut(
        map: &PlacedMap,
        phases: &Volume<u8>,
        particles: &Volume<u32>,
        background: u8,
    ) -> Result<Self, StereologyError> {
        same_volume(phases, particles)?;
        let voxels = voxel_indices(map, particles.shape())?;
        Ok(Self {
            name: map.name.clone(),
            classes: voxels.map(|i| i.map_or(background, |i| phases.data()[i])),
            particles: voxels.map(|i| i.map_or(0, |i| particles.data()[i])),
            counted: counted(map, &voxels),
            pixel_um: map.pixel_um,
        })
    }

    pub(super) fn check(&self, classes: usize) -> Result<(), StereologyError> {
        let name = &self.name;
        same_shape(
            (&format!("the particles of {name}"), &self.particles),
            ("its class raster", &self.classes),
        )?;
        same_shape(
            (&format!("the mask of {name}"), &self.counted),
            ("its class raster", &self.classes),
        )?;
        let pixels = self.classes.data().iter().zip(self.counted.data());
        let counted = pixels.filter(|(_, counted)| **counted);
        match counted.map(|(class, _)| *class).max() {
            Some(found) if usize::from(found) >= classes => Err(StereologyError::UnknownClass {
                what: name.clone(),
                found,
                expected: classes,
            }),
            _ => Ok(()),
        }
    }
}

/// The voxel nearest to each pixel; none outside the volume.
fn voxel_indices(
    map: &PlacedMap,
    shape: [usize; 3],
) -> Result<Raster<Option<usize>>, StereologyError> {
    for (axis, raster) in ["x", "y", "z"].into_iter().zip(&map.coords_vox) {
        same_shape(
            (
                &format!("the {axis} coordinates of the map {}", map.name),
                raster,
            ),
            ("the map", &map.classes),
        )?;
    }
    Ok(Raster::from_fn(
        map.classes.rows(),
        map.classes.cols(),
        |col, row| {
            let point = map
                .coords_vox
                .each_ref()
                .map(|raster| f64::from(raster.at(col, row)));
            nearest(shape, point)
        },
    ))
}

fn counted(map: &PlacedMap, voxels: &Raster<Option<usize>>) -> Raster<bool> {
    Raster::from_fn(map.classes.rows(), map.classes.cols(), |col, row| {
        map.classes.at(col, row) != UNMEASURED && voxels.at(col, row).is_some()
    })
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
