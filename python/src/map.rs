//! Mineral maps whose place in the volume is known.

use corelith_core::{Minerals, PlacedMap, Raster, Role, UNMEASURED};
use numpy::PyUntypedArrayMethods as _;
use pyo3::prelude::*;

use crate::array::Argument;
use crate::failure::{setting_error, shape_error};

/// A map as Python hands it over.
#[derive(FromPyObject)]
pub struct MapArgument<'py> {
    name: String,
    role: String,
    classes: Bound<'py, PyAny>,
    coords_vox: Bound<'py, PyAny>,
    pixel_um: f64,
}

impl MapArgument<'_> {
    /// The placed map, and what it is used for.
    pub fn placed(&self) -> PyResult<(Role, PlacedMap)> {
        let py = self.classes.py();
        let role = match self.role.as_str() {
            "training" => Role::Training,
            "validation" => Role::Validation,
            other => {
                return Err(setting_error(
                    py,
                    format!(
                        "map `{}`: expected the role training or validation, found {other}",
                        self.name
                    ),
                ));
            }
        };
        let map = PlacedMap {
            name: self.name.clone(),
            classes: Argument::raster("classes")
                .read::<u8>(&self.classes)?
                .raster()?,
            coords_vox: self.coords()?,
            pixel_um: self.pixel_um,
        };
        if !(map.pixel_um.is_finite() && map.pixel_um > 0.0) {
            return Err(setting_error(
                py,
                format!(
                    "map `{}`: expected `pixel_um` above 0, found {}",
                    map.name, map.pixel_um
                ),
            ));
        }
        Ok((role, map))
    }

    fn coords(&self) -> PyResult<[Raster<f32>; 3]> {
        let py = self.classes.py();
        let argument = Argument {
            name: "coords_vox",
            axes: &["x y z", "row", "column"],
        };
        let classes = Argument::raster("classes").untyped(&self.classes)?;
        let coords = argument.read::<f32>(&self.coords_vox)?;
        let expected = [&[3], classes.shape()].concat();
        if coords.shape() != expected {
            return Err(shape_error(
                py,
                format!(
                    "map `{}`: expected `coords_vox` of shape {expected:?}, as `classes` has {:?}, \
                     found {:?}",
                    self.name,
                    classes.shape(),
                    coords.shape()
                ),
            ));
        }
        let [rows, cols] = [expected[1], expected[2]];
        let values = coords.values()?;
        Ok(std::array::from_fn(|axis| {
            let part = &values[axis * rows * cols..][..rows * cols];
            Raster::new(part.to_vec(), rows, cols).expect("its shape was checked")
        }))
    }
}

/// All of them, pixels of minerals that count nowhere as unmeasured.
pub fn placed_maps(
    maps: &[MapArgument<'_>],
    minerals: &Minerals,
) -> PyResult<Vec<(Role, PlacedMap)>> {
    let mut placed = placed_maps_as_they_are(maps)?;
    for (_, map) in &mut placed {
        leave_out_ignored(&mut map.classes, minerals);
    }
    Ok(placed)
}

/// All of them, where no mineral list says which pixels count nowhere.
pub fn placed_maps_as_they_are(maps: &[MapArgument<'_>]) -> PyResult<Vec<(Role, PlacedMap)>> {
    maps.iter().map(MapArgument::placed).collect()
}

/// Makes pixels of minerals that count nowhere unmeasured, as the readers of maps do.
pub fn leave_out_ignored(classes: &mut Raster<u8>, minerals: &Minerals) {
    for class in classes.data_mut() {
        if minerals.is_ignored(*class) {
            *class = UNMEASURED;
        }
    }
}
