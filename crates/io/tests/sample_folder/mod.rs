//! Folders with slices, maps, BSE images and lists, as a survey looks at them.

#![allow(dead_code, reason = "no file of tests needs all of it")]

use std::fs;
use std::path::{Path, PathBuf};

use corelith_core::{Minerals, Raster, Silent, Spacing};
use corelith_io::{
    CtSection, SemSection, StackLayout, Survey, survey, write_mineral_map, write_slice,
};
use serde::Deserialize;

use crate::named;

/// Edge of maps and BSE images, in pixels.
pub const SIDE: usize = 48;

pub const BACKGROUND: [u8; 3] = [0, 0, 0];
pub const QUARTZ: [u8; 3] = [220, 40, 40];
pub const PYRITE: [u8; 3] = [240, 200, 0];

pub fn minerals() -> Minerals {
    named::minerals(&[
        ("Background", BACKGROUND),
        ("Quartz", QUARTZ),
        ("Pyrite", PYRITE),
    ])
}

/// Discs of two minerals; `section` moves them and makes them smaller.
pub fn classes(section: usize) -> Raster<u8> {
    Raster::from_fn(SIDE, SIDE, |col, row| {
        let inside =
            |x: usize, y: usize, r: f64| (col as f64 - x as f64).hypot(row as f64 - y as f64) < r;
        if inside(12 + 11 * section, 13, 9.0 - 2.0 * section as f64) {
            1
        } else if inside(36 - 11 * section, 34, 11.0 - 2.0 * section as f64) {
            2
        } else {
            0
        }
    })
}

/// Grey values that follow the minerals, with a texture of their own.
pub fn bse(section: usize) -> Raster<u16> {
    let classes = classes(section);
    Raster::from_fn(SIDE, SIDE, |col, row| {
        let texture = ((col * 31 + row * 17) % 23) as u16;
        [2_000, 20_000, 45_000][usize::from(classes.at(col, row))] + 40 * texture
    })
}

pub struct Folder(pub tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, below: &str) -> PathBuf {
        let path = self.0.path().join(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    pub fn write(&self, below: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(below), bytes).unwrap();
    }

    /// Slices named by `name`, 20 x 16 pixels each, whose files state `um`.
    pub fn slices(&self, n: usize, um: f64, name: impl Fn(usize) -> String) {
        for z in 0..n {
            let grey: Vec<u16> = (0..20 * 16).map(|i| (i * 37 + z * 11) as u16).collect();
            let layout = StackLayout::new([1, 16, 20], Spacing::isotropic(um));
            write_slice(&self.path(&name(z)), &grey, layout).unwrap();
        }
    }

    pub fn map(&self, below: &str, section: usize) {
        write_mineral_map(&self.path(below), &classes(section), &minerals()).unwrap();
    }

    pub fn bse(&self, below: &str, section: usize, um: f64) {
        let layout = StackLayout::new([1, SIDE, SIDE], Spacing::isotropic(um));
        write_slice(&self.path(below), bse(section).data(), layout).unwrap();
    }

    pub fn list(&self, below: &str) {
        self.write(below, LIST);
    }

    pub fn survey(&self) -> Survey {
        survey(self.0.path(), None, &Silent).unwrap()
    }
}

pub const LIST: &str =
    "mineral,red,green,blue\nBackground,0,0,0\nQuartz,220,40,40\nPyrite,240,200,0\n";

/// The sections of a project file, read as the program does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectFile {
    pub name: String,
    pub fraction_um: Option<String>,
    pub ct: CtSection,
    pub sem: SemSection,
}

pub fn read_back(folder: &Path, text: &str) -> ProjectFile {
    let path = folder.join("sample.toml");
    fs::write(&path, text).unwrap();
    let project: ProjectFile =
        corelith_io::read_toml(&path).unwrap_or_else(|e| panic!("{e}\n{text}"));
    project.sem.check(&path).unwrap();
    project
}
