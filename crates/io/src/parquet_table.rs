use std::path::Path;
use std::sync::Arc;

use corelith_core::{Table, Values};
use parquet::basic::{Compression, LogicalType, Repetition, Type as PhysicalType};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use crate::{AtomicFile, Error};

fn column_type(name: &str, values: &Values) -> Result<Type, ParquetError> {
    let (physical, logical, repetition) = match values {
        Values::F64(_) => (PhysicalType::DOUBLE, None, Repetition::OPTIONAL),
        Values::U64(_) => (
            PhysicalType::INT64,
            Some(LogicalType::integer(64, false)),
            Repetition::REQUIRED,
        ),
        Values::Bool(_) => (PhysicalType::BOOLEAN, None, Repetition::REQUIRED),
        Values::Text(_) => (
            PhysicalType::BYTE_ARRAY,
            Some(LogicalType::String),
            Repetition::REQUIRED,
        ),
    };
    Type::primitive_type_builder(name, physical)
        .with_logical_type(logical)
        .with_repetition(repetition)
        .build()
}

fn write_column(
    column: &mut SerializedColumnWriter<'_>,
    values: &Values,
) -> Result<usize, ParquetError> {
    match values {
        Values::F64(v) => {
            let present: Vec<f64> = v.iter().copied().filter(|x| !x.is_nan()).collect();
            let levels: Vec<i16> = v.iter().map(|x| i16::from(!x.is_nan())).collect();
            column
                .typed::<DoubleType>()
                .write_batch(&present, Some(&levels), None)
        }
        Values::U64(v) => {
            // The unsigned type is stored in the bits of the signed one.
            let bits: Vec<i64> = v.iter().map(|x| x.cast_signed()).collect();
            column.typed::<Int64Type>().write_batch(&bits, None, None)
        }
        Values::Bool(v) => column.typed::<BoolType>().write_batch(v, None, None),
        Values::Text(v) => {
            let bytes: Vec<ByteArray> = v.iter().map(|s| ByteArray::from(s.as_str())).collect();
            column
                .typed::<ByteArrayType>()
                .write_batch(&bytes, None, None)
        }
    }
}

/// Writes a table as Parquet, one row group, Snappy: DOUBLE (null for NaN), unsigned INT64,
/// BOOLEAN and UTF-8 columns.
///
/// # Errors
/// [`Error::Encode`] when Parquet cannot hold the table, [`Error::Write`].
pub fn write_parquet(path: &Path, table: &Table) -> Result<(), Error> {
    let file = AtomicFile::create(path)?;
    let written = (|| -> Result<(), ParquetError> {
        let fields = table
            .columns()
            .iter()
            .map(|c| column_type(&c.name, &c.values).map(Arc::new))
            .collect::<Result<Vec<_>, _>>()?;
        let schema = Type::group_type_builder("table")
            .with_fields(fields)
            .build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("corelith".to_owned())
            .build();
        let handle = file
            .handle()
            .map_err(|e| ParquetError::External(Box::new(e)))?;
        let mut writer = SerializedFileWriter::new(handle, Arc::new(schema), Arc::new(properties))?;
        let mut group = writer.next_row_group()?;
        for column in table.columns() {
            if let Some(mut open) = group.next_column()? {
                write_column(&mut open, &column.values)?;
                open.close()?;
            }
        }
        group.close()?;
        writer.close()?;
        Ok(())
    })();
    written.map_err(|error| match error {
        ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(reason) => Error::write(path)(*reason),
            Err(other) => Error::Encode {
                path: path.to_owned(),
                problem: other.to_string(),
            },
        },
        other => Error::Encode {
            path: path.to_owned(),
            problem: other.to_string(),
        },
    })?;
    file.commit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    #[test]
    fn columns_keep_their_types_and_nan_becomes_null() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("particles.parquet");
        let mut table = Table::new();
        table.push("id", Values::U64(vec![1, u64::MAX]));
        table.push("volume_um3", Values::F64(vec![0.1 + 0.2, f64::NAN]));
        table.push("touches_border", Values::Bool(vec![true, false]));
        table.push("name", Values::Text(vec!["\u{b5}".into(), "b".into()]));
        write_parquet(&path, &table).unwrap();

        let reader = SerializedFileReader::new(std::fs::File::open(&path).unwrap()).unwrap();
        let rows: Vec<Vec<Field>> = reader
            .get_row_iter(None)
            .unwrap()
            .map(|row| {
                row.unwrap()
                    .into_columns()
                    .into_iter()
                    .map(|c| c.1)
                    .collect()
            })
            .collect();
        assert_eq!(
            rows,
            [
                vec![
                    Field::ULong(1),
                    Field::Double(0.1 + 0.2),
                    Field::Bool(true),
                    Field::Str("\u{b5}".into())
                ],
                vec![
                    Field::ULong(u64::MAX),
                    Field::Null,
                    Field::Bool(false),
                    Field::Str("b".into())
                ],
            ]
        );
    }

    #[test]
    fn an_empty_table_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("particles.parquet");
        let mut table = Table::new();
        table.push("id", Values::U64(Vec::new()));
        write_parquet(&path, &table).unwrap();
        let reader = SerializedFileReader::new(std::fs::File::open(&path).unwrap()).unwrap();
        assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
    }
}
