use corelith_core::Minerals;
use corelith_registration::Status;
use corelith_stats::measurements::{Caution, Measurements};
use corelith_unet::{ModelCard, Yardstick};

use crate::MapPlace;

/// What a reader should know before using the numbers for the mineral `target`, one sentence each.
pub fn remarks(
    places: &[MapPlace],
    model: Option<&ModelCard>,
    measurements: &Measurements,
    minerals: &Minerals,
    target: u8,
) -> Vec<String> {
    let lost = places
        .iter()
        .filter(|place| place.registration.status != Status::Found);
    let lost = lost.map(|place| {
        format!(
            "The map {} was not found in the CT; what is shown for it stands on a guess.",
            place.map
        )
    });
    let cautions = measurements.cautions(target);
    let weak = model
        .and_then(|card| card.yardstick.as_ref())
        .and_then(Yardstick::warning)
        .map(|warning| sentence_of(&warning));
    lost.chain(weak)
        .chain(cautions.iter().map(|c| sentence(c, minerals, target)))
        .collect()
}

/// Words with a capital letter and a full stop.
pub(crate) fn sentence_of(words: &str) -> String {
    let first = words.chars().next().map_or(0, char::len_utf8);
    let (first, rest) = words.split_at(first);
    format!("{}{rest}.", first.to_uppercase())
}

fn sentence(caution: &Caution, minerals: &Minerals, target: u8) -> String {
    match caution {
        Caution::NoParticles => "No particles were found: every figure is empty.".to_owned(),
        Caution::NothingKeptBack => "No map was kept back from the training, so nothing here \
                                     judges the segmentation."
            .to_owned(),
        Caution::PoorlyToldApart { class, dice, map } => format!(
            "{} is not told apart well (Dice {dice:.2} on {map}): take its own figures with care.",
            minerals.name(*class)
        ),
        Caution::FewWholeParticles { whole } => format!(
            "Only {whole} particles lie wholly in the volume: too few for intervals that hold \
             what they say."
        ),
        Caution::HangsOnSeparation {
            curve_points,
            doubtful_pct,
        } => {
            let curve = match curve_points {
                Some(points) => {
                    format!("without them its liberation curve lies up to {points:.0} points off")
                }
                None => "without them nothing of it is left".to_owned(),
            };
            format!(
                "{doubtful_pct:.0} % of {} lies in particles that a slightly different threshold \
                 would join or part; {curve}.",
                minerals.name(target)
            )
        }
        Caution::WideInterval {
            half_width_goal_points,
            needed_particles,
            seen_particles,
        } => format!(
            "The particles are few for a liberation curve: its interval is wider than \
             ±{half_width_goal_points} points somewhere; {needed_particles:.0} particles with {} \
             would do, {seen_particles} were measured.",
            minerals.name(target)
        ),
    }
}
