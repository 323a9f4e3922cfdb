//! Volumes of other formats than TIFF that other programs wrote.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod counted;
mod opened;

use std::fs;

use corelith_core::{Silent, Volume};
use corelith_io::{Depth, VolumeSource};

use counted::{ONE, TYPES, count, data};
use opened::{has_spacing, holds, open, refused};

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
    for (file, depth) in [
        ("nibabel_packed.nii.gz", Depth::U16),
        ("nibabel_big_endian.nii", Depth::U16),
        ("nibabel_2_uint16.nii", Depth::U16),
        ("nibabel_2_float32.nii", Depth::F32),
        ("nibabel_2_big_endian.nii.gz", Depth::I16),
        ("nibabel_pair.hdr", Depth::U16),
        // The voxels of a pair stand for it.
        ("nibabel_pair.img", Depth::U16),
    ] {
        let source = open(file).unwrap_or_else(|e| panic!("{e}"));
        holds(&source, file, depth);
        has_spacing(&source, file, [2.5, 3.5, 4.5]);
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
fn png_slices_are_read() {
    holds(&open("png").unwrap(), "png", Depth::U16);
    holds(&open("png/slice_*.PNG").unwrap(), "png", Depth::U16);
}

#[test]
fn arrays_of_numpy_are_read() {
    for (name, depth) in [
        ("int8", Depth::I8),
        ("uint16", Depth::U16),
        ("int64", Depth::I64),
        ("float16", Depth::F16),
        ("float64", Depth::F64),
        ("big_endian", Depth::U16),
    ] {
        let file = format!("numpy_{name}.npy");
        let source = open(&file).unwrap_or_else(|e| panic!("{e}"));
        holds(&source, &file, depth);
        assert_eq!(source.spacing(), None);
    }
    let mask: Volume<f32> = open("numpy_bool.npy").unwrap().read(ONE, &Silent).unwrap();
    assert_eq!([mask.at(1, 0, 0), mask.at(2, 0, 0)], [1.0, 0.0]);
    for (file, says) in [
        ("numpy_fortran.npy", "ascontiguousarray"),
        ("numpy_channels.npy", "[4, 2, 20, 33], expected three"),
    ] {
        let error = refused(file);
        assert!(error.contains(says), "{error}");
    }
}

/// An AmiraMesh of the counted volume as bytes, with its data packed as `encoding` says.
fn amira(first: &str, encoding: &str, data: &[u8], type_name: &str) -> Vec<u8> {
    let mut bytes = format!(
        "# {first}\n\ndefine Lattice 33 20 4\n\nParameters {{\n    Units {{\n        \
         Coordinates \"\u{b5}m\"\n    }}\n    BoundingBox 0 80 0 66.5 0 13.5,\n    \
         CoordType \"uniform\"\n}}\n\nLattice {{ {type_name} Data }} @1{encoding}\n\n\
         # Data section follows\n@1\n"
    )
    .into_bytes();
    bytes.extend(data);
    bytes
}

/// Runs of equal bytes and single ones, as Amira packs labels.
fn byte_runs(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    for run in bytes
        .chunk_by(|a, b| a == b)
        .flat_map(|run| run.chunks(127))
    {
        match run {
            [one] => packed.extend([0x81, *one]),
            _ => packed.extend([run.len() as u8, run[0]]),
        }
    }
    packed
}

#[test]
fn amira_meshes_are_read() {
    let voxels = || (0..4 * 20 * 33).map(|i| count(i % 33, i / 33 % 20, i / 660));
    let wide: Vec<u8> = voxels().flat_map(|v| (v as u16).to_le_bytes()).collect();
    let swapped: Vec<u8> = voxels().flat_map(|v| (v as u16).to_be_bytes()).collect();
    let narrow: Vec<u8> = voxels().map(|v| (v % 120) as u8).collect();
    let text: String = voxels().map(|v| format!("{v} \n")).collect();
    let zip = {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packer, &wide).unwrap();
        packer.finish().unwrap()
    };
    let runs = byte_runs(&narrow);
    let little = "AmiraMesh BINARY-LITTLE-ENDIAN 2.1";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.am");
    for (file, depth) in [
        (amira(little, "", &wide, "ushort"), Depth::U16),
        (
            amira("AmiraMesh 3D BINARY 2.0", "", &swapped, "ushort"),
            Depth::U16,
        ),
        (
            amira("AmiraMesh 3D ASCII 2.0", "", text.as_bytes(), "ushort"),
            Depth::U16,
        ),
        (
            amira(little, &format!("(HxZip,{})", zip.len()), &zip, "ushort"),
            Depth::U16,
        ),
        (
            amira(
                "Avizo BINARY-LITTLE-ENDIAN 3.0",
                &format!("(HxByteRLE,{})", runs.len()),
                &runs,
                "byte",
            ),
            Depth::U8,
        ),
    ] {
        fs::write(&path, &file).unwrap();
        let source = VolumeSource::open(&path).unwrap_or_else(|e| panic!("{e}"));
        holds(&source, "v.am", depth);
        has_spacing(&source, "v.am", [2.5, 3.5, 4.5]);
        fs::write(&path, &file[..file.len() - 40]).unwrap();
        let cut = VolumeSource::open(&path).and_then(|s| s.read::<f32>(ONE, &Silent));
        assert!(cut.is_err(), "a cut file is read");
    }
}

#[test]
fn bmp_slices_are_read() {
    for place in ["bmp", "bmp/scan_rec*.bmp", "bmp/*.BMP"] {
        holds(&open(place).unwrap(), place, Depth::U8);
    }
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(data("bmp")).unwrap() {
        let file = entry.unwrap().path();
        fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    let third = folder.path().join("scan_rec00000002.bmp");
    let whole = fs::read(&third).unwrap();
    let mut narrow = whole.clone();
    narrow[18] = 32;
    fs::write(&third, &narrow).unwrap();
    let error = VolumeSource::open(folder.path())
        .and_then(|s| s.check_headers())
        .unwrap_err();
    assert!(error.to_string().contains("32 x 20 pixels"), "{error}");
    // A palette in colour.
    let mut coloured = whole;
    for i in 0..256 {
        coloured[54 + 4 * i] = 200;
    }
    fs::write(&third, &coloured).unwrap();
    let error = VolumeSource::open(folder.path())
        .and_then(|s| s.read::<f32>(ONE, &Silent))
        .unwrap_err();
    assert!(error.to_string().contains("in colour"), "{error}");
}
