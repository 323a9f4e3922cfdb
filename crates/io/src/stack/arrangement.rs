//! Which pages of a file are the slices: channels and frames are none.

use std::collections::HashMap;

use super::description::{Axis, Description};

/// The pages of the slices of one channel, in order.
///
/// `channel` is counted from 1, as Fiji shows it.
///
/// # Errors
/// In words, what is there and what to do: when there are several channels and none is chosen,
/// when there are frames, or when the file does not say which pages are slices.
pub(super) fn pages_of_slices(
    described: &Description,
    pages: usize,
    channel: Option<usize>,
) -> Result<Vec<usize>, String> {
    let [slices, channels, frames] =
        [Axis::Slice, Axis::Channel, Axis::Frame].map(|axis| described.length(axis));
    let unknown: Vec<usize> = described
        .axes
        .iter()
        .filter(|(axis, n)| *axis == Axis::Unknown && *n > 1)
        .map(|(_, n)| *n)
        .collect();
    if !unknown.is_empty() {
        return Err(format!(
            "its pages are arranged along several axes ({}), and the file does not say which of \
             them counts slices; save it with named axes (in tifffile `metadata={{'axes': \
             'ZCYX'}}`), or one channel alone",
            described
                .axes
                .iter()
                .rev()
                .map(|(_, n)| n.to_string())
                .collect::<Vec<_>>()
                .join(" x ")
        ));
    }
    if frames > 1 {
        return Err(match slices {
            1 => format!(
                "it holds {frames} frames of a time series, and one slice; if the frames are \
                 slices, say so in Fiji (Image > Properties: Slices {frames}, Frames 1) and save \
                 it again (in tifffile `metadata={{'axes': 'ZYX'}}`)"
            ),
            _ => format!(
                "it holds {frames} frames of {slices} slices; save the one that is meant as a \
                 file of its own (Fiji: Image > Duplicate)"
            ),
        });
    }
    let chosen = chosen_channel(channels, slices, &described.channels, channel)?;
    let images = described.images().unwrap_or(pages);
    let several = channels > 1;
    if images != pages && (several || (!described.pages.is_empty() && pages < images)) {
        return Err(format!(
            "it says that it holds {slices} slices of {channels} channels, which are {images} \
             pages, and has {pages}; the file is cut short or was changed by another program. \
             Export it again"
        ));
    }
    if !several && described.pages.is_empty() {
        return Ok((0..pages).collect());
    }
    if !described.pages.is_empty() {
        let places: HashMap<[usize; 3], usize> = described.pages.iter().copied().collect();
        return (0..slices)
            .map(|z| match places.get(&[z, chosen, 0]) {
                Some(&page) if page < pages => Ok(page),
                _ => Err(format!(
                    "slice {z} of channel {} is not in the file; export it again",
                    chosen + 1
                )),
            })
            .collect();
    }
    let stride = |wanted: Axis| -> usize {
        described
            .axes
            .iter()
            .take_while(|(axis, _)| *axis != wanted)
            .map(|(_, n)| *n)
            .product()
    };
    let (slice_stride, channel_stride) = (stride(Axis::Slice), stride(Axis::Channel));
    Ok((0..slices)
        .map(|z| z * slice_stride + chosen * channel_stride)
        .collect())
}

/// The channel, counted from 0.
///
/// # Errors
/// In words, when there are several and none is chosen, or when there is none of that number.
pub(super) fn chosen_channel(
    channels: usize,
    slices: usize,
    names: &[String],
    channel: Option<usize>,
) -> Result<usize, String> {
    let listed = || {
        (0..channels.min(12))
            .map(|c| match names.get(c) {
                Some(name) if names.len() == channels => format!("{} ({name})", c + 1),
                _ => (c + 1).to_string(),
            })
            .collect::<Vec<_>>()
            .join(", ")
    };
    match channel {
        None if channels == 1 => Ok(0),
        None => Err(match slices {
            1 => format!(
                "it holds {channels} channels and one slice; choose one of the channels {} by \
                 `channel` (counted from 1; `--channel`, or in section [ct] of a project file). If the channels \
                 are slices, say so in Fiji (Image > Properties: Channels 1, Slices {channels}) \
                 and save it again (in tifffile `metadata={{'axes': 'ZYX'}}`)",
                listed()
            ),
            _ => format!(
                "it holds {channels} channels of {slices} slices; choose one of {} by `channel` \
                 (counted from 1; `--channel`, or in section [ct] of a project file), or save one channel as a \
                 file of its own",
                listed()
            ),
        }),
        Some(c) if (1..=channels).contains(&c) => Ok(c - 1),
        Some(c) => Err(format!(
            "`channel` is {c}, and the file has {}; channels are counted from 1",
            match channels {
                1 => "one channel".to_owned(),
                n => format!("{n} channels: {}", listed()),
            }
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(axes: &[(Axis, usize)]) -> Description {
        Description {
            axes: axes.to_vec(),
            ..Description::default()
        }
    }

    #[test]
    fn channels_are_chosen_in_either_order() {
        let fast = described(&[(Axis::Channel, 2), (Axis::Slice, 3)]);
        assert_eq!(pages_of_slices(&fast, 6, Some(2)).unwrap(), [1, 3, 5]);
        let slow = described(&[(Axis::Slice, 3), (Axis::Channel, 2)]);
        assert_eq!(pages_of_slices(&slow, 6, Some(2)).unwrap(), [3, 4, 5]);
        let error = pages_of_slices(&fast, 6, None).unwrap_err();
        assert!(error.contains("2 channels of 3 slices"), "{error}");
        assert!(pages_of_slices(&fast, 6, Some(3)).is_err());
        assert!(pages_of_slices(&fast, 5, Some(1)).is_err());
    }

    #[test]
    fn frames_and_unnamed_axes_are_refused() {
        let frames = described(&[(Axis::Slice, 3), (Axis::Frame, 2)]);
        assert!(
            pages_of_slices(&frames, 6, None)
                .unwrap_err()
                .contains("2 frames")
        );
        let unnamed = described(&[(Axis::Unknown, 3), (Axis::Unknown, 2)]);
        let error = pages_of_slices(&unnamed, 6, None).unwrap_err();
        assert!(error.contains("2 x 3"), "{error}");
    }

    #[test]
    fn pages_alone_are_slices() {
        assert_eq!(
            pages_of_slices(&described(&[]), 3, None).unwrap(),
            [0, 1, 2]
        );
        assert_eq!(
            pages_of_slices(&described(&[]), 3, Some(1)).unwrap(),
            [0, 1, 2]
        );
        assert!(pages_of_slices(&described(&[]), 3, Some(2)).is_err());
    }
}
