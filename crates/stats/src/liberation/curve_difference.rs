use corelith_core::{Table, Values};
use serde::{Deserialize, Serialize};

use super::liberation_class::{LIBERATION_CLASSES, liberation_class_bounds_pct};
use super::{Basis, Estimate, MineralLiberation};

/// The liberation of one mineral in one sample minus that in another, 3D by volume, in percentage
/// points. The samples share no particle, so their errors are independent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CurveDifference {
    /// Position of the sample.
    pub of: usize,
    /// Position of the sample taken from it.
    pub against: usize,
    /// Shares of the liberation classes.
    pub share: [Estimate; LIBERATION_CLASSES],
    /// Shares at or above the lower bounds of the liberation classes.
    pub at_least: [Estimate; LIBERATION_CLASSES],
}

impl CurveDifference {
    /// Every sample minus each before it.
    pub fn of_pairs(samples: &[&MineralLiberation]) -> Vec<Self> {
        let pairs = (0..samples.len()).flat_map(|a| (a + 1..samples.len()).map(move |b| (a, b)));
        pairs
            .map(|(against, of)| {
                let [a, b] = [against, of].map(|i| samples[i].on(Basis::Volume3d));
                let minus = |x: &[Estimate; LIBERATION_CLASSES],
                             y: &[Estimate; LIBERATION_CLASSES]| {
                    std::array::from_fn(|k| x[k].minus_independent(&y[k]))
                };
                Self {
                    of,
                    against,
                    share: minus(&b.share, &a.share),
                    at_least: minus(&b.at_least, &a.at_least),
                }
            })
            .collect()
    }
}

/// One row a pair of samples and liberation class: shares of the class, curves at its lower bound.
pub fn difference_table(samples: &[&str], differences: &[CurveDifference]) -> Table {
    let rows: Vec<_> = differences
        .iter()
        .flat_map(|d| (0..LIBERATION_CLASSES).map(move |k| (d, k)))
        .collect();
    let text = |of: fn(&CurveDifference) -> usize| {
        let names = rows.iter().map(|(d, _)| samples[of(d)].to_owned());
        Values::Text(names.collect())
    };
    let mut table = Table::new();
    table.push("sample", text(|d| d.of));
    table.push("against", text(|d| d.against));
    let bounds = rows.iter().map(|(_, k)| liberation_class_bounds_pct(*k).0);
    table.push("liberation_lower_pct", Values::F64(bounds.collect()));
    type Of = fn(&CurveDifference, usize) -> Estimate;
    let curves: [(&str, Of); 2] = [
        ("share", |d, k| d.share[k]),
        ("at_least", |d, k| d.at_least[k]),
    ];
    for (what, of) in curves {
        let column = |end: fn(&Estimate) -> f64| {
            Values::F64(rows.iter().map(|(d, k)| end(&of(d, *k))).collect())
        };
        table.push(format!("{what}_difference_points"), column(|e| e.value));
        table.push(format!("{what}_difference_low_points"), column(|e| e.low));
        table.push(format!("{what}_difference_high_points"), column(|e| e.high));
        let beyond = rows.iter().map(|(d, k)| of(d, *k).excludes_zero());
        table.push(
            format!("{what}_beyond_chance"),
            Values::Bool(beyond.collect()),
        );
    }
    table
}
