use std::fmt;

use corelith_core::{RangedSettings, Words};
use corelith_stats::imaging::{separation, weak_regions};
use corelith_stats::{liberation, measure, stereology};
use serde::Serialize;
use serde_json::Value;

use crate::Error;
use crate::stage::export;

/// Longest line of a comment.
const WIDTH: usize = 96;

/// Every setting of a project file that has a default. Its text is a part of such a file: what each
/// setting does, its range or the words that it may be, and the default, commented out.
#[derive(Debug, Serialize)]
pub struct SettingsReference {
    sections: Vec<Section>,
}

#[derive(Debug, Serialize)]
struct Section {
    name: &'static str,
    about: &'static str,
    settings: Vec<Setting>,
}

#[derive(Debug, Serialize)]
struct Setting {
    /// Within the section: `warp.spacing_vox`.
    name: String,
    about: String,
    range: Option<String>,
    /// The words that it may be, and what any other text means.
    #[serde(flatten)]
    words: Option<Words>,
    /// As it is written in a file; none where nothing is set.
    default: Option<String>,
}

impl SettingsReference {
    /// Collects them from where they are declared.
    ///
    /// # Errors
    /// None that a caller could meet: every default can be written.
    pub fn new() -> Result<Self, Error> {
        let sections = vec![
            Section::of::<corelith_registration::Settings>(
                "registration",
                "How maps are placed in the CT.",
            )?,
            Section::of::<corelith_unet::Settings>("training", "How the network learns.")?,
            Section::of::<corelith_unet::SegmentSettings>(
                "segmentation",
                "How the network is applied.",
            )?,
            Section::of::<separation::Settings>(
                "separation",
                "How touching particles are taken apart.",
            )?,
            Section::of::<weak_regions::Settings>(
                "regions",
                "Which regions of a mineral are borne out.",
            )?,
            Section::of::<measure::Settings>("measurement", "How particles are measured.")?,
            Section::of::<liberation::Settings>("liberation", "How liberation is counted.")?,
            Section::of::<stereology::Settings>(
                "stereology",
                "How sections through the 3D result are cut.",
            )?,
            Section::of::<export::Settings>("output", "What is written for viewers.")?,
        ];
        Ok(Self { sections })
    }
}

impl Section {
    fn of<S: RangedSettings + Default + Serialize>(
        name: &'static str,
        about: &'static str,
    ) -> Result<Self, Error> {
        let defaults = S::default();
        // As they are written in a file, where numbers of single precision would show a tail.
        let exact = defaults.ranged();
        let values = serde_json::to_value(&defaults)?;
        let settings = S::texts().into_iter().map(|text| {
            let exactly = exact.iter().find(|ranged| ranged.name == text.name);
            let default = match exactly {
                Some(ranged) => Some(ranged.found.clone()).filter(|found| !found.is_empty()),
                None => value_of(&values, &text.name).map(Value::to_string),
            };
            Setting {
                name: text.name,
                about: text.about,
                range: text.range,
                words: text.words,
                default,
            }
        });
        Ok(Self {
            name,
            about,
            settings: settings.collect(),
        })
    }
}

/// The default, where there is one.
fn value_of<'a>(values: &'a Value, name: &str) -> Option<&'a Value> {
    let found = name
        .split('.')
        .try_fold(values, |value, key| value.get(key))?;
    (!found.is_null()).then_some(found)
}

impl fmt::Display for SettingsReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, section) in self.sections.iter().enumerate() {
            let gap = if i > 0 { "\n" } else { "" };
            write!(f, "{gap}{section}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name;
        writeln!(f, "## {}\n[{name}]", self.about)?;
        let mut within = "";
        // Those of the section itself first: TOML has no way back from a section within it.
        let is_nested = |setting: &&Setting| setting.name.contains('.');
        let (nested, own): (Vec<_>, Vec<_>) = self.settings.iter().partition(is_nested);
        for setting in own.into_iter().chain(nested) {
            let (inner, key) = setting.name.rsplit_once('.').unwrap_or(("", &setting.name));
            if inner != within {
                writeln!(f, "\n[{name}.{inner}]")?;
                within = inner;
            }
            setting.comment(f)?;
            match &setting.default {
                Some(default) => writeln!(f, "# {key} = {default}")?,
                None => writeln!(f, "# {key} =  (not set)")?,
            }
        }
        Ok(())
    }
}

impl Setting {
    /// What it does and its range, and its words with what each means.
    fn comment(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let range = self.range.as_ref();
        let range = range.map(|range| format!(" Range: {range}."));
        let about = format!("{}{}", self.about, range.unwrap_or_default());
        writeln!(f)?;
        write_wrapped(f, "## ", "## ", &about)?;
        let Some(Words { words, otherwise }) = &self.words else {
            return Ok(());
        };
        let mut item = |text: &str| write_wrapped(f, "## - ", "##   ", text);
        for word in words {
            item(&format!("\"{}\": {}", word.word, word.about))?;
        }
        match otherwise {
            Some(otherwise) => item(&format!("any other text: {otherwise}")),
            None => Ok(()),
        }
    }
}

/// Writes lines of at most [`WIDTH`]: `first` before the first one, `rest` before the others.
fn write_wrapped(f: &mut fmt::Formatter<'_>, first: &str, rest: &str, text: &str) -> fmt::Result {
    let mut line = first.to_owned();
    for word in text.split_whitespace() {
        if line.len() + word.len() > WIDTH {
            writeln!(f, "{}", line.trim_end())?;
            line = rest.to_owned();
        }
        line.push_str(word);
        line.push(' ');
    }
    writeln!(f, "{}", line.trim_end())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where something is wrong")]
mod tests {
    use super::*;
    use crate::Project;

    #[test]
    fn every_section_is_there_and_its_defaults_are_a_project_file() {
        let reference = SettingsReference::new().unwrap().to_string();
        // Settings that are not set, and prose, stay comments.
        let set: String = reference
            .lines()
            .filter(|line| !line.starts_with("##") && !line.ends_with("(not set)"))
            .map(|line| match line.strip_prefix("# ") {
                Some(setting) if setting.contains(" = ") => format!("{setting}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let head = "name = \"a\"\n[ct]\nslices = \"ct\"\nvoxel_size_um = 2.0\n[sem]\nminerals = \
                    \"m.csv\"\nbackground = \"Resin\"\npixel_size_um = 1.0\n[[sem.map]]\n\
                    mineral_map = \"m.png\"\nrole = \"training\"\n";
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str, text: &str| {
            let file = folder.path().join(name);
            std::fs::write(&file, text).unwrap();
            Project::read(&file).unwrap()
        };
        let (plain, with_all) = (
            read("a.toml", head),
            read("b.toml", &format!("{head}{set}")),
        );
        assert_eq!(plain, with_all);
        let Value::Object(keys) = serde_json::to_value(&plain).unwrap() else {
            panic!("a project is an object");
        };
        let sections = keys.iter().filter(|(_, value)| value.is_object());
        for (section, _) in sections.filter(|(name, _)| !["ct", "sem"].contains(&name.as_str())) {
            assert!(reference.contains(&format!("\n[{section}]\n")), "{section}");
        }
        assert!(reference.lines().all(|line| line.len() <= WIDTH));
    }

    #[test]
    fn a_setting_whose_default_is_a_word_tells_every_word() {
        let reference = SettingsReference::new().unwrap();
        let text = reference.to_string();
        for setting in reference.sections.iter().flat_map(|s| &s.settings) {
            let is_text = |default: &String| default.starts_with('"');
            assert_eq!(
                setting.words.is_some(),
                setting.default.as_ref().is_some_and(is_text),
                "{}",
                setting.name
            );
            for word in setting.words.iter().flat_map(|words| &words.words) {
                assert!(!word.about.is_empty(), "{}", word.word);
                assert!(text.contains(&format!("## - \"{}\": ", word.word)));
            }
        }
        let json = serde_json::to_value(&reference).unwrap();
        let sections = json["sections"].as_array().unwrap();
        let separation = sections
            .iter()
            .find(|section| section["name"] == "separation");
        let network = &separation.unwrap()["settings"][0];
        assert_eq!(network["name"], "network");
        assert_eq!(network["words"][2]["word"], "none");
        assert!(
            network["otherwise"]
                .as_str()
                .unwrap()
                .starts_with("The folder of a model")
        );
        assert!(
            text.contains("\n## - any other text: The folder of a model"),
            "{text}"
        );
    }
}
