//! Arrays of HDF5 files, as NeXus, ilastik and many reconstruction programs write them.
//!
//! The crate `hdf5-pure` follows the structure of a file; chunks are unpacked as those of Zarr.

mod attributes;
mod choice;
mod filters;
mod guard;
mod links;
mod source;
mod voxel_type;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use hdf5_pure::{File, FormatError, Layout};

use super::arrangement::chosen_channel;
use super::chunked::{
    Axis, Chain, ChunkSource, ChunkedSlices, Grid, Roles, named_roles, product_text, unnamed_roles,
};
use super::sample::Depth;
use super::store::Opened;
use crate::regular_file::open_regular_file;
use crate::{Error, SaidSpacing, SpacingSource};
use choice::Chosen;
use filters::packings;
use guard::guarded;
use source::{Compact, Contiguous, Located, chunk_map};
use voxel_type::voxel_type;

/// Opens the array of that name or, without a name, the only one of three axes.
pub(super) fn open(
    path: &Path,
    dataset: Option<&str>,
    channel: Option<usize>,
) -> Result<Opened, Error> {
    open_regular_file(path)?;
    let file = guarded(path, || File::open_streaming(path))?;
    let chosen = choice::choose(path, &file, dataset)?;
    let wrong = |problem: String| Error::Volume {
        path: path.to_owned(),
        problem: format!("its array {}: {problem}", chosen.name),
    };
    let array = &chosen.dataset;
    let datatype = guarded(path, || array.datatype())?;
    let (depth, little_endian) = voxel_type(&datatype).ok_or_else(|| {
        wrong(
            "it holds no integers or floats of 8 to 64 bits; save it as such (in h5py, \
             `astype('float32')`)"
                .to_owned(),
        )
    })?;
    let shape = guarded(path, || array.shape())?;
    let layout = guarded(path, || array.layout())?;
    let attributes = attributes::of(path, array);
    let roles = match &attributes.axes {
        Some(names) if names.len() == shape.len() => {
            let axes: Vec<Axis> = names.iter().map(|n| Axis::named(n)).collect();
            named_roles(&axes, &shape)
        }
        _ => unnamed_roles(&shape),
    }
    .map_err(|problem| {
        wrong(format!(
            "{problem} (in h5py by `dims[0].label = 'z'` and so on)"
        ))
    })?;
    let chunk_shape = match &layout {
        Layout::Chunked { chunk_shape, .. } => chunk_shape.clone(),
        Layout::Compact { .. } => shape.clone(),
        // As if each slice were a chunk.
        _ => (0..shape.len())
            .map(|axis| match roles.zyx[0].is_some_and(|z| axis <= z) {
                true => 1,
                false => shape[axis],
            })
            .collect(),
    };
    let is_chunked = matches!(layout, Layout::Chunked { .. });
    let mut grid = Grid {
        chain: Chain {
            order: (0..shape.len()).collect(),
            little_endian,
            packings: match is_chunked {
                true => packings(&guarded(path, || Ok(array.filter_pipeline()))?, depth)
                    .map_err(wrong)?,
                false => Vec::new(),
            },
        },
        shape,
        chunk_shape,
        depth,
        fill: vec![0; depth.bytes()],
    };
    grid.check().map_err(wrong)?;
    let mut place = vec![0; grid.shape.len()];
    let channels = roles.channel.map_or(1, |c| grid.shape[c] as usize);
    let slices = grid.volume_shape(&roles)[0];
    let chosen_place = chosen_channel(channels, slices, &[], channel).map_err(wrong)?;
    if let Some(axis) = roles.channel {
        place[axis] = chosen_place as u64;
    }
    let file_bytes = fs::metadata(path).map_err(Error::read(path))?.len();
    let needs = Needs {
        path,
        file_bytes,
        chosen: &chosen,
        roles: &roles,
        place: &place,
    };
    let mut notes = Vec::new();
    let source = needs.source(&layout, &mut grid, &mut notes)?;
    notes.extend(chosen.note(path));
    notes.extend(of_matlab(path)?);
    Ok(Opened {
        files: vec![path.to_owned()],
        beside: Vec::new(),
        places: Vec::new(),
        shape: grid.volume_shape(&roles),
        depth,
        spacing: attributes
            .size_um
            .and_then(|um| SaidSpacing::new(um.map(Some), SpacingSource::Hdf5)),
        white_is_zero: false,
        notes,
        store: Arc::new(ChunkedSlices {
            grid,
            roles,
            place,
            source,
        }),
    })
}

/// What is to be told of a file of MATLAB, which counts axes the other way round than it stores them.
fn of_matlab(path: &Path) -> Result<Option<String>, Error> {
    let mut head = [0; 10];
    let mut file = open_regular_file(path)?;
    let is_matlab = file.read_exact(&mut head).is_ok() && head == *b"MATLAB 7.3";
    Ok(is_matlab.then(|| {
        format!(
            "{} is of MATLAB, whose first axis became x and the second one y: each slice lies \
             mirrored about its diagonal beside what MATLAB shows (`permute(V, [2 1 3])` before \
             saving rights it)",
            path.display()
        )
    }))
}

/// What is read of which array.
struct Needs<'a> {
    path: &'a Path,
    file_bytes: u64,
    chosen: &'a Chosen,
    roles: &'a Roles,
    place: &'a [u64],
}

impl Needs<'_> {
    fn wrong(&self, problem: String) -> Error {
        Error::Volume {
            path: self.path.to_owned(),
            problem: format!("its array {}: {problem}", self.chosen.name),
        }
    }

    fn never_written(&self) -> Error {
        // An array whose voxels are in files of their own has no place in this one, either.
        let first = self.chosen.dataset.read_raw_rows(0, 1);
        if let Err(hdf5_pure::Error::Format(FormatError::UnsupportedExternalStorage)) = first {
            return self.wrong(
                "its voxels are in a file of their own (`external` in h5py); name that file as \
                 `slices` and describe it by `raw`, or save the array whole (in h5py, \
                 `f['copy'] = f['name'][...]`)"
                    .to_owned(),
            );
        }
        self.wrong("it was never written; run the program that made it again".to_owned())
    }

    /// Where the chunks of the array are, after a check that there are enough bytes for them.
    fn source(
        &self,
        layout: &Layout,
        grid: &mut Grid,
        notes: &mut Vec<String>,
    ) -> Result<Box<dyn ChunkSource>, Error> {
        let path = self.path;
        let too_few = |bytes: u64| {
            self.wrong(format!(
                "its {} voxels of {} bytes cannot be in the {bytes} bytes that the file of {} bytes \
                 has for them; it is cut short: copy it again",
                product_text(&grid.shape),
                grid.depth.bytes(),
                self.file_bytes,
            ))
        };
        let start = grid.depth.bytes() as u64;
        let all_bytes = grid.shape.iter().fold(start, |n, &m| n.saturating_mul(m));
        match layout {
            Layout::Compact { size } => {
                if *size != all_bytes {
                    return Err(too_few(*size));
                }
                let bytes = guarded(path, || self.chosen.dataset.read_raw())?;
                Ok(Box::new(Compact {
                    path: path.to_owned(),
                    bytes,
                }))
            }
            Layout::Contiguous { address: None, .. } => Err(self.never_written()),
            Layout::Contiguous {
                address: Some(address),
                ..
            } => {
                let there = self.file_bytes.saturating_sub(*address);
                if there < all_bytes {
                    return Err(too_few(there));
                }
                let chunk = grid.chunk_shape.iter().product::<u64>();
                let chunks = grid.shape.iter().zip(&grid.chunk_shape);
                Ok(Box::new(Contiguous {
                    path: path.to_owned(),
                    address: *address,
                    chunk_bytes: chunk * start,
                    chunks: chunks.map(|(n, chunk)| n / chunk).collect(),
                }))
            }
            Layout::Chunked { .. } => {
                let found = self.chunks(grid)?;
                let bytes = found.values().map(|c| c.size).fold(0, u64::saturating_add);
                let needed = grid.volume_bytes(self.roles);
                if found.is_empty() {
                    return Err(self.never_written());
                }
                if needed > grid.chain.most_bytes(bytes.min(self.file_bytes)) {
                    return Err(too_few(bytes));
                }
                let (all, written) = (grid.chunks(self.roles), found.len() as u64);
                if written < all {
                    grid.fill = self.fill(grid)?;
                    notes.push(format!(
                        "{} of {all} chunks of {} in {} were never written; their voxels have the \
                         fill value of the array",
                        all - written,
                        self.chosen.name,
                        path.display()
                    ));
                }
                Ok(Box::new(Located {
                    path: path.to_owned(),
                    chunks: found,
                }))
            }
            _ => Err(self.wrong(
                "it is virtual: its voxels are in other files; name the file that holds them, or \
                 save it whole (in h5py, `f['copy'] = f['name'][...]`)"
                    .to_owned(),
            )),
        }
    }

    /// The chunks that the volume needs.
    fn chunks(&self, grid: &Grid) -> Result<source::ChunkMap, Error> {
        let chunks = guarded(self.path, || self.chosen.dataset.chunks())?;
        let mut found = chunk_map(chunks, &grid.chunk_shape).map_err(|e| self.wrong(e))?;
        found.retain(|chunk, _| grid.is_wanted(chunk, self.roles, self.place));
        let outside = found.values().any(|c| {
            c.address
                .checked_add(c.size)
                .is_none_or(|end| end > self.file_bytes)
        });
        match outside {
            false => Ok(found),
            true => Err(self.wrong(format!(
                "some of its chunks should begin or end behind the last of the {} bytes of the \
                 file, which is cut short; copy it again",
                self.file_bytes
            ))),
        }
    }

    /// The bytes of a voxel that was never written, which the header of the array states.
    fn fill(&self, grid: &Grid) -> Result<Vec<u8>, Error> {
        let dataset = &self.chosen.dataset;
        macro_rules! bytes {
            ($type:ty) => {
                guarded(self.path, || dataset.fill_value::<$type>())?
                    .map(|value| value.to_le_bytes().to_vec())
            };
        }
        let bytes = match grid.depth {
            Depth::U1 | Depth::U8 => bytes!(u8),
            Depth::U16 => bytes!(u16),
            Depth::U32 => bytes!(u32),
            Depth::U64 => bytes!(u64),
            Depth::I8 => bytes!(i8),
            Depth::I16 => bytes!(i16),
            Depth::I32 => bytes!(i32),
            Depth::I64 => bytes!(i64),
            Depth::F16 => guarded(self.path, || dataset.fill_value::<f32>())?
                .map(|value| half::f16::from_f32(value).to_le_bytes().to_vec()),
            Depth::F32 => bytes!(f32),
            Depth::F64 => bytes!(f64),
        };
        // Without one it is 0.
        let mut bytes = bytes.unwrap_or_else(|| grid.fill.clone());
        if !grid.chain.little_endian {
            bytes.reverse();
        }
        Ok(bytes)
    }
}
