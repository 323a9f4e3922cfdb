//! Sections of several files, of which one is damaged.

use std::fs;
use std::path::{Path, PathBuf};

use corelith_core::{Raster, Role, Silent};
use corelith_io::{
    ElementRule, MosaicSettings, SemMap, SemSection, record_file, write_mineral_map, write_png,
};

use super::readers::{Outcome, minerals};

/// A folder beside a file, of whose name it is, as messages have to name the file.
struct Beside(PathBuf);

impl Beside {
    fn new(path: &Path) -> std::io::Result<Self> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".section");
        let folder = path.with_file_name(name);
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn read(folder: &Path, map: SemMap, rules: Vec<ElementRule>) -> Outcome {
    let sem = SemSection {
        colour_tolerance: Some(442.0),
        rules,
        ..SemSection::new(
            "minerals.csv".into(),
            "Background".to_owned(),
            2.0,
            vec![map],
        )
    };
    let source = sem.open_map(folder, &sem.maps[0])?;
    source.read(&minerals(), &Silent)?;
    Ok(())
}

/// A frame of the section that is 50 x 42 pixels, and its first column and row.
fn frame(i: usize) -> (Raster<u8>, [usize; 2]) {
    let (left, top) = (20 * (i % 2), 16 * (i / 2));
    let class = |col: usize, row: usize| {
        let (col, row) = (left + col, top + row);
        (((col / 5) * 7 + (row / 4) * 5 + col * row / 60) % 3) as u8
    };
    (Raster::from_fn(26, 30, class), [left, top])
}

fn frames(folder: &Path) -> Outcome {
    for i in 0..4 {
        let name = format!("f_r{}_c{}.png", i / 2, i % 2);
        write_mineral_map(&folder.join(name), &frame(i).0, &minerals().minerals)?;
    }
    Ok(())
}

/// A table of the positions of four frames.
pub fn positions(path: &Path) -> Outcome {
    record_file(path)?;
    let beside = Beside::new(path)?;
    frames(&beside.0)?;
    let map = SemMap {
        mosaic: Some(MosaicSettings {
            positions: Some(path.to_owned()),
            ..MosaicSettings::default()
        }),
        ..SemMap::new(beside.0.clone(), Role::Training)
    };
    read(&beside.0, map, Vec::new())
}

/// A frame of four.
pub fn frame_of_four(path: &Path) -> Outcome {
    record_file(path)?;
    let beside = Beside::new(path)?;
    frames(&beside.0)?;
    fs::copy(path, beside.0.join("f_r1_c0.png"))?;
    read(
        &beside.0,
        SemMap::new(beside.0.clone(), Role::Training),
        Vec::new(),
    )
}

/// The values of an element beside an image of another.
pub fn element(path: &Path) -> Outcome {
    record_file(path)?;
    let beside = Beside::new(path)?;
    let aluminium = Raster::from_fn(4, 6, |col, row| (40 * (col % 3) + row) as u8);
    write_png(&beside.0.join("Al.png"), &aluminium)?;
    fs::copy(path, beside.0.join("Si.txt"))?;
    let rules = [
        ("Quartz", "Si > 100 and not Al / Si > 2"),
        ("Feldspar", "Si > 0 or Al != 40"),
    ];
    let rules = rules.map(|(mineral, when)| ElementRule {
        mineral: mineral.to_owned(),
        when: when.to_owned(),
    });
    let map = SemMap {
        elements: Some(beside.0.clone()),
        ..SemMap::new(PathBuf::new(), Role::Training)
    };
    read(&beside.0, map, rules.to_vec())
}

/// Valid files for these readers: names, bytes and the reader.
pub fn seeds() -> Vec<(&'static str, Vec<u8>, &'static [&'static str])> {
    const POSITIONS: &[&str] = &["positions"];
    let mut table = "file,x_px,y_px\n".to_owned();
    let mut tiles = "# Define the number of dimensions\ndim = 2\n".to_owned();
    for i in 0..4 {
        let [x, y] = frame(i).1;
        let name = format!("f_r{}_c{}.png", i / 2, i % 2);
        table += &format!("{name},{x},{y}\n");
        tiles += &format!("{name}; ; ({x}.0, {y}.0)\n");
    }
    let semicolons = table.replace(',', ";").replace("_px", " [um]");
    let mut rows = String::new();
    for row in 0..4 {
        let cells: Vec<String> = (0..6).map(|col| (31 * col + 7 * row).to_string()).collect();
        rows += &format!("{}\n", cells.join(";"));
    }
    let blanks = format!("Si K series\nWidth: 6\n\n{}", rows.replace(';', "  "));
    const ELEMENT: &[&str] = &["element"];
    vec![
        ("stage.csv", table.into_bytes(), POSITIONS),
        ("stage_um.csv", semicolons.into_bytes(), POSITIONS),
        ("tiles.txt", tiles.into_bytes(), POSITIONS),
        ("si.txt", rows.into_bytes(), ELEMENT),
        ("si_blanks.txt", blanks.into_bytes(), ELEMENT),
    ]
}

/// The pixels of a frame as the program writes them.
pub fn frame_png(folder: &Path) -> Vec<u8> {
    let path = folder.join("frame.png");
    write_mineral_map(&path, &frame(2).0, &minerals().minerals).unwrap();
    fs::read(&path).unwrap()
}
