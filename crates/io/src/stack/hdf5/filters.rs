//! Filters of HDF5: <https://github.com/HDFGroup/hdf5_plugins/blob/master/docs/RegisteredFilterPlugins.md>.

use hdf5_pure::Filter;

use crate::stack::chunked::{BlockPacking, Packing};
use crate::stack::sample::Depth;
use crate::text::shown;

/// The steps of packing of a pipeline.
///
/// # Errors
/// In words, for a filter that is not read.
pub(super) fn packings(filters: &[Filter], depth: Depth) -> Result<Vec<Packing>, String> {
    filters
        .iter()
        .map(|filter| packing(filter, depth))
        .collect()
}

fn packing(filter: &Filter, depth: Depth) -> Result<Packing, String> {
    let setting = |i: usize| filter.client_data.get(i).map(|&n| n as usize);
    Ok(match filter.id {
        1 => Packing::Zlib,
        2 => Packing::Shuffle(setting(0).unwrap_or(depth.bytes()).clamp(1, 255)),
        3 => Packing::Fletcher32,
        32_000 => Packing::Lzf,
        32_001 => Packing::Blosc,
        32_004 => Packing::Lz4Blocks,
        // Version of the filter, size of elements, elements of a block, compression.
        32_008 => Packing::BitShuffle {
            element_bytes: setting(2).unwrap_or(depth.bytes()).clamp(1, 255),
            block_elements: setting(3).unwrap_or(0),
            packing: match setting(4) {
                Some(2) => BlockPacking::Lz4,
                Some(3) => BlockPacking::Zstd,
                _ => BlockPacking::None,
            },
        },
        32_015 => Packing::Zstd,
        id => {
            return Err(format!(
                "its chunks are packed by the filter {id}{}, which is not read; write it anew with \
                 another (`h5repack -f GZIP=4 OLD NEW`)",
                match (id, &filter.name) {
                    (4, _) => " (SZIP)".to_owned(),
                    (5, _) => " (N-bit)".to_owned(),
                    (6, _) => " (scale-offset)".to_owned(),
                    (_, Some(name)) => format!(" ({})", shown(name)),
                    _ => String::new(),
                }
            ));
        }
    })
}
