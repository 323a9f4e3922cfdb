//! Codecs that unpack, in place of those of zarrs. Its own take whatever memory a chunk or the header
//! of a frame asks for; these stop where a chunk is full, and need no C library for Blosc. HDF5 files
//! are unpacked by the same code.

use std::any::Any;
use std::borrow::Cow;
use std::sync::{Arc, Once};

use serde_json::Value;
use zarrs::array::codec::api::{
    CodecRuntimePluginV2, CodecRuntimePluginV3, PartialDecoderCapability, PartialEncoderCapability,
    register_codec_v2, register_codec_v3,
};
use zarrs::array::{
    ArrayBytesRaw, BytesRepresentation, BytesToBytesCodecTraits, Codec, CodecError,
    CodecMetadataOptions, CodecOptions, CodecTraits, RecommendedConcurrency,
};
use zarrs::metadata::Configuration;
use zarrs::plugin::{ExtensionName, ZarrVersion};

use crate::stack::chunked::Packing;

static REGISTERED: Once = Once::new();

/// Has zarrs unpack by the codecs of this crate; to be called before it sees metadata.
pub(super) fn register() {
    REGISTERED.call_once(|| {
        let is_ours = |name: &str| packing_named(name, None).is_some();
        register_codec_v2(CodecRuntimePluginV2::new(is_ours, |metadata| {
            Ok(unpacking(metadata.id(), Some(metadata.configuration())))
        }));
        register_codec_v3(CodecRuntimePluginV3::new(is_ours, |metadata| {
            Ok(unpacking(metadata.name(), metadata.configuration()))
        }));
    });
}

/// A step of packing by its name in Zarr 2 or 3.
fn packing_named(name: &str, element_bytes: Option<u64>) -> Option<Packing> {
    Some(match name.strip_prefix("numcodecs.").unwrap_or(name) {
        "gzip" => Packing::Gzip,
        "zlib" => Packing::Zlib,
        "zstd" => Packing::Zstd,
        "blosc" => Packing::Blosc,
        "lz4" => Packing::Lz4,
        "shuffle" => Packing::Shuffle(element_bytes.unwrap_or(4).clamp(1, 255) as usize),
        _ => return None,
    })
}

fn unpacking(name: &str, configuration: Option<&Configuration>) -> Codec {
    let element_bytes = configuration.and_then(|c| c.get("elementsize"));
    let packing = packing_named(name, element_bytes.and_then(Value::as_u64));
    Codec::BytesToBytes(Arc::new(Unpacking {
        name: name.to_owned(),
        packing: packing.expect("a name that was found to be ours"),
    }))
}

/// Undoes a step of packing.
#[derive(Debug)]
struct Unpacking {
    name: String,
    packing: Packing,
}

/// Whether a codec makes bytes fewer.
pub(super) fn compresses(codec: &dyn BytesToBytesCodecTraits) -> bool {
    let codec = codec.as_any().downcast_ref::<Unpacking>();
    codec.is_some_and(|codec| codec.packing.compresses())
}

impl ExtensionName for Unpacking {
    fn name(&self, _: ZarrVersion) -> Option<Cow<'static, str>> {
        Some(Cow::Owned(self.name.clone()))
    }
}

impl CodecTraits for Unpacking {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn configuration(&self, _: ZarrVersion, _: &CodecMetadataOptions) -> Option<Configuration> {
        None
    }

    fn partial_decoder_capability(&self) -> PartialDecoderCapability {
        PartialDecoderCapability {
            partial_read: false,
            partial_decode: false,
        }
    }

    fn partial_encoder_capability(&self) -> PartialEncoderCapability {
        PartialEncoderCapability {
            partial_encode: false,
        }
    }
}

impl BytesToBytesCodecTraits for Unpacking {
    fn into_dyn(self: Arc<Self>) -> Arc<dyn BytesToBytesCodecTraits> {
        self
    }

    fn recommended_concurrency(
        &self,
        _: &BytesRepresentation,
    ) -> Result<RecommendedConcurrency, CodecError> {
        Ok(RecommendedConcurrency::new_maximum(1))
    }

    /// A step before may make bytes more, such as a frame around them.
    fn encoded_representation(&self, unpacked: &BytesRepresentation) -> BytesRepresentation {
        match unpacked.size() {
            None => BytesRepresentation::UnboundedSize,
            Some(bytes) => {
                let most = bytes.saturating_add(bytes / 4).saturating_add(1 << 16);
                BytesRepresentation::BoundedSize(most)
            }
        }
    }

    fn encode<'a>(
        &self,
        _: ArrayBytesRaw<'a>,
        _: &CodecOptions,
    ) -> Result<ArrayBytesRaw<'a>, CodecError> {
        Err(CodecError::Other(format!("{} only unpacks", self.name)))
    }

    fn decode<'a>(
        &self,
        packed: ArrayBytesRaw<'a>,
        unpacked: &BytesRepresentation,
        _: &CodecOptions,
    ) -> Result<ArrayBytesRaw<'a>, CodecError> {
        let size = unpacked
            .size()
            .and_then(|bytes| usize::try_from(bytes).ok());
        let most = size.ok_or_else(|| {
            CodecError::Other(format!("{} cannot tell the size of a chunk", self.name))
        })?;
        // One more, so that a chunk that holds too many bytes is told from a full one.
        let bytes = self
            .packing
            .unpack(packed.into_owned(), most.saturating_add(1));
        bytes.map(Cow::Owned).map_err(CodecError::Other)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn no_more_is_unpacked_than_a_chunk_may_hold() {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(&vec![0; 1 << 24]).unwrap();
        let packed = packer.finish().unwrap();
        let Codec::BytesToBytes(codec) = unpacking("gzip", None) else {
            panic!("a codec of bytes");
        };
        let unpack = |size| codec.decode(packed.clone().into(), &size, &CodecOptions::default());
        let bytes = unpack(BytesRepresentation::FixedSize(8)).unwrap();
        assert_eq!(bytes.len(), 9);
        assert!(unpack(BytesRepresentation::UnboundedSize).is_err());
    }
}
