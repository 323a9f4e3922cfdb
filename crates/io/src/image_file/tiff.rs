//! Section images in TIFF: one page of whatever samples, colours and compression.

use std::path::Path;

use super::grey_planes;
use super::sixteen_bits::bytes_of_16_bits;
use super::{Grey, ImageFile, ImageKind, PAGE_OF_MAP, Pixels, Problem, check_size};
use crate::Error;
use crate::tiff_file::{
    JPEG, Page, Part, SampleFormat, TiffFile, Use, bytes_of_sample, decode, is_secondary, size_of,
};

const WHITE_IS_ZERO: u64 = 0;
const BLACK_IS_ZERO: u64 = 1;
const RGB: u64 = 2;
const PALETTE: u64 = 3;
const YCBCR: u64 = 6;

const ASSOCIATED_ALPHA: u64 = 1;
const UNASSOCIATED_ALPHA: u64 = 2;

/// What is known of a page before it is chosen.
struct Listed {
    offset: u64,
    cols: usize,
    rows: usize,
    is_secondary: bool,
}

/// The page that is meant: the wanted one, counted from 1, else the largest.
fn choose(
    pages: &[Listed],
    wanted: Option<usize>,
    key: &str,
    path: &Path,
) -> Result<(usize, Option<String>), Error> {
    let problem = |problem: String| Error::Image {
        path: path.to_owned(),
        problem,
    };
    let listed = || {
        pages
            .iter()
            .enumerate()
            .map(|(i, p)| format!("page {} of {} x {} pixels", i + 1, p.cols, p.rows))
            .take(8)
            .collect::<Vec<_>>()
            .join(", ")
    };
    if let Some(wanted) = wanted {
        return if (1..=pages.len()).contains(&wanted) {
            Ok((wanted - 1, None))
        } else {
            Err(problem(format!(
                "page {wanted} is wanted, and the file has {} ({}); set `{key}` of the map to \
                 one of them",
                pages.len(),
                listed()
            )))
        };
    }
    let area = |p: &Listed| (p.cols as u64).saturating_mul(p.rows as u64);
    let all_secondary = pages.iter().all(|p| p.is_secondary);
    let primary = |p: &Listed| !p.is_secondary || all_secondary;
    let largest = pages
        .iter()
        .filter(|p| primary(p))
        .map(area)
        .max()
        .unwrap_or(0);
    let mut of_that_size =
        (0..pages.len()).filter(|i| primary(&pages[*i]) && area(&pages[*i]) == largest);
    let chosen = of_that_size.next().unwrap_or(0);
    if let Some(other) = of_that_size.next() {
        return Err(problem(format!(
            "a TIFF of {} pages, of which pages {} and {} are equally large ({}): set `{key}` of \
             the map (counted from 1) to the one that is meant, or export that page alone",
            pages.len(),
            chosen + 1,
            other + 1,
            listed()
        )));
    }
    let note = (pages.len() > 1).then(|| {
        format!(
            "the largest of {} pages is taken: page {} of {} x {} pixels",
            pages.len(),
            chosen + 1,
            pages[chosen].cols,
            pages[chosen].rows
        )
    });
    Ok((chosen, note))
}

/// The samples as numbers of their own depth.
pub(super) enum Samples {
    U8(Vec<u8>),
    U16(Vec<u16>),
    Real(Vec<f64>),
}

fn typed(bytes: Vec<u8>, page: &Page) -> Samples {
    fn values<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f64) -> Samples {
        let words = bytes.as_chunks::<N>().0;
        Samples::Real(words.iter().map(|word| value(*word)).collect())
    }
    use SampleFormat::{Complex, Float, Signed, Unsigned};
    match (bytes_of_sample(page), page.format) {
        (1, Unsigned | Float | Complex) => Samples::U8(bytes),
        (1, Signed) => values(&bytes, |b: [u8; 1]| f64::from(i8::from_ne_bytes(b))),
        (2, Unsigned) => Samples::U16(
            bytes
                .as_chunks::<2>()
                .0
                .iter()
                .map(|b| u16::from_ne_bytes(*b))
                .collect(),
        ),
        (2, Signed) => values(&bytes, |b| f64::from(i16::from_ne_bytes(b))),
        (2, Float | Complex) => values(&bytes, |b| half::f16::from_ne_bytes(b).to_f64()),
        (4, Unsigned) => values(&bytes, |b| f64::from(u32::from_ne_bytes(b))),
        (4, Signed) => values(&bytes, |b| f64::from(i32::from_ne_bytes(b))),
        (4, Float | Complex) => values(&bytes, |b| f64::from(f32::from_ne_bytes(b))),
        (_, Unsigned) => values(&bytes, |b| u64::from_ne_bytes(b) as f64),
        (_, Signed) => values(&bytes, |b| i64::from_ne_bytes(b) as f64),
        (_, Float | Complex) => values(&bytes, f64::from_ne_bytes),
    }
}

fn depth_in_words(page: &Page) -> String {
    let format = match page.format {
        SampleFormat::Unsigned => "",
        SampleFormat::Signed => " signed",
        SampleFormat::Float => " float",
        SampleFormat::Complex => " complex",
    };
    format!("{}-bit{format}", page.bits)
}

/// Reads the page that is `wanted` by the setting `key`, counted from 1, else the largest.
///
/// # Errors
/// [`Error::Image`] for what is no such image, is cut short, or is too large.
pub(super) fn read(path: &Path, wanted: Option<usize>, key: &str) -> Result<ImageFile, Error> {
    let file = TiffFile::open(path, 0, Use::Section)?;
    let mut pages = Vec::new();
    file.for_each_page(|number, offset, directory| {
        let [cols, rows] = size_of(&file, directory, number)?;
        pages.push(Listed {
            offset,
            cols,
            rows,
            is_secondary: is_secondary(&file, directory, number)?,
        });
        Ok(())
    })?;
    if wanted.is_none()
        && key == PAGE_OF_MAP
        && let Some(image) = of_grey_pages(&file, &pages)?
    {
        return Ok(image);
    }
    let (index, note) = choose(&pages, wanted, key, path)?;
    let directory = file.directory(pages[index].offset, index)?;
    let page = &Page::of(&file, &directory, index)?;
    check_size(path, page.cols, page.rows)?;
    colours_of(page).map_err(|problem| problem.of(path))?;
    let samples = decode(&file, page, index, Part::All)?;
    let mut notes: Vec<String> = note.into_iter().collect();
    let pixels =
        interpret(typed(samples, page), page, &mut notes).map_err(|problem| problem.of(path))?;
    Ok(ImageFile {
        cols: page.cols,
        rows: page.rows,
        pixels,
        orientation: page.orientation,
        kind: ImageKind::Tiff,
        lossy: page.compression == JPEG,
        colour_key: false,
        notes,
    }
    .upright())
}

/// The colours of a file of nothing but three grey pages of one size, where they are such.
fn of_grey_pages(file: &TiffFile, pages: &[Listed]) -> Result<Option<ImageFile>, Error> {
    let [first, second, third] = pages else {
        return Ok(None);
    };
    if [second, third].map(|p| [p.cols, p.rows]) != [[first.cols, first.rows]; 2] {
        return Ok(None);
    }
    check_size(file.path(), first.cols, first.rows)?;
    let mut planes = Vec::new();
    let mut orientation = None;
    for (i, listed) in pages.iter().enumerate() {
        let page = Page::of(file, &file.directory(listed.offset, i)?, i)?;
        let is_plane = page.photometric == BLACK_IS_ZERO
            && page.samples == 1
            && page.compression != JPEG
            && *orientation.get_or_insert(page.orientation) == page.orientation;
        if !is_plane {
            return Ok(None);
        }
        planes.push(typed(decode(file, &page, i, Part::All)?, &page));
    }
    let found = <[Samples; 3]>::try_from(planes)
        .ok()
        .and_then(grey_planes::as_colours);
    Ok(found.zip(orientation).map(|((rgba, notes), orientation)| {
        ImageFile {
            cols: first.cols,
            rows: first.rows,
            pixels: Pixels::Colour(rgba),
            orientation,
            kind: ImageKind::Tiff,
            lossy: false,
            colour_key: false,
            notes,
        }
        .upright()
    }))
}

/// Samples that make a colour.
fn colours_of(page: &Page) -> Result<usize, Problem> {
    let colours = match page.photometric {
        WHITE_IS_ZERO | BLACK_IS_ZERO | PALETTE => 1,
        RGB => 3,
        // The decoder gives RGB.
        YCBCR if page.compression == JPEG => 3,
        YCBCR => {
            return Err(Problem(
                "a TIFF with YCbCr colours that are not JPEG; export it as RGB".to_owned(),
            ));
        }
        5 => {
            return Err(Problem(
                "a CMYK image for printing; export it as RGB".to_owned(),
            ));
        }
        other => {
            return Err(Problem(format!(
                "a TIFF with the colour model {other}; export it as greyscale, RGB or with a \
                 palette"
            )));
        }
    };
    if page.samples < colours {
        return Err(Problem(format!(
            "a TIFF that calls itself RGB and has {} channels; export it again",
            page.samples
        )));
    }
    if page.format == SampleFormat::Complex {
        return Err(Problem(
            "a TIFF of complex numbers; export their size as greyscale".to_owned(),
        ));
    }
    Ok(colours)
}

/// What the samples of a page mean.
fn interpret(samples: Samples, page: &Page, notes: &mut Vec<String>) -> Result<Pixels, Problem> {
    let channels = page.samples;
    let colours = colours_of(page)?;
    // An extra sample without a meaning is no transparency (TIFF 6.0, ExtraSamples).
    let extra = page.extra_samples.first().copied().unwrap_or(0);
    let alpha = channels > colours && matches!(extra, ASSOCIATED_ALPHA | UNASSOCIATED_ALPHA);
    if colours == 1 {
        if channels == 3 && page.photometric == BLACK_IS_ZERO {
            let planes = [0, 1, 2].map(|at| match &samples {
                Samples::U8(v) => Samples::U8(every(v, 3, at)),
                Samples::U16(v) => Samples::U16(every(v, 3, at)),
                Samples::Real(v) => Samples::Real(every(v, 3, at)),
            });
            if let Some((rgba, said)) = grey_planes::as_colours(planes) {
                notes.extend(said);
                return Ok(Pixels::Colour(rgba));
            }
        }
        if channels > 1 && !alpha {
            return Err(Problem(format!(
                "a greyscale TIFF of {channels} channels; export the one that is meant"
            )));
        }
        return grey(samples, page, alpha);
    }
    let mut rgba = match samples {
        Samples::U8(values) => interleaved(&values, channels, alpha),
        Samples::U16(values) => {
            let (bytes, note) = bytes_of_16_bits(&values);
            notes.extend(note);
            interleaved(&bytes, channels, alpha)
        }
        Samples::Real(_) => {
            return Err(Problem(format!(
                "a colour image of {} a channel; export it with 8 bits a channel",
                depth_in_words(page)
            )));
        }
    };
    if alpha && extra == ASSOCIATED_ALPHA {
        rgba.iter_mut().for_each(undo_premultiplication);
    }
    Ok(Pixels::Colour(rgba))
}

fn interleaved(values: &[u8], channels: usize, alpha: bool) -> Vec<[u8; 4]> {
    values
        .chunks_exact(channels)
        .map(|p| [p[0], p[1], p[2], if alpha { p[3] } else { 255 }])
        .collect()
}

fn undo_premultiplication(pixel: &mut [u8; 4]) {
    let alpha = u32::from(pixel[3]);
    for channel in &mut pixel[..3] {
        let full = (u32::from(*channel) * 255 + alpha / 2).checked_div(alpha);
        *channel = full.unwrap_or(0).min(255) as u8;
    }
}

fn every<T: Copy>(values: &[T], channels: usize, at: usize) -> Vec<T> {
    values.iter().skip(at).step_by(channels).copied().collect()
}

fn grey(samples: Samples, page: &Page, alpha: bool) -> Result<Pixels, Problem> {
    let channels = page.samples;
    let (values, transparent) = match samples {
        Samples::U8(v) if channels == 1 => (Grey::U8(v), None),
        Samples::U16(v) if channels == 1 => (Grey::U16(v), None),
        Samples::Real(v) if channels == 1 => (Grey::Real(v), None),
        Samples::U8(v) => (
            Grey::U8(every(&v, channels, 0)),
            alpha.then(|| every(&v, channels, 1).iter().map(|a| *a == 0).collect()),
        ),
        Samples::U16(v) => (
            Grey::U16(every(&v, channels, 0)),
            alpha.then(|| every(&v, channels, 1).iter().map(|a| *a == 0).collect()),
        ),
        Samples::Real(v) => (
            Grey::Real(every(&v, channels, 0)),
            alpha.then(|| every(&v, channels, 1).iter().map(|a| *a == 0.0).collect()),
        ),
    };
    if page.photometric == PALETTE {
        return coloured(&values, &page.palette);
    }
    // One bit is black or white, as every viewer shows it.
    let values = match values {
        Grey::U8(v) if page.bits == 1 => Grey::U8(v.iter().map(|v| v * 255).collect()),
        other => other,
    };
    Ok(Pixels::Grey {
        values,
        white_is_zero: page.photometric == WHITE_IS_ZERO,
        white: (page.format == SampleFormat::Unsigned && page.bits > 1)
            .then(|| (2f64).powi(page.bits as i32) - 1.0),
        transparent,
    })
}

/// The colours of palette entries; the palette holds all reds, then all greens, then all blues.
fn coloured(entries: &Grey, palette: &[u64]) -> Result<Pixels, Problem> {
    let colours = palette.len() / 3;
    // Palettes hold 16 bits a channel (TIFF 6.0, ColorMap); some programs write 8.
    let shift = if palette.iter().any(|c| *c > 255) {
        8
    } else {
        0
    };
    let of = |entry: usize| {
        let channel = |c: usize| (palette[c * colours + entry] >> shift) as u8;
        (entry < colours).then(|| [channel(0), channel(1), channel(2), 255])
    };
    let rgba: Option<Vec<_>> = match entries {
        Grey::U8(v) => v.iter().map(|e| of(usize::from(*e))).collect(),
        Grey::U16(v) => v.iter().map(|e| of(usize::from(*e))).collect(),
        Grey::Real(_) => None,
    };
    rgba.map(Pixels::Colour).ok_or_else(|| {
        Problem(format!(
            "a pixel points past the {colours} colours of the palette; export it again"
        ))
    })
}
