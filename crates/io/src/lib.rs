//! CT stacks, mineral maps, project files, result tables and images on disk.
//!
//! - Reading streams where volumes may be large: [`VolumeSource`] decodes slice by slice.
//! - Every writer goes through [`AtomicFile`]: a file appears under its name when it is complete,
//!   so a full disk or a stopped run leaves earlier results whole.
//! - Bad input is an [`Error`] that says what, where, what was expected and found, and what to do.

mod advice;
mod atomic;
mod bse;
mod cbor;
mod checksum;
mod colours;
mod crop;
mod csv_table;
mod dataset;
mod elements;
mod error;
mod file_kind;
mod image_file;
mod json;
mod legend;
mod length_unit;
mod manifest;
mod map_coordinates;
mod mineral_list;
mod mineral_map;
mod mosaic;
mod natural;
mod ome_zarr;
mod orientation;
mod parquet_table;
mod pattern;
mod png;
mod project;
mod project_path;
mod regular_file;
mod said_spacing;
mod same_section;
mod section_source;
mod sem_check;
mod several_images;
mod stack;
mod survey;
mod syntax;
mod text;
mod tiff_file;
mod toml_faults;
mod toml_file;
mod toml_hints;
mod turns;
mod unknown_colour;
mod voxel_size;

pub use atomic::{AtomicFile, remove_left_over, write_bytes, write_with};
pub use bse::{Bse, BseSettings, bse_contradicts_densities, proposed_bse_crop, read_bse};
pub use cbor::{read_cbor, write_cbor};
pub use checksum::{FileRecord, record_file, record_files, sha256_of_bytes};
pub use corelith_core::Role;
pub use crop::Crop;
pub use csv_table::{read_csv, write_csv};
pub use dataset::{Dataset, DatasetMap, DatasetWriter, write_dataset};
pub use elements::{ElementRule, ElementSettings, ElementStack};
pub use error::Error;
pub use file_kind::FileKind;
pub use json::{read_json, write_json};
pub use manifest::{
    Acquisition, Check, DatasetEntry, DatasetLock, Download, FileEntry, FolderEntry, Fraction,
    LOCK_FILE, Manifest, Outcome, VerifyReport, folded_name,
};
pub use map_coordinates::{read_map_coordinates, write_map_coordinates};
pub use mineral_list::{MineralList, read_mineral_list, write_minerals};
pub use mineral_map::{
    MapSettings, MineralMap, Numbers, proposed_map_crop, read_mineral_map, write_mineral_map,
};
pub use mosaic::{Corner, FrameLink, FrameOrder, Mosaic, MosaicSettings, PlacedFrame, Stitching};
pub use ome_zarr::{LabelValue, OmeZarr, ZarrVoxel};
pub use parquet_table::write_parquet;
pub use png::{PngPixel, encode_png, read_png_rgb, write_png};
pub use project::{CtSection, SemMap, SemSection};
pub use project_path::project_path;
pub use said_spacing::{SaidSpacing, SpacingSource};
pub use same_section::check_sections_differ;
pub use section_source::{Section, SectionSource};
pub use stack::{
    ByteOrder, Compression, CtVolume, Depth, Evening, GreyScale, RawLayout, RawType, Sample, Seam,
    SliceScale, Slices, StackLayout, StackWriter, Unevenness, VolumeOptions, VolumeSource,
    WrittenCt, ct_seems_inverted, read_volume, write_slice, write_slices, write_volume,
};
pub use survey::{
    Draft, FoundBse, FoundList, FoundMap, FoundVolume, Gap, StatedSize, StatedSizes, Survey, survey,
};
pub use toml_faults::read_toml_past_faults;
pub use toml_file::{read_toml, read_toml_with_note, write_toml};
pub use unknown_colour::UnknownColour;
pub use voxel_size::VoxelSize;
