//! Codecs by the names that Zarr has for them.

use crate::stack::chunked::Packing;
use crate::text::shown;

/// A codec by its name in Zarr 2 or 3.
///
/// # Errors
/// In words, for a codec that is not read.
pub(super) fn packing_named(name: &str, element_bytes: Option<u64>) -> Result<Packing, String> {
    Ok(match name {
        "gzip" => Packing::Gzip,
        "zlib" => Packing::Zlib,
        "zstd" => Packing::Zstd,
        "blosc" => Packing::Blosc,
        "lz4" => Packing::Lz4,
        "crc32c" => Packing::Crc32c,
        "shuffle" => Packing::Shuffle(element_bytes.unwrap_or(4).clamp(1, 255) as usize),
        other => return Err(unknown_packing(other)),
    })
}

/// What to say of a codec that is not read.
pub(super) fn unknown_packing(name: &str) -> String {
    format!(
        "its chunks are packed by `{}`, which is not read; save it with `zstd`, `blosc`, \
         `gzip`, `zlib`, `lz4` or without compression",
        shown(name)
    )
}
