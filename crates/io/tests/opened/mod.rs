//! Opens the volumes of `data/volumes` and holds them against what `write.py` says of them.

#![allow(dead_code, reason = "no file of tests needs all of it")]

use corelith_io::{Depth, Error, VolumeOptions, VolumeSource};

use crate::counted::{self, data, holds_values, values};

pub fn open(name: &str) -> Result<VolumeSource, Error> {
    VolumeSource::open(&data(name))
}

pub fn open_channel(name: &str, channel: usize) -> Result<VolumeSource, Error> {
    let options = VolumeOptions {
        channel: Some(channel),
        ..VolumeOptions::default()
    };
    VolumeSource::open_with(&data(name), &options)
}

pub fn refused(name: &str) -> String {
    counted::refused(name, open(name))
}

pub fn holds(source: &VolumeSource, name: &str, depth: Depth) {
    assert_eq!(source.depth(), depth, "{name}");
    holds_values(source, name, values(depth));
}

pub fn has_spacing(source: &VolumeSource, name: &str, xyz_um: [f64; 3]) {
    let said = source
        .said_spacing()
        .unwrap_or_else(|| panic!("{name} states no spacing"));
    for (found, expected) in said.xyz_um.into_iter().zip(xyz_um) {
        let found = found.unwrap_or_else(|| panic!("{name}: {said}"));
        assert!((found / expected - 1.0).abs() < 1e-6, "{name}: {said}");
    }
}
