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
    #[error("the background `{background}` is not in the mineral list ({names})")]
    NoBackground {
        /// The wanted name.
        background: String,
        /// All names of the list.
        names: String,
    },
    /// Two rows share a name or a colour, so a map pixel would be ambiguous.
    #[error("rows {first} and {second} of the mineral list share {what}")]
    Duplicate {
        /// First row, counted from 1 without the header.
        first: usize,
        /// Second row.
        second: usize,
        /// What they share.
        what: String,
    },
    /// Class labels are bytes.
    #[error("the mineral list has {found} rows: at most 255 can be told apart")]
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
                let what = if a.name == b.name {
                    format!("the name `{}`", a.name)
                } else if a.rgb == b.rgb {
                    format!("the colour {:?}", a.rgb)
                } else {
                    continue;
                };
                return Err(MineralsError::Duplicate {
                    first: i + 1,
                    second: j + 1,
                    what,
                });
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

    /// Class labels of the solid minerals: every class but the background.
    pub fn solids(&self) -> impl Iterator<Item = u8> + '_ {
        (0..self.rows.len() as u8).filter(|&class| class != self.background)
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
