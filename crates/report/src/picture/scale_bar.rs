use super::Picture;
use super::digits::{HEIGHT, draw_text, text_width};

/// Length of a scale bar: the longest of 1, 2, 5 x 10^n micrometres that fits `longest_um`.
fn length_um(longest_um: f64) -> f64 {
    let decade = 10f64.powf(longest_um.log10().floor());
    let fits = |times: f64| (times * decade <= longest_um).then_some(times * decade);
    fits(5.0).or(fits(2.0)).unwrap_or(decade)
}

/// Draws a scale bar with its length in the lower left corner.
pub fn draw_scale_bar(picture: &mut Picture) {
    let (width, height) = (picture.width(), picture.height());
    let scale = if width.min(height) >= 260 { 2 } else { 1 };
    let margin = 4 * scale;
    let box_height = (HEIGHT + 9) * scale;
    let longest_um = 0.35 * width as f64 * picture.pixel_um;
    if longest_um <= 0.0 || !longest_um.is_finite() || height < box_height + 2 * margin {
        return;
    }
    let length_um = length_um(longest_um);
    let bar = ((length_um / picture.pixel_um).round() as usize).max(1);
    let text = format!("{length_um} µm");
    let box_width = bar.max(text_width(&text, scale)) + 6 * scale;
    let (left, top) = (margin, height - margin - box_height);
    for y in top..top + box_height {
        for x in left..left + box_width {
            picture.set(x, y, [24; 3]);
        }
    }
    draw_text(
        picture,
        &text,
        (left + 3 * scale, top + 2 * scale),
        scale,
        [255; 3],
    );
    for y in 0..2 * scale {
        for x in 0..bar {
            let row = top + (HEIGHT + 5) * scale + y;
            picture.set(left + 3 * scale + x, row, [255; 3]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_round() {
        assert_eq!(length_um(137.0), 100.0);
        assert_eq!(length_um(99.0), 50.0);
        assert_eq!(length_um(4.9), 2.0);
        assert_eq!(length_um(0.19), 0.1);
    }

    #[test]
    fn the_bar_is_as_long_as_it_says() {
        let mut picture = Picture::from_fn(400, 300, 0.5, |_, _| [0; 3]);
        draw_scale_bar(&mut picture);
        // 50 um at 0.5 um a pixel; the bar is the only run of 100 white pixels.
        let longest = (0..300)
            .map(|y| (0..400).filter(|&x| picture.at(x, y) == [255; 3]).count())
            .max();
        assert_eq!(longest, Some(100));
    }
}
