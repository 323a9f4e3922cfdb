//! The success curve of registration, on one small phantom.

use std::process::Command;

#[test]
fn maps_of_a_phantom_are_placed_and_others_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("maps.csv");
    let arguments = [
        "evaluate",
        "registration",
        "--phantoms",
        "1",
        "--maps",
        "5",
        "--negatives",
        "2",
        "--width",
        "128",
        "--seed",
        "3",
        "--json",
        "-o",
        csv.to_str().unwrap(),
        "--device",
        "cpu",
    ];
    let output = Command::new(env!("CARGO_BIN_EXE_corelith"))
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");

    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let all = &result["groups"][0];
    assert_eq!(all["by"], "all");
    assert_eq!(all["maps"], 5);
    assert_eq!(all["succeeded"], 5, "{all}");
    assert_eq!(all["found"], all["succeeded"], "{all}");
    assert_eq!(result["found_elsewhere"], 0);
    assert_eq!(result["negatives"], 2);
    assert_eq!(result["negatives_found"], 0);

    let table = std::fs::read_to_string(&csv).unwrap();
    assert!(table.starts_with("phantom,sort,map_of,tilt_deg,"));
    assert_eq!(table.lines().count(), 1 + 5 + 2);
}
