//! Which reader a file needs, by its first bytes.

use std::fs;
use std::path::{Path, PathBuf};

use super::read::VolumeOptions;
use super::store::Opened;
use super::{
    amira, bmp_slices, hdf5, meta_image, nifti, nrrd, numpy, png_slices, raw, source, tiff_volume,
    zarr, zeiss,
};
use crate::file_kind::FileKind;
use crate::text::shown;
use crate::{Error, SaidSpacing};

/// Opens a volume of any kind.
pub(super) fn open(path: &Path, options: &VolumeOptions) -> Result<Opened, Error> {
    if let Some(layout) = &options.raw {
        return raw::open(path, layout);
    }
    if zarr::is_zarr(path) {
        no_dataset(path, options)?;
        return zarr::open(path, options.channel);
    }
    let found = source::files(path)?;
    if !matches!(FileKind::of(&found.files[0]), Ok(FileKind::Hdf5)) {
        no_dataset(&found.files[0], options)?;
    }
    let mut opened = if found.files.len() == 1 {
        open_one(&found.files[0], options)?
    } else {
        match FileKind::of(&found.files[0])? {
            FileKind::Tiff => tiff_volume::open_files(found.files, options.channel)?,
            FileKind::Png => png_slices::open(found.files)?,
            FileKind::Bmp => bmp_slices::open(found.files)?,
            kind => {
                return Err(wrong_kind(
                    &found.files[0],
                    kind,
                    "a slice, TIFF, PNG or BMP",
                ));
            }
        }
    };
    opened.notes.splice(0..0, found.notes);
    let (spacing, note) = SaidSpacing::with_names(opened.spacing, found.step_um);
    opened.spacing = spacing;
    opened.notes.extend(note);
    opened.notes.extend(lonely(&opened));
    Ok(opened)
}

/// Refuses a choice among arrays where there are none to choose from.
fn no_dataset(path: &Path, options: &VolumeOptions) -> Result<(), Error> {
    match &options.dataset {
        None => Ok(()),
        Some(name) => Err(Error::Volume {
            path: path.to_owned(),
            problem: format!(
                "`dataset` is `{}`, which names an array of an HDF5 file, and this is none; leave \
                 `dataset` out",
                shown(name)
            ),
        }),
    }
}

/// A sentence when one slice was read and others lie beside it.
fn lonely(opened: &Opened) -> Option<String> {
    let [file] = &*opened.files else {
        return None;
    };
    let kind = source::kind_by_ending(file)?;
    if opened.shape[0] > 1 {
        return None;
    }
    let folder = file.parent().filter(|f| !f.as_os_str().is_empty());
    let beside = fs::read_dir(folder.unwrap_or(Path::new(".")))
        .ok()?
        .flatten()
        .filter(|entry| source::kind_by_ending(&entry.path()) == Some(kind))
        .count();
    (beside > 2).then(|| {
        format!(
            "{} is one slice, and {} files of its kind lie beside it; to read them as a stack, \
             give their folder or a pattern with `*`",
            file.display(),
            beside - 1
        )
    })
}

fn open_one(file: &Path, options: &VolumeOptions) -> Result<Opened, Error> {
    match FileKind::of(file)? {
        FileKind::Tiff => tiff_volume::open_file(file, options.channel),
        FileKind::Png => png_slices::open(vec![file.to_owned()]),
        FileKind::Bmp => bmp_slices::open(vec![file.to_owned()]),
        FileKind::Nrrd => nrrd::open(file),
        FileKind::MetaImage => meta_image::open(file),
        FileKind::Nifti => nifti::open(file, false),
        FileKind::Ole2 => zeiss::open(file),
        FileKind::Amira => amira::open(file),
        FileKind::Numpy => numpy::open(file),
        FileKind::Hdf5 => hdf5::open(file, options.dataset.as_deref(), options.channel),
        FileKind::Gzip if nifti::is_packed(file)? => nifti::open(file, true),
        kind => match header_of_voxels(file) {
            Some(header) => nifti::open(&header, false),
            None => Err(wrong_kind(file, kind, "a volume")),
        },
    }
}

/// The header of the voxels of a pair of NIfTI, `.hdr` and `.img`.
fn header_of_voxels(file: &Path) -> Option<PathBuf> {
    let header = file.with_extension("hdr");
    let is_image = file.extension()?.eq_ignore_ascii_case("img");
    (is_image && matches!(FileKind::of(&header), Ok(FileKind::Nifti))).then_some(header)
}

fn wrong_kind(file: &Path, found: FileKind, expected: &'static str) -> Error {
    match found {
        FileKind::Empty => Error::Page {
            path: file.to_owned(),
            slice: 0,
            reason: "the file is empty".to_owned(),
        },
        FileKind::Unknown if fs::metadata(file).is_ok() => Error::Volume {
            path: file.to_owned(),
            problem: "the file does not begin as any volume that is read; if it holds voxels \
                      without a header, describe them by `raw`, in a project file in section [ct]: \
                      `raw = { shape = [x, y, z], type = \"uint16\" }`, of columns, rows and \
                      slices"
                .to_owned(),
        },
        FileKind::Zip
        | FileKind::SevenZip
        | FileKind::Rar
        | FileKind::Gzip
        | FileKind::Zstd
        | FileKind::Bzip2 => Error::Volume {
            path: file.to_owned(),
            problem: format!(
                "the file is {found}, expected {expected}; unpack it, and name what it holds (an \
                 OME-Zarr by its folder)"
            ),
        },
        FileKind::Text if describes_voxels(file) => Error::Volume {
            path: file.to_owned(),
            problem: "the file describes voxels that lie in another one: name that file as \
                      `slices`, and describe them by `raw` in section [ct]; `corelith init FOLDER` \
                      reads such descriptions, and says what to write"
                .to_owned(),
        },
        FileKind::Dicom | FileKind::Vtk | FileKind::NetCdf | FileKind::Fits => Error::Volume {
            path: file.to_owned(),
            problem: format!(
                "the file is {found}, which is not read; save it as TIFF, NRRD or MetaImage, as \
                 Fiji and 3D Slicer do"
            ),
        },
        found => Error::WrongKind {
            path: file.to_owned(),
            slice: 0,
            found,
            expected,
        },
    }
}

/// Whether a text is, by its ending, a description of VGStudio, X-Tek or datos|x.
fn describes_voxels(file: &Path) -> bool {
    let ending = file.extension().unwrap_or_default().to_string_lossy();
    ["vgi", "xtekct", "pcr"].contains(&ending.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_not_read_are_named_with_a_way_on() {
        let folder = tempfile::tempdir().unwrap();
        let said = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            open(&path, &VolumeOptions::default())
                .unwrap_err()
                .to_string()
        };
        let described = said("v.vgi", b"{volume1}\n[file1]\nName = v.vol\n");
        assert!(described.contains("corelith init FOLDER"), "{described}");
        let mut dicom = vec![0; 128];
        dicom.extend(b"DICM");
        for (name, bytes) in [
            ("v.dcm", &dicom[..]),
            ("v.vtk", b"# vtk DataFile Version 3.0\n"),
        ] {
            let said = said(name, bytes);
            assert!(
                said.contains("save it as TIFF") && !said.contains("ending"),
                "{said}"
            );
        }
        let text = said("v.txt", b"a text\n");
        assert!(text.contains("is a text file"), "{text}");
    }
}
