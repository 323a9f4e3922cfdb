use std::io::Write as _;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use rayon::prelude::*;

use super::metadata;
use super::voxel::ZarrVoxel;
use crate::{Error, write_bytes, write_json};

/// Sides of a chunk, what a viewer reads at once, in voxels.
pub(super) const CHUNK: usize = 64;

/// Slices of a shard: those that are held until they are written.
pub(super) const SLAB: usize = CHUNK;

/// Sides of a shard, the chunks of one file, in voxels: files are few enough for any file system.
pub(super) const SHARD: [usize; 3] = [SLAB, 512, 512];

/// A chunk that holds nothing but zeros is not stored.
const NOT_STORED: [u64; 2] = [u64::MAX; 2];

/// Writes one Zarr 3 array in shards of gzipped chunks, slab by slab.
/// Format: <https://zarr-specs.readthedocs.io/en/latest/v3/codecs/sharding-indexed/index.html>.
pub(super) struct ArrayWriter<T> {
    store: PathBuf,
    /// Relative to the store.
    folder: PathBuf,
    shape: [usize; 3],
    /// Slices that are written.
    written: usize,
    files: Vec<PathBuf>,
    voxel: PhantomData<T>,
}

impl<T: ZarrVoxel> ArrayWriter<T> {
    /// Starts an array in a folder of the store.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub(super) fn create(store: &Path, folder: PathBuf, shape: [usize; 3]) -> Result<Self, Error> {
        let file = folder.join("zarr.json");
        write_json(&store.join(&file), &metadata::array(shape, T::NAME))?;
        Ok(Self {
            store: store.to_owned(),
            folder,
            shape,
            written: 0,
            files: vec![file],
            voxel: PhantomData,
        })
    }

    /// `[nz, ny, nx]`.
    pub(super) fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// Slices that are written.
    pub(super) fn written(&self) -> usize {
        self.written
    }

    /// Writes the next [`SLAB`] slices, or the last ones.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub(super) fn write_slab(&mut self, slab: &[T]) -> Result<(), Error> {
        let [_, ny, nx] = self.shape;
        let depth = slab.len() / (ny * nx);
        let slab = Slab {
            voxels: slab,
            shape: [depth, ny, nx],
        };
        let across = nx.div_ceil(SHARD[2]);
        let shards = ny.div_ceil(SHARD[1]) * across;
        let row = self.written / SLAB;
        let written = (0..shards).into_par_iter().map(|shard| {
            let at = [shard / across, shard % across];
            let Some(bytes) = slab.shard(at) else {
                return Ok(None);
            };
            let [y, x] = at;
            let file = self.folder.join(format!("c/{row}/{y}/{x}"));
            write_bytes(&self.store.join(&file), &bytes)?;
            Ok(Some(file))
        });
        let files: Vec<Option<PathBuf>> = written.collect::<Result<_, Error>>()?;
        self.files.extend(files.into_iter().flatten());
        self.written += depth;
        Ok(())
    }

    /// Every file, relative to the store.
    ///
    /// # Panics
    /// When slices are missing: a bug of the caller.
    pub(super) fn finish(self) -> Vec<PathBuf> {
        assert_eq!(self.written, self.shape[0], "slices are missing");
        self.files
    }
}

/// Slices as deep as a shard, or fewer at the end.
struct Slab<'a, T> {
    voxels: &'a [T],
    shape: [usize; 3],
}

impl<T: ZarrVoxel> Slab<'_, T> {
    /// A shard: its chunks, then where each lies. None where all is zero.
    fn shard(&self, [y, x]: [usize; 2]) -> Option<Vec<u8>> {
        let sides = [SHARD[1] / CHUNK, SHARD[2] / CHUNK];
        let chunks: Vec<Option<Vec<u8>>> = (0..sides[0] * sides[1])
            .into_par_iter()
            .map(|chunk| {
                self.chunk([
                    y * SHARD[1] + chunk / sides[1] * CHUNK,
                    x * SHARD[2] + chunk % sides[1] * CHUNK,
                ])
            })
            .collect();
        if chunks.iter().all(Option::is_none) {
            return None;
        }
        let mut bytes = Vec::new();
        let mut index = Vec::new();
        for chunk in chunks {
            let [offset, size] = match chunk {
                Some(chunk) => {
                    let place = [bytes.len() as u64, chunk.len() as u64];
                    bytes.extend(chunk);
                    place
                }
                None => NOT_STORED,
            };
            index.extend(offset.to_le_bytes());
            index.extend(size.to_le_bytes());
        }
        let checksum = crc32c::crc32c(&index);
        bytes.extend(index);
        bytes.extend(checksum.to_le_bytes());
        Some(bytes)
    }

    /// The gzipped voxels of a chunk, zeros beyond the ends. None where all are zero.
    fn chunk(&self, [from_y, from_x]: [usize; 2]) -> Option<Vec<u8>> {
        let [nz, ny, nx] = self.shape;
        let mut voxels = vec![T::default(); CHUNK * CHUNK * CHUNK];
        let to_x = nx.min(from_x + CHUNK);
        let mut is_empty = true;
        for z in 0..nz {
            for y in from_y..ny.min(from_y + CHUNK) {
                if from_x >= to_x {
                    return None;
                }
                let start = (z * ny + y) * nx;
                let line = &self.voxels[start + from_x..start + to_x];
                is_empty &= line.iter().all(|&voxel| voxel == T::default());
                let into = (z * CHUNK + y - from_y) * CHUNK;
                voxels[into..into + line.len()].copy_from_slice(line);
            }
        }
        (!is_empty).then(|| gzipped(&voxels))
    }
}

fn gzipped<T: ZarrVoxel>(voxels: &[T]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size_of_val(voxels));
    for &voxel in voxels {
        voxel.put(&mut bytes);
    }
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::new(4));
    let packed = encoder.write_all(&bytes).and_then(|()| encoder.finish());
    packed.expect("memory takes any bytes")
}
