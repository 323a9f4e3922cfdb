//! Maps in grey: class numbers, or colours that are grey.

use std::path::Path;

use corelith_core::UNMEASURED;

use super::legends::refuse_swatches;
use super::numbers::{classes_of_numbers, could_be_numbers, unexplained};
use super::read::{Found, MapSettings};
use crate::colours::{Palette, matched};
use crate::image_file::{Grey, ImageFile, Pixels};
use crate::{Error, MineralList};

/// A greyscale image that is stored as colours.
pub(super) fn grey_of_colours(rgba: &[[u8; 4]]) -> Option<Pixels> {
    let is_grey = |&[r, g, b, _]: &[u8; 4]| r == g && g == b;
    rgba.iter().all(is_grey).then(|| Pixels::Grey {
        values: Grey::U8(rgba.iter().map(|p| p[0]).collect()),
        white_is_zero: false,
        white: Some(255.0),
        transparent: Some(rgba.iter().map(|p| p[3] == 0).collect()),
    })
}

/// Greyscale: class numbers where something says so, else colours that are grey.
pub(super) fn greys(
    image: &ImageFile,
    list: &MineralList,
    palette: &Palette,
    settings: &MapSettings,
    path: &Path,
    notes: &mut Vec<String>,
) -> Result<Found, Error> {
    let Pixels::Grey {
        values,
        white_is_zero,
        white,
        transparent,
    } = &image.pixels
    else {
        unreachable!("only greyscale images come here");
    };
    let hide = |mut classes: Vec<u8>, moved: Vec<bool>| {
        for (class, hidden) in classes.iter_mut().zip(transparent.iter().flatten()) {
            if *hidden {
                *class = UNMEASURED;
            }
        }
        Found { classes, moved }
    };
    let by_number = classes_of_numbers(values, image.cols, list, settings.numbers);
    let numbers_are_asked_for = settings.numbers.is_some();
    match by_number {
        Some(Ok(_)) if image.lossy => {
            return Err(Error::Image {
                path: path.to_owned(),
                problem: format!(
                    "class numbers in a {} image, whose compression changes them; export the map \
                     as PNG or TIFF",
                    image.kind.name()
                ),
            });
        }
        Some(Ok((classes, note))) => {
            if settings.crop_px.is_none() {
                let labels: Vec<u16> = classes.iter().map(|class| u16::from(*class)).collect();
                refuse_swatches(&labels, [image.cols, image.rows], path)?;
            }
            notes.push(note);
            return Ok(hide(classes, Vec::new()));
        }
        Some(Err(problem)) if numbers_are_asked_for => return Err(problem.of(path)),
        _ => {}
    }
    let tolerance = settings.colour_tolerance.map(|t| t as f32);
    let as_colours = shown_as_bytes(values, *white, *white_is_zero).map(|bytes| {
        let rgba: Vec<[u8; 4]> = bytes.iter().map(|&v| [v, v, v, 255]).collect();
        matched(&rgba, image.cols, palette, tolerance)
    });
    match as_colours {
        // With a tolerance the numbers 0, 1, 2 are all black.
        Some(found)
            if found.unknown.is_empty()
                && (found.moved.is_empty() || !could_be_numbers(values, list)) =>
        {
            let label = |i: usize| found.entry(i).map_or(UNMEASURED, |e| palette.label(e));
            let classes = (0..image.cols * image.rows).map(label).collect();
            Ok(hide(classes, found.moved))
        }
        _ => Err(match by_number {
            Some(Err(problem)) => problem,
            _ => unexplained(values, list),
        }
        .of(path)),
    }
}

/// Grey values as a viewer shows them with 8 bits; `None` for what has more.
fn shown_as_bytes(values: &Grey, white: Option<f64>, white_is_zero: bool) -> Option<Vec<u8>> {
    let Grey::U8(values) = values else {
        return None;
    };
    let scale = 255.0 / white.unwrap_or(255.0);
    let shown = |v: &u8| {
        let byte = (f64::from(*v) * scale).round().min(255.0) as u8;
        if white_is_zero { 255 - byte } else { byte }
    };
    Some(values.iter().map(shown).collect())
}
