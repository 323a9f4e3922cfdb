//! Images of single elements, classified by rules.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod named;

use std::fs;
use std::path::Path;

use corelith_core::{Raster, Role, Silent, UNMEASURED};
use corelith_io::{
    Crop, ElementRule, MineralList, MineralMap, MosaicSettings, SemMap, SemSection, read_toml,
    write_png,
};

const COLS: usize = 30;
const ROWS: usize = 20;

fn list() -> MineralList {
    MineralList::from(named::minerals(&[
        ("Resin", [0, 0, 0]),
        ("Quartz", [230, 40, 40]),
        ("Albite", [240, 200, 60]),
        ("Hematite", [90, 10, 10]),
    ]))
}

/// Stripes of the four classes.
fn truth() -> Raster<u8> {
    Raster::from_fn(ROWS, COLS, |col, row| ((col / 5 + row / 10) % 4) as u8)
}

/// Counts of an element in each of the classes.
fn counts(element: &str) -> [u8; 4] {
    match element {
        "Si" => [2, 220, 160, 3],
        "Al" => [1, 5, 90, 2],
        "Na" => [1, 3, 60, 1],
        "Fe" => [2, 4, 5, 240],
        other => panic!("{other}"),
    }
}

fn image(element: &str) -> Raster<u8> {
    truth().map(|class| counts(element)[usize::from(*class)])
}

fn rules(rules: &[(&str, &str)]) -> Vec<ElementRule> {
    let rule = |(mineral, when): &(&str, &str)| ElementRule {
        mineral: (*mineral).to_owned(),
        when: (*when).to_owned(),
    };
    rules.iter().map(rule).collect()
}

const RULES: [(&str, &str); 3] = [
    ("Quartz", "Si > 200 and Al < 30"),
    ("Albite", "Si > 100 and Al > 50 and Na > 30"),
    ("Hematite", "Fe > 200"),
];

fn section(rules: Vec<ElementRule>, unclassified: Option<&str>) -> SemSection {
    let map = SemMap {
        elements: Some("edx".into()),
        ..SemMap::new("".into(), Role::Training)
    };
    SemSection {
        rules,
        unclassified: unclassified.map(str::to_owned),
        ..SemSection::new("minerals.csv".into(), "Resin".to_owned(), 2.0, vec![map])
    }
}

fn read(folder: &Path, sem: &SemSection) -> Result<MineralMap, String> {
    sem.check(Path::new("sample.toml"))
        .map_err(|e| e.to_string())?;
    let source = sem
        .open_map(folder, &sem.maps[0])
        .map_err(|e| e.to_string())?;
    let read = source.read(&list(), &Silent).map_err(|e| e.to_string())?;
    Ok(read.map)
}

/// A folder with the images of all elements as PNG.
fn stack() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("edx")).unwrap();
    for element in ["Si", "Al", "Na", "Fe"] {
        let path = folder
            .path()
            .join(format!("edx/section 7_{element} Ka1.png"));
        write_png(&path, &image(element)).unwrap();
    }
    folder
}

#[test]
fn rules_tell_minerals_by_elements() {
    let folder = stack();
    fs::write(folder.path().join("edx/readme.txt"), "counts of section 7").unwrap();
    let map = read(folder.path(), &section(rules(&RULES), Some("Resin"))).unwrap();
    assert_eq!(map.classes, truth());
    let said = map.notes.join("\n");
    assert!(said.contains("rule 1 (`Quartz`) 33.33 %"), "{said}");
    assert!(said.contains("fit no rule and count as `Resin`"), "{said}");
    assert!(said.contains("`readme`"), "{said}");

    let map = read(folder.path(), &section(rules(&RULES), None)).unwrap();
    let without_resin = truth().map(|&class| if class == 0 { UNMEASURED } else { class });
    assert_eq!(map.classes, without_resin);
    assert!(
        map.notes.iter().any(|n| n.contains("no pixel is `Resin`")),
        "{:?}",
        map.notes
    );
}

#[test]
fn a_bse_image_of_the_uncropped_size_is_cropped_like_the_elements() {
    let folder = stack();
    let bse = truth().map(|class| 40 + 50 * class);
    write_png(&folder.path().join("bse.png"), &bse).unwrap();
    let mut sem = section(rules(&RULES), Some("Resin"));
    sem.maps[0].crop_px = Some(Crop {
        left: 3,
        top: 2,
        width: 24,
        height: 16,
    });
    sem.maps[0].bse = Some("bse.png".into());
    let source = sem.open_map(folder.path(), &sem.maps[0]).unwrap();
    let read = source.read(&list(), &Silent).unwrap();
    assert_eq!(read.map.image_size, [COLS, ROWS]);
    let grey = read.bse.unwrap().grey;
    assert_eq!(
        grey,
        read.map.classes.map(|class| f32::from(40 + 50 * class))
    );
}

#[test]
fn settings_that_would_do_nothing_are_refused() {
    let folder = stack();
    let sem = section(rules(&RULES), Some("Resin"));
    let mut with_page = sem.clone();
    with_page.maps[0].page = Some(1);
    let error = read(folder.path(), &with_page).unwrap_err();
    assert!(error.contains("`elements` and `page`"), "{error}");
    let mut without_rules = section(Vec::new(), Some("Resin"));
    without_rules.maps = vec![SemMap::new("a.png".into(), Role::Training)];
    let error = read(folder.path(), &without_rules).unwrap_err();
    assert!(error.contains("`unclassified`"), "{error}");
    without_rules.unclassified = None;
    without_rules.maps[0].mosaic = Some(MosaicSettings {
        positions: Some("stage.csv".into()),
        overlap_px: Some([20, 20]),
        ..MosaicSettings::default()
    });
    let error = read(folder.path(), &without_rules).unwrap_err();
    assert!(
        error.contains("both `positions` and `overlap_px`"),
        "{error}"
    );
}

#[test]
fn tables_in_several_folders_are_found_by_a_pattern() {
    let folder = tempfile::tempdir().unwrap();
    for element in ["Si", "Al", "Na", "Fe"] {
        let own = folder.path().join("edx").join(element);
        fs::create_dir_all(&own).unwrap();
        let image = image(element);
        let rows = (0..ROWS).map(|row| {
            let cells = (0..COLS).map(|col| image.at(col, row).to_string());
            cells.collect::<Vec<_>>().join(";")
        });
        let text = rows.collect::<Vec<_>>().join("\n");
        fs::write(own.join(format!("{element}.txt")), text).unwrap();
    }
    let mut sem = section(rules(&RULES), Some("Resin"));
    sem.maps[0].elements = Some("edx/*/*.txt".into());
    assert_eq!(read(folder.path(), &sem).unwrap().classes, truth());
}

#[test]
fn tables_of_numbers_are_images_of_elements() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("edx")).unwrap();
    for (element, separator) in [("Si", ";"), ("Al", "\t"), ("Na", " "), ("Fe", ",")] {
        let image = image(element);
        let mut text = String::new();
        for row in 0..ROWS {
            let cells: Vec<String> = (0..COLS)
                .map(|col| image.at(col, row).to_string())
                .collect();
            text += &cells.join(separator);
            text += "\r\n";
        }
        fs::write(folder.path().join(format!("edx/{element}.txt")), text).unwrap();
    }
    let map = read(folder.path(), &section(rules(&RULES), Some("Resin"))).unwrap();
    assert_eq!(map.classes, truth());
}

#[test]
fn conflicts_and_idle_rules_are_told() {
    let folder = stack();
    let more = [
        RULES[0],
        ("Albite", "Si > 100"),
        RULES[2],
        ("Hematite", "Fe > 250"),
        ("Quartz", "Si > 210"),
    ];
    let map = read(folder.path(), &section(rules(&more), Some("Resin"))).unwrap();
    assert_eq!(map.classes, truth());
    let said = map.notes.join("\n");
    assert!(
        said.contains("fit rule 1 (`Quartz`) and rule 2 (`Albite`): the first counts"),
        "{said}"
    );
    assert!(said.contains("rule 4 (`Hematite`) holds nowhere"), "{said}");
    // Two rules for one mineral are no conflict.
    assert!(!said.contains("rule 1 (`Quartz`) and rule 5"), "{said}");
}

#[test]
fn what_does_not_fit_is_named() {
    let folder = stack();
    for (rule, word) in [
        (("Quarz", "Si > 100"), "did you mean `Quartz`?"),
        (
            ("Quartz", "Si > 100 and Ca < 3"),
            "names `Ca`, of which there is no image; there are Al_ka1",
        ),
        (
            ("Quartz", "Si > 100 and"),
            "rule 1 (`Quartz`, when = \"Si > 100 and\"): it ends",
        ),
        (("Quartz", "Si > 254"), "no rule holds anywhere"),
        (("Quartz", "1 > 0"), "no rule names an element"),
    ] {
        let error = read(folder.path(), &section(rules(&[rule]), None)).unwrap_err();
        assert!(error.contains(word), "{error}");
    }
    let error = read(folder.path(), &section(Vec::new(), None)).unwrap_err();
    assert!(error.contains("no rule tells minerals"), "{error}");

    let small = Raster::filled(ROWS - 1, COLS, 7u8);
    write_png(&folder.path().join("edx/section 7_Na Ka1.png"), &small).unwrap();
    let error = read(folder.path(), &section(rules(&RULES), None)).unwrap_err();
    assert!(
        error.contains("30 x 19 pixels, expected 30 x 20 as that of Al_ka1"),
        "{error}"
    );

    write_png(&folder.path().join("edx/section 7 Na Ka1.png"), &small).unwrap();
    let error = read(folder.path(), &section(rules(&RULES), None)).unwrap_err();
    assert!(error.contains("two files of the element Na_ka1"), "{error}");
}

#[test]
fn lines_of_one_element_are_told_apart() {
    let folder = stack();
    let weak = image("Fe").map(|v| v / 4);
    write_png(&folder.path().join("edx/section 7_Fe La1.png"), &weak).unwrap();
    let error = read(folder.path(), &section(rules(&RULES), None)).unwrap_err();
    assert!(error.contains("write `Fe_ka1` or `Fe_la1`"), "{error}");
    let lines = [
        RULES[0],
        RULES[1],
        ("Hematite", "Fe_K > 200 and 40 < Fe_La < 100"),
    ];
    let map = read(folder.path(), &section(rules(&lines), Some("Resin"))).unwrap();
    assert_eq!(map.classes, truth());
}

#[test]
fn colour_images_and_spectra_are_refused_with_a_way_on() {
    let folder = stack();
    let tinted = image("Na").map(|v| [*v, 0, 0]);
    write_png(&folder.path().join("edx/section 7_Na Ka1.png"), &tinted).unwrap();
    let error = read(folder.path(), &section(rules(&RULES), None)).unwrap_err();
    assert!(
        error.contains("a colour image") && error.contains("in grey"),
        "{error}"
    );

    fs::write(folder.path().join("map.bcf"), b"AAMVHFSS").unwrap();
    let mut sem = section(rules(&RULES), None);
    sem.maps[0].elements = Some("map.bcf".into());
    let error = read(folder.path(), &sem).unwrap_err();
    assert!(
        error.contains("Bruker ESPRIT") && error.contains("export each element"),
        "{error}"
    );
}

#[test]
fn a_project_file_says_it_in_plain_words() {
    #[derive(serde::Deserialize)]
    struct Project {
        sem: SemSection,
    }
    let folder = stack();
    let path = folder.path().join("sample.toml");
    let text = "[sem]\nminerals = \"m.csv\"\npixel_size_um = 1.0\nunclassified = \"Resin\"\n\
                [[sem.map]]\nelements = \"edx\"\nrole = \"training\"\n\
                [[sem.rule]]\nmineral = \"Quartz\"\nwhen = \"Si > 200 and Al < 30\"\n\
                [[sem.rule]]\nmineral = \"Hematite\"\nwhen = \"Fe > 200\"\n";
    fs::write(&path, text).unwrap();
    let sem = read_toml::<Project>(&path).unwrap().sem;
    sem.check(&path).unwrap();
    assert_eq!(sem.rules.len(), 2);
    assert_eq!(sem.maps[0].name(), "edx");
    for (from, to, word) in [
        ("elements = \"edx\"\n", "", "map 1 names no image"),
        (
            "elements = \"edx\"\n",
            "elements = \"edx\"\nmineral_map = \"a.png\"\n",
            "keep one",
        ),
        (
            "elements = \"edx\"\n",
            "mineral_map = \"a.png\"\n",
            "no map has `elements`",
        ),
    ] {
        fs::write(&path, text.replace(from, to)).unwrap();
        let sem = read_toml::<Project>(&path).unwrap().sem;
        let error = sem.check(&path).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}
