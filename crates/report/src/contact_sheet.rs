//! What a project's inputs look like, before anything is done with them.

use corelith_core::{Minerals, Raster, UNMEASURED, Volume};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::chart::{Axis, histogram};
use crate::figures::Figures;
use crate::input::{Direction, central_slice};
use crate::page::ct_change;
use crate::page::format::swatch;
use crate::palette::BLUE;
use crate::picture::{Picture, Rgb};
use crate::table::{Cells, PageTable};
use crate::{CtChange, Report, ReportError};

/// Bars of the grey histogram.
const BARS: usize = 64;
/// Colour of pixels that were not measured.
const UNMEASURED_RGB: Rgb = [255, 0, 255];

/// What was found in the inputs of a project.
pub struct ContactSheet<'a> {
    /// Program and version.
    pub program: String,
    /// Name of the sample.
    pub sample: String,
    /// What is wrong: where, what, and what to do about it.
    pub problems: Vec<[String; 3]>,
    /// What a user should know, one sentence each.
    pub notes: Vec<String>,
    /// The mineral list, where it can be read.
    pub minerals: Option<&'a Minerals>,
    /// The CT volume, where it can be read.
    pub ct: Option<&'a Volume<u16>>,
    /// What was changed of the greys of the CT.
    pub ct_changes: Vec<CtChange>,
    /// The maps that can be read.
    pub maps: Vec<MapView<'a>>,
}

/// One mineral map.
pub struct MapView<'a> {
    /// Its name.
    pub name: String,
    /// Row of the mineral list of every pixel.
    pub classes: &'a Raster<u8>,
    /// Size of a pixel in micrometres.
    pub pixel_um: f64,
    /// Backscatter image of the same pixels; NaN where unknown.
    pub bse: Option<&'a Raster<f32>>,
}

/// Builds the page, its pictures and its tables; see [`crate::build`].
///
/// # Errors
/// When a picture cannot be encoded.
pub fn contact_sheet(sheet: &ContactSheet<'_>) -> Result<Report, ReportError> {
    let mut figures = Figures::default();
    let ct = sheet.ct.map(|ct| volume(ct, &mut figures)).transpose()?;
    let ct_changes = ct_change::sections(&sheet.ct_changes, &mut figures)?;
    let mut maps = Vec::new();
    if let Some(minerals) = sheet.minerals {
        for view in &sheet.maps {
            maps.push(map(view, minerals, &mut figures)?);
        }
    }
    let title = format!("{}: what the inputs hold", sheet.sample);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content=(sheet.program);
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(include_str!("page/style.css"))) }
            }
            body {
                header {
                    h1 { (sheet.sample) }
                    p.lead { "What the inputs hold, before anything is done with them." }
                }
                main {
                    (problems(sheet, &mut figures))
                    @if let Some(ct) = &ct {
                        section id="ct" { h2 { "CT" } (ct) (ct_changes) }
                    }
                    @if !maps.is_empty() {
                        section id="maps" {
                            h2 { "Mineral maps" }
                            @for map in &maps { (map) }
                        }
                    }
                }
                footer { p { (sheet.program) "." } }
            }
        }
    };
    Ok(figures.into_report(page.into_string()))
}

fn problems(sheet: &ContactSheet<'_>, figures: &mut Figures) -> Markup {
    let column = |i: usize| {
        let cells = sheet.problems.iter().map(|problem| problem[i].clone());
        Cells::Text(cells.collect())
    };
    let table = PageTable::new("problems", "What must be mended")
        .column("Where", "where", column(0))
        .column("What is wrong", "problem", column(1))
        .column("What to do", "help", column(2));
    html! {
        section id="problems" {
            h2 { "Problems" }
            @if sheet.problems.is_empty() {
                p { "None: every file can be read." }
            } @else {
                (figures.table(&table))
            }
            @if !sheet.notes.is_empty() {
                h3 { "Worth knowing" }
                ul { @for note in &sheet.notes { li { (note) } } }
            }
        }
    }
}

/// The middle slices in three directions, and the histogram of all grey values.
fn volume(ct: &Volume<u16>, figures: &mut Figures) -> Result<Markup, ReportError> {
    let spacing = ct.spacing();
    let [nz, ny, nx] = ct.shape();
    let mut counts = vec![0u64; usize::from(u16::MAX) + 1];
    for &grey in ct.data() {
        counts[usize::from(grey)] += 1;
    }
    let window = Window::of(&counts);
    let mut panels = Vec::new();
    for (direction, axis, width_um, height_um) in [
        (Direction::Z, "z", spacing.x_um, spacing.y_um),
        (Direction::Y, "y", spacing.x_um, spacing.z_um),
        (Direction::X, "x", spacing.y_um, spacing.z_um),
    ] {
        let (index, slice) = central_slice(ct, direction);
        // Square pixels, so that a wrong voxel size along z shows as particles out of round.
        let rows = ((slice.rows() as f64 * height_um / width_um).round() as usize).max(1);
        let picture = Picture::from_fn(slice.cols(), rows, width_um, |x, y| {
            [window.shade(slice.at(x, y * slice.rows() / rows)); 3]
        });
        let words = format!("CT seen along {axis}, slice {index}");
        panels.push(figures.picture(
            &format!("ct_{axis}"),
            &picture,
            &format!("{words}."),
            html! { (words) "." },
        )?);
    }
    let chart = figures.chart("ct_histogram", window.histogram(&counts), html! {
        "Grey values of all voxels. Resin and particles should be two hills with a gap between them."
    });
    Ok(html! {
        p {
            (nx) " × " (ny) " × " (nz) " voxels of " (spacing.x_um) " × " (spacing.y_um) " × "
            (spacing.z_um) " µm."
        }
        div.pictures { @for panel in &panels { (panel) } }
        (chart)
    })
}

/// The grey values that a picture tells apart: from the first to the last of 99.8 % of the voxels.
struct Window {
    low: usize,
    high: usize,
}

impl Window {
    fn of(counts: &[u64]) -> Self {
        let total: u64 = counts.iter().sum();
        let end = |order: &mut dyn Iterator<Item = usize>| {
            let mut left = total / 1000;
            for grey in order {
                if counts[grey] > left {
                    return grey;
                }
                left -= counts[grey];
            }
            0
        };
        Self {
            low: end(&mut (0..counts.len())),
            high: end(&mut (0..counts.len()).rev()),
        }
    }

    fn shade(&self, grey: u16) -> u8 {
        let (low, high) = (self.low as f64, self.high as f64);
        (255.0 * (f64::from(grey) - low) / (high - low).max(1.0)).clamp(0.0, 255.0) as u8
    }

    fn histogram(&self, counts: &[u64]) -> String {
        let width = (self.high - self.low + 1).div_ceil(BARS).max(1);
        let total: u64 = counts.iter().sum();
        let bars: Vec<f64> = counts[self.low..=self.high]
            .chunks(width)
            .map(|bar| 100.0 * bar.iter().sum::<u64>() as f64 / total.max(1) as f64)
            .collect();
        let most = bars.iter().copied().fold(0.0, f64::max);
        let end = self.low + bars.len() * width;
        let mut x = Axis::around("grey value", self.low as f64, end as f64);
        (x.low, x.high) = (self.low as f64, end as f64);
        x.ticks.retain(|tick| (x.low..=x.high).contains(tick));
        let y = Axis::around("voxels (%)", 0.0, most);
        histogram("Grey values of the CT", &x, &y, &bars, BLUE, None)
    }
}

/// One map with its legend and areas.
fn map(
    view: &MapView<'_>,
    minerals: &Minerals,
    figures: &mut Figures,
) -> Result<Markup, ReportError> {
    let rows = minerals.rows();
    let picture = Picture::from_fn(
        view.classes.cols(),
        view.classes.rows(),
        view.pixel_um,
        |x, y| {
            let class = view.classes.at(x, y);
            rows.get(usize::from(class))
                .map_or(UNMEASURED_RGB, |mineral| mineral.rgb)
        },
    );
    let words = format!("The map {}", view.name);
    let mut panels = vec![figures.picture(
        &format!("map_{}", view.name),
        &picture,
        &format!("{words}."),
        html! { (words) "." },
    )?];
    if let Some(bse) = view.bse {
        panels.push(backscatter(view, bse, figures)?);
    }
    let mut pixels = vec![0u64; usize::from(UNMEASURED) + 1];
    for &class in view.classes.data() {
        pixels[usize::from(class)] += 1;
    }
    let unmeasured = pixels[usize::from(UNMEASURED)];
    let measured = view.classes.len() as u64 - unmeasured;
    let pct = |part: u64, of: u64| 100.0 * part as f64 / of.max(1) as f64;
    Ok(html! {
        h3 { (view.name) }
        p {
            (view.classes.cols()) " × " (view.classes.rows()) " pixels of " (view.pixel_um) " µm"
            @if unmeasured > 0 {
                "; " (format!("{:.1}", pct(unmeasured, view.classes.len() as u64)))
                " % were not measured " (swatch(UNMEASURED_RGB))
            }
            "."
        }
        div.pictures { @for panel in &panels { (panel) } }
        ul.minerals aria-label="Colours and areas of the minerals" {
            @for (mineral, &count) in rows.iter().zip(&pixels) {
                li {
                    (swatch(mineral.rgb)) (mineral.name) " "
                    (format!("{:.2}", pct(count, measured))) "\u{a0}%"
                }
            }
        }
    })
}

fn backscatter(
    view: &MapView<'_>,
    bse: &Raster<f32>,
    figures: &mut Figures,
) -> Result<Markup, ReportError> {
    let mut known: Vec<f32> = bse
        .data()
        .iter()
        .copied()
        .filter(|v| v.is_finite())
        .collect();
    known.sort_by(f32::total_cmp);
    let at = |share: f64| {
        let last = known.len().saturating_sub(1) as f64;
        known.get((share * last) as usize).copied().unwrap_or(0.0)
    };
    let (low, high) = (at(0.002), at(0.998));
    let picture = Picture::from_fn(bse.cols(), bse.rows(), view.pixel_um, |x, y| {
        let value = bse.at(x, y);
        if value.is_finite() {
            [(255.0 * (value - low) / (high - low).max(f32::MIN_POSITIVE)).clamp(0.0, 255.0) as u8;
                3]
        } else {
            UNMEASURED_RGB
        }
    });
    let words = format!("The BSE image of {}", view.name);
    figures.picture(
        &format!("bse_{}", view.name),
        &picture,
        &format!("{words}."),
        html! { (words) "." },
    )
}

#[cfg(test)]
mod tests {
    use corelith_core::{Mineral, Spacing};

    use super::*;

    #[test]
    fn problems_are_escaped_and_inputs_are_shown() {
        let mineral = |name: &str, red| Mineral {
            name: name.to_owned(),
            rgb: [red, 0, 0],
            density_g_cm3: None,
        };
        let rows = vec![mineral("Resin", 0), mineral("<b>Glass", 200)];
        let minerals = Minerals::new(rows, "Resin").unwrap();
        let spacing = Spacing::isotropic(2.0);
        let ct = Volume::from_fn([4, 6, 8], spacing, |x, y, z| (100 * (x + y + z)) as u16);
        let mut classes = Raster::from_fn(4, 4, |col, _| u8::from(col > 0));
        classes.data_mut()[0] = UNMEASURED;
        let page = contact_sheet(&ContactSheet {
            ct_changes: Vec::new(),
            program: "corelith".to_owned(),
            sample: "a <sample>".to_owned(),
            problems: vec![["ct/<x>.tif".into(), "cut short".into(), "copy it".into()]],
            notes: vec!["8 bit".to_owned()],
            minerals: Some(&minerals),
            ct: Some(&ct),
            maps: vec![MapView {
                name: "map_0".to_owned(),
                classes: &classes,
                pixel_um: 1.0,
                bse: None,
            }],
        })
        .unwrap();
        for part in [
            "ct/&lt;x&gt;.tif",
            "&lt;b&gt;Glass",
            "80.00",
            "6.2",
            "8 × 6 × 4",
        ] {
            assert!(page.html.contains(part), "{part}");
        }
        assert!(
            page.files
                .iter()
                .any(|(path, _)| path == "figures/ct_z.png")
        );
    }
}
