//! What to do about text that is no TOML, where its letters tell what was meant.

/// A word on what stands at `offset` of a text, where a parser stopped.
pub(crate) fn hint(text: &str, offset: usize) -> Option<&'static str> {
    let start = text.get(..offset)?.rfind('\n').map_or(0, |i| i + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    let before = text[..offset].chars().next_back();
    let mut behind = text[offset..].chars();
    let (here, next) = (behind.next(), behind.next());
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    // Before a comment, in which anything may stand.
    let code = line.split('#').next().unwrap_or_default();
    if code.contains(['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}']) {
        return Some(
            "curved quotation marks, as word processors write them, are none here: write straight \
             ones, \"...\"",
        );
    }
    if is_digit(before) && here == Some(',') && is_digit(next) {
        return Some("numbers have a decimal point here: write 2.5, not 2,5");
    }
    code.contains(['\u{a0}', '\u{202f}', '\u{2007}'])
        .then_some("a no-break space stands in this line: write a blank instead")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde::Deserialize;

    use crate::toml_file::from_toml;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only what is wrong with it is read")]
    struct Any {
        name: String,
        size: f64,
    }

    #[test]
    fn what_was_meant_is_told_and_the_cure_is_toml() {
        for (text, says, cured) in [
            (
                "name = \u{201c}a\u{201d}\nsize = 1.0\n",
                "straight",
                "name = \"a\"\nsize = 1.0\n",
            ),
            (
                "name = \"a\"\nsize = 2,296\n",
                "decimal point",
                "name = \"a\"\nsize = 2.296\n",
            ),
            (
                "name = \"a\"\nsize\u{a0}= 2.5\n",
                "no-break space",
                "name = \"a\"\nsize = 2.5\n",
            ),
            (
                "name = \"C:\\users\\a\"\nsize = 1.0\n",
                "forward slashes",
                "name = \"C:/users/a\"\nsize = 1.0\n",
            ),
        ] {
            let error = from_toml::<Any>(text, Path::new("a.toml")).unwrap_err();
            let error = error.to_string();
            assert!(error.contains(says) && error.contains("a.toml:"), "{error}");
            from_toml::<Any>(cured, Path::new("a.toml")).unwrap();
        }
        let other = from_toml::<Any>("name = \"a\nsize = 1.0\n", Path::new("a.toml"));
        assert!(!other.unwrap_err().to_string().contains("write "));
    }
}
