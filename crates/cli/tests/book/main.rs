//! The book and the documents of the repository: links and pictures, and what the program prints.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

mod documents;
mod markdown;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use documents::Documents;

/// Most bytes of a picture of the book.
const PICTURE_BYTES: u64 = 150_000;

fn repository() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap()
}

fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_chapter_is_in_the_summary_once() {
    let documents = Documents::read(&repository());
    let summary = documents.book().join("SUMMARY.md");
    let text = fs::read_to_string(&summary).unwrap();
    let mut listed: Vec<PathBuf> = markdown::links(&text)
        .iter()
        .map(|target| documents.book().join(target))
        .collect();
    listed.sort();
    let mut chapters = documents.chapters();
    chapters.sort();
    assert_eq!(listed, chapters);
}

#[test]
fn links_and_pictures_lead_somewhere() {
    assert_none(&Documents::read(&repository()).broken_links());
}

#[test]
fn sections_that_are_named_exist() {
    assert_none(&Documents::read(&repository()).missing_sections());
}

#[test]
fn pictures_are_shown_and_small() {
    let documents = Documents::read(&repository());
    let shown = documents.targets();
    let pictures = fs::read_dir(documents.book().join("images")).unwrap();
    for picture in pictures.map(|entry| entry.unwrap().path()) {
        let bytes = fs::metadata(&picture).unwrap().len();
        assert!(
            bytes <= PICTURE_BYTES,
            "{}: {bytes} bytes",
            picture.display()
        );
        assert!(
            shown.contains(&picture),
            "{} is shown nowhere",
            picture.display()
        );
    }
}

/// Every key of the sections of the project file has a row in the reference.
#[test]
fn every_key_is_in_the_reference() {
    let root = repository();
    let source = fs::read_to_string(root.join("crates/io/src/project.rs")).unwrap();
    let page = fs::read_to_string(root.join("book/src/reference/project.md")).unwrap();
    let rows: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix('|')?.split('|').next())
        .collect();
    for section in ["CtSection", "SemMap", "SemSection"] {
        let (_, body) = source
            .split_once(&format!("pub struct {section} {{"))
            .unwrap();
        let (body, _) = body.split_once("\n}").unwrap();
        let keys = body.lines().filter_map(|line| {
            let (key, _) = line.strip_prefix("    pub ")?.split_once(':')?;
            Some(key)
        });
        // These two are named after their tables.
        for key in keys.filter(|key| !["rules", "maps"].contains(key)) {
            let cell = format!("`{key}`");
            let has_row = rows.iter().any(|row| row.contains(&cell));
            assert!(has_row, "no row for the key {cell} of {section}");
        }
    }
}

/// The pages that `book/make_reference.sh` writes are what the program prints today.
#[test]
#[cfg(unix)]
fn generated_pages_are_what_the_program_prints() {
    let (root, folder) = (repository(), tempfile::tempdir().unwrap());
    let made = Command::new("bash")
        .arg(root.join("book/make_reference.sh"))
        .arg(folder.path())
        .env("CORELITH", env!("CARGO_BIN_EXE_corelith"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    for name in ["settings.md", "commands.md"] {
        let made = fs::read_to_string(folder.path().join(name)).unwrap();
        let page = fs::read_to_string(root.join("book/src/reference").join(name)).unwrap();
        assert!(
            made == page,
            "{name} is not what the program prints: run `bash book/make_reference.sh`"
        );
    }
}
