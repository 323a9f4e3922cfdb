//! Zeiss `.txm`: a reconstruction of an Xradia microscope in an OLE2 file.
//!
//! The streams are those that dxchange reads (`dxchange.reader.read_txm`): `ImageInfo` holds the
//! size, the type and the voxel size, `ImageData1/Image1` and on the slices, a hundred a storage.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cfb::CompoundFile;

use super::raw_voxels::voxels_of;
use super::sample::Depth;
use super::store::{Opened, SliceReader, SliceStore};
use super::voxels::Voxels;
use crate::regular_file::open_regular_file;
use crate::{Error, SaidSpacing, SpacingSource};

/// Slices a storage.
const IMAGES_A_STORAGE: usize = 100;

/// Projections turn by more than this, in degrees; slices of a reconstruction do not.
const TURN_DEG: f32 = 30.0;

fn stream(file: &mut CompoundFile<File>, name: &str, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.open_stream(name)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn u32_of(file: &mut CompoundFile<File>, name: &str) -> Option<u32> {
    let bytes = stream(file, name, 4).ok()?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

fn f32s_of(file: &mut CompoundFile<File>, name: &str) -> Vec<f32> {
    let bytes = stream(file, name, 1 << 24).unwrap_or_default();
    let chunks = bytes.as_chunks().0;
    chunks.iter().map(|&b| f32::from_le_bytes(b)).collect()
}

/// Opens a `.txm`.
pub(super) fn open(path: &Path) -> Result<Opened, Error> {
    let wrong = |problem: String| Error::Volume {
        path: path.to_owned(),
        problem,
    };
    let mut file = CompoundFile::open(open_regular_file(path)?).map_err(|e| {
        wrong(format!(
            "it begins as a Zeiss file does (OLE2), but cannot be followed: {e}; copy it again"
        ))
    })?;
    let mut number = |name: &str| {
        u32_of(&mut file, &format!("ImageInfo/{name}"))
            .map(|n| n as usize)
            .ok_or_else(|| {
                wrong(format!(
                    "it is an OLE2 file without `ImageInfo/{name}`, so no Zeiss .txm; expected a \
                     reconstruction of an Xradia microscope"
                ))
            })
    };
    let (cols, rows) = (number("ImageWidth")?, number("ImageHeight")?);
    let (images, type_code) = (number("NoOfImages")?, number("DataType")?);
    let depth = match type_code {
        3 => Depth::U8,
        5 => Depth::U16,
        10 => Depth::F32,
        other => return Err(wrong(format!("voxels of Zeiss type {other} are not read"))),
    };
    let angles = f32s_of(&mut file, "ImageInfo/Angles");
    let turn = angles.iter().fold([f32::MAX, f32::MIN], |[low, high], &a| {
        [low.min(a), high.max(a)]
    });
    let is_turned = angles.len() > 1 && turn[1] - turn[0] > TURN_DEG;
    let ending = path.extension().unwrap_or_default();
    if is_turned || ending.eq_ignore_ascii_case("txrm") {
        return Err(wrong(format!(
            "it holds {images} projections{}, and no slices; open the reconstruction (.txm) instead",
            match is_turned {
                true => format!(", taken from {} to {} degrees", turn[0], turn[1]),
                false => " by its ending (.txrm)".to_owned(),
            }
        )));
    }
    let slice_bytes = cols
        .checked_mul(rows)
        .and_then(|n| n.checked_mul(depth.bytes()))
        .filter(|n| *n > 0 && images > 0);
    let size = std::fs::metadata(path).map_err(Error::read(path))?.len();
    let needed = slice_bytes.and_then(|n| (n as u64).checked_mul(images as u64));
    if needed.is_none_or(|needed| needed > size) {
        return Err(wrong(format!(
            "its header gives {cols} x {rows} x {images} voxels, and the file has {size} bytes, \
             too few for them; copy it again"
        )));
    }
    let pixel_um = f32s_of(&mut file, "ImageInfo/PixelSize")
        .first()
        .map(|&um| f64::from(um))
        .and_then(|um| format!("{um:.6e}").parse::<f64>().ok());
    Ok(Opened {
        files: vec![path.to_owned()],
        beside: Vec::new(),
        places: Vec::new(),
        shape: [images, rows, cols],
        depth,
        spacing: SaidSpacing::new([pixel_um; 3], SpacingSource::Zeiss),
        white_is_zero: false,
        notes: Vec::new(),
        store: Arc::new(ZeissSlices {
            path: path.to_owned(),
            slice_bytes: slice_bytes.unwrap_or(0),
            depth,
        }),
    })
}

#[derive(Debug)]
struct ZeissSlices {
    path: PathBuf,
    slice_bytes: usize,
    depth: Depth,
}

impl SliceStore for ZeissSlices {
    fn check_headers(&self) -> Result<(), Error> {
        // One header, whose sizes were held against that of the file when it was opened.
        Ok(())
    }

    fn reader(&self, z: usize) -> Result<Box<dyn SliceReader + '_>, Error> {
        let file =
            CompoundFile::open(open_regular_file(&self.path)?).map_err(Error::read(&self.path))?;
        Ok(Box::new(ZeissReader {
            slices: self,
            file,
            z,
        }))
    }
}

struct ZeissReader<'a> {
    slices: &'a ZeissSlices,
    file: CompoundFile<File>,
    z: usize,
}

impl SliceReader for ZeissReader<'_> {
    fn next_slice(&mut self) -> Result<Voxels, Error> {
        let (z, expected) = (self.z, self.slices.slice_bytes);
        let name = format!("ImageData{}/Image{}", z / IMAGES_A_STORAGE + 1, z + 1);
        let damaged = |reason: String| Error::Page {
            path: self.slices.path.clone(),
            slice: z,
            reason,
        };
        let bytes = stream(&mut self.file, &name, expected as u64)
            .map_err(|e| damaged(format!("the stream `{name}` cannot be read ({e})")))?;
        if bytes.len() != expected {
            return Err(damaged(format!(
                "the stream `{name}` has {} bytes, expected {expected}",
                bytes.len()
            )));
        }
        self.z += 1;
        Ok(voxels_of(bytes, self.slices.depth, true))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use corelith_core::{Silent, Spacing, Volume};

    use super::super::read::VolumeSource;
    use super::*;

    fn write(path: &Path, streams: &[(String, Vec<u8>)]) {
        let mut file = cfb::create(path).unwrap();
        for (name, bytes) in streams {
            let folder = Path::new(name).parent().unwrap();
            file.create_storage_all(folder).unwrap();
            let mut stream = file.create_stream(name).unwrap();
            stream.write_all(bytes).unwrap();
        }
        file.flush().unwrap();
    }

    /// 102 slices of 3 x 2 voxels of 2.296 um, so that they need two storages.
    fn streams(angles: &[f32]) -> Vec<(String, Vec<u8>)> {
        let mut streams: Vec<(String, Vec<u8>)> = [
            ("ImageWidth", 3_u32.to_le_bytes()),
            ("ImageHeight", 2_u32.to_le_bytes()),
            ("NoOfImages", 102_u32.to_le_bytes()),
            ("DataType", 5_u32.to_le_bytes()),
            ("PixelSize", 2.296_f32.to_le_bytes()),
        ]
        .iter()
        .map(|(name, bytes)| (format!("ImageInfo/{name}"), bytes.to_vec()))
        .collect();
        let angles = angles.iter().flat_map(|a| a.to_le_bytes()).collect();
        streams.push(("ImageInfo/Angles".to_owned(), angles));
        for z in 0..102_u16 {
            let name = format!("ImageData{}/Image{}", z / 100 + 1, z + 1);
            let voxels = (0..6).flat_map(|i| (10 * z + i).to_le_bytes()).collect();
            streams.push((name, voxels));
        }
        streams
    }

    #[test]
    fn a_reconstruction_is_read_with_its_voxel_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txm");
        write(&path, &streams(&[0.0; 102]));
        let source = VolumeSource::open(&path).unwrap();
        assert_eq!(source.spacing(), Some(Spacing::isotropic(2.296)));
        let read: Volume<u16> = source.read(Spacing::isotropic(1.0), &Silent).unwrap();
        assert_eq!(read.shape(), [102, 2, 3]);
        assert_eq!([read.at(2, 1, 0), read.at(0, 1, 101)], [5, 1013]);
    }

    #[test]
    fn projections_and_missing_slices_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txrm");
        let angles: Vec<f32> = (0..102).map(|i| i as f32 * 3.5 - 180.0).collect();
        write(&path, &streams(&angles));
        let error = VolumeSource::open(&path).unwrap_err().to_string();
        assert!(error.contains("102 projections"), "{error}");

        write(&path, &streams(&[0.0; 102]));
        let error = VolumeSource::open(&path).unwrap_err().to_string();
        assert!(error.contains("projections by its ending"), "{error}");

        let path = folder.path().join("a.txm");
        let mut fewer = streams(&[]);
        fewer.retain(|(name, _)| name != "ImageData2/Image101");
        write(&path, &fewer);
        let source = VolumeSource::open(&path).unwrap();
        let error = source.slice::<u16>(100).unwrap_err().to_string();
        assert!(error.contains("slice 100"), "{error}");
    }
}
