//! Samples that are written and read back.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod project_text;

use std::path::Path;

use corelith_core::{Mineral, Minerals, Raster, Silent, Spacing, Volume};
use corelith_io::{
    Dataset, DatasetMap, MapSettings, MineralList, Role, project_path, read_bse, read_mineral_map,
    read_toml, write_dataset,
};

use project_text::Project;

const SPACING: Spacing = Spacing {
    x_um: 2.296,
    y_um: 2.296,
    z_um: 2.296,
};

fn ct(slices: usize) -> Volume<u16> {
    Volume::from_fn([slices, 5, 6], SPACING, |x, y, z| {
        (4000 * z + 50 * y + x) as u16
    })
}

fn dataset(maps: usize) -> Dataset {
    let mineral = |name: &str, rgb, density| Mineral {
        name: name.to_owned(),
        rgb,
        density_g_cm3: density,
    };
    let minerals = Minerals::new(
        vec![
            mineral("Resin", [0, 0, 0], Some(1.2)),
            mineral("LiAlO2", [230, 40, 40], Some(2.62)),
            mineral("Glass", [240, 200, 60], None),
        ],
        "Resin",
    )
    .unwrap();
    let map = |i: usize| DatasetMap {
        classes: Raster::from_fn(8, 9 + i, |col, row| ((col * row + i) % 3) as u8),
        bse: Raster::from_fn(8, 9 + i, |col, row| (col * 20 + row + i) as u8),
        role: if i == 0 {
            Role::Training
        } else {
            Role::Validation
        },
    };
    Dataset {
        name: "sample".to_owned(),
        fraction_um: "63-100".to_owned(),
        spacing: SPACING,
        maps: (0..maps).map(map).collect(),
        minerals,
        pixel_size_um: 1.2,
    }
}

#[test]
fn a_dataset_is_read_back_through_its_project_file() {
    let folder = tempfile::tempdir().unwrap();
    write_dataset(folder.path(), &dataset(3), &ct(12), &Silent).unwrap();
    // A smaller one in the same folder leaves nothing of the larger one.
    let written = dataset(2);
    let file = write_dataset(folder.path(), &written, &ct(7), &Silent).unwrap();
    assert_eq!(file, folder.path().join("sample.toml"));

    let project: Project = read_toml(&file).unwrap();
    assert_eq!(project.name.as_deref(), Some("sample"));
    let (section, sem) = (project.ct, project.sem);
    sem.check(&file).unwrap();
    let beside = |path: &Path| project_path(folder.path(), path);
    let volume = section
        .open(folder.path())
        .unwrap()
        .read_ct(section.voxel_size_um.0, &Silent)
        .unwrap()
        .volume;
    assert_eq!(volume, ct(7));
    let minerals = sem.read_minerals(folder.path()).unwrap();
    assert_eq!(minerals, MineralList::from(written.minerals));
    assert_eq!(sem.maps.len(), 2);
    for (map, truth) in sem.maps.iter().zip(&written.maps) {
        assert_eq!(map.role, truth.role);
        let image = beside(&map.mineral_map);
        let read = read_mineral_map(&image, &minerals, &sem.map_settings(map)).unwrap();
        assert_eq!(read.classes, truth.classes);
        let bse = beside(map.bse.as_ref().unwrap());
        let bse = read_bse(&bse, &image, &read, &map.bse_settings()).unwrap();
        assert_eq!(bse.grey, truth.bse.map(|&v| f32::from(v)));
    }
    assert!(!folder.path().join("sem/map_2_bse.tif").exists());
}

#[test]
fn mineral_maps_of_other_programs_are_read() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let list = MineralList::from(dataset(0).minerals);
    for name in ["palette.tif", "rgb_lzw.tif", "rgba.tif"] {
        let map = read_mineral_map(&data.join(name), &list, &MapSettings::default()).unwrap();
        let expected = Raster::from_fn(20, 33, |col, row| ((col + row) % 3) as u8);
        assert_eq!(map.classes, expected, "{name}");
    }
}
