use maud::{Markup, html};

use crate::figures::Figures;
use crate::picture::Picture;
use crate::remarks::sentence_of;
use crate::{EvenedCt, ReportError};

/// What was evened of the CT, with a section before and after.
pub fn section(evened: &EvenedCt, figures: &mut Figures) -> Result<Markup, ReportError> {
    let sections = &evened.picture;
    let picture = Picture::from_fn(sections.cols(), sections.rows(), evened.pixel_um, |x, y| {
        sections.at(x, y)
    });
    let words = "CT along z, before (left) and after (right) it was evened";
    let figure = figures.picture(
        "ct_evened",
        &picture,
        &format!("{words}."),
        html! { (words) "." },
    )?;
    Ok(html! {
        @for said in &evened.said { p { (sentence_of(said)) } }
        div.pictures { (figure) }
    })
}
