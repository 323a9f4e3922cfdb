//! NIfTI-1 and NIfTI-2: `.nii`, `.nii.gz`, and the pair of `.hdr` and `.img`.

use std::io::Read;
use std::path::Path;

use super::header::of_data_file;
use super::nifti_header::{HEADER_BYTES, NiftiHeader};
use super::raw_voxels::{Packing, RawVoxels};
use super::store::Opened;
use super::unitless;
use crate::file_kind::FileKind;
use crate::regular_file::open_regular_file;
use crate::{Error, SpacingSource};

/// Whether the file packs a NIfTI.
pub(super) fn is_packed(path: &Path) -> Result<bool, Error> {
    let head = unpacked_head(path)?;
    Ok(FileKind::of_bytes(&head) == FileKind::Nifti)
}

fn unpacked_head(path: &Path) -> Result<Vec<u8>, Error> {
    let mut head = Vec::new();
    let stream = flate2::read::MultiGzDecoder::new(open_regular_file(path)?);
    // What cannot be unpacked has no header; the caller says what the file is.
    let _ = stream.take(HEADER_BYTES as u64).read_to_end(&mut head);
    Ok(head)
}

/// Opens a NIfTI, packed with gzip or not.
pub(super) fn open(path: &Path, packed: bool) -> Result<Opened, Error> {
    let wrong = |problem: String| Error::Volume {
        path: path.to_owned(),
        problem,
    };
    let head = match packed {
        true => unpacked_head(path)?,
        false => {
            let mut head = Vec::new();
            open_regular_file(path)?
                .take(HEADER_BYTES as u64)
                .read_to_end(&mut head)
                .map_err(Error::read(path))?;
            head
        }
    };
    let header = NiftiHeader::of(&head)
        .ok_or_else(|| wrong("its header is cut short; copy it again".to_owned()))?;
    let sizes = &header.sizes;
    let used = sizes.len();
    if used == 0 || sizes.iter().any(|n| *n < 1) || sizes[3.min(used)..].iter().any(|n| *n > 1) {
        return Err(wrong(format!(
            "its axes are {sizes:?}, expected three; save one frame alone"
        )));
    }
    let along = |i: usize| sizes.get(i).map_or(1, |n| *n as usize);
    let depth = header.depth().ok_or_else(|| {
        wrong(format!(
            "voxels of NIfTI type {} (colours or complex numbers) are not read",
            header.code
        ))
    })?;
    let offset = header.offset;
    if !(0.0..=1e9).contains(&offset) {
        return Err(wrong(format!(
            "its voxels begin at byte {offset}, which cannot be"
        )));
    }
    let data = match header.pair {
        true => path.with_extension("img"),
        false => path.to_owned(),
    };
    let raw = RawVoxels {
        files: vec![data],
        offset: if packed { 0 } else { offset as u64 },
        unpacked_offset: if packed { offset as u64 } else { 0 },
        packing: if packed { Packing::Gzip } else { Packing::None },
        depth,
        little_endian: header.little_endian,
        shape: [along(2), along(1), along(0)],
        rescale: header.rescale(),
    };
    raw.check_size().map_err(|e| of_data_file(path, e))?;
    let mut opened = raw.opened().behind(path);
    let (said, note) = unitless::spacing(header.lengths, header.unit, SpacingSource::Nifti);
    opened.spacing = said;
    opened.notes.extend(note);
    Ok(opened)
}
