//! Which maps, BSE images and mineral lists are found in a folder.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod named;
mod sample_folder;

use corelith_core::Raster;
use corelith_io::{Crop, write_mineral_map, write_png};

use sample_folder::{Folder, LIST, QUARTZ, SIDE, classes, minerals};

/// Grains of two minerals that no mirror leaves as they are.
fn grains(section: usize) -> Raster<u8> {
    let grain = |col: usize, row: usize| {
        let (across, down) = (col / 16, row / 16);
        let cell = across * 7919 + down * 104_729 + section * 15_486 + across * down * 31;
        let cell = cell * cell % 9973;
        let (x, y) = (4 + cell % 8, 4 + cell / 8 % 8);
        let far = (col % 16) as f64 - x as f64;
        let inside = far.hypot((row % 16) as f64 - y as f64) < 2.0 + (cell / 64 % 4) as f64;
        if inside { 1 + (cell / 7 % 2) as u8 } else { 0 }
    };
    Raster::from_fn(96, 80, grain)
}

#[test]
fn a_list_in_utf_16_is_found_among_other_tables() {
    let folder = Folder::new();
    folder.map("maps/1.png", 0);
    let text =
        "\u{feff}Phase;R;G;B\r\nEpoxy;0;0;0\r\nGl\u{fc}hquarz;220;40;40\r\nPyrite;240;200;0\r\n";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("lists/phases.txt", bytes);
    folder.write(
        "lists/other.csv",
        "mineral,red,green,blue\nAir,1,1,1\nMica,2,2,2\n",
    );
    folder.write("lists/counts.csv", "particle,area\n1,7\n2,9\n");
    let found = folder.survey();
    let list = found.list().unwrap();
    assert_eq!(list.path, "lists/phases.txt");
    assert_eq!(list.background(), Some("Epoxy"));
    assert_eq!(list.minerals[1], "Gl\u{fc}hquarz");
    let draft = found.draft("sample.toml");
    assert!(
        draft.text.contains("another list: lists/other.csv"),
        "{}",
        draft.text
    );
}

#[test]
fn lists_that_fit_equally_well_are_left_to_choose() {
    let folder = Folder::new();
    folder.map("map.png", 0);
    folder.list("a.csv");
    folder.write("b.csv", LIST.replace("Quartz", "Glass"));
    let found = folder.survey();
    assert_eq!(found.list(), None);
    let draft = found.draft("sample.toml");
    assert!(
        draft.text.contains("# minerals = \"a.csv\""),
        "{}",
        draft.text
    );
    assert!(
        draft.text.contains("# minerals = \"b.csv\""),
        "{}",
        draft.text
    );
    // The same list twice is no choice.
    folder.list("b.csv");
    assert_eq!(folder.survey().list().unwrap().path, "a.csv");
}

#[test]
fn colours_that_are_not_in_the_list_are_named_and_a_legend_is_cropped() {
    let folder = Folder::new();
    folder.list("list.csv");
    let list = minerals();
    let drawn = |section: usize, rows: usize, other: &dyn Fn(usize, usize) -> Option<[u8; 3]>| {
        let classes = classes(section);
        Raster::from_fn(rows, SIDE, |col, row| match other(col, row) {
            Some(rgb) => rgb,
            None => list.rows()[usize::from(classes.at(col, row))].rgb,
        })
    };
    let strange = drawn(0, SIDE, &|col, row| {
        (col % 9 == 0 && row % 7 == 0).then_some([10, 200, 250])
    });
    write_png(&folder.path("a.png"), &strange).unwrap();
    let legend = drawn(1, SIDE + 16, &|_, row| (row >= SIDE).then_some([255; 3]));
    write_png(&folder.path("b.png"), &legend).unwrap();
    let found = folder.survey();
    assert_eq!(found.maps.len(), 2);
    let problem = found.maps[0].problem.as_ref().unwrap();
    assert!(problem.contains("(10, 200, 250)"), "{problem}");
    assert_eq!(found.maps[1].crop_px, Some(Crop::whole(SIDE, SIDE)));
    assert_eq!(found.maps[1].problem, None);
    let draft = found.draft("sample.toml");
    assert!(
        draft.gaps.iter().any(|gap| gap.place == "map a.png"),
        "{:?}",
        draft.gaps
    );
    assert!(
        draft
            .text
            .contains(&format!("crop_px = [0, 0, {SIDE}, {SIDE}]")),
        "{}",
        draft.text
    );
}

#[test]
fn maps_without_a_list_are_found_by_their_few_colours() {
    let folder = Folder::new();
    folder.map("map.png", 0);
    let draft = folder.survey().draft("sample.toml");
    let places: Vec<&str> = draft.gaps.iter().map(|gap| gap.place.as_str()).collect();
    assert!(places.contains(&"[sem] minerals"), "{places:?}");
    assert!(
        draft.text.contains("mineral_map = \"map.png\""),
        "{}",
        draft.text
    );
}

#[test]
fn a_bse_image_is_told_by_its_grey_values_where_names_say_nothing() {
    let folder = Folder::new();
    folder.list("list.csv");
    for (section, name) in ["north", "south"].iter().enumerate() {
        folder.map(&format!("{name}.png"), section);
        folder.bse(&format!("scan-{}.tif", ["q", "w"][section]), section, 1.5);
    }
    let noise = Raster::from_fn(SIDE, SIDE, |col, row| {
        ((col * 7919 + row * 104_729) % 251) as u8
    });
    write_png(&folder.path("noise.png"), &noise).unwrap();
    let found = folder.survey();
    let pairs: Vec<(&str, Option<&str>)> = found
        .maps
        .iter()
        .map(|m| {
            (
                m.mineral_map.as_str(),
                m.bse.as_ref().map(|b| b.path.as_str()),
            )
        })
        .collect();
    assert_eq!(
        pairs,
        [
            ("north.png", Some("scan-q.tif")),
            ("south.png", Some("scan-w.tif"))
        ]
    );
    assert_eq!(found.maps[0].pixel_size.agreed().unwrap().xyz_um[0], 1.5);
    // Of a section that was photographed twice, both are offered and none is taken.
    folder.bse("scan-q2.tif", 0, 1.5);
    let found = folder.survey();
    assert_eq!(found.maps[0].bse, None);
    assert_eq!(found.maps[0].bse_candidates.len(), 2, "{:?}", found.maps[0]);
}

#[test]
fn a_smoothed_map_is_found_with_the_tolerance_that_reads_it() {
    let folder = Folder::new();
    folder.list("list.csv");
    let list = minerals();
    let drawn = classes(0).map(|class| list.rows()[usize::from(*class)].rgb);
    let moved = Raster::from_fn(SIDE, SIDE, |col, row| {
        let by = ((col * 5 + row * 3) % 4) as u8;
        drawn.at(col, row).map(|v| v.saturating_add(by))
    });
    write_png(&folder.path("map.png"), &moved).unwrap();
    let found = folder.survey();
    assert_eq!(found.maps.len(), 1, "{found:?}");
    let text = found.draft("sample.toml").text;
    let tolerance = found.maps[0].colour_tolerance.unwrap();
    assert!(
        text.contains(&format!("# colour_tolerance = {tolerance}")),
        "{text}"
    );
}

#[test]
fn a_second_export_of_a_map_is_named_and_left_out() {
    let folder = Folder::new();
    folder.list("list.csv");
    folder.map("a/map.png", 0);
    let list = minerals();
    let drawn = classes(0).map(|class| list.rows()[usize::from(*class)].rgb);
    // The same picture, a few pixels of it in another colour.
    let other = Raster::from_fn(SIDE, SIDE, |col, row| match (col, row) {
        (0..3, 0) => QUARTZ,
        _ => drawn.at(col, row),
    });
    write_png(&folder.path("b/copy.png"), &other).unwrap();
    folder.map("b/other.png", 1);
    // The same once more, with a scale bar drawn into its last rows.
    let with_bar = Raster::from_fn(SIDE, SIDE, |col, row| match row {
        r if r + 6 >= SIDE => [255, 255, 255],
        _ => drawn.at(col, row),
    });
    write_png(&folder.path("c/bar.png"), &with_bar).unwrap();
    let found = folder.survey();
    let maps: Vec<&str> = found.maps.iter().map(|m| m.mineral_map.as_str()).collect();
    assert_eq!(maps, ["a/map.png", "b/other.png"]);
    assert!(
        found
            .notes
            .iter()
            .any(|n| n.contains("same section as a/map.png")),
        "{:?}",
        found.notes
    );
}

#[test]
fn previews_mirror_images_crops_and_enlarged_copies_are_no_further_maps() {
    let folder = Folder::new();
    folder.list("list.csv");
    let write = |name: &str, classes: &Raster<u8>| {
        write_mineral_map(&folder.path(name), classes, &minerals()).unwrap();
    };
    let whole = grains(0);
    write("a.png", &whole);
    write(
        "b_mirrored.png",
        &Raster::from_fn(96, 80, |c, r| whole.at(79 - c, r)),
    );
    write(
        "c_crop.png",
        &Raster::from_fn(60, 50, |c, r| whole.at(c + 9, r + 20)),
    );
    write(
        "d_2x.png",
        &Raster::from_fn(192, 160, |c, r| whole.at(c / 2, r / 2)),
    );
    write(
        "a_preview.png",
        &Raster::from_fn(48, 40, |c, r| whole.at(2 * c, 2 * r)),
    );
    write("other.png", &grains(1));
    let found = folder.survey();
    let maps: Vec<&str> = found.maps.iter().map(|m| m.mineral_map.as_str()).collect();
    assert_eq!(maps, ["a.png", "other.png"], "{:?}", found.notes);
    for (copy, how) in [
        ("b_mirrored.png", "mirrored left to right"),
        ("c_crop.png", "cut out of it"),
        ("d_2x.png", "2 x 2 pixels for each"),
        ("a_preview.png", "pixels 2 times as large"),
    ] {
        let told = |note: &&String| note.starts_with(copy) && note.contains(how);
        assert!(
            found.notes.iter().any(|n| told(&n)),
            "{copy}: {:?}",
            found.notes
        );
    }
}

#[test]
fn maps_have_their_bse_images_where_several_lists_fit() {
    let folder = Folder::new();
    folder.map("map_0.png", 0);
    folder.bse("map_0_bse.tif", 0, 1.2);
    folder.list("list.csv");
    folder.write("list_old.csv", LIST.replace("Pyrite", "Marcasite"));
    let found = folder.survey();
    assert!(!found.list_is_clear);
    assert_eq!(found.maps[0].bse.as_ref().unwrap().path, "map_0_bse.tif");
}
