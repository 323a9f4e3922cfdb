//! OME-TIFF with a file a slice: the order is that of the metadata.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

#[allow(dead_code, reason = "it also says what is refused, for other tests")]
mod counted;

use std::fs;

use corelith_io::{Depth, VolumeSource};

use counted::{data, holds_values, values};

#[test]
fn slices_are_in_the_order_of_their_planes() {
    for folder in ["ome_files", "ome_companion"] {
        let source = VolumeSource::open(&data(folder)).unwrap();
        holds_values(&source, folder, values(Depth::U16));
        let notes = source.notes().concat();
        assert!(notes.contains("not in that of their names"), "{notes}");
        let spacing = source.spacing().unwrap();
        assert_eq!([spacing.x_um, spacing.z_um], [2.5; 2], "{folder}");
    }
}

#[test]
fn a_companion_that_was_left_behind_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..4 {
        let name = format!("ct_{n}.tif");
        fs::copy(data("ome_companion").join(&name), folder.path().join(&name)).unwrap();
    }
    let source = VolumeSource::open(folder.path()).unwrap();
    let notes = source.notes().concat();
    assert!(notes.contains("ct.companion.ome"), "{notes}");
}
