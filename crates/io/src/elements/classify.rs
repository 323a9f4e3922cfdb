//! Which mineral a pixel is, by the first rule that holds.

use std::collections::BTreeMap;

use corelith_core::UNMEASURED;

use super::rule::Rule;
use super::values::Values;

/// Conflicts that notes list.
const LISTED_MAX: usize = 12;

/// A rule with the images of its elements and the class of its mineral.
pub(super) struct Applied {
    pub rule: Rule,
    pub images: Vec<usize>,
    pub class: u8,
    pub name: String,
}

/// Class of a pixel by the first rule that holds.
pub(super) fn class_at(
    rules: &[Applied],
    images: &BTreeMap<usize, Values>,
    otherwise: Option<u8>,
    pixel: usize,
    counts: &mut Counts,
) -> u8 {
    if images
        .values()
        .any(|image| !image.values[pixel].is_finite())
    {
        counts.missing += 1;
        return UNMEASURED;
    }
    let mut first: Option<usize> = None;
    for (i, applied) in rules.iter().enumerate() {
        let value = |at: usize| f64::from(images[&applied.images[at]].values[pixel]);
        if !applied.rule.holds(value) {
            continue;
        }
        match first {
            None => {
                first = Some(i);
                counts.held[i] += 1;
            }
            Some(before) if rules[before].class != applied.class => {
                *counts.conflicts.entry((before, i)).or_default() += 1;
            }
            Some(_) => {}
        }
    }
    match first {
        Some(rule) => rules[rule].class,
        None => {
            counts.unclassified += 1;
            otherwise.unwrap_or(UNMEASURED)
        }
    }
}

/// Pixels of which kind.
pub(super) struct Counts {
    /// Where each rule was the first that held.
    held: Vec<u64>,
    /// Where a later rule for another mineral held, too.
    conflicts: BTreeMap<(usize, usize), u64>,
    unclassified: u64,
    missing: u64,
}

impl Counts {
    pub(super) fn new(rules: usize) -> Self {
        Self {
            held: vec![0; rules],
            conflicts: BTreeMap::new(),
            unclassified: 0,
            missing: 0,
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (sum, more) in self.held.iter_mut().zip(&other.held) {
            *sum += more;
        }
        for (pair, more) in &other.conflicts {
            *self.conflicts.entry(*pair).or_default() += more;
        }
        self.unclassified += other.unclassified;
        self.missing += other.missing;
    }

    pub(super) fn notes(
        &self,
        rules: &[Applied],
        pixels: usize,
        otherwise: Option<&str>,
    ) -> Vec<String> {
        let pct = |n: u64| 100.0 * n as f64 / pixels as f64;
        let mut notes = Vec::new();
        let held: Vec<String> = rules
            .iter()
            .zip(&self.held)
            .map(|(rule, n)| format!("{} {:.2} %", rule.name, pct(*n)))
            .collect();
        notes.push(format!("share of the pixels: {}", held.join(", ")));
        for (rule, _) in rules.iter().zip(&self.held).filter(|(_, n)| **n == 0) {
            notes.push(format!(
                "{} holds nowhere before an earlier one does",
                rule.name
            ));
        }
        let mut conflicts: Vec<((usize, usize), u64)> =
            self.conflicts.iter().map(|(pair, n)| (*pair, *n)).collect();
        conflicts.sort_by_key(|(pair, n)| (std::cmp::Reverse(*n), *pair));
        for ((first, second), n) in conflicts.into_iter().take(LISTED_MAX) {
            notes.push(format!(
                "{n} pixels ({:.2} %) fit {} and {}: the first counts",
                pct(n),
                rules[first].name,
                rules[second].name
            ));
        }
        if self.unclassified > 0 {
            notes.push(format!(
                "{} pixels ({:.2} %) fit no rule and count as {}",
                self.unclassified,
                pct(self.unclassified),
                otherwise.map_or_else(
                    || "not measured (`unclassified` in section [sem] can name a mineral for them)"
                        .to_owned(),
                    |name| format!("`{name}`")
                )
            ));
        }
        if self.missing > 0 {
            notes.push(format!(
                "{} pixels ({:.2} %) have no value in some image and count as not measured",
                self.missing,
                pct(self.missing)
            ));
        }
        notes
    }
}
