//! BSE images of frames belong to their own frame, and tables of positions to their own files.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod frames;
mod named;

use std::fs;
use std::path::Path;

use corelith_core::Raster;
use corelith_io::{MosaicSettings, Section, SemMap, write_mineral_map};

use frames::{
    COLUMNS, by_cell, corners, frames, grey, list, read, section, write_bse, write_frames,
};

fn with_bse(mosaic: Option<MosaicSettings>) -> SemMap {
    SemMap {
        bse: Some("bse".into()),
        ..frames(mosaic)
    }
}

fn notes(read: &Section) -> String {
    read.bse.as_ref().unwrap().notes.join("; ")
}

/// Frames and BSE images of the names that `map` and `bse` give the frames.
fn written(
    map: impl Fn(usize) -> String,
    bse: impl Fn(usize) -> String,
) -> (tempfile::TempDir, Raster<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let section = section();
    write_frames(&folder.path().join("frames"), &section, map);
    write_bse(&folder.path().join("bse"), &grey(&section), |_, v| v, bse);
    (folder, section)
}

/// As if rows, or columns, had numbers from `from` on.
fn numbered(from: usize, i: usize) -> String {
    format!("f_r{}_c{}.png", i / COLUMNS + from, i % COLUMNS + 1)
}

fn remove(folder: &Path, names: impl Iterator<Item = String>) {
    for name in names {
        fs::remove_file(folder.join(name)).unwrap();
    }
}

#[test]
fn a_row_that_one_set_lacks_does_not_shift_the_pairs() {
    // The map lacks the last row, the BSE images the first: each by itself has two full rows.
    let (folder, _) = written(by_cell, by_cell);
    remove(&folder.path().join("frames"), (8..12).map(by_cell));
    remove(&folder.path().join("bse"), (0..4).map(by_cell));
    let error = read(folder.path(), with_bse(None)).unwrap_err();
    assert!(error.contains("names do not say to which frame"), "{error}");

    // A row more at the beginning shifts nothing.
    let (folder, _) = written(by_cell, by_cell);
    remove(&folder.path().join("frames"), (0..4).map(by_cell));
    let read = read(folder.path(), with_bse(None)).unwrap();
    assert!(notes(&read).contains("left out: 4"), "{}", notes(&read));
}

#[test]
fn sets_that_count_otherwise_are_paired_where_grey_values_bear_it_out() {
    let (folder, _) = written(|i| numbered(1, i), |i| numbered(0, i));
    // Of what is not shared by names the frames of the map have no BSE image: counted alone.
    let read = read(folder.path(), with_bse(None)).unwrap();
    assert!(notes(&read).contains("count otherwise"), "{}", notes(&read));
    assert!(!notes(&read).contains("explain only"), "{}", notes(&read));
}

#[test]
fn bse_images_of_other_frames_are_refused() {
    let (folder, _) = written(by_cell, |i| by_cell(i).replace("map", "bse"));
    let bse = folder.path().join("bse");
    let name = |i: usize| bse.join(by_cell(i).replace("map", "bse"));
    fs::rename(name(1), bse.join("x")).unwrap();
    fs::rename(name(6), name(1)).unwrap();
    fs::rename(bse.join("x"), name(6)).unwrap();
    let error = read(folder.path(), with_bse(None)).unwrap_err();
    assert!(
        error.contains("bse_r1_c2.png") && error.contains("bse_r2_c3.png"),
        "{error}"
    );

    // All mirrored.
    let (folder, section) = written(by_cell, by_cell);
    let mirrored = grey(&section);
    for (i, corner) in corners(5.0).into_iter().enumerate() {
        let frame = frames::cut(&mirrored, corner, [frames::SIDE; 2]);
        let frame = Raster::from_fn(frames::SIDE, frames::SIDE, |col, row| {
            frame.at(frames::SIDE - 1 - col, row) as u8
        });
        corelith_io::write_png(&folder.path().join("bse").join(by_cell(i)), &frame).unwrap();
    }
    let error = read(folder.path(), with_bse(None)).unwrap_err();
    assert!(error.contains("mirrored left to right"), "{error}");
}

/// A table of where the frames were cut.
fn write_table(folder: &Path, name: impl Fn(usize) -> String) -> MosaicSettings {
    let mut text = "file,x_px,y_px\n".to_owned();
    for (i, [x, y]) in corners(5.0).into_iter().enumerate() {
        text += &format!("{},{x},{y}\n", name(i));
    }
    fs::write(folder.join("stage.csv"), text).unwrap();
    MosaicSettings {
        positions: Some("stage.csv".into()),
        ..MosaicSettings::default()
    }
}

#[test]
fn a_table_tells_the_bse_images_of_its_frames_by_their_names() {
    let (folder, _) = written(by_cell, by_cell);
    let table = write_table(folder.path(), by_cell);
    // One frame and another BSE image are missing: as many of each are left.
    remove(&folder.path().join("frames"), [3].into_iter().map(by_cell));
    remove(&folder.path().join("bse"), [7].into_iter().map(by_cell));
    let error = read(folder.path(), with_bse(Some(table.clone()))).unwrap_err();
    assert!(error.contains(&by_cell(7)), "{error}");
    remove(&folder.path().join("frames"), [7].into_iter().map(by_cell));
    let read = read(folder.path(), with_bse(Some(table))).unwrap();
    assert!(!notes(&read).contains("their order"), "{}", notes(&read));
}

#[test]
fn bse_images_that_no_table_names_follow_in_order_if_grey_values_bear_it_out() {
    let name = |i: usize| format!("g{:02}.png", i);
    let (folder, _) = written(by_cell, name);
    let table = write_table(folder.path(), by_cell);
    let read_them = || read(folder.path(), with_bse(Some(table.clone())));
    let first = read_them().unwrap();
    assert!(
        notes(&first).contains("in their order"),
        "{}",
        notes(&first)
    );
    // One missing at the beginning, and a foreign one at the end.
    let bse = folder.path().join("bse");
    fs::rename(bse.join(name(0)), bse.join("h.png")).unwrap();
    let error = read_them().unwrap_err();
    assert!(error.contains("names do not say to which frame"), "{error}");
}

#[test]
fn frames_of_one_name_in_several_folders_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let section = section();
    let day = |i: usize| format!("day [{}]/{}.png", i % 2, i / 2);
    for day in 0..2 {
        let frames = folder.path().join(format!("frames/day [{day}]"));
        fs::create_dir_all(frames).unwrap();
    }
    write_frames(&folder.path().join("frames"), &section, day);
    let table = write_table(folder.path(), day);
    let map = SemMap {
        mineral_map: "frames/*/*.png".into(),
        ..frames(Some(table))
    };
    let placed = read(folder.path(), map.clone()).unwrap();
    assert_eq!(placed.stitching.unwrap().frames.len(), 12);
    let table = write_table(folder.path(), |i| format!("{}.png", i / 2));
    let map = SemMap {
        mosaic: Some(table),
        ..map
    };
    let error = read(folder.path(), map).unwrap_err();
    assert!(error.contains("0.png"), "{error}");
}

#[test]
fn a_section_that_is_nearly_all_empty_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    write_frames(&folder.path().join("frames"), &section(), by_cell);
    let table = write_table(folder.path(), by_cell);
    let path = folder.path().join("stage.csv");
    let text = fs::read_to_string(&path).unwrap();
    let mut rows: Vec<&str> = text.lines().collect();
    let far = format!("{},500000,10", by_cell(11));
    rows[12] = &far;
    fs::write(&path, rows.join("\n")).unwrap();
    let read = read(folder.path(), frames(Some(table)));
    let error = read.err().unwrap();
    assert!(error.contains("check the positions"), "{error}");
}

#[test]
fn tiny_frames_do_not_panic() {
    for (cols, rows) in [(1, 1), (2, 3), (5, 40), (40, 5)] {
        let folder = tempfile::tempdir().unwrap();
        let frames_folder = folder.path().join("frames");
        fs::create_dir_all(&frames_folder).unwrap();
        for i in 0..4 {
            let frame = Raster::from_fn(rows, cols, |col, row| ((col + 2 * row + i) % 4) as u8);
            let name = format!("r{}_c{}.png", i / 2, i % 2);
            write_mineral_map(&frames_folder.join(name), &frame, &list().minerals).unwrap();
        }
        let _ = read(folder.path(), frames(None));
        let said = MosaicSettings {
            overlap_px: Some([1, 1]),
            ..MosaicSettings::default()
        };
        let _ = read(folder.path(), frames(Some(said)));
    }
}
