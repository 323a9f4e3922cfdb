//! Volumes: stacks of slices, one file each or one file for all, and the volume formats of other
//! programs.

mod arrangement;
mod chunked;
mod columns;
mod copies;
mod ct;
mod description;
mod evening;
mod grey_page;
mod hdf5;
mod header;
mod imagej;
mod left_out;
mod meta_image;
mod misnamed;
mod nifti;
mod nrrd;
mod numbered_name;
mod ome;
mod open;
mod pixel_size;
mod png_slices;
mod raw;
mod read;
mod sample;
mod shaped;
mod slice_checks;
mod slice_names;
mod source;
mod store;
mod tiff_store;
mod tiff_volume;
mod unitless;
mod voxels;
mod write;
mod zarr;
mod zeiss;

pub use ct::{CtVolume, GreyScale};
pub use evening::{Evening, Seam, SliceScale, Unevenness};
pub(crate) use numbered_name::{NumberedName, Reading, stem};
pub(crate) use pixel_size::{SaidPixel, said_pixel};
pub use raw::{ByteOrder, RawLayout, RawType};
pub use read::{Slices, VolumeOptions, VolumeSource, read_volume};
pub use sample::{Depth, Sample};
pub use write::{Compression, StackLayout, StackWriter, write_slice, write_volume};
pub(crate) use zarr::is_zarr;
