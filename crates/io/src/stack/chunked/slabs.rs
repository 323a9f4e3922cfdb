//! Slices of an array, read by rows of chunks.

use rayon::prelude::*;

use super::axes::Roles;
use super::grid::{ChunkSource, Grid};
use crate::Error;
use crate::stack::raw_voxels::voxels_of;
use crate::stack::store::{SliceReader, SliceStore};
use crate::stack::voxels::Voxels;

/// Rows of chunks that are in memory together take at most so many bytes.
const ROWS_BYTES_MAX: usize = 1 << 30;

/// An array as a volume.
#[derive(Debug)]
pub(in crate::stack) struct ChunkedSlices {
    pub grid: Grid,
    pub roles: Roles,
    /// The place along every axis that is not z, y or x.
    pub place: Vec<u64>,
    pub source: Box<dyn ChunkSource>,
}

/// One axis of the volume.
#[derive(Debug, Clone, Copy)]
struct Side {
    voxels: usize,
    /// Voxels of a chunk.
    chunk: usize,
    /// Distance of neighbours within a chunk.
    stride: usize,
}

impl ChunkedSlices {
    fn sides(&self) -> [Side; 3] {
        self.roles.zyx.map(|axis| match axis {
            None => Side {
                voxels: 1,
                chunk: 1,
                stride: 0,
            },
            Some(axis) => Side {
                voxels: self.grid.shape[axis] as usize,
                chunk: self.grid.chunk_shape[axis] as usize,
                stride: self.grid.stride(axis),
            },
        })
    }

    /// The chunk at a place along z, y and x, in chunks; `None` where it was never written.
    fn chunk(&self, zyx: [usize; 3]) -> Result<Option<Vec<u8>>, Error> {
        let pairs = self.place.iter().zip(&self.grid.chunk_shape);
        let mut chunk: Vec<u64> = pairs.map(|(place, size)| place / size).collect();
        for (axis, n) in self.roles.zyx.iter().zip(zyx) {
            if let Some(axis) = axis {
                chunk[*axis] = n as u64;
            }
        }
        let damaged = |reason: String| Error::Page {
            path: self.source.file_of(&chunk),
            slice: zyx[0] * self.sides()[0].chunk,
            reason,
        };
        let packed = match self.source.packed(&chunk) {
            Ok(None) => return Ok(None),
            Ok(Some(packed)) => packed,
            // A source knows no slices.
            Err(Error::Page { reason, .. }) => return Err(damaged(reason)),
            Err(error) => return Err(error),
        };
        let wanted = self.grid.chunk_bytes();
        let chain = &self.grid.chain;
        if wanted as u64 > chain.most_bytes(packed.bytes.len() as u64) {
            return Err(damaged(format!(
                "its chunk of {} bytes cannot hold {wanted}",
                packed.bytes.len()
            )));
        }
        chain.unpack(packed, wanted).map(Some).map_err(damaged)
    }

    /// Unpacks a row of chunks.
    fn slab(&self, chunk_z: usize) -> Result<Slab, Error> {
        let grid = &self.grid;
        let [z, y, x] = self.sides();
        let width = grid.depth.bytes();
        let depth = z.chunk.min(z.voxels - chunk_z * z.chunk);
        let row = x.voxels * width;
        let mut bytes = Vec::new();
        let size = depth * y.voxels * row;
        bytes.try_reserve_exact(size).map_err(|_| Error::Volume {
            path: self.source.file_of(&self.place),
            problem: format!(
                "a row of its chunks, {} x {} x {depth} voxels, does not fit in memory; save it \
                 with thinner chunks",
                x.voxels, y.voxels
            ),
        })?;
        bytes.resize(size, 0);
        let offset: usize = (0..self.place.len())
            .map(|a| (self.place[a] % grid.chunk_shape[a]) as usize * grid.stride(a))
            .sum();
        bytes
            .par_chunks_mut(depth * y.chunk.min(y.voxels) * row)
            .enumerate()
            .try_for_each(|(chunk_y, block)| {
                let rows = block.len() / (depth * row);
                for chunk_x in 0..x.voxels.div_ceil(x.chunk) {
                    let start = chunk_x * x.chunk;
                    let cols = x.chunk.min(x.voxels - start);
                    let chunk = self.chunk([chunk_z, chunk_y, chunk_x])?;
                    for (line, voxels) in block.chunks_exact_mut(row).enumerate() {
                        let to = &mut voxels[start * width..(start + cols) * width];
                        let Some(chunk) = &chunk else {
                            let to = to.chunks_exact_mut(width);
                            to.for_each(|voxel| voxel.copy_from_slice(&grid.fill));
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

impl SliceStore for ChunkedSlices {
    fn check_headers(&self) -> Result<(), Error> {
        // One header, whose sizes were held against those of the chunks when it was opened.
        Ok(())
    }

    fn reader(&self, z: usize) -> Result<Box<dyn SliceReader + '_>, Error> {
        Ok(Box::new(SlabReader {
            slices: self,
            z,
            slab: None,
        }))
    }

    /// Whole rows of chunks, so that none is unpacked twice. Where those of all threads would take
    /// too much memory, one reader takes all slices, and the chunks of a row are unpacked in
    /// parallel.
    fn slices_in_a_run(&self, slices: usize, wanted: usize) -> usize {
        let threads = rayon::current_num_threads();
        let [z, y, x] = self.sides();
        let row = [
            z.chunk.min(z.voxels),
            y.voxels,
            x.voxels,
            self.grid.depth.bytes(),
        ];
        let of_all = row.into_iter().fold(threads, usize::saturating_mul);
        match of_all <= ROWS_BYTES_MAX {
            true => wanted.next_multiple_of(z.chunk).min(slices),
            false => slices,
        }
    }
}

/// A row of chunks, unpacked: of each row of chunks along y all voxels, z slowest.
struct Slab {
    chunk_z: usize,
    slices: usize,
    bytes: Vec<u8>,
}

struct SlabReader<'a> {
    slices: &'a ChunkedSlices,
    z: usize,
    slab: Option<Slab>,
}

impl SliceReader for SlabReader<'_> {
    fn next_slice(&mut self) -> Result<Voxels, Error> {
        let [z, y, x] = self.slices.sides();
        let chunk_z = self.z / z.chunk;
        let kept = self.slab.take().filter(|slab| slab.chunk_z == chunk_z);
        let slab = match kept {
            Some(slab) => slab,
            None => self.slices.slab(chunk_z)?,
        };
        let grid = &self.slices.grid;
        let row = x.voxels * grid.depth.bytes();
        let mut bytes = Vec::with_capacity(y.voxels * row);
        for block in slab.bytes.chunks(slab.slices * y.chunk.min(y.voxels) * row) {
            let part = block.len() / slab.slices;
            let start = (self.z % z.chunk) * part;
            bytes.extend_from_slice(&block[start..start + part]);
        }
        self.slab = Some(slab);
        self.z += 1;
        Ok(voxels_of(bytes, grid.depth, grid.chain.little_endian))
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::axes::unnamed_roles;
    use super::super::codec::Chain;
    use super::super::grid::Packed;
    use super::*;
    use crate::stack::sample::Depth;

    /// Each voxel of a chunk is the number of the chunk along z.
    #[derive(Debug)]
    struct Numbered(usize);

    impl ChunkSource for Numbered {
        fn packed(&self, chunk: &[u64]) -> Result<Option<Packed>, Error> {
            Ok(Some(Packed {
                bytes: vec![chunk[0] as u8; self.0],
                left_out: 0,
            }))
        }

        fn file_of(&self, _: &[u64]) -> PathBuf {
            PathBuf::new()
        }
    }

    fn slices(shape: [u64; 3], chunk_shape: [u64; 3]) -> ChunkedSlices {
        ChunkedSlices {
            source: Box::new(Numbered(chunk_shape.iter().product::<u64>() as usize)),
            grid: Grid {
                shape: shape.to_vec(),
                chunk_shape: chunk_shape.to_vec(),
                depth: Depth::U8,
                fill: vec![0],
                chain: Chain {
                    order: vec![0, 1, 2],
                    little_endian: true,
                    packings: Vec::new(),
                },
            },
            roles: unnamed_roles(&shape).unwrap(),
            place: vec![0; 3],
        }
    }

    #[test]
    fn readers_take_whole_rows_of_chunks() {
        let small = slices([400, 6, 7], [5, 4, 4]);
        let run = small.slices_in_a_run(400, 16);
        assert!(run.is_multiple_of(5) && run < 400, "{run}");
        let mut reader = small.reader(run).unwrap();
        assert_eq!(
            reader.next_slice().unwrap(),
            Voxels::U8(vec![(run / 5) as u8; 42])
        );
        // Chunks that are higher than the array, and rows that do not fit in memory several times.
        assert_eq!(slices([4, 6, 7], [64, 4, 4]).slices_in_a_run(4, 1), 4);
        let wide = slices([4000, 60_000, 60_000], [500, 100, 100]);
        assert_eq!(wide.slices_in_a_run(4000, 16), 4000);
    }
}
