use std::borrow::Cow;

use base64::Engine as _;
use corelith_core::Table;
use maud::{Markup, PreEscaped, html};

use crate::picture::{Picture, draw_scale_bar};
use crate::table::PageTable;
use crate::{Report, ReportError};

/// Collects the figures and tables of the page: each is part of it and a file beside it.
#[derive(Debug, Default)]
pub struct Figures {
    files: Vec<(String, Vec<u8>)>,
    tables: Vec<(String, Table)>,
    groups: Vec<(String, ParticleGroup)>,
}

/// Particles by what a chart shows them by; its bars and points stand for bins.
#[derive(Debug)]
pub struct ParticleGroup {
    /// Bin of each particle of the measurements; none for those that do not count.
    pub bins: Vec<Option<usize>>,
    /// The mineral that the particles are weighed by; by their volume without one.
    pub mineral: Option<u8>,
}

/// Characters of a file's name, before its number and ending: file systems take 255 bytes, and some
/// programs 260 characters of a whole path.
const LONGEST_NAME: usize = 100;

/// Longest side of a picture in the page; the file beside it keeps all pixels.
const LONGEST_IN_PAGE: usize = 640;

impl Figures {
    /// A picture with its scale bar. `name` becomes the file name, `alt` is for those who cannot
    /// see it.
    pub fn picture(
        &mut self,
        name: &str,
        picture: &Picture,
        alt: &str,
        caption: Markup,
    ) -> Result<Markup, ReportError> {
        let (image, path) = self.embed(name, picture, alt)?;
        Ok(html! {
            figure {
                (image)
                figcaption { (caption) " " (link(&path)) }
            }
        })
    }

    /// The image alone, a link to its file.
    pub fn image(
        &mut self,
        name: &str,
        picture: &Picture,
        alt: &str,
    ) -> Result<Markup, ReportError> {
        let (image, path) = self.embed(name, picture, alt)?;
        Ok(html! { a href=(path) { (image) } })
    }

    /// A table.
    pub fn table(&mut self, table: &PageTable) -> Markup {
        let path = path_of("tables", &table.stem, "csv");
        let path = keep(&mut self.tables, path, table.data());
        table.markup(link(&path))
    }

    /// The image element, and the path of its file.
    fn embed(
        &mut self,
        name: &str,
        picture: &Picture,
        alt: &str,
    ) -> Result<(Markup, String), ReportError> {
        let path = path_of("figures", name, "png");
        let with_bar = |picture: &Picture| {
            let mut picture = picture.clone();
            draw_scale_bar(&mut picture);
            picture
        };
        let whole = with_bar(picture).png(&path)?;
        let shown = if picture.width().max(picture.height()) > LONGEST_IN_PAGE {
            Cow::Owned(with_bar(&fewer_shades(&picture.shrunk(LONGEST_IN_PAGE))).png(&path)?)
        } else {
            Cow::Borrowed(&whole)
        };
        let data = base64::engine::general_purpose::STANDARD.encode(shown.as_slice());
        let (width, height) = (picture.width(), picture.height());
        let markup = html! {
            img src=(format!("data:image/png;base64,{data}")) alt=(alt)
                width=(width) height=(height) decoding="async";
        };
        let path = keep(&mut self.files, path, whole);
        Ok((markup, path))
    }

    /// A chart.
    pub fn chart(&mut self, name: &str, svg: String, caption: Markup) -> Markup {
        let path = path_of("figures", name, "svg");
        let path = keep(&mut self.files, path, svg.clone().into_bytes());
        html! {
            figure.chart {
                (PreEscaped(svg))
                figcaption { (caption) " " (link(&path)) }
            }
        }
    }

    /// Keeps what the marks of a chart stand for.
    pub fn group(&mut self, name: &str, group: ParticleGroup) {
        self.groups.push((name.to_owned(), group));
    }

    /// What the marks of all charts stand for.
    pub fn groups(&self) -> &[(String, ParticleGroup)] {
        &self.groups
    }

    /// The page with everything that lies beside it.
    pub fn into_report(self, html: String) -> Report {
        Report {
            html,
            files: self.files,
            tables: self.tables,
        }
    }
}

/// Keeps a file once, under its path; another one of the same name gets a number. Names that differ in
/// capitals alone are the same file on some systems.
fn keep<T: PartialEq>(kept: &mut Vec<(String, T)>, path: String, contents: T) -> String {
    let (stem, extension) = path.rsplit_once('.').unwrap_or((&path, ""));
    let mut free = path.clone();
    for number in 2.. {
        let taken = kept
            .iter()
            .find(|(taken, _)| taken.eq_ignore_ascii_case(&free));
        match taken {
            Some((taken, kept)) if *taken == free && *kept == contents => return free,
            Some(_) => free = format!("{stem}_{number}.{extension}"),
            None => break,
        }
    }
    kept.push((free.clone(), contents));
    free
}

/// Half the shades of each colour: noise is what makes CT pictures large, and the eye does not
/// see so fine a step. The file beside the page keeps them all.
fn fewer_shades(picture: &Picture) -> Picture {
    Picture::from_fn(
        picture.width(),
        picture.height(),
        picture.pixel_um,
        |x, y| picture.at(x, y).map(|c| c & !3 | c >> 6),
    )
}

fn path_of(folder: &str, name: &str, extension: &str) -> String {
    let safe: String = name
        .chars()
        .take(LONGEST_NAME)
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
                c
            } else {
                '_'
            }
        })
        .collect();
    format!("{folder}/{safe}.{extension}")
}

fn link(path: &str) -> Markup {
    let kind = path.rsplit('.').next().unwrap_or_default().to_uppercase();
    html! { a.file href=(path) { (kind) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_kept_once_and_never_overwritten() {
        let mut figures = Figures::default();
        let mut keep = |contents: u8| {
            keep(
                &mut figures.files,
                "figures/a.png".to_owned(),
                vec![contents],
            )
        };
        assert_eq!(keep(1), "figures/a.png");
        assert_eq!(keep(1), "figures/a.png");
        assert_eq!(keep(2), "figures/a_2.png");
        assert_eq!(keep(3), "figures/a_3.png");
        assert_eq!(figures.files.len(), 3);
        let other = super::keep(&mut figures.files, "figures/A.png".to_owned(), vec![1]);
        assert_eq!(
            other, "figures/A_4.png",
            "one file where capitals do not count"
        );
    }

    #[test]
    fn tables_of_alike_names_are_all_kept() {
        use crate::table::Cells;

        let mut figures = Figures::default();
        let long = "x".repeat(400);
        for (mineral, value) in [
            ("A/B", 1.0),
            ("A_B", 2.0),
            ("A B", 3.0),
            ("a b", 4.0),
            (&long, 5.0),
        ] {
            let table = PageTable::new(format!("liberation_{mineral}"), mineral).column(
                "Share",
                "share_pct",
                Cells::Number(vec![value], 1),
            );
            figures.table(&table);
        }
        let mut paths: Vec<String> = figures
            .tables
            .iter()
            .map(|(path, _)| path.to_lowercase())
            .collect();
        assert!(paths.iter().all(|path| path.len() < 120));
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), 5, "{paths:?}");
    }
}
