//! What a TIFF says of itself as a whole: how its pages are arranged and how large voxels are.

use super::{imagej, ome, shaped};
use crate::length_unit::{is_uncalibrated, um_per_unit};
use crate::text::shown;
use crate::tiff_file::{Directory, TiffFile, tags};
use crate::{Error, SaidSpacing, SpacingSource};

/// An axis along which pages follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Slice,
    Channel,
    Frame,
    /// Not named in the file.
    Unknown,
}

/// What the description of the first page says.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Description {
    /// Axes of pages and their lengths, the fastest first; empty where nothing is said.
    pub axes: Vec<(Axis, usize)>,
    /// Names of the channels, where they have some.
    pub channels: Vec<String>,
    /// One directory stands for all pages, whose pixels follow each other.
    pub one_directory: bool,
    /// Which page holds `[slice, channel, frame]`, where a table says so.
    pub pages: Vec<([usize; 3], usize)>,
    /// Another file that holds some of the planes.
    pub elsewhere: Option<String>,
    pub spacing: Option<SaidSpacing>,
    pub notes: Vec<String>,
}

impl Description {
    /// Pages that the description speaks of; `None` where it speaks of none.
    pub(super) fn images(&self) -> Option<usize> {
        let lengths = self.axes.iter().map(|(_, n)| *n);
        (!self.axes.is_empty()).then(|| lengths.fold(1, usize::saturating_mul))
    }

    pub(super) fn length(&self, axis: Axis) -> usize {
        self.axes
            .iter()
            .filter(|(a, _)| *a == axis)
            .map(|(_, n)| *n)
            .fold(1, usize::saturating_mul)
    }
}

/// Resolutions that programs write without knowing one: of screens and printers, dots an inch.
const NO_RESOLUTIONS: [f64; 9] = [1.0, 72.0, 90.0, 96.0, 100.0, 150.0, 200.0, 300.0, 600.0];

/// Micrometres a pixel by the resolution tags, whose unit is `unit` where that is given.
fn pixel_um(
    file: &TiffFile,
    directory: &Directory,
    units: [Option<&str>; 2],
) -> Result<[Option<f64>; 2], Error> {
    // TIFF 6.0, ResolutionUnit: 2 is the inch, 3 the centimetre.
    let tag = match file.integer(directory, tags::RESOLUTION_UNIT, 0)? {
        Some(2) => Some(25_400.0),
        Some(3) => Some(10_000.0),
        _ => None,
    };
    let mut sizes = [None; 2];
    for (size, (tag_of_axis, unit)) in sizes.iter_mut().zip(
        [tags::X_RESOLUTION, tags::Y_RESOLUTION]
            .into_iter()
            .zip(units),
    ) {
        let Some(per_unit) = file.ratio(directory, tag_of_axis, 0)? else {
            continue;
        };
        *size = match unit {
            Some(unit) => um_per_unit(unit).map(|um| um / per_unit),
            None => tag
                .map(|um| um / per_unit)
                .filter(|um| !is_no_resolution(25_400.0 / um)),
        };
    }
    Ok(sizes)
}

pub(crate) fn is_no_resolution(dots_per_inch: f64) -> bool {
    NO_RESOLUTIONS
        .iter()
        .any(|known| (dots_per_inch / known - 1.0).abs() < 2e-3)
}

/// Reads the description of the first page, of `samples` values a pixel, and its resolution.
pub(super) fn describe(
    file: &TiffFile,
    directory: &Directory,
    samples: usize,
) -> Result<Description, Error> {
    let text = file.text(directory, tags::DESCRIPTION, 0)?;
    if text.starts_with("ImageJ=") || imagej::has_units(&text) {
        let read = imagej::parse(&text);
        let [unit_x, unit_y, unit_z] = read.units();
        let mut notes = Vec::new();
        for (axis, unit) in ["x", "y", "z"].iter().zip(read.units()) {
            if let Some(unit) = unit
                && um_per_unit(unit).is_none()
                && !is_uncalibrated(unit)
            {
                notes.push(format!(
                    "the unit `{}` of {axis} in ImageJ's description is not known; its voxel \
                     size was not taken (known: nm, um, micron, mm, cm, m, inch)",
                    shown(unit)
                ));
            }
        }
        let [x, y] = pixel_um(file, directory, [unit_x, unit_y])?;
        let z = unit_z
            .and_then(um_per_unit)
            .zip(read.spacing)
            // ImageJ leaves the sign of a reversed stack in the spacing.
            .map(|(um, z)| um * z.abs());
        return Ok(Description {
            axes: read.axes(),
            one_directory: true,
            spacing: SaidSpacing::new([x, y, z], SpacingSource::ImageJ),
            notes,
            ..Description::default()
        });
    }
    if ome::is_ome(&text) {
        return ome::parse(&text).map_err(|reason| Error::Volume {
            path: file.path().to_owned(),
            problem: format!("its OME metadata cannot be followed: {reason}; export it again"),
        });
    }
    let [x, y] = pixel_um(file, directory, [None; 2])?;
    let spacing = SaidSpacing::new([x, y, None], SpacingSource::Resolution);
    let shaped = shaped::parse(&text, samples);
    Ok(Description {
        axes: shaped.axes,
        one_directory: shaped.truncated,
        spacing,
        ..Description::default()
    })
}
