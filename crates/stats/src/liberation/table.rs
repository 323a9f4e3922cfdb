use corelith_core::{Minerals, Table, Values};

use super::liberation_class::{LIBERATION_CLASSES, liberation_class_bounds_pct};
use super::{Association, Corrected, Estimate, Liberation, Locking, SizeResolved};

/// The table of `liberation.csv`: one row a mineral, basis and class.
pub fn liberation_table(liberation: &Liberation) -> Table {
    let rows: Vec<_> = liberation
        .minerals
        .iter()
        .flat_map(|m| m.bases.iter().map(move |b| (m, b)))
        .flat_map(|(m, b)| (0..LIBERATION_CLASSES).map(move |k| (m, b, k)))
        .collect();
    let text = |f: &dyn Fn(usize) -> String| Values::Text((0..rows.len()).map(f).collect());
    let number = |f: &dyn Fn(usize) -> f64| Values::F64((0..rows.len()).map(f).collect());
    let mut table = Table::new();
    table.push("mineral", text(&|i| rows[i].0.name.clone()));
    table.push("basis", text(&|i| rows[i].1.basis.name().to_owned()));
    table.push(
        "liberation_lower_pct",
        number(&|i| liberation_class_bounds_pct(rows[i].2).0),
    );
    table.push(
        "liberation_upper_pct",
        number(&|i| liberation_class_bounds_pct(rows[i].2).1),
    );
    table.push("share_pct", number(&|i| rows[i].1.share[rows[i].2].value));
    table.push("share_low_pct", number(&|i| rows[i].1.share[rows[i].2].low));
    table.push(
        "share_high_pct",
        number(&|i| rows[i].1.share[rows[i].2].high),
    );
    table.push(
        "particles",
        Values::U64(rows.iter().map(|(_, b, k)| b.particles[*k]).collect()),
    );
    table
}

/// One row a mineral, pair of bases and threshold of the curve: the difference in percentage
/// points with its interval, and the p value of the pair.
pub fn bias_table(liberation: &Liberation) -> Table {
    let rows: Vec<_> = liberation
        .minerals
        .iter()
        .flat_map(|m| m.bias.iter().map(move |b| (m, b)))
        .flat_map(|(m, b)| (0..LIBERATION_CLASSES).map(move |k| (m, b, k)))
        .collect();
    let text = |f: &dyn Fn(usize) -> String| Values::Text((0..rows.len()).map(f).collect());
    let number = |f: &dyn Fn(usize) -> f64| Values::F64((0..rows.len()).map(f).collect());
    let mut table = Table::new();
    table.push("mineral", text(&|i| rows[i].0.name.clone()));
    table.push("basis", text(&|i| rows[i].1.basis.name().to_owned()));
    table.push("against", text(&|i| rows[i].1.against.name().to_owned()));
    table.push(
        "liberation_at_least_pct",
        number(&|i| liberation_class_bounds_pct(rows[i].2).0),
    );
    table.push(
        "difference_points",
        number(&|i| rows[i].1.at_least[rows[i].2].value),
    );
    table.push(
        "difference_low_points",
        number(&|i| rows[i].1.at_least[rows[i].2].low),
    );
    table.push(
        "difference_high_points",
        number(&|i| rows[i].1.at_least[rows[i].2].high),
    );
    table.push("p_value", number(&|i| rows[i].1.p_value));
    table
}

/// One row a mineral, basis and threshold: the liberation curve with its intervals.
pub fn curve_table(liberation: &Liberation) -> Table {
    let rows: Vec<_> = liberation
        .minerals
        .iter()
        .flat_map(|m| m.bases.iter().map(move |b| (&m.name, b)))
        .flat_map(|(name, b)| (0..LIBERATION_CLASSES).map(move |k| (name, b, k)))
        .collect();
    let mut table = Table::new();
    let names = rows.iter().map(|(name, ..)| (*name).clone()).collect();
    table.push("mineral", Values::Text(names));
    let bases = rows.iter().map(|(_, b, _)| b.basis.name().to_owned());
    table.push("basis", Values::Text(bases.collect()));
    let bounds = rows
        .iter()
        .map(|(.., k)| liberation_class_bounds_pct(*k).0)
        .collect();
    table.push("liberation_at_least_pct", Values::F64(bounds));
    push_estimates(
        &mut table,
        ["share_pct", "share_low_pct", "share_high_pct"],
        rows.iter().map(|(_, b, k)| b.at_least[*k]),
    );
    table
}

/// One row a mineral and size class of `liberation_by_size.csv`.
pub fn size_table(sizes: &[SizeResolved]) -> Table {
    let rows: Vec<_> = sizes
        .iter()
        .flat_map(|m| m.sizes.iter().map(move |s| (&m.name, s)))
        .collect();
    let number = |f: &dyn Fn(usize) -> f64| Values::F64((0..rows.len()).map(f).collect());
    let mut table = Table::new();
    let names = rows.iter().map(|(name, _)| (*name).clone()).collect();
    table.push("mineral", Values::Text(names));
    table.push(
        "diameter_lower_um",
        number(&|i| rows[i].1.diameter_lower_um),
    );
    table.push(
        "diameter_upper_um",
        number(&|i| rows[i].1.diameter_upper_um),
    );
    let particles = rows.iter().map(|(_, s)| s.particles).collect();
    table.push("particles", Values::U64(particles));
    table.push(
        "mineral_share_pct",
        number(&|i| rows[i].1.mineral_share_pct),
    );
    push_estimates(
        &mut table,
        [
            "mean_liberation_pct",
            "mean_liberation_low_pct",
            "mean_liberation_high_pct",
        ],
        rows.iter().map(|(_, s)| s.liberation.mean),
    );
    for (k, bound) in [(5, 50), (9, 90)] {
        let name = |end: &str| format!("at_least_{bound}{end}_pct");
        push_estimates(
            &mut table,
            [&name(""), &name("_low"), &name("_high")],
            rows.iter().map(|(_, s)| s.liberation.at_least[k]),
        );
    }
    table
}

/// One row a mineral and class of `liberation_corrected.csv`: the 3D distribution that the
/// measured maps tell, and its curve at the lower bound of the class.
pub fn correction_table(corrected: &[Corrected]) -> Table {
    let rows: Vec<_> = corrected
        .iter()
        .flat_map(|c| (0..LIBERATION_CLASSES).map(move |k| (c, k)))
        .collect();
    let number = |f: &dyn Fn(usize) -> f64| Values::F64((0..rows.len()).map(f).collect());
    let mut table = Table::new();
    let names = rows.iter().map(|(c, _)| c.name.clone()).collect();
    table.push("mineral", Values::Text(names));
    table.push(
        "liberation_lower_pct",
        number(&|i| liberation_class_bounds_pct(rows[i].1).0),
    );
    table.push(
        "liberation_upper_pct",
        number(&|i| liberation_class_bounds_pct(rows[i].1).1),
    );
    push_estimates(
        &mut table,
        ["share_pct", "share_low_pct", "share_high_pct"],
        rows.iter().map(|(c, k)| c.share[*k]),
    );
    push_estimates(
        &mut table,
        ["at_least_pct", "at_least_low_pct", "at_least_high_pct"],
        rows.iter().map(|(c, k)| c.at_least[*k]),
    );
    let profiles = rows.iter().map(|(c, _)| c.profiles).collect();
    table.push("profiles", Values::U64(profiles));
    table
}

/// Value, lower and upper end as three columns.
fn push_estimates(
    table: &mut Table,
    names: [&str; 3],
    estimates: impl Iterator<Item = Estimate> + Clone,
) {
    let [value, low, high] = names;
    table.push(
        value,
        Values::F64(estimates.clone().map(|e| e.value).collect()),
    );
    table.push(low, Values::F64(estimates.clone().map(|e| e.low).collect()));
    table.push(high, Values::F64(estimates.map(|e| e.high).collect()));
}

/// One row a mineral: shares by how many minerals share its particles.
pub fn locking_table(minerals: &Minerals, locking: &[Locking]) -> Table {
    let number = |f: &dyn Fn(&Locking) -> f64| Values::F64(locking.iter().map(f).collect());
    let mut table = Table::new();
    let names = locking.iter().map(|l| minerals.name(l.class).to_owned());
    table.push("mineral", Values::Text(names.collect()));
    table.push("free_pct", number(&|l| l.free_pct));
    table.push("binary_pct", number(&|l| l.binary_total_pct()));
    table.push(
        "ternary_and_above_pct",
        number(&|l| l.ternary_and_above_pct),
    );
    for class in minerals.solids() {
        table.push(
            format!("binary_with_{}_pct", minerals.name(class)),
            number(&|l| l.binary_with_pct[usize::from(class)]),
        );
    }
    table
}

/// One row a mineral: the share of its boundary with every other class.
pub fn association_table(minerals: &Minerals, association: &Association) -> Table {
    let mut table = Table::new();
    let solids: Vec<u8> = minerals.solids().collect();
    let names = solids.iter().map(|&c| minerals.name(c).to_owned());
    table.push("mineral", Values::Text(names.collect()));
    for with in 0..minerals.len() as u8 {
        let name = if with == minerals.background() {
            "exposed_pct".to_owned()
        } else {
            format!("with_{}_pct", minerals.name(with))
        };
        let values = solids.iter().map(|&c| association.share_pct(c, with));
        table.push(name, Values::F64(values.collect()));
    }
    table
}
