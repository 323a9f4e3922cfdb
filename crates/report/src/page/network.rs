//! How the network was chosen, and how it does beside a random forest.

use corelith_unet::{Choice, CurvePoint, ModelCard, Yardstick};
use maud::{Markup, html};

use crate::ReportInput;
use crate::chart::training_curve;
use crate::figures::Figures;
use crate::table::{Cells, PageTable};

/// The training of the network; nothing where neither curve nor card was kept.
pub fn section(input: &ReportInput, figures: &mut Figures) -> Markup {
    let card = input.model.as_ref();
    html! {
        @if !input.training.is_empty() { (curve(&input.training, figures)) }
        @if let Some(choice) = card.and_then(|card| card.choice.as_ref()) { p { (sentence(choice)) } }
        @if let Some(card) = card.filter(|card| card.forest_share > 0.0) {
            p {
                "A random forest that learned from the same maps decides with it, with a share of "
                (format!("{:.0} %", 100.0 * card.forest_share))
                "."
            }
        }
        @if let Some((card, yardstick)) = card.and_then(|c| Some((c, c.yardstick.as_ref()?))) {
            (figures.table(&table(input, card, yardstick)))
        }
    }
}

fn curve(training: &[CurvePoint], figures: &mut Figures) -> Markup {
    figures.chart(
        "training",
        training_curve(training),
        html! { "How the network learned from the maps." },
    )
}

/// What won the comparison of candidates on the blocks that were kept back.
fn sentence(choice: &Choice) -> String {
    let begin = choice.recipe.beginning.words();
    let beside = match choice.recipe.rehearsal {
        0.0 => "the maps alone".to_owned(),
        share => format!("the maps and, {:.0} % of the time, phantoms", 100.0 * share),
    };
    let kept = match choice.start_share {
        0.0 => String::new(),
        share => format!(
            " The weights kept are {:.0} % those of the start.",
            100.0 * share
        ),
    };
    let tried = match choice.race.len() {
        0 => String::new(),
        _ => {
            let given_up = choice.race.iter().filter(|standing| !standing.kept).count();
            format!(
                " {} candidates learned for a while; on the blocks of the maps that were kept back \
                 none clearly did better than this one.",
                given_up + 1
            )
        }
    };
    format!("The network began with {begin} and learned from {beside}.{tried}{kept}")
}

/// Dice of the network and of the forest on the blocks kept back; nothing where they lack a mineral.
fn table(input: &ReportInput, card: &ModelCard, yardstick: &Yardstick) -> PageTable {
    let solids: Vec<usize> = input.minerals.solids().map(usize::from).collect();
    let rows = input.minerals.rows();
    let mut names: Vec<(String, [u8; 3])> = solids
        .iter()
        .map(|&class| (rows[class].name.clone(), rows[class].rgb))
        .collect();
    names.push(("All minerals together".to_owned(), [128; 3]));
    let column = |dice: &[Option<f64>], all: f64| {
        let each = solids
            .iter()
            .map(|&class| dice.get(class).copied().flatten());
        let each = each.map(|dice| dice.unwrap_or(f64::NAN));
        Cells::Number(each.chain([all]).collect(), 3)
    };
    PageTable::new("network", "The network beside a random forest")
        .caption(
            "Dice on the blocks of the training maps that were kept back. A random forest on grey \
             values and textures is what a network must beat.",
        )
        .column("Mineral", "mineral", Cells::Mineral(names))
        .column(
            if card.forest_share > 0.0 {
                "Both together"
            } else {
                "Network"
            },
            "network_dice",
            column(&card.held_out_dice, yardstick.network_foreground),
        )
        .column(
            "Random forest",
            "forest_dice",
            column(&yardstick.forest_dice, yardstick.forest_foreground),
        )
        .totals(1)
}
