use std::fs;
use std::path::{Path, PathBuf};

use corelith_core::{Minerals, Progress, Raster, Spacing, Volume};
use rayon::prelude::*;
use serde::Serialize;

use crate::{
    Compression, CtSection, Error, Role, SemMap, SemSection, StackLayout, VoxelSize,
    write_mineral_map, write_minerals, write_slice,
};

/// One mineral map of a [`Dataset`].
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetMap {
    /// Class labels, rows of the mineral list.
    pub classes: Raster<u8>,
    /// BSE grey values, of the same size.
    pub bse: Raster<u8>,
    /// What the map is used for.
    pub role: Role,
}

/// A whole sample as a user has it, but for the CT slices: mineral maps and the project file.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Name of the sample.
    pub name: String,
    /// Size fraction in micrometres, such as `63-100`.
    pub fraction_um: String,
    /// Distance between the voxels of the CT.
    pub spacing: Spacing,
    /// Mineral maps.
    pub maps: Vec<DatasetMap>,
    /// Mineral list.
    pub minerals: Minerals,
    /// Pixel size of the maps in micrometres.
    pub pixel_size_um: f64,
}

const PROJECT_FILE: &str = "sample.toml";

#[derive(Serialize)]
struct ProjectFile<'a> {
    name: &'a str,
    fraction_um: &'a str,
    ct: CtSection,
    sem: SemSection,
}

/// Takes away files that an earlier, larger data set left in a folder: a pattern would take them for part of
/// this one. They have `limit` or more behind the prefix.
fn remove_left_over(folder: &Path, prefix: &str, limit: usize) -> Result<(), Error> {
    let number = |name: &str| -> Option<usize> {
        let digits = name.strip_prefix(prefix)?;
        digits
            .split(|c: char| !c.is_ascii_digit())
            .next()?
            .parse()
            .ok()
    };
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry.map_err(Error::read(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if number(&name).is_some_and(|number| number >= limit) {
            fs::remove_file(&path).map_err(Error::write(&path))?;
        }
    }
    Ok(())
}

/// Writes a sample: `ct/slice_0000.tif` and so on, `sem/map_0.png`, `sem/map_0_bse.tif`,
/// `sem/minerals.csv` and, last, `sample.toml`, the project file.
///
/// Files of that layout that are in the folder already are replaced or taken away; others stay.
#[derive(Debug)]
pub struct DatasetWriter {
    dir: PathBuf,
    slice: StackLayout,
}

impl DatasetWriter {
    /// Begins a sample whose CT has `[nz, ny, nx]` voxels.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn create(dir: &Path, [nz, ny, nx]: [usize; 3], spacing: Spacing) -> Result<Self, Error> {
        let project_file = dir.join(PROJECT_FILE);
        if project_file.exists() {
            // Until the new data are complete there is no project file that could be run.
            fs::remove_file(&project_file).map_err(Error::write(&project_file))?;
        }
        remove_left_over(&dir.join("ct"), "slice_", nz)?;
        Ok(Self {
            dir: dir.to_owned(),
            slice: StackLayout {
                compression: Compression::DeflateDifferences,
                ..StackLayout::new([1, ny, nx], spacing)
            },
        })
    }

    /// Writes some slices of the CT, from the `first` on.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub fn write_slices(&self, first: usize, slices: &[u16]) -> Result<(), Error> {
        let [_, ny, nx] = self.slice.shape;
        slices
            .par_chunks(ny * nx)
            .enumerate()
            .try_for_each(|(i, slice)| {
                let path = self.dir.join(format!("ct/slice_{:04}.tif", first + i));
                write_slice(&path, slice, self.slice)
            })
    }

    /// Writes the rest, and returns the project file.
    ///
    /// # Errors
    /// [`Error::Write`], [`Error::Encode`] for a class that is not in the mineral list.
    pub fn finish(self, dataset: &Dataset) -> Result<PathBuf, Error> {
        let dir = &self.dir;
        remove_left_over(&dir.join("sem"), "map_", dataset.maps.len())?;
        let mut maps = Vec::new();
        for (i, map) in dataset.maps.iter().enumerate() {
            let mineral_map = PathBuf::from(format!("sem/map_{i}.png"));
            let bse = PathBuf::from(format!("sem/map_{i}_bse.tif"));
            write_mineral_map(&dir.join(&mineral_map), &map.classes, &dataset.minerals)?;
            let layout = StackLayout::new(
                [1, map.bse.rows(), map.bse.cols()],
                Spacing::isotropic(dataset.pixel_size_um),
            );
            write_slice(&dir.join(&bse), map.bse.data(), layout)?;
            maps.push(SemMap {
                bse: Some(bse),
                ..SemMap::new(mineral_map, map.role)
            });
        }
        let minerals = &dataset.minerals;
        write_minerals(&dir.join("sem/minerals.csv"), minerals)?;
        let project = ProjectFile {
            name: &dataset.name,
            fraction_um: &dataset.fraction_um,
            ct: CtSection::new("ct/slice_*.tif".into(), VoxelSize(dataset.spacing)),
            sem: SemSection::new(
                "sem/minerals.csv".into(),
                minerals.name(minerals.background()).to_owned(),
                dataset.pixel_size_um,
                maps,
            ),
        };
        let project_file = dir.join(PROJECT_FILE);
        crate::write_toml(&project_file, &project)?;
        Ok(project_file)
    }
}

/// Writes a sample whose CT is in memory; returns the project file. See [`DatasetWriter`].
///
/// # Errors
/// Those of [`DatasetWriter`], and cancellation.
pub fn write_dataset(
    dir: &Path,
    dataset: &Dataset,
    ct: &Volume<u16>,
    progress: &dyn Progress,
) -> Result<PathBuf, Error> {
    let writer = DatasetWriter::create(dir, ct.shape(), dataset.spacing)?;
    let slices = ct.shape()[0];
    progress.start("writing slices", slices as u64);
    (0..slices).into_par_iter().try_for_each(|z| {
        progress.check()?;
        writer.write_slices(z, ct.slice(z))?;
        progress.advance(1);
        Ok::<_, Error>(())
    })?;
    progress.finish();
    writer.finish(dataset)
}
