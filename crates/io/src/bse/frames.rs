//! The BSE images of the frames of a mosaic.

use std::path::Path;

use corelith_core::{Progress, Raster, UNMEASURED};

use super::fit::{Fit, explained_at, fitted};
use super::{
    BseSettings, FOLLOWS_MIN, GreyImage, explained_by_map, grey_image, invalid, lies_alike,
};
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

/// The BSE images of all frames.
pub(crate) struct ReadFrames {
    /// Grey values on the pixels of each frame, NaN where there are none.
    pub greys: Vec<Raster<f32>>,
    /// What is to be said of each.
    pub notes: Vec<Vec<String>>,
    /// What is to be said of all.
    pub of_all: Vec<String>,
}

/// Columns and rows of an image and of its frame.
fn sizes(image: &GreyImage, map: &MineralMap) -> [[usize; 2]; 2] {
    let size = [map.classes.cols(), map.classes.rows()];
    [[image.cols, image.rows()], size]
}

/// How BSE images of another size lie on their frames.
struct Placed {
    fit: Fit,
    /// Of image and frame.
    sizes: [[usize; 2]; 2],
}

/// How the BSE image of the frame that shows most lies on it; `None` where sizes are the same.
fn placed(
    frame: &FrameBse<'_>,
    settings: &BseSettings,
    notes: &mut Vec<String>,
) -> Result<Option<Placed>, Error> {
    let (image, _) = grey_image(frame.path, frame.map, settings, &mut Vec::new())?;
    let sizes = sizes(&image, frame.map);
    let [found, expected] = sizes;
    let classes = &frame.map.classes;
    if found == expected {
        lies_alike(&image, frame.path, frame.map_path, classes, notes)?;
        return Ok(None);
    }
    let fit = fitted(&image, classes).map_err(|best| Error::ImageSize {
        path: frame.path.to_owned(),
        map: frame.map_path.to_owned(),
        expected,
        found,
        best,
    })?;
    notes.push(format!(
        "BSE images of {} x {} pixels on frames of {} x {}: a map pixel takes the mean of {:.4} x \
         {:.4} BSE pixels, from column {:.1} and row {:.1} on",
        found[0], found[1], expected[0], expected[1], fit.scale, fit.scale, fit.left, fit.top
    ));
    Ok(Some(Placed { fit, sizes }))
}

/// The BSE images of frames. All lie alike on their frames; where they are of another size, the
/// frame that shows most tells how. `is_said` is whether names or a table say which belongs to
/// which.
///
/// # Errors
/// Those of [`read_bse`](super::read_bse), but a frame without content is none here; [`Error::Image`]
/// when grey values follow the minerals of another frame, or of none where nothing else says which
/// frame is theirs.
pub(crate) fn read_frames(
    frames: &[FrameBse<'_>],
    settings: &BseSettings,
    is_said: bool,
    progress: &dyn Progress,
) -> Result<ReadFrames, Error> {
    let mut of_all = Vec::new();
    let shows_most = frames.iter().max_by_key(|frame| variety(frame.map));
    let placed = match (shows_most, settings.offset_px) {
        (Some(frame), None) => placed(frame, settings, &mut of_all)?,
        _ => None,
    };
    let [left, top] = settings.offset_px.unwrap_or_default();
    progress.start("reading BSE images of frames", frames.len() as u64);
    let mut greys = Vec::with_capacity(frames.len());
    let mut notes = Vec::with_capacity(frames.len());
    for frame in frames {
        progress.check()?;
        let mut of_frame = Vec::new();
        let (image, was_cropped) = grey_image(frame.path, frame.map, settings, &mut of_frame)?;
        let sizes = sizes(&image, frame.map);
        let [found, expected] = sizes;
        let on_map = match &placed {
            Some(placed) => (sizes == placed.sizes).then_some(placed.fit),
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
        progress.advance(1);
    }
    progress.finish();
    of_all.extend(check_pairs(frames, &greys, is_said)?);
    Ok(ReadFrames {
        greys,
        notes,
        of_all,
    })
}

/// Share of the pixels of a frame that are not of its most frequent class, from which on its
/// minerals tell whether grey values are theirs.
const VARIETY_MIN: f64 = 0.02;

/// Share of the variance of grey values that the minerals of their frame explain, where nothing but
/// the pixels says that it is theirs.
const FOLLOWS_SURELY: f64 = 0.2;

/// Frames whose grey values are held against the minerals of all others.
const COMPARED_MAX: usize = 8;

/// Whether grey values follow the minerals of their frames.
fn check_pairs(
    frames: &[FrameBse<'_>],
    greys: &[Raster<f32>],
    is_said: bool,
) -> Result<Option<String>, Error> {
    let tells = |frame: &FrameBse<'_>| {
        variety(frame.map) as f64 >= VARIETY_MIN * frame.map.classes.len() as f64
    };
    let of_frame = |i: usize| (i, explained_by_map(&greys[i], &frames[i].map.classes));
    let telling = (0..frames.len()).filter(|&i| tells(&frames[i]));
    let mut shares: Vec<(usize, f64)> = telling.map(of_frame).collect();
    shares.sort_by(|a, b| a.1.total_cmp(&b.1));
    let Some(&(i, middle)) = shares.get(shares.len() / 2) else {
        return Ok(None);
    };
    if !is_said && middle < FOLLOWS_SURELY {
        return Err(Error::Image {
            path: frames[i].path.to_owned(),
            problem: format!(
                "names do not say to which frame it belongs, and in the order of the names it is \
                 that of {}, whose minerals explain only {:.0} % of the variance of its grey values. \
                 Name each BSE image like its frame, in a folder of its own, and add those that are \
                 missing",
                frames[i].map_path.display(),
                100.0 * middle
            ),
        });
    }
    for &(i, share) in shares.iter().take(COMPARED_MAX) {
        if share >= FOLLOWS_MIN {
            break;
        }
        let classes = &frames[i].map.classes;
        let of_other = |other: usize| {
            let grey = &greys[other];
            let alike = [grey.cols(), grey.rows()] == [classes.cols(), classes.rows()];
            let share = match alike && other != i {
                true => explained_at(classes, |col, row| grey.at(col, row)),
                false => 0.0,
            };
            (other, share)
        };
        let best = (0..frames.len())
            .map(of_other)
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((other, of_other)) = best.filter(|best| best.1 >= FOLLOWS_SURELY) {
            return Err(Error::Image {
                path: frames[i].path.to_owned(),
                problem: format!(
                    "by its name it is the BSE image of the frame {}, but its grey values do not \
                     follow the minerals there (which explain {:.0} % of their variance); those of \
                     {} do ({:.0} %). Correct the names, so that each BSE image is named like its \
                     frame",
                    frames[i].map_path.display(),
                    100.0 * share,
                    frames[other].path.display(),
                    100.0 * of_other
                ),
            });
        }
    }
    Ok((middle < FOLLOWS_MIN).then(|| {
        format!(
            "the minerals of the frames explain only {:.0} % of the variance of the grey values; \
             are they the BSE images of these frames?",
            100.0 * middle
        )
    }))
}
