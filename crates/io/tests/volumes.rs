//! Volumes that other programs wrote.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod counted;

use std::fs;
use std::path::Path;

use corelith_core::{Silent, Volume};
use corelith_io::{
    ByteOrder, Depth, Error, RawLayout, RawType, VolumeOptions, VolumeSource, write_volume,
};

use counted::{ONE, count, data, holds_values, values};

fn open(name: &str) -> Result<VolumeSource, Error> {
    VolumeSource::open(&data(name))
}

fn open_channel(name: &str, channel: usize) -> Result<VolumeSource, Error> {
    let options = VolumeOptions {
        channel: Some(channel),
        ..VolumeOptions::default()
    };
    VolumeSource::open_with(&data(name), &options)
}

fn refused(name: &str) -> String {
    counted::refused(name, open(name))
}

fn holds(source: &VolumeSource, name: &str, depth: Depth) {
    assert_eq!(source.depth(), depth, "{name}");
    holds_values(source, name, values(depth));
}

const TYPES: [(&str, Depth); 11] = [
    ("int8", Depth::I8),
    ("uint8", Depth::U8),
    ("int16", Depth::I16),
    ("uint16", Depth::U16),
    ("int32", Depth::I32),
    ("uint32", Depth::U32),
    ("int64", Depth::I64),
    ("uint64", Depth::U64),
    ("float16", Depth::F16),
    ("float32", Depth::F32),
    ("float64", Depth::F64),
];

#[test]
fn every_type_of_tiff_is_exact() {
    for (name, depth) in TYPES {
        let file = format!("tiff_{name}.tif");
        holds(&open(&file).unwrap(), &file, depth);
    }
    for (name, depth) in [
        ("int16", Depth::I16),
        ("uint32", Depth::U32),
        ("float16", Depth::F16),
        ("float64", Depth::F64),
    ] {
        let file = format!("tiff_big_endian_{name}.tif");
        holds(&open(&file).unwrap(), &file, depth);
    }
    for (file, depth) in [
        ("tiff_bool.tif", Depth::U1),
        ("tiff_12_bits.tif", Depth::U16),
        ("tiff_bigtiff_zstd_tiles.tif", Depth::U16),
        ("tiff_truncate.tif", Depth::U16),
        ("tiff_3d_tiles.tif", Depth::U16),
        ("tiff_3d_tiles_big_endian.tif", Depth::U16),
        ("tiff_float_differences_big_endian.tif", Depth::F32),
        ("tiff_preview.tif", Depth::U16),
    ] {
        holds(&open(file).unwrap(), file, depth);
    }
    let notes = open("tiff_preview.tif").unwrap().notes();
    assert!(
        notes[0].contains("1 previews of lower resolution"),
        "{notes:?}"
    );
}

#[test]
fn every_compression_of_tiff_is_exact() {
    for codec in ["lzw", "deflate", "packbits", "zstd"] {
        for file in [
            format!("tiff_{codec}.tif"),
            format!("tiff_{codec}_tiles.tif"),
        ] {
            holds(&open(&file).unwrap(), &file, Depth::U16);
        }
    }
    for codec in ["lzw", "deflate", "zstd"] {
        let file = format!("tiff_{codec}_differences.tif");
        holds(&open(&file).unwrap(), &file, Depth::I32);
        for (name, depth) in &TYPES[8..] {
            let file = format!("tiff_{codec}_float_differences_{name}.tif");
            holds(&open(&file).unwrap(), &file, *depth);
        }
    }
    let jpeg = open("jpeg_ramp.tif").unwrap();
    assert!(jpeg.notes()[0].contains("as JPEG"), "{:?}", jpeg.notes());
    assert_eq!(open("tiff_lzw.tif").unwrap().notes(), Vec::<String>::new());
    let read: Volume<f32> = jpeg.read(ONE, &Silent).unwrap();
    for z in 0..4 {
        for (x, y) in [(0, 0), (32, 19), (15, 16)] {
            let off = read.at(x, y, z) - (4 * y + 2 * x) as f32;
            assert!(off.abs() <= 8.0, "({x}, {y}, {z}) is off by {off}");
        }
    }
}

#[test]
fn a_ct_that_shows_0_as_white_is_inverted_and_its_labels_are_not() {
    let source = open("tiff_white_is_zero.tif").unwrap();
    holds(&source, "tiff_white_is_zero.tif", Depth::U16);
    let ct = source.read_ct(ONE, &Silent).unwrap();
    assert_eq!(ct.volume.at(1, 2, 3), 65_535 - count(1, 2, 3) as u16);
    assert_eq!(
        [ct.scale.value_at_0, ct.scale.value_a_grey],
        [65_535.0, -1.0]
    );
    assert!(ct.notes.concat().contains("0 as white"), "{:?}", ct.notes);
}

#[test]
fn channels_are_named_and_chosen() {
    for (file, names) in [
        ("channels_imagej.tif", "1, 2"),
        ("channels_ome.ome.tif", "1 (CT), 2 (mask)"),
        ("channels_ome_slow.ome.tif", "1"),
        ("channels_axes.tif", "1, 2"),
        ("channels_planes.tif", "1, 2"),
        ("channels_samples.tif", "1, 2"),
    ] {
        let error = refused(file);
        assert!(error.contains("2 channels of 4 slices"), "{file}: {error}");
        assert!(
            error.contains(names) && error.contains("`channel`"),
            "{file}: {error}"
        );
        holds(&open_channel(file, 1).unwrap(), file, Depth::U16);
        let second = open_channel(file, 2).unwrap().slice::<u16>(3).unwrap();
        assert_eq!(
            second.data()[33 * 2 + 1],
            count(1, 2, 3) as u16 + 7,
            "{file}"
        );
        assert!(
            open_channel(file, 3).is_err() && open_channel(file, 0).is_err(),
            "{file}"
        );
    }
    let one = open_channel("tiff_uint16.tif", 1).unwrap();
    holds(&one, "tiff_uint16.tif", Depth::U16);
}

#[test]
fn axes_that_may_be_anything_are_refused() {
    let error = refused("unnamed_axes_shape.tif");
    assert!(error.contains("4 x 2"), "{error}");
    let error = refused("frames_imagej.tif");
    assert!(
        error.contains("4 frames") && error.contains("Image > Properties"),
        "{error}"
    );
    let error = refused("itk_two_channels.mha");
    assert!(error.contains("2 channels"), "{error}");
}

fn has_spacing(source: &VolumeSource, name: &str, xyz_um: [f64; 3]) {
    let said = source
        .said_spacing()
        .unwrap_or_else(|| panic!("{name} states no spacing"));
    for (found, expected) in said.xyz_um.into_iter().zip(xyz_um) {
        let found = found.unwrap_or_else(|| panic!("{name}: {said}"));
        assert!((found / expected - 1.0).abs() < 1e-6, "{name}: {said}");
    }
}

#[test]
fn ome_sizes_have_units() {
    let source = open_channel("channels_ome.ome.tif", 1).unwrap();
    has_spacing(&source, "channels_ome.ome.tif", [0.0025, 3.5, 4.5]);
}

#[test]
fn meta_images_are_read() {
    for (name, depth) in TYPES.iter().filter(|(name, _)| *name != "float16") {
        let file = format!("itk_{name}.mha");
        let source = open(&file).unwrap();
        holds(&source, &file, *depth);
        has_spacing(&source, &file, [2.5, 3.5, 4.5]);
        assert!(
            source.notes().concat().contains("millimetres"),
            "{:?}",
            source.notes()
        );
    }
    for file in ["itk_packed.mha", "itk_detached.mhd", "itk_no_size.mha"] {
        let source = open(file).unwrap();
        holds(&source, file, Depth::U16);
        assert_eq!(source.spacing(), None, "{file}");
    }
}

#[test]
fn nrrds_are_read() {
    for (name, depth) in TYPES.iter().filter(|(name, _)| *name != "float16") {
        let file = format!("itk_{name}.nrrd");
        let source = open(&file).unwrap();
        holds(&source, &file, *depth);
        has_spacing(&source, &file, [2.5, 3.5, 4.5]);
    }
    for (file, depth) in [
        ("pynrrd_uint8.nrrd", Depth::U8),
        ("pynrrd_int16.nrrd", Depth::I16),
        ("pynrrd_uint16.nrrd", Depth::U16),
        ("pynrrd_float32.nrrd", Depth::F32),
        ("pynrrd_gzip.nrrd", Depth::U16),
        ("pynrrd_big_endian.nrrd", Depth::U16),
        ("pynrrd_detached.nhdr", Depth::U16),
        ("pynrrd_text.nrrd", Depth::U16),
    ] {
        let source = open(file).unwrap();
        holds(&source, file, depth);
        has_spacing(&source, file, [2.5, 3.5, 4.5]);
    }
}

#[test]
fn hexadecimal_digits_are_read_and_bzip2_is_refused_with_a_cure() {
    let bytes = fs::read(data("pynrrd_big_endian.nrrd")).unwrap();
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap();
    let head = String::from_utf8(bytes[..end + 2].to_vec()).unwrap();
    let digits: String = bytes[end + 2..]
        .chunks(30)
        .map(|line| line.iter().map(|b| format!("{b:02X}")).collect::<String>() + "\n")
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.nrrd");
    let hex = head.replace("encoding: raw", "encoding: hex") + &digits;
    fs::write(&path, &hex).unwrap();
    holds(&VolumeSource::open(&path).unwrap(), "hex", Depth::U16);
    fs::write(&path, &hex[..hex.len() - 4]).unwrap();
    let cut = VolumeSource::open(&path).and_then(|s| s.read::<f32>(ONE, &Silent));
    let error = cut.unwrap_err().to_string();
    assert!(error.contains("end too early"), "{error}");
    fs::write(&path, head.replace("encoding: raw", "encoding: bzip2")).unwrap();
    let error = VolumeSource::open(&path).unwrap_err().to_string();
    assert!(
        error.contains("`bzip2`") && error.contains("'encoding': 'gzip'"),
        "{error}"
    );
}

#[test]
fn niftis_are_read() {
    for name in [
        "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64",
    ] {
        let file = format!("nibabel_{name}.nii");
        let (_, depth) = TYPES[TYPES.iter().position(|(n, _)| *n == name).unwrap()];
        let source = open(&file).unwrap();
        holds(&source, &file, depth);
        has_spacing(&source, &file, [2.5, 3.5, 4.5]);
    }
    for file in ["nibabel_packed.nii.gz", "nibabel_big_endian.nii"] {
        holds(&open(file).unwrap(), file, Depth::U16);
    }
    let scaled = open("nibabel_scaled.nii").unwrap();
    assert_eq!(scaled.depth(), Depth::F64);
    let read: Volume<f32> = scaled.read(ONE, &Silent).unwrap();
    for (x, y, z) in [(0, 0, 0), (5, 6, 2), (32, 19, 3)] {
        let expected = count(x, y, z) as f32 / 2.0;
        assert!((read.at(x, y, z) - expected).abs() < 0.01);
    }
}

#[test]
fn voxels_in_a_file_of_their_own_are_inputs_beside_their_header() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    // 2 x 1 x 2 voxels of 8 bits.
    let mut head = [0_u8; 348];
    head[..4].copy_from_slice(&348_u32.to_le_bytes());
    for (at, value) in [(40, 3_i16), (42, 2), (44, 1), (46, 2), (70, 2)] {
        head[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }
    head[344..].copy_from_slice(b"ni1\0");
    let nifti = (write("a.hdr", &head), vec![write("a.img", &[1; 4])]);
    let voxels = write("b.raw", &[1; 4]);
    let text = "NRRD0004\ntype: uint8\ndimension: 3\nsizes: 2 1 2\nencoding: raw\n\
                data file: b.raw\n\n";
    let nrrd = (write("b.nhdr", text.as_bytes()), vec![voxels.clone()]);
    let text = "ObjectType = Image\nNDims = 3\nDimSize = 2 1 2\nElementType = MET_UCHAR\n\
                ElementDataFile = b.raw\n";
    let meta = (write("b.mhd", text.as_bytes()), vec![voxels]);
    let slices = vec![write("c_0.raw", &[1; 2]), write("c_1.raw", &[1; 2])];
    let text = "ObjectType = Image\nNDims = 3\nDimSize = 2 1 2\nElementType = MET_UCHAR\n\
                ElementDataFile = c_%d.raw 0 1 1\n";
    let of_slices = (write("c.mhd", text.as_bytes()), slices);
    for (header, voxels) in [nifti, nrrd, meta, of_slices] {
        let source = VolumeSource::open(&header).unwrap();
        let mut inputs = source.inputs();
        inputs.sort();
        let mut expected = voxels;
        expected.push(header);
        expected.sort();
        assert_eq!(inputs, expected);
    }
}

#[test]
fn raw_voxels_are_read_as_they_are_described() {
    let open = |name: &str, layout: RawLayout| {
        let options = VolumeOptions {
            raw: Some(layout),
            ..VolumeOptions::default()
        };
        VolumeSource::open_with(&data(name), &options)
    };
    let big = RawLayout {
        shape: [33, 20, 4],
        voxel: RawType::Uint16,
        byte_order: ByteOrder::Big,
        offset: 0,
    };
    holds(
        &open("raw_big_endian.raw", big).unwrap(),
        "raw_big_endian.raw",
        Depth::U16,
    );
    let floats = RawLayout {
        voxel: RawType::Float32,
        byte_order: ByteOrder::Little,
        offset: 7,
        ..big
    };
    holds(
        &open("raw_offset.raw", floats).unwrap(),
        "raw_offset.raw",
        Depth::F32,
    );
    for wrong in [[33, 20, 5], [33, 20, 3], [usize::MAX, 20, 4], [0, 20, 4]] {
        let layout = RawLayout {
            shape: wrong,
            ..big
        };
        let error = open("raw_big_endian.raw", layout).unwrap_err().to_string();
        assert!(error.contains("voxels"), "{error}");
    }
    let undescribed = refused("raw_big_endian.raw");
    assert!(undescribed.contains("`raw`"), "{undescribed}");
}

#[test]
fn raw_voxels_may_lie_in_one_file_a_slice() {
    let whole = fs::read(data("raw_big_endian.raw")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (z, slice) in whole.chunks(whole.len() / 4).enumerate() {
        fs::write(folder.path().join(format!("s_{z}.raw")), slice).unwrap();
    }
    fs::write(folder.path().join("scan.log"), "notes").unwrap();
    let open = |slices: usize| {
        let options = VolumeOptions {
            raw: Some(RawLayout {
                shape: [33, 20, slices],
                voxel: RawType::Uint16,
                byte_order: ByteOrder::Big,
                offset: 0,
            }),
            ..VolumeOptions::default()
        };
        VolumeSource::open_with(folder.path(), &options)
    };
    let source = open(4).unwrap();
    holds(&source, "raw_big_endian.raw", Depth::U16);
    assert!(source.notes().concat().contains("scan.log"));
    let error = open(5).unwrap_err().to_string();
    assert!(error.contains("there are 4 files"), "{error}");
}

#[test]
fn png_slices_are_read() {
    holds(&open("png").unwrap(), "png", Depth::U16);
    holds(&open("png/slice_*.PNG").unwrap(), "png", Depth::U16);
}

#[test]
fn whole_files_of_another_kind_are_read_or_named() {
    holds(&open("a_tiff.png").unwrap(), "a_tiff.png", Depth::U16);
    holds(&open("a_nrrd.tif").unwrap(), "a_nrrd.tif", Depth::U16);
    let error = refused("a_jpeg.tif");
    assert!(
        error.contains("is a JPEG") && !error.contains("damaged"),
        "{error}"
    );
    let error = refused("gzipped_text.gz");
    assert!(error.contains("is a gzip file"), "{error}");
    let error = refused("write.py");
    assert!(error.contains("is a text file"), "{error}");
}

#[test]
fn headers_that_ask_for_too_much_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v");
    let try_header = |text: &str| {
        fs::write(&path, text).unwrap();
        VolumeSource::open(&path).unwrap_err().to_string()
    };
    for size in ["100000 100000 100000", "18446744073709551615 2 2", "0 1 1"] {
        let nrrd = format!("NRRD0004\ntype: uint8\ndimension: 3\nsizes: {size}\nencoding: raw\n\n");
        let error = try_header(&nrrd);
        assert!(error.contains("voxels"), "{error}");
        let mha = format!(
            "ObjectType = Image\nNDims = 3\nDimSize = {size}\nElementType = MET_UCHAR\n\
             ElementDataFile = LOCAL\n"
        );
        let error = try_header(&mha);
        assert!(error.contains("voxels"), "{error}");
    }
}

#[test]
fn cut_files_are_refused_and_damaged_ones_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "tiff_lzw_tiles.tif",
        "tiff_12_bits.tif",
        "tiff_truncate.tif",
        "tiff_3d_tiles.tif",
        "channels_axes.tif",
        "itk_packed.mha",
        "pynrrd_gzip.nrrd",
        "nibabel_packed.nii.gz",
        "nibabel_uint16.nii",
        "png/slice_0001.png",
    ] {
        let whole = fs::read(data(name)).unwrap();
        let path = folder.path().join(Path::new(name).file_name().unwrap());
        let read = |path: &Path| {
            VolumeSource::open_with(path, &channel_1())
                .and_then(|source| source.read::<f32>(ONE, &Silent))
        };
        let uncut = read(&data(name)).unwrap();
        for part in 0..40 {
            let keep = whole.len() * part / 40;
            fs::write(&path, &whole[..keep]).unwrap();
            // The last bytes of a file may be no voxels.
            if let Ok(volume) = read(&path) {
                assert!(volume == uncut, "{name} cut to {keep} bytes is read");
            }
        }
        // Damage inside: any result but a panic, and no endless wait.
        for at in (0..whole.len().min(2000)).step_by(7) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0xff;
            fs::write(&path, &damaged).unwrap();
            let _ = read(&path);
        }
    }
}

fn channel_1() -> VolumeOptions {
    VolumeOptions {
        channel: Some(1),
        ..VolumeOptions::default()
    }
}

#[test]
fn a_hundred_thousand_pages_are_each_reached_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pages.tif");
    let volume = Volume::from_fn([100_000, 2, 3], ONE, |x, y, z| {
        (z % 10_000 + 3 * y + x) as u16
    });
    write_volume(&path, &volume, &Silent).unwrap();
    let started = std::time::Instant::now();
    let source = VolumeSource::open(&path).unwrap();
    let read: Volume<u16> = source.read(ONE, &Silent).unwrap();
    assert!(read == volume);
    assert_eq!(
        source.slice::<u16>(99_999).unwrap().data(),
        volume.slice(99_999)
    );
    // A few seconds; walking to each page from the first takes hours.
    assert!(started.elapsed().as_secs() < 300, "{:?}", started.elapsed());
}
