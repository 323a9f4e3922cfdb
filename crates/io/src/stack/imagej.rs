//! The text that ImageJ keeps in `ImageDescription` of the first page, and that Fiji, napari and
//! tifffile read the spacing from. ImageJ: `ij.io.FileOpener.decodeDescriptionString`.

use corelith_core::Spacing;

/// Description of a stack of `slices` z slices.
///
/// The micro sign is escaped as ImageJ does it, because TIFF text is ASCII. A single image has no
/// `images` line: ImageJ writes none either.
pub(super) fn describe(slices: usize, spacing: Spacing, range: Option<[f64; 2]>) -> String {
    use std::fmt::Write;
    let mut text = String::from("ImageJ=1.54f\n");
    let mut line = |line: std::fmt::Arguments<'_>| {
        text.write_fmt(line).expect("text has room");
    };
    if slices > 1 {
        line(format_args!("images={slices}\nslices={slices}\n"));
    }
    line(format_args!(
        "unit=\\u00B5m\nspacing={}\nloop=false\n",
        spacing.z_um
    ));
    if let Some([min, max]) = range {
        line(format_args!("min={min:?}\nmax={max:?}\n"));
    }
    text
}

/// What a description says.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Description {
    /// Written by ImageJ or in its manner.
    pub is_imagej: bool,
    /// Images in the stack.
    pub images: Option<usize>,
    /// Distance between slices, in micrometres, where it has a unit that is a length.
    pub z_um: Option<f64>,
    /// Micrometres a unit.
    pub um_per_unit: Option<f64>,
}

/// Micrometres in a unit of length by the names that ImageJ and Bio-Formats use.
fn um_per_unit(unit: &str) -> Option<f64> {
    Some(match unit {
        "\\u00B5m" | "\u{b5}m" | "\u{3bc}m" | "um" | "micron" | "microns" | "micrometer" => 1.0,
        "nm" => 1e-3,
        "mm" => 1e3,
        "cm" => 1e4,
        "m" => 1e6,
        "inch" | "in" => 25_400.0,
        _ => return None,
    })
}

pub(super) fn parse(text: &str) -> Description {
    let value = |key: &str| {
        text.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            (name == key).then_some(value.trim())
        })
    };
    let um_per_unit = value("unit").and_then(um_per_unit);
    let spacing = value("spacing").and_then(|v| v.parse::<f64>().ok());
    Description {
        is_imagej: text.starts_with("ImageJ="),
        images: value("images").and_then(|v| v.parse().ok()),
        um_per_unit,
        // ImageJ leaves the sign of a reversed stack in the spacing.
        z_um: spacing
            .zip(um_per_unit)
            .map(|(z, um)| z.abs() * um)
            .filter(|z| *z > 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_read_back() {
        let spacing = Spacing {
            x_um: 1.0,
            y_um: 1.0,
            z_um: 2.296,
        };
        let text = describe(40, spacing, Some([0.0, 5.0]));
        assert!(text.is_ascii());
        let read = parse(&text);
        assert!(read.is_imagej);
        assert_eq!(read.images, Some(40));
        assert_eq!(read.z_um, Some(2.296));
    }

    #[test]
    fn other_units_become_micrometres() {
        let read = parse("ImageJ=1.53t\nunit=mm\nspacing=0.0025\n");
        assert_eq!(read.z_um, Some(2.5));
        assert_eq!(parse("unit=pixel\nspacing=3\n").z_um, None);
    }
}
