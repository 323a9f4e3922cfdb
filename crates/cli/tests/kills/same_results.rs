//! Two folders of results held against each other, file by file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

/// What differs between two runs that came to the same, by the beginning of the path, and why.
const LEFT_OUT: [(&str, Part, &str); 6] = [
    (
        "stages/",
        Part::All,
        "wall times, and when files were written",
    ),
    ("summary.json", Part::JsonKey, "wall times"),
    ("registration/", Part::JsonKey, "the wall time of a map"),
    ("models/phases/curve.csv", Part::Column, "wall times"),
    ("tables/", Part::Column, "wall times"),
    (
        "report.html",
        Part::PageTimes,
        "wall times, the date, and the memory that the last process took",
    ),
];

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    /// `seconds` of a JSON file; of others nothing.
    JsonKey,
    /// Columns of seconds.
    Column,
    /// Texts that are a duration, a date or a size, and the number that a cell sorts by.
    PageTimes,
}

const TIMED_COLUMNS: [&str; 2] = ["seconds", "time_s"];

/// Names of the files that differ, or are on one side only.
pub fn differences(left: &Path, right: &Path) -> Vec<String> {
    let (left, right) = (contents(left), contents(right));
    let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let differ = |name: &&String| left.get(*name) != right.get(*name);
    names.into_iter().filter(differ).cloned().collect()
}

/// What every file below a folder holds, by its path, without what is left out.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    add_contents(folder, "", &mut found);
    found
}

fn add_contents(folder: &Path, below: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{below}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            add_contents(&entry.path(), &format!("{name}/"), found);
        } else {
            let bytes = fs::read(entry.path()).unwrap();
            found.insert(name.clone(), compared(&name, bytes));
        }
    }
}

fn compared(name: &str, bytes: Vec<u8>) -> Vec<u8> {
    let part = LEFT_OUT
        .iter()
        .find(|(beginning, ..)| name.starts_with(beginning))
        .map(|(_, part, _)| *part);
    let text = || String::from_utf8(bytes.clone()).unwrap();
    match part {
        Some(Part::All) => Vec::new(),
        Some(Part::JsonKey) if name.ends_with(".json") => {
            let mut value: Value = serde_json::from_slice(&bytes).unwrap();
            value.as_object_mut().unwrap().remove("seconds").unwrap();
            value.to_string().into_bytes()
        }
        Some(Part::Column) if name.ends_with(".csv") => without_timed_columns(&text()),
        Some(Part::PageTimes) => without_times(&text()),
        _ => bytes,
    }
}

fn without_timed_columns(table: &str) -> Vec<u8> {
    let header = table.lines().next().unwrap_or("");
    let is_timed: Vec<bool> = header
        .split(',')
        .map(|name| TIMED_COLUMNS.contains(&name))
        .collect();
    let is_kept = |(i, _): &(usize, &str)| !is_timed.get(*i).copied().unwrap_or(false);
    let rows = table.lines().map(|row| {
        let cells = row.split(',').enumerate().filter(is_kept);
        cells.map(|(_, cell)| cell).collect::<Vec<_>>().join(",")
    });
    rows.collect::<Vec<_>>().join("\n").into_bytes()
}

fn without_times(page: &str) -> Vec<u8> {
    let mut kept = String::new();
    for element in page.split('<') {
        match element.split_once('>') {
            // Its tag may hold the same as a number.
            Some((tag, text)) if is_time(text) => kept += tag.split(' ').next().unwrap_or(tag),
            _ => kept += element,
        }
        kept.push('<');
    }
    kept.into_bytes()
}

/// Whether a text is a duration or a size of memory, or ends with a date and time.
fn is_time(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_number = |word: &str| word.parse::<f64>().is_ok();
    let is_date = |word: &str| word.len() == 10 && word.matches('-').count() == 2;
    match words[..] {
        [n, "s" | "min" | "KiB" | "MiB" | "GiB"] => is_number(n),
        [m, "min", n, "s"] => is_number(m) && is_number(n),
        [.., date, _, "UTC" | "UTC."] => is_date(date),
        _ => false,
    }
}

#[test]
fn one_changed_value_or_file_is_seen_and_times_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let write = |side: &str, name: &str, text: &str| {
        let path = folder.path().join(side).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let page = |seconds: f64, share: f64| {
        format!(
            "<dd>2026-01-0{seconds} 10:00 UTC</dd><td data-value=\"{seconds}\">{seconds} s</td>\
             <td>{share} %</td>"
        )
    };
    let write_side = |side: &str, seconds: f64| {
        write(side, "stages/import.json", &seconds.to_string());
        write(side, "registration/map.tif", "abc");
        let json = format!("{{\"score\": 1.5, \"seconds\": {seconds}}}");
        write(side, "registration/map.json", &json);
        let table = format!("stage,time_s,n\nimport,{seconds},1\n");
        write(side, "tables/stages.csv", &table);
        write(side, "report.html", &page(seconds, 7.0));
    };
    write_side("a", 1.0);
    write_side("b", 2.0);
    let differ = || differences(&folder.path().join("a"), &folder.path().join("b"));
    assert_eq!(differ(), Vec::<String>::new());
    for (name, text) in [
        ("registration/map.tif", "abd"),
        (
            "registration/map.json",
            "{\"score\": 1.25, \"seconds\": 1.0}",
        ),
        ("tables/stages.csv", "stage,time_s,n\nimport,1,2\n"),
        ("report.html", &page(1.0, 8.0)),
        ("import/.corelith-abcdef.part", ""),
    ] {
        write_side("b", 2.0);
        write("b", name, text);
        assert_eq!(differ(), [name]);
    }
}
