//! Zarr arrays and OME-Zarr images that zarr-python and ome-zarr-py wrote.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod counted;

use std::fs;
use std::path::{Path, PathBuf};

use corelith_core::{Silent, Spacing};
use corelith_io::{Depth, VolumeOptions, VolumeSource};

use counted::{ONE, SHAPE, TYPES, count, holds_values, values};

fn data(name: &str) -> PathBuf {
    counted::data("zarr").join(name)
}

fn open(name: &str) -> VolumeSource {
    VolumeSource::open(&data(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn refused(name: &str, channel: Option<usize>) -> String {
    let options = VolumeOptions {
        channel,
        ..VolumeOptions::default()
    };
    counted::refused(name, VolumeSource::open_with(&data(name), &options))
}

fn holds(name: &str, depth: Depth) {
    let source = open(name);
    assert_eq!(source.depth(), depth, "{name}");
    assert_eq!(source.notes(), Vec::<String>::new(), "{name}");
    holds_values(&source, name, values(depth));
}

#[test]
fn every_type_of_zarr_is_exact() {
    for (name, depth) in TYPES {
        holds(&format!("v2_{name}.zarr"), depth);
        holds(&format!("v3_{name}.zarr"), depth);
    }
    holds("v2_bool.zarr", Depth::U1);
    holds("v2_big_endian_int16.zarr", Depth::I16);
    holds("v2_big_endian_float16.zarr", Depth::F16);
    holds("v2_big_endian_float64.zarr", Depth::F64);
    holds("v3_big_endian.zarr", Depth::F32);
}

#[test]
fn every_compression_of_zarr_is_exact() {
    for codec in ["blosclz", "lz4", "lz4hc", "zlib", "zstd"] {
        for shuffle in 0..3 {
            holds(&format!("v2_blosc_{codec}_{shuffle}.zarr"), Depth::U16);
        }
    }
    for codec in ["gzip", "zlib", "lz4", "zstd", "shuffle"] {
        holds(&format!("v2_{codec}.zarr"), Depth::U16);
    }
    holds("v3_blosc.zarr", Depth::U32);
    holds("v3_checksum.zarr", Depth::U16);
    let error = refused("v2_delta.zarr", None);
    assert!(
        error.contains("codec delta") && error.contains("save it with"),
        "{error}"
    );
}

#[test]
fn every_order_and_name_of_chunks_is_followed() {
    for name in [
        "v2_fortran",
        "v2_nested",
        "v2_dots",
        "v3_transposed",
        "v3_dots",
        "v3_keys_of_2",
        "v3_shards",
    ] {
        holds(&format!("{name}.zarr"), Depth::U16);
    }
    holds("v3_shards_start.zarr", Depth::I32);
}

#[test]
fn chunks_that_are_not_there_are_the_fill_value_and_told() {
    for (name, missing) in [
        ("v2_fill.zarr", "4 of 8 chunks"),
        ("v3_fill_shards.zarr", "24 of 30 chunks"),
    ] {
        let source = open(name);
        holds_values(&source, name, |x, y, z| match y < 16 || x < 16 {
            true => 7.0,
            false => count(x, y, z) as f32,
        });
        let notes = source.notes().concat();
        assert!(notes.contains(missing), "{notes}");
    }
}

#[test]
fn axes_are_found_by_name_and_channels_are_chosen() {
    for (name, words) in [
        ("v3_named_axes.zarr", "2 channels of 4 slices"),
        ("ome_0_4.ome.zarr", "1 (CT), 2 (mask)"),
        ("ome_0_5.ome.zarr", "1 (CT), 2 (mask)"),
    ] {
        let error = refused(name, None);
        assert!(error.contains(words), "{error}");
        for channel in [1, 2] {
            let options = VolumeOptions {
                channel: Some(channel),
                ..VolumeOptions::default()
            };
            let source = VolumeSource::open_with(&data(name), &options).unwrap();
            let more = [0, 7][channel - 1];
            holds_values(&source, name, |x, y, z| (count(x, y, z) + more) as f32);
        }
        assert!(refused(name, Some(3)).contains("2 channels"));
    }
    let error = refused("v3_four_axes.zarr", None);
    assert!(error.contains("2 x 4 x 20 x 33"), "{error}");
    let error = refused("ome_frames.ome.zarr", None);
    assert!(error.contains("4 points in time"), "{error}");
}

#[test]
fn ome_zarr_gives_its_finest_level_with_its_size() {
    let options = VolumeOptions {
        channel: Some(1),
        ..VolumeOptions::default()
    };
    for name in ["ome_0_4.ome.zarr", "ome_0_5.ome.zarr"] {
        let source = VolumeSource::open_with(&data(name), &options).unwrap();
        let expected = Spacing {
            x_um: 2.5,
            y_um: 3.5,
            z_um: 4.5,
        };
        assert_eq!(source.spacing(), Some(expected), "{name}");
        let said = source.said_spacing().unwrap();
        assert!(said.disagreement(ONE).unwrap().contains("OME-Zarr"));
        let notes = source.notes().concat();
        assert!(notes.contains("at 2 resolutions"), "{notes}");
        assert!(notes.contains("particles"), "{notes}");
        // A level that is named itself has its own size.
        let coarse = VolumeSource::open_with(&data(name).join("s1"), &options).unwrap();
        assert_eq!(coarse.shape(), [2, 10, 17]);
        assert_eq!(coarse.spacing().unwrap().x_um, 5.0);
    }
}

#[test]
fn labels_of_ome_zarr_are_read() {
    for name in ["ome_0_4.ome.zarr", "ome_0_5.ome.zarr"] {
        for below in ["labels/particles", "labels"] {
            let source = open(&format!("{name}/{below}"));
            assert_eq!(source.depth(), Depth::U32);
            holds_values(&source, name, |x, y, z| count(x, y, z) as f32);
            assert_eq!(source.spacing().unwrap().y_um, 3.5);
        }
    }
}

/// A copy of a sample.
fn copied(name: &str, to: &Path) {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let to = to.join(path.file_name().unwrap());
            match path.is_dir() {
                true => copy(&path, &to),
                false => drop(fs::copy(&path, &to).unwrap()),
            }
        }
    }
    copy(&data(name), to);
}

fn edited(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&path, text.replace(from, to)).unwrap();
}

#[test]
fn a_zarr_is_known_by_what_it_holds_and_its_chunks_are_inputs() {
    let folder = tempfile::tempdir().unwrap();
    let scan = folder.path().join("scan 7");
    copied("v2_nested.zarr", &scan);
    // Nested folders from before the metadata named their separator.
    edited(&scan, ".zarray", "\"dimension_separator\": \"/\",", "");
    let source = VolumeSource::open(&scan).unwrap();
    holds_values(&source, "scan 7", |x, y, z| count(x, y, z) as f32);
    assert_eq!(source.files(), [scan.join(".zarray")]);
    let inputs = source.inputs();
    assert!(inputs.contains(&scan.join("1/1/1")), "{inputs:?}");
    assert_eq!(inputs.len(), 1 + 1 + 8);

    // Images in a folder of them: the one that there is, or a choice.
    let many = folder.path().join("many.zarr");
    copied("v3_dots.zarr", &many.join("a"));
    fs::write(
        many.join("zarr.json"),
        "{\"zarr_format\": 3, \"node_type\": \"group\"}",
    )
    .unwrap();
    assert_eq!(VolumeSource::open(&many).unwrap().shape(), SHAPE);
    copied("v3_shards.zarr", &many.join("b"));
    let error = VolumeSource::open(&many).unwrap_err().to_string();
    assert!(error.contains("2 images"), "{error}");
    fs::remove_dir_all(many.join("a")).unwrap();
    fs::remove_dir_all(many.join("b")).unwrap();
    let error = VolumeSource::open(&many).unwrap_err().to_string();
    assert!(error.contains("without an image"), "{error}");
}

#[test]
fn a_chunk_in_another_place_is_another_volume() {
    let folder = tempfile::tempdir().unwrap();
    let scan = folder.path().join("scan.zarr");
    copied("v2_nested.zarr", &scan);
    let content = || {
        let source = VolumeSource::open(&scan).unwrap();
        let records = corelith_io::record_files(&source.inputs(), &Silent).unwrap();
        (serde_json::to_value(&source).unwrap(), records)
    };
    let remove = |chunk: &str| fs::remove_file(scan.join(chunk)).unwrap();
    remove("1/1/1");
    let before = content();
    // The bytes are the same, in the same order.
    fs::rename(scan.join("1/1/0"), scan.join("1/1/1")).unwrap();
    let after = content();
    assert_eq!(before.1, after.1);
    assert_ne!(before.0, after.0);
}

#[test]
fn what_describes_a_level_from_above_is_an_input() {
    let options = VolumeOptions {
        channel: Some(1),
        ..VolumeOptions::default()
    };
    let source = VolumeSource::open_with(&data("ome_0_4.ome.zarr/s1"), &options).unwrap();
    let above = data("ome_0_4.ome.zarr/.zattrs");
    assert!(source.inputs().contains(&above), "{:?}", source.inputs());
}

#[test]
fn damaged_and_incomplete_zarrs_are_refused_with_their_chunk() {
    let folder = tempfile::tempdir().unwrap();
    let scan = folder.path().join("scan.zarr");
    copied("v3_shards.zarr", &scan);
    let shard = scan.join("c/1/0/0");
    let mut bytes = fs::read(&shard).unwrap();
    // Within the index.
    let at = bytes.len() - 30;
    bytes[at] ^= 1;
    fs::write(&shard, &bytes).unwrap();
    let error = VolumeSource::open(&scan).unwrap_err().to_string();
    assert!(
        error.contains("c/1/0/0") && error.contains("checksum"),
        "{error}"
    );
    fs::write(&shard, &bytes[..20]).unwrap();
    let error = VolumeSource::open(&scan).unwrap_err().to_string();
    assert!(error.contains("too short"), "{error}");

    let scan = folder.path().join("cut.zarr");
    copied("v3_uint16.zarr", &scan);
    let chunk = scan.join("c/1/0/0");
    let bytes = fs::read(&chunk).unwrap();
    fs::write(&chunk, &bytes[..bytes.len() / 2]).unwrap();
    let source = VolumeSource::open(&scan).unwrap();
    assert!(source.slice::<u16>(1).is_ok());
    let error = source.read::<u16>(ONE, &Silent).unwrap_err().to_string();
    assert!(
        error.contains("c/1/0/0") && error.contains("slice 2"),
        "{error}"
    );

    // All of its chunks were left behind.
    fs::remove_dir_all(scan.join("c")).unwrap();
    let error = VolumeSource::open(&scan).unwrap_err().to_string();
    assert!(error.contains("0 files"), "{error}");

    // Sizes that its files cannot hold.
    copied("v3_uint16.zarr", &scan);
    edited(
        &scan,
        "zarr.json",
        "    4,\n    20,\n    33\n",
        "    4,\n    2000000,\n    330000\n",
    );
    let error = VolumeSource::open(&scan).unwrap_err().to_string();
    assert!(error.contains("4 x 2000000 x 330000"), "{error}");
}

#[test]
fn an_archive_is_to_be_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scan.zarr.zip");
    fs::write(&path, b"PK\x03\x04 and more").unwrap();
    let error = VolumeSource::open(&path).unwrap_err().to_string();
    assert!(
        error.contains("ZIP archive") && error.contains("unpack it"),
        "{error}"
    );
}

#[test]
fn a_look_at_a_folder_finds_a_zarr_as_one_volume() {
    let folder = tempfile::tempdir().unwrap();
    copied("v3_shards.zarr", &folder.path().join("a/scan.zarr"));
    let found = corelith_io::survey(folder.path(), None, &Silent).unwrap();
    let slices: Vec<&str> = found.volumes.iter().map(|v| v.slices.as_str()).collect();
    assert_eq!(slices, ["a/scan.zarr"]);
    assert_eq!(found.volumes[0].shape, Some(SHAPE));
}
