//! Sections that are given as frames: placed, evened, put together, or refused.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod frames;
mod named;

use std::fs;

use corelith_core::{Raster, Role, UNMEASURED};
use corelith_io::{Corner, FrameOrder, MosaicSettings, Section, SemMap, write_mineral_map};

use frames::{
    COLUMNS, SIDE, by_cell, corners, cut, frames, grey, list, random, read, section, write_bse,
    write_frames,
};

/// Root mean square of how far frames lie from where they were cut, up to a common shift.
fn off_px(read: &Section) -> f64 {
    let placed = &read.stitching.as_ref().unwrap().frames;
    let cut = corners(5.0);
    let off: Vec<[f64; 2]> = placed
        .iter()
        .map(|frame| {
            // Frames are listed in the order of their names.
            let i = (0..12).find(|i| frame.file.starts_with(&by_cell(*i)[..9]));
            let corner = cut[i.unwrap_or_else(|| panic!("{}", frame.file))];
            [0, 1].map(|axis| frame.corner_px[axis] as f64 - corner[axis] as f64)
        })
        .collect();
    let mean = [0, 1].map(|axis| off.iter().map(|o| o[axis]).sum::<f64>() / off.len() as f64);
    let squares = off
        .iter()
        .map(|o| (o[0] - mean[0]).powi(2) + (o[1] - mean[1]).powi(2));
    (squares.sum::<f64>() / off.len() as f64).sqrt()
}

/// The part of the section that the frames of a whole mosaic show.
fn shown(section: &Raster<u8>) -> Raster<u8> {
    let cut_at = corners(5.0);
    let least = [0, 1].map(|axis| cut_at.iter().map(|c| c[axis]).min().unwrap());
    let size =
        [0, 1].map(|axis| cut_at.iter().map(|c| c[axis]).max().unwrap() + SIDE - least[axis]);
    cut(section, least, size)
}

#[test]
fn frames_are_put_together_as_they_were_cut() {
    let folder = tempfile::tempdir().unwrap();
    let section = section();
    write_frames(&folder.path().join("frames"), &section, by_cell);
    let read = read(folder.path(), frames(None)).unwrap();
    assert!(off_px(&read) <= 0.5, "{} pixels off", off_px(&read));
    let whole = shown(&section);
    assert_eq!(
        [read.map.classes.cols(), read.map.classes.rows()],
        [whole.cols(), whole.rows()]
    );
    for (found, expected) in read.map.classes.data().iter().zip(whole.data()) {
        assert!(*found == UNMEASURED || found == expected);
    }
    // Between frames that are off, little is left.
    assert!(read.map.unmeasured_pixels() < whole.len() / 20);
    assert!(
        read.map.notes[0].contains("12 frames put together"),
        "{:?}",
        read.map.notes
    );
    let stitching = read.stitching.unwrap();
    assert_eq!(stitching.links.iter().filter(|link| link.used).count(), 17);
}

#[test]
fn noise_in_the_classes_does_not_move_frames() {
    let folder = tempfile::tempdir().unwrap();
    let section = section();
    let frame_folder = folder.path().join("frames");
    fs::create_dir_all(&frame_folder).unwrap();
    for (i, corner) in corners(5.0).into_iter().enumerate() {
        // Each frame is measured anew: one pixel in eight is another mineral.
        let frame = cut(&section, corner, [SIDE, SIDE]);
        let noisy = Raster::from_fn(SIDE, SIDE, |col, row| {
            let seed = ((i * 1000 + row) * 1000 + col) as u64;
            match random(seed) < 0.125 {
                true => (random(seed + 1_000_000_007) * 4.0) as u8,
                false => frame.at(col, row),
            }
        });
        write_mineral_map(&frame_folder.join(by_cell(i)), &noisy, &list().minerals).unwrap();
    }
    let read = read(folder.path(), frames(None)).unwrap();
    assert!(off_px(&read) <= 0.5, "{} pixels off", off_px(&read));
}

#[test]
fn running_numbers_need_columns_and_the_right_order() {
    let folder = tempfile::tempdir().unwrap();
    let section = section();
    // A snake from the bottom left.
    let number = |i: usize| {
        let (column, row) = (i % COLUMNS, 2 - i / COLUMNS);
        let along = if row % 2 == 1 {
            COLUMNS - 1 - column
        } else {
            column
        };
        row * COLUMNS + along + 1
    };
    write_frames(&folder.path().join("frames"), &section, |i| {
        format!("frame {:03}.png", number(i))
    });
    let error = read(folder.path(), frames(None)).unwrap_err();
    assert!(
        error.contains("running number (1 to 12)") && error.contains("columns ="),
        "{error}"
    );
    let mosaic = |order, from| {
        frames(Some(MosaicSettings {
            columns: Some(COLUMNS),
            order,
            from,
            ..MosaicSettings::default()
        }))
    };
    let error = read(folder.path(), mosaic(FrameOrder::RowByRow, Corner::TopLeft)).unwrap_err();
    assert!(
        error.contains("columns = 4, order = \"snake\", from = \"bottom_left\""),
        "{error}"
    );
    let whole = read(folder.path(), mosaic(FrameOrder::Snake, Corner::BottomLeft)).unwrap();
    let expected = shown(&section);
    assert_eq!(whole.map.image_size, [expected.cols(), expected.rows()]);
}

#[test]
fn missing_doubled_and_foreign_frames_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let section = section();
    let frame_folder = folder.path().join("frames");
    write_frames(&frame_folder, &section, by_cell);
    fs::remove_file(frame_folder.join(by_cell(5))).unwrap();
    let holed = read(folder.path(), frames(None)).unwrap();
    assert!(
        holed.map.notes.iter().any(|n| n.contains("row 2 column 2")),
        "{:?}",
        holed.map.notes
    );
    assert!(off_px(&holed) <= 0.5);

    fs::copy(frame_folder.join(by_cell(3)), frame_folder.join(by_cell(5))).unwrap();
    let error = read(folder.path(), frames(None)).unwrap_err();
    assert!(
        error.contains(&by_cell(3)) && error.contains(&by_cell(5)) && error.contains("a copy"),
        "{error}"
    );

    // Of another section.
    let foreign = Raster::from_fn(SIDE, SIDE, |col, row| section.at(SIDE - col, 300 - row));
    write_mineral_map(&frame_folder.join(by_cell(5)), &foreign, &list().minerals).unwrap();
    let error = read(folder.path(), frames(None)).unwrap_err();
    assert!(
        error.contains(&format!("the frame `{}` shows something else", by_cell(5))),
        "{error}"
    );

    fs::rename(
        frame_folder.join(by_cell(5)),
        frame_folder.join("b_r02_c02.png"),
    )
    .unwrap();
    write_frames(&frame_folder, &section, by_cell);
    let error = read(folder.path(), frames(None)).unwrap_err();
    assert!(error.contains("two frames for row 2, column 2"), "{error}");
}

#[test]
fn a_table_of_positions_places_frames_of_any_name() {
    let folder = tempfile::tempdir().unwrap();
    let section = section();
    write_frames(&folder.path().join("frames"), &section, by_cell);
    let table = |y: &dyn Fn(f64) -> f64| {
        let mut text = "file;x [um];y [um]\n".to_owned();
        for i in 0..12 {
            // The stage says where frames should be, not where they are.
            let (column, row) = (i % COLUMNS, i / COLUMNS);
            let place = (280.0 * column as f64, y(266.0 * row as f64));
            text += &format!("{};{};{}\n", by_cell(i), place.0, place.1);
        }
        fs::write(folder.path().join("stage.csv"), text).unwrap();
    };
    let mosaic = |from| {
        frames(Some(MosaicSettings {
            positions: Some("stage.csv".into()),
            from,
            ..MosaicSettings::default()
        }))
    };
    table(&|y| y);
    let placed = read(folder.path(), mosaic(Corner::TopLeft)).unwrap();
    assert!(off_px(&placed) <= 0.5, "{} pixels off", off_px(&placed));
    // y upwards, as many stages count.
    table(&|y| 900.0 - y);
    let error = read(folder.path(), mosaic(Corner::TopLeft)).unwrap_err();
    assert!(error.contains("by `from` which way"), "{error}");
    let placed = read(folder.path(), mosaic(Corner::BottomLeft)).unwrap();
    assert!(off_px(&placed) <= 0.5);
}

#[test]
fn bse_frames_are_evened_and_lie_on_the_minerals() {
    let folder = tempfile::tempdir().unwrap();
    let section = section();
    write_frames(&folder.path().join("frames"), &section, by_cell);
    let bse = grey(&section);
    let detected = |i: usize, v: f32| (0.7 + 0.05 * i as f32) * v + 20.0 - 3.0 * i as f32;
    let name = |i: usize| by_cell(i).replace("map", "bse");
    write_bse(&folder.path().join("bse"), &bse, detected, name);
    let map = SemMap {
        bse: Some("bse".into()),
        ..frames(None)
    };
    let read = read(folder.path(), map).unwrap();
    assert!(off_px(&read) <= 0.5);
    let evened = read.bse.unwrap().grey;
    // What is left of the steps between frames, in units of the noise.
    let whole = shown(&section);
    let (mut sums, mut squares, mut n) = ([0.0f64; 4], [0.0f64; 4], [0.0f64; 4]);
    for (class, v) in whole.data().iter().zip(evened.data()) {
        if v.is_finite() {
            let (class, v) = (usize::from(*class), f64::from(*v));
            sums[class] += v;
            squares[class] += v * v;
            n[class] += 1.0;
        }
    }
    for class in 0..4 {
        let mean = sums[class] / n[class];
        let spread = (squares[class] / n[class] - mean * mean).sqrt();
        // 12 grey values of noise of equal probability have a spread of 3.5.
        assert!(spread < 5.0, "class {class}: {spread}");
    }
    let gains: Vec<f64> = read
        .stitching
        .unwrap()
        .frames
        .iter()
        .map(|f| f.gain)
        .collect();
    assert!(gains[0] / gains[11] > 1.5, "{gains:?}");
}

#[test]
fn frames_that_adjoin_need_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let section = section();
    let frame_folder = folder.path().join("frames");
    fs::create_dir_all(&frame_folder).unwrap();
    for i in 0..4 {
        let corner = [(i % 2) * 200, (i / 2) * 150];
        let frame = cut(&section, corner, [200, 150]);
        write_mineral_map(&frame_folder.join(by_cell_of(i)), &frame, &list().minerals).unwrap();
    }
    let error = read(folder.path(), frames(None)).unwrap_err();
    assert!(error.contains("overlap_px = [0, 0]"), "{error}");
    let adjoining = MosaicSettings {
        overlap_px: Some([0, 0]),
        ..MosaicSettings::default()
    };
    let whole = read(folder.path(), frames(Some(adjoining))).unwrap();
    assert_eq!(whole.map.classes, cut(&section, [0, 0], [400, 300]));
    assert!(
        whole.map.notes[0].contains("no overlap tells"),
        "{:?}",
        whole.map.notes
    );
}

#[test]
fn frames_that_overlap_do_not_adjoin() {
    let folder = tempfile::tempdir().unwrap();
    let section = section();
    let frame_folder = folder.path().join("frames");
    fs::create_dir_all(&frame_folder).unwrap();
    for i in 0..4 {
        let corner = [(i % 2) * 170, (i / 2) * 125];
        let frame = cut(&section, corner, [200, 150]);
        write_mineral_map(&frame_folder.join(by_cell_of(i)), &frame, &list().minerals).unwrap();
    }
    let with = |overlap: [usize; 2]| {
        let settings = MosaicSettings {
            overlap_px: Some(overlap),
            ..MosaicSettings::default()
        };
        read(folder.path(), frames(Some(settings)))
    };
    let error = with([0, 0]).unwrap_err();
    assert!(error.contains("`overlap_px = [30, 25]`"), "{error}");
    let whole = with([30, 25]).unwrap();
    assert_eq!(whole.map.classes, cut(&section, [0, 0], [370, 275]));
}

fn by_cell_of(i: usize) -> String {
    format!("x{}_y{}.png", i % 2, i / 2)
}

#[test]
fn what_is_no_mosaic_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("frames")).unwrap();
    fs::write(folder.path().join("frames/readme.txt"), "x").unwrap();
    let error = read(folder.path(), frames(None)).unwrap_err();
    assert!(
        error.contains("no frame found") && error.contains("readme.txt"),
        "{error}"
    );
    let nowhere = SemMap::new("nowhere/*.png".into(), Role::Training);
    let error = read(folder.path(), nowhere).unwrap_err();
    assert!(error.contains("no frame found"), "{error}");
}
