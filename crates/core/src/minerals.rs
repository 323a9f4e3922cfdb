use serde::{Deserialize, Serialize};

/// One row of the mineral list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mineral {
    /// Name as in the mineral list.
    pub name: String,
    /// Colour in the mineral maps, sRGB.
    pub rgb: [u8; 3],
    /// Density in g/cm3, where known.
    pub density_g_cm3: Option<f64>,
}

/// A mineral list that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum MineralsError {
    /// The background is not among the names.
    #[error(
        "the background `{background}` is not in the mineral list ({names}); set `background` to \
         the row that is no particle: resin, epoxy or air"
    )]
    NoBackground {
        /// The wanted name.
        background: String,
        /// All names of the list.
        names: String,
    },
    /// Two rows share a name or a colour, so a map pixel would be ambiguous.
    #[error(
        "rows {first} (`{first_name}`) and {second} (`{second_name}`) of the mineral list share \
         {what}; give each row its own, or take one of the rows out"
    )]
    Duplicate {
        /// First row, counted from 1 without the header.
        first: usize,
        /// Name in the first row.
        first_name: String,
        /// Second row.
        second: usize,
        /// Name in the second row.
        second_name: String,
        /// What they share.
        what: String,
    },
    /// A row marked as unmeasured that cannot be.
    #[error(
        "the background `{name}` is marked as unmeasured; it is where resin or air was measured, \
         so take the mark away or set `background` to another row"
    )]
    BackgroundIgnored {
        /// Name of the background.
        name: String,
    },
    /// Class labels are bytes.
    #[error(
        "the mineral list has {found} rows: at most 255 can be told apart; take out rows that the \
         maps do not hold"
    )]
    TooMany {
        /// Rows found.
        found: usize,
    },
}

/// The mineral list: class `i` of every label volume and map is row `i`, counted from 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Minerals {
    rows: Vec<Mineral>,
    background: u8,
    /// Rows whose pixels count as unmeasured, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ignored: Vec<u8>,
}

impl MineralsError {
    /// What is wrong with two rows that share a name or a colour; `at` are their positions, from 0.
    pub fn double(at: [usize; 2], [first, second]: [&Mineral; 2]) -> Option<Self> {
        let what = if first.name == second.name {
            format!("the name `{}`", first.name)
        } else if first.rgb == second.rgb {
            let [r, g, b] = first.rgb;
            format!("the colour ({r}, {g}, {b})")
        } else {
            return None;
        };
        Some(Self::Duplicate {
            first: at[0] + 1,
            first_name: first.name.clone(),
            second: at[1] + 1,
            second_name: second.name.clone(),
            what,
        })
    }
}

impl Minerals {
    /// A mineral list whose row named `background` is resin, epoxy or air.
    ///
    /// # Errors
    /// When the background is missing, when rows share a name or a colour, or past 255 rows.
    pub fn new(rows: Vec<Mineral>, background: &str) -> Result<Self, MineralsError> {
        if rows.len() > 255 {
            return Err(MineralsError::TooMany { found: rows.len() });
        }
        for (i, a) in rows.iter().enumerate() {
            for (j, b) in rows.iter().enumerate().skip(i + 1) {
                if let Some(double) = MineralsError::double([i, j], [a, b]) {
                    return Err(double);
                }
            }
        }
        let Some(index) = rows.iter().position(|m| m.name == background) else {
            let names: Vec<&str> = rows.iter().map(|m| m.name.as_str()).collect();
            return Err(MineralsError::NoBackground {
                background: background.to_owned(),
                names: names.join(", "),
            });
        };
        Ok(Self {
            rows,
            background: index as u8,
            ignored: Vec::new(),
        })
    }

    /// The same list without densities: what placing, learning and segmenting see of it.
    #[must_use]
    pub fn without_densities(&self) -> Self {
        let mut list = self.clone();
        for mineral in &mut list.rows {
            mineral.density_g_cm3 = None;
        }
        list
    }

    /// The same list, in which pixels of the classes `ignored` count as unmeasured. The numbers of
    /// the other classes stay.
    ///
    /// # Errors
    /// When the background is among them.
    ///
    /// # Panics
    /// When a class is not a row of the list.
    pub fn with_ignored(
        mut self,
        ignored: impl IntoIterator<Item = u8>,
    ) -> Result<Self, MineralsError> {
        self.ignored = ignored.into_iter().collect();
        self.ignored.sort_unstable();
        self.ignored.dedup();
        if let Some(last) = self.ignored.last() {
            assert!(usize::from(*last) < self.rows.len(), "no row {last}");
        }
        if self.is_ignored(self.background) {
            return Err(MineralsError::BackgroundIgnored {
                name: self.name(self.background).to_owned(),
            });
        }
        Ok(self)
    }

    /// Whether pixels of the class count as unmeasured ([`UNMEASURED`](crate::UNMEASURED) in
    /// maps).
    pub fn is_ignored(&self, class: u8) -> bool {
        self.ignored.binary_search(&class).is_ok()
    }

    /// Classes whose pixels count as unmeasured, ascending.
    pub fn ignored(&self) -> &[u8] {
        &self.ignored
    }

    /// Rows in file order; the position is the class label.
    pub fn rows(&self) -> &[Mineral] {
        &self.rows
    }

    /// Number of classes, background included.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Never true: the background is always there.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Class label of the background.
    pub fn background(&self) -> u8 {
        self.background
    }

    /// Class labels of the solid minerals: every class but the background and those that count as
    /// unmeasured.
    pub fn solids(&self) -> impl Iterator<Item = u8> + '_ {
        (0..self.rows.len() as u8)
            .filter(|&class| class != self.background && !self.is_ignored(class))
    }

    /// Name of a class.
    ///
    /// # Panics
    /// When the class is not a row of the list.
    pub fn name(&self, class: u8) -> &str {
        &self.rows[usize::from(class)].name
    }

    /// Class of a colour, if it is in the list.
    pub fn class_of_rgb(&self, rgb: [u8; 3]) -> Option<u8> {
        self.rows.iter().position(|m| m.rgb == rgb).map(|i| i as u8)
    }

    /// Densities of all solid minerals, when every one of them is known.
    pub fn solid_densities(&self) -> Option<Vec<(u8, f64)>> {
        self.solids()
            .map(|class| Some((class, self.rows[usize::from(class)].density_g_cm3?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, grey: u8) -> Mineral {
        Mineral {
            name: name.to_owned(),
            rgb: [grey; 3],
            density_g_cm3: None,
        }
    }

    fn list() -> Minerals {
        let rows = vec![
            row("Resin", 0),
            row("A", 1),
            row("[Unclassified]", 2),
            row("B", 3),
        ];
        Minerals::new(rows, "Resin").unwrap()
    }

    #[test]
    fn an_ignored_class_is_no_solid_and_the_others_keep_their_numbers() {
        let list = list().with_ignored([2]).unwrap();
        assert_eq!(list.solids().collect::<Vec<_>>(), [1, 3]);
        assert!(list.is_ignored(2) && !list.is_ignored(3));
        assert_eq!(list.class_of_rgb([3; 3]), Some(3));
    }

    #[test]
    fn the_background_cannot_be_ignored() {
        let error = list().with_ignored([0]).unwrap_err().to_string();
        assert!(error.contains("`Resin`"), "{error}");
    }

    #[test]
    fn both_rows_of_one_colour_or_one_name_are_named() {
        let rows = vec![row("Resin", 0), row("A", 1), row("B", 1)];
        let error = Minerals::new(rows, "Resin").unwrap_err().to_string();
        assert!(error.contains("2 (`A`) and 3 (`B`)"), "{error}");
        assert!(error.contains("(1, 1, 1)"), "{error}");
        let rows = vec![row("Resin", 0), row("A", 1), row("A", 2)];
        let error = Minerals::new(rows, "Resin").unwrap_err().to_string();
        assert!(error.contains("the name `A`"), "{error}");
    }

    #[test]
    fn more_rows_than_labels_are_refused() {
        let rows = |n: usize| {
            (0..n)
                .map(|i| Mineral {
                    rgb: [i as u8, (i / 256) as u8, 0],
                    ..row(&i.to_string(), 0)
                })
                .collect::<Vec<_>>()
        };
        assert!(Minerals::new(rows(255), "0").is_ok());
        assert_eq!(
            Minerals::new(rows(256), "0").unwrap_err(),
            MineralsError::TooMany { found: 256 }
        );
    }
}
