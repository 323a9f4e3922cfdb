//! As much of Markdown as mdBook and GitHub show the documents by.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Text of a chapter with what it includes in place.
pub fn with_includes(path: &Path) -> Result<String, String> {
    let mut text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    while let Some(start) = text.find("{{#include ") {
        let end = start + text[start..].find("}}").ok_or("an include has no end")?;
        let wanted = &text[start + "{{#include ".len()..end];
        let included = included(path, wanted).map_err(|why| format!("includes {wanted}: {why}"))?;
        text.replace_range(start..end + "}}".len(), &included);
    }
    Ok(text)
}

/// The lines of a file that `FILE`, `FILE:FIRST:` or `FILE:FIRST:LAST` names.
fn included(from: &Path, wanted: &str) -> Result<String, String> {
    let mut parts = wanted.split(':');
    let file = from.with_file_name(parts.next().unwrap_or_default());
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    let mut number = |default: usize| match parts.next() {
        None | Some("") => Ok(default),
        Some(text) => text.parse().map_err(|_| format!("`{text}` is no line")),
    };
    let (first, last) = (number(1)?, number(usize::MAX)?);
    let lines: Vec<&str> = text.lines().take(last).skip(first - 1).collect();
    let included = lines.join("\n");
    if included.trim().is_empty() {
        return Err("nothing is there".to_owned());
    }
    Ok(included)
}

/// Lines outside of fenced blocks; those within are empty.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fence: Option<&str> = None;
    text.lines().map(move |line| {
        let start = line.trim_start();
        let length = start.len() - start.trim_start_matches(['`', '~']).len();
        let mark = &start[..length];
        match fence {
            None if length < 3 => return line,
            None => fence = Some(mark),
            Some(open) if mark.starts_with(open) && start.trim_end() == mark => fence = None,
            Some(_) => {}
        }
        ""
    })
}

/// Targets of all links and pictures; what stands in code is none.
pub fn links(text: &str) -> Vec<String> {
    let text = without_code(text);
    let opened = text.match_indices('[').map(|(start, _)| start);
    opened.filter_map(|start| target(&text[start..])).collect()
}

/// Prose without what stands between backticks.
fn without_code(text: &str) -> String {
    let text = prose(text).collect::<Vec<_>>().join("\n");
    let paragraphs = text.split("\n\n").map(without_spans);
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// A paragraph without what stands between backticks.
fn without_spans(paragraph: &str) -> String {
    let mut kept = String::new();
    let mut rest = paragraph;
    while let Some(start) = rest.find('`') {
        let ticks = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let (before, after) = (&rest[..start], &rest[start + ticks..]);
        kept.push_str(before);
        rest = match after.find(&"`".repeat(ticks)) {
            Some(end) => &after[end + ticks..],
            None => after,
        };
    }
    kept + rest
}

/// Where a link leads that starts at a bracket; none where it is no link.
fn target(text: &str) -> Option<String> {
    let mut depth = 0;
    let close = text.char_indices().find_map(|(at, c)| {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    })?;
    let inside = text[close + 1..].strip_prefix('(')?.split(')').next()?;
    // A title may follow.
    inside.split_whitespace().next().map(str::to_owned)
}

/// Headings in order.
pub fn headings(text: &str) -> impl Iterator<Item = &str> {
    prose(text).filter_map(|line| {
        let heading = line.trim_start_matches('#');
        let level = line.len() - heading.len();
        let heading = heading.strip_prefix(' ')?;
        (1..=6)
            .contains(&level)
            .then(|| heading.trim().trim_end_matches('#').trim_end())
    })
}

/// Anchors of the headings, as mdBook and GitHub make them.
pub fn anchors(text: &str) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let anchors = headings(text).map(|heading| {
        let base: String = without_targets(heading)
            .chars()
            .filter(|c| c.is_alphanumeric() || c.is_whitespace() || ['_', '-'].contains(c))
            .flat_map(|c| if c.is_whitespace() { '-' } else { c }.to_lowercase())
            .collect();
        let count = seen.entry(base.clone()).or_default();
        *count += 1;
        match *count {
            1 => base,
            n => format!("{base}-{}", n - 1),
        }
    });
    anchors.collect()
}

/// A heading without the targets of its links.
fn without_targets(heading: &str) -> String {
    let mut parts = heading.split("](");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once(')').map_or(part, |(_, rest)| rest)
    })
}

#[test]
fn links_are_found_where_a_reader_sees_them() {
    let text = "[a](b.md#c \"title\") `[code](no.md)` [![picture](d.png)](e.md)\n\n```text\n[f](no.md)\n\
                ```\n[not a link] (no.md) [g\nh](i.md)";
    assert_eq!(links(text), ["b.md#c", "e.md", "d.png", "i.md"]);
}

#[test]
fn anchors_are_those_of_mdbook() {
    let text = "# A `b` c, d\n```sh\n# no heading\n```\n## A b c d\n## [Link](to.md) µ-x_y\n#no";
    let expected = ["a-b-c-d", "a-b-c-d-1", "link-µ-x_y"].map(str::to_owned);
    assert_eq!(anchors(text), BTreeSet::from(expected));
}
