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
}

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
        self.tables.push((path.clone(), table.data()));
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
        let path = self.keep(path, whole);
        Ok((markup, path))
    }

    /// A chart.
    pub fn chart(&mut self, name: &str, svg: String, caption: Markup) -> Markup {
        let path = self.keep(path_of("figures", name, "svg"), svg.clone().into_bytes());
        html! {
            figure.chart {
                (PreEscaped(svg))
                figcaption { (caption) " " (link(&path)) }
            }
        }
    }

    /// Keeps a file once; another one of the same name gets a number.
    fn keep(&mut self, path: String, contents: Vec<u8>) -> String {
        let (stem, extension) = path.rsplit_once('.').unwrap_or((&path, ""));
        let mut free = path.clone();
        for number in 2.. {
            match self.files.iter().find(|(taken, _)| *taken == free) {
                Some((_, kept)) if *kept == contents => return free,
                Some(_) => free = format!("{stem}_{number}.{extension}"),
                None => break,
            }
        }
        self.files.push((free.clone(), contents));
        free
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
        let mut keep = |contents: u8| figures.keep("figures/a.png".to_owned(), vec![contents]);
        assert_eq!(keep(1), "figures/a.png");
        assert_eq!(keep(1), "figures/a.png");
        assert_eq!(keep(2), "figures/a_2.png");
        assert_eq!(keep(3), "figures/a_3.png");
        assert_eq!(figures.files.len(), 3);
    }
}
