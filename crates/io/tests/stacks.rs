//! CT slices and label volumes, whole and broken.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::fs;
use std::path::Path;

use corelith_core::{Cancelled, Progress, Raster, Silent, Spacing, Volume};
use corelith_io::{
    Compression, Depth, Error, Sample, StackLayout, StackWriter, VolumeSource,
    read_map_coordinates, read_volume, write_map_coordinates, write_slice, write_volume,
};

const SPACING: Spacing = Spacing {
    x_um: 2.296,
    y_um: 1.5,
    z_um: 0.8,
};

fn grey(nz: usize, ny: usize, nx: usize) -> Volume<u16> {
    Volume::from_fn([nz, ny, nx], SPACING, |x, y, z| {
        (x * 7919 + y * 104_729 + z * 1_299_709) as u16
    })
}

/// One file a slice, as a reconstruction leaves them; numbered without leading zeros.
fn write_slices(folder: &Path, volume: &Volume<u16>, compression: Compression) {
    let [nz, ny, nx] = volume.shape();
    for z in 0..nz {
        let layout = StackLayout {
            compression,
            ..StackLayout::new([1, ny, nx], SPACING)
        };
        write_slice(&folder.join(format!("s_{z}.tif")), volume.slice(z), layout).unwrap();
    }
}

/// The CT at its own scale, without a note.
fn read_ct(path: &Path) -> Result<Volume<u16>, Error> {
    let read = VolumeSource::open(path)?.read_ct(SPACING, &Silent)?;
    Ok(read.volume)
}

fn close(a: Spacing, b: Spacing) -> bool {
    [(a.x_um, b.x_um), (a.y_um, b.y_um), (a.z_um, b.z_um)]
        .iter()
        .all(|(a, b)| (a / b - 1.0).abs() < 1e-6)
}

fn goes_round<T: Sample + std::fmt::Debug>(value: impl Fn(usize) -> T) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out/labels.tif");
    let volume = Volume::from_fn([5, 6, 7], SPACING, |x, y, z| value((z * 6 + y) * 7 + x));
    write_volume(&path, &volume, &Silent).unwrap();
    let read: Volume<T> = read_volume(&path, Spacing::isotropic(9.0), &Silent).unwrap();
    assert_eq!(read.data(), volume.data());
    assert_eq!(read.shape(), volume.shape());
    assert!(close(read.spacing(), SPACING), "{:?}", read.spacing());

    let stack = VolumeSource::open(&path).unwrap();
    let slices: Vec<Raster<T>> = stack.slices().collect::<Result<_, _>>().unwrap();
    assert_eq!(slices.len(), 5);
    assert_eq!(slices[3].data(), volume.slice(3));
    assert_eq!(stack.slice::<T>(4).unwrap().data(), volume.slice(4));
    assert!(stack.slice::<T>(5).is_err());
}

#[test]
fn volumes_go_round() {
    goes_round(|i| i as u8);
    goes_round(|i| (i * 311) as u16);
    goes_round(|i| (i * 20_000_003) as u32);
    goes_round(|i| i as f32 * 0.37 - 20.0);
}

#[test]
fn slices_of_every_storage_are_read_in_order() {
    for compression in [
        Compression::None,
        Compression::Deflate,
        Compression::DeflateDifferences,
    ] {
        let folder = tempfile::tempdir().unwrap();
        let volume = grey(12, 9, 11);
        write_slices(folder.path(), &volume, compression);
        let read = read_ct(&folder.path().join("s_*.tif")).unwrap();
        assert_eq!(read, volume);
        assert_eq!(read_ct(folder.path()).unwrap(), volume);
    }
}

/// Files that tifffile wrote, see `data/write.py`: pixel `(x, y, z)` is `1000 z + 50 y + x`.
#[test]
fn stacks_of_other_programs_are_read() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    for name in [
        "tiled_lzw.tif",
        "tiled_lzw_predictor.tif",
        "big_endian_strips.tif",
        "predictor_deflate.tif",
        "bigtiff.tif",
        "imagej.tif",
        "imagej_past_4_gib.tif",
    ] {
        let stack = VolumeSource::open(&data.join(name)).unwrap();
        assert_eq!(stack.shape(), [3, 20, 33], "{name}");
        let read: Volume<u16> = stack.read(SPACING, &Silent).unwrap();
        let expected = Volume::from_fn([3, 20, 33], SPACING, |x, y, z| {
            (1000 * z + 50 * y + x) as u16
        });
        assert_eq!(read, expected, "{name}");
    }
    let stack = VolumeSource::open(&data.join("imagej.tif")).unwrap();
    assert!(
        close(
            stack.spacing().unwrap(),
            Spacing {
                x_um: 0.5,
                y_um: 0.25,
                z_um: 2.0
            }
        ),
        "{:?}",
        stack.spacing()
    );
    assert_eq!(
        VolumeSource::open(&data.join("bigtiff.tif"))
            .unwrap()
            .spacing(),
        None
    );
}

#[test]
fn stored_values_are_read_however_they_are_displayed() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let labels: Volume<u32> = read_volume(&data.join("palette.tif"), SPACING, &Silent).unwrap();
    let expected = Volume::from_fn([1, 20, 33], SPACING, |x, y, _| ((x + y) % 3) as u32);
    assert_eq!(labels.data(), expected.data());
    let mask: Volume<u8> = read_volume(&data.join("white_is_zero.tif"), SPACING, &Silent).unwrap();
    assert_eq!(mask.slice(0), [0; 20 * 33]);
    assert_eq!(mask.slice(1), [255; 20 * 33]);
}

#[test]
fn eight_bits_are_widened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ct.tif");
    let volume = Volume::from_fn([2, 3, 4], SPACING, |x, y, z| (100 * z + 10 * y + x) as u8);
    write_volume(&path, &volume, &Silent).unwrap();
    let read = read_ct(&path).unwrap();
    assert_eq!(read, volume.map(|&v| u16::from(v)));
    assert_eq!(VolumeSource::open(&path).unwrap().depth(), Depth::U8);
}

fn broken(change: impl Fn(&Path)) -> String {
    let folder = tempfile::tempdir().unwrap();
    write_slices(folder.path(), &grey(40, 30, 31), Compression::None);
    change(folder.path());
    read_ct(&folder.path().join("s_*.tif"))
        .unwrap_err()
        .to_string()
}

#[test]
fn a_truncated_slice_is_named() {
    let cut = |keep: fn(usize) -> usize| {
        broken(|folder| {
            for slice in ["s_17.tif", "s_33.tif"] {
                let path = folder.join(slice);
                let bytes = fs::read(&path).unwrap();
                fs::write(&path, &bytes[..keep(bytes.len())]).unwrap();
            }
        })
    };
    for keep in [|_| 0, |n| n / 2, |n| n - 40] {
        let error = cut(keep);
        assert!(error.contains("s_17.tif, slice 17"), "{error}");
    }
}

#[test]
fn garbage_is_named() {
    let error = broken(|folder| fs::write(folder.join("s_2.tif"), b"not a picture").unwrap());
    assert!(
        error.contains("s_2.tif, slice 2: the file is a text file, expected a TIFF"),
        "{error}"
    );
}

#[test]
fn a_damaged_deflate_stream_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    write_slices(folder.path(), &grey(2, 60, 60), Compression::Deflate);
    let path = folder.path().join("s_1.tif");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    for byte in &mut bytes[middle..middle + 64] {
        *byte ^= 0xff;
    }
    fs::write(&path, &bytes).unwrap();
    let error = read_ct(folder.path()).unwrap_err();
    assert!(error.to_string().contains("s_1.tif"), "{error}");
}

#[test]
fn a_mask_is_1_where_a_stack_of_any_depth_is_not_0() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mask.tif");
    let values = Volume::from_fn([4, 5, 6], SPACING, |x, y, z| {
        1_000_000 * ((x + y + z) % 3) as u32
    });
    let expected = values.map(|&v| u8::from(v != 0));
    let mask = |path: &Path| {
        VolumeSource::open(path)
            .unwrap()
            .read_mask(SPACING, &Silent)
    };
    write_volume(&path, &values, &Silent).unwrap();
    assert!(mask(&path).unwrap() == expected);
    write_volume(&path, &values.map(|&v| (v / 1_000_000) as u8), &Silent).unwrap();
    assert!(mask(&path).unwrap() == expected);
    write_volume(&path, &values.map(|&v| v as f32), &Silent).unwrap();
    assert!(mask(&path).unwrap() == expected);
    write_volume(&path, &values.map(|&v| v as f32 + 0.25), &Silent).unwrap();
    let error = mask(&path).unwrap_err().to_string();
    assert!(
        error.contains("slice 0: the voxel in column 0, row 0 is 0.25"),
        "{error}"
    );
}

#[test]
fn a_slice_of_another_size_gives_both_sizes() {
    let error = broken(|folder| {
        let layout = StackLayout::new([1, 30, 32], SPACING);
        write_slice(&folder.join("s_5.tif"), &[0u16; 30 * 32], layout).unwrap();
    });
    assert!(error.contains("s_5.tif, slice 5"), "{error}");
    assert!(
        error.contains("32 x 30 pixels, expected 31 x 30"),
        "{error}"
    );
}

#[test]
fn a_slice_of_another_depth_gives_both_depths() {
    let error = broken(|folder| {
        let layout = StackLayout::new([1, 30, 31], SPACING);
        write_slice(&folder.join("s_5.tif"), &[0u8; 30 * 31], layout).unwrap();
    });
    assert!(error.contains("s_5.tif, slice 5"), "{error}");
    assert!(
        error.contains("8-bit greyscale, expected 16-bit greyscale"),
        "{error}"
    );
}

#[test]
fn floats_and_wide_integers_are_scaled_once_for_the_whole_stack() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.tif");
    let value = |x: usize, y: usize, z: usize| (x + 10 * y) as f32 * 0.25 - 3.0 + z as f32;
    let floats = Volume::from_fn([3, 4, 5], SPACING, value);
    write_volume(&path, &floats, &Silent).unwrap();
    let ct = VolumeSource::open(&path)
        .unwrap()
        .read_ct(SPACING, &Silent)
        .unwrap();
    for (grey, value) in ct.volume.data().iter().zip(floats.data()) {
        let back = ct.scale.value_at_0 + ct.scale.value_a_grey * f64::from(*grey);
        assert!((back - f64::from(*value)).abs() <= 0.51 * ct.scale.value_a_grey);
    }
    assert!(ct.notes[0].contains("from -3 to"), "{:?}", ct.notes);

    write_volume(&path, &floats.map(|&v| (v + 3.0) as u32 * 100_000), &Silent).unwrap();
    let ct = VolumeSource::open(&path)
        .unwrap()
        .read_ct(SPACING, &Silent)
        .unwrap();
    assert_eq!(ct.volume.data().iter().max(), Some(&65_535));

    write_volume(&path, &floats.map(|_| f32::NAN), &Silent).unwrap();
    let error = read_ct(&path).unwrap_err();
    assert!(error.to_string().contains("finite"), "{error}");
}

#[test]
fn colours_are_refused_unless_they_are_grey() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let error = read_ct(&data.join("rgb_lzw.tif")).unwrap_err();
    assert!(error.to_string().contains("a colour image"), "{error}");
    let grey = VolumeSource::open(&data.join("colour.tif")).unwrap();
    assert!(grey.slice::<u8>(0).unwrap().data().iter().all(|v| *v == 0));
    assert!(grey.notes()[0].contains("all grey"), "{:?}", grey.notes());
}

#[test]
fn several_pages_in_one_of_many_files_are_refused() {
    let error = broken(|folder| {
        write_volume(&folder.join("s_3.tif"), &grey(2, 30, 31), &Silent).unwrap();
    });
    assert!(error.contains("one page a file"), "{error}");
}

#[test]
fn headers_alone_tell_a_wrong_slice() {
    let folder = tempfile::tempdir().unwrap();
    write_slices(folder.path(), &grey(4, 5, 6), Compression::None);
    let stack = VolumeSource::open(folder.path()).unwrap();
    stack.check_headers().unwrap();
    let layout = StackLayout::new([1, 5, 7], SPACING);
    write_slice(&folder.path().join("s_2.tif"), &[0u16; 35], layout).unwrap();
    assert!(matches!(
        stack.check_headers(),
        Err(Error::SliceSize { slice: 2, .. })
    ));
    let pages = folder.path().join("pages.tif");
    write_volume(&pages, &grey(4, 5, 6), &Silent).unwrap();
    VolumeSource::open(&pages).unwrap().check_headers().unwrap();
}

#[test]
fn an_unfinished_stack_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.tif");
    let mut writer = StackWriter::create(&path, StackLayout::new([3, 2, 2], SPACING)).unwrap();
    writer.write_slice(&[1u32; 4]).unwrap();
    assert!(writer.write_slice(&[1u32; 5]).is_err());
    let error = writer.finish().unwrap_err();
    assert!(
        matches!(
            error,
            Error::Incomplete {
                expected: 3,
                found: 1,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

struct Stopped;

impl Progress for Stopped {
    fn start(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn remark(&self, _: &str) {}
    fn finish(&self) {}
    fn is_cancelled(&self) -> bool {
        true
    }
}

#[test]
fn cancelling_ends_reading_and_writing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ct.tif");
    write_volume(&path, &grey(4, 3, 3), &Silent).unwrap();
    assert!(matches!(
        VolumeSource::open(&path)
            .unwrap()
            .read_ct(SPACING, &Stopped),
        Err(Error::Cancelled(Cancelled))
    ));
    let before = fs::read(&path).unwrap();
    assert!(write_volume(&path, &grey(2, 3, 3), &Stopped).is_err());
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn map_coordinates_go_round() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registration/map_0_coords.tif");
    let axis = |a: f32| {
        Raster::from_fn(4, 5, move |col, row| {
            a + col as f32 * 0.5 - row as f32 * 0.1
        })
    };
    let xyz = [axis(0.1), axis(-7.0), axis(900.25)];
    write_map_coordinates(&path, [&xyz[0], &xyz[1], &xyz[2]], 1.2).unwrap();
    assert_eq!(read_map_coordinates(&path).unwrap(), xyz);

    write_volume(&path, &grey(2, 3, 3).map(|&v| f32::from(v)), &Silent).unwrap();
    let error = read_map_coordinates(&path).unwrap_err();
    assert!(error.to_string().contains("2 pages, expected 3"), "{error}");
}
