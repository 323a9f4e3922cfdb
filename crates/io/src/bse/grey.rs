//! Grey values of whatever the file holds.

use crate::image_file::{Grey, ImageFile, Pixels, Problem};

/// Channels of a grey JPEG stored as colours differ by as much.
const LOSSY_DIFFERENCE: u8 = 24;

/// More coloured pixels than this share are no annotation.
const ANNOTATION_SHARE_MAX: f64 = 0.1;

/// Brighter is larger; NaN where the image has no value.
pub(super) fn values(image: &ImageFile, notes: &mut Vec<String>) -> Result<Vec<f32>, Problem> {
    match &image.pixels {
        Pixels::Grey {
            values,
            white_is_zero,
            white,
            transparent,
        } => {
            let mut grey: Vec<f32> = match values {
                Grey::U8(v) => v.iter().map(|v| f32::from(*v)).collect(),
                Grey::U16(v) => v.iter().map(|v| f32::from(*v)).collect(),
                Grey::Real(v) => v.iter().map(|v| *v as f32).collect(),
            };
            for (i, v) in grey.iter_mut().enumerate() {
                if !v.is_finite() || transparent.as_ref().is_some_and(|t| t[i]) {
                    *v = f32::NAN;
                }
            }
            if *white_is_zero {
                let largest = grey.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let white = white.map_or(largest, |white| white as f32);
                grey.iter_mut().for_each(|v| *v = white - *v);
                notes.push("stored with 0 as white: turned so that brighter is larger".to_owned());
            }
            Ok(grey)
        }
        Pixels::Colour(rgba) => of_colours(rgba, image, notes),
    }
}

/// SEM programs like to export grey images as RGB, with annotations in colour.
fn of_colours(
    rgba: &[[u8; 4]],
    image: &ImageFile,
    notes: &mut Vec<String>,
) -> Result<Vec<f32>, Problem> {
    let allowed = if image.lossy { LOSSY_DIFFERENCE } else { 0 };
    let is_coloured =
        |&[r, g, b, alpha]: &[u8; 4]| alpha > 0 && r.max(g).max(b) - r.min(g).min(b) > allowed;
    let coloured = rgba.iter().filter(|p| is_coloured(p)).count();
    let first = rgba.iter().position(is_coloured).unwrap_or(0);
    let (col, row) = (first % image.cols, first / image.cols);
    let share = coloured as f64 / rgba.len() as f64;
    if share > ANNOTATION_SHARE_MAX {
        return Err(Problem(format!(
            "a colour image ({:.0} % of the pixels are coloured, the first at column {col}, row \
             {row}), expected the grey values of the BSE detector; are `bse` and `mineral_map` \
             exchanged? Else export the image in grey, or crop a coloured frame by `bse_crop_px`",
            100.0 * share
        )));
    }
    if coloured > 0 {
        notes.push(format!(
            "{coloured} coloured pixels ({:.2} %), the first at column {col}, row {row}, are left \
             out as annotations",
            100.0 * share
        ));
    }
    // Luma of ITU-R BT.601: equal channels keep their value.
    let luma =
        |[r, g, b]: [u8; 3]| 0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b);
    let value = |p: &[u8; 4]| match *p {
        [.., 0] => f32::NAN,
        [r, g, b, _] if r == g && g == b => f32::from(r),
        [r, g, b, _] if !is_coloured(p) => luma([r, g, b]),
        _ => f32::NAN,
    };
    Ok(rgba.iter().map(value).collect())
}
