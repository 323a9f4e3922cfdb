//! The maps of project files: one section each, and everything wrong with them at once.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod project_text;

use std::path::Path;

use corelith_core::Spacing;
use corelith_io::Error;

use project_text::{WHOLE, parse};

/// The maps of a section, each with what it says besides its role.
fn maps(of_maps: &[&str]) -> Result<(), Error> {
    let sections = of_maps.iter().enumerate().map(|(i, keys)| {
        let role = if i == 0 { "training" } else { "validation" };
        format!("[[sem.map]]\n{keys}\nrole = \"{role}\"\n")
    });
    let head = &WHOLE[..WHOLE.find("[[sem.map]]").unwrap()];
    let text = format!("{head}{}", sections.collect::<String>());
    let project = parse(&text).unwrap();
    project.sem.check(Path::new("project.toml"))
}

#[test]
fn one_image_is_one_section_whatever_its_maps_are_called() {
    let image = "mineral_map = \"sem/map_0.png\"";
    for second in [
        format!("{image}\nname = \"b\""),
        "mineral_map = \"./sem/map_0.png\"\nname = \"b\"".to_owned(),
        image.to_owned(),
        format!("{image}\nname = \"b\"\ncrop_px = [0, 0, 30, 30]"),
    ] {
        let error = maps(&[image, &second]).unwrap_err().to_string();
        assert!(
            error.contains("maps 1 and 2 are one image"),
            "{second}: {error}"
        );
        assert!(!error.contains("another `name`"), "{error}");
    }
    // Pages of a file, and parts that do not overlap.
    for [first, second] in [
        ["page = 1", "page = 2"],
        ["crop_px = [0, 0, 30, 30]", "crop_px = [30, 0, 30, 30]"],
    ] {
        let named = |keys: &str, name: &str| format!("{image}\n{keys}\nname = \"{name}\"");
        maps(&[&named(first, "a"), &named(second, "b")]).unwrap();
    }
}

#[test]
fn all_that_is_wrong_with_the_maps_is_said_at_once() {
    let error = maps(&[
        "mineral_map = \"a.png\"\nbse_inverted = true\ncolour_tolerance = 999",
        "mineral_map = \"b.png\"\nbse_page = 2",
    ])
    .unwrap_err();
    let words = error
        .each()
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>();
    assert_eq!(words.len(), 3, "{words:?}");
    for (text, word) in words.iter().zip(["bse_inverted", "bse_page", "999"]) {
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn a_section_without_maps_says_how_to_name_one() {
    let head = &WHOLE[..WHOLE.find("[[sem.map]]").unwrap()];
    let error = parse(head).unwrap_err().to_string();
    assert!(error.contains("`[[sem.map]]`"), "{error}");
}

#[test]
fn pixel_sizes_in_another_unit_are_noticed() {
    let sem = parse(WHOLE).unwrap().sem;
    assert_eq!(sem.unlikely_pixel_sizes(Spacing::isotropic(2.296)), [""; 0]);
    assert_eq!(sem.unlikely_pixel_sizes(Spacing::isotropic(20.0)), [""; 0]);
    for (size, word) in [("0.0012", "smaller"), ("1200", "larger")] {
        let text = WHOLE.replace("pixel_size_um = 1.2", &format!("pixel_size_um = {size}"));
        let notes = parse(&text)
            .unwrap()
            .sem
            .unlikely_pixel_sizes(Spacing::isotropic(2.296));
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(
            notes[0].contains(size) && notes[0].contains(word),
            "{notes:?}"
        );
    }
}
