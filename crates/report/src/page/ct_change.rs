use maud::{Markup, html};

use crate::figures::Figures;
use crate::picture::Picture;
use crate::remarks::sentence_of;
use crate::{CtChange, ReportError};

/// What was changed of the CT's greys, with a picture each.
pub fn sections(changes: &[CtChange], figures: &mut Figures) -> Result<Markup, ReportError> {
    let sections = changes.iter().map(|change| section(change, figures));
    let sections = sections.collect::<Result<Vec<_>, _>>()?;
    Ok(html! { @for section in &sections { (section) } })
}

fn section(change: &CtChange, figures: &mut Figures) -> Result<Markup, ReportError> {
    let pixels = &change.picture;
    let picture = Picture::from_fn(pixels.cols(), pixels.rows(), change.pixel_um, |x, y| {
        pixels.at(x, y)
    });
    let words = &change.caption;
    let figure = figures.picture(
        change.figure,
        &picture,
        &format!("{words}."),
        html! { (words) "." },
    )?;
    Ok(html! {
        @for said in &change.said { p { (sentence_of(said)) } }
        div.pictures { (figure) }
    })
}
