//! Colours that a TIFF keeps as three grey pages, red, green and blue: a composite of ImageJ, or
//! planes that Python wrote without saying that they are colours.

use std::collections::HashSet;

use super::sixteen_bits::bytes_of_16_bits;
use super::tiff::Samples;

/// Colours that a map has at most; three images of something else have far more.
const COLOURS_MAX: usize = 256;

/// Values below are class numbers, of which some channel of a colour is larger.
const CHANNEL_MIN: u8 = 64;

/// The pixels of three planes as colours, and a note; `None` when they look like three images.
pub(super) fn as_colours(planes: [Samples; 3]) -> Option<(Vec<[u8; 4]>, Vec<String>)> {
    let mut notes = vec![
        "three grey images of one size, which make the colours of a map: they are taken as its \
         red, green and blue"
            .to_owned(),
    ];
    // The three have one scale.
    let mut narrow = Vec::new();
    let mut wide = Vec::new();
    for plane in planes {
        match plane {
            Samples::U8(values) => narrow.push(values),
            Samples::U16(values) => wide.extend(values),
            Samples::Real(_) => return None,
        }
    }
    if !wide.is_empty() {
        let (bytes, note) = bytes_of_16_bits(&wide);
        notes.extend(note);
        let length = bytes.len() / 3;
        narrow.extend(bytes.chunks(length.max(1)).map(<[u8]>::to_vec));
    }
    let [red, green, blue] = <[Vec<u8>; 3]>::try_from(narrow).ok()?;
    let rgba: Vec<[u8; 4]> = red
        .into_iter()
        .zip(green)
        .zip(blue)
        .map(|((r, g), b)| [r, g, b, 255])
        .collect();
    let mut colours = HashSet::new();
    let few = rgba.iter().all(|pixel| {
        colours.insert(*pixel);
        colours.len() <= COLOURS_MAX
    });
    let is_colour = |[r, g, b, _]: &[u8; 4]| r != g || g != b;
    let bright = |p: &[u8; 4]| p[..3].iter().any(|channel| *channel >= CHANNEL_MIN);
    (few && colours.iter().any(|p| is_colour(p) && bright(p))).then_some((rgba, notes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_are_a_map_and_many_or_dark_ones_are_three_images() {
        let plane = |of: &dyn Fn(usize) -> u8| Samples::U8((0..4096).map(of).collect());
        let map = [[0, 230], [0, 40], [0, 0]].map(|of: [u8; 2]| plane(&move |i| of[i % 2]));
        let (rgba, notes) = as_colours(map).unwrap();
        assert_eq!(rgba[1], [230, 40, 0, 255]);
        assert_eq!(notes.len(), 1);
        let numbers = [1, 2, 3].map(|k| plane(&move |i| ((i / k) % 7) as u8));
        assert!(as_colours(numbers).is_none());
        let photographs = [3, 5, 7].map(|k| plane(&move |i| (i * k % (240 + k)) as u8));
        assert!(as_colours(photographs).is_none());
        let grey = [0; 3].map(|_| plane(&|i| (i % 200) as u8));
        assert!(as_colours(grey).is_none());
    }

    #[test]
    fn sixteen_bits_are_scaled_together() {
        let planes = [[0, 230], [0, 40], [0, 3]].map(|v: [u16; 2]| Samples::U16(v.to_vec()));
        let (rgba, _) = as_colours(planes).unwrap();
        assert_eq!(rgba, [[0, 0, 0, 255], [230, 40, 3, 255]]);
    }
}
