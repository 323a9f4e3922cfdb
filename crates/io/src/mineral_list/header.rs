//! Which columns a mineral list has, whatever program or spreadsheet wrote it.

/// Names of the mineral; the first one that a list has is taken.
const NAMES: &[&str] = &[
    "mineral",
    "mineral name",
    "mineralname",
    "name",
    "phase",
    "phase name",
    "phasename",
    "species",
    "species name",
    "class",
    "class name",
    "classname",
    "label",
    "material",
    "minerals",
    "phases",
    "mineral phase",
    "mineralphase",
    "bezeichnung",
    "nom",
    "minerals phases",
    "mineral phase name",
    "primary mineral",
    "secondary mineral",
    "mineral list",
    "mineral entry",
    "entry",
    "nome",
    "nombre",
    "min\u{e9}ral",
    "mineral class",
    "phase label",
    "mineral type",
    "component",
    "components",
    "primary list",
    "fase",
    "fasi",
    "minerale",
    "minerali",
    "componente",
    "\u{43c}\u{438}\u{43d}\u{435}\u{440}\u{430}\u{43b}",
    "\u{77ff}\u{7269}",
    "type",
    "group",
];
const RED: &[&str] = &[
    "red",
    "r",
    "rot",
    "rouge",
    "red value",
    "r value",
    "color r",
    "colour r",
    "color red",
    "colour red",
    "rgb r",
    "rojo",
    "vermelho",
    "mineral red",
    "r 0 255",
    "red 0 255",
    "rosso",
];
const GREEN: &[&str] = &[
    "green",
    "g",
    "gr\u{fc}n",
    "gruen",
    "vert",
    "green value",
    "g value",
    "color g",
    "colour g",
    "color green",
    "colour green",
    "rgb g",
    "grun",
    "verde",
    "mineral green",
    "g 0 255",
    "green 0 255",
    // Vert, verde: beside R and B it is no other.
    "v",
];
const BLUE: &[&str] = &[
    "blue",
    "b",
    "blau",
    "bleu",
    "blue value",
    "b value",
    "color b",
    "colour b",
    "color blue",
    "colour blue",
    "rgb b",
    "blu",
    "azul",
    "mineral blue",
    "b 0 255",
    "blue 0 255",
];
const COLOUR: &[&str] = &[
    "colour",
    "color",
    "rgb",
    "hex",
    "farbe",
    "couleur",
    "html",
    "html color",
    "hex color",
    "hex colour",
    "rgb color",
    "rgb colour",
    "color code",
    "colour code",
    "cor",
    "colore",
    "mineral color",
    "mineral colour",
    "pixel color",
    "pixel colour",
    "display color",
    "display colour",
    "colorref",
    "tcolor",
    "colour ref",
    "color ref",
    "rgb integer",
    "argb",
    "rgb value",
];
const DENSITY: &[&str] = &[
    "density g cm3",
    "density",
    "sg",
    "s g",
    "s.g.",
    "specific gravity",
    "dichte",
    "densit\u{e9}",
    "densite",
    "rho",
    "mineral density",
    "density kg m3",
    "densidad",
    "densidade",
    "sg g cm3",
    "relative density",
    "densit\u{e0}",
    "densita",
    "peso specifico",
    "\u{43f}\u{43b}\u{43e}\u{442}\u{43d}\u{43e}\u{441}\u{442}\u{44c}",
    "\u{5bc6}\u{5ea6}",
];
const NUMBER: &[&str] = &[
    "number",
    "class number",
    "phase number",
    "nummer",
    "pixel value",
    "grey value",
    "gray value",
    "no",
    "no.",
    "nr",
    "nr.",
    "id",
    "index",
    "value",
    "code",
    "class id",
    "phase id",
    "mineral id",
];
const IGNORE: &[&str] = &["ignore", "ignored", "unmeasured", "exclude", "excluded"];

/// Where the colour of a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColourColumns {
    /// Red, green, blue.
    Channels([usize; 3]),
    /// `#E62828` or `230 40 40`.
    One(usize),
}

/// Where what stands in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    pub name: usize,
    pub colour: ColourColumns,
    pub density: Option<usize>,
    /// What a density is multiplied by to be in g/cm3, as a divisor.
    pub density_divisor: u32,
    pub number: Option<usize>,
    pub ignore: Option<usize>,
}

/// Lower case, one space between words, without what stands in brackets.
fn plain(cell: &str) -> String {
    let mut text = String::new();
    let mut depth = 0;
    for c in cell.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ if depth > 0 => {}
            '_' | '-' | '/' | ',' | ':' => text.push(' '),
            c => text.extend(c.to_lowercase()),
        }
    }
    let text = text.replace('\u{b3}', "3").replace('^', "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn find(header: &[String], known: &[&str]) -> Option<usize> {
    known
        .iter()
        .find_map(|name| header.iter().position(|h| h == name))
}

impl Columns {
    /// The columns of a header; on failure, the number of its cells that are known and what is
    /// missing.
    pub(super) fn of(cells: &[&str]) -> Result<Self, (usize, &'static str)> {
        let header: Vec<String> = cells.iter().map(|cell| plain(cell)).collect();
        let channels = [
            find(&header, RED),
            find(&header, GREEN),
            find(&header, BLUE),
        ];
        let one = find(&header, COLOUR);
        let name = find(&header, NAMES);
        let known = channels.iter().chain([&one, &name]).flatten().count();
        let colour = match (channels, one) {
            ([Some(r), Some(g), Some(b)], _) => ColourColumns::Channels([r, g, b]),
            (_, Some(at)) => ColourColumns::One(at),
            ([None, None, None], None) => return Err((known, "a colour")),
            ([None, ..], _) => return Err((known, "`red`")),
            ([_, None, _], _) => return Err((known, "`green`")),
            _ => return Err((known, "`blue`")),
        };
        let name = name.ok_or((known, "`mineral`"))?;
        let density = find(&header, DENSITY).or_else(|| {
            // `Density g/cc` and whatever else may follow.
            header.iter().position(|h| h.starts_with("density "))
        });
        let in_kg_m3 = density.is_some_and(|at| {
            let cell = cells[at].to_lowercase();
            cell.contains("kg") && cell.contains('m')
        });
        Ok(Self {
            name,
            colour,
            density,
            density_divisor: if in_kg_m3 { 1000 } else { 1 },
            number: find(&header, NUMBER),
            ignore: find(&header, IGNORE),
        })
    }

    /// The columns of a list without a header, told from what its rows hold: name and colour, or
    /// colour and name, and a density behind.
    pub(super) fn of_rows(rows: &[Vec<String>]) -> Option<Self> {
        let byte = |cell: &String| cell.parse::<u8>().is_ok();
        let real = |cell: &String| cell.replace(',', ".").parse::<f64>().is_ok();
        let name = |cell: &String| cell.chars().any(char::is_alphabetic);
        let hex = |cell: &String| cell.starts_with('#') && cell.len() == 7;
        let columns = |name, colour, density| Self {
            name,
            colour,
            density,
            density_divisor: 1,
            number: None,
            ignore: None,
        };
        let all = |test: &dyn Fn(&Vec<String>) -> bool| rows.len() >= 2 && rows.iter().all(test);
        let behind = |at: usize| {
            let given = all(&|r| r.get(at).is_none_or(|c| c.is_empty() || real(c)));
            (given && rows.iter().any(|r| r.get(at).is_some_and(real))).then_some(at)
        };
        if all(&|r| r.len() >= 4 && name(&r[0]) && r[1..4].iter().all(byte)) {
            Some(columns(0, ColourColumns::Channels([1, 2, 3]), behind(4)))
        } else if all(&|r| r.len() >= 4 && name(&r[3]) && r[..3].iter().all(byte)) {
            Some(columns(3, ColourColumns::Channels([0, 1, 2]), behind(4)))
        } else if all(&|r| r.len() >= 2 && name(&r[0]) && hex(&r[1])) {
            Some(columns(0, ColourColumns::One(1), behind(2)))
        } else if all(&|r| r.len() >= 2 && hex(&r[0]) && name(&r[1])) {
            Some(columns(1, ColourColumns::One(0), behind(2)))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_other_programs_are_understood() {
        let columns = Columns::of(&["Phase", "R", "G", "B", "SG"]).unwrap();
        assert_eq!(columns.name, 0);
        assert_eq!(columns.colour, ColourColumns::Channels([1, 2, 3]));
        assert_eq!(columns.density, Some(4));
        let columns =
            Columns::of(&["ID", "Mineral Name", "Color (hex)", "Density [kg/m\u{b3}]"]).unwrap();
        assert_eq!((columns.name, columns.number), (1, Some(0)));
        assert_eq!(columns.colour, ColourColumns::One(2));
        assert_eq!((columns.density, columns.density_divisor), (Some(3), 1000));
        let columns = Columns::of(&[
            "Density (g/cm\u{b3})",
            "Blau",
            "Gr\u{fc}n",
            "Rot",
            "Mineral",
        ])
        .unwrap();
        assert_eq!(columns.colour, ColourColumns::Channels([3, 2, 1]));
        assert_eq!((columns.density, columns.density_divisor), (Some(0), 1));
    }

    #[test]
    fn a_missing_column_is_named() {
        assert_eq!(
            Columns::of(&["mineral", "red", "green"]),
            Err((3, "`blue`"))
        );
        assert_eq!(Columns::of(&["mineral", "density"]), Err((1, "a colour")));
        assert_eq!(Columns::of(&["root:x:0"]), Err((0, "a colour")));
    }
}
