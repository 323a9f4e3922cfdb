//! The volumes of `data/volumes`, see `write.py` there: voxel `(x, y, z)` is `100 z + 5 y + x`, modulo
//! 120 where 8 bits hold it, halved where it is a float.

use std::path::{Path, PathBuf};

use corelith_core::{Silent, Spacing, Volume};
use corelith_io::{Depth, Error, VolumeSource};

pub const SHAPE: [usize; 3] = [4, 20, 33];
pub const ONE: Spacing = Spacing {
    x_um: 1.0,
    y_um: 1.0,
    z_um: 1.0,
};

/// Files of every type of numbers, by what Python calls it.
#[allow(dead_code, reason = "not every file of tests needs them")]
pub const TYPES: [(&str, Depth); 11] = [
    ("int8", Depth::I8),
    ("uint8", Depth::U8),
    ("int16", Depth::I16),
    ("uint16", Depth::U16),
    ("int32", Depth::I32),
    ("uint32", Depth::U32),
    ("int64", Depth::I64),
    ("uint64", Depth::U64),
    ("float16", Depth::F16),
    ("float32", Depth::F32),
    ("float64", Depth::F64),
];

pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/volumes")
        .join(name)
}

/// What is said where a file is not read.
pub fn refused(name: &str, opened: Result<VolumeSource, Error>) -> String {
    match opened {
        Ok(source) => panic!("{name} is read as {:?}", source.shape()),
        Err(error) => error.to_string(),
    }
}

pub fn count(x: usize, y: usize, z: usize) -> usize {
    100 * z + 5 * y + x
}

/// Values of a file of the given type.
pub fn values(depth: Depth) -> impl Fn(usize, usize, usize) -> f32 {
    move |x, y, z| match depth {
        Depth::U1 => (count(x, y, z) % 2) as f32,
        Depth::U8 | Depth::I8 => (count(x, y, z) % 120) as f32,
        Depth::F16 | Depth::F32 | Depth::F64 => count(x, y, z) as f32 / 2.0,
        _ => count(x, y, z) as f32,
    }
}

/// Checks every voxel, and that slices come alone as in the whole.
pub fn holds_values(source: &VolumeSource, what: &str, value: impl Fn(usize, usize, usize) -> f32) {
    assert_eq!(source.shape(), SHAPE, "{what}");
    let expected = Volume::from_fn(SHAPE, ONE, value);
    let read: Volume<f32> = source.read(ONE, &Silent).unwrap_or_else(|e| panic!("{e}"));
    assert!(read == expected, "{what}: other values");
    let some: Volume<f32> = source.read_slices(1..3, ONE, &Silent).unwrap();
    let area = SHAPE[1] * SHAPE[2];
    assert!(
        some.data() == &expected.data()[area..3 * area],
        "{what}: other slices"
    );
    for z in [3, 2] {
        assert_eq!(
            source.slice::<f32>(z).unwrap().data(),
            expected.slice(z),
            "{what}"
        );
    }
    let last = source.slices::<f32>().last().unwrap().unwrap();
    assert_eq!(last.data(), expected.slice(3), "{what}");
    source.check_headers().unwrap();
}
