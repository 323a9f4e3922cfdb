use std::marker::PhantomData;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zarrs::array::codec::{BytesCodec, GzipCodec, ShardingCodecBuilder, SubchunkWriteOrder};
use zarrs::array::{ArrayBuilder, ArrayToBytesCodecTraits as _, CodecOptions, DataType};

use super::voxel::ZarrVoxel;
use crate::{Error, write_bytes, write_json};

/// Sides of a chunk, what a viewer reads at once, in voxels.
const CHUNK: usize = 64;

/// Slices of a shard: those that are held until they are written.
pub(super) const SLAB: usize = CHUNK;

/// Sides of a shard, the chunks of one file, in voxels: files are few enough for any file system.
const SHARD: [usize; 3] = [SLAB, 512, 512];

/// How hard chunks are packed, of 9.
const GZIP_LEVEL: u32 = 4;

/// Writes one Zarr 3 array in shards of gzipped chunks, slab by slab. Chunks and shards that hold
/// nothing but zeros are not stored.
pub(super) struct ArrayWriter<T> {
    store: PathBuf,
    /// Relative to the store.
    folder: PathBuf,
    shape: [usize; 3],
    array: zarrs::array::Array<()>,
    /// Slices that are written.
    written: usize,
    files: Vec<PathBuf>,
    voxel: PhantomData<T>,
}

/// An array whose files are written here, since they have to appear under their names whole.
fn array(shape: [usize; 3], data_type: DataType) -> zarrs::array::Array<()> {
    let side = NonZeroU64::new(CHUNK as u64).expect("chunks hold voxels");
    let gzip = GzipCodec::new(GZIP_LEVEL).expect("a level of gzip");
    let mut sharding = ShardingCodecBuilder::new(vec![side; 3], &data_type);
    sharding
        .array_to_bytes_codec(Arc::new(BytesCodec::little()))
        .index_array_to_bytes_codec(Arc::new(BytesCodec::little()))
        .bytes_to_bytes_codecs(vec![Arc::new(gzip)]);
    // Else chunks would lie in the order in which threads finish them.
    let sharding = sharding
        .build()
        .with_subchunk_write_order(SubchunkWriteOrder::C);
    ArrayBuilder::new(
        shape.map(|n| n as u64),
        SHARD.map(|n| n as u64),
        data_type,
        0_u8,
    )
    .array_to_bytes_codec(Arc::new(sharding))
    .dimension_names(["z", "y", "x"].into())
    .build(Arc::new(()), "/")
    .expect("an array that no input describes")
}

impl<T: ZarrVoxel> ArrayWriter<T> {
    /// Starts an array in a folder of the store.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub(super) fn create(store: &Path, folder: PathBuf, shape: [usize; 3]) -> Result<Self, Error> {
        let array = array(shape, T::data_type());
        let file = folder.join("zarr.json");
        write_json(&store.join(&file), array.metadata())?;
        Ok(Self {
            store: store.to_owned(),
            folder,
            shape,
            array,
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

    /// Writes the next [`SLAB`] slices, or the last ones. One shard at a time is packed, by all
    /// threads.
    ///
    /// # Errors
    /// [`Error::Write`].
    pub(super) fn write_slab(&mut self, slab: &[T]) -> Result<(), Error> {
        let [_, ny, nx] = self.shape;
        let depth = slab.len() / (ny * nx);
        let row = self.written / SLAB;
        for y in 0..ny.div_ceil(SHARD[1]) {
            for x in 0..nx.div_ceil(SHARD[2]) {
                let Some(voxels) = shard(slab, [depth, ny, nx], [y * SHARD[1], x * SHARD[2]])
                else {
                    continue;
                };
                let key = self.array.chunk_key(&[row, y, x].map(|n| n as u64));
                let file = self.folder.join(key.as_str());
                write_bytes(&self.store.join(&file), &self.packed(voxels))?;
                self.files.push(file);
            }
        }
        self.written += depth;
        Ok(())
    }

    /// The bytes of a shard.
    fn packed(&self, voxels: Vec<T>) -> Vec<u8> {
        let array = &self.array;
        let voxels = T::into_array_bytes(array.data_type(), voxels).expect("voxels of the type");
        let shape = array.chunk_shape(&[0; 3]).expect("an array of three axes");
        let packed = array.codecs().encode(
            voxels,
            &shape,
            array.data_type(),
            array.fill_value(),
            &CodecOptions::default(),
        );
        packed.expect("memory takes any bytes").into_owned()
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

/// The voxels of a shard whose first lies there in a slab, zeros beyond the ends. None where all are
/// zero.
fn shard<T: ZarrVoxel>(
    slab: &[T],
    [depth, ny, nx]: [usize; 3],
    [from_y, from_x]: [usize; 2],
) -> Option<Vec<T>> {
    let mut voxels = vec![T::default(); SHARD.iter().product()];
    let cols = SHARD[2].min(nx - from_x);
    let mut is_empty = true;
    for z in 0..depth {
        for y in from_y..ny.min(from_y + SHARD[1]) {
            let start = (z * ny + y) * nx + from_x;
            let line = &slab[start..start + cols];
            is_empty &= line.iter().all(|&voxel| voxel == T::default());
            let into = (z * SHARD[1] + y - from_y) * SHARD[2];
            voxels[into..into + cols].copy_from_slice(line);
        }
    }
    (!is_empty).then_some(voxels)
}
