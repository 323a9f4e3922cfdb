use corelith_io::Role;
use corelith_registration::Status;
use corelith_stats::liberation::Basis;

use super::super::measure::Analysis;
use super::super::register;
use super::super::summary::target_class;
use crate::session::Session;

/// Dice on a map kept back, below which a mineral is not told apart well enough.
const POOR_DICE: f64 = 0.7;
/// Share of the solid area below which a mineral is too rare for its Dice to say much, percent.
const RARE_PCT: f64 = 1.0;
/// Whole particles below which intervals are no longer what they say.
const FEW_PARTICLES: usize = 20;

/// What a reader should know before using the numbers, one sentence each.
pub fn remarks(session: &Session, analysis: &Analysis) -> anyhow::Result<Vec<String>> {
    let mut remarks = unplaced_maps(session)?;
    if !analysis.maps.iter().any(|map| map.role == Role::Validation) {
        remarks.push(
            "No map was kept back from the training, so nothing here judges the segmentation."
                .to_owned(),
        );
    }
    remarks.extend(poor_minerals(session, analysis));
    let whole = analysis.particles.iter().filter(|p| !p.touches_border);
    let whole = whole.count();
    if whole < FEW_PARTICLES {
        remarks.push(format!(
            "Only {whole} particles lie wholly in the volume: too few for intervals that hold \
             what they say."
        ));
    }
    remarks.extend(wide_interval(session, analysis)?);
    Ok(remarks)
}

fn unplaced_maps(session: &Session) -> anyhow::Result<Vec<String>> {
    let mut remarks = Vec::new();
    for map in &session.project.sem.maps {
        let name = map.name();
        let placement = register::read_placement(session, &name)?;
        if placement.status != Status::Found {
            remarks.push(format!(
                "The map {name} was not found in the CT; what is shown for it stands on a guess."
            ));
        }
    }
    Ok(remarks)
}

/// Minerals that the maps kept back show to be mixed up with others.
fn poor_minerals(session: &Session, analysis: &Analysis) -> Vec<String> {
    let judged = analysis
        .maps
        .iter()
        .filter(|map| map.role == Role::Validation);
    judged
        .flat_map(|map| {
            let minerals = map.agreement.minerals.iter();
            minerals
                .filter(|m| m.dice < POOR_DICE && m.modal_measured_pct >= RARE_PCT)
                .map(|m| {
                    format!(
                        "{} is not told apart well (Dice {:.2} on {}): take its own figures with \
                         care.",
                        session.minerals.name(m.class),
                        m.dice,
                        map.name
                    )
                })
        })
        .collect()
}

fn wide_interval(session: &Session, analysis: &Analysis) -> anyhow::Result<Option<String>> {
    let target = target_class(session)?;
    let goal = session.project.liberation.half_width_goal_points;
    let Some(volume) = analysis.liberation.mineral(target) else {
        return Ok(None);
    };
    let volume = volume.on(Basis::Volume3d);
    Ok(
        (volume.needed_particles > volume.seen_particles as f64).then(|| {
            format!(
                "The particles are few for a liberation curve: its interval is wider than ±{goal} \
             points somewhere; {:.0} particles with {} would do, {} were measured.",
                volume.needed_particles,
                session.minerals.name(target),
                volume.seen_particles
            )
        }),
    )
}
