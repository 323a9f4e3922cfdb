//! Which element an image or table is of, by its file name.

/// Symbols of the elements.
pub(super) const SYMBOLS: [&str; 94] = [
    "H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P", "S", "Cl",
    "Ar", "K", "Ca", "Sc", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As",
    "Se", "Br", "Kr", "Rb", "Sr", "Y", "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In",
    "Sn", "Sb", "Te", "I", "Xe", "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb",
    "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W", "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl",
    "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa", "U", "Np", "Pu",
];

/// English names, as some programs write them.
const NAMES: [(&str, &str); 34] = [
    ("aluminium", "Al"),
    ("aluminum", "Al"),
    ("barium", "Ba"),
    ("calcium", "Ca"),
    ("carbon", "C"),
    ("cerium", "Ce"),
    ("chlorine", "Cl"),
    ("chromium", "Cr"),
    ("cobalt", "Co"),
    ("copper", "Cu"),
    ("fluorine", "F"),
    ("gold", "Au"),
    ("iron", "Fe"),
    ("lanthanum", "La"),
    ("lead", "Pb"),
    ("lithium", "Li"),
    ("magnesium", "Mg"),
    ("manganese", "Mn"),
    ("molybdenum", "Mo"),
    ("nickel", "Ni"),
    ("niobium", "Nb"),
    ("oxygen", "O"),
    ("phosphorus", "P"),
    ("potassium", "K"),
    ("silicon", "Si"),
    ("silver", "Ag"),
    ("sodium", "Na"),
    ("strontium", "Sr"),
    ("sulfur", "S"),
    ("sulphur", "S"),
    ("tin", "Sn"),
    ("titanium", "Ti"),
    ("vanadium", "V"),
    ("zinc", "Zn"),
];

/// An element, and the X-ray line where the name says it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub(super) struct Element {
    pub symbol: &'static str,
    pub line: Option<String>,
}

impl std::fmt::Display for Element {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.line {
            Some(line) => write!(f, "{}_{line}", self.symbol),
            None => f.write_str(self.symbol),
        }
    }
}

/// A line in Latin letters: `K\u{3b1}1` is `ka1`.
fn plain_line(line: &str) -> String {
    let letters = line.to_lowercase();
    let letters = letters.replace('\u{3b1}', "a").replace('\u{3b2}', "b");
    letters.replace("alpha", "a").replace("beta", "b")
}

/// Whether a word is an X-ray line: K, L, M, Ka, Ka1, La, Lb1, K\u{3b1}1,2.
pub(super) fn is_line(word: &str) -> bool {
    let plain = plain_line(word);
    let mut chars = plain.chars();
    matches!(chars.next(), Some('k' | 'l' | 'm'))
        && word.starts_with(['K', 'L', 'M'])
        && match chars.next() {
            None => true,
            Some('a' | 'b' | 'g') => chars.all(|c| c.is_ascii_digit()),
            Some(_) => false,
        }
}

/// Whether one of two lines is the other, or a part of it: `K` and `Ka1`.
pub(super) fn same_line(a: &str, b: &str) -> bool {
    let (a, b) = (plain_line(a), plain_line(b));
    a.starts_with(&b) || b.starts_with(&a)
}

/// The words of a file name: letters with the digits behind them.
fn words(stem: &str) -> Vec<String> {
    stem.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn symbol(word: &str) -> Option<&'static str> {
    SYMBOLS.into_iter().find(|symbol| *symbol == word)
}

/// A word such as `Si`, `SiK` or `FeKa1`.
fn in_word(word: &str) -> Option<Element> {
    if let Some(symbol) = symbol(word) {
        return Some(Element { symbol, line: None });
    }
    SYMBOLS.iter().find_map(|symbol| {
        let line = word.strip_prefix(symbol)?;
        is_line(line).then(|| Element {
            symbol,
            line: Some(plain_line(line)),
        })
    })
}

/// The elements that the words of one name may mean, those with a line first.
fn candidates(words: &[String], shared: &[String]) -> Vec<Element> {
    let mut found: Vec<Element> = Vec::new();
    for (i, word) in words.iter().enumerate() {
        let line = words.get(i + 1).filter(|next| is_line(next));
        if shared.contains(word) {
            continue;
        }
        let Some(mut element) = in_word(word) else {
            continue;
        };
        // `Fe K` is iron, and not potassium.
        let is_line_of_other = i > 0 && is_line(word) && in_word(&words[i - 1]).is_some();
        if is_line_of_other {
            continue;
        }
        if element.line.is_none() {
            element.line = line.map(|line| plain_line(line));
        }
        found.push(element);
    }
    found.sort_by_key(|element| element.line.is_none());
    found
}

/// The element of each file name (without its ending); `None` where a name tells none, or several.
/// Words that all names share, such as that of the sample, say nothing.
pub(super) fn elements(stems: &[String]) -> Vec<Option<Element>> {
    let all: Vec<Vec<String>> = stems.iter().map(|stem| words(stem)).collect();
    let shared: Vec<String> = match all.len() {
        0 | 1 => Vec::new(),
        _ => all[0]
            .iter()
            .filter(|word| !is_line(word) && all.iter().all(|words| words.contains(word)))
            .cloned()
            .collect(),
    };
    let of = |words: &Vec<String>| {
        let found = candidates(words, &shared);
        match &*found {
            [] => by_other_writing(words, &shared),
            [one] => Some(one.clone()),
            [first, second, ..] if first.line.is_some() && second.line.is_none() => {
                Some(first.clone())
            }
            // `Si Si`: a name that says it twice.
            [first, rest @ ..] if rest.iter().all(|e| e == first) => Some(first.clone()),
            _ => None,
        }
    };
    all.iter().map(of).collect()
}

/// Symbols in other letters (`SI.TIF`, `fe.png`) and names (`Silicon.tif`), where nothing else is in
/// the file name.
fn by_other_writing(words: &[String], shared: &[String]) -> Option<Element> {
    let mut own = words.iter().filter(|word| !shared.contains(word));
    let (Some(word), None) = (own.next(), own.next()) else {
        return None;
    };
    let lower = word.to_lowercase();
    let name = NAMES.iter().find(|(name, _)| *name == lower);
    let symbol = name.map(|(_, symbol)| *symbol).or_else(|| {
        SYMBOLS
            .into_iter()
            .find(|symbol| symbol.to_lowercase() == lower)
    })?;
    Some(Element { symbol, line: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Vec<String> {
        let stems: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let found = elements(&stems).into_iter();
        found
            .map(|e| e.map_or_else(|| "-".to_owned(), |e| e.to_string()))
            .collect()
    }

    #[test]
    fn names_of_every_program_tell_their_element() {
        for (names, expected) in [
            (&["Si K", "Al K", "K K"][..], &["Si_k", "Al_k", "K_k"][..]),
            (&["Fe", "O", "Ca"], &["Fe", "O", "Ca"]),
            (&["sample_Al Ka1", "sample_Fe Ka1"], &["Al_ka1", "Fe_ka1"]),
            (&["In_7 SiK", "In_7 InL"], &["Si_k", "In_l"]),
            (
                &["Map 3 Mg K\u{3b1}1", "Map 3 Na K\u{3b1}1"],
                &["Mg_ka1", "Na_ka1"],
            ),
            (&["SI", "FE"], &["Si", "Fe"]),
            (&["Silicon", "Iron", "BSE"], &["Si", "Fe", "-"]),
            (&["As received Fe", "As received Si"], &["Fe", "Si"]),
            (&["P Kseries", "Ti", "SEI"], &["P", "Ti", "-"]),
        ] {
            assert_eq!(of(names), expected, "{names:?}");
        }
    }

    #[test]
    fn lines_are_told_from_elements() {
        for line in ["K", "Ka", "Ka1", "La", "Lb1", "M", "K\u{3b1}1"] {
            assert!(is_line(line), "{line}");
        }
        for word in ["Kr", "Mn", "k", "map", "Li", "Mapped"] {
            assert!(!is_line(word), "{word}");
        }
        assert!(same_line("K", "ka1") && !same_line("L", "ka1"));
    }
}
