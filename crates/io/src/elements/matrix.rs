//! Tables of numbers: one value a pixel, as ESPRIT and others export an element as text.

use std::path::Path;

use crate::Error;
use crate::regular_file::read_regular_file;
use crate::text::{self, shown};

/// A table is at most so large.
const BYTES_MAX: u64 = 1 << 30;

/// Lines before the numbers.
const HEADER_LINES: usize = 40;

/// Values row by row.
pub(super) struct Matrix {
    pub values: Vec<f32>,
    pub cols: usize,
    pub rows: usize,
    pub notes: Vec<String>,
}

/// How the cells of a table are apart.
#[derive(Clone, Copy)]
enum Separator {
    Char(char),
    Blanks,
}

impl Separator {
    /// Of the first line that holds several numbers.
    fn of(line: &str) -> Self {
        [';', '\t', ',']
            .into_iter()
            .find(|c| line.contains(*c))
            .map_or(Self::Blanks, Self::Char)
    }

    /// The numbers of a line; `None` when some cell is none.
    fn numbers(self, line: &str) -> Option<Vec<f32>> {
        let decimal_comma = !matches!(self, Self::Char(','));
        let number = |cell: &str| -> Option<f32> {
            let cell = cell.trim();
            let value: f32 = match decimal_comma && cell.contains(',') {
                true => cell.replace(',', ".").parse().ok()?,
                false => cell.parse().ok()?,
            };
            Some(value)
        };
        match self {
            Self::Blanks => line.split_whitespace().map(number).collect(),
            Self::Char(c) => {
                let line = line.trim_matches([' ', '\r']);
                // Some end each line with a separator.
                let line = line.strip_suffix(c).unwrap_or(line);
                line.split(c).map(number).collect()
            }
        }
    }
}

/// Reads a table of numbers apart by semicolon, tab, comma or blanks; lines before the first row of
/// numbers are left out.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`], and [`Error::Image`] for what is no such table, with the
/// line.
pub(super) fn read_matrix(path: &Path) -> Result<Matrix, Error> {
    let wrong = |problem: String| Error::Image {
        path: path.to_owned(),
        problem,
    };
    let bytes = read_regular_file(path, BYTES_MAX, "an element map as text")?;
    let decoded = text::decode(&bytes)
        .ok_or_else(|| wrong("no text, expected a table of numbers, one a pixel".to_owned()))?;
    drop(bytes);
    let mut lines = (1..)
        .zip(decoded.text.lines())
        .filter(|(_, line)| !line.trim().is_empty())
        .peekable();
    let mut header = 0;
    let mut first = None;
    while let Some((_, line)) = lines.peek() {
        let separator = Separator::of(line.trim_end_matches([';', '\t', ',', ' ', '\r']));
        match separator.numbers(line) {
            Some(numbers) if numbers.len() > 1 => {
                first = Some((separator, numbers.len()));
                break;
            }
            _ if header < HEADER_LINES => {
                header += 1;
                lines.next();
            }
            _ => break,
        }
    }
    let Some((separator, cols)) = first else {
        return Err(wrong(
            "none of its first lines is a row of numbers; expected a table with one number a pixel, \
             apart by semicolons, tabs or blanks"
                .to_owned(),
        ));
    };
    let mut values = Vec::new();
    for (number, line) in lines {
        let row = separator.numbers(line).ok_or_else(|| {
            wrong(format!(
                "line {number} holds something else than numbers (`{}`)",
                shown(line)
            ))
        })?;
        if row.len() != cols {
            return Err(wrong(format!(
                "line {number} has {} numbers, expected {cols} as in the first row; the file is cut \
                 short or holds several tables: export one table for each element",
                row.len()
            )));
        }
        values.extend(row);
    }
    let rows = values.len() / cols;
    let notes = match header {
        0 => Vec::new(),
        n => vec![format!("{n} lines before the numbers are left out")],
    };
    Ok(Matrix {
        values,
        cols,
        rows,
        notes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Matrix, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Si.txt");
        std::fs::write(&path, text).unwrap();
        read_matrix(&path).map_err(|e| e.to_string())
    }

    #[test]
    fn tables_are_read_whatever_is_between_their_numbers() {
        for text in [
            "1;2;3\n4;5;6\n",
            "1\t2\t3\r\n4\t5\t6\r\n",
            "  1 2   3\n4 5 6",
            "1,2,3\n4,5,6\n",
            "1,0;2,0;3,0;\n4;5,0;6;\n",
            "Si K series\nWidth: 3\n\n1;2;3\n4;5;6\n",
        ] {
            let matrix = read(text).unwrap();
            assert_eq!((matrix.cols, matrix.rows), (3, 2), "{text}");
            assert_eq!(matrix.values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "{text}");
        }
    }

    #[test]
    fn broken_tables_say_the_line() {
        for (text, word) in [
            ("1;2;3\n4;5\n", "line 2 has 2 numbers, expected 3"),
            ("1;2;3\n4;x;6\n", "line 2 holds something else"),
            ("Si\nFe\n", "none of its first lines"),
            ("", "none of its first lines"),
        ] {
            let error = read(text).err().unwrap();
            assert!(error.contains(word), "{error}");
        }
    }
}
