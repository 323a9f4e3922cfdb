use std::path::Path;

use corelith_core::{Raster, Spacing};

use crate::{Error, StackLayout, StackWriter, VolumeSource};

/// Writes where every map pixel lies in the CT volume: float32, three pages x, y, z in CT voxels
/// (voxel centres are integers). `pixel_size_um` is the spacing that viewers show.
///
/// # Errors
/// [`Error::Incomplete`] when the rasters differ in size, [`Error::Write`].
pub fn write_map_coordinates(
    path: &Path,
    xyz_vox: [&Raster<f32>; 3],
    pixel_size_um: f64,
) -> Result<(), Error> {
    let [x, ..] = xyz_vox;
    let layout = StackLayout::new([3, x.rows(), x.cols()], Spacing::isotropic(pixel_size_um));
    let mut writer = StackWriter::create(path, layout)?;
    for axis in xyz_vox {
        writer.write_slice(axis.data())?;
    }
    writer.finish()
}

/// Reads what [`write_map_coordinates`] wrote: x, y, z in CT voxels.
///
/// # Errors
/// When the file is unreadable, is not float, or has not three pages.
pub fn read_map_coordinates(path: &Path) -> Result<[Raster<f32>; 3], Error> {
    let stack = VolumeSource::open(path)?;
    let pages = stack.slices().collect::<Result<Vec<_>, _>>()?;
    pages.try_into().map_err(|pages: Vec<_>| Error::Image {
        path: path.to_owned(),
        problem: format!(
            "{} pages, expected 3 (x, y, z in CT voxels); register the map again",
            pages.len()
        ),
    })
}
