//! Names of classes that hold no mineral, in the languages and spellings of programs and people.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Words that say nothing beside one of the others: "unknown phase", "fase sconosciuta".
const BESIDE: [&str; 24] = [
    "phase", "phases", "mineral", "minerals", "pixel", "pixels", "class", "classes", "area",
    "areas", "spectrum", "spectra", "data", "element", "elements", "material", "fase", "fasi",
    "klasse", "clase", "classe", "spektrum", "minerale", "daten",
];

/// What "not" is, as a word or before one.
const NOT: [&str; 17] = [
    "not", "no", "non", "un", "in", "nicht", "kein", "keine", "sin", "sem", "sans", "nao", "niet",
    "on", "ikke", "inte", "nie",
];

/// How words begin that say what was not done: classified, measured, identified, assigned, defined,
/// determined, analysed, matched, acquired.
const DONE: [&str; 37] = [
    "classif",
    "klassif",
    "clasif",
    "klassier",
    "classe",
    "measured",
    "gemess",
    "mesure",
    "medid",
    "misurat",
    "gemeten",
    "identif",
    "assign",
    "asign",
    "zugeordnet",
    "zugewies",
    "zuordn",
    "attribu",
    "atribu",
    "toegewezen",
    "defin",
    "definier",
    "determin",
    "bestimm",
    "analys",
    "analiz",
    "analis",
    "matched",
    "erkannt",
    "acquired",
    "acquis",
    "scanned",
    "mapped",
    "indexed",
    "resolved",
    "solution",
    "geclassific",
];

/// Whole names, without blanks, accents and case, where no such rule makes them.
const NAMES: [&str; 53] = [
    "unknown",
    "unknowns",
    "unclass",
    "zerosolution",
    "zerosolutions",
    "noxray",
    "noxrays",
    "lowcounts",
    "lowcount",
    "nodata",
    "nosignal",
    "noresult",
    "nomatch",
    "invalid",
    "nan",
    "null",
    "none",
    "missing",
    "badpixel",
    "badpixels",
    "unbekannt",
    "unbekannte",
    "unbekannter",
    "unbekanntes",
    "ungultig",
    "keinsignal",
    "keinedaten",
    "keindaten",
    "ungemessen",
    "inconnu",
    "inconnue",
    "inconnus",
    "inconnues",
    "pasdedonnees",
    "aucunedonnee",
    "invalide",
    "desconocido",
    "desconocida",
    "sindatos",
    "desconhecido",
    "desconhecida",
    "semdados",
    "sconosciuto",
    "sconosciuta",
    "ignoto",
    "onbekend",
    "okand",
    "ukjent",
    "tuntematon",
    "nieznany",
    "неизвестно",
    "未知",
    "未分类",
];

/// Words in lower case and without accents.
fn words(name: &str) -> Vec<String> {
    let plain: String = name
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect();
    let words = plain.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.map(|word| word.replace('ß', "ss")).collect()
}

/// Whether one word says that something was not done: `not classified` without the blank too.
fn was_not_done(word: &str) -> bool {
    NOT.iter().any(|not| {
        let rest = word.strip_prefix(not);
        rest.is_some_and(|rest| DONE.iter().any(|done| rest.starts_with(done)))
    })
}

/// Whether a class of that name holds no mineral, whatever abbreviation stands in brackets behind it.
pub(super) fn is_unmeasured_name(name: &str) -> bool {
    let is_short = |bracketed: &str| !bracketed.chars().any(char::is_lowercase);
    match name.split_once('(') {
        Some((before, bracketed)) if !before.trim().is_empty() && is_short(bracketed) => {
            says_unmeasured(before)
        }
        _ => says_unmeasured(name),
    }
}

fn says_unmeasured(name: &str) -> bool {
    let words = words(name);
    let is_one = |words: &[&String]| {
        let joined: String = words.iter().map(|word| word.as_str()).collect();
        let negated = match words {
            [one] => was_not_done(one),
            [not, done] => {
                let said = NOT.contains(&not.as_str());
                said && DONE.iter().any(|known| done.starts_with(known))
            }
            _ => false,
        };
        negated || NAMES.contains(&joined.as_str())
    };
    let all: Vec<&String> = words.iter().collect();
    let named: Vec<&String> = words
        .iter()
        .filter(|word| !BESIDE.contains(&word.as_str()))
        .collect();
    is_one(&all) || (!named.is_empty() && is_one(&named))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_without_a_mineral_are_known_in_many_languages() {
        for name in [
            "[Unclassified]",
            "Not classified",
            "unclassified phase",
            "Unknown phase",
            "Undefined",
            "Unclass.",
            "Unclassified (BSE)",
            "Unmapped",
            "Zero solutions",
            "No solution",
            "Non-indexed",
            "Unresolved",
            "No_Match",
            "No XRAY",
            "Low_Counts",
            "No Data",
            "Not analysed",
            "UnAssigned",
            "NaN",
            "nicht klassifiziert",
            "Unklassifiziert",
            "nicht gemessen",
            "unbekannt",
            "Unbekannte Phase",
            "Nicht zugeordnet",
            "keine Zuordnung",
            "Undefiniert",
            "unbestimmt",
            "ung\u{fc}ltig",
            "Non class\u{e9}",
            "Non classe\u{301}e",
            "inconnu",
            "ind\u{e9}fini",
            "Phase inconnue",
            "Non mesur\u{e9}",
            "ind\u{e9}termin\u{e9}",
            "No clasificado",
            "Sin clasificar",
            "desconocido",
            "indefinido",
            "No medido",
            "N\u{e3}o classificado",
            "N\u{e3}o identificada",
            "desconhecido",
            "Non classificato",
            "fase sconosciuta",
            "niet geclassificeerd",
            "onbekend",
        ] {
            assert!(is_unmeasured_name(name), "{name}");
        }
    }

    #[test]
    fn minerals_and_sums_of_minerals_are_none_of_them() {
        for name in [
            "Quartz",
            "Others",
            "Other",
            "Rest",
            "Edge",
            "Void",
            "Background",
            "Unidentified silicate",
            "Unakite",
            "Indialite",
            "Nontronite",
            "Noselite",
            "Ondrusite",
            "Phase 1",
            "Mineral",
            "Element",
            "Unclassified sulphides",
            "Unclassified (sulphides)",
            "Inesite",
            "Sodium (Na)",
            "Inclusions",
            "No. 3",
            "In",
        ] {
            assert!(!is_unmeasured_name(name), "{name}");
        }
    }
}
