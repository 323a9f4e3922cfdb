use std::path::Path;

use corelith_core::{Table, Values};

use crate::regular_file::read_result_file;
use crate::text::shown;
use crate::{Error, write_bytes};

/// Plain decimals that give the same number when they are read: no exponent, `.0` where whole, so
/// that a column stays a column of real numbers; empty for NaN.
fn decimal(value: f64) -> String {
    if value.is_nan() {
        String::new()
    } else if value.fract() == 0.0 {
        format!("{value:.1}")
    } else {
        value.to_string()
    }
}

/// Writes a table as CSV: header, `.` as decimal point, no exponents, empty cells for NaN,
/// `true` and `false`.
///
/// # Errors
/// [`Error::Write`].
pub fn write_csv(path: &Path, table: &Table) -> Result<(), Error> {
    let encode = |e: csv::Error| Error::Encode {
        path: path.to_owned(),
        problem: e.to_string(),
    };
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    writer
        .write_record(table.columns().iter().map(|c| &c.name))
        .map_err(encode)?;
    for row in 0..table.rows() {
        writer
            .write_record(table.columns().iter().map(|column| match &column.values {
                Values::F64(v) => decimal(v[row]),
                Values::U64(v) => v[row].to_string(),
                Values::Bool(v) => v[row].to_string(),
                Values::Text(v) => v[row].clone(),
            }))
            .map_err(encode)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|e| Error::write(path)(e.into_error()))?;
    write_bytes(path, &bytes)
}

/// Reads a CSV table. A column is of counts, of yes and no, or of real numbers when all its cells
/// are (empty cells are NaN), else of text.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAFile`], [`Error::Csv`] when rows have different lengths or are no
/// UTF-8.
pub fn read_csv(path: &Path) -> Result<Table, Error> {
    let bytes = read_result_file(path)?;
    let csv_error = |e: csv::Error| Error::Csv {
        path: path.to_owned(),
        problem: format!(
            "{}; put it right there, or make the table again with the command that wrote it",
            in_words(&e)
        ),
    };
    let mut reader = csv::Reader::from_reader(&bytes[..]);
    let names = reader.headers().map_err(csv_error)?.clone();
    let mut cells = vec![Vec::new(); names.len()];
    for record in reader.into_records() {
        let record = record.map_err(csv_error)?;
        for (column, cell) in cells.iter_mut().zip(&record) {
            column.push(cell.to_owned());
        }
    }
    let mut table = Table::new();
    for (name, column) in names.iter().zip(cells) {
        table.push(name, values_of(column));
    }
    Ok(table)
}

/// What is wrong with a table, and in which line.
fn in_words(error: &csv::Error) -> String {
    let line = error.position().map_or(0, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("line {line} has {len} cells, expected {expected_len} as in the header"),
        csv::ErrorKind::Utf8 { .. } => {
            format!("line {line} holds bytes that are no UTF-8, expected a text table")
        }
        _ => format!("line {line}: {}", shown(&error.to_string())),
    }
}

fn values_of(cells: Vec<String>) -> Values {
    fn all<T: std::str::FromStr>(cells: &[String]) -> Option<Vec<T>> {
        cells.iter().map(|cell| cell.parse().ok()).collect()
    }
    if let Some(counts) = all(&cells) {
        return Values::U64(counts);
    }
    if let Some(answers) = all(&cells) {
        return Values::Bool(answers);
    }
    let numbers: Option<Vec<f64>> = cells
        .iter()
        .map(|cell| {
            if cell.is_empty() {
                Some(f64::NAN)
            } else {
                cell.parse().ok()
            }
        })
        .collect();
    match numbers {
        Some(numbers) => Values::F64(numbers),
        None => Values::Text(cells),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new();
        table.push("id", Values::U64(vec![1, 2, u64::MAX]));
        table.push("volume_um3", Values::F64(vec![1e21, 0.1 + 0.2, 1.25e-7]));
        table.push("whole", Values::F64(vec![3.0, 4.0, -5.0]));
        table.push("touches_border", Values::Bool(vec![true, false, true]));
        table.push(
            "name",
            Values::Text(vec!["a, b".into(), "c \"d\"".into(), String::new()]),
        );
        table
    }

    #[test]
    fn a_table_goes_round_exactly() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("particles.csv");
        write_csv(&path, &table()).unwrap();
        assert_eq!(read_csv(&path).unwrap(), table());
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("0.000000125"), "no exponents: {text}");
    }

    #[test]
    fn nan_is_an_empty_cell() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        let mut table = Table::new();
        table.push("id", Values::U64(vec![1, 2]));
        table.push("mass_pct", Values::F64(vec![f64::NAN, 2.5]));
        write_csv(&path, &table).unwrap();
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "id,mass_pct\n1,\n2,2.5\n"
        );
        let read = read_csv(&path).unwrap();
        let Values::F64(mass) = &read.column("mass_pct").unwrap().values else {
            panic!("real numbers expected");
        };
        assert!(mass[0].is_nan() && mass[1] == 2.5);
    }

    #[test]
    fn rows_of_different_length_are_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, "a,b\n1,2\n3\n").unwrap();
        let error = read_csv(&path).unwrap_err().to_string();
        assert!(error.contains("line 3 has 1 cells, expected 2"), "{error}");
        assert!(error.contains("make the table again"), "{error}");
    }
}
