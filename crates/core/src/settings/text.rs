use super::{SettingRange, Words};

/// What is said of a setting where it is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingText {
    /// Name within its section, such as `warp.spacing_vox`.
    pub name: String,
    /// Its documentation, in one line.
    pub about: String,
    /// The values that it may have, where it has a range.
    pub range: Option<String>,
    /// The words that it may be, where it is one.
    pub words: Option<Words>,
}

impl SettingText {
    /// From the attributes of a field as they stand in the source.
    #[doc(hidden)]
    pub fn of(
        name: &str,
        attributes: &[&str],
        range: Option<SettingRange>,
        words: Option<Words>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            about: documentation(attributes),
            range: range.map(|range| range.to_string()),
            words,
        }
    }

    /// The same setting, named within the section that its own section is part of.
    pub fn within(mut self, section: &str) -> Self {
        self.name = format!("{section}.{}", self.name);
        self
    }
}

/// The documentation among attributes as they stand in the source, in one line.
pub(super) fn documentation(attributes: &[&str]) -> String {
    let lines = attributes.iter().filter_map(|attribute| {
        let literal = attribute.strip_prefix("doc =")?.trim();
        let literal = literal.trim_start_matches('r').trim_matches('#');
        let text = literal.strip_prefix('"')?.strip_suffix('"')?;
        Some(text.replace("\\\"", "\"").trim().to_owned())
    });
    lines.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::SettingText;
    use crate::{RangedSettings as _, Word, Words, settings, words};

    words! {
        /// An enumeration.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Side {
            /// The left,
            /// or none.
            Left = "left",
        }
    }

    settings! {
        /// A section.
        pub struct Outer {
            /// The first line,
            /// and "the second".
            pub plain: bool = true;
            /// Another section.
            pub inner: Inner = Inner::default(), each;
        }
    }

    settings! {
        /// A section of a section.
        pub struct Inner {
            /// Its only number.
            pub share: f32 = 0.9, in [0 to 1];
            /// Its side, where it has one.
            pub side: Option<Side> = None;
        }
    }

    #[test]
    fn settings_tell_what_they_are() {
        let text = |name: &str, about: &str, range: Option<&str>, words| SettingText {
            name: name.to_owned(),
            about: about.to_owned(),
            range: range.map(str::to_owned),
            words,
        };
        let sides = Words {
            words: vec![Word {
                word: "left".to_owned(),
                about: "The left, or none.".to_owned(),
            }],
            otherwise: None,
        };
        let expected = [
            text("plain", "The first line, and \"the second\".", None, None),
            text("inner.share", "Its only number.", Some("0 to 1"), None),
            text(
                "inner.side",
                "Its side, where it has one.",
                None,
                Some(sides),
            ),
        ];
        assert_eq!(Outer::texts(), expected);
    }
}
