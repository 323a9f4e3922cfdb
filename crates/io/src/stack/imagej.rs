//! The text that ImageJ keeps in `ImageDescription` of the first page, and that Fiji, napari and
//! tifffile read the spacing from. ImageJ: `ij.io.FileOpener.decodeDescriptionString`.

use corelith_core::Spacing;

use super::description::Axis;

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
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ImageJ {
    images: Option<usize>,
    channels: Option<usize>,
    slices: Option<usize>,
    frames: Option<usize>,
    unit: Option<String>,
    unit_y: Option<String>,
    unit_z: Option<String>,
    /// Distance between slices, in the unit of z.
    pub spacing: Option<f64>,
}

/// Whether a text that ImageJ did not write has its lines all the same.
pub(super) fn has_units(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("unit=")) && !text.trim_start().starts_with('<')
}

pub(super) fn parse(text: &str) -> ImageJ {
    let value = |key: &str| {
        text.lines().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            (name.trim() == key).then(|| value.trim())
        })
    };
    let count = |key: &str| value(key)?.parse().ok().filter(|n| *n > 0);
    ImageJ {
        images: count("images"),
        channels: count("channels"),
        slices: count("slices"),
        frames: count("frames"),
        unit: value("unit").map(str::to_owned),
        unit_y: value("yunit").map(str::to_owned),
        unit_z: value("zunit").map(str::to_owned),
        // Fiji writes a decimal comma where Windows does.
        spacing: value("spacing").and_then(|v| v.replace(',', ".").parse().ok()),
    }
}

impl ImageJ {
    /// Units of x, y and z: `unit`, unless an axis has its own.
    pub(super) fn units(&self) -> [Option<&str>; 3] {
        let unit = self.unit.as_deref();
        [
            unit,
            self.unit_y.as_deref().or(unit),
            self.unit_z.as_deref().or(unit),
        ]
    }

    /// How pages are arranged, the fastest axis first: channels, slices, frames, always
    /// (`ij.ImagePlus.getStackIndex`).
    pub(super) fn axes(&self) -> Vec<(Axis, usize)> {
        let [channels, frames] = [self.channels, self.frames].map(|n| n.unwrap_or(1));
        let slices = match (self.slices, self.images) {
            (Some(slices), _) => slices,
            // A plain stack has `images` alone.
            (None, Some(images)) if channels.saturating_mul(frames) == 1 => images,
            (None, Some(images)) => (images / channels.saturating_mul(frames)).max(1),
            (None, None) => 1,
        };
        if self.images.is_none() && channels.saturating_mul(slices).saturating_mul(frames) == 1 {
            return Vec::new();
        }
        vec![
            (Axis::Channel, channels),
            (Axis::Slice, slices),
            (Axis::Frame, frames),
        ]
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
        assert_eq!(read.axes()[1], (Axis::Slice, 40));
        assert_eq!(read.units(), [Some("\\u00B5m"); 3]);
        assert_eq!(read.spacing, Some(2.296));
    }

    #[test]
    fn channels_are_the_fastest_axis_and_axes_have_their_own_units() {
        let read = parse("ImageJ=1.53t\nimages=40\nchannels=2\nslices=20\nunit=mm\nzunit=um\n");
        assert_eq!(
            read.axes(),
            [(Axis::Channel, 2), (Axis::Slice, 20), (Axis::Frame, 1)]
        );
        assert_eq!(read.units(), [Some("mm"), Some("mm"), Some("um")]);
        assert_eq!(parse("ImageJ=1.53t\nunit=um\n").axes(), []);
        let plain = parse("ImageJ=1.53t\nimages=40\n");
        assert_eq!(plain.axes()[1], (Axis::Slice, 40));
    }
}
