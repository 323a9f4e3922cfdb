//! The minerals and the BSE image of a section, in whatever files they are.

use std::path::{Path, PathBuf};

use corelith_core::Progress;
use serde::Serialize;

use crate::bse::{Bse, invert, read_bse_at_scale, resin_is_bright};
use crate::elements::{ElementSettings, ElementStack};
use crate::image_file::ImageFile;
use crate::mosaic::{Mosaic, Stitching};
use crate::project_path::note_of_case;
use crate::several_images::names_several;
use crate::stack::{SaidPixel, said_pixel};
use crate::{
    BseSettings, Error, MapSettings, MineralList, MineralMap, SemMap, SemSection, project_path,
    read_mineral_map,
};

/// Pixel sizes further apart than this disagree: rounding in files is below, a wrong magnification
/// or binning far above.
const PIXEL_DISAGREEMENT: f64 = 0.02;

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
    /// What the project says of the size of a pixel, in micrometres.
    #[serde(skip)]
    pixel_um: f64,
    /// What is to be said of how the paths were understood.
    #[serde(skip)]
    path_notes: Vec<String>,
}

fn missing(file: &Path) -> Option<Error> {
    let found = std::fs::metadata(file);
    found.err().map(Error::read(file))
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
            pixel_um: self.pixel_size_um_of(map),
            path_notes: [Some(map.image()), map.bse.as_deref()]
                .into_iter()
                .flatten()
                .filter_map(|path| note_of_case(folder, path))
                .collect(),
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

    /// What is wrong with the files by themselves, whatever their colours stand for: missing, no
    /// images, damaged.
    pub fn file_errors(&self) -> Vec<Error> {
        let minerals: Vec<Option<Error>> = match &self.minerals {
            Minerals::Image(path) => vec![ImageFile::read(path, self.settings.page).err()],
            _ => self.files().iter().map(|file| missing(file)).collect(),
        };
        let bse: Vec<Option<Error>> = match &self.bse {
            Some(path) => {
                let page = self.bse_settings.page;
                vec![ImageFile::read_page(path, page, "bse_page").err()]
            }
            None => self.bse_files().iter().map(|file| missing(file)).collect(),
        };
        minerals.into_iter().chain(bse).flatten().collect()
    }

    /// Reads the minerals and the BSE image.
    ///
    /// # Errors
    /// Those of [`read_mineral_map`] and [`read_bse`](crate::read_bse); [`Error::Image`] for frames that do not fit
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
        let (mut map, bse, stitching) = match &self.minerals {
            Minerals::Image(path) => (read_mineral_map(path, list, &self.settings)?, None, None),
            Minerals::Elements(stack, settings) => {
                let map = stack.read(list, settings, self.settings.crop_px, progress)?;
                (map, None, None)
            }
            Minerals::Mosaic(mosaic) => {
                let read = mosaic.read(list, &self.settings, &self.bse_settings, progress)?;
                let bse = read.bse.map(|mut bse| {
                    if self.bse_settings.inverted {
                        invert(&mut bse.grey);
                    }
                    bse
                });
                (read.map, bse, Some(read.stitching))
            }
        };
        map.notes.extend(self.path_notes.clone());
        map.notes.extend(self.other_pixel_size(path, 1.0));
        let bse = match bse {
            Some(bse) => Some(Ok(bse)),
            None => self
                .bse
                .as_ref()
                .map(|file| self.read_bse(file, path, &map)),
        };
        let bse = bse.map(|read| read.map(|bse| self.held_against(bse, &map, list)));
        Ok((map, bse, stitching))
    }

    /// One BSE image of the whole section.
    fn read_bse(&self, file: &Path, map_path: &Path, map: &MineralMap) -> Result<Bse, Error> {
        // The crop of frames is none of the section that they make.
        let settings = BseSettings {
            map_crop_px: match self.is_mosaic() {
                true => None,
                false => self.bse_settings.map_crop_px,
            },
            ..self.bse_settings.clone()
        };
        let (mut bse, scale) = read_bse_at_scale(file, map_path, map, &settings)?;
        bse.notes.extend(self.other_pixel_size(file, scale));
        Ok(bse)
    }

    /// A note where the minerals say that bright and dark are exchanged.
    fn held_against(&self, mut bse: Bse, map: &MineralMap, list: &MineralList) -> Bse {
        let resin = list.minerals.background();
        if resin_is_bright(&bse.grey, &map.classes, resin) {
            let cure = match self.bse_settings.inverted {
                true => "take `bse_inverted` away",
                false => "set `bse_inverted = true` for the map",
            };
            bse.notes.push(format!(
                "`{}` is brighter than every mineral of the map, and resin is the darkest of all in a \
                 BSE image: when its bright and dark are exchanged, {cure}; when minerals that are \
                 bright are dark in it, too, the minerals of the map are not those of the list",
                list.minerals.name(resin)
            ));
        }
        bse
    }

    /// A sentence where a file states another size of its pixels than the project; `scale` of them,
    /// along each side, are a pixel of the map.
    fn other_pixel_size(&self, file: &Path, scale: f64) -> Option<String> {
        let SaidPixel { xy_um, source } = said_pixel(file).ok()??;
        let expected = self.pixel_um / scale;
        let differs = |um: &f64| (um / expected - 1.0).abs() > PIXEL_DISAGREEMENT;
        let rounded = |um: f64| (um * 1e4).round() / 1e4;
        let of_map = match scale {
            1.0 => String::new(),
            _ => format!(
                ", so {} um a pixel of the map, of which {} are one",
                rounded(xy_um[0] * scale),
                rounded(scale)
            ),
        };
        xy_um.iter().any(differs).then(|| {
            format!(
                "{} states pixels of {} x {} um ({source}){of_map}; the project says {} um \
                 (`pixel_size_um`): correct the one that is wrong",
                file.file_name().unwrap_or_default().to_string_lossy(),
                rounded(xy_um[0]),
                rounded(xy_um[1]),
                self.pixel_um
            )
        })
    }
}
