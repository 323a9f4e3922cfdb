//! Small valid files from which damaged ones are made.

use std::fs;
use std::io::Write;
use std::ops::Range;
use std::path::Path;

use corelith_core::{Raster, Spacing};
use corelith_io::{
    Compression, StackLayout, StackWriter, write_cbor, write_map_coordinates, write_mineral_map,
    write_minerals,
};
use image::{DynamicImage, ImageFormat};

use super::readers::minerals;
use super::sections;

/// A valid file.
pub struct Seed {
    pub name: String,
    pub bytes: Vec<u8>,
    /// Names of the readers that get it.
    pub readers: &'static [&'static str],
    /// Header fields that are set to extreme values one by one.
    pub fields: Range<usize>,
    /// Whether the bytes are packed with gzip after the damage.
    pub packed: bool,
}

const VOLUME: &[&str] = &["ct", "labels", "mask"];
const SECTION: &[&str] = &["mineral_map", "bse", "picture"];

fn seed(name: &str, bytes: Vec<u8>, readers: &'static [&'static str]) -> Seed {
    Seed {
        name: name.to_owned(),
        bytes,
        readers,
        fields: 0..0,
        packed: false,
    }
}

fn with_fields(fields: Range<usize>, seed: Seed) -> Seed {
    Seed { fields, ..seed }
}

/// Zarr arrays of other programs: metadata and, behind a zero, the first chunk.
fn zarrs(seeds: &mut Vec<Seed>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/volumes/zarr");
    let mut arrays: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    arrays.sort();
    for array in arrays {
        let of = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| fs::read(array.join(name)).ok())
        };
        let (Some(mut bytes), Some(chunk)) = (
            of(&[".zarray", "zarr.json"]),
            of(&["0.0.0", "0/0/0", "c/0/0/0", "c.0.0.0"]),
        ) else {
            continue;
        };
        bytes.push(0);
        bytes.extend(chunk);
        let name = array.file_name().unwrap().to_string_lossy().into_owned();
        seeds.push(seed(&name, bytes, &["zarr"]));
    }
}

/// Files of other programs in a folder of `tests/data`.
fn of_other_programs(folder: &str, readers: &'static [&'static str], seeds: &mut Vec<Seed>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(folder);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() || name.ends_with(".py") || name.ends_with(".raw") {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let fields = match path.extension().and_then(|e| e.to_str()) {
            Some("nii") => 40..124,
            Some("bmp") => 0..54,
            Some("gif") => 6..24,
            Some("webp") => 4..40,
            Some("jpg") => 2..200,
            Some("png") => 8..34,
            _ => 0..0,
        };
        let readers = match name.ends_with(".h5") {
            true => &["hdf5"],
            false => readers,
        };
        seeds.push(with_fields(fields, seed(&name, bytes, readers)));
    }
}

fn um(um: f64) -> Spacing {
    Spacing::isotropic(um)
}

fn stacks(folder: &Path, seeds: &mut Vec<Seed>) {
    for (name, compression) in [
        ("plain.tif", Compression::None),
        ("deflated.tif", Compression::Deflate),
        ("differences.tif", Compression::DeflateDifferences),
    ] {
        let path = folder.join(name);
        let layout = StackLayout {
            compression,
            ..StackLayout::new([3, 16, 20], um(2.296))
        };
        let mut writer = StackWriter::create(&path, layout).unwrap();
        for z in 0..3_u16 {
            let slice: Vec<u16> = (0..320).map(|i| 40 * i + z).collect();
            writer.write_slice(&slice).unwrap();
        }
        writer.finish().unwrap();
        let bytes = fs::read(&path).unwrap();
        seeds.push(seed(name, bytes, &["ct", "labels", "mask", "mineral_map"]));
    }
    let path = folder.join("coordinates.tif");
    let axis = Raster::from_fn(6, 9, |col, row| (col + row) as f32 / 2.0);
    write_map_coordinates(&path, [&axis, &axis, &axis], 1.5).unwrap();
    seeds.push(seed(
        "coordinates.tif",
        fs::read(&path).unwrap(),
        &["coordinates"],
    ));
    let mut bytes = vec![0, 4];
    bytes.extend((0..4 * 20 * 33_u16).flat_map(u16::to_be_bytes));
    seeds.push(with_fields(0..2, seed("voxels.raw", bytes, &["raw"])));
}

fn zeiss(folder: &Path) -> Seed {
    let path = folder.join("slices.txm");
    let mut file = cfb::create(&path).unwrap();
    let mut stream = |name: &str, bytes: &[u8]| {
        let folder = Path::new(name).parent().unwrap();
        file.create_storage_all(folder).unwrap();
        file.create_stream(name).unwrap().write_all(bytes).unwrap();
    };
    for (name, value) in [
        ("ImageWidth", 4_u32),
        ("ImageHeight", 3),
        ("NoOfImages", 2),
        ("DataType", 5),
    ] {
        stream(&format!("ImageInfo/{name}"), &value.to_le_bytes());
    }
    stream("ImageInfo/PixelSize", &2.296_f32.to_le_bytes());
    stream("ImageInfo/Angles", &[0; 8]);
    for z in 1..=2 {
        stream(&format!("ImageData1/Image{z}"), &[z; 24]);
    }
    drop(file);
    with_fields(24..90, seed("slices.txm", fs::read(&path).unwrap(), VOLUME))
}

fn images(folder: &Path, seeds: &mut Vec<Seed>) {
    let classes = Raster::from_fn(24, 40, |col, row| ((col / 8 + row / 8) % 3) as u8);
    let list = minerals();
    let path = folder.join("map.png");
    write_mineral_map(&path, &classes, &list.minerals).unwrap();
    let rgb = image::load_from_memory(&fs::read(&path).unwrap()).unwrap();
    let grey = DynamicImage::ImageLuma16(rgb.to_luma16());
    for (image, format, name, fields) in [
        (&rgb, ImageFormat::Png, "rgb.png", 8..34),
        (&grey, ImageFormat::Png, "grey_16.png", 8..34),
        (&rgb, ImageFormat::Bmp, "rgb.bmp", 0..54),
        (&rgb, ImageFormat::Gif, "rgb.gif", 6..24),
        (&rgb, ImageFormat::WebP, "rgb.webp", 4..40),
        (&rgb, ImageFormat::Jpeg, "rgb.jpg", 2..200),
    ] {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        let readers = match name {
            "grey_16.png" => &["ct", "labels", "mineral_map", "bse"],
            _ => SECTION,
        };
        seeds.push(with_fields(fields, seed(name, bytes.into_inner(), readers)));
    }
}

/// Parts of sections of several files.
fn sections(folder: &Path, seeds: &mut Vec<Seed>) {
    for (name, bytes, readers) in sections::seeds() {
        seeds.push(seed(name, bytes, readers));
    }
    let bytes = sections::frame_png(folder);
    seeds.push(with_fields(8..34, seed("frame.png", bytes, &["frame"])));
}

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn texts(folder: &Path, seeds: &mut Vec<Seed>) {
    const LIST: &[&str] = &["mineral_list"];
    let path = folder.join("minerals.csv");
    write_minerals(&path, &minerals().minerals).unwrap();
    seeds.push(seed("minerals.csv", fs::read(&path).unwrap(), LIST));
    let table = "mineral\tred\tgreen\tblue\tSG\tignore\tnumber\nBackground\t0\t0\t0\t\tno\t0\n\
                 Grün\t230\t40\t40\t2,65\tno\t1\nUnknown\t1\t2\t3\t\tyes\t2\n";
    for (name, bytes) in [
        ("tabs.tsv", table.as_bytes().to_vec()),
        ("semicolons.csv", table.replace('\t', ";").into_bytes()),
        (
            "sep.csv",
            format!("sep=;\r\n{}", table.replace('\t', ";")).into_bytes(),
        ),
        ("bom.csv", format!("\u{feff}{table}").into_bytes()),
        (
            "utf_16_le.csv",
            utf_16(&format!("\u{feff}{table}"), u16::to_le_bytes),
        ),
        (
            "utf_16_be.csv",
            utf_16(&format!("\u{feff}{table}"), u16::to_be_bytes),
        ),
        ("utf_16.csv", utf_16(table, u16::to_le_bytes)),
        (
            "latin_1.csv",
            table.chars().map(|c| c as u32 as u8).collect(),
        ),
        ("old_mac.csv", table.replace('\n', "\r").into_bytes()),
        (
            "titled.csv",
            format!("Minerals of the slag\n\n# by hand\n{table}").into_bytes(),
        ),
        (
            "hex.csv",
            b"phase,colour\nBackground,#000000\nQuartz,#E62828\nMica,rgb(1 2 3)\n".to_vec(),
        ),
        (
            "no_header.csv",
            b"Background,0,0,0\nQuartz,1,2,3\n".to_vec(),
        ),
        (
            "fractions.csv",
            b"name,r,g,b\nBackground,0.0,0.0,0.0\nQuartz,1.0,0.5,0.25\n".to_vec(),
        ),
    ] {
        seeds.push(seed(name, bytes, LIST));
    }
    let project = "name = \"slag\"\nfraction_um = \"63-100\"\nseed = 5\n\n[ct]\nslices = \
                   \"ct/*.tif\"\nvoxel_size_um = [2.296, 2.296, 2.5]\nchannel = 1\n[ct.raw]\n\
                   shape = [4, 5, 6]\ntype = \"uint16\"\nbyte_order = \"big\"\noffset = 7\n\n[sem]\n\
                   minerals = \"minerals.csv\"\npixel_size_um = 2.0\nunmeasured = [\"Unknown\"]\n\
                   unmeasured_rgb = [[1, 2, 3]]\n\n[[sem.map]]\nmineral_map = \"map.png\"\nrole = \
                   \"training\"\ncrop_px = [0, 0, 8, 9]\nbse = \"bse.tif\"\nbse_offset_px = [0, -3]\n\
                   numbers = \"row\"\npage = 2\nregion_vox = { z = [40, 60] }\n\n[[sem.map]]\n\
                   mineral_map = \"b.png\"\nrole = \"validation\"\n\n[[sem.map]]\n\
                   mineral_map = \"frames\"\nrole = \"training\"\nmosaic = { columns = 4, \
                   order = \"snake\", from = \"bottom_left\" }\n\n[[sem.map]]\nelements = \
                   \"edx\"\nrole = \"training\"\n\n[[sem.rule]]\nmineral = \"Quartz\"\nwhen = \
                   \"Si / (Si + Al) > 0.9 and not (Fe_K >= 20 or Al != 3)\"\n";
    seeds.push(seed(
        "sample.toml",
        project.as_bytes().to_vec(),
        &["project"],
    ));
    let manifest = include_str!("../../../../data-manifest.toml");
    seeds.push(seed(
        "manifest.toml",
        manifest.as_bytes().to_vec(),
        &["project"],
    ));
    let start = "{\n  \"name\": \"map_0\",\n  \"ct_from_map\": [[1.0, 0.0, 0.25], [0.0, 1.0, -3e-2], \
                 [4.0, 5.0, 6.0]],\n  \"score\": null,\n  \"notes\": [\"a\", {\"b\": true}]\n}\n";
    seeds.push(seed("map_0.json", start.as_bytes().to_vec(), &["start"]));
    let table = "id,volume_um3,touches_border,name\n1,2.5,true,\"a, b\"\n2,,false,c\n3,1e3,true,\n";
    seeds.push(seed("particles.csv", table.as_bytes().to_vec(), &["table"]));
    let path = folder.join("found.cbor");
    let found = std::collections::BTreeMap::from([("a", vec![1.5, f64::NAN]), ("b", vec![0.1; 9])]);
    write_cbor(&path, &found).unwrap();
    seeds.push(with_fields(
        0..32,
        seed("found.cbor", fs::read(&path).unwrap(), &["measurements"]),
    ));
}

/// AmiraMesh of 20 x 16 x 3 voxels of 8 bits, plain and in runs.
fn amira_meshes() -> [Seed; 2] {
    let mesh = |name: &str, encoding: &str, data: Vec<u8>| {
        let head = format!(
            "# AmiraMesh BINARY-LITTLE-ENDIAN 2.1\n\ndefine Lattice 20 16 3\n\nParameters {{\n\
             BoundingBox 0 38 0 30 0 4,\nCoordType \"uniform\"\n}}\n\n\
             Lattice {{ byte Labels }} @1{encoding}\n\n@1\n"
        );
        let bytes = [head.clone().into_bytes(), data].concat();
        with_fields(0..head.len(), seed(name, bytes, VOLUME))
    };
    let plain: Vec<u8> = (0..960).map(|i| (i % 7) as u8).collect();
    let runs: Vec<u8> = (0..96).flat_map(|i| [10, (i % 7) as u8]).collect();
    [
        mesh("plain.am", "", plain),
        mesh("runs.am", "(HxByteRLE,192)", runs),
    ]
}

/// All seeds.
pub fn seeds(folder: &Path) -> Vec<Seed> {
    let mut seeds = Vec::new();
    stacks(folder, &mut seeds);
    seeds.push(zeiss(folder));
    images(folder, &mut seeds);
    texts(folder, &mut seeds);
    sections(folder, &mut seeds);
    zarrs(&mut seeds);
    of_other_programs("volumes", VOLUME, &mut seeds);
    of_other_programs("volumes/png", VOLUME, &mut seeds);
    of_other_programs("volumes/bmp", VOLUME, &mut seeds);
    seeds.extend(amira_meshes());
    of_other_programs("sections", SECTION, &mut seeds);
    for seed in &mut seeds {
        if seed.name.ends_with(".gz") {
            let mut bytes = Vec::new();
            let mut packed = flate2::read::MultiGzDecoder::new(&seed.bytes[..]);
            std::io::copy(&mut packed, &mut bytes).unwrap();
            seed.bytes = bytes;
            seed.packed = true;
        }
    }
    seeds
}
