//! Slices of an array, read by rows of chunks.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use rayon::prelude::*;

use super::array::Array;
use super::chunk_files::chunk_path;
use super::shard::{ShardIndex, open_chunk};
use crate::Error;
use crate::stack::raw::voxels_of;
use crate::stack::store::{SliceReader, SliceStore};
use crate::stack::voxels::Voxels;

/// An array as a volume.
#[derive(Debug)]
pub(super) struct ZarrSlices {
    pub array: Array,
    /// The axes of the array that are z, y and x; `None` for z of an image of two axes.
    pub axes: [Option<usize>; 3],
    /// The place along every other axis; 0 along z, y and x.
    pub place: Vec<u64>,
}

/// One axis of the volume.
#[derive(Debug, Clone, Copy)]
struct Side {
    /// Axis of the array.
    axis: Option<usize>,
    voxels: usize,
    /// Voxels of a chunk.
    chunk: usize,
    /// Distance of neighbours within a chunk.
    stride: usize,
}

impl ZarrSlices {
    /// Voxels along z, y and x.
    pub(super) fn shape(&self) -> [usize; 3] {
        self.axes
            .map(|axis| axis.map_or(1, |axis| self.array.shape[axis] as usize))
    }

    fn sides(&self) -> [Side; 3] {
        self.axes.map(|axis| match axis {
            None => Side {
                axis,
                voxels: 1,
                chunk: 1,
                stride: 0,
            },
            Some(i) => Side {
                axis,
                voxels: self.array.shape[i] as usize,
                chunk: self.array.chunk_shape[i] as usize,
                stride: self.stride(i),
            },
        })
    }

    /// Distance of neighbours along an axis of the array within a chunk.
    fn stride(&self, axis: usize) -> usize {
        let order = &self.array.chain.order;
        let faster = order.iter().rev().take_while(|&&a| a != axis);
        faster
            .map(|&a| self.array.chunk_shape[a] as usize)
            .product()
    }

    /// The chunk at a place along z, y and x, in chunks; `None` where it was never written.
    fn chunk(
        &self,
        zyx: [usize; 3],
        indices: &HashMap<Vec<u64>, Option<ShardIndex>>,
    ) -> Result<Option<Vec<u8>>, Error> {
        let array = &self.array;
        let chunk = self.chunk_of(zyx);
        let file: Vec<u64> = self.file_of(&chunk);
        let path = chunk_path(array, &file);
        let packed = match &array.shards {
            None => match open_chunk(&path)? {
                None => return Ok(None),
                Some(mut file) => {
                    let mut bytes = Vec::new();
                    file.read_to_end(&mut bytes).map_err(Error::read(&path))?;
                    bytes
                }
            },
            Some(_) => {
                let Some(Some(index)) = indices.get(&file) else {
                    return Ok(None);
                };
                match index.chunk(&path, self.number_in_shard(&chunk))? {
                    None => return Ok(None),
                    Some(packed) => packed.map_err(|e| self.damaged(&path, zyx[0], e))?,
                }
            }
        };
        let wanted = array.chunk_bytes();
        if wanted as u64 > array.chain.most_bytes(packed.len() as u64) {
            return Err(self.damaged(
                &path,
                zyx[0],
                format!("its chunk of {} bytes cannot hold {wanted}", packed.len()),
            ));
        }
        let bytes = array.chain.unpack(packed, wanted);
        bytes
            .map(Some)
            .map_err(|reason| self.damaged(&path, zyx[0], reason))
    }

    /// The numbers of a chunk along the axes of the array.
    fn chunk_of(&self, zyx: [usize; 3]) -> Vec<u64> {
        let pairs = self.place.iter().zip(&self.array.chunk_shape);
        let mut chunk: Vec<u64> = pairs.map(|(place, size)| place / size).collect();
        for (axis, n) in self.axes.iter().zip(zyx) {
            if let Some(axis) = axis {
                chunk[*axis] = n as u64;
            }
        }
        chunk
    }

    /// Chunks of a file along each axis.
    fn chunks_a_file(&self) -> impl Iterator<Item = u64> {
        let sizes = self.array.file_shape.iter().zip(&self.array.chunk_shape);
        sizes.map(|(file, chunk)| file / chunk)
    }

    fn file_of(&self, chunk: &[u64]) -> Vec<u64> {
        let pairs = chunk.iter().zip(self.chunks_a_file());
        pairs.map(|(n, a_file)| n / a_file).collect()
    }

    fn number_in_shard(&self, chunk: &[u64]) -> usize {
        let pairs = chunk.iter().zip(self.chunks_a_file());
        pairs.fold(0, |n, (chunk, a_file)| {
            n * a_file as usize + (chunk % a_file) as usize
        })
    }

    fn damaged(&self, path: &Path, chunk_z: usize, reason: String) -> Error {
        Error::Page {
            path: path.to_owned(),
            slice: chunk_z * self.sides()[0].chunk,
            reason,
        }
    }

    /// Chunks of a file along one axis.
    fn along_a_file(&self, side: Side) -> usize {
        let axis = side.axis.and_then(|axis| self.chunks_a_file().nth(axis));
        axis.unwrap_or(1) as usize
    }

    /// The first chunk of each file in which a row of chunks lies.
    fn corners(&self, chunk_z: usize) -> Vec<[usize; 3]> {
        let [_, y, x] = self.sides();
        let first = |side: Side| {
            let chunks = 0..side.voxels.div_ceil(side.chunk);
            chunks.step_by(self.along_a_file(side))
        };
        let mut corners = Vec::new();
        for y in first(y) {
            corners.extend(first(x).map(|x| [chunk_z, y, x]));
        }
        corners
    }

    /// The indices of the shards in which a row of chunks lies.
    ///
    /// # Errors
    /// When one is damaged or cannot be read.
    fn indices(&self, chunk_z: usize) -> Result<HashMap<Vec<u64>, Option<ShardIndex>>, Error> {
        let Some(shards) = &self.array.shards else {
            return Ok(HashMap::new());
        };
        let chunks: u64 = self.chunks_a_file().product();
        self.corners(chunk_z)
            .into_par_iter()
            .map(|zyx| {
                let file = self.file_of(&self.chunk_of(zyx));
                let path = chunk_path(&self.array, &file);
                let index = ShardIndex::read(&path, shards, chunks)?;
                let index = index
                    .transpose()
                    .map_err(|reason| self.damaged(&path, chunk_z, reason))?;
                Ok((file, index))
            })
            .collect()
    }

    /// Chunks of the volume, and those of them that were written.
    ///
    /// # Errors
    /// When the index of a shard cannot be read.
    pub(super) fn counted(&self, files: u64) -> Result<[u64; 2], Error> {
        let [z, y, x] = self.sides();
        let along = |side: Side| side.voxels.div_ceil(side.chunk) as u64;
        let all = along(z).saturating_mul(along(y)).saturating_mul(along(x));
        if self.array.shards.is_none() {
            return Ok([all, files]);
        }
        let a_file = [z, y, x].map(|side| self.along_a_file(side));
        let along = [z, y, x].map(|side| side.voxels.div_ceil(side.chunk));
        let mut written = 0;
        for shard_z in (0..along[0]).step_by(a_file[0]) {
            let indices = self.indices(shard_z)?;
            for corner in self.corners(shard_z) {
                let file = self.file_of(&self.chunk_of(corner));
                let Some(Some(index)) = indices.get(&file) else {
                    continue;
                };
                let ends: [usize; 3] = std::array::from_fn(|i| along[i].min(corner[i] + a_file[i]));
                for z in corner[0]..ends[0] {
                    for y in corner[1]..ends[1] {
                        let row = (corner[2]..ends[2]).map(|x| self.chunk_of([z, y, x]));
                        let row = row.map(|chunk| self.number_in_shard(&chunk));
                        written += row.filter(|&n| index.holds(n)).count() as u64;
                    }
                }
            }
        }
        Ok([all, written])
    }
}

impl SliceStore for ZarrSlices {
    fn check_headers(&self) -> Result<(), Error> {
        // One header, whose sizes were held against those of the chunks when it was opened.
        Ok(())
    }

    fn reader(&self, z: usize) -> Result<Box<dyn SliceReader + '_>, Error> {
        Ok(Box::new(ZarrReader {
            slices: self,
            z,
            slab: None,
            indices: None,
        }))
    }

    /// One reader, so that one row of chunks is in memory; its chunks are unpacked in parallel.
    fn slices_in_a_run(&self, slices: usize) -> usize {
        slices
    }
}

/// A row of chunks, unpacked: of each row of chunks along y all voxels, z slowest.
struct Slab {
    chunk_z: usize,
    slices: usize,
    bytes: Vec<u8>,
}

/// The indices of the shards of a row, and the number of the row.
type Indices = (usize, HashMap<Vec<u64>, Option<ShardIndex>>);

struct ZarrReader<'a> {
    slices: &'a ZarrSlices,
    z: usize,
    slab: Option<Slab>,
    indices: Option<Indices>,
}

impl ZarrReader<'_> {
    fn load(&mut self, chunk_z: usize) -> Result<Slab, Error> {
        let slices = self.slices;
        let array = &slices.array;
        let [z, y, x] = slices.sides();
        // Rows of chunks in one shard share its index.
        let shard_z = chunk_z / slices.along_a_file(z);
        if self.indices.as_ref().is_none_or(|(at, _)| *at != shard_z) {
            self.indices = Some((shard_z, slices.indices(chunk_z)?));
        }
        let indices = self.indices.as_ref().map(|(_, indices)| indices);
        let none = HashMap::new();
        let indices = indices.unwrap_or(&none);
        let width = array.depth.bytes();
        let depth = z.chunk.min(z.voxels - chunk_z * z.chunk);
        let row = x.voxels * width;
        let mut bytes = Vec::new();
        let size = depth * y.voxels * row;
        bytes.try_reserve_exact(size).map_err(|_| Error::Volume {
            path: array.files[0].clone(),
            problem: format!(
                "a row of its chunks, {} x {} x {depth} voxels, does not fit in memory; save it \
                 with thinner chunks",
                x.voxels, y.voxels
            ),
        })?;
        bytes.resize(size, 0);
        let offset: usize = (0..slices.place.len())
            .map(|a| (slices.place[a] % array.chunk_shape[a]) as usize * slices.stride(a))
            .sum();
        bytes
            .par_chunks_mut(depth * y.chunk.min(y.voxels) * row)
            .enumerate()
            .try_for_each(|(chunk_y, block)| {
                let rows = block.len() / (depth * row);
                for chunk_x in 0..x.voxels.div_ceil(x.chunk) {
                    let start = chunk_x * x.chunk;
                    let cols = x.chunk.min(x.voxels - start);
                    let chunk = slices.chunk([chunk_z, chunk_y, chunk_x], indices)?;
                    for (line, voxels) in block.chunks_exact_mut(row).enumerate() {
                        let to = &mut voxels[start * width..(start + cols) * width];
                        let Some(chunk) = &chunk else {
                            let to = to.chunks_exact_mut(width);
                            to.for_each(|voxel| voxel.copy_from_slice(&array.fill));
                            continue;
                        };
                        let from = offset + line / rows * z.stride + line % rows * y.stride;
                        if x.stride == 1 {
                            let from = from * width;
                            to.copy_from_slice(&chunk[from..from + cols * width]);
                            continue;
                        }
                        for (i, voxel) in to.chunks_exact_mut(width).enumerate() {
                            let from = (from + i * x.stride) * width;
                            voxel.copy_from_slice(&chunk[from..from + width]);
                        }
                    }
                }
                Ok::<(), Error>(())
            })?;
        Ok(Slab {
            chunk_z,
            slices: depth,
            bytes,
        })
    }
}

impl SliceReader for ZarrReader<'_> {
    fn next_slice(&mut self) -> Result<Voxels, Error> {
        let [z, y, x] = self.slices.sides();
        let chunk_z = self.z / z.chunk;
        let slab = match self.slab.take() {
            Some(slab) if slab.chunk_z == chunk_z => slab,
            _ => self.load(chunk_z)?,
        };
        let array = &self.slices.array;
        let row = x.voxels * array.depth.bytes();
        let mut bytes = Vec::with_capacity(y.voxels * row);
        for block in slab.bytes.chunks(slab.slices * y.chunk.min(y.voxels) * row) {
            let part = block.len() / slab.slices;
            let start = (self.z % z.chunk) * part;
            bytes.extend_from_slice(&block[start..start + part]);
        }
        self.slab = Some(slab);
        self.z += 1;
        Ok(voxels_of(bytes, array.depth, array.chain.little_endian))
    }
}
