//! The chapters of the book and the other documents, and where they lead.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::markdown::{anchors, headings, links, with_includes};

/// Documents beside the book; a folder stands for every `README.md` below it.
const OTHERS: [&str; 9] = [
    "README.md",
    "ARCHITECTURE.md",
    "CODE_STYLE.md",
    "CHANGELOG.md",
    "benches/RESULTS.md",
    "book/README.md",
    "python/README.md",
    "workflow/README.md",
    "crates",
];

/// Every document with its text.
pub struct Documents {
    root: PathBuf,
    texts: BTreeMap<PathBuf, String>,
}

impl Documents {
    /// Those of a checkout.
    pub fn read(root: &Path) -> Self {
        let mut paths = files_below(&root.join("book/src"), &|name| {
            name.ends_with(".md") && name != "SUMMARY.md"
        });
        for other in OTHERS.map(|other| root.join(other)) {
            match other.is_dir() {
                true => paths.extend(files_below(&other, &|name| name == "README.md")),
                false => paths.push(other),
            }
        }
        let texts = paths.into_iter().map(|path| {
            let text = with_includes(&path).map_err(|why| format!("{}: {why}", path.display()));
            (path, text.unwrap())
        });
        Self {
            root: root.to_owned(),
            texts: texts.collect(),
        }
    }

    /// Folder of the chapters.
    pub fn book(&self) -> PathBuf {
        self.root.join("book/src")
    }

    /// The chapters.
    pub fn chapters(&self) -> Vec<PathBuf> {
        let book = self.book();
        let paths = self.texts.keys().filter(|path| path.starts_with(&book));
        paths.cloned().collect()
    }

    /// Links within the repository: the document, the target as it is written, its file, its anchor.
    fn local_links(&self) -> impl Iterator<Item = (&Path, String, PathBuf, String)> {
        let all = self
            .texts
            .iter()
            .flat_map(|(path, text)| links(text).into_iter().map(move |target| (path, target)));
        let local = all.filter(|(_, target)| {
            let scheme = target.split(':').next().filter(|scheme| *scheme != target);
            !scheme.is_some_and(|s| s.chars().all(|c| c.is_ascii_lowercase()))
        });
        local.map(|(path, target)| {
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let to = match file {
                "" => path.clone(),
                file => resolved(&path.with_file_name(file)),
            };
            let anchor = anchor.to_owned();
            (path.as_path(), target, to, anchor)
        })
    }

    /// Files that links and pictures lead to.
    pub fn targets(&self) -> BTreeSet<PathBuf> {
        self.local_links().map(|(_, _, to, _)| to).collect()
    }

    /// Links that lead nowhere, or out of the book.
    pub fn broken_links(&self) -> Vec<String> {
        let book = self.book();
        let problem = |(path, target, to, anchor): (&Path, String, PathBuf, String)| {
            let why = if path.starts_with(&book) && !to.starts_with(&book) {
                "is not part of the book"
            } else if path.starts_with(&book) && to.ends_with("README.md") {
                // mdBook calls that page `index.html`, and leaves links to it as they are.
                "is not a page of the book under this name"
            } else if !to.exists() {
                "is not there"
            } else if !anchor.is_empty() && !self.has_anchor(&to, &anchor) {
                "has no such heading"
            } else {
                return None;
            };
            Some(format!(
                "{}: links to {target}, which {why}",
                self.name(path)
            ))
        };
        self.local_links().filter_map(problem).collect()
    }

    fn has_anchor(&self, path: &Path, anchor: &str) -> bool {
        let is_document = path.extension().is_some_and(|ending| ending == "md");
        !is_document || anchors(&self.text(path)).contains(anchor)
    }

    fn text(&self, path: &Path) -> String {
        let read = || fs::read_to_string(path).unwrap();
        self.texts.get(path).cloned().unwrap_or_else(read)
    }

    /// Sections that are named in words but are not there: `benches/RESULTS.md`, "The demo".
    pub fn missing_sections(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (path, text) in &self.texts {
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            for (at, _) in words.match_indices(".md`, \"") {
                let file = words[..at].rsplit('`').next().unwrap_or_default();
                let file = self.root.join(format!("{file}.md"));
                let rest = &words[at + ".md`, \"".len()..];
                let (mut name, mut rest) = rest.split_once('"').unwrap_or((rest, ""));
                loop {
                    let known = file.is_file() && headings(&self.text(&file)).any(|h| h == name);
                    if !known {
                        let (path, file) = (self.name(path), self.name(&file));
                        problems.push(format!("{path}: no section \"{name}\" in {file}"));
                    }
                    let Some(next) = rest.strip_prefix(" and \"") else {
                        break;
                    };
                    (name, rest) = next.split_once('"').unwrap_or((next, ""));
                }
            }
        }
        problems
    }

    fn name(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}

/// Files below a folder whose names will do.
fn files_below(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if path.is_dir() {
            found.extend(files_below(&path, wanted));
        } else if wanted(&path.file_name().unwrap().to_string_lossy()) {
            found.push(path);
        }
    }
    found
}

/// A path without `..`, whether or not it exists.
fn resolved(path: &Path) -> PathBuf {
    let mut resolved = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => drop(resolved.pop()),
            std::path::Component::CurDir => {}
            part => resolved.push(part),
        }
    }
    resolved
}
