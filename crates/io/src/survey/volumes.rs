//! The CT: stacks of slices and volume files.

use std::path::Path;

use serde::Serialize;
use unicode_normalization::UnicodeNormalization as _;

use super::raw_headers::described;
use super::section_key::fraction_with_unit;
use super::series::{SLICES_MIN, Series};
use super::size::{StatedSize, StatedSizes, sizes_of_logs};
use super::walk::{FoundFile, said};
use crate::file_kind::FileKind;
use crate::manifest::{DatasetLock, Manifest, folded_name};
use crate::stack::is_zarr;
use crate::{Error, VolumeSource};

/// A volume that may be the CT.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoundVolume {
    /// Folder, pattern or file, as in a project file.
    pub slices: String,
    /// `[nz, ny, nx]`; `None` when it cannot be opened.
    pub shape: Option<[usize; 3]>,
    /// What one voxel is, in words.
    pub depth: String,
    /// The voxel sizes that its files, logs beside them and the data manifest state.
    pub voxel_size: StatedSizes,
    /// The size fraction that its path names, with a unit.
    pub fraction_um: Option<String>,
    /// Why it cannot be read as it is.
    pub problem: Option<String>,
    /// What the user should know of how it was read.
    pub notes: Vec<String>,
}

/// The stack of a series.
pub(super) fn volume_of_series(root: &Path, series: &Series) -> FoundVolume {
    found(root, &series.slices, &series.files[0].folder)
}

/// The volume in one file; `None` for a file that is none, or holds fewer than [`SLICES_MIN`]
/// slices.
pub(super) fn volume_of_file(root: &Path, file: &FoundFile) -> Option<FoundVolume> {
    let path = root.join(file.path());
    if is_zarr(&path) {
        return Some(found(root, &file.path(), &file.folder));
    }
    let is_named_volume = match (FileKind::of(&path), file.ending().as_str()) {
        (Ok(FileKind::Tiff), _) => false,
        (
            Ok(
                FileKind::Nrrd
                | FileKind::MetaImage
                | FileKind::Nifti
                | FileKind::Amira
                | FileKind::Hdf5,
            ),
            _,
        ) => true,
        // NumPy keeps anything.
        (Ok(FileKind::Numpy), _) => false,
        // Office documents and thumbnails of folders are OLE2, too; `.txrm` holds projections.
        (Ok(FileKind::Ole2), "txm") => true,
        (Ok(FileKind::Gzip), "gz") => file.name.to_lowercase().ends_with(".nii.gz"),
        _ => return None,
    };
    let opened = VolumeSource::open(&path);
    let is_volume = match &opened {
        Ok(source) => source.shape()[0] >= SLICES_MIN,
        // Several channels, for one. A TIFF that fails otherwise may be the image of a section.
        Err(Error::Volume { .. }) => true,
        Err(_) => is_named_volume,
    };
    is_volume.then(|| found(root, &file.path(), &file.folder))
}

fn found(root: &Path, slices: &str, folder: &str) -> FoundVolume {
    let mut volume = FoundVolume {
        slices: slices.to_owned(),
        shape: None,
        depth: String::new(),
        voxel_size: StatedSizes::default(),
        fraction_um: fraction_with_unit(slices),
        problem: None,
        notes: Vec::new(),
    };
    let mut sizes = Vec::new();
    match VolumeSource::open(&root.join(slices)) {
        Ok(source) => {
            volume.shape = Some(source.shape());
            volume.depth = source.depth().to_string();
            volume.notes = source.notes();
            volume.problem = source.check_headers().err().map(|e| said(root, &e));
            if let (Some(um), Some(said)) = (source.spacing(), source.said_spacing()) {
                let xyz_um = [um.x_um, um.y_um, um.z_um];
                sizes.extend(StatedSize::new(xyz_um, said.origin()));
            }
        }
        Err(error) => volume.problem = Some(said(root, &error)),
    }
    sizes.extend(sizes_of_logs(root, folder));
    sizes.extend(size_of_manifest(root));
    volume.voxel_size.stated = sizes;
    volume
}

/// The voxel size of a data set that was fetched, as the manifest states it.
fn size_of_manifest(root: &Path) -> Option<StatedSize> {
    let lock = DatasetLock::read(root).ok().flatten()?;
    let manifest = Manifest::built_in().ok()?;
    let dataset = manifest.dataset(&lock.dataset).ok()?;
    StatedSize::new(
        [dataset.acquisition.voxel_size_um; 3],
        format!("the data manifest, data set {}", dataset.name),
    )
}

/// What lies there that may be a CT and is not read: a sentence each.
pub(super) fn unread(root: &Path, files: &[FoundFile]) -> Vec<String> {
    let mut notes = Vec::new();
    let mut dicom = 0;
    for file in files {
        let kind = FileKind::of(&root.join(file.path()));
        match (kind, file.ending().as_str()) {
            (Ok(FileKind::Dicom), _) => dicom += 1,
            (Ok(FileKind::Ole2), "txrm") => notes.push(format!(
                "{} holds the projections of a scan, not its slices; the reconstruction is a .txm",
                file.path()
            )),
            (
                Ok(FileKind::Unknown | FileKind::Zeros | FileKind::JpegXl),
                "raw" | "vol" | "dat" | "bin",
            ) => notes.push(match described(&root.join(file.path())) {
                Some(described) => format!(
                    "{} holds voxels without a header, which {} describes: write `slices = \"{}\"` \
                     and `{}` in section [ct]{}",
                    file.path(),
                    described.from,
                    file.path(),
                    described.in_toml(),
                    sizes_of_logs(root, &file.folder).first().map_or_else(
                        String::new,
                        |size| format!(
                            ", and `voxel_size_um = {}`, as {} says",
                            size.in_toml(),
                            size.from
                        )
                    )
                ),
                None => format!(
                    "{} may hold voxels without a header; name it as `slices` and describe them by \
                     `raw` in section [ct]",
                    file.path()
                ),
            }),
            (Ok(FileKind::LfsPointer), _) => notes.push(format!(
                "{} is a pointer of Git LFS; the data itself was not downloaded",
                file.path()
            )),
            _ => {}
        }
        // The first few tell as much as all.
        if notes.len() >= 8 {
            break;
        }
    }
    if dicom > 0 {
        notes.push(format!(
            "{dicom} DICOM files, which are not read; export the CT as TIFF"
        ));
    }
    notes
}

/// Keeps the volumes whose path is `wanted` or begins with it.
///
/// # Errors
/// [`Error::Volume`] when none is, with those that there are.
pub(super) fn chosen(
    volumes: Vec<FoundVolume>,
    wanted: &str,
    root: &Path,
) -> Result<Vec<FoundVolume>, Error> {
    // The micro sign of size fractions exists twice, and keyboards have one of them.
    let folded = |path: &str| folded_name(&path.nfc().collect::<String>());
    let wanted = wanted.replace('\\', "/");
    let wanted = wanted.trim_start_matches("./").trim_end_matches('/');
    let key = folded(wanted);
    let is_wanted = |volume: &FoundVolume| {
        let slices = folded(&volume.slices);
        let rest = slices.strip_prefix(&key);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let known: Vec<String> = volumes.iter().map(|v| v.slices.clone()).collect();
    let kept: Vec<FoundVolume> = volumes.into_iter().filter(is_wanted).collect();
    if kept.is_empty() {
        return Err(Error::Volume {
            path: root.join(wanted),
            problem: match known.is_empty() {
                true => "no volume was found in the folder".to_owned(),
                false => format!(
                    "that is no volume that was found; there are {}",
                    known.join(", ")
                ),
            },
        });
    }
    Ok(kept)
}
