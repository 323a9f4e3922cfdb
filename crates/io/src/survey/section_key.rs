//! Which images show one section, by their names.

use crate::stack::stem;

/// Words that say what an image is, and not of which section.
const KINDS: [&str; 32] = [
    "backscatter",
    "backscattered",
    "bsd",
    "bse",
    "class",
    "classes",
    "classified",
    "color",
    "colour",
    "edax",
    "eds",
    "edx",
    "electron",
    "gray",
    "grey",
    "gxmap",
    "image",
    "images",
    "img",
    "map",
    "maps",
    "min",
    "mineral",
    "mineralogy",
    "minerals",
    "mla",
    "phase",
    "phases",
    "qemscan",
    "sem",
    "sei",
    "tima",
];

/// What is left of a path when the words that say what an image is are taken out:
/// `sem/map_0.png` and `sem/map_0_bse.tif` are both `0`.
///
/// Letters and digits are words of their own; numbers lose leading zeros.
pub(super) fn section_key(path: &str) -> String {
    let without_ending = match path.rsplit_once('.') {
        Some((before, ending)) if !ending.contains('/') => before,
        _ => stem(path),
    };
    let lower = without_ending.to_lowercase();
    let mut words: Vec<String> = Vec::new();
    let mut last = None;
    for c in lower.chars() {
        let kind = c.is_alphanumeric().then(|| c.is_ascii_digit());
        match (kind, last) {
            (None, _) => {}
            (Some(kind), Some(before)) if before == kind => {
                if let Some(word) = words.last_mut() {
                    word.push(c);
                }
            }
            _ => words.push(c.to_string()),
        }
        last = kind;
    }
    let kept = words.iter().filter(|word| !KINDS.contains(&word.as_str()));
    let short = kept.map(|word| match word.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    });
    short.collect::<Vec<_>>().join("-")
}

/// A size fraction with its unit, such as `63-100` in `tiff_stitch_63-100\u{b5}m`.
pub(super) fn fraction_with_unit(path: &str) -> Option<String> {
    let units = ["um", "\u{b5}m", "\u{3bc}m", "micron"];
    let lower = path.to_lowercase();
    let mut found = None;
    for (at, _) in lower.match_indices('-') {
        let (before, after) = (&lower[..at], &lower[at + 1..]);
        let from = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let to = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let unit = after[to..].trim_start_matches([' ', '_']);
        let is_size = from > 0 && to > 0 && units.iter().any(|u| unit.starts_with(u));
        if is_size && !before[..before.len() - from].ends_with(['-', '.']) {
            found = Some(format!(
                "{}-{}",
                &before[before.len() - from..],
                &after[..to]
            ));
        }
    }
    found
}

/// Whether a path names that size fraction, with or without a unit.
pub(super) fn names_fraction(path: &str, fraction: &str) -> bool {
    path.match_indices(fraction).any(|(at, _)| {
        let number = |c: char| c.is_ascii_digit() || c == '-';
        !path[..at].ends_with(number) && !path[at + fraction.len()..].starts_with(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_one_section_have_one_key() {
        for (map, bse, key) in [
            ("sem/map_0.png", "sem/map_0_bse.tif", "0"),
            (
                "MLA/Images/Li-01_GXMAP.png",
                "MLA/Images/Li-01_BSE.TIF",
                "li-1",
            ),
            ("maps/S3.bmp", "bse/S3.tif", "s-3"),
            ("section 2/map.png", "section 2/bse.tif", "section-2"),
        ] {
            assert_eq!(section_key(map), key);
            assert_eq!(section_key(bse), key);
        }
        assert_ne!(section_key("sem/map_1.png"), section_key("sem/map_10.png"));
        assert_eq!(section_key("map.png"), "");
    }

    #[test]
    fn size_fractions_are_told_from_dates() {
        assert_eq!(
            fraction_with_unit("SlagCharacterization/tiff_stitch_63-100\u{b5}m").as_deref(),
            Some("63-100")
        );
        assert_eq!(
            fraction_with_unit("a/100-250 um/x").as_deref(),
            Some("100-250")
        );
        assert_eq!(fraction_with_unit("2022-10-04/ct"), None);
        assert_eq!(fraction_with_unit("scan_2022-10-04um"), None);
        assert!(names_fraction("MLA/Li_63-100_map.png", "63-100"));
        assert!(!names_fraction("MLA/Li_163-100_map.png", "63-100"));
        assert!(!names_fraction("MLA/63-100-2_map.png", "63-100"));
    }
}
