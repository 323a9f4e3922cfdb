//! What the file names of frames say of their place.

use super::settings::{FrameOrder, MosaicSettings};

/// Words before the number of a row, and of a column.
const ROW: [&str; 6] = ["r", "row", "rows", "zeile", "reihe", "ligne"];
const COLUMN: [&str; 5] = ["c", "col", "column", "spalte", "colonne"];

/// What x and y are called in messages.
const LENGTHS: &str = "values of x and y";

/// A number in a file name with the word before it.
#[derive(Debug, Clone, PartialEq)]
struct Numbered {
    word: String,
    value: f64,
}

/// What the names of some frames hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Named {
    /// Numbers of columns and rows, or x and y.
    Grid(Grid),
    /// A running number each.
    Running(Vec<u64>),
}

/// The numbers of columns and rows in some file names.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grid {
    columns: Vec<f64>,
    rows: Vec<f64>,
    /// Whether words in the names say which is which.
    pub in_words: bool,
    /// Whether they count rows and columns, and are no lengths.
    are_counts: bool,
    what: &'static str,
    /// One of the names.
    example: String,
}

impl Grid {
    /// Column and row of each frame, counted from the first.
    ///
    /// # Errors
    /// In words, where the numbers do not lie on a grid.
    pub(super) fn cells(&self) -> Result<Vec<[usize; 2]>, String> {
        let cells = cells(&self.columns, &self.rows, self.are_counts);
        cells.ok_or_else(|| no_grid(self.what, &self.example))
    }
}

impl Named {
    /// What the names of two sets say, counted together; `None` where they say it in other ways.
    pub(super) fn with(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Grid(a), Self::Grid(b)) => Some(Self::Grid(Grid {
                columns: [&a.columns[..], &b.columns].concat(),
                rows: [&a.rows[..], &b.rows].concat(),
                ..a.clone()
            })),
            (Self::Running(a), Self::Running(b)) => Some(Self::Running([&a[..], b].concat())),
            _ => None,
        }
    }
}

fn no_grid(what: &str, example: &str) -> String {
    format!(
        "the {what} in the file names (such as `{example}`) do not lie on a grid of equal steps; \
         name a table of positions as `positions`, with the columns file, x_um, y_um"
    )
}

/// The numbers of a name. A minus before `x` and `y` values is a sign, elsewhere it separates.
fn numbers(stem: &str) -> Vec<Numbered> {
    let chars: Vec<char> = stem.to_lowercase().chars().collect();
    let mut found = Vec::new();
    let mut word = String::new();
    let mut separated = false;
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        if c.is_ascii_digit() {
            let negative = i > 0 && chars[i - 1] == '-' && matches!(&*word, "x" | "y");
            let start = i;
            while i < chars.len() && chars[i].is_ascii_digit() {
                i += 1;
            }
            // A point between digits is a decimal point.
            if i + 1 < chars.len() && chars[i] == '.' && chars[i + 1].is_ascii_digit() {
                i += 1;
                while i < chars.len() && chars[i].is_ascii_digit() {
                    i += 1;
                }
            }
            let text: String = chars[start..i].iter().collect();
            let value: f64 = text.parse().unwrap_or(f64::INFINITY);
            found.push(Numbered {
                word: std::mem::take(&mut word),
                value: if negative { -value } else { value },
            });
            separated = false;
            continue;
        }
        if c.is_alphabetic() {
            if separated {
                word.clear();
            }
            separated = false;
            word.push(c);
        } else {
            separated = true;
        }
        i += 1;
    }
    found
}

fn labelled(all: &[Vec<Numbered>], words: &[&str]) -> Option<Vec<f64>> {
    let of = |numbers: &Vec<Numbered>| {
        let mut with = numbers.iter().filter(|n| words.contains(&&*n.word));
        // The last: `series 3 r01 c02`.
        with.next_back().map(|n| n.value)
    };
    all.iter().map(of).collect()
}

/// Rows and columns that are missing side by side, at most; larger steps count pixels or the like.
const COUNTS_MISSING: f64 = 2.0;

/// Whole steps of equal values; `None` where the values do not lie on a grid. Counts have a step of
/// one, so that a row that is missing leaves a gap.
fn steps(values: &[f64], are_counts: bool) -> Option<Vec<usize>> {
    let mut distinct = values.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    let (first, last) = (*distinct.first()?, *distinct.last()?);
    if !first.is_finite() || !last.is_finite() {
        return None;
    }
    let step = distinct
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .fold(f64::INFINITY, f64::min);
    let is_whole = distinct.iter().all(|v| v.fract() == 0.0);
    let step = match are_counts && is_whole && step <= COUNTS_MISSING + 1.0 {
        true => 1.0,
        false => step,
    };
    let of = |value: f64| match step.is_finite() {
        true => (value - first) / step,
        false => 0.0,
    };
    let on_grid = distinct
        .iter()
        .all(|v| (of(*v) - of(*v).round()).abs() <= 0.1 && of(*v) < 4096.0);
    on_grid.then(|| values.iter().map(|v| of(*v).round() as usize).collect())
}

fn cells(columns: &[f64], rows: &[f64], are_counts: bool) -> Option<Vec<[usize; 2]>> {
    let (columns, rows) = (steps(columns, are_counts)?, steps(rows, are_counts)?);
    Some(columns.into_iter().zip(rows).map(|(c, r)| [c, r]).collect())
}

/// Whether all names hold a row and a column, or x and y, each in words, and tell several of both.
pub(crate) fn say_cells(stems: &[String]) -> bool {
    let all: Vec<Vec<Numbered>> = stems.iter().map(|stem| numbers(stem)).collect();
    let pair = |a: &[&str], b: &[&str]| match (labelled(&all, a), labelled(&all, b)) {
        (Some(columns), Some(rows)) => cells(&columns, &rows, true).is_some_and(|cells| {
            let mut distinct = cells.clone();
            distinct.sort_unstable();
            distinct.dedup();
            let several = |axis: usize| cells.iter().any(|c| c[axis] != cells[0][axis]);
            distinct.len() == cells.len() && several(0) && several(1)
        }),
        _ => false,
    };
    pair(&COLUMN, &ROW) || pair(&["x"], &["y"])
}

/// What the names (without their endings) say; in words what is missing.
pub(super) fn named(stems: &[String], settings: &MosaicSettings) -> Result<Named, String> {
    let all: Vec<Vec<Numbered>> = stems.iter().map(|stem| numbers(stem)).collect();
    let grid = |columns, rows, in_words, what: &'static str| {
        Named::Grid(Grid {
            columns,
            rows,
            in_words,
            are_counts: what != LENGTHS,
            what,
            example: stems[0].clone(),
        })
    };
    if let (Some(columns), Some(rows)) = (labelled(&all, &COLUMN), labelled(&all, &ROW)) {
        return Ok(grid(columns, rows, true, "rows and columns"));
    }
    if let (Some(x), Some(y)) = (labelled(&all, &["x"]), labelled(&all, &["y"])) {
        return Ok(grid(x, y, true, LENGTHS));
    }
    let count = all[0].len();
    if let Some(i) = all.iter().position(|numbers| numbers.len() != count) {
        return Err(format!(
            "the file names `{}` and `{}` do not hold the same numbers, so that it is not clear \
             where their frames lie; take away what is no frame, or choose by a pattern such as \
             \"frames/map_r*_c*.png\"",
            stems[0], stems[i]
        ));
    }
    let values = |at: usize| -> Vec<f64> { all.iter().map(|numbers| numbers[at].value).collect() };
    let varying: Vec<usize> = (0..count)
        .filter(|&at| values(at).iter().any(|v| *v != all[0][at].value))
        .collect();
    match *varying {
        [] if stems.len() == 1 => Ok(grid(vec![0.0], vec![0.0], true, "numbers")),
        [at] => {
            let whole = |v: f64| (v.fract() == 0.0 && v < 1e9).then_some(v as u64);
            let running: Option<Vec<u64>> = values(at).into_iter().map(whole).collect();
            running
                .map(Named::Running)
                .ok_or_else(|| no_grid("numbers", &stems[0]))
        }
        [first, second] => {
            let (first, second) = (values(first), values(second));
            let column_first = matches!(
                settings.order,
                FrameOrder::ColumnByColumn | FrameOrder::ColumnSnake
            );
            let (columns, rows) = match column_first {
                true => (first, second),
                false => (second, first),
            };
            Ok(grid(columns, rows, false, "two numbers"))
        }
        [] => Err(format!(
            "the file names of {} frames, such as `{}`, hold no number that tells them apart; name \
             them by row and column (`map_r1_c2.png`), or name a table of positions as `positions`",
            stems.len(),
            stems[0]
        )),
        _ => Err(format!(
            "the file names, such as `{}`, hold {} numbers that change, and none is called row or \
             column (x or y); name a table of positions as `positions`",
            stems[0],
            varying.len()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn of(names: &[&str]) -> Result<Named, String> {
        named(&stems(names), &MosaicSettings::default())
    }

    fn cells_of(named: Result<Named, String>) -> Result<Vec<[usize; 2]>, String> {
        match named? {
            Named::Grid(grid) => grid.cells(),
            Named::Running(numbers) => panic!("running numbers {numbers:?}"),
        }
    }

    #[test]
    fn rows_and_columns_are_understood_as_programs_write_them() {
        let wanted = vec![[0, 0], [1, 0], [0, 1], [1, 1]];
        for names in [
            ["a_r1_c1", "a_r1_c2", "a_r2_c1", "a_r2_c2"],
            [
                "S7 Row0 Col0",
                "S7 Row0 Col1",
                "S7 Row1 Col0",
                "S7 Row1 Col1",
            ],
            ["x0_y0", "x900_y0", "x0_y900", "x900_y900"],
            ["m X-1.5 Y2", "m X-0.5 Y2", "m X-1.5 Y3", "m X-0.5 Y3"],
            ["map_01_05", "map_01_06", "map_02_05", "map_02_06"],
            ["b1c1r1", "b1c2r1", "b1c1r2", "b1c2r2"],
        ] {
            assert_eq!(cells_of(of(&names)), Ok(wanted.clone()), "{names:?}");
        }
        // A row that is missing leaves a gap, and positions in pixels do not.
        let names = ["r1_c1", "r3_c1", "r1_c2"];
        assert_eq!(cells_of(of(&names)), Ok(vec![[0, 0], [0, 2], [1, 0]]));
        let names = ["r0_c0", "r900_c0", "r0_c900"];
        assert_eq!(cells_of(of(&names)), Ok(vec![[0, 0], [0, 1], [1, 0]]));
        let column_first = MosaicSettings {
            order: FrameOrder::ColumnByColumn,
            ..MosaicSettings::default()
        };
        let names = stems(&["t_1_1", "t_2_1", "t_1_2", "t_2_2"]);
        assert_eq!(cells_of(named(&names, &column_first)), Ok(wanted));
        assert_eq!(
            of(&["f 7", "f 8", "f 10"]),
            Ok(Named::Running(vec![7, 8, 10]))
        );
    }

    #[test]
    fn names_that_tell_no_place_are_refused() {
        for (names, word) in [
            (["a_r1_c1", "b"], "do not hold the same numbers"),
            (["left", "right"], "no number"),
            (["1_1_1", "2_2_2"], "3 numbers"),
        ] {
            let error = of(&names).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
        let error = cells_of(of(&["x0_y0", "x10_y0", "x13.7_y0"])).unwrap_err();
        assert!(error.contains("grid of equal steps"), "{error}");
        assert!(say_cells(&stems(&["a_r1_c1", "a_r1_c2", "a_r2_c1"])));
        assert!(!say_cells(&stems(&["map_1", "map_2"])));
        assert!(!say_cells(&stems(&["a_r1_c1", "b_r1_c1"])));
    }
}
