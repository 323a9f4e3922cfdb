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
fn a_first_slice_without_a_number_is_not_advised_away() {
    let mut names = named(1..20, |i| format!("slice_{i}.tif"));
    names.push("slice.tif".to_owned());
    let error = ordered(&names).unwrap_err();
    assert!(error.contains("if slice.tif is the first slice"), "{error}");
    names.pop();
    names.push("overview.tif".to_owned());
    assert!(!ordered(&names).unwrap_err().contains("first slice,"));
}

#[test]
fn exponents_are_as_exact_as_their_digits() {
    let form = |i: i32| format!("s_{:.3e}m.tif", 2.296e-6 * f64::from(i));
    let (sorted, _) = ordered(&named(0..20, form)).unwrap();
    assert_eq!(sorted, (0..20).map(form).collect::<Vec<_>>());
    let missing = ordered(&named((0..20).filter(|i| *i != 7), form)).unwrap_err();
    assert!(
        missing.contains(&form(6)) && missing.contains(&form(8)),
        "{missing}"
    );
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

/// The distance of slices by their names, in whatever order they come.
fn step_um(names: &[String]) -> Option<f64> {
    order(names, Path::new("ct")).unwrap().step_um
}

#[test]
fn lengths_in_names_say_the_distance_of_slices() {
    let near = |found: Option<f64>, um: f64| assert!((found.unwrap() / um - 1.0).abs() < 1e-4);
    let numbered = named(0..20, |i| {
        format!("rec_{i:04}_z{:.3}um.tif", 4.592 * f64::from(i))
    });
    near(step_um(&numbered), 4.592);
    near(
        step_um(&named(0..20, |i| format!("z{}um.tif", 5 * i - 50))),
        5.0,
    );
    near(
        step_um(&named(0..20, |i| {
            format!("z{:.2}mm.tif", 0.25 * f64::from(i))
        })),
        250.0,
    );
    near(
        step_um(&named(0..20, |i| {
            format!("z{:.1e}m.tif", 1e-5 * f64::from(i))
        })),
        10.0,
    );
    // Rounded too much, the same length everywhere, and no length.
    for form in [
        |i: i32| format!("z{:.0}um.tif", 2.296 * f64::from(i)),
        |i: i32| format!("s{i:02}_0.5mm.tif"),
        |i: i32| format!("z{:.2}.tif", 10.5 * f64::from(i)),
    ] {
        assert_eq!(step_um(&named(0..20, form)), None);
    }
}

#[test]
fn a_gap_of_positions_as_fine_as_their_last_digit_is_found() {
    let error = ordered(&named((0..20).filter(|i| *i != 7), |i| {
        format!("z{:.1}mm.tif", 0.1 * f64::from(i))
    }));
    assert!(error.unwrap_err().contains("number 0.7 is missing"));
}

#[test]
fn decimals_and_exponents_are_read_as_one_number() {
    let decimals = |i: i32| format!("z{:.2}.tif", 10.5 * f64::from(i));
    let (sorted, _) = ordered(&named(0..20, decimals)).unwrap();
    assert_eq!(sorted, (0..20).map(decimals).collect::<Vec<_>>());
    let error = ordered(&named((0..20).filter(|i| *i != 7), decimals)).unwrap_err();
    assert!(error.contains("number 73.5 is missing"), "{error}");
    for first in 0..2 {
        let exponents = |i: i32| format!("z{:.1}e-{:02}m.tif", f64::from(i % 10), 5);
        let names = named(first..10, exponents);
        let (sorted, _) = ordered(&names).unwrap();
        assert_eq!(sorted[0], exponents(first));
        let exponents = |i: i32| {
            let text = format!("{:.1e}", 1e-5 * f64::from(i));
            let (mantissa, exponent) = text.split_once('e').unwrap();
            let exponent: i32 = exponent.parse().unwrap();
            format!("z{mantissa}e{exponent:+03}m.tif")
        };
        let (sorted, _) = ordered(&named(first..20, exponents)).unwrap();
        assert_eq!(sorted, (first..20).map(exponents).collect::<Vec<_>>());
    }
}

#[test]
fn numbers_of_any_length_are_exact() {
    for form in [
        |i: i32| format!("img_2026032112000{i:04}.tif"),
        |i| format!("img_{}.tif", 1_711_022_400_000_000_000_i64 + i64::from(i)),
        |i| format!("s{}.tif", 100_000_000_000_000_000_000_i128 + i128::from(i)),
    ] {
        let (sorted, _) = ordered(&named(0..20, form)).unwrap();
        assert_eq!(sorted, (0..20).map(form).collect::<Vec<_>>());
        let error = ordered(&named((0..20).filter(|i| *i != 7), form)).unwrap_err();
        let missing = form(7);
        let digits: String = missing.chars().filter(char::is_ascii_digit).collect();
        assert!(
            error.contains(&format!("number {digits} is missing")),
            "{error}"
        );
    }
}

#[test]
fn hexadecimal_counters_are_followed() {
    let form = |i: i32| format!("s{i:02x}.tif");
    let (sorted, notes) = ordered(&named(0..20, form)).unwrap();
    assert_eq!(sorted, (0..20).map(form).collect::<Vec<_>>());
    assert!(notes[0].contains("hexadecimal"), "{notes:?}");
    let error = ordered(&named((0..20).filter(|i| *i != 11), form)).unwrap_err();
    assert!(
        error.contains("number b is missing between s0a.tif"),
        "{error}"
    );
}

#[test]
fn a_total_in_names_says_what_is_missing() {
    let told = |range: std::ops::RangeInclusive<i32>, form: fn(i32) -> String| {
        let (_, notes) = ordered(&named(range, form)).unwrap();
        notes.concat()
    };
    let of_20: [fn(i32) -> String; 5] = [
        |i| format!("s{i:02}_of_20.tif"),
        |i| format!("Bild {i} von 20.tif"),
        |i| format!("coupe_{i:02}_de_20.tif"),
        |i| format!("rec{i:02}-20.tif"),
        |i| format!("rec ({i:02} of 20)_a.tif"),
    ];
    for form in of_20 {
        assert_eq!(told(1..=20, form), "");
        assert_eq!(told(0..=19, form), "");
        let notes = told(3..=20, form);
        assert!(notes.contains("numbers 1 to 2 of them"), "{notes}");
        let notes = told(1..=17, form);
        assert!(
            notes.contains("20 slices") && notes.contains("numbers 18 to 20"),
            "{notes}"
        );
        let notes = told(2..=19, form);
        assert!(notes.contains("number 1 and number 20 of them"), "{notes}");
    }
    assert!(told(1..=20, |i| format!("s{i:04}_of_0025.tif")).contains("21 to 25"));
    for none in [
        |i: i32| format!("slag{i:03}-63.tif"),
        |i: i32| format!("{i:04}_of_sample_20.tif"),
        |i: i32| format!("{i:02}-63-80.tif"),
        |i: i32| format!("{i:02}_63.tif"),
    ] {
        assert_eq!(told(1..=20, none), "");
    }
    // Every second slice was kept.
    let notes = ordered(&named((1..=19).filter(|i| i % 2 == 1), of_20[0]))
        .unwrap()
        .1;
    assert!(!notes.concat().contains("restore them"), "{notes:?}");
}
