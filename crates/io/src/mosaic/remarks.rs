//! What is said of a mosaic.

use std::path::PathBuf;

use super::Stitching;
use super::seams::GreyScale;
use crate::MineralMap;
use crate::several_images::file_name;

/// Remarks on single frames that are told.
const FRAME_NOTES: usize = 6;

/// What is to be said of frames, the same of several of them once.
pub(super) fn of_frames<'a>(
    paths: &[PathBuf],
    notes: impl Iterator<Item = &'a [String]>,
) -> Vec<String> {
    let mut all: Vec<(&str, Vec<String>)> = Vec::new();
    for (path, notes) in paths.iter().zip(notes) {
        for note in notes {
            match all.iter_mut().find(|(other, _)| other == note) {
                Some((_, frames)) => frames.push(file_name(path)),
                None => all.push((note, vec![file_name(path)])),
            }
        }
    }
    let more = all.len().saturating_sub(FRAME_NOTES);
    let told = all.iter().take(FRAME_NOTES);
    let mut told: Vec<String> = told
        .map(|(note, frames)| match &**frames {
            [one] => format!("{one}: {note}"),
            [first, second] => format!("{first} and {second}: {note}"),
            [first, others @ ..] => format!("{first} and {} other frames: {note}", others.len()),
            [] => (*note).to_owned(),
        })
        .collect();
    if more > 0 {
        told.push(format!(
            "further remarks on single frames, which are not told here: {more}"
        ));
    }
    told
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
        "{} put together to {cols} x {rows} pixels: {overlaps}; {:.2} % of the area was not \
         measured or lies between frames",
        match stitching.frames.len() {
            1 => "one frame".to_owned(),
            n => format!("{n} frames"),
        },
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_of_several_frames_is_told_once() {
        let paths: Vec<PathBuf> = (0..9).map(|i| format!("m/{i}.png").into()).collect();
        let notes = |i: usize| match i {
            0 | 3 | 4 => vec!["cropped".to_owned()],
            1 | 2 => vec!["lossy".to_owned()],
            i => vec![format!("of {i}")],
        };
        let notes: Vec<Vec<String>> = (0..9).map(notes).collect();
        let told = of_frames(&paths, notes.iter().map(Vec::as_slice));
        assert_eq!(told[0], "0.png and 2 other frames: cropped");
        assert_eq!(told[1], "1.png and 2.png: lossy");
        assert_eq!(told[2], "5.png: of 5");
        assert_eq!(told.len(), FRAME_NOTES);
        let many: Vec<Vec<String>> = (0..9).map(|i| vec![format!("of {i}")]).collect();
        let told = of_frames(&paths, many.iter().map(Vec::as_slice));
        assert!(told[FRAME_NOTES].ends_with(": 3"), "{told:?}");
    }
}
