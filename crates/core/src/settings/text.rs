use super::SettingRange;

/// What is said of a setting where it is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingText {
    /// Name within its section, such as `warp.spacing_vox`.
    pub name: String,
    /// Its documentation, in one line.
    pub about: String,
    /// The values that it may have, where it has a range.
    pub range: Option<String>,
}

impl SettingText {
    /// From the attributes of a field as they stand in the source.
    #[doc(hidden)]
    pub fn of(name: &str, attributes: &[&str], range: Option<SettingRange>) -> Self {
        let lines = attributes.iter().filter_map(|attribute| {
            let literal = attribute.strip_prefix("doc =")?.trim();
            let literal = literal.trim_start_matches('r').trim_matches('#');
            let text = literal.strip_prefix('"')?.strip_suffix('"')?;
            Some(text.replace("\\\"", "\"").trim().to_owned())
        });
        Self {
            name: name.to_owned(),
            about: lines.collect::<Vec<_>>().join(" "),
            range: range.map(|range| range.to_string()),
        }
    }

    /// The same setting, named within the section that its own section is part of.
    pub fn within(mut self, section: &str) -> Self {
        self.name = format!("{section}.{}", self.name);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::SettingText;
    use crate::{RangedSettings as _, settings};

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
            /// Its only setting.
            pub share: f32 = 0.9, in [0 to 1];
        }
    }

    #[test]
    fn settings_tell_what_they_are() {
        let text = |name: &str, about: &str, range: Option<&str>| SettingText {
            name: name.to_owned(),
            about: about.to_owned(),
            range: range.map(str::to_owned),
        };
        let expected = [
            text("plain", "The first line, and \"the second\".", None),
            text("inner.share", "Its only setting.", Some("0 to 1")),
        ];
        assert_eq!(Outer::texts(), expected);
    }
}
