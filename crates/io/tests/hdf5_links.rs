//! HDF5 files that do not begin with HDF5, and whose links lead to other files, round or nowhere.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod counted;

use corelith_io::{Depth, Error, VolumeOptions, VolumeSource};

use counted::{count, data, holds_values, values};

fn open(name: &str, dataset: Option<&str>) -> Result<VolumeSource, Error> {
    let options = VolumeOptions {
        dataset: dataset.map(str::to_owned),
        ..VolumeOptions::default()
    };
    VolumeSource::open_with(&data(name), &options)
}

fn refused(name: &str, dataset: Option<&str>) -> String {
    counted::refused(name, open(name, dataset))
}

fn holds(name: &str, dataset: Option<&str>, depth: Depth) -> String {
    let source = open(name, dataset).unwrap_or_else(|e| panic!("{e}"));
    holds_values(&source, name, values(depth));
    source.notes().concat()
}

#[test]
fn bytes_of_the_user_in_front_are_passed_over() {
    holds("h5py_user_block.h5", Some("data"), Depth::U16);
    holds("h5py_user_block.h5", Some("whole"), Depth::F32);
    let notes = holds("matlab.mat", None, Depth::U16);
    assert!(notes.contains("permute(V, [2 1 3])"), "{notes}");
}

#[test]
fn links_to_other_files_are_told_with_what_to_name() {
    for (name, dataset) in [
        ("h5py_external_link.h5", None),
        ("h5py_external_link.h5", Some("entry/data")),
        ("h5py_preview.h5", None),
    ] {
        let error = refused(name, dataset);
        assert!(
            error.contains("h5py_gzip.h5") && error.contains("`dataset = \"/data\"`"),
            "{error}"
        );
    }
    holds("h5py_gzip.h5", Some("/data"), Depth::U16);
    let preview = open("h5py_preview.h5", Some("preview")).unwrap();
    assert_eq!(preview.shape(), [4, 5, 9]);
    // A file that is not there may be of no account, but is told.
    let notes = open("nexus.nxs", None).unwrap().notes().concat();
    assert!(notes.contains("`/entry` in other.nxs"), "{notes}");
    let error = refused("h5py_external_storage.h5", None);
    assert!(error.contains("file of their own"), "{error}");
}

#[test]
fn links_that_lead_nowhere_hide_nothing() {
    let error = refused("h5py_dangling_link.h5", None);
    assert!(
        error.contains("/preview") && error.contains("leads nowhere"),
        "{error}"
    );
    holds("h5py_dangling_link.h5", Some("entry/data"), Depth::U16);
}

#[test]
fn an_array_has_the_shortest_of_its_names() {
    let notes = holds("h5py_round.h5", None, Depth::U16);
    assert!(notes.contains("the array /g/data of"), "{notes}");
}

#[test]
fn voxels_in_the_header_are_read() {
    let source = open("h5py_compact.h5", None).unwrap();
    assert_eq!(source.shape(), [4, 12, 24]);
    let slice = source.slice::<u16>(3).unwrap();
    assert_eq!(usize::from(slice.at(23, 11)), count(23, 11, 3));
}
