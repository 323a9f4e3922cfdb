use maud::{Markup, html};

use crate::figures::Figures;
use crate::page::{ct_change, doubtful, network};
use crate::palette::of_particle;
use crate::picture::{Picture, Rgb};
use crate::remarks::sentence_of;
use crate::{Direction, ReportError, ReportInput, SliceView};

pub fn section(input: &ReportInput, figures: &mut Figures) -> Result<Markup, ReportError> {
    let mut rows = Vec::new();
    for view in &input.slices {
        rows.push(row(input, view, figures)?);
    }
    let ct_changes = ct_change::sections(&input.ct_changes, figures)?;
    Ok(html! {
        p {
            "Slices through the middle of the volume in three directions: the CT as it is, the \
             mineral of every voxel in the colours of the mineral list, and the particles, each \
             in a colour of its own."
        }
        @for row in &rows { (row) }
        (ct_changes)
        @if let Some(check) = &input.separation { p { (sentence_of(&check.to_string())) } }
        (doubtful::section(input, figures))
        (network::section(input, figures))
    })
}

fn row(
    input: &ReportInput,
    view: &SliceView,
    figures: &mut Figures,
) -> Result<Markup, ReportError> {
    let axis = match view.direction {
        Direction::Z => "z",
        Direction::Y => "y",
        Direction::X => "x",
    };
    let words = format!("seen along {axis}, slice {}", view.index);
    let window = grey_window(view.grey.data());
    let minerals = input.minerals.rows();
    let grey = picture(view, |col, row| [window.shade(view.grey.at(col, row)); 3]);
    let phases = picture(view, |col, row| {
        minerals[usize::from(view.phases.at(col, row))].rgb
    });
    let particles = picture(view, |col, row| {
        let id = view.particles.at(col, row);
        let differs = |c: usize, r: usize| {
            let other = view.particles.at(c, r);
            other != id && other != 0 && id != 0
        };
        // A thin line keeps touching particles apart that share a colour.
        let is_seam = col > 0 && differs(col - 1, row) || row > 0 && differs(col, row - 1);
        if is_seam { [24; 3] } else { of_particle(id) }
    });
    let mut figure = |kind: &str, picture: &Picture, alt: &str| {
        figures.picture(
            &format!("slice_{axis}_{kind}"),
            picture,
            &format!("{alt}, {words}."),
            html! { (alt) ", " (words) "." },
        )
    };
    let panels = [
        figure("ct", &grey, "CT")?,
        figure("phases", &phases, "Minerals")?,
        figure("particles", &particles, "Particles")?,
    ];
    Ok(html! { div.pictures { @for panel in &panels { (panel) } } })
}

/// The slice with square pixels, small ones enlarged.
fn picture(view: &SliceView, colour: impl Fn(usize, usize) -> Rgb) -> Picture {
    let (cols, rows) = (view.phases.cols(), view.phases.rows());
    let finest = view.col_um.min(view.row_um);
    let enlarge = (360 / cols.max(rows).max(1)).clamp(1, 4) as f64;
    let pixel_um = finest / enlarge;
    let length = |n: usize, step_um: f64| ((n as f64 * step_um / pixel_um).round() as usize).max(1);
    let place = |i: usize, step_um: f64, n: usize| {
        (((i as f64 + 0.5) * pixel_um / step_um) as usize).min(n - 1)
    };
    Picture::from_fn(
        length(cols, view.col_um),
        length(rows, view.row_um),
        pixel_um,
        |x, y| colour(place(x, view.col_um, cols), place(y, view.row_um, rows)),
    )
}

struct GreyWindow {
    low: f64,
    high: f64,
}

/// From the 0.5 to the 99.5 percentile, so that single bright grains do not darken the rest.
fn grey_window(values: &[u16]) -> GreyWindow {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let at = |share: f64| {
        let last = sorted.len().saturating_sub(1);
        f64::from(
            sorted
                .get((share * last as f64) as usize)
                .copied()
                .unwrap_or(0),
        )
    };
    GreyWindow {
        low: at(0.005),
        high: at(0.995),
    }
}

impl GreyWindow {
    fn shade(&self, value: u16) -> u8 {
        let share = (f64::from(value) - self.low) / (self.high - self.low).max(1.0);
        (255.0 * share.clamp(0.0, 1.0)).round() as u8
    }
}
