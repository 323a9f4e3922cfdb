//! What is no file, or a text of quite another kind, is refused at once.

use std::fs;
use std::path::{Path, PathBuf};

use corelith_io::VolumeSource;

use super::readers::{READERS, reader_of};
use super::{Watchdog, alone, on_one_thread, watch};

/// A pipe, a socket, a device, a folder, links that lead in a circle and nothing at all.
#[cfg(unix)]
fn special_files(folder: &Path) -> Vec<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let fifo = folder.join("a.fifo");
    let name = std::ffi::CString::new(fifo.as_os_str().as_bytes()).unwrap();
    // SAFETY: `name` is a path that ends with 0.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    let socket = folder.join("a.socket");
    // The name stays when the socket is closed.
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let (one, two) = (folder.join("one.link"), folder.join("two.link"));
    std::os::unix::fs::symlink(&one, &two).unwrap();
    std::os::unix::fs::symlink(&two, &one).unwrap();
    let to_fifo = folder.join("to_fifo.link");
    std::os::unix::fs::symlink(&fifo, &to_fifo).unwrap();
    let below = folder.join("folder.tif");
    fs::create_dir(&below).unwrap();
    vec![
        fifo,
        socket,
        one,
        to_fifo,
        below,
        PathBuf::from("/dev/zero"),
        PathBuf::from("/dev/full"),
        folder.join("nothing.tif"),
    ]
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_at_once_by_every_reader() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let watchdog = Watchdog::start();
    for path in special_files(folder.path()) {
        for reader in &READERS {
            let what = format!("{}, {}", path.display(), reader.name);
            watchdog.now(&what);
            let outcome = on_one_thread(|| watch(reader, &path, 0));
            assert_eq!(outcome, Ok(false), "{what}");
        }
        watchdog.now("checksum");
        let error = corelith_io::record_file(&path).unwrap_err().to_string();
        assert!(
            error.contains(path.file_name().unwrap().to_str().unwrap()),
            "{error}"
        );
    }
}

#[cfg(unix)]
#[test]
fn unreadable_files_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("private.csv");
    fs::write(&path, "mineral,red,green,blue\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
    // The super user may read everything.
    if fs::read(&path).is_ok() {
        return;
    }
    for reader in &READERS {
        let error = (reader.read)(&path).unwrap_err().to_string();
        assert!(
            error.contains("private.csv") && error.contains("permissions"),
            "{}: {error}",
            reader.name
        );
    }
}

#[cfg(unix)]
#[test]
fn links_in_circles_and_pipes_among_slices_do_not_hang() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let watchdog = Watchdog::start();
    let ct = folder.path().join("ct");
    fs::create_dir(&ct).unwrap();
    std::os::unix::fs::symlink(&ct, ct.join("again")).unwrap();
    for z in 0..3_u16 {
        let layout =
            corelith_io::StackLayout::new([1, 4, 5], corelith_core::Spacing::isotropic(1.0));
        corelith_io::write_slice(&ct.join(format!("s_{z}.tif")), &[z; 20], layout).unwrap();
    }
    watchdog.now("a pattern through a circle of links");
    let source = VolumeSource::open(&ct.join("**/*.tif")).unwrap();
    assert_eq!(source.shape(), [3, 4, 5]);

    special_files(folder.path());
    fs::rename(folder.path().join("a.fifo"), ct.join("s_3.tif")).unwrap();
    watchdog.now("a pipe among slices");
    let source = VolumeSource::open(&ct).unwrap();
    let error = source.check_headers().unwrap_err().to_string();
    assert!(
        error.contains("s_3.tif") && error.contains("a pipe"),
        "{error}"
    );
}

#[test]
fn other_texts_are_refused_without_repeating_them() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let secret = "x-secret-4711";
    let texts = [
        format!("root:{secret}:0:0:root:/root:/bin/bash\nbin:{secret}:1:1::/:/bin/sh\n"),
        format!(
            "-----BEGIN KEY-----\n{}\n-----END KEY-----\n",
            secret.repeat(20)
        ),
        format!("user;{secret};{secret}\nname;{secret};b\n"),
        format!("export TOKEN=\"{}\"\n", secret.repeat(30)),
        format!("{{\"token\": \"{}\"}}", secret.repeat(30)),
    ];
    for text in texts {
        for reader in &READERS {
            // A table may hold any text.
            if reader.name == "table" {
                continue;
            }
            let path = folder.path().join(format!("other.{}", reader.ending));
            fs::write(&path, &text).unwrap();
            let error = (reader.read)(&path).unwrap_err().to_string();
            assert!(error.contains("other."), "{}: {error}", reader.name);
            let repeated = error.matches(secret).count();
            assert!(repeated <= 3, "{}: {error}", reader.name);
            assert!(error.chars().count() < 700, "{}: {error}", reader.name);
        }
    }
}

#[test]
fn what_is_wrong_in_a_text_has_a_cure() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let head = "mineral,red,green,blue,density_g_cm3,ignore,number\n";
    let good = "Background,0,0,0,,,0\n";
    for (reader, text, expected) in [
        (
            "mineral_list",
            format!("{head}{good}Quartz,300,0,0,,,1\n"),
            "0 to 255, found `300`",
        ),
        (
            "mineral_list",
            format!("{head}{good}Quartz,a,0,0,,,1\n"),
            "found `a`",
        ),
        (
            "mineral_list",
            format!("{head}{good}Quartz,9,0,0,-2,,1\n"),
            "found `-2`",
        ),
        (
            "mineral_list",
            format!("{head}{good}Quartz,9,0,0,2,maybe,1\n"),
            "found `maybe`",
        ),
        (
            "mineral_list",
            format!("{head}{good}Quartz,9,0,0,2,,0\n"),
            "number 0",
        ),
        (
            "mineral_list",
            format!("{head}{good}Quartz,9,0,0,2,,x\n"),
            "found `x`",
        ),
        (
            "mineral_list",
            format!("{head}{good}Quartz,0,0,0,2,,1\n"),
            "share",
        ),
        (
            "mineral_list",
            format!("{head}{good}Background,9,0,0,2,,1\n"),
            "share",
        ),
        (
            "mineral_list",
            format!("{head}Quartz,9,0,0,2,,1\n"),
            "`Background` is not",
        ),
        (
            "mineral_list",
            format!("{head}{good},9,0,0,2,,1\n"),
            "expected a name",
        ),
        (
            "mineral_list",
            "mineral,red,green\nQuartz,1,2\n".to_owned(),
            "`blue`",
        ),
        (
            "mineral_list",
            "name;colour\nBackground;#00\n".to_owned(),
            "found `#00`",
        ),
        ("mineral_list", String::new(), "an empty file"),
        (
            "table",
            "a,b\n1,2\n3\n".to_owned(),
            "line 3 has 1 cells, expected 2",
        ),
        (
            "start",
            "{\"ct_from_map\": [[1, 2, 3], [1, 2], [1, 2, 3]]}".to_owned(),
            "ct_from_map",
        ),
        (
            "start",
            "{\"ct_from_map\": [[1, 2, \"x\"]]}".to_owned(),
            "`ct_from_map[0][2]`",
        ),
        (
            "start",
            "{\"ct_from_map\": 5}".to_owned(),
            "the whole number `5`",
        ),
        ("start", "{}".to_owned(), "`ct_from_map`"),
        ("start", "[".to_owned(), "ends too early"),
        ("start", String::new(), "empty"),
    ] {
        let path = folder.path().join("wrong.txt");
        fs::write(&path, &text).unwrap();
        let error = (reader_of(reader).read)(&path).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
        let cures = [
            "correct", "write", "name ", "delete", "give", "add", "save", "set ", "make", "take",
        ];
        // A cure follows what is wrong.
        let told = error.split_once([';', '.']).map_or("", |(_, cure)| cure);
        assert!(
            cures.iter().any(|cure| told.contains(cure)),
            "no cure: {error}"
        );
    }
}

#[test]
fn a_wrong_project_names_key_value_and_what_is_expected() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sample.toml");
    let whole = "name = \"slag\"\nfraction_um = \"63-100\"\n[ct]\nslices = \"ct\"\nvoxel_size_um = \
                 2.0\n[sem]\nminerals = \"m.csv\"\npixel_size_um = 2.0\n[[sem.map]]\nmineral_map = \
                 \"a.png\"\nrole = \"training\"\n";
    fs::write(&path, whole).unwrap();
    (reader_of("project").read)(&path).unwrap();
    for (from, to, words) in [
        (
            "name = \"slag\"",
            "name = 5",
            &["`name`", "`5`", "a text in quotes"][..],
        ),
        (
            "pixel_size_um = 2.0",
            "pixel_size_um = \"fine\"",
            &["`pixel_size_um`", "[sem]", "fine", "number"],
        ),
        (
            "pixel_size_um = 2.0",
            "pixel_size_um = -2.0",
            &["pixel_size_um", "-2"],
        ),
        (
            "voxel_size_um = 2.0",
            "voxel_size_um = [1.0, 2.0]",
            &["voxel_size_um"],
        ),
        (
            "voxel_size_um = 2.0",
            "voxel_size = 2.0",
            &["`voxel_size`", "[ct]", "`voxel_size_um`"],
        ),
        (
            "role = \"training\"",
            "role = \"train\"",
            &["`train`", "training", "validation"],
        ),
        ("role = \"training\"", "role = 3", &["role", "3"]),
        ("role = \"training\"", "", &["`role` is missing", "add it"]),
        (
            "slices = \"ct\"",
            "slices = \"ct\"\nchannel = -1",
            &["channel", "-1", "whole number"],
        ),
        (
            "slices = \"ct\"",
            "slices = [1]",
            &["slices", "a list", "path"],
        ),
        ("[ct]", "[ct", &[":3:"]),
        (
            "slices = \"ct\"",
            "slices = \"ct\"\nraw = { shape = [1, 2], type = \"uint8\" }",
            &["shape", "3"],
        ),
        (
            "slices = \"ct\"",
            "slices = \"ct\"\nraw = { shape = [1, 2, 3], type = \"uint7\" }",
            &["uint7", "uint8"],
        ),
        (
            "[[sem.map]]",
            "[[sem.map]]\ncrop_px = [1, 2, 3]",
            &["crop_px", "4"],
        ),
        (
            "[[sem.map]]",
            "[[sem.map]]\nregion_vox = 5",
            &["region_vox", "5"],
        ),
    ] {
        assert!(whole.contains(from), "{from}");
        fs::write(&path, whole.replace(from, to)).unwrap();
        let error = (reader_of("project").read)(&path).unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "{to}: no {word} in: {error}");
        }
        for name in [
            "::",
            "Some(",
            "usize",
            "u64",
            "f64",
            "struct",
            "enum",
            "tuple",
            "CtSection",
        ] {
            assert!(!error.contains(name), "{to}: {error}");
        }
    }
}

#[test]
fn latin_letters_and_pixels_without_a_value_are_told() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("minerals.csv");
    let text = "mineral,red,green,blue\nBackground,0,0,0\nGlas gr\u{fc}n,1,2,3\n";
    fs::write(
        &path,
        text.chars().map(|c| c as u32 as u8).collect::<Vec<_>>(),
    )
    .unwrap();
    let list = corelith_io::read_mineral_list(&path, "Background", None).unwrap();
    assert_eq!(list.minerals.name(1), "Glas gr\u{fc}n");
    assert!(list.notes.concat().contains("Latin-1"), "{:?}", list.notes);

    let path = folder.path().join("ct.tif");
    let um = corelith_core::Spacing::isotropic(1.0);
    let layout = corelith_io::StackLayout::new([3, 4, 5], um);
    for nan_slices in [1, 3] {
        let mut writer = corelith_io::StackWriter::create(&path, layout).unwrap();
        for z in 0..3 {
            let slice: Vec<f32> = (0..20)
                .map(|i| if z < nan_slices { f32::NAN } else { i as f32 })
                .collect();
            writer.write_slice(&slice).unwrap();
        }
        writer.finish().unwrap();
        let read = VolumeSource::open(&path)
            .unwrap()
            .read_ct(um, &corelith_core::Silent);
        match nan_slices {
            3 => assert!(read.unwrap_err().to_string().contains("finite")),
            _ => {
                let notes = read.unwrap().notes.concat();
                assert!(
                    notes.contains("20 voxels") && notes.contains("NaN"),
                    "{notes}"
                );
                assert!(notes.contains("hold one grey only"), "{notes}");
            }
        }
    }
}
