mod areas;
mod numbers;

use corelith_core::Mineral;

use super::*;
use crate::{Crop, MineralList};

fn read(path: &Path, settings: &MapSettings) -> Result<MineralMap, Error> {
    read_mineral_map(path, &MineralList::from(minerals()), settings)
}

/// Writes a map, each letter of `pixels` a class, and reads it.
fn read_rgb(rgb: &Raster<[u8; 3]>, settings: &MapSettings) -> Result<MineralMap, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.png");
    write_png(&path, rgb).unwrap();
    read(&path, settings)
}

fn minerals() -> Minerals {
    let row = |name: &str, rgb| Mineral {
        name: name.to_owned(),
        rgb,
        density_g_cm3: None,
    };
    Minerals::new(
        vec![
            row("Background", [0, 0, 0]),
            row("LiAlO2", [230, 40, 40]),
            row("Glass", [240, 200, 60]),
        ],
        "Background",
    )
    .unwrap()
}

/// The list with a metal that is nearly white.
fn with_metal() -> MineralList {
    let mut rows = minerals().rows().to_vec();
    rows.push(Mineral {
        name: "Metal".to_owned(),
        rgb: [250; 3],
        density_g_cm3: None,
    });
    MineralList::from(Minerals::new(rows, "Background").unwrap())
}

const RESIN: [u8; 3] = [0, 0, 0];
const RED: [u8; 3] = [230, 40, 40];
const YELLOW: [u8; 3] = [240, 200, 60];

/// Halves of resin and of red with a disc of yellow.
fn truth(rows: usize, cols: usize) -> Raster<u8> {
    Raster::from_fn(rows, cols, |col, row| {
        let (x, y) = (
            col as f64 - cols as f64 / 2.0,
            row as f64 - rows as f64 / 2.0,
        );
        if x.hypot(y) < rows as f64 / 4.0 {
            2
        } else {
            u8::from(x > 0.0)
        }
    })
}

fn coloured(classes: &Raster<u8>) -> Raster<[u8; 3]> {
    classes.map(|class| [RESIN, RED, YELLOW][usize::from(*class)])
}

/// Every pixel the mean of those around it.
fn smoothed(rgb: &Raster<[u8; 3]>) -> Raster<[u8; 3]> {
    Raster::from_fn(rgb.rows(), rgb.cols(), |col, row| {
        let near = |at: usize, all: usize| at.saturating_sub(1)..(at + 2).min(all);
        let around: Vec<[u8; 3]> = near(row, rgb.rows())
            .flat_map(|r| near(col, rgb.cols()).map(move |c| rgb.at(c, r)))
            .collect();
        [0, 1, 2].map(|i| {
            let sum: u32 = around.iter().map(|p| u32::from(p[i])).sum();
            (sum / around.len() as u32) as u8
        })
    })
}

fn tolerant(tolerance: f64) -> MapSettings {
    MapSettings {
        colour_tolerance: Some(tolerance),
        ..MapSettings::default()
    }
}

/// The value of a setting that an error proposes.
fn proposed<'a>(error: &'a str, key: &str) -> &'a str {
    let start = error
        .find(&format!("`{key} = "))
        .unwrap_or_else(|| panic!("{key}: {error}"));
    let value = &error[start + key.len() + 4..];
    &value[..value.find('`').unwrap()]
}

#[test]
fn a_map_goes_round() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.png");
    let classes = Raster::from_fn(7, 9, |col, row| [0, 1, 2, UNMEASURED][(col + row) % 4]);
    write_mineral_map(&path, &classes, &minerals()).unwrap();
    let map = read(&path, &MapSettings::default()).unwrap();
    assert_eq!(map.classes, classes);
    assert!(map.moved.is_none());
    assert_eq!(
        map.unmeasured_pixels(),
        classes.data().iter().filter(|c| **c == UNMEASURED).count()
    );
    assert!(
        map.notes[0].contains("were not measured"),
        "{:?}",
        map.notes
    );
}

#[test]
fn an_unknown_colour_is_counted_placed_and_given_its_nearest_mineral() {
    let mut map = Raster::filled(4, 5, RESIN);
    for i in [7, 8, 12] {
        map.data_mut()[i] = [228, 44, 40];
    }
    map.data_mut()[2] = [1, 1, 1];
    let error = read_rgb(&map, &MapSettings::default()).unwrap_err();
    let Error::UnknownColour(unknown) = &error else {
        panic!("{error}");
    };
    assert_eq!(unknown.rgb, [228, 44, 40]);
    assert_eq!(unknown.pixels, 3);
    assert_eq!((unknown.column, unknown.row), (2, 1));
    assert_eq!(unknown.nearest, "LiAlO2");
    assert_eq!(unknown.further_colours, 1);
    assert_eq!(unknown.share_pct, 20.0);
    assert!(error.to_string().contains("map.png"), "{error}");
}

#[test]
fn the_tolerance_that_an_error_proposes_reads_a_smoothed_map() {
    let truth = truth(60, 80);
    let map = smoothed(&coloured(&truth));
    let error = read_rgb(&map, &MapSettings::default())
        .unwrap_err()
        .to_string();
    let tolerance: f64 = proposed(&error, "colour_tolerance").parse().unwrap();
    let read = read_rgb(&map, &tolerant(tolerance)).unwrap();
    let wrong = |a: &Raster<u8>| {
        a.data()
            .iter()
            .zip(truth.data())
            .filter(|(a, b)| a != b)
            .count()
    };
    // Smoothing itself moves the rim of the disc by a pixel here and there.
    assert!(
        wrong(&read.classes) <= 12,
        "{} pixels",
        wrong(&read.classes)
    );
    let moved = read.moved.as_ref().unwrap();
    for (i, moved) in moved.data().iter().enumerate() {
        let rgb = map.data()[i];
        assert_eq!(*moved, ![RESIN, RED, YELLOW].contains(&rgb), "{rgb:?}");
    }
    assert!(
        read.notes
            .iter()
            .any(|n| n.starts_with(&format!("{} pixels", read.moved_pixels())))
    );
}

#[test]
fn a_mixture_of_two_minerals_is_no_third() {
    // Half way from resin to yellow lies near a brown that is a mineral of its own.
    let mut rows = minerals().rows().to_vec();
    rows.push(Mineral {
        name: "Brown".to_owned(),
        rgb: [118, 98, 34],
        density_g_cm3: None,
    });
    let list = MineralList::from(Minerals::new(rows, "Background").unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.png");
    let rgb = Raster::from_fn(8, 9, |col, _| match col {
        0..4 => RESIN,
        4 => [132, 110, 33],
        _ => YELLOW,
    });
    write_png(&path, &rgb).unwrap();
    let read = read_mineral_map(&path, &list, &tolerant(20.0)).unwrap();
    assert!(!read.classes.data().contains(&3), "{:?}", read.classes);
    assert_eq!(read.classes.at(4, 3), 2);
}

#[test]
fn a_colour_past_the_tolerance_is_still_refused() {
    let mut map = coloured(&truth(20, 20));
    for row in 5..15 {
        for col in 0..9 {
            let i = map.index(col, row);
            map.data_mut()[i] = [120, 20, 200];
        }
    }
    let error = read_rgb(&map, &tolerant(20.0)).unwrap_err();
    assert!(matches!(error, Error::UnknownColour(_)), "{error}");
}

#[test]
fn the_crop_that_an_error_proposes_leaves_a_legend_out() {
    let truth = truth(64, 64);
    let with_legend = Raster::from_fn(78, 64, |col, row| match row {
        0..64 => coloured(&truth).at(col, row),
        66..=69 if (5..40).contains(&col) => [0, 0, 0],
        71..=74 if (5..9).contains(&col) => RED,
        _ => [255, 255, 255],
    });
    let error = read_rgb(&with_legend, &MapSettings::default())
        .unwrap_err()
        .to_string();
    assert_eq!(proposed(&error, "crop_px"), "[0, 0, 64, 64]", "{error}");
    let settings = MapSettings {
        crop_px: Some(Crop::whole(64, 64)),
        ..MapSettings::default()
    };
    let read = read_rgb(&with_legend, &settings).unwrap();
    assert_eq!(read.classes, truth);
    assert_eq!(read.image_size, [64, 78]);
    // A tolerance alone would take the white for a mineral.
    let error = read_rgb(&with_legend, &tolerant(441.0))
        .unwrap_err()
        .to_string();
    assert!(error.contains("crop_px = [0, 0, 64, 64]"), "{error}");
    let outside = MapSettings {
        crop_px: Some(Crop::from([10, 0, 64, 64])),
        ..MapSettings::default()
    };
    let error = read_rgb(&with_legend, &outside).unwrap_err().to_string();
    assert!(error.contains("64 x 78 pixels"), "{error}");
}

#[test]
fn ignored_classes_and_listed_colours_are_unmeasured() {
    let list = MineralList::from(minerals().with_ignored([1]).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.png");
    let rgb = Raster::new(vec![RESIN, RED, YELLOW, [255, 0, 255]], 2, 2).unwrap();
    write_png(&path, &rgb).unwrap();
    assert!(read_mineral_map(&path, &list, &MapSettings::default()).is_err());
    let settings = MapSettings {
        unmeasured_rgb: vec![[255, 0, 255]],
        ..MapSettings::default()
    };
    let read = read_mineral_map(&path, &list, &settings).unwrap();
    assert_eq!(read.classes.data(), [0, UNMEASURED, 2, UNMEASURED]);
    // A map of nothing else is a mistake.
    write_png(&path, &Raster::filled(2, 2, RED)).unwrap();
    let error = read_mineral_map(&path, &list, &settings)
        .unwrap_err()
        .to_string();
    assert!(error.contains("no pixel was measured"), "{error}");
}

#[test]
fn an_unmeasured_colour_that_is_a_mineral_is_refused() {
    let settings = MapSettings {
        unmeasured_rgb: vec![YELLOW],
        ..MapSettings::default()
    };
    let error = read_rgb(&Raster::filled(2, 2, RED), &settings)
        .unwrap_err()
        .to_string();
    assert!(error.contains("is that of `Glass`"), "{error}");
}

#[test]
fn a_legend_is_found_before_a_project_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.png");
    let truth = truth(40, 50);
    let rgb = Raster::from_fn(40, 70, |col, row| match col {
        0..50 => coloured(&truth).at(col, row),
        _ => [255, 255, 255],
    });
    write_png(&path, &rgb).unwrap();
    let list = MineralList::from(minerals());
    let crop = proposed_map_crop(&path, &list).unwrap();
    assert_eq!(crop, Some(Crop::whole(50, 40)));
    write_png(&path, &coloured(&truth)).unwrap();
    assert_eq!(proposed_map_crop(&path, &list).unwrap(), None);
}

#[test]
fn a_truncated_or_foreign_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.png");
    let classes = Raster::from_fn(60, 60, |col, row| ((col * row) % 3) as u8);
    write_mineral_map(&path, &classes, &minerals()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let error = read(&path, &MapSettings::default())
        .unwrap_err()
        .to_string();
    assert!(error.contains("cut short"), "{error}");
    for (content, name) in [
        (&b""[..], "an empty file"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04..", "a ZIP archive"),
        (b"<html>", "a web page"),
        (b"mineral,red", "a text file"),
        (b"\x00\x05\x16\x07", "companion file of macOS"),
    ] {
        std::fs::write(&path, content).unwrap();
        let error = read(&path, &MapSettings::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(name) && !error.contains("damaged"),
            "{error}"
        );
    }
}

#[test]
fn a_huge_image_is_refused_before_memory_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.png");
    write_png(&path, &Raster::filled(1, 1, 0u8)).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    // IHDR: width and height, then the checksum of the chunk.
    bytes[16..20].copy_from_slice(&30_000u32.to_be_bytes());
    bytes[20..24].copy_from_slice(&30_000u32.to_be_bytes());
    let mut crc = flate2::Crc::new();
    crc.update(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    std::fs::write(&path, &bytes).unwrap();
    let error = read(&path, &MapSettings::default())
        .unwrap_err()
        .to_string();
    assert!(error.contains("30000 x 30000 pixels"), "{error}");
}
