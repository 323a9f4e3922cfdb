//! HDF5 files that h5py wrote.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod counted;

use std::fs;

use corelith_core::{Silent, Spacing};
use corelith_io::{Depth, Error, VolumeOptions, VolumeSource};

use counted::{ONE, TYPES, count, data, holds_values, values};

fn open(name: &str, dataset: Option<&str>, channel: Option<usize>) -> Result<VolumeSource, Error> {
    let options = VolumeOptions {
        channel,
        dataset: dataset.map(str::to_owned),
        ..VolumeOptions::default()
    };
    VolumeSource::open_with(&data(name), &options)
}

fn refused(name: &str, dataset: Option<&str>, channel: Option<usize>) -> String {
    counted::refused(name, open(name, dataset, channel))
}

fn holds(name: &str, dataset: Option<&str>, depth: Depth) {
    let source = open(name, dataset, None).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(source.depth(), depth, "{name}, {dataset:?}");
    holds_values(&source, &format!("{name}, {dataset:?}"), values(depth));
}

#[test]
fn every_type_of_hdf5_is_exact() {
    for file in ["h5py_types.h5", "h5py_114_types.h5"] {
        for (name, depth) in TYPES {
            holds(file, Some(name), depth);
            holds(file, Some(&format!("/packed/{name}")), depth);
        }
        holds(file, Some("bool"), Depth::U1);
        for (name, depth) in [
            ("int16", Depth::I16),
            ("uint32", Depth::U32),
            ("float16", Depth::F16),
            ("float64", Depth::F64),
        ] {
            holds(file, Some(&format!("/big_endian/{name}")), depth);
        }
    }
}

#[test]
fn every_compression_of_hdf5_is_exact_or_named() {
    for name in [
        "gzip",
        "shuffle",
        "lzf",
        "lzf_shuffle",
        "checksum",
        "checksum_gzip",
        "growing",
        "bitshuffle",
        "bitshuffle_lz4",
        "bitshuffle_zstd",
        "blosc",
        "lz4",
        "zstd",
    ] {
        holds("h5py_filters.h5", Some(name), Depth::U16);
    }
    holds("h5py_gzip.h5", None, Depth::U16);
    let error = refused("h5py_scale_offset.h5", None, None);
    assert!(
        error.contains("(scale-offset)") && error.contains("h5repack"),
        "{error}"
    );
    for name in ["h5py_two_ways_to_grow.h5", "h5py_latest.h5"] {
        let error = refused(name, None, None);
        assert!(error.contains("h5repack"), "{error}");
    }
}

#[test]
fn chunks_that_were_never_written_are_the_fill_value_and_told() {
    for name in ["plain", "gzip"] {
        let source = open("h5py_fill.h5", Some(name), None).unwrap();
        holds_values(&source, name, |x, y, z| match y < 16 || x < 16 {
            true => 7.0,
            false => count(x, y, z) as f32,
        });
        let notes = source.notes().concat();
        assert!(notes.contains("4 of 8 chunks"), "{notes}");
    }
}

#[test]
fn a_fill_value_needs_no_filter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fill.h5");
    let mut bytes = fs::read(data("h5py_fill.h5")).unwrap();
    // The filter of the array `gzip` (1) becomes one that only plugins have: Zstandard (32015).
    let name = bytes.windows(8).position(|w| w == b"deflate\0").unwrap();
    assert_eq!(bytes[name - 8..name - 6], [1, 0]);
    bytes[name - 8..name - 6].copy_from_slice(&32_015_u16.to_le_bytes());
    fs::write(&path, bytes).unwrap();
    let options = VolumeOptions {
        dataset: Some("gzip".to_owned()),
        ..VolumeOptions::default()
    };
    let source = VolumeSource::open_with(&path, &options).unwrap();
    let notes = source.notes().concat();
    assert!(notes.contains("4 of 8 chunks"), "{notes}");
}

#[test]
fn an_array_that_is_named_is_found_however_deep_it_lies() {
    let mut builder = hdf5_pure::FileBuilder::new();
    let mut group = builder.create_group("g15");
    let voxels: Vec<u16> = (0..24).collect();
    let array = group.create_dataset("data");
    array.with_u16_data(&voxels).with_shape(&[2, 3, 4]);
    for depth in (0..15).rev() {
        let mut outer = builder.create_group(&format!("g{depth}"));
        outer.add_group(group.finish());
        group = outer;
    }
    builder.add_group(group.finish());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep.h5");
    fs::write(&path, builder.finish().unwrap()).unwrap();
    let named: Vec<String> = (0..16).map(|depth| format!("g{depth}")).collect();
    let place = named.join("/");
    for name in [format!("/{place}/data"), place] {
        let options = VolumeOptions {
            dataset: Some(name.clone()),
            ..VolumeOptions::default()
        };
        let source = VolumeSource::open_with(&path, &options);
        let source = source.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(source.shape(), [2, 3, 4]);
        assert_eq!(source.slice::<u16>(1).unwrap().data(), &voxels[12..]);
    }
}

#[test]
fn the_array_is_the_only_one_or_chosen() {
    // One array under two names, beside angles, a title and links that lead round or elsewhere.
    holds("nexus.nxs", None, Depth::F32);
    let notes = open("nexus.nxs", None, None).unwrap().notes().concat();
    assert!(notes.contains("/entry/data/data"), "{notes}");
    for name in [
        "/entry/instrument/detector/data",
        "entry/data/",
        "entry/data/data",
    ] {
        holds("nexus.nxs", Some(name), Depth::F32);
    }
    let error = refused("h5py_filters.h5", None, None);
    for words in [
        "13 arrays",
        "/blosc (4 x 20 x 33)",
        "`dataset`",
        "and 5 more",
    ] {
        assert!(error.contains(words), "{error}");
    }
    let error = refused("nexus.nxs", Some("/entry/nothing"), None);
    assert!(
        error.contains("`/entry/nothing`") && error.contains("/entry/data/data"),
        "{error}"
    );
    let error = refused("nexus.nxs", Some("entry/data/rotation_angle"), None);
    assert!(error.contains("the shape 4"), "{error}");
    let error = refused("tiff_uint16.tif", Some("data"), None);
    assert!(error.contains("`dataset` is `data`"), "{error}");
}

#[test]
fn the_name_that_is_proposed_is_whole() {
    let error = refused("imaris.h5", None, None);
    let name = "/DataSet/ResolutionLevel 0/TimePoint 0/Channel 0/Data";
    let proposed = error.split("such as `dataset = \"").nth(1);
    let proposed = proposed.and_then(|rest| rest.split('"').next());
    assert_eq!(proposed, Some(name), "{error}");
    holds("imaris.h5", Some(name), Depth::U16);
}

#[test]
fn axes_are_named_and_channels_are_chosen() {
    for (name, dataset) in [
        ("ilastik.h5", None),
        ("h5py_labelled_axes.h5", Some("data")),
    ] {
        let error = refused(name, dataset, None);
        assert!(error.contains("2 channels of 4 slices"), "{error}");
        for channel in [1, 2] {
            let source = open(name, dataset, Some(channel)).unwrap();
            let more = [0, 7][channel - 1];
            holds_values(&source, name, |x, y, z| (count(x, y, z) + more) as f32);
        }
    }
    // Axes of one place are none.
    holds("h5py_labelled_axes.h5", Some("data_5"), Depth::U16);
    let spacing = open("ilastik.h5", None, Some(1)).unwrap().spacing();
    let expected = Spacing {
        x_um: 2.5,
        y_um: 3.5,
        z_um: 4.5,
    };
    assert_eq!(spacing, Some(expected));
}

#[test]
fn a_file_that_is_cut_short_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(data("nexus.nxs")).unwrap();
    for bytes in [100, 5000, whole.len() - 3000] {
        let path = folder.path().join("cut.nxs");
        fs::write(&path, &whole[..bytes]).unwrap();
        let read = VolumeSource::open(&path).and_then(|s| s.read::<f32>(ONE, &Silent));
        let error = read.unwrap_err().to_string();
        assert!(
            error.contains("cut.nxs") && error.contains("copy it again"),
            "{bytes}: {error}"
        );
    }
}
