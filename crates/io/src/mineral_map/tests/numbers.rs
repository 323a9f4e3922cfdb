//! Maps whose grey values are class numbers, and grey images that are none.

use super::*;

/// The list with the numbers of its rows, counted from 0.
fn numbered() -> MineralList {
    let list = with_metal();
    let rows = list.minerals.len() as i64;
    MineralList {
        numbers: Some((0..rows).map(Some).collect()),
        ..list
    }
}

#[test]
fn class_numbers_need_a_table_or_a_rule() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.png");
    let numbers = Raster::new(vec![0u8, 1, 2, 2, 1, 0], 2, 3).unwrap();
    write_png(&path, &numbers).unwrap();
    let error = read(&path, &MapSettings::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("0, 1, 2") && error.contains("`numbers = \"row\"`"),
        "{error}"
    );
    let error = read(&path, &tolerant(442.0)).unwrap_err().to_string();
    assert!(error.contains("class numbers?"), "{error}");
    let by = |numbers| MapSettings {
        numbers: Some(numbers),
        ..MapSettings::default()
    };
    let map = read(&path, &by(Numbers::Row)).unwrap();
    assert_eq!(map.classes, numbers);
    let map = read(&path, &by(Numbers::RowFromOne)).unwrap();
    assert_eq!(map.classes.data(), [UNMEASURED, 0, 1, 1, 0, UNMEASURED]);
    let table = MineralList {
        numbers: Some(vec![Some(0), Some(2), Some(1)]),
        ..MineralList::from(minerals())
    };
    let map = read_mineral_map(&path, &table, &MapSettings::default()).unwrap();
    assert_eq!(map.classes.data(), [0, 2, 1, 1, 2, 0]);
    let short = MineralList {
        numbers: Some(vec![Some(0), None, Some(1)]),
        ..MineralList::from(minerals())
    };
    let error = read_mineral_map(&path, &short, &MapSettings::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("the class numbers 2 stand for no mineral"),
        "{error}"
    );
    // A table does not stop colours from being colours.
    write_png(&path, &Raster::filled(2, 2, RED)).unwrap();
    let map = read_mineral_map(&path, &table, &MapSettings::default()).unwrap();
    assert_eq!(map.classes.data(), [1; 4]);
}

#[test]
fn class_numbers_stored_as_colours_are_class_numbers_all_the_same() {
    let numbers = Raster::new(vec![0u8, 1, 2, 2, 1, 0], 2, 3).unwrap();
    let rgb = numbers.map(|v| [*v; 3]);
    let error = read_rgb(&rgb, &MapSettings::default()).unwrap_err();
    assert!(error.to_string().contains("class numbers?"), "{error}");
    let settings = MapSettings {
        numbers: Some(Numbers::Row),
        ..MapSettings::default()
    };
    assert_eq!(read_rgb(&rgb, &settings).unwrap().classes, numbers);
    let error = read_rgb(&coloured(&numbers), &settings).unwrap_err();
    assert!(error.to_string().contains("`numbers` is set"), "{error}");
}

#[test]
fn a_smoothed_map_of_grey_colours_is_read_within_a_tolerance() {
    let mut rows = minerals().rows()[..1].to_vec();
    rows.push(Mineral {
        name: "Metal".to_owned(),
        rgb: [250; 3],
        density_g_cm3: None,
    });
    let list = MineralList::from(Minerals::new(rows, "Background").unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.png");
    let rgb = Raster::from_fn(12, 12, |col, _| match col {
        0..=4 => [0; 3],
        5 => [90; 3],
        6 => [170; 3],
        _ => [250; 3],
    });
    write_png(&path, &rgb).unwrap();
    assert!(read_mineral_map(&path, &list, &MapSettings::default()).is_err());
    let map = read_mineral_map(&path, &list, &tolerant(5.0)).unwrap();
    let expected = Raster::from_fn(12, 12, |col, _| u8::from(col > 5));
    assert_eq!(map.classes, expected);
    assert_eq!(map.moved_pixels(), 24);
}

#[test]
fn a_grey_image_of_many_values_is_taken_for_the_bse_image() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.tif");
    let layout = crate::StackLayout::new([1, 20, 20], corelith_core::Spacing::isotropic(1.0));
    let grey: Vec<u16> = (0..400).map(|i| i * 100).collect();
    crate::write_slice(&path, &grey, layout).unwrap();
    let error = read(&path, &MapSettings::default())
        .unwrap_err()
        .to_string();
    assert!(error.contains("is it the BSE image?"), "{error}");
}

#[test]
fn a_legend_beside_class_numbers_is_found_and_left_out() {
    let truth = truth(64, 64);
    let list = numbered();
    let square = |col: usize, row: usize| match (col, row) {
        (4..12, 68..76) => 1,
        (16..24, 68..76) => 2,
        (28..36, 68..76) => 3,
        _ => 0,
    };
    let squares = Raster::from_fn(80, 64, |col, row| match row {
        0..64 => truth.at(col, row),
        _ => square(col, row),
    });
    let white = Raster::from_fn(80, 64, |col, row| match row {
        0..64 => truth.at(col, row),
        _ => 255,
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.png");
    for (image, says) in [(squares, "as a legend has them"), (white, "fill a strip")] {
        write_png(&path, &image).unwrap();
        let error = read_mineral_map(&path, &list, &MapSettings::default()).unwrap_err();
        let error = error.to_string();
        assert!(error.contains(says), "{error}");
        assert_eq!(proposed(&error, "crop_px"), "[0, 0, 64, 64]", "{error}");
        let crop = proposed_map_crop(&path, &list).unwrap();
        assert_eq!(crop, Some(Crop::whole(64, 64)));
        let settings = MapSettings {
            crop_px: crop,
            ..MapSettings::default()
        };
        let read = read_mineral_map(&path, &list, &settings).unwrap();
        assert_eq!(read.classes, truth);
    }
}

#[test]
fn what_numbers_mean_is_said_before_and_after() {
    let numbers = Raster::from_fn(6, 6, |col, _| (col % 3) as u8);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.png");
    write_png(&path, &numbers).unwrap();
    let error = read(&path, &MapSettings::default())
        .unwrap_err()
        .to_string();
    for part in [
        "only when the numbers count the rows of the list",
        "0 is `Background`, 1 is `LiAlO2`, 2 is `Glass`",
        "0 is not measured, 1 is `Background`",
    ] {
        assert!(error.contains(part), "{error}");
    }
    let settings = MapSettings {
        numbers: Some(Numbers::Row),
        ..MapSettings::default()
    };
    let notes = read(&path, &settings).unwrap().notes;
    assert!(notes[0].contains("2 is `Glass`"), "{notes:?}");
}

#[test]
fn a_bse_image_of_few_values_is_asked_about() {
    let grey = Raster::from_fn(20, 20, |col, row| (3 + (col * 7 + row * 3) % 90) as u8);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.png");
    write_png(&path, &grey).unwrap();
    let error = read(&path, &MapSettings::default())
        .unwrap_err()
        .to_string();
    assert!(error.contains("is it the BSE image?"), "{error}");
}
