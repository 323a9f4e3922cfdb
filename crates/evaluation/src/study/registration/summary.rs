//! The success curve: how many maps, how exactly, by what makes a map hard.

use std::fmt::Write as _;

use serde::Serialize;

use super::trial::{Kind, Trial};

/// What a group of maps came to.
#[derive(Debug, Serialize)]
pub struct Group {
    /// What the maps vary in.
    by: &'static str,
    /// Range of it, the upper end left out.
    range: String,
    maps: usize,
    found: usize,
    /// Found and within a voxel.
    succeeded: usize,
    /// Of the found maps.
    tre_median_vox: Option<f64>,
    tre_p90_vox: Option<f64>,
    /// Share of the found maps whose TRE is below their stated uncertainty.
    below_uncertainty: Option<f64>,
    seconds_median: Option<f64>,
}

/// The whole curve.
#[derive(Debug, Serialize)]
pub struct Whole {
    groups: Vec<Group>,
    /// Maps of the sample that were found where they do not lie.
    found_elsewhere: usize,
    negatives: usize,
    negatives_found: usize,
}

/// A map that is found farther off than this is at another place, not at its own by a bad fit.
const ELSEWHERE_VOX: f64 = 5.0;

/// What the maps vary in, and where its ranges end.
type Axis = (&'static str, fn(&Trial) -> f64, &'static [f64]);

const AXES: [Axis; 5] = [
    ("tilt, deg", |t| t.case.tilt_deg, &[6.5, 8.0]),
    ("CT noise", |t| t.noise, &[0.055, 0.075]),
    ("pixel, voxels", |t| t.case.pixel_vox, &[0.6, 0.8]),
    ("width", |t| t.case.width_fraction, &[0.5, 0.6, 0.7]),
    ("particles", |t| t.particles as f64, &[6.0, 10.0, 20.0]),
];

/// Every group, the one of all maps first.
pub fn whole(trials: &[Trial]) -> Whole {
    let (own, negatives): (Vec<&Trial>, Vec<&Trial>) =
        trials.iter().partition(|t| t.kind == Kind::Own);
    let mut groups = vec![group("all", String::new(), &own)];
    let mut sorts: Vec<&str> = Vec::new();
    for trial in &own {
        if !sorts.contains(&trial.sort) {
            sorts.push(trial.sort);
        }
    }
    for sort in sorts {
        let part: Vec<&Trial> = select(&own, |t| t.sort == sort);
        groups.push(group("sample", sort.to_owned(), &part));
    }
    for (by, value, ends) in AXES {
        for i in 0..=ends.len() {
            let low = i.checked_sub(1).map(|i| ends[i]);
            let high = ends.get(i).copied();
            let range = match (low, high) {
                (Some(low), Some(high)) => format!("{low}-{high}"),
                (None, Some(high)) => format!("below {high}"),
                (Some(low), None) => format!("from {low}"),
                (None, None) => String::new(),
            };
            let part = select(&own, |t| {
                low.is_none_or(|low| value(t) >= low) && high.is_none_or(|high| value(t) < high)
            });
            groups.push(group(by, range, &part));
        }
    }
    groups.retain(|g| g.maps > 0);
    Whole {
        groups,
        found_elsewhere: select(&own, |t| t.found && t.tre_vox > ELSEWHERE_VOX).len(),
        negatives: negatives.len(),
        negatives_found: negatives.iter().filter(|t| t.found).count(),
    }
}

/// As a table for people (and for Markdown).
pub fn text(whole: &Whole) -> String {
    let mut out = String::from(
        "| maps by | range | maps | found | success | TRE median | TRE 90 % | below uncertainty | s |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let figure = |value: Option<f64>| value.map_or_else(String::new, |v| format!("{v:.2}"));
    let percent = |value: f64| format!("{:.1} %", 100.0 * value);
    for g in &whole.groups {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            g.by,
            g.range,
            g.maps,
            g.found,
            percent(g.succeeded as f64 / g.maps as f64),
            figure(g.tre_median_vox),
            figure(g.tre_p90_vox),
            g.below_uncertainty.map_or_else(String::new, percent),
            figure(g.seconds_median),
        );
    }
    let _ = writeln!(
        out,
        "\nMaps found at a wrong place: {}. Maps of other samples, blank or noise: {} of {} wrongly found.",
        whole.found_elsewhere, whole.negatives_found, whole.negatives
    );
    out
}

/// How it goes, beside the progress bar.
pub fn short(trials: &[Trial]) -> String {
    let own = trials.iter().filter(|t| t.kind == Kind::Own);
    let succeeded = own.clone().filter(|t| t.succeeded()).count();
    let wrong = trials.iter().filter(|t| t.kind != Kind::Own && t.found);
    format!(
        "{succeeded} of {} placed, {} wrongly found",
        own.count(),
        wrong.count()
    )
}

fn select<'a>(trials: &[&'a Trial], keep: impl Fn(&Trial) -> bool) -> Vec<&'a Trial> {
    trials.iter().copied().filter(|t| keep(t)).collect()
}

fn group(by: &'static str, range: String, trials: &[&Trial]) -> Group {
    let found = select(trials, |t| t.found);
    let sorted = |value: fn(&Trial) -> f64, of: &[&Trial]| {
        let mut values: Vec<f64> = of.iter().map(|t| value(t)).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let tre = sorted(|t| t.tre_vox, &found);
    let below = found
        .iter()
        .filter(|t| t.tre_vox < t.uncertainty_vox)
        .count();
    Group {
        by,
        range,
        maps: trials.len(),
        found: found.len(),
        succeeded: trials.iter().filter(|t| t.succeeded()).count(),
        tre_median_vox: quantile(&tre, 0.5),
        tre_p90_vox: quantile(&tre, 0.9),
        below_uncertainty: (!found.is_empty()).then(|| below as f64 / found.len() as f64),
        seconds_median: quantile(&sorted(|t| t.seconds, trials), 0.5),
    }
}

/// Of sorted values, between neighbours by share.
fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = q * last as f64;
    let (low, share) = (at.floor() as usize, at.fract());
    let high = sorted[(low + 1).min(last)];
    Some(sorted[low] * (1.0 - share) + high * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_neighbours() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[3.0], 0.9), Some(3.0));
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
    }
}
