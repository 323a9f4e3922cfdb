//! Letters of scale bars, 5 x 7 pixels, one byte a row, the leftmost pixel in bit 4.

use super::{Picture, Rgb};

const WIDTH: usize = 5;
/// Height of a line of text before scaling.
pub(super) const HEIGHT: usize = 7;

fn glyph(letter: char) -> [u8; HEIGHT] {
    match letter {
        '0' => [0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e],
        '1' => [0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e],
        '2' => [0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f],
        '5' => [0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e],
        '.' => [0, 0, 0, 0, 0, 0x0c, 0x0c],
        'µ' => [0, 0x11, 0x11, 0x11, 0x13, 0x1d, 0x10],
        'm' => [0, 0, 0x1a, 0x15, 0x15, 0x15, 0x15],
        _ => [0; HEIGHT],
    }
}

/// Width of a line of text.
pub(super) fn text_width(text: &str, scale: usize) -> usize {
    (text.chars().count() * (WIDTH + 1)).saturating_sub(1) * scale
}

/// Draws text with its upper left corner at `(x, y)`. Only what scale bars need is known:
/// the digits 0, 1, 2 and 5, the point, µ and m.
pub(super) fn draw_text(
    picture: &mut Picture,
    text: &str,
    (x, y): (usize, usize),
    scale: usize,
    colour: Rgb,
) {
    for (i, letter) in text.chars().enumerate() {
        for (row, bits) in glyph(letter).into_iter().enumerate() {
            for col in 0..WIDTH {
                if bits >> (WIDTH - 1 - col) & 1 == 0 {
                    continue;
                }
                for k in 0..scale * scale {
                    let u = x + (i * (WIDTH + 1) + col) * scale + k % scale;
                    picture.set(u, y + row * scale + k / scale, colour);
                }
            }
        }
    }
}
