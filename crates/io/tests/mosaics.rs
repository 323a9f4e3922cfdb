//! Sections that are given as frames: placed, evened, put together, or refused.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod named;

use std::fs;
use std::path::Path;

use corelith_core::{Raster, Role, Silent, UNMEASURED};
use corelith_io::{
    Corner, FrameOrder, MineralList, MosaicSettings, Section, SemMap, SemSection,
    write_mineral_map, write_png,
};

const COLS: usize = 620;
const ROWS: usize = 460;

fn list() -> MineralList {
    MineralList::from(named::minerals(&[
        ("Resin", [0, 0, 0]),
        ("Quartz", [230, 40, 40]),
        ("Albite", [240, 200, 60]),
        ("Biotite", [40, 160, 60]),
    ]))
}

/// A number from 0 to 1 that looks random.
fn random(seed: u64) -> f64 {
    let mut x = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (x >> 11) as f64 / (1u64 << 53) as f64
}

/// Grains about 20 pixels wide, of three minerals, in resin.
fn section() -> Raster<u8> {
    const CELL: usize = 20;
    let seed = |cx: usize, cy: usize, k: u64| random((cx as u64 * 7919 + cy as u64) * 4 + k);
    Raster::from_fn(ROWS, COLS, |col, row| {
        let (cx, cy) = (col / CELL, row / CELL);
        let mut best = (f64::INFINITY, 0);
        for y in cy.saturating_sub(1)..=cy + 1 {
            for x in cx.saturating_sub(1)..=cx + 1 {
                let centre = [
                    (x as f64 + seed(x, y, 0)) * CELL as f64,
                    (y as f64 + seed(x, y, 1)) * CELL as f64,
                ];
                let d = (centre[0] - col as f64).hypot(centre[1] - row as f64);
                if d < best.0 {
                    best = (d, (seed(x, y, 2) * 5.0) as u8);
                }
            }
        }
        [0, 0, 1, 2, 3][usize::from(best.1)]
    })
}

fn grey(section: &Raster<u8>) -> Raster<f32> {
    Raster::from_fn(section.rows(), section.cols(), |col, row| {
        let noise = random((col * 100_003 + row * 31) as u64) as f32;
        30.0 + 55.0 * f32::from(section.at(col, row)) + 12.0 * noise
    })
}

fn cut<T: Copy>(from: &Raster<T>, corner: [usize; 2], size: [usize; 2]) -> Raster<T> {
    Raster::from_fn(size[1], size[0], |col, row| {
        from.at(corner[0] + col, corner[1] + row)
    })
}

/// Where frames were cut: 4 x 3 of 180 x 180 pixels, 40 of them shared, and up to 5 pixels off.
const COLUMNS: usize = 4;
const SIDE: usize = 180;

fn corners(jitter: f64) -> Vec<[usize; 2]> {
    (0..12)
        .map(|i| {
            let off = |k: u64| ((2.0 * random(900 + 2 * i + k) - 1.0) * jitter).round();
            let (column, row) = (i as usize % COLUMNS, i as usize / COLUMNS);
            [
                (6.0 + 140.0 * column as f64 + off(0)) as usize,
                (6.0 + 133.0 * row as f64 + off(1)) as usize,
            ]
        })
        .collect()
}

fn write_frames(folder: &Path, section: &Raster<u8>, name: impl Fn(usize) -> String) {
    fs::create_dir_all(folder).unwrap();
    for (i, corner) in corners(5.0).into_iter().enumerate() {
        let frame = cut(section, corner, [SIDE, SIDE]);
        write_mineral_map(&folder.join(name(i)), &frame, &list().minerals).unwrap();
    }
}

fn by_cell(i: usize) -> String {
    format!("map_r{}_c{}.png", i / COLUMNS + 1, i % COLUMNS + 1)
}

fn read(folder: &Path, map: SemMap) -> Result<Section, String> {
    let sem = SemSection {
        minerals: "minerals.csv".into(),
        pixel_size_um: 2.0,
        background: "Resin".to_owned(),
        unmeasured: None,
        unmeasured_rgb: Vec::new(),
        colour_tolerance: None,
        rules: Vec::new(),
        unclassified: None,
        maps: vec![map.clone()],
    };
    let source = sem.open_map(folder, &map).map_err(|e| e.to_string())?;
    source.read(&list(), &Silent).map_err(|e| e.to_string())
}

fn frames(mosaic: Option<MosaicSettings>) -> SemMap {
    SemMap {
        mosaic,
        ..SemMap::new("frames".into(), Role::Training)
    }
}

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
    let bse_folder = folder.path().join("bse");
    fs::create_dir_all(&bse_folder).unwrap();
    for (i, corner) in corners(5.0).into_iter().enumerate() {
        let (gain, offset) = (0.7 + 0.05 * i as f32, 20.0 - 3.0 * i as f32);
        let frame = cut(&bse, corner, [SIDE, SIDE]);
        let bytes = frame.map(|v| (gain * v + offset).round().clamp(0.0, 255.0) as u8);
        let name = by_cell(i).replace("map", "bse");
        write_png(&bse_folder.join(name), &bytes).unwrap();
    }
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
