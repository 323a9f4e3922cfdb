//! Every reader of the crate behind one signature, for the tests and for the fuzz targets.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::Read;
use std::path::Path;

use corelith_core::{CtFromMap, Mineral, Minerals, Raster, Silent, Spacing};
use corelith_io::{
    BseSettings, ByteOrder, CtSection, Manifest, MapSettings, MineralList, MineralMap, RawLayout,
    RawType, SemSection, VolumeOptions, VolumeSource,
};
use serde::Deserialize;

use super::sections::{element, frame_of_four, positions};

/// What a reader ends in.
pub type Outcome = Result<(), Box<dyn Error>>;

/// A reader.
pub struct Reader {
    /// What it reads.
    pub name: &'static str,
    /// Ending that files of it usually have.
    pub ending: &'static str,
    /// Reads a file.
    pub read: fn(&Path) -> Outcome,
}

/// All readers.
pub const READERS: [Reader; 18] = [
    reader("ct", "tif", ct),
    reader("labels", "tif", labels),
    reader("mask", "tif", mask),
    reader("raw", "raw", raw),
    reader("zarr", "zarr", zarr),
    reader("hdf5", "h5", hdf5),
    reader("coordinates", "tif", coordinates),
    reader("mineral_map", "png", mineral_map),
    reader("bse", "tif", bse),
    reader("frame", "png", frame_of_four),
    reader("positions", "csv", positions),
    reader("element", "txt", element),
    reader("picture", "png", picture),
    reader("mineral_list", "csv", mineral_list),
    reader("project", "toml", project),
    reader("start", "json", start),
    reader("table", "csv", table),
    reader("measurements", "cbor", measurements),
];

const fn reader(name: &'static str, ending: &'static str, read: fn(&Path) -> Outcome) -> Reader {
    Reader { name, ending, read }
}

/// The reader of that name.
pub fn reader_of(name: &str) -> &'static Reader {
    let found = READERS.iter().find(|reader| reader.name == name);
    found.unwrap_or_else(|| panic!("no reader is called {name}"))
}

const UM: Spacing = Spacing {
    x_um: 1.0,
    y_um: 1.0,
    z_um: 1.0,
};

fn ct(path: &Path) -> Outcome {
    let source = match VolumeSource::open(path) {
        Ok(source) => source,
        // Files of several channels are read where one is chosen.
        Err(_) => {
            let options = VolumeOptions {
                channel: Some(1),
                ..VolumeOptions::default()
            };
            VolumeSource::open_with(path, &options)?
        }
    };
    source.notes();
    source.said_spacing();
    source.check_headers()?;
    source.read_ct(UM, &Silent)?;
    Ok(())
}

fn labels(path: &Path) -> Outcome {
    let source = VolumeSource::open(path)?;
    for slice in source.slices::<u32>() {
        slice?;
    }
    source.read::<f32>(UM, &Silent)?;
    Ok(())
}

fn mask(path: &Path) -> Outcome {
    VolumeSource::open(path)?.read_mask(UM, &Silent)?;
    Ok(())
}

/// What the file does not say is fixed here: 33 x 20 voxels a slice, and as many slices as the
/// first two bytes of the file say.
fn raw(path: &Path) -> Outcome {
    let mut head = [0; 2];
    if path.is_file() {
        let read = fs::File::open(path)?.read(&mut head)?;
        head[read..].fill(1);
    }
    let options = VolumeOptions {
        raw: Some(RawLayout {
            shape: [33, 20, usize::from(u16::from_be_bytes(head))],
            voxel: RawType::Uint16,
            byte_order: ByteOrder::Big,
            offset: 2,
        }),
        ..VolumeOptions::default()
    };
    VolumeSource::open_with(path, &options)?.read_ct(UM, &Silent)?;
    Ok(())
}

/// The file holds the metadata of an array and, behind a zero, the bytes of its first chunk.
fn zarr(path: &Path) -> Outcome {
    if !path.is_file() {
        VolumeSource::open(path)?;
    }
    let bytes = fs::read(path)?;
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    let (metadata, chunk) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".folder");
    let folder = path.with_file_name(name);
    let is_old = metadata.windows(8).any(|part| part == b"\"chunks\"");
    let file = if is_old { ".zarray" } else { "zarr.json" };
    for key in ["c/0/0/0", "c.0.0.0", "0.0.0", "0/0/0"] {
        let path = folder.join(key);
        fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        fs::write(path, chunk)?;
    }
    fs::write(folder.join(file), metadata)?;
    let read = VolumeSource::open(&folder).and_then(|source| {
        source.notes();
        source.check_headers()?;
        source.read_ct(UM, &Silent)
    });
    fs::remove_dir_all(&folder)?;
    read?;
    Ok(())
}

/// The first of some arrays that is there, else the only one.
fn hdf5(path: &Path) -> Outcome {
    let named = ["lzf", "bitshuffle_lz4", "packed/uint16", "gzip", "data"];
    let mut found = VolumeSource::open(path);
    for name in named {
        if found.is_err() {
            let options = VolumeOptions {
                dataset: Some(name.to_owned()),
                ..VolumeOptions::default()
            };
            found = VolumeSource::open_with(path, &options);
        }
    }
    found?.read_ct(UM, &Silent)?;
    Ok(())
}

fn coordinates(path: &Path) -> Outcome {
    corelith_io::read_map_coordinates(path)?;
    Ok(())
}

/// The minerals of the maps in `tests/data/sections`.
pub fn minerals() -> MineralList {
    let rows = [
        ("Background", [0, 0, 0]),
        ("Quartz", [230, 40, 40]),
        ("Feldspar", [240, 200, 60]),
    ];
    let rows = rows.map(|(name, rgb)| Mineral {
        name: name.to_owned(),
        rgb,
        density_g_cm3: None,
    });
    let minerals = Minerals::new(rows.to_vec(), "Background").expect("distinct minerals");
    minerals.into()
}

fn mineral_map(path: &Path) -> Outcome {
    let list = minerals();
    let settings = MapSettings {
        colour_tolerance: Some(442.0),
        ..MapSettings::default()
    };
    // The error that advises on settings is made by another way than the map.
    let exact = corelith_io::read_mineral_map(path, &list, &MapSettings::default());
    corelith_io::proposed_map_crop(path, &list)?;
    corelith_io::read_mineral_map(path, &list, &settings)?;
    exact?;
    Ok(())
}

fn bse(path: &Path) -> Outcome {
    let classes = Raster::from_fn(24, 40, |col, row| ((col / 8 + row / 8) % 3) as u8);
    let map = MineralMap {
        classes,
        moved: None,
        image_size: [40, 24],
        notes: Vec::new(),
    };
    let settings = BseSettings {
        offset_px: Some([0, 0]),
        ..BseSettings::default()
    };
    corelith_io::proposed_bse_crop(path)?;
    corelith_io::read_bse(path, Path::new("map.png"), &map, &settings)?;
    corelith_io::read_bse(path, Path::new("map.png"), &map, &BseSettings::default())?;
    Ok(())
}

fn picture(path: &Path) -> Outcome {
    corelith_io::read_png_rgb(path)?;
    Ok(())
}

fn mineral_list(path: &Path) -> Outcome {
    corelith_io::read_mineral_list(path, "Background", None)?;
    Ok(())
}

/// The sections of a project file that this crate knows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Project {
    name: String,
    fraction_um: String,
    ct: CtSection,
    sem: SemSection,
    seed: Option<u64>,
}

fn project(path: &Path) -> Outcome {
    if corelith_io::read_toml::<Manifest>(path).is_ok() {
        return Ok(());
    }
    let project: Project = corelith_io::read_toml(path)?;
    project.sem.check(path)?;
    Ok(())
}

/// What a placement of an earlier registration holds.
#[derive(Deserialize)]
#[allow(dead_code)]
struct Start {
    ct_from_map: CtFromMap,
}

fn start(path: &Path) -> Outcome {
    let _: Start = corelith_io::read_json(path)?;
    Ok(())
}

fn table(path: &Path) -> Outcome {
    corelith_io::read_csv(path)?;
    Ok(())
}

fn measurements(path: &Path) -> Outcome {
    let _: BTreeMap<String, Vec<f64>> = corelith_io::read_cbor(path)?;
    Ok(())
}
