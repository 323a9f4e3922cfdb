//! Keys of a project file, each with a comment on where its value is from.

use std::fmt::Write as _;

use super::Gap;

/// Width of comments.
const WIDTH: usize = 96;

/// A string as TOML has it.
pub(super) fn text(value: &str) -> String {
    toml::Value::String(value.to_owned()).to_string()
}

/// A project file under way.
#[derive(Default)]
pub(super) struct Writer {
    pub text: String,
    /// What was found, a line each.
    pub found: Vec<String>,
    pub gaps: Vec<Gap>,
}

impl Writer {
    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A comment of any length; a line of its own.
    pub(super) fn comment(&mut self, comment: &str) {
        let mut line = String::from("#");
        // Names of files and what decoders say may hold anything.
        let clean: String = comment
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        for word in clean.split_whitespace() {
            if line.chars().count() + 1 + word.chars().count() > WIDTH && line.len() > 1 {
                self.text.push_str(&line);
                self.text.push('\n');
                line = String::from("#");
            }
            line.push(' ');
            line.push_str(word);
        }
        self.text.push_str(&line);
        self.text.push('\n');
    }

    pub(super) fn key(&mut self, key: &str, value: &str, from: &str) {
        if !from.is_empty() {
            self.comment(from);
        }
        let _ = writeln!(self.text, "{key} = {value}");
    }

    /// A key that is not set; `values` are those that may be meant.
    pub(super) fn open(&mut self, place: &str, key: &str, values: &[String], what: &str) {
        let word = match values {
            [] => "FILL IN",
            _ => "CHOOSE",
        };
        self.comment(&format!("{word}: {what}"));
        match values {
            [] => {
                let _ = writeln!(self.text, "# {key} =");
            }
            values => {
                for value in values {
                    let _ = writeln!(self.text, "# {key} = {value}");
                }
            }
        }
        self.gap(&format!("{place} {key}"), what);
    }

    pub(super) fn gap(&mut self, place: &str, what: &str) {
        self.gaps.push(Gap {
            place: place.to_owned(),
            what: what.to_owned(),
        });
    }

    pub(super) fn found(&mut self, line: String) {
        self.found.push(line);
    }
}
