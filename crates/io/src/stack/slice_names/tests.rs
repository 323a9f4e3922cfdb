use super::*;

fn ordered<S: AsRef<str>>(names: &[S]) -> Result<(Vec<String>, Vec<String>), String> {
    let names: Vec<String> = names.iter().map(|n| n.as_ref().to_owned()).collect();
    let order = order(&names, Path::new("ct")).map_err(|e| e.to_string())?;
    let sorted = order.places.iter().map(|&i| names[i].clone()).collect();
    Ok((sorted, order.notes))
}

/// Names of `numbers` in an order that is not theirs.
fn named(numbers: impl Iterator<Item = i32>, name: impl Fn(i32) -> String) -> Vec<String> {
    let mut names: Vec<String> = numbers.map(name).collect();
    names.sort();
    names
}

#[test]
fn one_counter_is_followed_and_its_steps_are_told() {
    let (sorted, notes) = ordered(&["s_10.tif", "s_8.tif", "s_9.tif"]).unwrap();
    assert_eq!(sorted, ["s_8.tif", "s_9.tif", "s_10.tif"]);
    assert_eq!(notes, Vec::<String>::new());
    let (_, notes) = ordered(&["s_0.tif", "s_2.tif", "s_4.tif"]).unwrap();
    assert!(notes[0].contains("in steps of 2 (0, 2 ... 4)"), "{notes:?}");
}

#[test]
fn a_missing_slice_is_named_whatever_else_counts() {
    let forms: [fn(i32) -> String; 6] = [
        |i| format!("rec_{i:04}.tif"),
        |i| format!("rec_{i}_z{:.3}um.tif", 2.296 * f64::from(i)),
        |i| format!("rec_{i:04}_20260321T10{:04}.tif", 59 * i / 13 + i),
        |i| format!("rec_{i:04}_of_0020_left_{:04}.tif", 20 - i),
        |i| format!("{:03}_left_rec_{i:04}.tiff", 20 - i),
        |i| format!("63-100um scan 3 ({i}).tif"),
    ];
    for form in forms {
        let error = ordered(&named((0..20).filter(|i| *i != 7), form)).unwrap_err();
        let (before, after) = (form(6), form(8));
        // Of two numbers that count alike the left one is followed, up or down.
        let up = format!("number 7 is missing between {before} and {after}");
        let down = format!("number 13 is missing between {after} and {before}");
        assert!(error.contains(&up) || error.contains(&down), "{error}");
        ordered(&named(0..20, form)).unwrap();
    }
    let error = ordered(&named((0..30).filter(|i| ![7, 8, 20].contains(i)), |i| {
        format!("s_{i}.tif")
    }));
    assert!(error.unwrap_err().contains("1 more gap"));
}

#[test]
fn positions_are_ordered_by_value() {
    let (sorted, notes) = ordered(&[
        "z0.5mm.tif",
        "z-0.5mm.tif",
        "z0mm.tif",
        "z1.0mm.tif",
        "z-1mm.tif",
    ])
    .unwrap();
    assert_eq!(
        sorted,
        [
            "z-1mm.tif",
            "z-0.5mm.tif",
            "z0mm.tif",
            "z0.5mm.tif",
            "z1.0mm.tif"
        ]
    );
    assert!(notes[0].contains("positions"), "{notes:?}");
    let (sorted, _) = ordered(&["z-25um.tif", "z-50um.tif", "z-75um.tif"]).unwrap();
    assert_eq!(sorted, ["z-75um.tif", "z-50um.tif", "z-25um.tif"]);
    let error = ordered(&named((0..20).filter(|i| *i != 7), |i| {
        format!("z{:.2}mm.tif", 0.25 * f64::from(i))
    }));
    assert!(error.unwrap_err().contains("number 1.75 is missing"));
}

#[test]
fn slices_that_were_numbered_anew_are_noticed_by_their_positions() {
    let error = ordered(&named(0..20, |i| {
        let lost = i32::from(i >= 7);
        format!("rec_{i:04}_z{:.3}um.tif", 2.296 * f64::from(i + lost))
    }));
    let error = error.unwrap_err();
    assert!(
        error.contains("number 16.072 is missing between rec_0006"),
        "{error}"
    );
}

#[test]
fn doubled_slices_strays_and_several_scans_are_named() {
    let mut names = named(0..20, |i| format!("s_{i:02}.tif"));
    names.push("s_3.tiff".to_owned());
    let error = ordered(&names).unwrap_err();
    assert!(
        error.contains("number 3 is there twice, as s_03.tif and as s_3.tiff"),
        "{error}"
    );
    *names.last_mut().unwrap() = "S_03.TIF".to_owned();
    let error = ordered(&names).unwrap_err();
    assert!(error.contains("s_03.tif and as S_03.TIF"), "{error}");

    *names.last_mut().unwrap() = "overview.tif".to_owned();
    let error = ordered(&names).unwrap_err();
    assert!(
        error.contains("overview.tif")
            && error.contains("of the folder by the pattern `s_[0-9]*.tif`"),
        "{error}"
    );
    *names.last_mut().unwrap() = "s_99.tif".to_owned();
    let error = ordered(&names).unwrap_err();
    assert!(
        error.contains("number 20 is missing between s_19.tif and s_99.tif"),
        "{error}"
    );

    for form in [
        |scan: i32, i: i32| format!("scan{}_{i:03}.tif", if scan == 0 { "A" } else { "B" }),
        |scan, i| format!("scan{scan}_{i:03}.tif"),
        |scan, i| format!("img_{i:03}_c{scan}.tif"),
        |scan, i| format!("scan{scan}/slice_{i}.tif"),
    ] {
        let names: Vec<String> = (0..2)
            .flat_map(|scan| (0..10).map(move |i| form(scan, i)))
            .collect();
        let error = ordered(&names).unwrap_err();
        assert!(
            error.contains("2 series") && error.contains("(10 files)"),
            "{error}"
        );
    }
}

#[test]
fn names_without_a_counter_are_refused() {
    let error = ordered(&["top.tif", "bottom.tif", "middle.tif"]).unwrap_err();
    assert!(error.contains("not numbered through"), "{error}");
    let error = ordered(&["t_1003.tif", "t_1011.tif", "t_1012.tif", "t_1054.tif"]).unwrap_err();
    assert!(error.contains("no number in the names counts"), "{error}");
}
