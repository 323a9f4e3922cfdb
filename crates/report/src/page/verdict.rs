use corelith_core::Role;
use corelith_registration::Status;
use corelith_stats::liberation::{AT_LEAST_PCT, Basis, Estimate, MineralLiberation};
use corelith_stats::measurements::MapAgreement;
use maud::{Markup, html};

use super::{format, truth};
use crate::figures::Figures;
use crate::{ReportError, ReportInput};

/// Position of 90 % among the thresholds: what is commonly called liberated.
const LIBERATED: usize = 9;

pub fn section(input: &ReportInput, figures: &mut Figures) -> Result<Markup, ReportError> {
    let target = input.minerals.name(input.target);
    let curves = input.measurements.liberation.mineral(input.target);
    let volume = curves.and_then(|m| m.observed(Basis::Volume3d));
    let bias = curves.and_then(|m| m.difference(Basis::Area2dRandom, Basis::Volume3d));
    let judge = judging_map(input);
    let dice = judge.and_then(|v| {
        v.agreement
            .minerals
            .iter()
            .find(|m| m.class == input.target)
    });
    Ok(html! {
        ul.headline {
            @if let Some(volume) = volume {
                (card(
                    &format!("{} %", format::fixed(volume.at_least[LIBERATED].value, 1)),
                    &format!("of the {target} is liberated in 3D"),
                    &format!(
                        "It sits in particles of which it makes up at least 90 % by volume. \
                         95 % interval {} %.",
                        format::interval(&volume.at_least[LIBERATED], 1)
                    ),
                ))
            }
            @if let Some(bias) = bias {
                (card(
                    &format!("{} points", format::signed(bias.at_least[LIBERATED].value, 1)),
                    if bias.at_least[LIBERATED].value < 0.0 {
                        "is what 2D sections take from that on average"
                    } else {
                        "is what 2D sections add to that on average"
                    },
                    &format!(
                        "3D result cut at random planes, minus 3D. 95 % interval {} points.",
                        format::interval(&bias.at_least[LIBERATED], 1)
                    ),
                ))
            }
            @if let (Some(judge), Some(dice)) = (judge, dice) {
                (card(
                    &format::fixed(dice.dice, 3),
                    &format!("agreement (Dice) of {target} with {}", judge.name),
                    match judge.role {
                        Role::Validation => "Prediction against a map that the network never \
                                             saw; 1 is full agreement, pixel by pixel.",
                        Role::Training => "No map was kept back, so this one was learned from: \
                                           take it with care.",
                    },
                ))
            }
        }
        @for sentence in sentences(input, curves) { p { (sentence) } }
        @if let Some(truth) = &input.truth { (truth::section(truth, figures)) }
        @if !input.provenance.remarks.is_empty() {
            div.remarks {
                h3 { "Before you use these numbers" }
                ul { @for remark in &input.provenance.remarks { li { (remark) } } }
            }
        }
        @if !input.tables.is_empty() {
            h3 { "Tables" }
            ul.links {
                @for (path, what) in &input.tables { li { a href=(path) { (path) } ": " (what) } }
            }
        }
    })
}

fn card(number: &str, what: &str, detail: &str) -> Markup {
    html! {
        li {
            p.number { (number) }
            p.what { (what) }
            p.detail { (detail) }
        }
    }
}

/// The map that judges the result: one kept back, else the first.
fn judging_map<'a>(input: &'a ReportInput) -> Option<&'a MapAgreement> {
    let maps = input.measurements;
    maps.kept_back().next().or(maps.maps.first())
}

fn sentences(input: &ReportInput, curves: Option<&MineralLiberation>) -> Vec<String> {
    let target = input.minerals.name(input.target);
    let mut sentences = Vec::new();
    let particles = &input.measurements.particles;
    let cut = particles.iter().filter(|p| p.touches_border).count();
    let mut found = format!(
        "{} particles were found in the CT",
        format::count(particles.len() as u64)
    );
    if cut > 0 {
        found += &if input.measurements.leaves_cut_particles_out() {
            format!(
                "; the faces of the volume cut {}, which are left out of the 3D figures while the \
                 others stand in for them",
                format::count(cut as u64)
            )
        } else {
            format!(
                "; the faces of the volume cut {}, which count like whole ones because too few \
                 are whole to correct for it",
                format::count(cut as u64)
            )
        };
    }
    let placed = input
        .places
        .iter()
        .filter(|place| place.registration.status == Status::Found)
        .count();
    let maps = input.places.len();
    sentences.push(format!(
        "{found}. {placed} of {maps} maps were placed in the CT."
    ));
    let bias = curves.and_then(|m| m.difference(Basis::Area2dRandom, Basis::Volume3d));
    if let (Some(curves), Some(bias)) = (curves, bias) {
        let chance = if bias.is_beyond_chance() {
            format!("beyond chance ({})", p_value(bias.p_value))
        } else {
            format!("within chance ({})", p_value(bias.p_value))
        };
        let worst = bias.largest();
        let mean = |basis| curves.observed(basis).map(|c| c.mean);
        if let (Some(d3), Some(d2), Some(worst)) =
            (mean(Basis::Volume3d), mean(Basis::Area2dRandom), worst)
        {
            sentences.push(format!(
                "Seen in 3D, {target} is on average {} % of its particle; seen on sections, {} %. \
                 So 2D {} its liberation, {chance}. The curves differ most at {} % \
                 liberation: by {} points ({}).",
                format::fixed(d3.value, 1),
                format::fixed(d2.value, 1),
                direction(&bias.mean),
                AT_LEAST_PCT[worst],
                format::signed(bias.at_least[worst].value, 1),
                format::interval(&bias.at_least[worst], 1),
            ));
        }
    }
    sentences
}

fn direction(difference: &Estimate) -> &'static str {
    if difference.value > 0.0 {
        "overestimates"
    } else {
        "underestimates"
    }
}

/// A p value in words.
fn p_value(p: f64) -> String {
    if p < 0.001 {
        "p below 0.001".to_owned()
    } else {
        format!("p = {p:.3}")
    }
}
