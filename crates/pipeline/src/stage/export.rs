//! The volumes of a sample as viewers open them.

use std::path::{Path, PathBuf};

use corelith_core::{Minerals, settings, words};
use corelith_io::{LabelValue, OmeZarr, VolumeSource};
use serde::Serialize;

use super::segment::Segmented;
use crate::results::StoredVolume;
use crate::resume::{Stage, StageFiles};
use crate::{Context, Error};

/// The OME-Zarr image, relative to the results.
pub const OME_ZARR: &str = "sample.ome.zarr";

words! {
    /// A form that volumes are written in.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub enum Format {
        /// TIFF stacks alone, which everything opens.
        #[default]
        Tiff = "tiff",
        /// One OME-Zarr image beside them: compressed, at several resolutions, with labels in the
        /// colours of the mineral list.
        OmeZarr = "ome-zarr",
    }
}

settings! {
    /// What is written for viewers.
    pub struct Settings {
        /// How CT, phases and particles are written.
        pub format: Format = Format::default();
    }
}

/// Writes CT, phases and particles as one OME-Zarr image with labels.
#[derive(Serialize)]
pub struct ExportOmeZarr<'a> {
    /// Name of the sample.
    pub name: &'a str,
    /// The CT volume.
    pub ct: &'a StoredVolume<u16>,
    /// Phases and particles.
    pub segmented: &'a Segmented,
    /// The mineral list, without densities.
    pub minerals: &'a Minerals,
}

impl ExportOmeZarr<'_> {
    /// Kind and name of the stage: `export ome-zarr`.
    pub const NAME: [&'static str; 2] = ["export", "ome-zarr"];
}

impl Stage for ExportOmeZarr<'_> {
    const VERSION: u32 = 1;
    type Outputs = ();

    fn name(&self) -> String {
        Self::NAME.join(" ")
    }

    fn run(&self, context: &Context<'_>) -> Result<Vec<PathBuf>, Error> {
        let progress = context.progress;
        let ct = VolumeSource::open(self.ct.path())?;
        let mut image = OmeZarr::create(
            &context.result(OME_ZARR),
            self.name,
            ct.shape(),
            self.ct.spacing(),
        )?;
        image.write_greys(ct.slices(), progress)?;
        let (values, label_of_class) = phase_labels(self.minerals);
        let phases = VolumeSource::open(self.segmented.phases.path())?;
        let phases = phases
            .slices()
            .map(|slice| Ok(slice?.map(|&class: &u8| label_of_class[usize::from(class)])));
        image.write_labels("phases", phases, &values, progress)?;
        let particles = VolumeSource::open(self.segmented.particles.path())?;
        image.write_labels::<u32>("particles", particles.slices(), &[], progress)?;
        let files = image.finish()?;
        Ok(files
            .iter()
            .map(|file| Path::new(OME_ZARR).join(file))
            .collect())
    }

    fn outputs(&self, _files: &StageFiles) -> Result<Self::Outputs, Error> {
        Ok(())
    }
}

/// What labels stand for, and the label of every class. Viewers show nothing where a label is 0, so
/// that is the background, wherever the list has it; the others follow in the order of the list.
fn phase_labels(minerals: &Minerals) -> (Vec<LabelValue>, Vec<u8>) {
    let background = minerals.background();
    let value = |class: u8| match class {
        class if class == background => 0,
        class if class < background => class + 1,
        class => class,
    };
    let rows = || (0..).zip(minerals.rows());
    let values = rows().map(|(class, mineral)| {
        let [r, g, b] = mineral.rgb;
        LabelValue {
            value: value(class).into(),
            name: mineral.name.clone(),
            rgba: [r, g, b, if class == background { 0 } else { 255 }],
        }
    });
    (
        values.collect(),
        rows().map(|(class, _)| value(class)).collect(),
    )
}

#[cfg(test)]
mod tests {
    use corelith_core::Mineral;

    use super::*;

    #[test]
    fn the_background_is_what_viewers_do_not_show() {
        let rows = ["Quartz", "Pyrite", "Resin", "Glass"].map(|name| Mineral {
            name: name.to_owned(),
            rgb: [name.len() as u8, name.as_bytes()[0], 0],
            density_g_cm3: None,
        });
        let minerals = Minerals::new(rows.into(), "Resin").unwrap();
        let (values, label_of_class) = phase_labels(&minerals);
        assert_eq!(label_of_class, [1, 2, 0, 3]);
        assert_eq!(values[2].name, "Resin");
        assert_eq!((values[2].value, values[2].rgba[3]), (0, 0));
        assert_eq!((values[0].value, values[0].rgba[3]), (1, 255));
    }
}
