//! Tables of the page: the same cells as HTML, sortable by every column, and as a CSV file.

use corelith_core::{Table, Values};
use corelith_stats::liberation::Estimate;
use maud::{Markup, html};

use crate::page::format;
use crate::picture::Rgb;

/// A table of the page. The first column heads the rows.
#[derive(Debug, Clone)]
pub struct PageTable {
    /// File name without its ending.
    pub(crate) stem: String,
    /// What it shows, for those who cannot see it.
    label: String,
    caption: Option<String>,
    columns: Vec<Column>,
    /// Last rows that are totals and stay last.
    totals: usize,
}

#[derive(Debug, Clone)]
struct Column {
    heading: String,
    /// Name in the CSV file, with its unit.
    name: String,
    cells: Cells,
    /// Whether the page shows it, too.
    is_shown: bool,
}

/// Values of one column and how they are written on the page.
#[derive(Debug, Clone)]
pub enum Cells {
    Text(Vec<String>),
    /// Names, each with its colour.
    Mineral(Vec<(String, Rgb)>),
    /// Hexadecimal digits and the like.
    Code(Vec<String>),
    Count(Vec<u64>),
    Bytes(Vec<u64>),
    Seconds(Vec<f64>),
    /// With so many decimals; NaN stands for nothing.
    Number(Vec<f64>, usize),
    /// With an interval.
    Share(Vec<Estimate>),
    /// With an interval and a sign.
    Difference(Vec<Estimate>),
}

impl Cells {
    fn len(&self) -> usize {
        match self {
            Self::Text(v) | Self::Code(v) => v.len(),
            Self::Mineral(v) => v.len(),
            Self::Count(v) | Self::Bytes(v) => v.len(),
            Self::Seconds(v) | Self::Number(v, _) => v.len(),
            Self::Share(v) | Self::Difference(v) => v.len(),
        }
    }

    fn is_number(&self) -> bool {
        !matches!(self, Self::Text(_) | Self::Code(_) | Self::Mineral(_))
    }

    /// Whether the cell is a sentence rather than a word.
    fn is_long(&self, row: usize) -> bool {
        const LONGEST_WORDS: usize = 30;
        matches!(self, Self::Text(v) if v[row].chars().count() > LONGEST_WORDS)
    }

    /// What the cell is sorted by, when that is not its text; empty where there is no value.
    fn sort_key(&self, row: usize) -> Option<String> {
        let value = match self {
            Self::Text(_) | Self::Code(_) | Self::Mineral(_) => return None,
            Self::Count(v) | Self::Bytes(v) => v[row] as f64,
            Self::Seconds(v) | Self::Number(v, _) => v[row],
            Self::Share(v) | Self::Difference(v) => v[row].value,
        };
        Some(format::sort_key(value))
    }

    fn shown(&self, row: usize) -> Markup {
        match self {
            Self::Text(v) => html! { (v[row]) },
            Self::Code(v) => html! { code { (v[row]) } },
            Self::Mineral(v) => html! { (format::swatch(v[row].1)) (v[row].0) },
            Self::Count(v) => html! { (format::count(v[row])) },
            Self::Bytes(v) => html! { (format::bytes(v[row])) },
            Self::Seconds(v) => html! { (format::duration(v[row])) },
            Self::Number(v, decimals) => html! { (format::fixed(v[row], *decimals)) },
            Self::Share(v) => html! { (format::with_interval(&v[row])) },
            Self::Difference(v) if v[row].value.is_finite() => html! {
                (format::signed(v[row].value, 1)) " (" (format::interval(&v[row], 1)) ")"
            },
            Self::Difference(v) => html! { (format::fixed(v[row].value, 1)) },
        }
    }

    fn append_to(&self, table: &mut Table, name: &str) {
        let mut push = |name: String, values| table.push(name, values);
        match self {
            Self::Text(v) | Self::Code(v) => push(name.to_owned(), Values::Text(v.clone())),
            Self::Mineral(v) => {
                let names = v.iter().map(|(name, _)| name.clone()).collect();
                push(name.to_owned(), Values::Text(names));
            }
            Self::Count(v) | Self::Bytes(v) => push(name.to_owned(), Values::U64(v.clone())),
            Self::Seconds(v) | Self::Number(v, _) => {
                push(name.to_owned(), Values::F64(v.clone()));
            }
            Self::Share(v) | Self::Difference(v) => {
                let (stem, unit) = name.rsplit_once('_').unwrap_or((name, "pct"));
                let mut end = |end: &str, of: fn(&Estimate) -> f64| {
                    let values = v.iter().map(of).collect();
                    push(format!("{stem}{end}_{unit}"), Values::F64(values));
                };
                end("", |e| e.value);
                end("_low", |e| e.low);
                end("_high", |e| e.high);
            }
        }
    }
}

impl PageTable {
    /// A table without columns.
    pub fn new(stem: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            stem: stem.into(),
            label: label.into(),
            caption: None,
            columns: Vec::new(),
            totals: 0,
        }
    }

    /// A line above the table, shown to all.
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }

    /// The last `rows` are totals.
    pub fn totals(mut self, rows: usize) -> Self {
        self.totals = rows;
        self
    }

    /// Appends a column; those of one table have one length.
    pub fn column(
        mut self,
        heading: impl Into<String>,
        name: impl Into<String>,
        cells: Cells,
    ) -> Self {
        debug_assert!(self.columns.iter().all(|c| c.cells.len() == cells.len()));
        self.columns.push(Column {
            heading: heading.into(),
            name: name.into(),
            cells,
            is_shown: true,
        });
        self
    }

    /// Appends a column of the CSV file alone.
    pub fn column_of_file(mut self, name: impl Into<String>, cells: Cells) -> Self {
        self = self.column("", name, cells);
        if let Some(column) = self.columns.last_mut() {
            column.is_shown = false;
        }
        self
    }

    fn shown(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.is_shown)
    }

    fn rows(&self) -> usize {
        self.columns.first().map_or(0, |c| c.cells.len())
    }

    /// The table of the CSV file.
    pub fn data(&self) -> Table {
        let mut table = Table::new();
        for column in &self.columns {
            column.cells.append_to(&mut table, &column.name);
        }
        table
    }

    /// The table of the page. Wide ones scroll on their own; the script makes the headings of
    /// `sortable` tables buttons.
    pub fn markup(&self, file: Markup) -> Markup {
        let rows = self.rows();
        let body = rows - self.totals.min(rows);
        html! {
            div.table {
                div.scroll tabindex="0" role="region" aria-label=(self.label) {
                    table.sortable[body > 1] {
                        @if let Some(caption) = &self.caption { caption { (caption) } }
                        thead {
                            tr {
                                @for column in self.shown() {
                                    th.n[column.cells.is_number()] scope="col" {
                                        (column.heading)
                                    }
                                }
                            }
                        }
                        tbody { @for row in 0..body { (self.row(row)) } }
                        @if body < rows {
                            tfoot { @for row in body..rows { (self.row(row)) } }
                        }
                    }
                }
                p.note { (file) }
            }
        }
    }

    fn row(&self, row: usize) -> Markup {
        html! {
            tr {
                @for (i, column) in self.shown().enumerate() {
                    @let shown = column.cells.shown(row);
                    @let key = column.cells.sort_key(row);
                    @if i == 0 {
                        th.n[column.cells.is_number()] scope="row" data-value=[key] { (shown) }
                    } @else {
                        td.n[column.cells.is_number()].long[column.cells.is_long(row)]
                            data-value=[key] { (shown) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> PageTable {
        let e = |value| Estimate {
            value,
            low: value - 1.0,
            high: value + 1.0,
        };
        PageTable::new("test", "a test")
            .column(
                "Name",
                "name",
                Cells::Text(vec!["a".into(), "b".into(), "all".into()]),
            )
            .column(
                "Bias",
                "bias_points",
                Cells::Difference(vec![e(2.0), e(-3.0), e(0.0)]),
            )
            .column("Dice", "dice", Cells::Number(vec![0.5, f64::NAN, 0.75], 2))
            .totals(1)
    }

    #[test]
    fn the_file_holds_the_ends_of_every_interval() {
        let data = table().data();
        let names: Vec<&str> = data.columns().iter().map(|c| c.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "name",
                "bias_points",
                "bias_low_points",
                "bias_high_points",
                "dice"
            ]
        );
        let low = data.column("bias_low_points").map(|c| &c.values);
        assert_eq!(low, Some(&Values::F64(vec![1.0, -4.0, -1.0])));
    }

    #[test]
    fn totals_stay_below_what_is_sorted() {
        let html = table().markup(html! {}).into_string();
        assert!(html.contains("<table class=\"sortable\">"));
        let foot = html.find("<tfoot>").unwrap();
        assert!(html.find(">all<").unwrap() > foot && html.find(">b<").unwrap() < foot);
        assert!(html.contains("data-value=\"-3\"") && html.contains("+2.0 (1.0 to 3.0)"));
    }
}
