use std::fs;
use std::path::{Path, PathBuf};

use corelith_core::{Minerals, Progress, Raster, Volume};
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

/// A whole sample as a user has it: CT slices, mineral maps and the project file.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Name of the sample.
    pub name: String,
    /// Size fraction in micrometres, such as `63-100`.
    pub fraction_um: String,
    /// CT grey values with their spacing.
    pub ct: Volume<u16>,
    /// Mineral maps.
    pub maps: Vec<DatasetMap>,
    /// Mineral list.
    pub minerals: Minerals,
    /// Pixel size of the maps in micrometres.
    pub pixel_size_um: f64,
}

#[derive(Serialize)]
struct ProjectFile<'a> {
    name: &'a str,
    fraction_um: &'a str,
    ct: CtSection,
    sem: SemSection,
}

/// Takes away slices and maps that an earlier, larger data set left in the folder: a pattern would
/// take them for part of this one.
fn remove_left_over(dir: &Path, slices: usize, maps: usize) -> Result<(), Error> {
    let number_past = |name: &str, prefix: &str, limit: usize| {
        let digits = name
            .strip_prefix(prefix)?
            .split(|c: char| !c.is_ascii_digit())
            .next()?;
        Some(digits.parse::<usize>().ok()? >= limit)
    };
    for (folder, prefix, limit) in [("ct", "slice_", slices), ("sem", "map_", maps)] {
        let folder = dir.join(folder);
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.map_err(Error::read(&folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if number_past(&name, prefix, limit) == Some(true) {
                fs::remove_file(&path).map_err(Error::write(&path))?;
            }
        }
    }
    Ok(())
}

/// Writes a sample: `ct/slice_0000.tif` and so on, `sem/map_0.png`, `sem/map_0_bse.tif`,
/// `sem/minerals.csv` and, last, `sample.toml`, the project file. Returns its path.
///
/// Files of that layout that are in the folder already are replaced or taken away; others stay.
///
/// # Errors
/// [`Error::Write`], [`Error::Encode`] for a class that is not in the mineral list, cancellation.
pub fn write_dataset(
    dir: &Path,
    dataset: &Dataset,
    progress: &dyn Progress,
) -> Result<PathBuf, Error> {
    let project_file = dir.join("sample.toml");
    if project_file.exists() {
        // Until the new data are complete there is no project file that could be run.
        fs::remove_file(&project_file).map_err(Error::write(&project_file))?;
    }
    let [nz, ny, nx] = dataset.ct.shape();
    remove_left_over(dir, nz, dataset.maps.len())?;
    progress.start("writing slices", nz as u64);
    (0..nz).into_par_iter().try_for_each(|z| {
        progress.check()?;
        let layout = StackLayout {
            compression: Compression::DeflateDifferences,
            ..StackLayout::new([1, ny, nx], dataset.ct.spacing())
        };
        let path = dir.join(format!("ct/slice_{z:04}.tif"));
        write_slice(&path, dataset.ct.slice(z), layout)?;
        progress.advance(1);
        Ok::<_, Error>(())
    })?;
    progress.finish();

    let mut maps = Vec::new();
    for (i, map) in dataset.maps.iter().enumerate() {
        let mineral_map = PathBuf::from(format!("sem/map_{i}.png"));
        let bse = PathBuf::from(format!("sem/map_{i}_bse.tif"));
        write_mineral_map(&dir.join(&mineral_map), &map.classes, &dataset.minerals)?;
        let layout = StackLayout::new(
            [1, map.bse.rows(), map.bse.cols()],
            corelith_core::Spacing::isotropic(dataset.pixel_size_um),
        );
        write_slice(&dir.join(&bse), map.bse.data(), layout)?;
        maps.push(SemMap {
            bse: Some(bse),
            ..SemMap::new(mineral_map, map.role)
        });
    }
    write_minerals(&dir.join("sem/minerals.csv"), &dataset.minerals)?;
    let project = ProjectFile {
        name: &dataset.name,
        fraction_um: &dataset.fraction_um,
        ct: CtSection::new("ct/slice_*.tif".into(), VoxelSize(dataset.ct.spacing())),
        sem: SemSection::new(
            "sem/minerals.csv".into(),
            dataset
                .minerals
                .name(dataset.minerals.background())
                .to_owned(),
            dataset.pixel_size_um,
            maps,
        ),
    };
    crate::write_toml(&project_file, &project)?;
    Ok(project_file)
}
