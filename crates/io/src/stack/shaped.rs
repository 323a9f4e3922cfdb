//! The shape that tifffile leaves in the description: `{"shape": [20, 96, 96]}`, with `axes`
//! where it was told some, and `truncated` where one directory stands for all pages.

use serde::Deserialize;

use super::description::Axis;

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Shaped {
    /// The fastest first, without the axes of a page.
    pub axes: Vec<(Axis, usize)>,
    pub truncated: bool,
}

#[derive(Deserialize)]
struct Json {
    shape: Vec<usize>,
    #[serde(default)]
    axes: Option<String>,
    #[serde(default)]
    truncated: bool,
}

/// What the text says of pages of `samples` values a pixel; nothing when it is no such text.
pub(super) fn parse(text: &str, samples: usize) -> Shaped {
    let Ok(mut json) = serde_json::from_str::<Json>(text) else {
        return Shaped::default();
    };
    if samples > 1 && json.axes.is_none() {
        // The values of a pixel are the last axis, or that before rows.
        let n = json.shape.len();
        let place = [n.wrapping_sub(1), n.wrapping_sub(3)];
        if let Some(&i) = place.iter().find(|&&i| json.shape.get(i) == Some(&samples)) {
            json.shape.remove(i);
        }
    }
    let named: Vec<char> = match &json.axes {
        Some(axes) if axes.chars().count() == json.shape.len() => axes.chars().collect(),
        // Without names the last two are the axes of a page; colours are refused before.
        _ => {
            let outer = json.shape.len().saturating_sub(2);
            (0..json.shape.len())
                .map(|i| if i < outer { 'Q' } else { 'Y' })
                .collect()
        }
    };
    let mut axes: Vec<(Axis, usize)> = json
        .shape
        .iter()
        .zip(&named)
        .filter(|(n, name)| **n > 1 && !matches!(name, 'X' | 'Y' | 'S'))
        .map(|(&n, name)| match name {
            'Z' => (Axis::Slice, n),
            'C' => (Axis::Channel, n),
            'T' => (Axis::Frame, n),
            _ => (Axis::Unknown, n),
        })
        .rev()
        .collect();
    // One axis without a name is the one along which slices follow.
    if let [(axis @ Axis::Unknown, _)] = &mut *axes {
        *axis = Axis::Slice;
    }
    Shaped {
        axes,
        truncated: json.truncated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_axes_are_kept_and_one_unnamed_axis_is_slices() {
        let read = parse(r#"{"shape": [20, 2, 96, 96], "axes": "ZCYX"}"#, 1);
        assert_eq!(read.axes, [(Axis::Channel, 2), (Axis::Slice, 20)]);
        let read = parse(r#"{"shape": [40, 80, 90], "truncated": true}"#, 1);
        assert_eq!(read.axes, [(Axis::Slice, 40)]);
        assert!(read.truncated);
        let read = parse(r#"{"shape": [2, 20, 96, 96]}"#, 1);
        assert_eq!(read.axes, [(Axis::Unknown, 20), (Axis::Unknown, 2)]);
        let samples = parse(r#"{"shape": [20, 96, 96, 2]}"#, 2);
        assert_eq!(samples.axes, [(Axis::Slice, 20)]);
        assert_eq!(parse("a text", 1), Shaped::default());
    }
}
