//! What is found in folders of several layouts, and that its project file says so.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod named;
mod sample_folder;

use std::fs;
use std::path::Path;

use corelith_core::{Raster, Silent, Spacing, Volume};
use corelith_io::{Role, VoxelSize, survey, write_png, write_volume};

use sample_folder::{Folder, classes, read_back};

#[test]
fn a_plain_folder_gives_a_project_that_reads_every_input() {
    let folder = Folder::new();
    folder.slices(12, 2.296, |z| format!("ct/slice_{z:04}.tif"));
    for section in 0..3 {
        folder.map(&format!("sem/map_{section}.png"), section);
        folder.bse(&format!("sem/map_{section}_bse.tif"), section, 1.2);
    }
    folder.list("sem/minerals.csv");
    let draft = folder.survey().draft("sample.toml");
    assert_eq!(draft.gaps, [], "{}", draft.text);
    let root = folder.0.path();
    let project = read_back(root, &draft.text);
    assert_eq!(
        project.name,
        root.canonicalize()
            .unwrap()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
    );
    assert_eq!(project.ct.slices, Path::new("ct"));
    assert_eq!(
        project.ct.voxel_size_um,
        VoxelSize(Spacing::isotropic(2.296))
    );
    assert_eq!(project.ct.open(root).unwrap().shape(), [12, 16, 20]);
    let sem = &project.sem;
    assert_eq!(
        (sem.pixel_size_um, sem.background.as_str()),
        (1.2, "Background")
    );
    let list = sem.read_minerals(root).unwrap();
    let roles: Vec<Role> = sem.maps.iter().map(|m| m.role).collect();
    assert_eq!(
        roles,
        [Role::Training, Role::Training, Role::Validation],
        "{}",
        draft.text
    );
    for (i, map) in sem.maps.iter().enumerate() {
        let image = root.join(&map.mineral_map);
        let read = corelith_io::read_mineral_map(&image, &list, &sem.map_settings(map)).unwrap();
        assert_eq!(read.classes, classes(i));
        let expected = format!("sem/map_{i}_bse.tif");
        assert_eq!(map.bse.as_deref(), Some(Path::new(&expected)));
    }
}

#[test]
fn the_layout_of_the_reference_data_set_is_understood() {
    let folder = Folder::new();
    let stitch = "SlagCharacterization/tiff_stitch";
    folder.slices(10, 2.296, |z| {
        format!("{stitch}_63-100\u{b5}m/s_{z:03}.tif")
    });
    folder.slices(14, 2.296, |z| {
        format!("{stitch}_100-250\u{b5}m/s_{z:03}.tif")
    });
    for (section, fraction) in ["63-100", "63-100", "100-250"].iter().enumerate() {
        folder.map(
            &format!("MLA/Images/Li_{fraction}_{section}_GXMAP.png"),
            section,
        );
        folder.bse(
            &format!("MLA/Images/Li_{fraction}_{section}_BSE.tif"),
            section,
            1.2,
        );
    }
    folder.list("MLA/Mineral Lists/2022_10_04_LiSlag_Cindy/list.csv");
    folder.write("MLA/Datasources/SPP2315_GXMAP/frames.par", b"\0\x01binary");
    folder.write(
        "corelith-lock.toml",
        "dataset = \"lithium-slag\"\n[files]\n",
    );

    let both = folder.survey();
    assert_eq!(both.volumes.len(), 2);
    let draft = both.draft("sample.toml");
    let places: Vec<&str> = draft.gaps.iter().map(|gap| gap.place.as_str()).collect();
    assert_eq!(places, ["[ct] slices"], "{}", draft.text);
    assert!(
        draft.gaps[0].what.contains("tiff_stitch_100-250\u{b5}m"),
        "{:?}",
        draft.gaps
    );
    let value: toml::Table = draft.text.parse().unwrap();
    assert!(
        !value["ct"].as_table().unwrap().contains_key("slices"),
        "{}",
        draft.text
    );

    let path = format!("{stitch}_63-100\u{b5}m");
    // The other micro sign, another case, and what is left of it in archives.
    for like in [
        format!("./{stitch}_63-100\u{3bc}m/"),
        format!("{}_63-100um", stitch.to_lowercase()),
        "SlagCharacterization\\tiff_stitch_63-100\u{b5}m".to_owned(),
    ] {
        let found = survey(folder.0.path(), Some(&like), &Silent).unwrap();
        assert_eq!(found.volume().unwrap().slices, path, "{like}");
    }
    let one = survey(folder.0.path(), Some(&path), &Silent).unwrap();
    let draft = one.draft("sample.toml");
    assert_eq!(draft.gaps, [], "{}", draft.text);
    let project = read_back(folder.0.path(), &draft.text);
    assert_eq!(project.fraction_um.as_deref(), Some("63-100"));
    assert_eq!(project.ct.slices, Path::new(&path));
    let maps: Vec<&str> = project
        .sem
        .maps
        .iter()
        .map(|m| m.mineral_map.to_str().unwrap())
        .collect();
    assert_eq!(
        maps,
        [
            "MLA/Images/Li_63-100_0_GXMAP.png",
            "MLA/Images/Li_63-100_1_GXMAP.png"
        ]
    );
    assert!(project.sem.maps.iter().all(|map| map.bse.is_some()));
    assert!(
        one.notes
            .iter()
            .any(|n| n.contains("Li_100-250_2_GXMAP.png")),
        "{:?}",
        one.notes
    );
    let error = survey(folder.0.path(), Some("elsewhere"), &Silent).unwrap_err();
    assert!(error.to_string().contains("tiff_stitch_63-100"), "{error}");
}

#[test]
fn the_manifest_states_the_voxels_of_a_data_set_that_was_fetched() {
    let folder = Folder::new();
    // Slices that state no size.
    let image = Raster::from_fn(9, 9, |col, row| (col * row) as u8);
    for z in 0..9 {
        write_png(&folder.path(&format!("ct/{z}.png")), &image).unwrap();
    }
    let before = folder.survey();
    assert_eq!(before.volumes[0].voxel_size.agreed(), None);
    folder.write(
        "corelith-lock.toml",
        "dataset = \"lithium-slag\"\n[files]\n",
    );
    let stated = folder.survey().volumes[0]
        .voxel_size
        .agreed()
        .unwrap()
        .clone();
    assert_eq!(stated.xyz_um, [2.296; 3]);
    assert!(stated.from.contains("manifest"), "{stated:?}");
}

#[test]
fn upper_case_names_and_other_endings_are_found() {
    let folder = Folder::new();
    folder.slices(9, 4.0, |z| {
        format!("CT/SCAN_{z:03}.{}", if z % 2 == 0 { "TIF" } else { "TIFF" })
    });
    folder.map("SEM/SECTION_1/MAP.PNG", 0);
    folder.bse("SEM/SECTION_1/BSE.TIF", 0, 2.0);
    folder.map("SEM/SECTION_2/MAP.PNG", 1);
    folder.bse("SEM/SECTION_2/BSE.TIF", 1, 2.0);
    folder.list("SEM/MINERALS.CSV");
    let draft = folder.survey().draft("sample.toml");
    assert_eq!(draft.gaps, [], "{}", draft.text);
    let project = read_back(folder.0.path(), &draft.text);
    assert_eq!(project.ct.open(folder.0.path()).unwrap().shape()[0], 9);
    let names: Vec<String> = project.sem.maps.iter().map(|m| m.name()).collect();
    assert_eq!(names, ["SEM-SECTION_1-MAP", "SEM-SECTION_2-MAP"]);
    assert_eq!(
        project.sem.maps[1].bse.as_deref(),
        Some(Path::new("SEM/SECTION_2/BSE.TIF"))
    );
}

#[test]
fn sizes_that_no_file_states_are_left_open() {
    let folder = Folder::new();
    let image = Raster::from_fn(9, 9, |col, row| (col * row) as u8);
    for z in 0..9 {
        write_png(&folder.path(&format!("ct/{z}.png")), &image).unwrap();
    }
    folder.map("map.png", 0);
    folder.write(
        "list.csv",
        "mineral,red,green,blue\nMatrix,0,0,0\nQuartz,220,40,40\nPyrite,240,200,0\n",
    );
    let draft = folder.survey().draft("sample.toml");
    let places: Vec<&str> = draft.gaps.iter().map(|gap| gap.place.as_str()).collect();
    assert_eq!(
        places,
        [
            "[ct] voxel_size_um",
            "[sem] background",
            "[sem] pixel_size_um"
        ],
        "{}",
        draft.text
    );
    let value: toml::Table = draft.text.parse().unwrap();
    assert!(value["ct"].get("voxel_size_um").is_none());
    assert!(value["sem"].get("pixel_size_um").is_none());
    assert!(value["sem"].get("background").is_none());
    // Filled in as it says, it is read.
    let filled = draft
        .text
        .replace("# voxel_size_um =", "voxel_size_um = 2.0")
        .replace("# background =", "background = \"Matrix\"")
        .replace("# pixel_size_um =", "pixel_size_um = 1.0");
    let project = read_back(folder.0.path(), &filled);
    assert_eq!(project.sem.maps[0].role, Role::Training);
}

#[test]
fn a_folder_with_nothing_useful_is_empty() {
    let folder = Folder::new();
    folder.write("notes.txt", "buy milk");
    folder.write("talk.pdf", b"%PDF-1.7");
    let photo = Raster::from_fn(64, 64, |col, row| {
        [(col * 4) as u8, (row * 4) as u8, (col * row) as u8]
    });
    write_png(&folder.path("photo.png"), &photo).unwrap();
    let found = folder.survey();
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(found.files, 3);
    // Even so the text is TOML.
    found.draft("a.toml").text.parse::<toml::Table>().unwrap();
}

#[test]
fn of_two_volumes_none_is_taken() {
    let folder = Folder::new();
    folder.slices(10, 2.0, |z| format!("scans/a_{z:03}.tif"));
    folder.slices(10, 3.0, |z| format!("scans/b_{z:03}.tif"));
    let whole = Volume::from_fn([9, 16, 20], Spacing::isotropic(4.0), |x, y, z| {
        (x * 7 + y * 3 + z) as u16
    });
    write_volume(&folder.path("other/whole.tif"), &whole, &Silent).unwrap();
    let found = folder.survey();
    let mut slices: Vec<&str> = found.volumes.iter().map(|v| v.slices.as_str()).collect();
    slices.sort_unstable();
    assert_eq!(
        slices,
        [
            "other/whole.tif",
            "scans/a_[0-9]*.tif",
            "scans/b_[0-9]*.tif"
        ]
    );
    assert_eq!(found.volume(), None);
    let draft = found.draft("sample.toml");
    for line in [
        "# slices = \"scans/a_[0-9]*.tif\"",
        "# voxel_size_um = 2.0",
        "# voxel_size_um = 3.0",
        "# voxel_size_um = 4.0",
    ] {
        assert!(draft.text.contains(line), "{}", draft.text);
    }
    assert!(
        draft
            .gaps
            .iter()
            .any(|gap| gap.what.contains("scans/b_[0-9]*.tif"))
    );
}

#[test]
fn slices_with_a_gap_are_named_with_what_is_wrong() {
    let folder = Folder::new();
    folder.slices(20, 2.0, |z| format!("ct/s_{z:03}.tif"));
    fs::remove_file(folder.path("ct/s_007.tif")).unwrap();
    let draft = folder.survey().draft("sample.toml");
    assert!(
        draft.gaps[0].what.contains("number 7 is missing"),
        "{:?}",
        draft.gaps
    );
    assert!(draft.text.contains("slices = \"ct\""), "{}", draft.text);
}

#[test]
fn a_preview_among_the_slices_is_passed_over_and_a_copy_is_not() {
    let folder = Folder::new();
    folder.slices(12, 2.0, |z| format!("ct/rec_{z:04}.tif"));
    folder.bse("ct/rec_overview.tif", 0, 1.0);
    let found = folder.survey();
    let volume = found.volume().unwrap();
    assert_eq!(volume.slices, "ct/rec_[0-9]*.tif");
    assert_eq!((volume.shape, &volume.problem), (Some([12, 16, 20]), &None));
    assert!(
        found
            .notes
            .iter()
            .any(|n| n.contains("ct/rec_overview.tif")),
        "{:?}",
        found.notes
    );
    fs::copy(
        folder.path("ct/rec_0003.tif"),
        folder.path("ct/rec_0003 - Copy.tif"),
    )
    .unwrap();
    let problem = folder.survey().volumes[0].problem.clone().unwrap();
    assert!(problem.contains("rec_0003 - Copy.tif"), "{problem}");
}

#[test]
fn sizes_that_contradict_each_other_are_left_open() {
    let folder = Folder::new();
    folder.slices(9, 2.0, |z| format!("ct/s_{z}.tif"));
    folder.write("ct/rec.log", "[Reconstruction]\nPixel Size (um)=4.0\n");
    let draft = folder.survey().draft("sample.toml");
    assert!(
        draft.text.contains("# voxel_size_um = 2.0"),
        "{}",
        draft.text
    );
    assert!(
        draft.text.contains("# voxel_size_um = 4.0"),
        "{}",
        draft.text
    );
    let what = &draft.gaps[0].what;
    assert!(what.contains("contradicts"), "{what}");
}

// Windows has no such names.
#[cfg(unix)]
#[test]
fn names_of_files_cannot_leave_their_comment_or_string() {
    let folder = Folder::new();
    folder.slices(9, 2.0, |z| format!("it's \"x\" # y = 1/s_{z}.tif"));
    folder.list("l'#.csv");
    folder.map("m\"'.png", 0);
    let text = folder.survey().draft("sample.toml").text;
    let value: toml::Table = text.parse().unwrap_or_else(|e| panic!("{e}\n{text}"));
    assert_eq!(value["ct"]["slices"].as_str(), Some("it's \"x\" # y = 1"));
    assert_eq!(value["sem"]["minerals"].as_str(), Some("l'#.csv"));
}

#[test]
fn slices_of_a_skyscan_scanner_are_found_with_the_size_in_their_log() {
    let folder = Folder::new();
    let image = bmp_slice();
    for z in 0..12 {
        folder.write(&format!("ct/scan_rec{z:08}.bmp"), &image);
    }
    folder.write("ct/scan_rec_spr.bmp", &image);
    folder.write(
        "ct/scan_rec.log",
        "[System]\nScanner=Skyscan1172\n[Reconstruction]\nPixel Size (um)=2.29600\n",
    );
    let found = folder.survey();
    let volume = found.volume().unwrap();
    assert_eq!(volume.slices, "ct/scan_rec[0-9]*.bmp");
    assert_eq!((volume.shape, &volume.problem), (Some([12, 3, 4]), &None));
    assert_eq!(volume.voxel_size.agreed().unwrap().xyz_um, [2.296; 3]);
}

/// A BMP of 4 x 3 pixels of 8 bits and a grey palette.
fn bmp_slice() -> Vec<u8> {
    let mut bytes = b"BM".to_vec();
    let (header, palette, pixels) = (54_u32, 1024_u32, 12_u32);
    for word in [header + palette + pixels, 0, header + palette, 40, 4, 3] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend([1, 0, 8, 0]);
    for word in [0, pixels, 0, 0, 0, 0_u32] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend((0..=255_u8).flat_map(|v| [v, v, v, 0]));
    bytes.extend((0..12).map(|i| 20 * i as u8));
    bytes
}
