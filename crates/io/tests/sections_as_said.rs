//! What files of a section say is held against the project, and bright against dark.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod named;

use std::fs;
use std::path::Path;

use corelith_core::{Raster, Role, Silent, Spacing};
use corelith_io::{
    MineralList, Section, SemMap, SemSection, StackLayout, write_mineral_map, write_slice,
};

const SIDE: usize = 48;

fn list() -> MineralList {
    MineralList::from(named::minerals(&[
        ("Resin", [0, 0, 0]),
        ("Quartz", [220, 40, 40]),
        ("Pyrite", [240, 200, 0]),
    ]))
}

fn classes() -> Raster<u8> {
    Raster::from_fn(SIDE, SIDE, |col, row| {
        let inside = |x: f64, y: f64, r: f64| (col as f64 - x).hypot(row as f64 - y) < r;
        if inside(14.0, 13.0, 9.0) {
            1
        } else {
            2 * u8::from(inside(33.0, 34.0, 11.0))
        }
    })
}

fn bse(finer: usize, inverted: bool) -> Raster<u16> {
    let classes = classes();
    Raster::from_fn(finer * SIDE, finer * SIDE, |col, row| {
        let class = classes.at(col / finer, row / finer);
        let grey = 2_000 + 20_000 * u16::from(class) + 40 * ((col * 31 + row * 17) % 23) as u16;
        if inverted { 65_535 - grey } else { grey }
    })
}

fn write_bse(path: &Path, bse: &Raster<u16>, um: f64) {
    let layout = StackLayout::new([1, bse.rows(), bse.cols()], Spacing::isotropic(um));
    write_slice(path, bse.data(), layout).unwrap();
}

/// The section with its map as `map.png` and its BSE image as `bse.tif`, at 1.2 um a pixel.
fn read(folder: &Path, settings: impl FnOnce(&mut SemMap)) -> Section {
    let mut map = SemMap::new("map.png".into(), Role::Training);
    map.bse = Some("bse.tif".into());
    settings(&mut map);
    let sem = SemSection::new(
        "minerals.csv".into(),
        "Resin".to_owned(),
        1.2,
        vec![map.clone()],
    );
    let source = sem.open_map(folder, &map).unwrap();
    assert_eq!(source.file_errors().len(), 0);
    source.read(&list(), &Silent).unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_mineral_map(&folder.path().join("map.png"), &classes(), &list().minerals).unwrap();
    folder
}

#[test]
fn sizes_of_pixels_that_files_state_are_held_against_the_project() {
    let folder = folder();
    let path = folder.path().join("bse.tif");
    for (finer, um) in [(1, 1.2), (3, 0.4)] {
        write_bse(&path, &bse(finer, false), um);
        let bse = read(folder.path(), |_| {}).bse.unwrap();
        let of_size = bse
            .notes
            .iter()
            .filter(|note| note.contains("states pixels"));
        assert_eq!(of_size.count(), 0, "{:?}", bse.notes);
    }
    write_bse(&path, &bse(1, false), 2.4);
    let notes = read(folder.path(), |_| {}).bse.unwrap().notes;
    assert!(
        notes
            .iter()
            .any(|n| n.contains("bse.tif states pixels of 2.4 x 2.4 um")),
        "{notes:?}"
    );
    write_bse(&path, &bse(3, false), 1.2);
    let notes = read(folder.path(), |_| {}).bse.unwrap().notes;
    assert!(
        notes
            .iter()
            .any(|n| n.contains("3.6 um a pixel of the map")),
        "{notes:?}"
    );
    // The map itself: pixels a metre, as PNGs state them; 96 dpi are those of a screen.
    write_bse(&path, &bse(1, false), 1.2);
    let map = folder.path().join("map.png");
    let plain = fs::read(&map).unwrap();
    for (per_metre, told) in [(833_333_u32, false), (416_667, true), (3780, false)] {
        let mut body = b"pHYs".to_vec();
        body.extend(per_metre.to_be_bytes());
        body.extend(per_metre.to_be_bytes());
        body.push(1);
        let mut crc = flate2::Crc::new();
        crc.update(&body);
        let mut png = plain[..33].to_vec();
        png.extend(9_u32.to_be_bytes());
        png.extend(&body);
        png.extend(crc.sum().to_be_bytes());
        png.extend(&plain[33..]);
        fs::write(&map, png).unwrap();
        let notes = read(folder.path(), |_| {}).map.notes;
        assert_eq!(
            notes.iter().any(|n| n.contains("states pixels of 2.4")),
            told,
            "{notes:?}"
        );
    }
}

#[test]
fn an_inverted_bse_image_is_told_and_turned_by_the_setting_that_is_named() {
    let folder = folder();
    let path = folder.path().join("bse.tif");
    write_bse(&path, &bse(1, false), 1.2);
    let sound = read(folder.path(), |_| {}).bse.unwrap();
    assert_eq!(sound.notes, [""; 0]);
    write_bse(&path, &bse(1, true), 1.2);
    let told = read(folder.path(), |_| {}).bse.unwrap().notes;
    assert!(
        told.iter().any(|n| n.contains("set `bse_inverted = true`")),
        "{told:?}"
    );
    let turned = read(folder.path(), |map| map.bse_inverted = true)
        .bse
        .unwrap();
    assert_eq!(turned.notes, [""; 0]);
    let order = |grey: &Raster<f32>| [grey.at(0, 0), grey.at(14, 13), grey.at(33, 34)];
    let [resin, quartz, pyrite] = order(&turned.grey);
    assert!(resin < quartz && quartz < pyrite);
    // The setting on an image that is right is told as well.
    write_bse(&path, &bse(1, false), 1.2);
    let told = read(folder.path(), |map| map.bse_inverted = true)
        .bse
        .unwrap()
        .notes;
    assert!(
        told.iter().any(|n| n.contains("take `bse_inverted` away")),
        "{told:?}"
    );
}

#[test]
fn files_are_looked_at_before_the_list_is_right() {
    let folder = folder();
    let map = SemMap {
        bse: Some("gone.tif".into()),
        ..SemMap::new("map.png".into(), Role::Training)
    };
    let sem = SemSection::new(
        "gone.csv".into(),
        "Resin".to_owned(),
        1.2,
        vec![map.clone()],
    );
    let errors = sem.open_map(folder.path(), &map).unwrap().file_errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].to_string().contains("gone.tif"), "{errors:?}");
}
