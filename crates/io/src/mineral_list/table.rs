//! The rows and columns of a mineral list in a text file.

use super::colour_lists::colour_list;
use super::header::{ColourColumns, Columns};
use super::read::listed;

/// Lines in which the header is looked for.
const HEADER_LINES: usize = 60;

/// A row of the file: its line, counted from 1, and its cells without blanks around them.
pub(super) struct Row {
    pub line: u64,
    pub cells: Vec<String>,
}

impl Row {
    pub(super) fn cell(&self, at: usize) -> &str {
        self.cells.get(at).map_or("", String::as_str)
    }

    /// Whether it holds nothing, or a ruled line as under the header of a Markdown table.
    fn is_blank(&self) -> bool {
        let is_line = |cell: &String| cell.chars().all(|c| matches!(c, '-' | ':' | '='));
        self.cells.iter().all(is_line)
    }
}

/// The rows below the header.
pub(super) struct ListTable {
    pub header: Vec<String>,
    pub columns: Columns,
    pub rows: Vec<Row>,
    pub has_header: bool,
}

/// What a mineral list is.
pub(super) const EXPECTED: &str = "expected a table with the columns mineral, red, green, blue (0 to 255) and, \
                        where known, density_g_cm3, as CSV or another text with separators";

/// Why a text is no mineral list.
pub(super) enum NoList {
    /// No line looks like a header.
    NoHeader,
    /// A header without a column.
    NoColumn {
        missing: &'static str,
        header: Vec<String>,
    },
}

impl std::fmt::Display for NoList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoHeader => write!(
                f,
                "no mineral list: none of its first lines names the columns; {EXPECTED}. Add a \
                 header, or correct the path"
            ),
            Self::NoColumn { missing, header } => write!(
                f,
                "the mineral list has no column for {missing}; {EXPECTED}. Its columns are {}; name \
                 the one that is meant so, or add it",
                listed(header)
            ),
        }
    }
}

/// Blanks of every kind, the no-break space among them, become single spaces.
fn tidy(cell: &str) -> String {
    let words: Vec<&str> = cell
        .split(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'))
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

/// `sep=;`, which Excel writes and takes as the first line.
fn separator_line(text: &str) -> (Option<u8>, &str) {
    let end = text.find(['\r', '\n']).unwrap_or(text.len());
    let line = text[..end].trim_matches('"').to_lowercase();
    match line.strip_prefix("sep=").map(str::as_bytes) {
        Some(&[separator]) => (Some(separator), &text[end..]),
        _ => (None, text),
    }
}

fn rows(text: &str, delimiter: u8) -> Vec<Row> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
        .records()
        .map_while(Result::ok)
        .map(|record| Row {
            line: record.position().map_or(0, |position| {
                // The position is that of blank lines before the row.
                let before = text[position.byte() as usize..].bytes();
                let blank = before.take_while(|b| matches!(b, b'\r' | b'\n'));
                position.line() + blank.filter(|b| *b == b'\n').count() as u64
            }),
            cells: record.iter().map(tidy).collect(),
        })
        .collect()
}

/// A header of two rows, such as `Mineral, Colour, , , Density` above `, R, G, B, g/cm3`: the second
/// names the colours that the first one does not.
fn header_of_two(rows: &[Row], at: usize) -> Option<Vec<String>> {
    let (first, second) = (&rows[at].cells, &rows.get(at + 1)?.cells);
    let channels = |cells: &[String]| {
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let columns = Columns::of(&cells).ok()?;
        matches!(columns.colour, ColourColumns::Channels(_)).then_some(())
    };
    let is_number = |cell: &String| cell.replace(',', ".").parse::<f64>().is_ok();
    if channels(first).is_some() || second.iter().any(is_number) {
        return None;
    }
    let mut together = first.clone();
    together.resize(first.len().max(second.len()), String::new());
    for (cell, below) in together.iter_mut().zip(second) {
        // Units below a name say more of it.
        let unit = below.contains('/') && !cell.is_empty();
        match (unit, below.is_empty()) {
            (true, _) => *cell = format!("{cell} ({below})"),
            (false, false) => cell.clone_from(below),
            (false, true) => {}
        }
    }
    channels(&together)?;
    Some(together)
}

/// A row of cells apart by blanks, under a header whose cells are single words: the words that are
/// too many belong to the name.
fn blank_separated(text: &str) -> Option<ListTable> {
    let mut lines = (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty());
    for (_, line) in lines.by_ref().take(HEADER_LINES) {
        let header: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let cells: Vec<&str> = header.iter().map(String::as_str).collect();
        let Ok(columns) = Columns::of(&cells) else {
            continue;
        };
        let ColourColumns::Channels(channels) = columns.colour else {
            continue;
        };
        let name = columns.name;
        let rows: Vec<Row> = lines
            .map(|(line, text)| {
                let words: Vec<&str> = text.split_whitespace().collect();
                let more = words.len().saturating_sub(cells.len());
                let mut row: Vec<String> = Vec::new();
                let mut at = 0;
                for column in 0..cells.len() {
                    let count = if column == name { 1 + more } else { 1 };
                    let end = (at + count).min(words.len());
                    row.push(words[at.min(end)..end].join(" "));
                    at = end;
                }
                Row { line, cells: row }
            })
            .collect();
        // Words of a sentence may name columns, but no numbers stand below it.
        let is_list = rows.first().is_some_and(|row| {
            let mut colour = channels.iter().map(|at| row.cell(*at));
            colour.all(|cell| cell.parse::<f64>().is_ok())
        });
        return is_list.then_some(ListTable {
            header,
            columns,
            rows,
            has_header: true,
        });
    }
    None
}

/// Finds header and rows, whatever separates the cells and stands before the header.
pub(super) fn list_table(text: &str) -> Result<ListTable, NoList> {
    // Files of old Macs end their lines with a carriage return alone.
    let text = match text.contains('\n') {
        true => text.to_owned(),
        false => text.replace('\r', "\n"),
    };
    if let Some(table) = colour_list(&text) {
        return Ok(table);
    }
    let (separator, text) = separator_line(&text);
    let separators = match separator {
        Some(separator) => vec![separator],
        None => vec![b',', b';', b'\t', b'|'],
    };
    let mut near_miss = (1, NoList::NoHeader);
    let mut best: Option<(usize, ListTable)> = None;
    for &separator_byte in &separators {
        let mut rows = rows(text, separator_byte);
        rows.retain(|row| !row.is_blank());
        for at in 0..rows.len().min(HEADER_LINES) {
            if let Some(header) = header_of_two(&rows, at) {
                rows.remove(at + 1);
                rows[at].cells = header;
            }
            let cells: Vec<&str> = rows[at].cells.iter().map(String::as_str).collect();
            match Columns::of(&cells) {
                Ok(columns) => {
                    let width = cells.len();
                    if best.as_ref().is_none_or(|(most, _)| width > *most) {
                        let below = rows.split_off(at + 1);
                        let header = rows.swap_remove(at).cells;
                        best = Some((
                            width,
                            ListTable {
                                header,
                                columns,
                                rows: below,
                                has_header: true,
                            },
                        ));
                    }
                    break;
                }
                Err((known, missing)) if known > near_miss.0 => {
                    let header = rows[at].cells.clone();
                    near_miss = (known, NoList::NoColumn { missing, header });
                }
                Err(_) => {}
            }
        }
    }
    if let Some((_, table)) = best {
        return Ok(table);
    }
    if separator.is_none()
        && let Some(table) = blank_separated(text)
    {
        return Ok(table);
    }
    for &separator_byte in &separators {
        let mut rows = rows(text, separator_byte);
        rows.retain(|row| !row.is_blank() && !row.cell(0).starts_with("# "));
        let cells: Vec<Vec<String>> = rows.iter().map(|row| row.cells.clone()).collect();
        if let Some(columns) = Columns::of_rows(&cells) {
            return Ok(ListTable {
                header: Vec::new(),
                columns,
                rows,
                has_header: false,
            });
        }
    }
    Err(near_miss.1)
}
