use std::fs;

use super::*;

fn list_of(bytes: &[u8], unmeasured: Option<&[String]>) -> Result<MineralList, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("minerals.csv");
    fs::write(&path, bytes).unwrap();
    read_mineral_list(&path, "Resin", unmeasured)
}

fn read(text: &str) -> Result<Minerals, Error> {
    list_of(text.as_bytes(), None).map(|list| list.minerals)
}

fn error_of(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn densities_that_no_solid_has_are_refused() {
    let list = |heading: &str, density: &str, resin: &str| {
        read(&format!(
            "mineral,red,green,blue,{heading}\nResin,0,0,0,{resin}\nGlass,1,2,3,{density}\n"
        ))
    };
    // kg/m3 without a word, and g/cm3 under a heading of kg/m3.
    for (heading, density) in [
        ("density", "2750"),
        ("density_kg_m3", "2.75"),
        ("density", "0.03"),
    ] {
        let error = list(heading, density, "").unwrap_err().to_string();
        assert!(
            error.contains("density_kg_m3"),
            "{heading} {density}: {error}"
        );
    }
    // Air is lighter, and may be what is no particle, or a row beside it.
    assert!(list("density", "2.75", "0.0012").is_ok());
    assert!(list("density", "0.0012", "1.2").is_ok());
    assert!(list("density_kg_m3", "2750", "1.2").is_ok());
}

#[test]
fn densities_may_be_blank_or_missing() {
    let list =
        read("mineral,red,green,blue,density_g_cm3\nResin,0,0,0,\nGlass,1,2,3,2.75\n").unwrap();
    assert_eq!(list.rows()[0].density_g_cm3, None);
    assert_eq!(list.rows()[1].density_g_cm3, Some(2.75));
    let list = read("mineral,red,green,blue\nGlass,1,2,3\nResin,0,0,0\n").unwrap();
    assert_eq!(list.background(), 1);
}

#[test]
fn a_list_from_a_spreadsheet_with_decimal_commas_is_read() {
    let list = read("\u{feff}mineral;red;green;blue;density_g_cm3\r\nResin;0;0;0;1,2\r\n").unwrap();
    assert_eq!(list.rows()[0].density_g_cm3, Some(1.2));
}

#[test]
fn a_colour_list_of_xmaptools_is_read() {
    // The form of its `XMap_MinColors.txt`.
    let text = "!- - - - -\n!  Mineral color definition  !\n! Format:\n! >\n! Min1\t\tR\tG\tB  \n!\n\n\
                >\nResin\t0\t0\t0\nAlbite\t244\t228\t150\nLow counts\t  9 8\t7 \n\n";
    let list = list_of(text.as_bytes(), None).unwrap();
    let rows = list.minerals.rows();
    assert_eq!(rows.len(), 3);
    assert_eq!(
        (rows[1].name.as_str(), rows[1].rgb),
        ("Albite", [244, 228, 150])
    );
    assert_eq!(list.minerals.ignored(), [2]);
    let error = error_of(&text.replace("228", "328"));
    assert!(
        error.contains("line 10") && error.contains("`328`"),
        "{error}"
    );
    let error = error_of(&text.replace("Albite\t244", "244"));
    assert!(error.contains("row 2"), "{error}");
}

#[test]
fn a_bad_cell_is_named_by_row_and_column() {
    let error = read("mineral,red,green,blue\nResin,0,0,0\nGlass,1,256,3\n")
        .unwrap_err()
        .to_string();
    assert!(error.contains("row 2, column `green`"), "{error}");
    assert!(error.contains("found `256`"), "{error}");
    let error = read("mineral,red,green,blue,density_g_cm3\nResin,0,0,0,heavy\n")
        .unwrap_err()
        .to_string();
    assert!(error.contains("row 1, column `density_g_cm3`"), "{error}");
}

#[test]
fn a_missing_column_or_background_is_named() {
    let error = read("mineral,red,green\nResin,0,0\n").unwrap_err();
    assert!(error.to_string().contains("`blue`"), "{error}");
    let error = read("mineral,red,green,blue\nGlass,0,0,0\n").unwrap_err();
    assert!(error.to_string().contains("`Resin`"), "{error}");
    let error = read("mineral,red,green,blue\nResin,0,0\n").unwrap_err();
    assert!(error.to_string().contains("row 1"), "{error}");
}

#[test]
fn a_list_goes_round() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("minerals.csv");
    let list =
        read("mineral,red,green,blue,density_g_cm3\nResin,0,0,0,\nA \"x\",1,2,3,2.5\n").unwrap();
    write_minerals(&path, &list).unwrap();
    assert_eq!(
        read_mineral_list(&path, "Resin", None).unwrap().minerals,
        list
    );
}

/// Resin, a glass of (240, 200, 60) and 2.75 g/cm3, and a spinel of (60, 190, 80) and 3.6 g/cm3.
fn assert_read(text: &str) {
    let list = read(text).unwrap_or_else(|e| panic!("{text:?}: {e}"));
    let rows: Vec<_> = list
        .rows()
        .iter()
        .map(|m| (m.name.as_str(), m.rgb))
        .collect();
    let expected = [
        ("Resin", [0, 0, 0]),
        ("Glass", [240, 200, 60]),
        ("Spinel", [60, 190, 80]),
    ];
    assert_eq!(rows, expected, "{text:?}");
    for (row, density) in list.rows().iter().zip([None, Some(2.75), Some(3.6)]) {
        assert!(
            row.density_g_cm3.is_none() || row.density_g_cm3 == density,
            "{text:?}"
        );
    }
}

#[test]
fn names_with_blanks_and_brackets_stay_whole() {
    let list = read(
        "Mineral R G B\nResin 0 0 0\nCalcite (1% to 4% MgO) 32 178 170\nPhase of F, Al, Si 149 71 212\n",
    )
    .unwrap();
    let names: Vec<&str> = list.rows().iter().map(|row| row.name.as_str()).collect();
    assert_eq!(
        names,
        ["Resin", "Calcite (1% to 4% MgO)", "Phase of F, Al, Si"]
    );
    // A sentence is no header.
    let error = read("Name red green blue as you see it\nnothing of the kind\n").unwrap_err();
    assert!(error.to_string().contains("names the columns"), "{error}");
    let error = read("mineral,colour\nResin,0\nGlass,3983600\n")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("3983600") && error.contains("`rgb_integer`"),
        "{error}"
    );
}

#[test]
fn lists_of_other_programs_are_read() {
    for text in [
        "mineral\tred\tgreen\tblue\tdensity_g_cm3\nResin\t0\t0\t0\t\nGlass\t240\t200\t60\t2,75\nSpinel\t60\t190\t80\t3,6\n",
        "sep=;\r\nmineral;red;green;blue\r\nResin;0;0;0\r\nGlass;240;200;60\r\nSpinel;60;190;80\r\n",
        "\u{feff}\"sep=|\"\nPhase|R|G|B|SG\nResin|0|0|0|\nGlass|240|200|60|2.75\nSpinel|60|190|80|3.6\n",
        "mineral,red,green,blue\n,,,\nResin,0,0,0\n\nGlass,240,200,60\nSpinel,60,190,80\n,,,\n,,,\n",
        "Mineral list, sample 7\nexported 21.03.2026\n\nMineral,Red,Green,Blue\nResin,0,0,0\nGlass,240,200,60\nSpinel,60,190,80\n",
        "# colours of the map\nmineral,red,green,blue\n# minerals\nResin,0,0,0\nGlass,240,200,60\nSpinel,60,190,80\n",
        "mineral,red,green,blue\rResin,0,0,0\rGlass,240,200,60\rSpinel,60,190,80\r",
        "mineral,colour\nResin,#000000\nGlass,#F0C83C\nSpinel,3cbe50\n",
        "Name;Farbe\nResin;0 0 0\nGlass;\"240;200;60\"\nSpinel;rgb(60,190,80)\n",
        "mineral,red,green,blue\nResin,0,0,0\nGlass,0.941,0.784,0.235\nSpinel,0.235,0.745,0.314\n",
        "mineral,red,green,blue\nResin,0.0,0.0,0.0\nGlass,240.0,200,60.0\nSpinel,60.0,190.0,80.0\n",
        "mineral;red;green;blue\nResin;0,0;0,0;0,0\nGlass;240,0;200,0;60,0\nSpinel;60;190;80\n",
        "density_g_cm3,alpha,blue,green,red,mineral\n,255,0,0,0,Resin\n2.75,255,60,200,240,Glass\n3.6,255,80,190,60,Spinel\n",
        "mineral,red,green,blue\nResin\u{a0},0,0,0\n Glass,240,200,60\nSpinel\u{a0},60\u{a0},190,80\n",
        "Mineral Name,Density (kg/m3),R (0-255),G (0-255),B (0-255)\nResin,0,0,0,0\nGlass,2750,240,200,60\nSpinel,3600,60,190,80\n",
        "Resin,0,0,0\nGlass,240,200,60\nSpinel,60,190,80\n",
        "0;0;0;Resin\n240;200;60;Glass\n60;190;80;Spinel\n",
        // GIMP, QGIS, columns padded with blanks.
        "GIMP Palette\nName: minerals\nColumns: 3\n#\n  0   0   0\tResin\n240 200  60\tGlass\n 60 190  80\tSpinel\n",
        "# QGIS Generated Color Map Export File\nINTERPOLATION:EXACT\n0,0,0,0,255,Resin\n1,240,200,60,255,Glass\n2,60,190,80,255,Spinel\n",
        "Mineral     R    G    B    SG\nResin       0    0    0    0\nGlass     240  200   60    2.75\nSpinel     60  190   80    3.6\n",
        // Colours as whole numbers: COLORREF, and signed ARGB of .NET.
        "Mineral,ColorRef,Density\nResin,0,\nGlass,3983600,2.75\nSpinel,5291580,3.6\n",
        "Mineral;Colour\nResin;-16777216\nGlass;-997316\nSpinel;-12796336\n",
        // A Markdown table, a sum below, units below the header.
        "| Mineral | R | G | B |\n|---|:-:|---|---|\n| Resin | 0 | 0 | 0 |\n| Glass | 240 | 200 | 60 |\n| Spinel | 60 | 190 | 80 |\n",
        "mineral,red,green,blue,area\nResin,0,0,0,1.5\nGlass,240,200,60,2\nSpinel,60,190,80,3\nTotal,,,,6.5\n",
        "mineral,red,green,blue,density\n,0-255,0-255,0-255,g/cm3\nResin,0,0,0,\nGlass,240,200,60,2.75\nSpinel,60,190,80,3.6\n",
        // A colour list of QEMSCAN users, in Portuguese.
        "Nome;Vermelho;Verde;Azul\nResin;0;0;0\nGlass;240;200;60\nSpinel;60;190;80\n",
    ] {
        assert_read(text);
    }
}

#[test]
fn names_keep_their_letters_in_every_encoding() {
    let text = "mineral;red;green;blue\nResin;0;0;0\nGlas, gr\u{fc}n;1;2;3\nPhase \u{e4};4;5;6\nPhase \u{f6};7;8;9\n";
    let latin: Vec<u8> = text.chars().map(|c| c as u32 as u8).collect();
    let list = list_of(&latin, None).unwrap();
    let names: Vec<&str> = list
        .minerals
        .rows()
        .iter()
        .map(|m| m.name.as_str())
        .collect();
    assert_eq!(
        names[1..],
        ["Glas, gr\u{fc}n", "Phase \u{e4}", "Phase \u{f6}"]
    );
    assert!(list.notes[0].contains("Windows-1252"), "{:?}", list.notes);
    let utf_16: Vec<u8> = format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(list_of(&utf_16, None).unwrap().minerals, list.minerals);
}

#[test]
fn both_rows_of_one_colour_or_one_name_are_named() {
    let error = error_of("mineral,red,green,blue\nResin,0,0,0\nA,1,2,3\nB,1,2,3\n");
    assert!(error.contains("2 (`A`) and 3 (`B`)"), "{error}");
    let error = error_of("mineral,red,green,blue\nResin,0,0,0\nA,1,2,3\nA,4,5,6\n");
    assert!(error.contains("rows 2 (`A`) and 3 (`A`)"), "{error}");
    let error = error_of("mineral,red,green,blue\nResin,0,0,0\nA b,1,2,3\nA-B,4,5,6\n");
    assert!(error.contains("`A b` and `A-B`"), "{error}");
    let error = error_of("mineral,red,green,blue\nResin,0,0,0\nPore,1,2,3\n");
    assert!(error.contains("`Pore`"), "{error}");
}

#[test]
fn errors_name_the_line_and_what_to_do() {
    let error = error_of("Title\n\nmineral,red,green,blue\nResin,0,0,0\n\nA,1,2.5,3\n");
    assert!(error.contains("row 2, column `green`"), "{error}");
    assert!(error.contains("line 6 of the file, mineral `A`"), "{error}");
    let error = error_of("mineral,red,green,blue,density\nResin,0,0,0,\nA,1,2,3,2650\n");
    assert!(error.contains("density_kg_m3"), "{error}");
    let error = error_of("mineral,red,green,blue\nResin,0,0,0\nA,1,0,1\n");
    assert!(error.contains("of 1 or of 255?"), "{error}");
    let error = error_of("mineral,colour\nResin,#000000\nA,crimson\n");
    assert!(error.contains("found `crimson`"), "{error}");
}

#[test]
fn a_file_that_is_no_list_is_refused_without_its_lines() {
    let error = error_of("root:x:0:0:root:/root:/bin/sh\nmail:x:8:8:secret:/var/mail:\n");
    assert!(error.contains("no mineral list"), "{error}");
    assert!(
        !error.contains("secret") && !error.contains("root:"),
        "{error}"
    );
    let error = list_of(b"PK\x03\x04\0\0secret", None)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("Office file") && !error.contains("secret"),
        "{error}"
    );
    let error = list_of(b"", None).unwrap_err().to_string();
    assert!(error.contains("an empty file"), "{error}");
}

#[test]
fn classes_are_ignored_by_column_setting_or_name() {
    let text = "mineral,red,green,blue\nResin,0,0,0\nA,1,2,3\n[Unclassified],128,128,128\n";
    let by_name = list_of(text.as_bytes(), None).unwrap();
    assert_eq!(by_name.minerals.ignored(), [2]);
    assert!(
        by_name.notes[0].contains("`[Unclassified]`"),
        "{:?}",
        by_name.notes
    );
    let none = list_of(text.as_bytes(), Some(&[])).unwrap();
    assert!(none.minerals.ignored().is_empty() && none.notes.is_empty());
    let named = list_of(text.as_bytes(), Some(&["A".to_owned()])).unwrap();
    assert_eq!(named.minerals.ignored(), [1]);
    let error = list_of(text.as_bytes(), Some(&["Unclassified".to_owned()])).unwrap_err();
    assert!(
        error.to_string().contains("did you mean `[Unclassified]`?"),
        "{error}"
    );
    let error = list_of(text.as_bytes(), Some(&["Resin".to_owned()])).unwrap_err();
    assert!(
        error.to_string().contains("the background `Resin`"),
        "{error}"
    );

    let text = "mineral,red,green,blue,ignore\nResin,0,0,0,\nA,1,2,3,yes\nUnknown,4,4,4,no\n";
    let by_column = list_of(text.as_bytes(), None).unwrap();
    assert_eq!(by_column.minerals.ignored(), [1]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("minerals.csv");
    write_minerals(&path, &by_column.minerals).unwrap();
    let again = read_mineral_list(&path, "Resin", None).unwrap();
    assert_eq!(again.minerals, by_column.minerals);
}

#[test]
fn class_numbers_are_read_and_repeated_ones_refused() {
    let list = list_of(
        b"number,mineral,red,green,blue\n7,Resin,0,0,0\n,A,1,2,3\n9,B,4,5,6\n",
        None,
    )
    .unwrap();
    assert_eq!(list.numbers, Some(vec![Some(7), None, Some(9)]));
    let error = error_of("number,mineral,red,green,blue\n7,Resin,0,0,0\n7,A,1,2,3\n");
    assert!(error.contains("row 1 (`Resin`)"), "{error}");
    // Other codes are no class numbers.
    let list = list_of(
        b"code,mineral,red,green,blue\nQz-1,Resin,0,0,0\nQz-2,A,1,2,3\n",
        None,
    )
    .unwrap();
    assert_eq!(list.numbers, None);
}

#[test]
fn every_fault_of_the_rows_is_told_at_once() {
    let text = "mineral,red,green,blue,density_g_cm3\nResin,0,0,0,\nGlass,999,2,3,2.75\n\
                Spinel,60,190,80,-3.6\nCalcite,1,2,3,2.7\nDolomite,1,2,3,2.8\nMetal,5,x,5,heavy\n";
    let errors = list_of(text.as_bytes(), None).unwrap_err().each();
    let words: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(words.len(), 5, "{words:#?}");
    for part in [
        "`999`",
        "`-3.6`",
        "`x`",
        "`heavy`",
        "rows 4 (`Calcite`) and 5",
    ] {
        assert!(
            words.iter().any(|text| text.contains(part)),
            "{part}: {words:#?}"
        );
    }
}

#[test]
fn a_list_without_rows_or_resin_says_what_to_add() {
    let error = error_of("mineral,red,green,blue\n");
    assert!(error.contains("a header and no rows"), "{error}");
    let error = error_of("mineral,red,green,blue\nGlass,1,2,3\n");
    assert!(error.contains("add one with its colour"), "{error}");
    let error = error_of("mineral,red,green,blue\nresin,1,2,3\n");
    assert!(error.contains("did you mean `resin`?"), "{error}");
}

#[test]
fn further_headings_and_spellings_are_understood() {
    for header in [
        "Mineral Type,R,G,B,Density",
        "Component,R,G,B,SG",
        "Primary List,R,G,B,SG",
        "Min\u{e9}ral,R,V,B,Densit\u{e9}",
        "Fase,Rosso,Verde,Blu,Densit\u{e0}",
        "\u{41c}\u{438}\u{43d}\u{435}\u{440}\u{430}\u{43b},R,G,B,\u{41f}\u{43b}\u{43e}\u{442}\u{43d}\u{43e}\u{441}\u{442}\u{44c}",
        "Mineral,Colour,,,Density\n,R,G,B,g/cm3",
        "Mineral,,,,Density\n,Red,Green,Blue,",
    ] {
        let text = format!("{header}\nResin,0,0,0,\nGlass,240,200,60,2.75\nSpinel,60,190,80,3.6\n");
        assert_read(&text);
        assert!(
            read(&text).unwrap().rows()[1].density_g_cm3.is_some(),
            "{header}"
        );
    }
    assert_read(
        "mineral,red,green,blue,density\nResin,0%,0%,0%,\nGlass,94.12%,78.43%,23.53%,2.75 g/cm3\n\
         Spinel,23.53%,74.51%,31.37%,3600 kg/m3\n",
    );
    let error = error_of("mineral,red,green,blue,density\nResin,0,0,0,1.2-1.4\n");
    assert!(error.contains("`1.2-1.4`"), "{error}");
}

#[test]
fn classes_that_are_not_measured_in_any_language_are_left_out_with_a_note() {
    let text = "mineral,red,green,blue\nResin,0,0,0\nnicht klassifiziert,1,2,3\nGlass,4,5,6\n";
    let list = list_of(text.as_bytes(), None).unwrap();
    assert_eq!(list.minerals.ignored(), [1]);
    assert!(
        list.notes[0].contains("`unmeasured = []`"),
        "{:?}",
        list.notes
    );
    let list = list_of(text.as_bytes(), Some(&[])).unwrap();
    assert_eq!(list.minerals.ignored(), [0u8; 0]);
}
