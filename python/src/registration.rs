//! Where a mineral map lies in a volume.

use corelith_core::{CtFromMap, Region, Volume};
use corelith_pipeline::tell_notes;
use corelith_registration::{MapInput, PreparedCt, Settings, Whereabouts};
use pyo3::prelude::*;

use crate::array::{Argument, array_of_coords, spacing_of};
use crate::failure::setting_error;
use crate::map::leave_out_ignored;
use crate::minerals::minerals_of;
use crate::settings::{json, settings};
use crate::work::{compute, computed};

/// The arguments of [`register`] that are no arrays.
#[derive(FromPyObject)]
pub struct Question {
    name: String,
    minerals: String,
    spacing_um: [f64; 3],
    pixel_um: f64,
    start: Option<[[f64; 3]; 3]>,
    region: Option<String>,
    settings: String,
    seed: u64,
    device: String,
}

impl Question {
    fn whereabouts(&self, py: Python<'_>) -> PyResult<Option<Whereabouts>> {
        match (&self.start, &self.region) {
            (Some(_), Some(_)) => Err(setting_error(
                py,
                "give `start` or `region`, not both".to_owned(),
            )),
            (Some(start), None) => Ok(Some(Whereabouts::Start(CtFromMap::from(*start)))),
            (None, Some(region)) => {
                let region: Region = settings(py, "region", region)?;
                Ok(Some(Whereabouts::Region(region)))
            }
            (None, None) => Ok(None),
        }
    }
}

#[pyfunction]
pub fn register<'py>(
    ct: &Bound<'py, PyAny>,
    classes: &Bound<'py, PyAny>,
    bse: Option<&Bound<'py, PyAny>>,
    question: Question,
    listener: &Bound<'py, PyAny>,
) -> PyResult<(String, Bound<'py, PyAny>)> {
    let py = listener.py();
    let ct = Argument::volume("ct").read::<u16>(ct)?;
    let mut classes = Argument::raster("classes").read::<u8>(classes)?.raster()?;
    let bse = bse
        .map(|bse| Argument::raster("bse").read::<f32>(bse)?.raster())
        .transpose()?;
    let minerals = &minerals_of(py, &question.minerals)?;
    leave_out_ignored(&mut classes, minerals);
    let classes = &classes;
    let with: Settings = settings(py, "settings", &question.settings)?;
    let whereabouts = question.whereabouts(py)?;
    let compute = compute(py, &question.device)?;
    let view = ct.volume(spacing_of(py, question.spacing_um)?)?;
    let view: &Volume<u16> = &view;
    let (found, coords) = computed(listener, |progress| {
        let prepared = PreparedCt::new(view, &compute)?;
        let map = MapInput {
            name: &question.name,
            classes,
            minerals,
            bse: bse.as_ref(),
            pixel_size_um: question.pixel_um,
            whereabouts,
        };
        let found =
            corelith_registration::register(&prepared, &map, &with, question.seed, progress)?;
        let coords = found.coords(classes.rows(), classes.cols());
        tell_notes(&compute, progress);
        Ok((found, coords))
    })?;
    Ok((json(py, &found)?, array_of_coords(py, coords)?))
}
