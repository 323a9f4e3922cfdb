//! What is said of a mosaic.

use super::Stitching;
use super::layout::{Layout, file_name};
use super::seams::GreyScale;
use crate::MineralMap;

/// Notes of single frames that are repeated.
const FRAME_NOTES: usize = 6;

/// What is to be said of frames, with the name of the first that it is said of.
pub(super) fn of_frames<'a>(
    layout: &Layout,
    notes: impl Iterator<Item = &'a [String]>,
) -> Vec<String> {
    let mut all: Vec<String> = notes
        .enumerate()
        .flat_map(|(i, notes)| {
            let name = file_name(&layout.paths[i]);
            notes.iter().map(move |note| format!("{name}: {note}"))
        })
        .collect();
    if all.len() > FRAME_NOTES {
        let more = all.len() - FRAME_NOTES;
        all.truncate(FRAME_NOTES);
        all.push(format!(
            "{more} more remarks of the same kind on other frames"
        ));
    }
    all
}

/// How the frames were put together, in a sentence.
pub(super) fn summary(stitching: &Stitching, map: &MineralMap) -> String {
    let [cols, rows] = stitching.size_px;
    let used: Vec<f64> = stitching
        .links
        .iter()
        .filter(|link| link.used)
        .map(|link| link.residual_px)
        .collect();
    let between = map.unmeasured_pixels();
    let overlaps = match used.len() {
        0 => {
            "no overlap tells where they lie: look whether the picture of them is right".to_owned()
        }
        n => format!(
            "{n} of {} overlaps place them, to {:.2} pixels rms",
            stitching.links.len(),
            (used.iter().map(|r| r * r).sum::<f64>() / n as f64).sqrt()
        ),
    };
    format!(
        "{} frames put together to {cols} x {rows} pixels: {overlaps}; {:.2} % of the area was not \
         measured or lies between frames",
        stitching.frames.len(),
        100.0 * between as f64 / map.classes.len() as f64
    )
}

/// How far the grey values of frames were off each other.
pub(super) fn range_of(scales: &[GreyScale]) -> Option<String> {
    let gains = || scales.iter().map(|scale| scale.gain);
    let least = gains().fold(f64::INFINITY, f64::min);
    let most = gains().fold(f64::NEG_INFINITY, f64::max);
    (scales.len() > 1).then(|| {
        format!(
            "the grey values of the frames were evened where they overlap: gains from {least:.3} to \
             {most:.3}"
        )
    })
}
