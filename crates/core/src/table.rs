/// The values of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Real numbers; NaN stands for an empty cell.
    F64(Vec<f64>),
    /// Counts and ids.
    U64(Vec<u64>),
    /// Yes or no.
    Bool(Vec<bool>),
    /// Names.
    Text(Vec<String>),
}

impl Values {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::F64(v) => v.len(),
            Self::U64(v) => v.len(),
            Self::Bool(v) => v.len(),
            Self::Text(v) => v.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A named column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name with its unit: `volume_um3`.
    pub name: String,
    /// One value a row.
    pub values: Values,
}

/// A result table: what becomes one CSV and one Parquet file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    columns: Vec<Column>,
}

impl Table {
    /// A table without columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a column.
    ///
    /// # Panics
    /// When its length differs from that of the columns before it: the program that builds the
    /// table is wrong then, not its input.
    pub fn push(&mut self, name: impl Into<String>, values: Values) {
        let name = name.into();
        if let Some(first) = self.columns.first() {
            assert_eq!(
                first.values.len(),
                values.len(),
                "column `{name}` has another length than `{}`",
                first.name
            );
        }
        self.columns.push(Column { name, values });
    }

    /// Columns in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Columns in order, taken out.
    pub fn into_columns(self) -> Vec<Column> {
        self.columns
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |c| c.values.len())
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }
}
