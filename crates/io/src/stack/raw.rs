//! Voxels in a file without a header, which the user describes.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::raw_voxels::{Packing, RawVoxels, file_size};
use super::sample::Depth;
use super::store::Opened;
use super::{raw_checks, source};
use crate::{Error, SaidSpacing};

/// How voxels lie in a file without a header: x fastest, then y, then z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawLayout {
    /// `[x, y, z]`: columns, rows and slices, each above 0; the other way round than NumPy says it.
    pub shape: [usize; 3],
    /// Type of a voxel.
    #[serde(rename = "type")]
    pub voxel: RawType,
    /// Order of the bytes of a voxel.
    #[serde(default)]
    pub byte_order: ByteOrder,
    /// Bytes before the first voxel.
    #[serde(default)]
    pub offset: u64,
}

/// Type of a voxel in a raw file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum RawType {
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Int8,
    Int16,
    Int32,
    Int64,
    Float16,
    Float32,
    Float64,
}

/// Order of the bytes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ByteOrder {
    /// The low byte first: Intel and ARM.
    #[default]
    Little,
    /// The high byte first.
    Big,
}

impl RawType {
    pub(super) fn depth(self) -> Depth {
        match self {
            Self::Uint8 => Depth::U8,
            Self::Uint16 => Depth::U16,
            Self::Uint32 => Depth::U32,
            Self::Uint64 => Depth::U64,
            Self::Int8 => Depth::I8,
            Self::Int16 => Depth::I16,
            Self::Int32 => Depth::I32,
            Self::Int64 => Depth::I64,
            Self::Float16 => Depth::F16,
            Self::Float32 => Depth::F32,
            Self::Float64 => Depth::F64,
        }
    }
}

/// Opens a file that the user describes, or files of one slice each.
pub(super) fn open(path: &Path, layout: &RawLayout) -> Result<Opened, Error> {
    let found = source::raw_files(path)?;
    let wrong = |path: &Path, problem: String| Error::Volume {
        path: path.to_owned(),
        problem,
    };
    let [nx, ny, nz] = layout.shape;
    let files = found.files.len();
    if files > 1 && files != nz {
        return Err(wrong(
            path,
            format!(
                "there are {files} files, and `shape` in `raw`, [x, y, z], says that there are \
                 {nz} slices; correct `shape`, or `slices` in section [ct]"
            ),
        ));
    }
    let raw = RawVoxels {
        files: found.files,
        offset: layout.offset,
        unpacked_offset: 0,
        packing: Packing::None,
        depth: layout.voxel.depth(),
        little_endian: layout.byte_order == ByteOrder::Little,
        shape: [nz, ny, nx],
        rescale: None,
    };
    let needed = raw.check_size()?;
    let of_file = RawLayout {
        shape: [nx, ny, nz / files],
        ..*layout
    };
    for file in &raw.files {
        let size = file_size(file)?;
        if size > needed {
            return Err(wrong(
                file,
                format!(
                    "it has {size} bytes, and {nx} x {ny} x {} voxels of {} bytes behind {} bytes \
                     need {needed}; correct `shape` ([x, y, z]: columns, rows, slices), `type` or \
                     `offset` in `raw`",
                    of_file.shape[2],
                    raw.depth.bytes(),
                    layout.offset
                ),
            ));
        }
    }
    let middle = &raw.files[files / 2];
    if let Some(problem) = raw_checks::misfit(middle, &of_file)? {
        return Err(wrong(middle, problem));
    }
    let mut opened = raw.opened();
    opened.notes = found.notes;
    opened.spacing = SaidSpacing::with_names(None, found.step_um).0;
    Ok(opened)
}
