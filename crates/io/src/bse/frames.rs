//! The BSE images of the frames of a mosaic.

use std::path::Path;

use corelith_core::{Progress, Raster, UNMEASURED};

use super::fit::{Fit, fitted};
use super::{BseSettings, GreyImage, grey_image, invalid};
use crate::{Error, MineralMap};

/// A BSE image and the frame that it belongs to.
#[derive(Clone, Copy)]
pub(crate) struct FrameBse<'a> {
    pub path: &'a Path,
    /// File of the frame, for messages.
    pub map_path: &'a Path,
    pub map: &'a MineralMap,
}

/// Pixels of a frame that are not of its most frequent class: the more, the clearer its BSE image
/// lies on it.
fn variety(map: &MineralMap) -> usize {
    let mut counts = [0usize; 256];
    for class in map.classes.data() {
        counts[usize::from(*class)] += 1;
    }
    counts[usize::from(UNMEASURED)] = 0;
    counts.iter().sum::<usize>() - counts.iter().copied().max().unwrap_or(0)
}

/// What is to be said of each frame.
type Notes = Vec<Vec<String>>;

/// Grey values on the pixels of each frame, NaN where there are none, and what is to be said of
/// each. All BSE images lie alike on their frames; where they are of another size, the frame that
/// shows most tells how.
///
/// # Errors
/// Those of [`read_bse`](super::read_bse); a frame without content is none here.
pub(crate) fn read_frames(
    frames: &[FrameBse<'_>],
    settings: &BseSettings,
    progress: &dyn Progress,
) -> Result<(Vec<Raster<f32>>, Notes), Error> {
    let sizes = |image: &GreyImage, map: &MineralMap| {
        let size = [map.classes.cols(), map.classes.rows()];
        ([image.cols, image.rows()], size)
    };
    let mut fit = None;
    let shows_most = frames.iter().max_by_key(|frame| variety(frame.map));
    if let (Some(frame), None) = (shows_most, settings.offset_px) {
        let (image, _) = grey_image(frame.path, frame.map, settings, &mut Vec::new())?;
        let (found, expected) = sizes(&image, frame.map);
        if found != expected {
            let of_frame = fitted(&image, &frame.map.classes).map_err(|best| Error::ImageSize {
                path: frame.path.to_owned(),
                map: frame.map_path.to_owned(),
                expected,
                found,
                best,
            })?;
            fit = Some((of_frame, found, expected));
        }
    }
    let [left, top] = settings.offset_px.unwrap_or_default();
    let mut greys = Vec::with_capacity(frames.len());
    let mut notes = Vec::with_capacity(frames.len());
    for frame in frames {
        progress.check()?;
        let mut of_frame = Vec::new();
        let (image, was_cropped) = grey_image(frame.path, frame.map, settings, &mut of_frame)?;
        let (found, expected) = sizes(&image, frame.map);
        let on_map = match &fit {
            Some((fit, image_size, map_size)) => {
                let alike = found == *image_size && expected == *map_size;
                alike.then_some(*fit)
            }
            None => {
                (found == expected || settings.offset_px.is_some()).then(|| Fit::shifted(left, top))
            }
        };
        let Some(on_map) = on_map else {
            return Err(Error::ImageSize {
                path: frame.path.to_owned(),
                map: frame.map_path.to_owned(),
                expected,
                found,
                best: "the BSE images of other frames have another size; export all frames of a \
                       section with the same settings"
                    .to_owned(),
            });
        };
        let mut grey = on_map.resampled(&image, expected);
        invalid::leave_out(&mut grey, &frame.map.classes, was_cropped, &mut of_frame);
        greys.push(grey);
        notes.push(of_frame);
    }
    if let (Some((fit, found, expected)), Some(first)) = (fit, notes.first_mut()) {
        first.push(format!(
            "BSE images of {} x {} pixels on frames of {} x {}: a map pixel takes the mean of {:.4} \
             x {:.4} BSE pixels, from column {:.1} and row {:.1} on",
            found[0], found[1], expected[0], expected[1], fit.scale, fit.scale, fit.left, fit.top
        ));
    }
    Ok((greys, notes))
}
