//! Colours that are not in the mineral list and fill areas: no blur makes them.

use std::collections::HashMap;

use crate::colours::Palette;

/// Compression moves the colour of an area by no more, in RGB.
const COMPRESSION: f32 = 6.0;
const LOSSY_COMPRESSION: f32 = 8.0;

/// Share of the pixels of a map, and number of pixels all around which the colour is the same, from
/// which on a colour fills an area.
const SHARE_MIN: f64 = 0.002;
const INSIDE_MIN: u64 = 9;

/// A colour that fills areas and is not in the mineral list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct AreaColour {
    pub rgb: [u8; 3],
    pub pixels: u64,
    /// Position of its first pixel.
    pub first: usize,
}

/// The colours of areas that are further from every colour of the palette than compression moves
/// them; the most frequent first. None of them is a mineral whose colour was blurred, however near
/// one is: the pixels were drawn in that colour.
pub(super) fn area_colours(
    rgba: &[[u8; 4]],
    cols: usize,
    palette: &Palette,
    lossy: bool,
) -> Vec<AreaColour> {
    let most = if lossy {
        LOSSY_COMPRESSION
    } else {
        COMPRESSION
    };
    let near = most.min(palette.least_distance() / 4.0);
    let rows = rgba.len() / cols;
    // Pixels, those inside of areas, and the first.
    let mut counts: HashMap<[u8; 3], (u64, u64, usize)> = HashMap::new();
    let mut last: Option<([u8; 3], bool)> = None;
    for (i, &[r, g, b, alpha]) in rgba.iter().enumerate() {
        let rgb = [r, g, b];
        let far = match last {
            Some((same, far)) if same == rgb => far,
            _ => palette.nearest(rgb).1 > near,
        };
        last = Some((rgb, far));
        if !far || alpha == 0 {
            continue;
        }
        let (col, row) = (i % cols, i / cols);
        let inside = (1..rows.max(2) - 1).contains(&row)
            && (1..cols.max(2) - 1).contains(&col)
            && (row - 1..=row + 1).all(|r| {
                let line = &rgba[r * cols + col - 1..=r * cols + col + 1];
                line.iter().all(|p| p[..3] == rgb && p[3] > 0)
            });
        let count = counts.entry(rgb).or_insert((0, 0, i));
        count.0 += 1;
        count.1 += u64::from(inside);
    }
    let least = SHARE_MIN * rgba.len() as f64;
    let mut colours: Vec<AreaColour> = counts
        .into_iter()
        .filter(|(_, (pixels, inside, _))| *inside >= INSIDE_MIN && *pixels as f64 >= least)
        .map(|(rgb, (pixels, _, first))| AreaColour { rgb, pixels, first })
        .collect();
    colours.sort_by_key(|colour| (std::cmp::Reverse(colour.pixels), colour.first));
    colours
}
