//! TIFF volumes that other programs wrote.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod counted;
mod opened;

use corelith_core::{Silent, Volume};
use corelith_io::{Depth, VolumeSource, write_volume};

use counted::{ONE, TYPES, count};
use opened::{has_spacing, holds, open, open_channel, refused};

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
        ("channels_files", "1, 2"),
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
    let error = refused("images_ome.ome.tif");
    assert!(
        error.contains("2 images, expected one a file: scan (1), label (2)"),
        "{error}"
    );
    let error = refused("itk_two_channels.mha");
    assert!(error.contains("2 channels"), "{error}");
}

#[test]
fn ome_sizes_have_units() {
    let source = open_channel("channels_ome.ome.tif", 1).unwrap();
    has_spacing(&source, "channels_ome.ome.tif", [0.0025, 3.5, 4.5]);
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

#[test]
fn grey_slices_that_are_stored_as_colours_are_read() {
    let source = open("tiff_rgb_grey.tif").unwrap();
    holds(&source, "tiff_rgb_grey.tif", Depth::U16);
    assert!(
        source.notes()[0].contains("all grey"),
        "{:?}",
        source.notes()
    );
}
