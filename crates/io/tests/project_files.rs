//! Project files, whole and broken, and a sample written and read back.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod project_text;

use std::fs;
use std::path::{Path, PathBuf};

use corelith_core::Spacing;
use corelith_io::{
    Crop, Numbers, VoxelSize, project_path, read_toml, read_toml_with_note, write_toml,
};

use project_text::{Project, WHOLE, error_of, parse};

#[test]
fn a_whole_file_is_read_and_resolved() {
    let project = parse(WHOLE).unwrap();
    assert_eq!(project.ct.voxel_size_um.0, Spacing::isotropic(2.296));
    let file = Path::new("/data/run/project.toml");
    let (ct, sem) = (&project.ct, &project.sem);
    let resolved = |path: &Path| project_path(Path::new("/data/run"), path);
    for (path, expected) in [
        (&ct.slices, "/data/run/ct/slice_*.tif"),
        (&sem.minerals, "/data/run/sem/minerals.csv"),
        (&sem.maps[1].mineral_map, "/elsewhere/map_1.png"),
    ] {
        assert_eq!(resolved(path), PathBuf::from(expected));
    }
    assert_eq!(sem.maps[0].name(), "map_0");
    assert_eq!(sem.maps[1].name(), "second");
    assert_eq!(sem.pixel_size_um_of(&sem.maps[0]), 1.2);
    assert_eq!(sem.pixel_size_um_of(&sem.maps[1]), 0.6);
    sem.check(file).unwrap();
}

#[test]
fn resolved_settings_go_round() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("resolved.toml");
    let mut project = parse(WHOLE).unwrap();
    project.ct.voxel_size_um = VoxelSize(Spacing {
        x_um: 1.0,
        y_um: 2.0,
        z_um: 3.5,
    });
    write_toml(&path, &project).unwrap();
    assert_eq!(read_toml::<Project>(&path).unwrap(), project);
}

#[test]
fn an_unknown_key_names_its_place_and_the_nearest_key() {
    let error = error_of("voxel_size_um", "voxel_size_mu");
    assert!(error.contains("project.toml:7:1: "), "{error}");
    assert!(error.contains("`voxel_size_mu` in section [ct]"), "{error}");
    assert!(error.contains("did you mean `voxel_size_um`?"), "{error}");

    let error = error_of("bse = ", "bsee = ");
    assert!(error.contains("project.toml:16:1: "), "{error}");
    assert!(error.contains("in section [sem.map]"), "{error}");
    assert!(error.contains("did you mean `bse`?"), "{error}");

    let error = error_of("fraction_um = \"63-100\"", "[trian]");
    assert!(error.contains("did you mean `train`?"), "{error}");
    assert!(!error.contains("in section"), "{error}");
}

#[test]
fn a_missing_key_names_its_section() {
    let error = error_of("voxel_size_um = 2.296", "");
    assert!(
        error.contains("the key `voxel_size_um` is missing in section [ct]"),
        "{error}"
    );
    let error = error_of("role = \"training\"", "");
    assert!(
        error.contains("`role` is missing in section [sem.map]"),
        "{error}"
    );
    let error = parse("[ct]\nslices = \"a\"\nvoxel_size_um = 1\n")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("the section or key `sem` is missing"),
        "{error}"
    );
}

#[test]
fn values_of_the_wrong_kind_are_placed() {
    let error = error_of("2.296", "\"fine\"");
    assert!(error.contains("project.toml:7:17"), "{error}");
    assert!(error.contains("a number of micrometres"), "{error}");
    let error = error_of("2.296", "[1.0, 2.0]");
    assert!(error.contains("three as [x, y, z]"), "{error}");
    let error = error_of("2.296", "-2");
    assert!(error.contains("above 0"), "{error}");
    let error = error_of("pixel_size_um = 1.2", "pixel_size_um = 0.0");
    assert!(error.contains("above 0"), "{error}");
    let error = error_of("\"validation\"", "\"validate\"");
    assert!(error.contains("did you mean `validation`?"), "{error}");
    let error = error_of("[sem]", "[sem");
    assert!(error.contains("project.toml:9:"), "{error}");
}

#[test]
fn maps_without_training_or_with_one_name_are_refused() {
    let check = |from: &str, to: &str| {
        parse(&WHOLE.replace(from, to))
            .unwrap()
            .sem
            .check(Path::new("project.toml"))
            .unwrap_err()
            .to_string()
    };
    assert!(check("\"training\"", "\"validation\"").contains("role = \"training\""));
    assert!(check("second", "Map_0").contains("share the name"));
    assert!(check("second", "a/b").contains("cannot be a file name"));
}

#[test]
fn maps_whose_files_would_overwrite_each_other_are_refused() {
    let check = |first: &str, second: &str| {
        let mut sem = parse(WHOLE).unwrap().sem;
        sem.maps[0].name = Some(first.to_owned());
        sem.maps[1].name = Some(second.to_owned());
        sem.check(Path::new("project.toml"))
            .map_err(|e| e.to_string())
    };
    let error = check("M_coords", "m_Coords").unwrap_err();
    assert!(
        error.contains("M_coords") && error.contains("m_Coords"),
        "{error}"
    );
    for name in ["nul", "COM1.a", "a.", " a", "a?b", "", ".a"] {
        let error = check(name, "other").unwrap_err();
        assert!(error.contains(&format!("`{name}`")), "{error}");
    }
    check("map 1", "map-2").unwrap();
    // No file of one of these is one of the other, or of the program.
    for (first, second) in [
        ("m", "m_bse"),
        ("m_coords", "M"),
        ("x", "x_overlay"),
        ("ct", "inputs"),
    ] {
        check(first, second).unwrap();
    }
    check("m\u{fc}ller", "m").unwrap();
}

#[test]
fn settings_of_maps_are_read_and_wrong_ones_named() {
    let keys = "crop_px = [1, 2, 30, 40]\nbse_crop_px = [0, 0, 9, 9]\nbse_offset_px = [-1, 2]\n\
                colour_tolerance = 12.5\nnumbers = \"row_from_one\"\npage = 2";
    let text = WHOLE.replace(
        "bse = \"sem/map_0_bse.tif\"",
        &format!("bse = \"b.tif\"\n{keys}"),
    );
    let text = text.replace(
        "background =",
        "unmeasured = [\"Glass\"]\nunmeasured_rgb = [[1, 2, 3]]\ncolour_tolerance = 5\nbackground =",
    );
    let sem = parse(&text).unwrap().sem;
    sem.check(Path::new("project.toml")).unwrap();
    let settings = sem.map_settings(&sem.maps[0]);
    assert_eq!(settings.crop_px, Some(Crop::from([1, 2, 30, 40])));
    assert_eq!(settings.colour_tolerance, Some(12.5));
    assert_eq!(settings.numbers, Some(Numbers::RowFromOne));
    assert_eq!(settings.unmeasured_rgb, [[1, 2, 3]]);
    assert_eq!(settings.page, Some(2));
    assert_eq!(sem.map_settings(&sem.maps[1]).colour_tolerance, Some(5.0));
    let bse = sem.maps[0].bse_settings();
    assert_eq!(bse.offset_px, Some([-1, 2]));
    assert_eq!(bse.map_crop_px, settings.crop_px);

    let error = parse(&text.replace("= 12.5", "= 500")).unwrap().sem;
    let error = error.check(Path::new("p.toml")).unwrap_err().to_string();
    assert!(error.contains("`colour_tolerance = 500`"), "{error}");
    let error = parse(&text.replace("[1, 2, 30, 40]", "[1, 2, 30]"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("4") && !error.contains("usize"), "{error}");
    let error = parse(&text.replace("= 12.5", "= \"much\""))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("`colour_tolerance` in section [sem.map] is the text \"much\"")
            && !error.contains("f64"),
        "{error}"
    );
    let error = parse(&text.replace("[-1, 2]", "\"left\""))
        .unwrap_err()
        .to_string();
    assert!(
        !error.contains("array of") && error.contains("list of 2"),
        "{error}"
    );
}

#[test]
fn project_files_of_windows_editors_are_read() {
    let text = WHOLE.replace("\"sample\"", "\"Probe M\u{fc}ller \u{c5}\"");
    let latin: Vec<u8> = text.chars().map(|c| c as u32 as u8).collect();
    let utf_16: Vec<u8> = format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("project.toml");
    for bytes in [
        format!("\u{feff}{text}").into_bytes(),
        latin,
        utf_16,
        text.replace('\n', "\r\n").into_bytes(),
    ] {
        let is_latin = std::str::from_utf8(&bytes).is_err() && bytes[0] != 0xff;
        fs::write(&path, bytes).unwrap();
        let (project, note) = read_toml_with_note::<Project>(&path).unwrap();
        assert_eq!(project.name.as_deref(), Some("Probe M\u{fc}ller \u{c5}"));
        assert_eq!(note.is_some(), is_latin);
        if let Some(note) = note {
            // Where the first such letter stands, what it was taken for, and the cure.
            let line = text
                .lines()
                .position(|line| line.contains("Probe"))
                .unwrap()
                + 1;
            for word in [
                &*format!("project.toml:{line}:"),
                "`\u{fc}`",
                "save it as UTF-8",
            ] {
                assert!(note.contains(word), "{note}");
            }
        }
    }
    let missing = read_toml::<Project>(&folder.path().join("none.toml")).unwrap_err();
    assert!(missing.to_string().contains("corelith init"), "{missing}");
    fs::write(&path, b"\x89PNG\r\n\x1a\n\0\0").unwrap();
    let error = read_toml::<Project>(&path).unwrap_err().to_string();
    assert!(
        error.contains("a PNG, expected a TOML text file"),
        "{error}"
    );
}

#[test]
fn back_slashes_in_paths_are_understood_or_explained() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("project.toml");
    let project = parse(&WHOLE.replace("\"sem/map_0.png\"", "'.\\sem\\map_0.png'")).unwrap();
    let expected = folder.path().join("sem").join("map_0.png");
    let resolved = || project_path(folder.path(), &project.sem.maps[0].mineral_map);
    assert_eq!(resolved(), expected);
    let error = error_of("\"sem/map_0.png\"", "\"sem\\map_0.png\"");
    assert!(
        error.contains("back slash") && error.contains("single quotes"),
        "{error}"
    );
    let sem = parse(&WHOLE.replace("sem/map_0_bse.tif", "sem\\bse.tif"))
        .unwrap()
        .sem;
    let error = sem.check(&file).unwrap_err().to_string();
    assert!(error.contains("control character"), "{error}");
    // A file of just that name is taken as it is.
    if cfg!(unix) {
        fs::write(folder.path().join(".\\sem\\map_0.png"), b"").unwrap();
        assert_eq!(resolved(), folder.path().join(".\\sem\\map_0.png"));
    }
}

#[test]
fn a_region_is_read_and_a_wrong_one_is_named() {
    let with = |keys: &str| {
        let text = WHOLE.replace("name = \"second\"", &format!("name = \"second\"\n{keys}"));
        parse(&text).map(|project| project.sem)
    };
    let file = Path::new("project.toml");
    let sem = with("region_vox = { z = [40, 60.5] }").unwrap();
    let region = sem.maps[1].region_vox.unwrap();
    assert_eq!(region.ranges(), [None, None, Some([40.0, 60.5])]);
    sem.check(file).unwrap();
    assert_eq!(sem.maps[1].region_vox, Some(region));
    let problem = |keys: &str| with(keys).unwrap().check(file).unwrap_err().to_string();
    let backwards = problem("region_vox = { z = [60, 40] }");
    assert!(
        backwards.contains("`second`") && backwards.contains("60..40 along z"),
        "{backwards}"
    );
    let both = problem("start = \"a.json\"\nregion_vox = { z = [40, 60] }");
    assert!(both.contains("both `start` and `region_vox`"), "{both}");
    let unknown = with("region_vox = { Z = [40, 60] }")
        .unwrap_err()
        .to_string();
    assert!(
        unknown.contains("`Z`") && unknown.contains("`z`"),
        "{unknown}"
    );
}
