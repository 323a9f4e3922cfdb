use corelith_core::Spacing;

use super::*;
use crate::{MineralMap, StackLayout, write_png, write_slice};

/// Grains of three classes in resin, and grey values with some noise.
fn field(cols: usize, rows: usize, margin: usize) -> (Raster<u8>, Raster<f32>) {
    let class = |col: f64, row: f64| -> u8 {
        let grains: [(f64, f64, f64, u8); 5] = [
            (12.0, 14.0, 9.0, 1),
            (44.0, 20.0, 11.0, 2),
            (20.0, 46.0, 12.0, 3),
            (50.0, 52.0, 8.0, 1),
            (33.0, 33.0, 5.0, 2),
        ];
        grains
            .iter()
            .find(|(x, y, r, _)| (col - x).hypot(row - y) < *r)
            .map_or(0, |g| g.3)
    };
    let grey = |col: usize, row: usize| {
        let (x, y) = (col as f64 - margin as f64, row as f64 - margin as f64);
        let noise = (col * 7919 + row * 104_729 + col * row) % 23;
        40.0 + 50.0 * f32::from(class(x, y)) + noise as f32
    };
    (
        Raster::from_fn(rows, cols, |col, row| class(col as f64, row as f64)),
        Raster::from_fn(rows + 2 * margin, cols + 2 * margin, grey),
    )
}

fn map_of(classes: Raster<u8>) -> MineralMap {
    MineralMap {
        image_size: [classes.cols(), classes.rows()],
        classes,
        moved: None,
        notes: Vec::new(),
    }
}

fn read(grey: &Raster<f32>, classes: &Raster<u8>, settings: &BseSettings) -> Result<Bse, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bse.tif");
    let layout = StackLayout::new([1, grey.rows(), grey.cols()], Spacing::isotropic(1.2));
    write_slice(&path, grey.data(), layout).unwrap();
    read_bse(
        &path,
        Path::new("map.png"),
        &map_of(classes.clone()),
        settings,
    )
}

fn part(grey: &Raster<f32>, left: usize, top: usize, cols: usize, rows: usize) -> Raster<f32> {
    Raster::from_fn(rows, cols, |col, row| grey.at(col + left, row + top))
}

#[test]
fn an_image_of_the_size_of_the_map_is_read_as_it_is() {
    let (classes, grey) = field(64, 64, 0);
    let bse = read(&grey, &classes, &BseSettings::default()).unwrap();
    assert_eq!(bse.grey, grey);
    assert!(bse.notes.is_empty(), "{:?}", bse.notes);
}

#[test]
fn grey_stored_as_rgb_is_read_and_coloured_annotations_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bse.png");
    let (classes, grey) = field(64, 64, 0);
    let mut rgb = grey.map(|v| [*v as u8; 3]);
    rgb.data_mut()[5] = [255, 0, 0];
    write_png(&path, &rgb).unwrap();
    let map = map_of(classes);
    let bse = read_bse(&path, Path::new("map.png"), &map, &BseSettings::default()).unwrap();
    assert!(bse.grey.data()[5].is_nan());
    assert_eq!(bse.grey.data()[6], grey.data()[6]);
    assert!(
        bse.notes[0].contains("1 coloured pixels"),
        "{:?}",
        bse.notes
    );
    write_png(&path, &Raster::filled(64, 64, [7, 8, 7])).unwrap();
    let error = read_bse(&path, Path::new("map.png"), &map, &BseSettings::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("are `bse` and `mineral_map` exchanged?"),
        "{error}"
    );
}

#[test]
fn a_border_a_data_bar_and_one_pixel_more_are_cut_away() {
    let (classes, grey) = field(64, 64, 5);
    let expected = part(&grey, 5, 5, 64, 64);
    for (left, top, cols, rows) in [
        (0, 0, 74, 74),
        (5, 5, 65, 65),
        (4, 5, 65, 65),
        (5, 3, 64, 69),
    ] {
        let larger = part(&grey, left, top, cols, rows);
        let bse = read(&larger, &classes, &BseSettings::default()).unwrap();
        assert_eq!(bse.grey, expected, "{left} {top} {cols} {rows}");
        assert!(
            bse.notes[0].contains("the minerals explain"),
            "{:?}",
            bse.notes
        );
    }
    let bar = Raster::from_fn(73, 64, |col, row| match row {
        0..64 => expected.at(col, row),
        67..70 if (8..30).contains(&col) => 255.0,
        _ => 0.0,
    });
    assert_eq!(
        read(&bar, &classes, &BseSettings::default()).unwrap().grey,
        expected
    );
}

#[test]
fn a_finer_or_coarser_image_is_brought_onto_the_map() {
    let (classes, grey) = field(64, 64, 0);
    let finer = Raster::from_fn(192, 192, |col, row| grey.at(col / 3, row / 3));
    let bse = read(&finer, &classes, &BseSettings::default()).unwrap();
    for (a, b) in bse.grey.data().iter().zip(grey.data()) {
        assert!((a - b).abs() < 1e-3, "{a} and {b}");
    }
    // Twice as fine and with a bar below.
    let with_bar = Raster::from_fn(140, 128, |col, row| {
        if row < 128 {
            grey.at(col / 2, row / 2)
        } else {
            0.0
        }
    });
    let bse = read(&with_bar, &classes, &BseSettings::default()).unwrap();
    assert_eq!(bse.grey, grey);
    let coarser = Raster::from_fn(32, 32, |col, row| grey.at(2 * col, 2 * row));
    let bse = read(&coarser, &classes, &BseSettings::default()).unwrap();
    assert_eq!(bse.grey.at(20, 30), coarser.at(10, 15));
}

#[test]
fn a_finer_image_is_placed_to_its_own_pixel() {
    // Between the middles of map pixels several places look alike, and noise is no guide.
    let (classes, grey) = field(64, 64, 0);
    let noisy = Raster::from_fn(64, 64, |col, row| {
        grey.at(col, row) + ((col * 7919 + row * 104_729 + col * row) % 61) as f32
    });
    let with_bar = Raster::from_fn(216, 192, |col, row| match row {
        0..192 => noisy.at(col / 3, row / 3),
        _ => 0.0,
    });
    let bse = read(&with_bar, &classes, &BseSettings::default()).unwrap();
    for (a, b) in bse.grey.data().iter().zip(noisy.data()) {
        assert!((a - b).abs() < 1e-3, "{:?}", bse.notes);
    }
}

#[test]
fn a_finer_image_with_a_border_around_is_found_at_its_scale() {
    let (classes, grey) = field(64, 64, 0);
    let wider = Raster::from_fn(150, 148, |col, row| {
        let inside = |v: usize, from: usize| (v >= from && v < from + 128).then(|| (v - from) / 2);
        match (inside(col, 9), inside(row, 13)) {
            (Some(x), Some(y)) => grey.at(x, y),
            _ => ((col * 7919 + row * 104_729) % 97) as f32,
        }
    });
    let bse = read(&wider, &classes, &BseSettings::default()).unwrap();
    assert_eq!(bse.grey, grey, "{:?}", bse.notes);
}

#[test]
fn an_image_that_lies_otherwise_is_refused_with_how() {
    let (classes, grey) = field(64, 64, 0);
    let last = 63;
    for (how, turned) in [
        (
            "mirrored left to right",
            Raster::from_fn(64, 64, |c, r| grey.at(last - c, r)),
        ),
        (
            "mirrored top to bottom",
            Raster::from_fn(64, 64, |c, r| grey.at(c, last - r)),
        ),
        (
            "turned by 180 degrees",
            Raster::from_fn(64, 64, |c, r| grey.at(last - c, last - r)),
        ),
        // Turned to the right, it has to be turned to the left.
        (
            "90 degrees to the left",
            Raster::from_fn(64, 64, |c, r| grey.at(r, last - c)),
        ),
        (
            "90 degrees to the right",
            Raster::from_fn(64, 64, |c, r| grey.at(last - r, c)),
        ),
        (
            "along its diagonal",
            Raster::from_fn(64, 64, |c, r| grey.at(r, c)),
        ),
    ] {
        let error = read(&turned, &classes, &BseSettings::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains(how), "{how}: {error}");
    }
}

#[test]
fn a_large_shift_is_told_as_well() {
    let (classes, grey) = field(160, 160, 16);
    let shifted = part(&grey, 5, 27, 160, 160);
    let bse = read(&shifted, &classes, &BseSettings::default()).unwrap();
    assert!(
        bse.notes[0].contains("bse_offset_px = [11, -11]"),
        "{:?}",
        bse.notes
    );
}

#[test]
fn an_image_without_a_clear_place_is_refused_with_both_sizes() {
    let (classes, _) = field(64, 64, 0);
    let noise = Raster::from_fn(70, 70, |col, row| {
        ((col * 7919 + row * 104_729) % 97) as f32
    });
    let error = read(&noise, &classes, &BseSettings::default())
        .unwrap_err()
        .to_string();
    for words in ["70 x 70 pixels", "64 x 64", "bse_offset_px", "bse_crop_px"] {
        assert!(error.contains(words), "{error}");
    }
    let (_, grey) = field(64, 64, 0);
    let cut = part(&grey, 0, 0, 50, 64);
    assert!(matches!(
        read(&cut, &classes, &BseSettings::default()),
        Err(Error::ImageSize { .. })
    ));
}

#[test]
fn crop_and_offset_are_followed() {
    let (classes, grey) = field(64, 64, 5);
    let crop = BseSettings {
        crop_px: Some(Crop::from([5, 5, 64, 64])),
        ..BseSettings::default()
    };
    assert_eq!(
        read(&grey, &classes, &crop).unwrap().grey,
        part(&grey, 5, 5, 64, 64)
    );
    let offset = BseSettings {
        offset_px: Some([-2, 3]),
        ..BseSettings::default()
    };
    let bse = read(&part(&grey, 7, 2, 60, 70), &classes, &offset).unwrap();
    assert!(bse.grey.at(1, 0).is_nan() && bse.grey.at(62, 0).is_nan());
    assert_eq!(bse.grey.at(2, 0), grey.at(7, 5));
    // Cropped as the map, whose uncropped size it has.
    let map = MineralMap {
        image_size: [74, 74],
        ..map_of(classes)
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bse.tif");
    let layout = StackLayout::new([1, 74, 74], Spacing::isotropic(1.2));
    write_slice(&path, grey.data(), layout).unwrap();
    let alike = BseSettings {
        map_crop_px: Some(Crop::from([5, 5, 64, 64])),
        ..BseSettings::default()
    };
    let bse = read_bse(&path, Path::new("map.png"), &map, &alike).unwrap();
    assert_eq!(bse.grey, part(&grey, 5, 5, 64, 64));
    assert!(
        bse.notes[0].contains("cropped as the mineral map"),
        "{:?}",
        bse.notes
    );
}

#[test]
fn a_shifted_image_and_one_of_another_map_are_told() {
    let (classes, grey) = field(64, 64, 5);
    let shifted = part(&grey, 2, 4, 64, 64);
    let bse = read(&shifted, &classes, &BseSettings::default()).unwrap();
    assert!(
        bse.notes[0].contains("bse_offset_px = [3, 1]"),
        "{:?}",
        bse.notes
    );
    let other = Raster::from_fn(64, 64, |col, row| {
        ((col * 7919 + row * 104_729) % 97) as f32
    });
    let bse = read(&other, &classes, &BseSettings::default()).unwrap();
    assert!(bse.notes[0].contains("of this map?"), "{:?}", bse.notes);
}

#[test]
fn missing_values_bars_and_areas_that_were_not_imaged_are_nan() {
    let (classes, mut grey) = field(64, 64, 0);
    grey.data_mut()[100] = f32::NAN;
    grey.data_mut()[200] = f32::INFINITY;
    for row in 10..30 {
        for col in 30..60 {
            let i = grey.index(col, row);
            grey.data_mut()[i] = 0.0;
        }
    }
    let bse = read(&grey, &classes, &BseSettings::default()).unwrap();
    assert!(bse.grey.data()[100].is_nan() && bse.grey.data()[200].is_nan());
    assert!(bse.grey.at(40, 20).is_nan());
    assert!(bse.grey.at(29, 20).is_finite());
    assert!(
        bse.notes.iter().any(|n| n.contains("600 pixels in areas")),
        "{:?}",
        bse.notes
    );

    let (classes, mut grey) = field(64, 64, 0);
    for row in 54..64 {
        for col in 0..64 {
            let i = grey.index(col, row);
            grey.data_mut()[i] = if row == 58 && col < 20 { 255.0 } else { 0.0 };
        }
    }
    let bse = read(&grey, &classes, &BseSettings::default()).unwrap();
    assert!(bse.grey.at(3, 58).is_nan() && bse.grey.at(3, 53).is_finite());
    assert!(
        bse.notes.iter().any(|n| n.contains("data bar")),
        "{:?}",
        bse.notes
    );

    let error = read(
        &Raster::filled(64, 64, 7.0),
        &classes,
        &BseSettings::default(),
    )
    .unwrap_err();
    assert!(error.to_string().contains("one grey value"), "{error}");
}

#[test]
fn a_mineral_of_one_grey_value_is_no_missing_area() {
    let (classes, _) = field(64, 64, 0);
    let flat = classes.map(|class| 40.0 + 50.0 * f32::from(*class));
    let bse = read(&flat, &classes, &BseSettings::default()).unwrap();
    assert!(bse.grey.data().iter().all(|v| v.is_finite()));
}
