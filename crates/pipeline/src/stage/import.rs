//! CT slices and mineral maps into the results folder.

use std::path::{Path, PathBuf};

use corelith_core::{Minerals, Spacing};
use corelith_io::{Compression, SemMap, StackLayout, StackWriter};
use serde::Serialize;

use crate::results::{StoredMap, StoredVolume};
use crate::resume::{Content, Stage, StageFiles};
use crate::{Context, Error};

/// The CT volume, relative to the results.
pub const CT: &str = "import/ct.tif";

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
    /// The slices, bottom first.
    pub slices: &'a [Content],
    /// Distance between voxels, as the project says.
    pub spacing: Spacing,
    /// Pattern, folder or file with the slices.
    #[serde(skip)]
    pub pattern: &'a Path,
}

impl Stage for ImportCt<'_> {
    const VERSION: u32 = 2;
    type Outputs = StoredVolume<u16>;

    fn name(&self) -> String {
        "import".to_owned()
    }

    fn run(&self, context: &Context<'_>) -> Result<Vec<PathBuf>, Error> {
        let ct = corelith_io::read_ct_stack(self.pattern, self.spacing, context.progress)?;
        // Uncompressed: every stage after reads it, and CT noise hardly shrinks.
        let layout = StackLayout {
            compression: Compression::None,
            ..StackLayout::new(ct.shape(), ct.spacing())
        };
        let mut writer = StackWriter::create(&context.result(CT), layout)?;
        let [nz, ny, nx] = ct.shape();
        for z in 0..nz {
            writer.write_slice(ct.slice(z))?;
        }
        writer.finish()?;
        let Spacing { x_um, y_um, z_um } = self.spacing;
        context.say(&format!(
            "  CT {nx} x {ny} x {nz} voxels of {x_um} x {y_um} x {z_um} um"
        ));
        Ok(vec![CT.into()])
    }

    fn outputs(&self, files: &StageFiles) -> Result<Self::Outputs, Error> {
        Ok(StoredVolume::new(files.get(CT)?, self.spacing))
    }
}

/// Reads one mineral map.
#[derive(Serialize)]
pub struct ImportMap<'a> {
    /// The colour image.
    pub image: &'a Content,
    /// The backscatter image of the same pixels.
    pub bse: Option<&'a Content>,
    /// The mineral list, without densities.
    pub minerals: &'a Minerals,
    /// Size of a pixel in micrometres.
    pub pixel_um: f64,
    /// What the project says of the map.
    #[serde(skip)]
    pub map: &'a SemMap,
}

impl Stage for ImportMap<'_> {
    const VERSION: u32 = 1;
    type Outputs = StoredMap;

    fn name(&self) -> String {
        format!("import {}", self.map.name())
    }

    fn run(&self, context: &Context<'_>) -> Result<Vec<PathBuf>, Error> {
        let name = self.map.name();
        let image = self.image.path();
        let classes = corelith_io::read_mineral_map(image, self.minerals)?;
        let [rows, cols] = [classes.rows(), classes.cols()];
        let bse = self
            .bse
            .map(|bse| corelith_io::read_bse(bse.path(), image, [cols, rows]))
            .transpose()?;
        let layout = StackLayout::new([1, rows, cols], Spacing::isotropic(self.pixel_um));
        let mut written = vec![classes_file(&name)];
        corelith_io::write_slice(&context.result(&written[0]), classes.data(), layout)?;
        if let Some(bse) = bse {
            let path = bse_file(&name);
            corelith_io::write_slice(&context.result(&path), bse.data(), layout)?;
            written.push(path);
        }
        Ok(written)
    }

    fn outputs(&self, files: &StageFiles) -> Result<Self::Outputs, Error> {
        let name = self.map.name();
        Ok(StoredMap {
            classes: files.get(classes_file(&name))?,
            bse: self.bse.map(|_| files.get(bse_file(&name))).transpose()?,
            pixel_um: self.pixel_um,
            name,
        })
    }
}
