//! Volumes that other programs wrote: raw voxels, files of another kind, damaged ones.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod counted;
mod opened;

use std::fs;
use std::path::Path;

use corelith_core::Silent;
use corelith_io::{ByteOrder, Depth, RawLayout, RawType, VolumeOptions, VolumeSource};

use counted::{ONE, data};
use opened::{holds, open, refused};

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
