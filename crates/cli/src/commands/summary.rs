use corelith_stats::liberation::Basis;
use corelith_stats::measurements::MineralSummary;

use crate::session::Session;
use crate::stages::summary::{SUMMARY, Summary};

/// The closing summary: what was found, how sure, where the report is.
pub fn print(session: &Session) -> anyhow::Result<()> {
    let summary: Summary = corelith_io::read_json(&session.result(SUMMARY))?;
    if session.json {
        println!("{}", serde_json::to_string_pretty(&summary)?);
        return Ok(());
    }
    session.say("");
    for line in lines(&summary) {
        session.say(&line);
    }
    session.say(&format!(
        "report: {}",
        session.result(crate::stages::report::PAGE).display()
    ));
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

/// A number, or a dash where nothing was observed.
fn figure(value: Option<f64>, decimals: usize) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.decimals$}"))
}

fn lines(s: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    let maps: Vec<String> = s
        .registration
        .iter()
        .map(|(name, m)| format!("{name} to {:.2} voxels", m.uncertainty_vox))
        .collect();
    lines.push(format!("{}: maps placed: {}", s.name, maps.join(", ")));
    let p = &s.particles;
    if p.count == 0 {
        lines.push("no particles were found".to_owned());
        return lines;
    }
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
        lines.push(format!(
            "against {name} (kept back), Dice: foreground {}, {}",
            figure(v.foreground_dice, 3),
            dice.join(", ")
        ));
    }
    if let Some(m) = s.minerals.get(&s.target) {
        let mean = |basis: Basis| m.mean_liberation_pct[basis.name()].to_string();
        lines.push(format!(
            "{}: {} % of the solid volume; mean liberation in 3D {}",
            s.target,
            figure(m.modal_volume_pct, 1),
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
