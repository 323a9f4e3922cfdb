//! Headers that say more than their files hold, and files that unpack to more than is wanted.

use std::fs;
use std::io::Write;
use std::path::Path;

use corelith_core::{Mineral, Minerals, Raster, Silent, Spacing};
use corelith_io::{MapSettings, MineralList, VolumeSource};

use super::mutations::with_png_checksums;
use super::readers::reader_of;
use super::watched_memory::peak_of;
use super::{Watchdog, alone, cpu_time, on_one_thread};

/// A TIFF of one page of 8 bits: its size, its compression, and the bytes of its one strip.
fn tiff(cols: u32, rows: u32, compression: u32, strip: &[u8]) -> Vec<u8> {
    let tags = [
        (256, cols),
        (257, rows),
        (258, 8),
        (259, compression),
        (262, 1),
        (273, 8 + 2 + 12 * 9 + 4),
        (277, 1),
        (278, rows),
        (279, strip.len() as u32),
    ];
    let mut bytes = b"II\x2a\0\x08\0\0\0".to_vec();
    bytes.extend(9_u16.to_le_bytes());
    for (tag, value) in tags {
        bytes.extend((tag as u16).to_le_bytes());
        bytes.extend(4_u16.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes.extend(strip);
    bytes
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

const MIB: usize = 1 << 20;

/// Reads a file by a reader, in little memory; gives the message of the error.
fn little(reader: &str, path: &Path) -> Result<(), String> {
    let read = || (reader_of(reader).read)(path).map_err(|e| e.to_string());
    let (outcome, peak) = on_one_thread(|| peak_of(read));
    assert!(
        peak < 40 * MIB,
        "{reader} takes {} MiB: {outcome:?}",
        peak / MIB
    );
    outcome
}

/// A NumPy array of 64 bytes.
fn npy(cols: u32, rows: u32) -> Vec<u8> {
    let text =
        format!("{{'descr': '<u2', 'fortran_order': False, 'shape': (9, {rows}, {cols}), }}\n");
    let length = (text.len() as u16).to_le_bytes();
    [&b"\x93NUMPY\x01\0"[..], &length, text.as_bytes(), &[7; 64]].concat()
}

/// Runs of AmiraMesh of 64 bytes.
fn amira(cols: u32, rows: u32) -> Vec<u8> {
    let text = format!(
        "# AmiraMesh BINARY-LITTLE-ENDIAN 2.1\ndefine Lattice {cols} {rows} 9\n\
         Lattice {{ byte Labels }} @1(HxByteRLE,64)\n@1\n"
    );
    [text.as_bytes(), &[7; 64]].concat()
}

#[test]
fn sizes_that_cannot_be_true_take_no_memory() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let png = |cols: u32, rows: u32| {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend([cols.to_be_bytes(), rows.to_be_bytes()].concat());
        bytes.extend([8, 0, 0, 0, 0, 0, 0, 0, 0]);
        let data = zlib(&[0; 100]);
        bytes.extend((data.len() as u32).to_be_bytes());
        bytes.extend([b"IDAT", &data[..], &[0; 4]].concat());
        bytes.extend(b"\0\0\0\0IEND\0\0\0\0");
        with_png_checksums(bytes)
    };
    let bmp = |cols: i32, rows: i32| {
        let mut bytes = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
        bytes.extend([cols.to_le_bytes(), rows.to_le_bytes()].concat());
        bytes.extend(b"\x01\0\x18\0");
        bytes.extend([0; 100]);
        bytes
    };
    for (cols, rows) in [
        (30_000, 30_000),
        (4_000_000_000, 96),
        (96, 4_000_000_000),
        (20_000, 20_000),
    ] {
        let signed = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
        let of_one_page = |compression, strip: &[u8]| tiff(cols, rows, compression, strip);
        for (name, bytes, readers) in [
            (
                "plain.tif",
                of_one_page(1, &[7; 64]),
                &["ct", "labels", "mineral_map", "bse"][..],
            ),
            (
                "deflated.tif",
                of_one_page(8, &zlib(&[7; 64])),
                &["ct", "mask", "bse"],
            ),
            (
                "lzw.tif",
                of_one_page(5, &[0x80, 0, 0x40]),
                &["ct", "mineral_map"],
            ),
            (
                "zstd.tif",
                of_one_page(50_000, &[7; 64]),
                &["ct", "mineral_map"],
            ),
            (
                "packed.tif",
                of_one_page(32_773, &[0x81, 0]),
                &["ct", "mineral_map"],
            ),
            (
                "a.png",
                png(cols, rows),
                &["ct", "mineral_map", "bse", "picture"],
            ),
            (
                "a.bmp",
                bmp(signed(cols), signed(rows)),
                &["mineral_map", "bse", "ct"],
            ),
            ("a.npy", npy(cols, rows), &["ct", "labels"]),
            ("a.am", amira(cols, rows), &["ct", "labels"]),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            for reader in readers {
                let error = little(reader, &path).unwrap_err();
                assert!(error.contains(name), "{error}");
            }
        }
    }
}

#[test]
fn every_header_of_a_stack_is_checked_before_memory_is_taken() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    for z in 0..40 {
        // All headers say the same, as they would after a fault of the program that wrote them.
        let strip = if z == 0 {
            zlib(&vec![0; 4 * MIB])
        } else {
            zlib(&[0; 64])
        };
        let bytes = tiff(2048, 2048, 8, &strip);
        fs::write(folder.path().join(format!("s_{z:02}.tif")), bytes).unwrap();
    }
    let error = little("ct", folder.path());
    // The folder is what was asked for, the slice what is named.
    let error = error.unwrap_err();
    assert!(error.contains("s_01.tif, slice 1"), "{error}");
    assert!(error.contains("more than the file can hold"), "{error}");
}

#[test]
fn bytes_past_what_is_wanted_are_left_packed() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let mut bomb = vec![0; 100 * MIB];
    let path = folder.path().join("bomb.tif");
    fs::write(&path, tiff(40, 24, 8, &zlib(&bomb))).unwrap();
    little("mineral_map", &path).unwrap();
    // A CT that shows nothing is refused.
    bomb[1] = 1;
    let packed = zlib(&bomb);
    fs::write(&path, tiff(40, 24, 8, &packed)).unwrap();
    little("ct", &path).unwrap();

    let mut png =
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x28\0\0\0\x18\x08\0\0\0\0\0\0\0\0".to_vec();
    for (kind, data) in [
        (b"iCCP", [b"a\0\0", &packed[..]].concat()),
        (b"IDAT", packed.clone()),
    ] {
        png.extend((data.len() as u32).to_be_bytes());
        png.extend_from_slice(kind);
        png.extend(data);
        png.extend([0; 4]);
    }
    png.extend(b"\0\0\0\0IEND\0\0\0\0");
    let path = folder.path().join("bomb.png");
    fs::write(&path, with_png_checksums(png)).unwrap();
    // Whether the profile is refused or left aside is up to the decoder.
    drop(little("mineral_map", &path));
    drop(little("ct", &path));

    let path = folder.path().join("bomb.nii.gz");
    let mut head = vec![0; 352];
    head[..4].copy_from_slice(&[0x5c, 1, 0, 0]);
    for (at, value) in [(40, 3_i16), (42, 40), (44, 24), (46, 2), (70, 2), (72, 8)] {
        head[at..at + 2].copy_from_slice(&value.to_le_bytes());
    }
    head[108..112].copy_from_slice(&352_f32.to_le_bytes());
    head[344..348].copy_from_slice(b"n+1\0");
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&head).unwrap();
    packer.write_all(&bomb).unwrap();
    fs::write(&path, packer.finish().unwrap()).unwrap();
    drop(bomb);
    little("ct", &path).unwrap();
    little("labels", &path).unwrap();
}

/// A TIFF of many pages of two pixels each.
fn many_pages(pages: u32) -> Vec<u8> {
    const PAGE_BYTES: u32 = 2 + 12 * 8 + 4;
    let mut bytes = b"II\x2a\0\x08\0\0\0".to_vec();
    for page in 0..pages {
        let tags = [
            (256, 2),
            (257, 1),
            (258, 8),
            (259, 1),
            (262, 1),
            // The pixels are the first bytes of the header of their page.
            (273, 8 + page * PAGE_BYTES),
            (278, 1),
            (279, 2),
        ];
        bytes.extend(8_u16.to_le_bytes());
        for (tag, value) in tags {
            bytes.extend((tag as u16).to_le_bytes());
            bytes.extend(4_u16.to_le_bytes());
            bytes.extend(1_u32.to_le_bytes());
            bytes.extend(u32::to_le_bytes(value));
        }
        let next = if page + 1 < pages {
            8 + (page + 1) * PAGE_BYTES
        } else {
            0
        };
        bytes.extend(next.to_le_bytes());
    }
    bytes
}

#[test]
fn a_hundred_thousand_pages_are_read_in_linear_time() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let watchdog = Watchdog::start();
    let path = folder.path().join("pages.tif");
    let time_of = |pages: u32| {
        fs::write(&path, many_pages(pages)).unwrap();
        watchdog.now("many pages");
        let start = cpu_time();
        on_one_thread(|| {
            let source = VolumeSource::open(&path).unwrap();
            assert_eq!(source.shape(), [pages as usize, 1, 2]);
            let ct = source.read_ct(Spacing::isotropic(1.0), &Silent).unwrap();
            assert_eq!(ct.volume.at(0, 0, pages as usize - 1), 8);
            let error = (reader_of("bse").read)(&path).unwrap_err().to_string();
            assert!(error.contains("equally large"), "{error}");
        });
        cpu_time() - start
    };
    let (few, many) = (time_of(10_000), time_of(100_000));
    assert!(
        many < 40 * few,
        "10,000 pages take {few:?}, ten times as many {many:?}"
    );
}

#[test]
fn a_map_of_255_minerals_takes_little_more_than_its_pixels() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..255_u8).map(|i| Mineral {
        name: format!("mineral {i}"),
        rgb: [i, i / 2, 255 - i],
        density_g_cm3: None,
    });
    let minerals = Minerals::new(rows.collect(), "mineral 0").unwrap();
    let path = folder.path().join("minerals.csv");
    corelith_io::write_minerals(&path, &minerals).unwrap();
    let read = corelith_io::read_mineral_list(&path, "mineral 0", None).unwrap();
    assert_eq!(read.minerals.len(), 255);
    let map = folder.path().join("map.png");
    let classes = Raster::from_fn(512, 512, |col, row| ((col * 7 + row * 13) % 255) as u8);
    corelith_io::write_mineral_map(&map, &classes, &minerals).unwrap();
    let list = MineralList::from(minerals);
    for colour_tolerance in [None, Some(3.0)] {
        let settings = MapSettings {
            colour_tolerance,
            ..MapSettings::default()
        };
        let (read, peak) = peak_of(|| corelith_io::read_mineral_map(&map, &list, &settings));
        assert_eq!(read.unwrap().classes, classes);
        assert!(
            peak < 64 * 512 * 512,
            "{} bytes a pixel",
            peak / (512 * 512)
        );
    }
}
