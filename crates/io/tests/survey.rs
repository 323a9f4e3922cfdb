//! What is found in folders of several layouts, and that its project file says so.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod named;

use std::fs;
use std::path::{Path, PathBuf};

use corelith_core::{Minerals, Raster, Silent, Spacing, Volume};
use corelith_io::{
    Crop, CtSection, Role, SemSection, StackLayout, Survey, VoxelSize, survey, write_mineral_map,
    write_png, write_slice, write_volume,
};
use serde::Deserialize;

/// Edge of maps and BSE images, in pixels.
const SIDE: usize = 48;

const BACKGROUND: [u8; 3] = [0, 0, 0];
const QUARTZ: [u8; 3] = [220, 40, 40];
const PYRITE: [u8; 3] = [240, 200, 0];

fn minerals() -> Minerals {
    named::minerals(&[
        ("Background", BACKGROUND),
        ("Quartz", QUARTZ),
        ("Pyrite", PYRITE),
    ])
}

/// Discs of two minerals; `section` moves them and makes them smaller.
fn classes(section: usize) -> Raster<u8> {
    Raster::from_fn(SIDE, SIDE, |col, row| {
        let inside =
            |x: usize, y: usize, r: f64| (col as f64 - x as f64).hypot(row as f64 - y as f64) < r;
        if inside(12 + 11 * section, 13, 9.0 - 2.0 * section as f64) {
            1
        } else if inside(36 - 11 * section, 34, 11.0 - 2.0 * section as f64) {
            2
        } else {
            0
        }
    })
}

/// Grey values that follow the minerals, with a texture of their own.
fn bse(section: usize) -> Raster<u16> {
    let classes = classes(section);
    Raster::from_fn(SIDE, SIDE, |col, row| {
        let texture = ((col * 31 + row * 17) % 23) as u16;
        [2_000, 20_000, 45_000][usize::from(classes.at(col, row))] + 40 * texture
    })
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, below: &str) -> PathBuf {
        let path = self.0.path().join(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    fn write(&self, below: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(below), bytes).unwrap();
    }

    /// Slices named by `name`, 20 x 16 pixels each, whose files state `um`.
    fn slices(&self, n: usize, um: f64, name: impl Fn(usize) -> String) {
        for z in 0..n {
            let grey: Vec<u16> = (0..20 * 16).map(|i| (i * 37 + z * 11) as u16).collect();
            let layout = StackLayout::new([1, 16, 20], Spacing::isotropic(um));
            write_slice(&self.path(&name(z)), &grey, layout).unwrap();
        }
    }

    fn map(&self, below: &str, section: usize) {
        write_mineral_map(&self.path(below), &classes(section), &minerals()).unwrap();
    }

    fn bse(&self, below: &str, section: usize, um: f64) {
        let layout = StackLayout::new([1, SIDE, SIDE], Spacing::isotropic(um));
        write_slice(&self.path(below), bse(section).data(), layout).unwrap();
    }

    fn list(&self, below: &str) {
        self.write(below, LIST);
    }

    fn survey(&self) -> Survey {
        survey(self.0.path(), None, &Silent).unwrap()
    }
}

const LIST: &str = "mineral,red,green,blue\nBackground,0,0,0\nQuartz,220,40,40\nPyrite,240,200,0\n";

/// The sections of a project file, read as the program does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProjectFile {
    name: String,
    fraction_um: Option<String>,
    ct: CtSection,
    sem: SemSection,
}

fn read_back(folder: &Path, text: &str) -> ProjectFile {
    let path = folder.join("sample.toml");
    fs::write(&path, text).unwrap();
    let project: ProjectFile =
        corelith_io::read_toml(&path).unwrap_or_else(|e| panic!("{e}\n{text}"));
    project.sem.check(&path).unwrap();
    project
}

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
fn a_list_in_utf_16_is_found_among_other_tables() {
    let folder = Folder::new();
    folder.map("maps/1.png", 0);
    let text =
        "\u{feff}Phase;R;G;B\r\nEpoxy;0;0;0\r\nGl\u{fc}hquarz;220;40;40\r\nPyrite;240;200;0\r\n";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.write("lists/phases.txt", bytes);
    folder.write(
        "lists/other.csv",
        "mineral,red,green,blue\nAir,1,1,1\nMica,2,2,2\n",
    );
    folder.write("lists/counts.csv", "particle,area\n1,7\n2,9\n");
    let found = folder.survey();
    let list = found.list().unwrap();
    assert_eq!(list.path, "lists/phases.txt");
    assert_eq!(list.background(), Some("Epoxy"));
    assert_eq!(list.minerals[1], "Gl\u{fc}hquarz");
    let draft = found.draft("sample.toml");
    assert!(
        draft.text.contains("another list: lists/other.csv"),
        "{}",
        draft.text
    );
}

#[test]
fn lists_that_fit_equally_well_are_left_to_choose() {
    let folder = Folder::new();
    folder.map("map.png", 0);
    folder.list("a.csv");
    folder.write("b.csv", LIST.replace("Quartz", "Glass"));
    let found = folder.survey();
    assert_eq!(found.list(), None);
    let draft = found.draft("sample.toml");
    assert!(
        draft.text.contains("# minerals = \"a.csv\""),
        "{}",
        draft.text
    );
    assert!(
        draft.text.contains("# minerals = \"b.csv\""),
        "{}",
        draft.text
    );
    // The same list twice is no choice.
    folder.list("b.csv");
    assert_eq!(folder.survey().list().unwrap().path, "a.csv");
}

#[test]
fn colours_that_are_not_in_the_list_are_named_and_a_legend_is_cropped() {
    let folder = Folder::new();
    folder.list("list.csv");
    let list = minerals();
    let drawn = |section: usize, rows: usize, other: &dyn Fn(usize, usize) -> Option<[u8; 3]>| {
        let classes = classes(section);
        Raster::from_fn(rows, SIDE, |col, row| match other(col, row) {
            Some(rgb) => rgb,
            None => list.rows()[usize::from(classes.at(col, row))].rgb,
        })
    };
    let strange = drawn(0, SIDE, &|col, row| {
        (col % 9 == 0 && row % 7 == 0).then_some([10, 200, 250])
    });
    write_png(&folder.path("a.png"), &strange).unwrap();
    let legend = drawn(1, SIDE + 16, &|_, row| (row >= SIDE).then_some([255; 3]));
    write_png(&folder.path("b.png"), &legend).unwrap();
    let found = folder.survey();
    assert_eq!(found.maps.len(), 2);
    let problem = found.maps[0].problem.as_ref().unwrap();
    assert!(problem.contains("(10, 200, 250)"), "{problem}");
    assert_eq!(found.maps[1].crop_px, Some(Crop::whole(SIDE, SIDE)));
    assert_eq!(found.maps[1].problem, None);
    let draft = found.draft("sample.toml");
    assert!(
        draft.gaps.iter().any(|gap| gap.place == "map a.png"),
        "{:?}",
        draft.gaps
    );
    assert!(
        draft
            .text
            .contains(&format!("crop_px = [0, 0, {SIDE}, {SIDE}]")),
        "{}",
        draft.text
    );
}

#[test]
fn maps_without_a_list_are_found_by_their_few_colours() {
    let folder = Folder::new();
    folder.map("map.png", 0);
    let draft = folder.survey().draft("sample.toml");
    let places: Vec<&str> = draft.gaps.iter().map(|gap| gap.place.as_str()).collect();
    assert!(places.contains(&"[sem] minerals"), "{places:?}");
    assert!(
        draft.text.contains("mineral_map = \"map.png\""),
        "{}",
        draft.text
    );
}

#[test]
fn a_bse_image_is_told_by_its_grey_values_where_names_say_nothing() {
    let folder = Folder::new();
    folder.list("list.csv");
    for (section, name) in ["north", "south"].iter().enumerate() {
        folder.map(&format!("{name}.png"), section);
        folder.bse(&format!("scan-{}.tif", ["q", "w"][section]), section, 1.5);
    }
    let noise = Raster::from_fn(SIDE, SIDE, |col, row| {
        ((col * 7919 + row * 104_729) % 251) as u8
    });
    write_png(&folder.path("noise.png"), &noise).unwrap();
    let found = folder.survey();
    let pairs: Vec<(&str, Option<&str>)> = found
        .maps
        .iter()
        .map(|m| {
            (
                m.mineral_map.as_str(),
                m.bse.as_ref().map(|b| b.path.as_str()),
            )
        })
        .collect();
    assert_eq!(
        pairs,
        [
            ("north.png", Some("scan-q.tif")),
            ("south.png", Some("scan-w.tif"))
        ]
    );
    assert_eq!(found.maps[0].pixel_size.agreed().unwrap().xyz_um[0], 1.5);
    // Of a section that was photographed twice, both are offered and none is taken.
    folder.bse("scan-q2.tif", 0, 1.5);
    let found = folder.survey();
    assert_eq!(found.maps[0].bse, None);
    assert_eq!(found.maps[0].bse_candidates.len(), 2, "{:?}", found.maps[0]);
}

#[test]
fn a_smoothed_map_is_found_with_the_tolerance_that_reads_it() {
    let folder = Folder::new();
    folder.list("list.csv");
    let list = minerals();
    let drawn = classes(0).map(|class| list.rows()[usize::from(*class)].rgb);
    let moved = Raster::from_fn(SIDE, SIDE, |col, row| {
        let by = ((col * 5 + row * 3) % 4) as u8;
        drawn.at(col, row).map(|v| v.saturating_add(by))
    });
    write_png(&folder.path("map.png"), &moved).unwrap();
    let found = folder.survey();
    assert_eq!(found.maps.len(), 1, "{found:?}");
    let text = found.draft("sample.toml").text;
    let tolerance = found.maps[0].colour_tolerance.unwrap();
    assert!(
        text.contains(&format!("# colour_tolerance = {tolerance}")),
        "{text}"
    );
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

#[test]
fn a_second_export_of_a_map_is_named_and_left_out() {
    let folder = Folder::new();
    folder.list("list.csv");
    folder.map("a/map.png", 0);
    let list = minerals();
    let drawn = classes(0).map(|class| list.rows()[usize::from(*class)].rgb);
    // The same picture, a few pixels of it in another colour.
    let other = Raster::from_fn(SIDE, SIDE, |col, row| match (col, row) {
        (0..3, 0) => QUARTZ,
        _ => drawn.at(col, row),
    });
    write_png(&folder.path("b/copy.png"), &other).unwrap();
    folder.map("b/other.png", 1);
    // The same once more, with a scale bar drawn into its last rows.
    let with_bar = Raster::from_fn(SIDE, SIDE, |col, row| match row {
        r if r + 6 >= SIDE => [255, 255, 255],
        _ => drawn.at(col, row),
    });
    write_png(&folder.path("c/bar.png"), &with_bar).unwrap();
    let found = folder.survey();
    let maps: Vec<&str> = found.maps.iter().map(|m| m.mineral_map.as_str()).collect();
    assert_eq!(maps, ["a/map.png", "b/other.png"]);
    assert!(
        found
            .notes
            .iter()
            .any(|n| n.contains("same section as a/map.png")),
        "{:?}",
        found.notes
    );
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

/// Grains of two minerals that no mirror leaves as they are.
fn grains(section: usize) -> Raster<u8> {
    let grain = |col: usize, row: usize| {
        let (across, down) = (col / 16, row / 16);
        let cell = across * 7919 + down * 104_729 + section * 15_486 + across * down * 31;
        let cell = cell * cell % 9973;
        let (x, y) = (4 + cell % 8, 4 + cell / 8 % 8);
        let far = (col % 16) as f64 - x as f64;
        let inside = far.hypot((row % 16) as f64 - y as f64) < 2.0 + (cell / 64 % 4) as f64;
        if inside { 1 + (cell / 7 % 2) as u8 } else { 0 }
    };
    Raster::from_fn(96, 80, grain)
}

#[test]
fn previews_mirror_images_crops_and_enlarged_copies_are_no_further_maps() {
    let folder = Folder::new();
    folder.list("list.csv");
    let write = |name: &str, classes: &Raster<u8>| {
        write_mineral_map(&folder.path(name), classes, &minerals()).unwrap();
    };
    let whole = grains(0);
    write("a.png", &whole);
    write(
        "b_mirrored.png",
        &Raster::from_fn(96, 80, |c, r| whole.at(79 - c, r)),
    );
    write(
        "c_crop.png",
        &Raster::from_fn(60, 50, |c, r| whole.at(c + 9, r + 20)),
    );
    write(
        "d_2x.png",
        &Raster::from_fn(192, 160, |c, r| whole.at(c / 2, r / 2)),
    );
    write(
        "a_preview.png",
        &Raster::from_fn(48, 40, |c, r| whole.at(2 * c, 2 * r)),
    );
    write("other.png", &grains(1));
    let found = folder.survey();
    let maps: Vec<&str> = found.maps.iter().map(|m| m.mineral_map.as_str()).collect();
    assert_eq!(maps, ["a.png", "other.png"], "{:?}", found.notes);
    for (copy, how) in [
        ("b_mirrored.png", "mirrored left to right"),
        ("c_crop.png", "cut out of it"),
        ("d_2x.png", "2 x 2 pixels for each"),
        ("a_preview.png", "pixels 2 times as large"),
    ] {
        let told = |note: &&String| note.starts_with(copy) && note.contains(how);
        assert!(
            found.notes.iter().any(|n| told(&n)),
            "{copy}: {:?}",
            found.notes
        );
    }
}

#[test]
fn maps_have_their_bse_images_where_several_lists_fit() {
    let folder = Folder::new();
    folder.map("map_0.png", 0);
    folder.bse("map_0_bse.tif", 0, 1.2);
    folder.list("list.csv");
    folder.write("list_old.csv", LIST.replace("Pyrite", "Marcasite"));
    let found = folder.survey();
    assert!(!found.list_is_clear);
    assert_eq!(found.maps[0].bse.as_ref().unwrap().path, "map_0_bse.tif");
}
