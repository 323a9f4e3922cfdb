//! A section cut into frames.

use std::fs;
use std::path::Path;

use corelith_core::{Raster, Role, Silent};
use corelith_io::{
    MineralList, MosaicSettings, Section, SemMap, SemSection, write_mineral_map, write_png,
};

use crate::named;

pub const COLS: usize = 620;
pub const ROWS: usize = 460;

pub fn list() -> MineralList {
    MineralList::from(named::minerals(&[
        ("Resin", [0, 0, 0]),
        ("Quartz", [230, 40, 40]),
        ("Albite", [240, 200, 60]),
        ("Biotite", [40, 160, 60]),
    ]))
}

/// A number from 0 to 1 that looks random.
pub fn random(seed: u64) -> f64 {
    let mut x = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (x >> 11) as f64 / (1u64 << 53) as f64
}

/// Grains about 20 pixels wide, of three minerals, in resin.
pub fn section() -> Raster<u8> {
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

pub fn grey(section: &Raster<u8>) -> Raster<f32> {
    Raster::from_fn(section.rows(), section.cols(), |col, row| {
        let noise = random((col * 100_003 + row * 31) as u64) as f32;
        30.0 + 55.0 * f32::from(section.at(col, row)) + 12.0 * noise
    })
}

pub fn cut<T: Copy>(from: &Raster<T>, corner: [usize; 2], size: [usize; 2]) -> Raster<T> {
    Raster::from_fn(size[1], size[0], |col, row| {
        from.at(corner[0] + col, corner[1] + row)
    })
}

/// Where frames were cut: 4 x 3 of 180 x 180 pixels, 40 of them shared, and up to 5 pixels off.
pub const COLUMNS: usize = 4;
pub const SIDE: usize = 180;

pub fn corners(jitter: f64) -> Vec<[usize; 2]> {
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

pub fn write_frames(folder: &Path, section: &Raster<u8>, name: impl Fn(usize) -> String) {
    fs::create_dir_all(folder).unwrap();
    for (i, corner) in corners(5.0).into_iter().enumerate() {
        let frame = cut(section, corner, [SIDE, SIDE]);
        write_mineral_map(&folder.join(name(i)), &frame, &list().minerals).unwrap();
    }
}

/// Their BSE images, after `detected` changed the grey values of each.
pub fn write_bse(
    folder: &Path,
    bse: &Raster<f32>,
    detected: impl Fn(usize, f32) -> f32,
    name: impl Fn(usize) -> String,
) {
    fs::create_dir_all(folder).unwrap();
    for (i, corner) in corners(5.0).into_iter().enumerate() {
        let frame = cut(bse, corner, [SIDE, SIDE]);
        let bytes = frame.map(|v| detected(i, *v).round().clamp(0.0, 255.0) as u8);
        write_png(&folder.join(name(i)), &bytes).unwrap();
    }
}

pub fn by_cell(i: usize) -> String {
    format!("map_r{}_c{}.png", i / COLUMNS + 1, i % COLUMNS + 1)
}

pub fn read(folder: &Path, map: SemMap) -> Result<Section, String> {
    let sem = SemSection::new(
        "minerals.csv".into(),
        "Resin".to_owned(),
        2.0,
        vec![map.clone()],
    );
    let source = sem.open_map(folder, &map).map_err(|e| e.to_string())?;
    source.read(&list(), &Silent).map_err(|e| e.to_string())
}

pub fn frames(mosaic: Option<MosaicSettings>) -> SemMap {
    SemMap {
        mosaic,
        ..SemMap::new("frames".into(), Role::Training)
    }
}
