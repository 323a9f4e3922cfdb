//! CT slices and mineral maps into the results folder.

use std::path::{Path, PathBuf};

use corelith_core::{Minerals, Raster, Spacing, UNMEASURED};
use corelith_io::{
    MineralList, MineralMap, RawLayout, SectionSource, StackLayout, Stitching, Unevenness,
    VolumeSource,
};
use serde::Serialize;

use crate::results::{
    Before, EveningRecord, ImportedCt, StoredEvening, StoredMap, StoredVolume, check_room,
    evened_ct,
};
use crate::resume::{Content, Stage, StageFiles};
use crate::{Context, Error};

/// The CT volume, relative to the results.
pub const CT: &str = "import/ct.tif";

/// What its greys were in the files, relative to the results.
const SCALE: &str = "import/ct_scale.json";

/// How its slices were evened, relative to the results.
const EVENING: &str = "import/ct_evening.json";

/// A section through it before and after that, relative to the results.
const EVENED: &str = "import/ct_evened.png";

/// Class labels of a map, relative to the results.
fn classes_file(map: &str) -> PathBuf {
    Path::new("import/maps").join(format!("{map}.tif"))
}

/// Backscatter image of a map, relative to the results.
fn bse_file(map: &str) -> PathBuf {
    Path::new("import/bse").join(format!("{map}.tif"))
}

/// Reads the CT slices.
#[derive(Serialize)]
pub struct ImportCt<'a> {
    /// The files, those of slices in the order of these.
    pub slices: &'a [Content],
    /// Distance between voxels, as the project says.
    pub spacing: Spacing,
    /// The channel that is read.
    pub channel: Option<usize>,
    /// How voxels lie in a file without a header.
    pub raw: Option<RawLayout>,
    /// The array of an HDF5 file.
    pub dataset: Option<&'a str>,
    /// What is evened.
    pub even: &'a [Unevenness],
    /// The opened slices, and what the names of chunks say of their places.
    pub source: &'a VolumeSource,
}

impl Stage for ImportCt<'_> {
    const VERSION: u32 = 2;
    type Outputs = ImportedCt;

    fn name(&self) -> String {
        "import".to_owned()
    }

    fn run(&self, context: &Context<'_>) -> Result<Vec<PathBuf>, Error> {
        check_room(Before::Import, self.source.shape(), context)?;
        let written = self
            .source
            .write_ct(&context.result(CT), self.spacing, context.progress)?;
        for note in &written.notes {
            context.say(&format!("  {note}"));
        }
        let said = self.source.said_spacing();
        if let Some(disagreement) = said.and_then(|said| said.disagreement(self.spacing)) {
            context.warn(&disagreement);
        }
        corelith_io::write_json(&context.result(SCALE), &written.scale)?;
        let [nz, ny, nx] = self.source.shape();
        let Spacing { x_um, y_um, z_um } = self.spacing;
        context.say(&format!(
            "  CT {nx} x {ny} x {nz} voxels of {x_um} x {y_um} x {z_um} um"
        ));
        let mut files = vec![CT.into(), SCALE.into()];
        if let Some(evening) = &written.evening {
            let record = EveningRecord::of(evening);
            corelith_io::write_json(&context.result(EVENING), &record)?;
            let picture = evened_ct(evening, self.spacing).picture;
            corelith_io::write_png(&context.result(EVENED), &picture)?;
            context.say(&format!(
                "  the CT before and after it was evened: {}",
                context.result(EVENED).display()
            ));
            files.extend([EVENING.into(), EVENED.into()]);
        }
        Ok(files)
    }

    fn outputs(&self, files: &StageFiles) -> Result<Self::Outputs, Error> {
        // Nothing is there when nothing was found to be uneven.
        let evening = files.get(EVENING).ok().zip(files.get(EVENED).ok());
        Ok(ImportedCt {
            volume: StoredVolume::new(files.get(CT)?, self.spacing),
            evening: evening.map(|(record, picture)| StoredEvening { record, picture }),
        })
    }
}

/// Where colours were taken for another one, relative to the results.
fn moved_file(map: &str) -> PathBuf {
    Path::new("import/moved").join(format!("{map}.png"))
}

/// Colour of pixels whose own colour is not in the list.
const MOVED_RGB: [u8; 3] = [255, 0, 255];

/// How the frames of a map were put together, relative to the results.
fn mosaic_file(map: &str, ending: &str) -> PathBuf {
    Path::new("import/mosaics").join(format!("{map}.{ending}"))
}

/// Borders of frames.
const BORDER_RGB: [u8; 3] = [255, 255, 255];

/// Reads one mineral map.
#[derive(Serialize)]
pub struct ImportMap<'a> {
    /// Name of the map.
    pub name: &'a str,
    /// What holds the minerals: an image, frames, or images of elements.
    pub images: &'a [Content],
    /// The backscatter image of the same field, or those of its frames.
    pub bse: &'a [Content],
    /// The mineral list, without densities.
    pub list: &'a MineralList,
    /// How the files are read.
    pub source: &'a SectionSource,
    /// Size of a pixel in micrometres.
    pub pixel_um: f64,
}

impl Stage for ImportMap<'_> {
    const VERSION: u32 = 2;
    type Outputs = StoredMap;

    fn name(&self) -> String {
        format!("import {}", self.name)
    }

    fn run(&self, context: &Context<'_>) -> Result<Vec<PathBuf>, Error> {
        let section = self.source.read(self.list, context.progress)?;
        let (map, bse) = (section.map, section.bse);
        for note in map.notes.iter().chain(bse.iter().flat_map(|b| &b.notes)) {
            context.say(&format!("  {note}"));
        }
        let shape = [1, map.classes.rows(), map.classes.cols()];
        let layout = StackLayout::new(shape, Spacing::isotropic(self.pixel_um));
        let mut written = vec![classes_file(self.name)];
        corelith_io::write_slice(&context.result(&written[0]), map.classes.data(), layout)?;
        if let Some(bse) = bse {
            let path = bse_file(self.name);
            corelith_io::write_slice(&context.result(&path), bse.grey.data(), layout)?;
            written.push(path);
        }
        if let Some(moved) = &map.moved {
            let path = moved_file(self.name);
            let picture = moved_picture(&map, moved, &self.list.minerals);
            corelith_io::write_png(&context.result(&path), &picture)?;
            context.say(&format!(
                "  pixels whose colour was taken for a mineral's: {}",
                context.result(&path).display()
            ));
            written.push(path);
        }
        if let Some(stitching) = &section.stitching {
            let record = mosaic_file(self.name, "json");
            corelith_io::write_json(&context.result(&record), stitching)?;
            let picture = mosaic_file(self.name, "png");
            let pixels = mosaic_picture(&map, stitching, &self.list.minerals);
            corelith_io::write_png(&context.result(&picture), &pixels)?;
            context.say(&format!(
                "  how the frames lie: {}",
                context.result(&picture).display()
            ));
            written.extend([record, picture]);
        }
        Ok(written)
    }

    fn outputs(&self, files: &StageFiles) -> Result<Self::Outputs, Error> {
        Ok(StoredMap {
            name: self.name.to_owned(),
            classes: files.get(classes_file(self.name))?,
            bse: (!self.bse.is_empty())
                .then(|| files.get(bse_file(self.name)))
                .transpose()?,
            pixel_um: self.pixel_um,
        })
    }
}

/// Compares the maps with each other: two of one section are a mistake.
#[derive(Serialize)]
pub struct CompareMaps<'a> {
    /// Names of the maps, and their class labels.
    pub maps: Vec<(&'a str, &'a Content)>,
    #[serde(skip)]
    stored: &'a [StoredMap],
}

impl<'a> CompareMaps<'a> {
    /// Of some maps.
    pub fn of(maps: &'a [StoredMap]) -> Self {
        Self {
            maps: maps.iter().map(|map| (&*map.name, &map.classes)).collect(),
            stored: maps,
        }
    }
}

impl Stage for CompareMaps<'_> {
    const VERSION: u32 = 1;
    type Outputs = ();

    fn name(&self) -> String {
        "compare maps".to_owned()
    }

    /// Fails when maps show one section: what is learned from it cannot be checked against it.
    fn run(&self, _: &Context<'_>) -> Result<Vec<PathBuf>, Error> {
        let classes = self.stored.iter().map(StoredMap::read_classes);
        let classes = classes.collect::<Result<Vec<_>, _>>()?;
        let names: Vec<String> = self.stored.iter().map(|map| map.name.clone()).collect();
        let classes: Vec<&Raster<u8>> = classes.iter().collect();
        corelith_io::check_sections_differ(&names, &classes)?;
        Ok(Vec::new())
    }

    fn outputs(&self, _: &StageFiles) -> Result<Self::Outputs, Error> {
        Ok(())
    }
}

/// The map, half as bright, with the pixels that were moved in a colour of their own.
fn moved_picture(map: &MineralMap, moved: &Raster<bool>, minerals: &Minerals) -> Raster<[u8; 3]> {
    Raster::from_fn(moved.rows(), moved.cols(), |col, row| {
        match map.classes.at(col, row) {
            _ if moved.at(col, row) => MOVED_RGB,
            UNMEASURED => [0; 3],
            class => minerals.rows()[usize::from(class)].rgb.map(|c| c / 2),
        }
    })
}

/// The section as it was put together, half as bright, with the borders of its frames.
fn mosaic_picture(map: &MineralMap, stitching: &Stitching, minerals: &Minerals) -> Raster<[u8; 3]> {
    let mut picture = map.classes.map(|&class| match class {
        UNMEASURED => [0; 3],
        class => minerals.rows()[usize::from(class)].rgb.map(|c| c / 2),
    });
    for frame in &stitching.frames {
        let ([left, top], [cols, rows]) = (frame.corner_px, frame.size_px);
        let across = (left..left + cols).flat_map(|x| [(x, top), (x, top + rows - 1)]);
        let down = (top..top + rows).flat_map(|y| [(left, y), (left + cols - 1, y)]);
        for (col, row) in across.chain(down) {
            let at = picture.index(col, row);
            picture.data_mut()[at] = BORDER_RGB;
        }
    }
    picture
}
