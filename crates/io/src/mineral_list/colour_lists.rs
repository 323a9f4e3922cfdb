//! Colour lists of other programs that are no tables with a header.

use super::header::Columns;
use super::table::{ListTable, Row};

fn table(header: &[&str], rows: Vec<Row>) -> Option<ListTable> {
    Some(ListTable {
        header: header.iter().map(|name| (*name).to_owned()).collect(),
        columns: Columns::of(header).ok()?,
        rows,
        has_header: true,
    })
}

/// The list in a form that another program writes.
pub(super) fn colour_list(text: &str) -> Option<ListTable> {
    xmaptools(text)
        .or_else(|| gimp_palette(text))
        .or_else(|| qgis_colour_map(text))
}

/// The colour list of XMapTools (`XMap_MinColors.txt`): comments begin with `!`, a line `>` begins
/// the list, each line of which is a name and red, green and blue from 0 to 255, apart by blanks.
/// That is how its `ReadColorDataFile` reads it, but that a name may have blanks here.
fn xmaptools(text: &str) -> Option<ListTable> {
    let mut lines = (1..).zip(text.lines());
    let is_front = |line: &str| line.is_empty() || line.starts_with('!');
    let begins = lines
        .by_ref()
        .map(|(_, line)| line.trim())
        .find(|line| !is_front(line));
    if begins != Some(">") {
        return None;
    }
    let rows = lines
        .filter(|(_, line)| !is_front(line.trim()))
        .map(|(line, text)| {
            let words: Vec<&str> = text.split_whitespace().collect();
            let colour = words.len().saturating_sub(3).max(1);
            let mut cells = vec![words[..colour.min(words.len())].join(" ")];
            cells.extend(words.iter().skip(colour).map(|word| (*word).to_owned()));
            Row { line, cells }
        })
        .collect();
    table(&["name", "red", "green", "blue"], rows)
}

/// A palette of GIMP (`.gpl`), which Inkscape and Krita write, too: `GIMP Palette`, headings and
/// comments, then red, green, blue and a name a line.
fn gimp_palette(text: &str) -> Option<ListTable> {
    let mut lines = (1..).zip(text.lines());
    if lines.next()?.1.trim() != "GIMP Palette" {
        return None;
    }
    let is_row = |line: &str| line.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let rows = lines
        .filter(|(_, line)| is_row(line))
        .map(|(line, text)| {
            let words: Vec<&str> = text.split_whitespace().collect();
            let mut cells: Vec<String> = words
                .iter()
                .take(3)
                .map(|word| (*word).to_owned())
                .collect();
            cells.push(words.get(3..).unwrap_or_default().join(" "));
            Row { line, cells }
        })
        .collect();
    table(&["red", "green", "blue", "name"], rows)
}

/// A colour map of QGIS (export of a paletted raster): value, red, green, blue, alpha and label,
/// apart by commas.
fn qgis_colour_map(text: &str) -> Option<ListTable> {
    let mut lines = (1..).zip(text.lines());
    let is_front = |line: &str| line.starts_with('#') || line.starts_with("INTERPOLATION");
    if !text.trim_start().starts_with("# QGIS") {
        return None;
    }
    let rows = lines
        .by_ref()
        .filter(|(_, line)| !line.trim().is_empty() && !is_front(line.trim()))
        .map(|(line, text)| Row {
            line,
            cells: text
                .trim()
                .splitn(6, ',')
                .map(|cell| cell.trim().to_owned())
                .collect(),
        })
        .collect();
    table(&["number", "red", "green", "blue", "alpha", "label"], rows)
}
