//! What `register` can be told: where the middle of a map lies, and what of it to compare.

mod common;

use std::fs;

use common::{append, corelith, small_phantom, stderr, write_sample};

#[test]
fn a_region_is_obeyed_and_another_one_registers_again() {
    let truth = small_phantom(2);
    let folder = tempfile::tempdir().unwrap();
    let project = write_sample(folder.path(), &truth);
    let z = &truth.maps[0].coords_vox[2];
    let middle = f64::from(z.at(z.cols() / 2, z.rows() / 2));
    let register = |options: &[&str]| {
        let map = ["register", project.to_str().unwrap(), "--map", "map_0"];
        let output = corelith(&[&map, options].concat());
        (output.status.code(), stderr(&output))
    };
    let right = format!("z={}..{}", middle - 5.0, middle + 5.0);
    let (code, said) = register(&["--region", &right]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = register(&["--region", &right]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("register map_0: unchanged, skipped"),
        "{said}"
    );

    let wrong = format!("z={}..{}", middle + 12.0, middle + 15.0);
    let (code, said) = register(&["--region", &wrong]);
    assert_eq!(code, Some(1), "{said}");
    let path = folder.path().join("results/registration/map_0.json");
    let placement = fs::read_to_string(path).unwrap();
    assert!(placement.contains("not_found"), "{placement}");

    let last = truth.ct.shape()[0] - 1;
    let (code, said) = register(&["--region", "z=5000..5010"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("`map_0`") && said.contains(&format!("0 to {last} along z")),
        "{said}"
    );
    let (code, said) = register(&["--region", "z=60-70"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("z=40..60"), "{said}");
    let (code, _) = register(&["--region", &right, "--start", "a.json"]);
    assert_eq!(code, Some(2));
}

#[test]
fn going_by_a_bse_image_needs_one() {
    let folder = tempfile::tempdir().unwrap();
    let project = write_sample(folder.path(), &small_phantom(2));
    append(&project, "\n[registration]\nchannels = \"bse\"\n");
    let text = fs::read_to_string(&project).unwrap();
    let register = || {
        let output = corelith(&["register", project.to_str().unwrap(), "--map", "map_0"]);
        (output.status.code(), stderr(&output))
    };
    let (code, said) = register();
    assert_eq!(code, Some(0), "{said}");
    let without = text.replace("bse = \"sem/map_0_bse.tif\"\n", "");
    assert_ne!(text, without);
    fs::write(&project, without).unwrap();
    let (code, said) = register();
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("`map_0` has no BSE image"), "{said}");
}
