//! Mineral maps and BSE images that other programs wrote (`data/sections/write.py`).

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod named;

use std::fs;
use std::path::{Path, PathBuf};

use corelith_core::Raster;
use corelith_io::{
    Bse, BseSettings, MapSettings, MineralList, MineralMap, Numbers, read_bse, read_mineral_map,
};

const COLS: usize = 40;
const ROWS: usize = 24;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/sections")
        .join(name)
}

fn list() -> MineralList {
    MineralList::from(named::minerals(&[
        ("Resin", [0, 0, 0]),
        ("LiAlO2", [230, 40, 40]),
        ("Glass", [240, 200, 60]),
    ]))
}

fn truth() -> Raster<u8> {
    Raster::from_fn(ROWS, COLS, |col, row| ((col / 8 + row / 8) % 3) as u8)
}

fn map(name: &str, settings: &MapSettings) -> Result<MineralMap, String> {
    read_mineral_map(&data(name), &list(), settings).map_err(|e| e.to_string())
}

#[test]
fn maps_of_every_kind_have_the_same_classes() {
    for name in [
        "map.bmp",
        "map.webp",
        "map.gif",
        "map_palette.png",
        "map_palette_key.png",
        "map_half_transparent.png",
        "map_alpha_empty.png",
        "map_16_bit.png",
        "map_planar.tif",
        "map_planar_tiles.tif",
        "map_planar_16_bit.tif",
        "map_four_samples.tif",
        "map_associated_alpha.tif",
        "map_packbits.tif",
        "map_zstd.tif",
        "map_bigtiff_tiles.tif",
        "map_palette.tif",
        "map_palette_8_bit.tif",
        "map_thumbnail_first.tif",
        "map_composite.tif",
        "map_grey_pages.tif",
        "map_grey_samples.tif",
    ] {
        let settings = MapSettings {
            // Multiplied by alpha, colours are rounded.
            colour_tolerance: name.contains("associated").then_some(3.0),
            ..MapSettings::default()
        };
        let read = map(name, &settings).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(read.classes, truth(), "{name}");
    }
}

#[test]
fn lossy_maps_are_read_within_the_tolerance_that_the_error_proposes() {
    for name in ["map.jpg", "map_jpeg.tif", "map_lossy.webp"] {
        let error = map(name, &MapSettings::default()).unwrap_err();
        let start = error
            .find("`colour_tolerance = ")
            .unwrap_or_else(|| panic!("{error}"));
        let number = error[start..].split(['=', '`']).nth(2).unwrap().trim();
        let settings = MapSettings {
            colour_tolerance: Some(number.parse().unwrap()),
            ..MapSettings::default()
        };
        let read = map(name, &settings).unwrap();
        let pairs = || read.classes.data().iter().zip(truth().into_data());
        let wrong = pairs().filter(|(a, b)| **a != *b).count();
        assert!(
            wrong * 100 <= COLS * ROWS,
            "{name}: {wrong} of {} pixels",
            COLS * ROWS
        );
        assert!(
            read.notes[0].contains("compression changes colours"),
            "{:?}",
            read.notes
        );
    }
}

#[test]
fn the_kind_is_found_by_content_and_not_by_the_ending() {
    let folder = tempfile::tempdir().unwrap();
    for (name, other) in [
        ("map_palette.png", "map.tif"),
        ("map_planar.tif", "map.png"),
        ("map.bmp", "map.jpg"),
        ("map.gif", "MAP"),
    ] {
        let path = folder.path().join(other);
        fs::copy(data(name), &path).unwrap();
        let read = read_mineral_map(&path, &list(), &MapSettings::default()).unwrap();
        assert_eq!(read.classes, truth(), "{name} as {other}");
    }
}

#[test]
fn pages_of_one_size_need_a_choice() {
    let error = map("map_two_pages.tif", &MapSettings::default()).unwrap_err();
    assert!(error.contains("pages 1 and 2 are equally large"), "{error}");
    let page = |page| MapSettings {
        page: Some(page),
        ..MapSettings::default()
    };
    assert_eq!(map("map_two_pages.tif", &page(2)).unwrap().classes, truth());
    assert_ne!(map("map_two_pages.tif", &page(1)).unwrap().classes, truth());
    assert!(
        map("map_two_pages.tif", &page(3))
            .unwrap_err()
            .contains("page 3 is wanted")
    );
    let note = &map("map_thumbnail_first.tif", &MapSettings::default())
        .unwrap()
        .notes[0];
    assert!(note.contains("page 2 of 40 x 24"), "{note}");
}

#[test]
fn three_pages_of_class_numbers_are_no_colours() {
    let error = map("numbers_three_pages.tif", &MapSettings::default()).unwrap_err();
    assert!(error.contains("`page`"), "{error}");
    let of_first = MapSettings {
        page: Some(1),
        numbers: Some(Numbers::Row),
        ..MapSettings::default()
    };
    let read = map("numbers_three_pages.tif", &of_first).unwrap();
    assert_eq!(read.classes, truth());
}

#[test]
fn class_numbers_in_grey_are_told_from_colours() {
    assert!(
        map("numbers.png", &MapSettings::default())
            .unwrap_err()
            .contains("class numbers?")
    );
    let settings = MapSettings {
        numbers: Some(Numbers::Row),
        ..MapSettings::default()
    };
    assert_eq!(map("numbers.png", &settings).unwrap().classes, truth());
}

fn bse(name: &str) -> Bse {
    let classes = truth();
    let map = MineralMap {
        image_size: [COLS, ROWS],
        classes,
        moved: None,
        notes: Vec::new(),
    };
    read_bse(
        &data(name),
        Path::new("map.png"),
        &map,
        &BseSettings::default(),
    )
    .unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn bse_images_of_every_depth_have_the_same_values() {
    let grey = |col: usize, row: usize| {
        let noise = (col * 7 + row * 5 + col * row) % 9;
        10.0 + 50.0 * f32::from(truth().at(col, row)) + noise as f32
    };
    for (name, scale, offset, tolerance) in [
        ("bse_alpha.png", 1.0, 0.0, 0.0),
        ("bse_white_is_zero.tif", 1.0, 0.0, 0.0),
        ("bse_int16.tif", 1.0, -100.0, 0.0),
        ("bse_int8.tif", 1.0, -100.0, 0.0),
        ("bse_12_in_16.tif", 16.0, 0.0, 0.0),
        ("bse_uint32.tif", 1.0, 0.0, 0.0),
        ("bse_uint64.tif", 1.0, 0.0, 0.0),
        ("bse_float16.tif", 1.0, 0.0, 0.0),
        ("bse_float32.tif", 1.0, 0.0, 0.0),
        ("bse_float64.tif", 1.0, 0.0, 0.0),
        ("bse.jpg", 1.0, 0.0, 9.0),
    ] {
        let read = bse(name);
        for row in 0..ROWS {
            for col in 0..COLS {
                let (found, expected) = (read.grey.at(col, row), scale * grey(col, row) + offset);
                assert!(
                    (found - expected).abs() <= tolerance,
                    "{name}: {found}, {expected}"
                );
            }
        }
    }
}

/// A changed byte or a lost end may make an image unreadable, never the program fall over.
#[test]
fn broken_images_are_errors_or_images() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map");
    let settings = MapSettings {
        colour_tolerance: Some(442.0),
        ..MapSettings::default()
    };
    for name in [
        "map.bmp",
        "map.gif",
        "map.webp",
        "map_palette.png",
        "map_planar_tiles.tif",
        "map_packbits.tif",
        "map_four_samples.tif",
        "map_palette_8_bit.tif",
        "map_zstd.tif",
        "map_jpeg.tif",
        "map_bigtiff_tiles.tif",
    ] {
        let whole = fs::read(data(name)).unwrap();
        for i in 0..150 {
            // Headers are short and at either end: most changes meet them.
            let at = match i % 3 {
                0 => i % whole.len(),
                1 => whole.len() - 1 - i % whole.len(),
                _ => (i * 7919) % whole.len(),
            };
            let mut bytes = whole.clone();
            bytes[at] = bytes[at].wrapping_add([1, 0x80, 0xff][i % 2 + i % 3 / 2]);
            if i % 5 == 0 {
                bytes.truncate(at);
            }
            fs::write(&path, &bytes).unwrap();
            let _ = read_mineral_map(&path, &list(), &settings);
        }
    }
}
