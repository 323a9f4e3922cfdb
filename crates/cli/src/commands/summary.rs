//! The closing summary: what was found, how sure, where the report is.

use corelith_core::Progress as _;
use corelith_pipeline::Sample;
use corelith_pipeline::stage::report::{PAGE, Summary};
use corelith_stats::liberation::Basis;
use corelith_stats::measurements::MineralSummary;

use crate::args::Global;
use crate::output::print_json;
use crate::progress::Terminal;

/// Shows the headline numbers, as JSON on stdout or in words on stderr.
pub fn show(
    global: &Global,
    sample: &Sample,
    summary: &Summary,
    terminal: &Terminal,
) -> anyhow::Result<()> {
    if global.json {
        return print_json(summary);
    }
    terminal.say("");
    for line in lines(summary) {
        terminal.say(&line);
    }
    terminal.say(&format!("report: {}", sample.out().join(PAGE).display()));
    Ok(())
}

/// What would narrow the curves to the wanted interval, where it is known.
fn needed(m: &MineralSummary) -> Option<String> {
    let particles = m.needed_particles_3d?;
    let maps = match m.needed_maps_2d {
        Some(maps) => format!(", or {maps:.0} maps in 2D"),
        None => String::new(),
    };
    Some(format!(
        "  its curve to +-{} points needs {particles:.0} particles in 3D{maps}",
        m.half_width_goal_points
    ))
}

fn lines(s: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    let maps: Vec<String> = s
        .registration
        .iter()
        .map(|(name, m)| {
            let uncertainty = m.uncertainty_vox.unwrap_or(f64::INFINITY);
            format!(
                "{name} to {uncertainty:.2} voxels (probability {:.3}, {:.2} needed)",
                m.probability, m.probability_needed
            )
        })
        .collect();
    lines.push(format!("{}: maps placed: {}", s.name, maps.join(", ")));
    let p = &s.particles;
    lines.push(format!(
        "{} particles, {} of them cut by the volume's faces{}",
        p.count,
        p.touching_border,
        p.median_equivalent_diameter_um
            .map_or(String::new(), |d| format!(", median diameter {d:.0} um"))
    ));
    for (name, v) in &s.validation {
        let dice: Vec<String> = v
            .dice
            .iter()
            .filter_map(|(mineral, dice)| Some(format!("{mineral} {:.2}", (*dice)?)))
            .collect();
        let foreground = v
            .foreground_dice
            .map_or("none".to_owned(), |dice| format!("{dice:.3}"));
        lines.push(format!(
            "against {name} (kept back), Dice: foreground {foreground}, {}",
            dice.join(", ")
        ));
    }
    if let Some(m) = s.minerals.get(&s.target) {
        let mean = |basis: Basis| m.mean_liberation_pct[basis.name()].to_string();
        let Some(share) = m.modal_volume_pct else {
            lines.push(format!("{}: no particles, so nothing to tell", s.target));
            return lines;
        };
        lines.push(format!(
            "{}: {share:.1} % of the solid volume; mean liberation in 3D {}",
            s.target,
            mean(Basis::Volume3d)
        ));
        lines.push(format!(
            "  random 2D sections of the same result say {}; {}",
            mean(Basis::Area2dRandom),
            if m.bias_beyond_chance {
                "the curves differ beyond chance"
            } else {
                "the curves do not differ beyond chance"
            }
        ));
        lines.extend(needed(m));
    }
    lines
}
