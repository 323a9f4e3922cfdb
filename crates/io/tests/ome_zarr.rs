//! What is written as OME-Zarr is read back by the reader; `python/tests` holds it against
//! zarr-python and ome-zarr-py.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::path::Path;

use corelith_core::{Silent, Spacing, Volume};
use corelith_io::{LabelValue, OmeZarr, Sample, VolumeSource, read_json, write_volume};
use serde_json::{Value, json};

const SPACING: Spacing = Spacing {
    x_um: 2.3,
    y_um: 2.3,
    z_um: 4.6,
};

/// Two slabs deep with a remainder, two shards wide, and odd along every axis.
const SHAPE: [usize; 3] = [133, 75, 531];

fn volume<T>(value: impl Fn(usize, usize, usize) -> T) -> Volume<T> {
    let [nz, ny, nx] = SHAPE;
    let voxels = (0..nz * ny * nx).map(|at| value(at / nx / ny, at / nx % ny, at % nx));
    Volume::new(voxels.collect(), SHAPE, SPACING).unwrap()
}

/// Writes it as a TIFF first, as results are.
fn stored<T: Sample>(folder: &Path, name: &str, volume: &Volume<T>) -> VolumeSource {
    let file = folder.join(name);
    write_volume(&file, volume, &Silent).unwrap();
    VolumeSource::open(&file).unwrap()
}

#[test]
fn greys_and_labels_go_round() {
    let folder = tempfile::tempdir().unwrap();
    let greys = volume(|z, y, x| (400 * z + 17 * y * (x % 7) + x) as u16);
    let phases = volume(|z, y, x| u8::from(z > 40) * ((x / 200 + y / 40) % 3) as u8);
    let particles = volume(|z, y, x| {
        if x > 520 {
            (z / 20 * 70_000 + y / 20) as u32
        } else {
            0
        }
    });
    let store = folder.path().join("sample.ome.zarr");
    let mut written = OmeZarr::create(&store, "sample", SHAPE, SPACING).unwrap();
    let source = stored(folder.path(), "ct.tif", &greys);
    written.write_greys(source.slices(), &Silent).unwrap();
    let glass = LabelValue {
        value: 2,
        name: "Glass".to_owned(),
        rgba: [1, 2, 3, 255],
    };
    let source = stored(folder.path(), "phases.tif", &phases);
    written
        .write_labels::<u8>("phases", source.slices(), &[glass], &Silent)
        .unwrap();
    let source = stored(folder.path(), "particles.tif", &particles);
    written
        .write_labels::<u32>("particles", source.slices(), &[], &Silent)
        .unwrap();
    let files = written.finish().unwrap();
    assert!(files.iter().all(|file| store.join(file).is_file()));

    let read = VolumeSource::open(&store).unwrap();
    assert_eq!((read.shape(), read.spacing()), (SHAPE, Some(SPACING)));
    assert_eq!(read.read::<u16>(SPACING, &Silent).unwrap(), greys);
    let read = VolumeSource::open(&store.join("labels/phases")).unwrap();
    assert_eq!(read.read::<u8>(SPACING, &Silent).unwrap(), phases);
    let read = VolumeSource::open(&store.join("labels/particles")).unwrap();
    assert_eq!(read.read::<u32>(SPACING, &Silent).unwrap(), particles);

    let about: Value = read_json(&store.join("labels/phases/zarr.json")).unwrap();
    let colours = &about["attributes"]["ome"]["image-label"]["colors"];
    assert_eq!(
        *colours,
        json!([{ "label-value": 2, "rgba": [1, 2, 3, 255] }])
    );
    // The left shard of the particles holds none.
    assert!(!store.join("labels/particles/0/c/0/0/0").exists());
    assert!(store.join("labels/particles/0/c/0/0/1").exists());
}

#[test]
fn levels_are_halved_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let ramp = volume(|z, y, x| (8 * (z + y + x)) as u16);
    let store = folder.path().join("ramp.ome.zarr");
    let mut written = OmeZarr::create(&store, "ramp", SHAPE, SPACING).unwrap();
    let source = stored(folder.path(), "ct.tif", &ramp);
    written.write_greys(source.slices(), &Silent).unwrap();
    written.finish().unwrap();
    let about: Value = read_json(&store.join("zarr.json")).unwrap();
    let datasets = &about["attributes"]["ome"]["multiscales"][0]["datasets"];
    assert_eq!(datasets.as_array().unwrap().len(), 4);
    for (level, dataset) in datasets.as_array().unwrap().iter().enumerate() {
        let steps = &dataset["coordinateTransformations"];
        let scale = steps[0]["scale"][2].as_f64().unwrap();
        let origin = steps[1]["translation"][2].as_f64().unwrap();
        let source = VolumeSource::open(&store.join(level.to_string())).unwrap();
        let read = source.read::<u16>(SPACING, &Silent).unwrap();
        assert_eq!(read.shape(), SHAPE.map(|n| n.div_ceil(1 << level)));
        // Where the transformations place a voxel, the ramp has its grey.
        for at in [0, 3, read.shape()[2] - 2] {
            let voxel = (origin + scale * at as f64) / SPACING.x_um;
            let first = (origin / SPACING.x_um, 8.0);
            let expected = first.1 * (voxel + 2.0 * first.0);
            assert!((f64::from(read.data()[at]) - expected).abs() < 1.0);
        }
    }
}
