//! The minerals and the BSE image of a section, in whatever files they are.

use std::path::{Path, PathBuf};

use corelith_core::Progress;
use serde::Serialize;

use crate::bse::Bse;
use crate::elements::{ElementSettings, ElementStack};
use crate::mosaic::{Mosaic, Stitching};
use crate::several_images::names_several;
use crate::{
    BseSettings, Error, MapSettings, MineralList, MineralMap, SemMap, SemSection, project_path,
    read_bse, read_mineral_map,
};

/// What holds the minerals.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Minerals {
    Image(#[serde(skip)] PathBuf),
    Mosaic(Box<Mosaic>),
    Elements(ElementStack, ElementSettings),
}

/// The files of a section and how they are read. It serialises as what the result depends on
/// besides what the files hold: settings, and what names of files and tables of positions say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SectionSource {
    minerals: Minerals,
    /// One BSE image of the whole section.
    #[serde(skip)]
    bse: Option<PathBuf>,
    settings: MapSettings,
    bse_settings: BseSettings,
}

/// A section as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Its minerals.
    pub map: MineralMap,
    /// Its BSE image, on the same pixels.
    pub bse: Option<Bse>,
    /// How its frames were put together, where it had several.
    pub stitching: Option<Stitching>,
}

impl SemSection {
    /// Opens the files of a map of a project file in a folder.
    ///
    /// # Errors
    /// [`Error::Image`] for frames and elements whose names do not say which they are;
    /// [`Error::Read`]. Single images are opened when they are read.
    pub fn open_map(&self, folder: &Path, map: &SemMap) -> Result<SectionSource, Error> {
        let image = project_path(folder, map.image());
        let mut bse = map.bse.as_ref().map(|bse| project_path(folder, bse));
        let minerals = if map.elements.is_some() {
            Minerals::Elements(ElementStack::open(&image)?, self.element_settings())
        } else if map.mosaic.is_some() || names_several(&image) {
            let settings = map.mosaic.clone().unwrap_or_default();
            // One BSE image of all frames lies on the section that they make.
            let of_frames = bse.take_if(|bse| names_several(bse));
            Minerals::Mosaic(Box::new(Mosaic::open(
                &image,
                of_frames.as_deref(),
                folder,
                &settings,
                self.pixel_size_um_of(map),
            )?))
        } else {
            Minerals::Image(image)
        };
        Ok(SectionSource {
            minerals,
            bse,
            settings: self.map_settings(map),
            bse_settings: map.bse_settings(),
        })
    }
}

impl SectionSource {
    /// The files that hold the minerals.
    pub fn files(&self) -> &[PathBuf] {
        match &self.minerals {
            Minerals::Image(path) => std::slice::from_ref(path),
            Minerals::Mosaic(mosaic) => mosaic.files(),
            Minerals::Elements(stack, _) => stack.files(),
        }
    }

    /// The files that hold the BSE image.
    pub fn bse_files(&self) -> &[PathBuf] {
        match (&self.minerals, &self.bse) {
            (Minerals::Mosaic(mosaic), None) => mosaic.bse_files(),
            (_, bse) => bse.as_slice(),
        }
    }

    /// Whether the section is put together from frames.
    pub fn is_mosaic(&self) -> bool {
        matches!(self.minerals, Minerals::Mosaic(_))
    }

    /// Whether the section has a BSE image.
    pub fn has_bse(&self) -> bool {
        !self.bse_files().is_empty()
    }

    /// Reads the minerals and the BSE image.
    ///
    /// # Errors
    /// Those of [`read_mineral_map`] and [`read_bse`]; [`Error::Image`] for frames that do not fit
    /// together and for rules that do not fit the elements; cancellation.
    pub fn read(&self, list: &MineralList, progress: &dyn Progress) -> Result<Section, Error> {
        let (map, bse, stitching) = self.read_apart(list, progress)?;
        Ok(Section {
            map,
            bse: bse.transpose()?,
            stitching,
        })
    }

    /// Reads the minerals, and the BSE image, which may fail by itself.
    ///
    /// # Errors
    /// Those of [`Self::read`] for the minerals; of a mosaic, also those for its BSE images, without
    /// which its frames are not placed.
    #[allow(clippy::type_complexity)]
    pub fn read_apart(
        &self,
        list: &MineralList,
        progress: &dyn Progress,
    ) -> Result<(MineralMap, Option<Result<Bse, Error>>, Option<Stitching>), Error> {
        let path = match &self.minerals {
            Minerals::Image(path) => path,
            _ => &self.files()[0],
        };
        let (map, bse, stitching) = match &self.minerals {
            Minerals::Image(path) => (read_mineral_map(path, list, &self.settings)?, None, None),
            Minerals::Elements(stack, settings) => {
                let map = stack.read(list, settings, self.settings.crop_px, progress)?;
                (map, None, None)
            }
            Minerals::Mosaic(mosaic) => {
                let read = mosaic.read(list, &self.settings, &self.bse_settings, progress)?;
                (read.map, read.bse, Some(read.stitching))
            }
        };
        let of_section = || {
            let bse = self.bse.as_ref()?;
            // The crop of frames is none of the section that they make.
            let settings = BseSettings {
                map_crop_px: match self.is_mosaic() {
                    true => None,
                    false => self.bse_settings.map_crop_px,
                },
                ..self.bse_settings.clone()
            };
            Some(read_bse(bse, path, &map, &settings))
        };
        let bse = bse.map(Ok).or_else(of_section);
        Ok((map, bse, stitching))
    }
}
