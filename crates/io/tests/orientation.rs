//! Images that are stored mirrored or turned, and say so by the tag `Orientation`.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod named;

use std::fs::File;
use std::path::Path;

use corelith_core::{Raster, Silent, Spacing, Volume};
use corelith_io::{
    BseSettings, MapSettings, MineralList, VolumeSource, read_bse, read_mineral_map,
};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use tiff::encoder::TiffEncoder;
use tiff::encoder::colortype::Gray8;
use tiff::tags::Tag;

fn list() -> MineralList {
    MineralList::from(named::minerals(&[
        ("Resin", [0, 0, 0]),
        ("Quartz", [230, 40, 40]),
        ("Albite", [240, 200, 60]),
    ]))
}

/// Nothing of it is alike when it is turned or mirrored.
fn truth() -> Raster<u8> {
    Raster::from_fn(24, 40, |col, row| ((col / 7 + (col * row) / 90) % 3) as u8)
}

/// As a camera that was turned by 90 degrees stores it: tag 6.
fn stored(upright: &Raster<u8>) -> Raster<u8> {
    let (cols, rows) = (upright.cols(), upright.rows());
    // Its column is the row, counted from the top; its row is the column, counted from the right.
    Raster::from_fn(cols, rows, |col, row| upright.at(cols - 1 - row, col))
}

/// One entry: `Orientation`, a short, 1 value, 6.
const EXIF: [u8; 26] = [
    b'I', b'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0,
];

fn write_png(path: &Path, pixels: &[u8], [cols, rows]: [usize; 2], colour: ExtendedColorType) {
    let mut encoder = PngEncoder::new(File::create(path).unwrap());
    encoder.set_exif_metadata(EXIF.to_vec()).unwrap();
    encoder
        .write_image(pixels, cols as u32, rows as u32, colour)
        .unwrap();
}

fn write_tiff(path: &Path, pixels: &Raster<u8>, orientation: u16) {
    let mut encoder = TiffEncoder::new(File::create(path).unwrap()).unwrap();
    let mut image = encoder
        .new_image::<Gray8>(pixels.cols() as u32, pixels.rows() as u32)
        .unwrap();
    image
        .encoder()
        .write_tag(Tag::Orientation, orientation)
        .unwrap();
    image.write_data(pixels.data()).unwrap();
}

#[test]
fn maps_and_bse_images_are_turned_upright_and_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let turned = stored(&truth());
    let size = [turned.cols(), turned.rows()];
    let list = list();
    let colours = turned.data().iter();
    let rgb: Vec<u8> = colours
        .flat_map(|&class| list.minerals.rows()[usize::from(class)].rgb)
        .collect();
    write_png(&at("map.png"), &rgb, size, ExtendedColorType::Rgb8);
    let map = read_mineral_map(&at("map.png"), &list, &MapSettings::default()).unwrap();
    assert_eq!(map.classes, truth());
    assert!(map.notes[0].contains("turned upright"), "{:?}", map.notes);

    let grey = turned.map(|class| 60 + 70 * class);
    write_tiff(&at("bse.tif"), &grey, 6);
    let mut encoder = JpegEncoder::new_with_quality(File::create(at("bse.jpg")).unwrap(), 100);
    encoder.set_exif_metadata(EXIF.to_vec()).unwrap();
    encoder
        .write_image(
            grey.data(),
            size[0] as u32,
            size[1] as u32,
            ExtendedColorType::L8,
        )
        .unwrap();
    for (name, off) in [("bse.tif", 0.0), ("bse.jpg", 3.0)] {
        let bse = read_bse(&at(name), &at("map.png"), &map, &BseSettings::default()).unwrap();
        let told = bse.notes.concat();
        assert!(told.contains("turned by 90 degrees to the left"), "{told}");
        let expected = truth().map(|class| f32::from(60 + 70 * class));
        for (found, expected) in bse.grey.data().iter().zip(expected.data()) {
            assert!(
                (found - expected).abs() <= off,
                "{name}: {found} {expected}"
            );
        }
    }
}

#[test]
fn slices_are_turned_upright_if_all_are_stored_alike() {
    let folder = tempfile::tempdir().unwrap();
    let ct = folder.path().join("ct");
    std::fs::create_dir(&ct).unwrap();
    for z in 0..3 {
        let slice = truth().map(|class| class + 10 * z);
        write_tiff(&ct.join(format!("s_{z}.tif")), &stored(&slice), 6);
    }
    let one = Spacing::isotropic(1.0);
    let source = VolumeSource::open(&ct).unwrap();
    assert_eq!(source.shape(), [3, 24, 40]);
    let volume: Volume<u8> = source.read(one, &Silent).unwrap();
    assert_eq!(volume.slice(2), truth().map(|class| class + 20).data());
    let notes = source.notes().concat();
    assert!(
        notes.contains("turned by 90 degrees to the left"),
        "{notes}"
    );

    write_tiff(&ct.join("s_1.tif"), &stored(&truth()), 8);
    let source = VolumeSource::open(&ct).unwrap();
    let error = source.read::<u8>(one, &Silent).unwrap_err().to_string();
    assert!(
        error.contains("s_1.tif") && error.contains("90 degrees to the right"),
        "{error}"
    );

    let png = folder.path().join("png");
    std::fs::create_dir(&png).unwrap();
    let square = Raster::filled(9, 9, 7_u8);
    for z in 0..2 {
        let path = png.join(format!("s_{z}.png"));
        write_png(&path, square.data(), [9, 9], ExtendedColorType::L8);
    }
    let source = VolumeSource::open(&png).unwrap();
    let error = source.read::<u8>(one, &Silent).unwrap_err().to_string();
    assert!(error.contains("stored upright"), "{error}");
}
