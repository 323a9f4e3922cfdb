//! NIfTI-1: `.nii`, `.nii.gz`, and the pair of `.hdr` and `.img`.
//! Format: <https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h>.

use std::io::Read;
use std::path::Path;

use super::header::of_data_file;
use super::raw::{Packing, RawVoxels};
use super::sample::Depth;
use super::store::Opened;
use super::unitless;
use crate::file_kind::FileKind;
use crate::regular_file::open_regular_file;
use crate::{Error, SpacingSource};

const HEADER_BYTES: usize = 348;

fn depth_of(code: i16) -> Option<Depth> {
    Some(match code {
        2 => Depth::U8,
        4 => Depth::I16,
        8 => Depth::I32,
        16 => Depth::F32,
        64 => Depth::F64,
        256 => Depth::I8,
        512 => Depth::U16,
        768 => Depth::U32,
        1024 => Depth::I64,
        1280 => Depth::U64,
        _ => return None,
    })
}

/// Whether the file packs a NIfTI-1.
pub(super) fn is_packed(path: &Path) -> Result<bool, Error> {
    let head = unpacked_head(path)?;
    Ok(FileKind::of_bytes(&head) == FileKind::Nifti)
}

fn unpacked_head(path: &Path) -> Result<Vec<u8>, Error> {
    let mut head = Vec::new();
    let stream = flate2::read::MultiGzDecoder::new(open_regular_file(path)?);
    // What cannot be unpacked has no header; the caller says what the file is.
    let _ = stream.take(352).read_to_end(&mut head);
    Ok(head)
}

/// Opens a NIfTI-1, packed with gzip or not.
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
                .take(352)
                .read_to_end(&mut head)
                .map_err(Error::read(path))?;
            head
        }
    };
    if head.len() < HEADER_BYTES {
        return Err(wrong("its header is cut short; copy it again".to_owned()));
    }
    let little_endian = head[..4] == [0x5c, 1, 0, 0];
    let i16_at = |at: usize| {
        let bytes = [head[at], head[at + 1]];
        match little_endian {
            true => i16::from_le_bytes(bytes),
            false => i16::from_be_bytes(bytes),
        }
    };
    let f32_at = |at: usize| {
        let bytes = [head[at], head[at + 1], head[at + 2], head[at + 3]];
        match little_endian {
            true => f32::from_le_bytes(bytes),
            false => f32::from_be_bytes(bytes),
        }
    };
    let axes = i16_at(40);
    let sizes: Vec<i16> = (1..=7).map(|i| i16_at(40 + 2 * i)).collect();
    let used = usize::try_from(axes).unwrap_or(0).min(7);
    if used == 0
        || sizes[..used].iter().any(|n| *n < 1)
        || sizes[3.min(used)..used].iter().any(|n| *n > 1)
    {
        return Err(wrong(format!(
            "its axes are {:?}, expected three; save one frame alone",
            &sizes[..used]
        )));
    }
    let along = |i: usize| if i < used { sizes[i] as usize } else { 1 };
    let code = i16_at(70);
    let depth = depth_of(code).ok_or_else(|| {
        wrong(format!(
            "voxels of NIfTI type {code} (colours or complex numbers) are not read"
        ))
    })?;
    let offset = f32_at(108);
    if !(0.0..=1e9).contains(&offset) {
        return Err(wrong(format!(
            "its voxels begin at byte {offset}, which cannot be"
        )));
    }
    let pair = head[344..348] == *b"ni1\0";
    let data = match pair {
        true => path.with_extension("img"),
        false => path.to_owned(),
    };
    let (slope, intercept) = (f64::from(f32_at(112)), f64::from(f32_at(116)));
    // A slope of 0 says that there is no scale.
    let scaled = slope.is_finite() && slope != 0.0 && (slope, intercept) != (1.0, 0.0);
    let raw = RawVoxels {
        files: vec![data],
        offset: if packed { 0 } else { offset as u64 },
        unpacked_offset: if packed { offset as u64 } else { 0 },
        packing: if packed { Packing::Gzip } else { Packing::None },
        depth,
        little_endian,
        shape: [along(2), along(1), along(0)],
        rescale: scaled.then_some([slope, intercept]),
    };
    raw.check_size().map_err(|e| of_data_file(path, e))?;
    let mut opened = raw.opened().behind(path);
    let unit = match head[123] & 7 {
        1 => Some("m"),
        2 => Some("mm"),
        3 => Some("um"),
        _ => None,
    };
    let lengths = [80, 84, 88].map(|at| {
        // Six digits: 2.296 as a 32-bit float is 2.2960000038.
        let length = f64::from(f32_at(at));
        format!("{length:.6e}").parse().unwrap_or(length)
    });
    let (said, note) = unitless::spacing(lengths, unit, SpacingSource::Nifti);
    opened.spacing = said;
    opened.notes.extend(note);
    Ok(opened)
}
