//! Colours that fill areas, legends, and what numbers mean.

use super::*;

const WHITE: [u8; 3] = [255; 3];

fn read_by(
    list: &MineralList,
    rgb: &Raster<[u8; 3]>,
    settings: &MapSettings,
) -> Result<MineralMap, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.png");
    write_png(&path, rgb).unwrap();
    read_mineral_map(&path, list, settings)
}

#[test]
fn white_resin_is_no_blurred_metal() {
    let truth = truth(60, 80);
    let mut rgb = coloured(&truth).map(|rgb| if *rgb == RESIN { WHITE } else { *rgb });
    rgb.data_mut()[1000] = [250; 3];
    let list = with_metal();
    let error = read_by(&list, &rgb, &MapSettings::default()).unwrap_err();
    let text = error.to_string();
    assert!(!text.contains("`colour_tolerance"), "{text}");
    assert!(
        text.contains(
            "correct its colour in the mineral list (the map has no pixel of `Background`"
        ),
        "{text}"
    );
    // Nor does a tolerance that was set move it.
    let error = read_by(&list, &rgb, &tolerant(442.0)).unwrap_err();
    assert!(matches!(error, Error::UnknownColour(_)), "{error}");
    // The cures that are named read it.
    let mut rows = list.minerals.rows().to_vec();
    rows[0].rgb = WHITE;
    let corrected = MineralList::from(Minerals::new(rows, "Background").unwrap());
    let read = read_by(&corrected, &rgb, &MapSettings::default()).unwrap();
    assert_eq!(read.classes.at(0, 0), 0);
    let unmeasured = MapSettings {
        unmeasured_rgb: vec![WHITE],
        ..MapSettings::default()
    };
    assert!(read_by(&list, &rgb, &unmeasured).is_ok());
}

#[test]
fn a_mineral_that_the_list_lacks_or_has_in_another_colour_is_told_by_its_areas() {
    let rgb = coloured(&truth(60, 80)).map(|rgb| match *rgb {
        YELLOW => [240, 190, 60],
        other => other,
    });
    let error = read_rgb(&rgb, &MapSettings::default())
        .unwrap_err()
        .to_string();
    for part in ["(240, 190, 60) in ", "no pixel of `Glass` (240, 200, 60)"] {
        assert!(error.contains(part), "{error}");
    }
    for not in ["crop_px", "`colour_tolerance"] {
        assert!(!error.contains(not), "{error}");
    }
}

#[test]
fn colours_that_rounding_moves_are_read_within_the_tolerance_that_is_proposed() {
    let rgb = coloured(&truth(60, 80)).map(|rgb| rgb.map(|v| v.saturating_add(1)));
    let error = read_rgb(&rgb, &MapSettings::default())
        .unwrap_err()
        .to_string();
    let tolerance: f64 = proposed(&error, "colour_tolerance").parse().unwrap();
    let read = read_rgb(&rgb, &tolerant(tolerance)).unwrap();
    assert_eq!(read.classes, truth(60, 80));
}

#[test]
fn squares_of_a_legend_in_colours_of_the_list_are_no_grains() {
    let truth = truth(64, 64);
    let with_legend = Raster::from_fn(80, 64, |col, row| match row {
        0..64 => coloured(&truth).at(col, row),
        68..76 if (4..12).contains(&col) => RED,
        68..76 if (16..24).contains(&col) => YELLOW,
        68..76 if (28..36).contains(&col) => [250; 3],
        _ => RESIN,
    });
    let list = with_metal();
    let error = read_by(&list, &with_legend, &MapSettings::default())
        .unwrap_err()
        .to_string();
    assert!(error.contains("as a legend has them"), "{error}");
    assert_eq!(proposed(&error, "crop_px"), "[0, 0, 64, 64]", "{error}");
    for (crop, rows) in [([0, 0, 64, 64], 64), ([0, 0, 64, 80], 80)] {
        let settings = MapSettings {
            crop_px: Some(Crop::from(crop)),
            ..MapSettings::default()
        };
        let read = read_by(&list, &with_legend, &settings).unwrap();
        assert_eq!(read.classes.rows(), rows);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.png");
    write_png(&path, &with_legend).unwrap();
    let crop = proposed_map_crop(&path, &list).unwrap();
    assert_eq!(crop, Some(Crop::whole(64, 64)));
}

#[test]
fn minerals_in_other_colours_are_no_legend() {
    // Sparse grains, all in colours that a screen profile moved: the middle shows resin alone.
    let classes = Raster::from_fn(60, 80, |col, row| match (col, row) {
        (4..14, 4..20) => 1,
        (66..76, 30..50) => 2,
        _ => 0,
    });
    let rgb = coloured(&classes).map(|rgb| match *rgb {
        RED => [232, 47, 47],
        YELLOW => [241, 204, 68],
        other => other,
    });
    let error = read_rgb(&rgb, &MapSettings::default())
        .unwrap_err()
        .to_string();
    assert!(!error.contains("crop_px"), "{error}");
    assert!(
        error.contains("correct its colour in the mineral list"),
        "{error}"
    );
}
